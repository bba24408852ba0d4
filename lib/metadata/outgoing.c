/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/outgoing.h"

#include "metadata/model.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <string.h>

typedef struct writer {
  dh_buf *out;
  dh_outgoing how;
  const char *aspect_record;
  dh_error *error;
} writer;

/* Where a value stands: the name of the field that it is of, and whether that is a map
 * whose own object has been passed. */
typedef struct place {
  const char *field;
  bool in_map;
} place;

static dh_status write_node(writer *w, struct json_object *node, place at);

/* The name and value of an object's only member; false where it has none or more. */
static bool only_member(struct json_object *object, const char **name, struct json_object **value)
{
  if (json_object_object_length(object) != 1)
    return false;
  struct json_object_iterator it = json_object_iter_begin(object);
  *name = json_object_iter_peek_name(&it);
  *value = json_object_iter_peek_value(&it);
  return true;
}

static bool has_prefix(const char *text, const char *prefix)
{
  return !strncmp(text, prefix, strlen(prefix));
}

/* Whether `name` is how Avro's JSON names the type of `value` in a union. */
static bool wraps(const char *name, struct json_object *value)
{
  switch (json_object_get_type(value)) {
  case json_type_string:
    return !strcmp(name, "string") || !strcmp(name, "bytes");
  case json_type_int:
  case json_type_double:
    return !strcmp(name, "int") || !strcmp(name, "long") || !strcmp(name, "float") ||
           !strcmp(name, "double");
  case json_type_boolean:
    return !strcmp(name, "boolean");
  case json_type_array:
    return !strcmp(name, "array");
  case json_type_object:
    return !strcmp(name, "map");
  default:
    return false;
  }
}

/* Whether an MCE's object is the wrapper of an optional value, and only that. */
static bool is_optional_wrapper(const writer *w, const char *name, struct json_object *value,
                                place at)
{
  if (w->how != DH_OUTGOING_MCE || !at.field)
    return false;
  if (has_prefix(name, DH_AVRO_PREFIX)) {
    char record[256];
    const char *tail = name + sizeof(DH_AVRO_PREFIX) - 1;
    size_t size = strlen(tail);
    if (size >= sizeof(record) - sizeof(DH_PEGASUS_PREFIX))
      return false;
    memcpy(record, DH_PEGASUS_PREFIX, sizeof(DH_PEGASUS_PREFIX) - 1);
    memcpy(record + sizeof(DH_PEGASUS_PREFIX) - 1, tail, size + 1);
    return !dh_model_is_union_branch(record);
  }
  if (!wraps(name, value))
    return false;
  if (!strcmp(name, "array") || !strcmp(name, "map"))
    return true;
  if (dh_model_is_map(at.field) && !at.in_map)
    return false;
  return !w->aspect_record || !dh_model_is_union_field(w->aspect_record, at.field);
}

static void write_name(dh_buf *out, const char *name)
{
  dh_buf_add_json(out, name, strlen(name));
  dh_buf_addc(out, ':');
}

/* The only member of an object, its name without "pegasus2avro.". */
static dh_status write_renamed(writer *w, const char *name, struct json_object *value)
{
  dh_status status = DH_OK;
  dh_buf_addc(w->out, '{');
  if (value) {
    const char *tail = name + sizeof(DH_AVRO_PREFIX) - 1;
    dh_buf_adds(w->out, "\"" DH_PEGASUS_PREFIX);
    size_t quote = w->out->size;
    write_name(w->out, tail);
    if (!w->out->failed) {
      memmove(w->out->data + quote, w->out->data + quote + 1, w->out->size - quote);
      w->out->size--;
    }
    status = write_node(w, value, (place){NULL, false});
  }
  dh_buf_addc(w->out, '}');
  return status;
}

/* {"fieldDiscriminator": "f", "f": value, ...} is {"f": value} to Pegasus. */
static dh_status write_discriminated(writer *w, struct json_object *object,
                                     struct json_object *discriminator)
{
  const char *name = json_object_get_string(discriminator);
  struct json_object *value = NULL;
  if (!json_object_is_type(discriminator, json_type_string) ||
      !json_object_object_get_ex(object, name, &value))
    return dh_error_set(w->error, DH_MALFORMED,
                        "\"fieldDiscriminator\" names \"%.80s\", and the object has no such member",
                        name ? name : "null");
  dh_buf_addc(w->out, '{');
  dh_status status = DH_OK;
  if (value) {
    write_name(w->out, name);
    status = write_node(w, value, (place){name, false});
  }
  dh_buf_addc(w->out, '}');
  return status;
}

static dh_status write_members(writer *w, struct json_object *object, place at)
{
  bool first = true;
  bool is_map = at.field && !at.in_map && dh_model_is_map(at.field);
  dh_status status = DH_OK;
  dh_buf_addc(w->out, '{');
  struct json_object_iterator it = json_object_iter_begin(object);
  struct json_object_iterator end = json_object_iter_end(object);
  for (; status == DH_OK && !json_object_iter_equal(&it, &end); json_object_iter_next(&it)) {
    const char *name = json_object_iter_peek_name(&it);
    struct json_object *value = json_object_iter_peek_value(&it);
    if (!value && w->how != DH_OUTGOING_AS_IS)
      continue;
    if (!first)
      dh_buf_addc(w->out, ',');
    first = false;
    write_name(w->out, name);
    status = write_node(w, value, is_map ? (place){at.field, true} : (place){name, false});
  }
  dh_buf_addc(w->out, '}');
  return status;
}

static dh_status write_object(writer *w, struct json_object *object, place at)
{
  const char *name;
  struct json_object *value;
  if (w->how == DH_OUTGOING_AS_IS)
    return write_members(w, object, at);
  if (only_member(object, &name, &value)) {
    if (is_optional_wrapper(w, name, value, at))
      return write_node(w, value, at);
    if (has_prefix(name, DH_AVRO_PREFIX))
      return write_renamed(w, name, value);
  }
  struct json_object *discriminator = NULL;
  if (json_object_object_get_ex(object, "fieldDiscriminator", &discriminator) && discriminator)
    return write_discriminated(w, object, discriminator);
  return write_members(w, object, at);
}

static dh_status write_array(writer *w, struct json_object *array, place at)
{
  dh_status status = DH_OK;
  dh_buf_addc(w->out, '[');
  for (size_t i = 0; status == DH_OK && i < json_object_array_length(array); i++) {
    if (i)
      dh_buf_addc(w->out, ',');
    status = write_node(w, json_object_array_get_idx(array, i), at);
  }
  dh_buf_addc(w->out, ']');
  return status;
}

static dh_status write_node(writer *w, struct json_object *node, place at)
{
  switch (json_object_get_type(node)) {
  case json_type_null:
    dh_buf_adds(w->out, "null");
    return DH_OK;
  case json_type_object:
    return write_object(w, node, at);
  case json_type_array:
    return write_array(w, node, at);
  case json_type_string:
    dh_buf_add_json(w->out, json_object_get_string(node), (size_t)json_object_get_string_len(node));
    return DH_OK;
  default:
    dh_buf_adds(w->out, json_object_to_json_string_ext(node, JSON_C_TO_STRING_PLAIN));
    return DH_OK;
  }
}

dh_status dh_outgoing_write(dh_buf *out, struct json_object *node, dh_outgoing how,
                            const char *aspect_record, dh_error *error)
{
  writer w = {.out = out, .how = how, .aspect_record = aspect_record, .error = error};
  return write_node(&w, node, (place){NULL, false});
}
