/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record as DataHub's file sink writes it, on one line: the aspect's JSON is JSON
 * again. What the sink leaves out where it is absent is left out here too.
 */
#include "metadata/json.h"
#include "metadata/record.h"

#include <json-c/json.h>
#include <string.h>

static void write_text(dh_buf *out, const char *name, dh_slice text)
{
  if (!text.ptr)
    return;
  dh_buf_addf(out, "%s\"%s\":", out->failed || out->data[out->size - 1] == '{' ? "" : ",", name);
  dh_buf_add_json(out, text.ptr, text.len);
}

static void write_json(dh_buf *out, const char *name, dh_slice json)
{
  if (!json.ptr)
    return;
  dh_buf_addf(out, ",\"%s\":", name);
  dh_buf_add(out, json.ptr, json.len);
}

static bool is_json(dh_slice type)
{
  return (type.len == strlen(DH_JSON_TYPE) && !memcmp(type.ptr, DH_JSON_TYPE, type.len)) ||
         (type.len == strlen(DH_JSON_PATCH_TYPE) &&
          !memcmp(type.ptr, DH_JSON_PATCH_TYPE, type.len));
}

/* The aspect: {"json": ...}, or as it is where its text is not JSON. */
static dh_status write_aspect(dh_buf *out, const dh_record *record, dh_error *error)
{
  struct json_object *proposal, *aspect, *value = NULL;
  dh_json_fault fault;
  dh_json_result result =
      dh_json_parse_whole(record->proposal.ptr, record->proposal.len, &proposal, &fault);
  if (result == DH_JSON_NO_MEMORY)
    return dh_error_set(error, DH_NO_MEMORY, "no memory for a record");
  if (result != DH_JSON_OK)
    return dh_error_set(error, DH_MALFORMED, "a record's proposal is not JSON: %s", fault.why);
  if (json_object_is_type(proposal, json_type_object) &&
      json_object_object_get_ex(proposal, "aspect", &aspect) &&
      json_object_is_type(aspect, json_type_object))
    json_object_object_get_ex(aspect, "value", &value);
  if (json_object_is_type(value, json_type_string)) {
    dh_slice text = {json_object_get_string(value), (size_t)json_object_get_string_len(value)};
    if (is_json(record->content_type)) {
      dh_buf_adds(out, ",\"aspect\":{\"json\":");
      dh_buf_add(out, text.ptr, text.len);
    } else {
      dh_buf_adds(out, ",\"aspect\":{");
      write_text(out, "value", text);
      write_text(out, "contentType", record->content_type);
    }
    dh_buf_addc(out, '}');
  }
  json_object_put(proposal);
  return DH_OK;
}

dh_status dh_record_to_file_form(const dh_record *record, char **buffer, size_t *size,
                                 size_t *capacity, dh_error *error)
{
  dh_buf out = {.data = *buffer, .size = *size, .capacity = *capacity};
  const char *change = dh_change_type_name(record->change_type);
  dh_buf_addc(&out, '{');
  write_text(&out, "entityType", record->entity_type);
  write_text(&out, "entityUrn", record->urn);
  write_text(&out, "changeType", (dh_slice){change, change ? strlen(change) : 0});
  write_text(&out, "aspectName", record->aspect_name);
  dh_status status = write_aspect(&out, record, error);
  write_json(&out, "systemMetadata", record->system_metadata);
  write_json(&out, "headers", record->headers);
  dh_buf_addc(&out, '}');
  if (status == DH_OK && out.failed)
    status = dh_error_set(error, DH_NO_MEMORY, "no memory for a record");
  *buffer = out.data;
  *capacity = out.capacity;
  if (status == DH_OK)
    *size = out.size;
  return status;
}
