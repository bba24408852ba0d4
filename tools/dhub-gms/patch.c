/* SPDX-License-Identifier: Apache-2.0 */
#include "patch.h"
#include "patch_keys.h"

#include <stdlib.h>
#include <string.h>

#define DEEPEST_PATH 32
#define MOST_OPERATIONS 10000
#define MOST_PRIMARY_KEYS 8
/* The memory that the copies of a patch may take: each can double what is there. */
#define MOST_COPIED ((size_t)64 << 20)
/* What json-c takes for an object, and for any other value. */
#define OBJECT_BYTES 1024
#define VALUE_BYTES 64

/* A JSON pointer, taken apart. */
typedef struct pointer {
  char *text; /* unescaped, the steps one after the other */
  const char *steps[DEEPEST_PATH];
  size_t count;
} pointer;

static bool pointer_read(const char *text, pointer *out)
{
  memset(out, 0, sizeof(*out));
  if (*text && *text != '/')
    return false;
  out->text = malloc(strlen(text) + 1);
  if (!out->text)
    return false;
  char *to = out->text;
  while (*text == '/') {
    if (out->count == DEEPEST_PATH)
      return false;
    out->steps[out->count++] = to;
    for (text++; *text && *text != '/'; text++) {
      if (*text == '~' && text[1] != '0' && text[1] != '1')
        return false;
      if (*text == '~')
        *to++ = *++text == '0' ? '~' : '/';
      else
        *to++ = *text;
    }
    *to++ = '\0';
  }
  return true;
}

static void pointer_clear(pointer *p)
{
  free(p->text);
  p->text = NULL;
}

/* "-" is past the end; false where it is no index of the array. */
static bool array_index(json_object *array, const char *step, bool adding, size_t *out)
{
  size_t length = json_object_array_length(array);
  char *end;
  if (!strcmp(step, "-")) {
    *out = length;
    return adding;
  }
  if (step[0] < '0' || step[0] > '9' || (step[0] == '0' && step[1]) || strlen(step) > 9)
    return false;
  *out = (size_t)strtoul(step, &end, 10);
  return !*end && (*out < length || (adding && *out == length));
}

/* The value one step below, or NULL. */
static bool step_down(json_object *node, const char *step, json_object **out)
{
  size_t index;
  *out = NULL;
  if (json_object_is_type(node, json_type_object))
    return json_object_object_get_ex(node, step, out);
  if (!json_object_is_type(node, json_type_array) || !array_index(node, step, false, &index))
    return false;
  *out = json_object_array_get_idx(node, index);
  return true;
}

/* What holds the pointer's last step. `make`: maps on the way are made where missing, as an
 * aspect's defaults would have them. */
static json_object *parent_of(json_object *root, const pointer *path, bool make)
{
  for (size_t i = 0; i + 1 < path->count; i++) {
    json_object *next;
    if (!step_down(root, path->steps[i], &next)) {
      if (!make || !json_object_is_type(root, json_type_object))
        return NULL;
      next = json_object_new_object();
      json_object_object_add(root, path->steps[i], next);
    }
    root = next;
  }
  return root;
}

static bool find(json_object *root, const pointer *path, json_object **out)
{
  *out = root;
  for (size_t i = 0; i < path->count; i++)
    if (!step_down(*out, path->steps[i], out))
      return false;
  return true;
}

/* json-c can only put at the end: what follows is moved up one by one. */
static void array_insert(json_object *array, size_t index, json_object *value)
{
  json_object_array_add(array, NULL);
  for (size_t i = json_object_array_length(array) - 1; i > index; i--)
    json_object_array_put_idx(array, i, json_object_get(json_object_array_get_idx(array, i - 1)));
  json_object_array_put_idx(array, index, value);
}

typedef struct extent {
  size_t depth, bytes;
} extent;

/* How deep a value is, 0 of a text or a number, and about how much memory it takes. */
static extent extent_of(json_object *value)
{
  extent out = {0, VALUE_BYTES};
  if (json_object_is_type(value, json_type_object)) {
    json_object_object_foreach(value, name, member)
    {
      extent inner = extent_of(member);
      out.bytes += strlen(name) + inner.bytes;
      out.depth = inner.depth > out.depth ? inner.depth : out.depth;
    }
    out.bytes += OBJECT_BYTES;
    out.depth++;
  } else if (json_object_is_type(value, json_type_array)) {
    for (size_t i = 0; i < json_object_array_length(value); i++) {
      extent inner = extent_of(json_object_array_get_idx(value, i));
      out.bytes += inner.bytes;
      out.depth = inner.depth > out.depth ? inner.depth : out.depth;
    }
    out.depth++;
  } else if (json_object_is_type(value, json_type_string))
    out.bytes += (size_t)json_object_get_string_len(value);
  return out;
}

