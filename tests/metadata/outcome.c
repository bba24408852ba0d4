/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/outcome.h"
#include "metadata/proposal.h"

#include "base/buf.h"
#include "metadata/json.h"
#include "metadata/reader.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static int compare_names(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_canonical(dh_buf *out, struct json_object *node);

static void write_sorted(dh_buf *out, struct json_object *object)
{
  size_t count = (size_t)json_object_object_length(object), i = 0;
  const char **names = calloc(count + 1, sizeof(*names));
  json_object_object_foreach(object, name, ignored)
  {
    (void)ignored;
    names[i++] = name;
  }
  qsort(names, count, sizeof(*names), compare_names);
  dh_buf_addc(out, '{');
  for (i = 0; i < count; i++) {
    if (i)
      dh_buf_addc(out, ',');
    dh_buf_add_json(out, names[i], strlen(names[i]));
    dh_buf_addc(out, ':');
    write_canonical(out, json_object_object_get(object, names[i]));
  }
  dh_buf_addc(out, '}');
  free(names);
}

static void write_canonical(dh_buf *out, struct json_object *node)
{
  switch (json_object_get_type(node)) {
  case json_type_object:
    write_sorted(out, node);
    break;
  case json_type_array:
    dh_buf_addc(out, '[');
    for (size_t i = 0; i < json_object_array_length(node); i++) {
      if (i)
        dh_buf_addc(out, ',');
      write_canonical(out, json_object_array_get_idx(node, i));
    }
    dh_buf_addc(out, ']');
    break;
  case json_type_string:
    dh_buf_add_json(out, json_object_get_string(node), (size_t)json_object_get_string_len(node));
    break;
  default:
    dh_buf_adds(out, json_object_to_json_string_ext(node, JSON_C_TO_STRING_PLAIN));
  }
}

static bool is_json(struct json_object *type)
{
  const char *text = json_object_get_string(type);
  return text && (!strcmp(text, DH_JSON_TYPE) || !strcmp(text, DH_JSON_PATCH_TYPE));
}

/* Replaces the aspect's string by what it says; false where that is not JSON. */
static bool expand_aspect(struct json_object *proposal)
{
  struct json_object *aspect, *value, *type, *tree;
  dh_json_fault fault;
  if (!json_object_object_get_ex(proposal, "aspect", &aspect) ||
      !json_object_object_get_ex(aspect, "contentType", &type) || !is_json(type))
    return true;
  if (!json_object_object_get_ex(aspect, "value", &value) ||
      dh_json_parse_whole(json_object_get_string(value), (size_t)json_object_get_string_len(value),
                          &tree, &fault) != DH_JSON_OK)
    return false;
  json_object_object_add(aspect, "value", tree);
  return true;
}

char *outcome_canonical(const char *proposal, size_t size)
{
  struct json_object *tree;
  dh_json_fault fault;
  if (dh_json_parse_whole(proposal, size, &tree, &fault) != DH_JSON_OK)
    return NULL;
  dh_buf out;
  dh_buf_init(&out);
  char *text = NULL;
  if (expand_aspect(tree)) {
    write_canonical(&out, tree);
    text = dh_buf_take(&out);
  }
  json_object_put(tree);
  return text;
}

static void write_slice(dh_buf *out, const char *name, dh_slice slice)
{
  if (!slice.ptr)
    return;
  dh_buf_addf(out, "  %s=", name);
  dh_buf_add_json(out, slice.ptr, slice.len);
  dh_buf_addc(out, '\n');
}

static void write_record(dh_buf *out, const dh_record *record)
{
  char *canonical = outcome_canonical(record->proposal.ptr, record->proposal.len);
  dh_buf_addf(out, "  %s\n", canonical ? canonical : OUTCOME_BROKEN);
  free(canonical);
  write_slice(out, "type", record->entity_type);
  write_slice(out, "urn", record->urn);
  write_slice(out, "aspect", record->aspect_name);
  write_slice(out, "content", record->content_type);
  char *metadata = outcome_canonical(record->system_metadata.ptr, record->system_metadata.len);
  dh_buf_addf(out, "  metadata=%s\n", metadata ? metadata : OUTCOME_BROKEN);
  free(metadata);
  if (record->headers.ptr) {
    char *headers = outcome_canonical(record->headers.ptr, record->headers.len);
    dh_buf_addf(out, "  headers=%s\n", headers ? headers : OUTCOME_BROKEN);
    free(headers);
  }
  dh_buf_addf(out, "  %s flags=%u\n", dh_change_type_name(record->change_type), record->flags);
}

typedef struct source {
  const char *bytes;
  size_t left, chunk;
} source;

static int64_t read_source(void *arg, void *bytes, size_t size)
{
  source *s = arg;
  size_t n = s->left < size ? s->left : size;
  if (s->chunk && n > s->chunk)
    n = s->chunk;
  if (n)
    memcpy(bytes, s->bytes, n);
  s->bytes += n;
  s->left -= n;
  return (int64_t)n;
}

char *outcome_of(const void *bytes, size_t size, outcome_how how)
{
  static dh_record records[DH_MAX_PROPOSALS];
  dh_wire_options options = {.struct_size = sizeof(options),
                             .now_ms = OUTCOME_NOW,
                             .client_id = how.client,
                             .client_version = how.client};
  source s = {bytes, size, how.chunk};
  dh_error error;
  dh_reader *reader = dh_reader_open(read_source, &s, "input", how.max_record, &error);
  dh_buf out;
  char *buffer = NULL;
  size_t used = 0, capacity = 0, count;
  dh_read_result result;
  dh_buf_init(&out);
  reader->no_fast = how.trees;
  do {
    dh_input_record input = {.struct_size = sizeof(input)};
    result = dh_reader_next(reader, &options, &input, &buffer, &used, &capacity, records,
                            DH_MAX_PROPOSALS, &count, &error);
    if (result == DH_READ_END)
      break;
    if (result != DH_READ_RECORD)
      dh_buf_addf(&out, "%s %s\n", result == DH_READ_BAD ? "bad" : "fatal", error.message);
    if (result != DH_READ_FATAL && !how.meaning)
      dh_buf_addf(&out, "record %llu at %llu of %zu bytes\n", (unsigned long long)input.index,
                  (unsigned long long)input.line, input.raw.len);
    for (size_t i = 0; i < count; i++)
      write_record(&out, &records[i]);
  } while (result != DH_READ_FATAL);
  dh_reader_close(reader);
  free(buffer);
  return dh_buf_take(&out);
}