/* Takes `value` over. What keeps it from being added, or NULL. */
static const char *add(json_object **root, const pointer *path, json_object *value)
{
  if (path->count + extent_of(value).depth > GMS_JSON_DEPTH) {
    json_object_put(value);
    return "it would be nested too deeply";
  }
  if (!path->count) {
    json_object_put(*root);
    *root = value;
    return NULL;
  }
  json_object *parent = parent_of(*root, path, true);
  const char *last = path->steps[path->count - 1];
  size_t index;
  if (json_object_is_type(parent, json_type_object)) {
    json_object_object_add(parent, last, value);
    return NULL;
  }
  if (json_object_is_type(parent, json_type_array) && array_index(parent, last, true, &index)) {
    array_insert(parent, index, value);
    return NULL;
  }
  json_object_put(value);
  return "its path leads into something else";
}

static bool drop(json_object *root, const pointer *path)
{
  json_object *parent = path->count ? parent_of(root, path, false) : NULL;
  size_t index;
  if (json_object_is_type(parent, json_type_object)) {
    json_object_object_del(parent, path->steps[path->count - 1]);
    return true;
  }
  return json_object_is_type(parent, json_type_array) &&
         array_index(parent, path->steps[path->count - 1], false, &index) &&
         !json_object_array_del_idx(parent, index, 1);
}

static json_object *copy_of(json_object *value)
{
  json_object *copy = NULL;
  json_object_deep_copy(value, &copy, NULL);
  return copy;
}

static const char *copy(json_object **root, const pointer *path, json_object *source,
                        size_t *copied)
{
  *copied += extent_of(source).bytes;
  return *copied > MOST_COPIED ? "the patch copies too much" : add(root, path, copy_of(source));
}

static const char *move(json_object **root, const pointer *path, const pointer *from,
                        json_object *source)
{
  json_object_get(source);
  if (drop(*root, from))
    return add(root, path, source);
  json_object_put(source);
  return "what is at `from` cannot be moved";
}

/* What keeps an operation from being done, or NULL. `copied` counts over the whole patch. */
static const char *apply(json_object **root, const char *op, const pointer *path,
                         const pointer *from, json_object *value, size_t *copied)
{
  static const char missing[] = "there is nothing at its path";
  json_object *there = NULL;
  bool found = find(*root, path, &there);
  if (!strcmp(op, "add"))
    return add(root, path, copy_of(value));
  if (!strcmp(op, "remove")) /* of what is not there: as wished already */
    return !found || drop(*root, path) ? NULL : missing;
  if (!strcmp(op, "replace"))
    return found && (!path->count || drop(*root, path)) ? add(root, path, copy_of(value)) : missing;
  if (!strcmp(op, "test"))
    return found && json_object_equal(there, value) ? NULL : "the value differs";
  json_object *source = NULL;
  if (!find(*root, from, &source))
    return "there is nothing at its `from`";
  return !strcmp(op, "move") ? move(root, path, from, source) : copy(root, path, source, copied);
}

static json_object *operations_of(json_object *patch)
{
  return json_object_is_type(patch, json_type_array)
             ? patch
             : gms_json_member(patch, "patch", json_type_array);
}

static bool op_is_known(const char *op)
{
  static const char *const known[] = {"add", "remove", "replace", "move", "copy", "test"};
  for (size_t i = 0; op && i < sizeof(known) / sizeof(known[0]); i++)
    if (!strcmp(known[i], op))
      return true;
  return false;
}

static dh_status check_operation(json_object *operation, size_t index, dh_error *error)
{
  const char *op = gms_json_string(operation, "op");
  const char *path = gms_json_string(operation, "path");
  if (!op_is_known(op))
    return dh_error_set(error, DH_MALFORMED,
                        "operation %zu: \"%s\" is none of add, remove, "
                        "replace, move, copy and test",
                        index, op ? op : "");
  if (!path)
    return dh_error_set(error, DH_MALFORMED, "operation %zu (%s) has no path", index, op);
  bool from = !strcmp(op, "move") || !strcmp(op, "copy");
  if (from && !gms_json_string(operation, "from"))
    return dh_error_set(error, DH_MALFORMED, "operation %zu (%s) has no `from`", index, op);
  if (!from && strcmp(op, "remove") && !json_object_object_get_ex(operation, "value", NULL))
    return dh_error_set(error, DH_MALFORMED, "operation %zu (%s %s) has no value", index, op, path);
  return DH_OK;
}

static dh_status check_keys(json_object *patch, dh_error *error)
{
  json_object *keys = gms_json_member(patch, "arrayPrimaryKeys", json_type_object);
  if (!keys)
    return DH_OK;
  json_object_object_foreach(keys, field, list)
  {
    bool good = json_object_is_type(list, json_type_array);
    for (size_t i = 0; good && i < json_object_array_length(list); i++)
      good = json_object_is_type(json_object_array_get_idx(list, i), json_type_string);
    if (!good)
      return dh_error_set(error, DH_MALFORMED, "arrayPrimaryKeys.%s is no list of names", field);
    if (json_object_array_length(list) > MOST_PRIMARY_KEYS)
      return dh_error_set(error, DH_MALFORMED, "arrayPrimaryKeys.%s has more than %d names", field,
                          MOST_PRIMARY_KEYS);
  }
  return DH_OK;
}

dh_status gms_patch_check(json_object *patch, dh_error *error)
{
  json_object *operations = operations_of(patch);
  if (!operations)
    return dh_error_set(error, DH_MALFORMED,
                        "a patch is an array of operations, or {\"arrayPrimaryKeys\": ..., "
                        "\"patch\": [...]}");
  size_t count = json_object_array_length(operations);
  if (count > MOST_OPERATIONS)
    return dh_error_set(error, DH_MALFORMED, "%zu operations are more than %d", count,
                        MOST_OPERATIONS);
  dh_status status = check_keys(patch, error);
  for (size_t i = 0; !status && i < count; i++)
    status = check_operation(json_object_array_get_idx(operations, i), i + 1, error);
  return status;
}

static dh_status run(json_object **root, json_object *operations, dh_error *error)
{
  size_t copied = 0;
  for (size_t i = 0; i < json_object_array_length(operations); i++) {
    json_object *operation = json_object_array_get_idx(operations, i);
    json_object *value = NULL;
    const char *op = gms_json_string(operation, "op");
    const char *path_text = gms_json_string(operation, "path");
    const char *from_text = gms_json_string(operation, "from");
    pointer path = {0}, from = {0};
    const char *why = "its path is no JSON pointer";
    json_object_object_get_ex(operation, "value", &value);
    if (pointer_read(path_text, &path) && pointer_read(from_text ? from_text : "", &from))
      why = apply(root, op, &path, &from, value, &copied);
    pointer_clear(&path);
    pointer_clear(&from);
    if (why)
      return dh_error_set(error, DH_MALFORMED, "operation %zu (%s %s): %s", i + 1, op, path_text,
                          why);
  }
  return DH_OK;
}

/* Members that were made only to be patched into, and were not. */
static void drop_unused(json_object *before, json_object *after, const char *field)
{
  json_object *array = gms_json_member(after, field, json_type_array);
  if (array && !json_object_array_length(array) && !json_object_object_get_ex(before, field, NULL))
    json_object_object_del(after, field);
}

static json_object *keys_for(const char *aspect_name, json_object *patch)
{
  json_object *given = gms_json_member(patch, "arrayPrimaryKeys", json_type_object);
  return given ? json_object_get(given) : gms_patch_known_keys(aspect_name);
}

json_object *gms_patch_apply(const char *aspect_name, json_object *aspect, json_object *patch,
                             dh_error *error)
{
  json_object *operations = operations_of(patch);
  json_object *before = aspect ? json_object_get(aspect) : json_object_new_object();
  json_object *after = copy_of(before);
  json_object *keys = keys_for(aspect_name, patch);
  bool lineage =
      !gms_json_member(patch, "arrayPrimaryKeys", json_type_object) &&
      (!strcmp(aspect_name, "upstreamLineage") || !strcmp(aspect_name, "dataJobInputOutput"));
  if (lineage)
    gms_patch_lineage_to_map(after);
  json_object_object_foreach(keys, to_map, map_keys)
  {
    gms_patch_to_map(after, to_map, map_keys);
  }
  dh_status status = run(&after, operations, error);
  if (!status && !json_object_is_type(after, json_type_object))
    status = dh_error_set(error, DH_MALFORMED, "the patch leaves no JSON object");
  if (!status) {
    json_object_object_foreach(keys, to_array, array_keys)
    {
      gms_patch_to_array(after, to_array, array_keys);
      drop_unused(before, after, to_array);
    }
    if (lineage) {
      gms_patch_lineage_to_array(after);
      drop_unused(before, after, "fineGrainedLineages");
    }
  }
  json_object_put(keys);
  json_object_put(before);
  if (status) {
    json_object_put(after);
    after = NULL;
  }
  return after;
}
