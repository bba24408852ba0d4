/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/proposal.h"

#include "base/text.h"

#include <ctype.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static bool is_string(struct json_object *value)
{
  return json_object_is_type(value, json_type_string);
}

/* Known members of a type of their own; every other one is passed on. */
static dh_status check_types(struct json_object *metadata, dh_error *error)
{
  static const char *const strings[] = {"runId",        "lastRunId",       "pipelineName",
                                        "registryName", "registryVersion", "version"};
  struct json_object *value;
  for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
    if (json_object_object_get_ex(metadata, strings[i], &value) && value && !is_string(value))
      return dh_error_set(error, DH_MALFORMED, "systemMetadata.%s must be a string", strings[i]);
  if (json_object_object_get_ex(metadata, "lastObserved", &value) && value &&
      !json_object_is_type(value, json_type_int))
    return dh_error_set(error, DH_MALFORMED,
                        "systemMetadata.lastObserved must be a whole number of milliseconds");
  if (!json_object_object_get_ex(metadata, "properties", &value) || !value)
    return DH_OK;
  if (!json_object_is_type(value, json_type_object))
    return dh_error_set(error, DH_MALFORMED, "systemMetadata.properties must be an object");
  json_object_object_foreach(value, name, property)
  {
    if (property && !is_string(property))
      return dh_error_set(error, DH_MALFORMED, "systemMetadata.properties.%.80s must be a string",
                          name);
  }
  return DH_OK;
}

/* "sync" whatever its case and the white space around it, as DataHub's client reads it. */
static bool asks_for_sync(struct json_object *marker)
{
  static const char space[] = " \t\r\n";
  if (!is_string(marker))
    return false;
  const char *word = json_object_get_string(marker);
  word += strspn(word, space);
  size_t size = strcspn(word, space);
  return size == 4 && !dh_text_ncasecmp(word, "sync", 4) &&
         !word[size + strspn(word + size, space)];
}

static void separate(dh_buf *out)
{
  char last = out->failed ? '{' : out->data[out->size - 1];
  if (last != '{')
    dh_buf_addc(out, ',');
}

static void write_pair(dh_buf *out, const char *name, const char *value)
{
  separate(out);
  dh_buf_add_json(out, name, strlen(name));
  dh_buf_addc(out, ':');
  dh_buf_add_json(out, value, strlen(value));
}

/* All of an object's members but the two named, without the braces. */
static dh_status write_others(dh_buf *out, struct json_object *object, const char *but,
                              const char *and_but, dh_error *error)
{
  json_object_object_foreach(object, name, value)
  {
    if (!value || !strcmp(name, but) || !strcmp(name, and_but))
      continue;
    separate(out);
    dh_buf_add_json(out, name, strlen(name));
    dh_buf_addc(out, ':');
    dh_status status = dh_outgoing_write(out, value, DH_OUTGOING_MCP, NULL, error);
    if (status != DH_OK)
      return status;
  }
  return DH_OK;
}

static dh_status write_properties(dh_buf *out, struct json_object *properties,
                                  const dh_wire_options *options, dh_error *error)
{
  if (!properties && !options->client_id && !options->client_version)
    return DH_OK;
  separate(out);
  dh_buf_adds(out, "\"properties\":{");
  dh_status status = DH_OK;
  if (properties)
    status = write_others(out, properties, options->client_id ? "clientId" : "",
                          options->client_version ? "clientVersion" : "", error);
  if (options->client_id)
    write_pair(out, "clientId", options->client_id);
  if (options->client_version)
    write_pair(out, "clientVersion", options->client_version);
  dh_buf_addc(out, '}');
  return status;
}

dh_status dh_system_metadata_write(struct json_object *metadata, const dh_wire_options *options,
                                   dh_buf *out, uint32_t *flags, dh_error *error)
{
  struct json_object *observed = NULL, *run_id = NULL, *last_run_id = NULL, *properties = NULL;
  if (metadata && !json_object_is_type(metadata, json_type_object))
    return dh_error_set(error, DH_MALFORMED, "systemMetadata must be an object");
  dh_status status = metadata ? check_types(metadata, error) : DH_OK;
  if (status != DH_OK)
    return status;
  if (metadata) {
    json_object_object_get_ex(metadata, "lastObserved", &observed);
    json_object_object_get_ex(metadata, "runId", &run_id);
    json_object_object_get_ex(metadata, "lastRunId", &last_run_id);
    json_object_object_get_ex(metadata, "properties", &properties);
  }
  int64_t at = observed ? json_object_get_int64(observed) : 0;
  dh_buf_addf(out, "{\"lastObserved\":%lld", (long long)(at ? at : options->now_ms));
  if (!run_id)
    write_pair(out, "runId", options->run_id ? options->run_id : DH_NO_RUN_ID);
  if (!last_run_id)
    write_pair(out, "lastRunId", DH_NO_RUN_ID);
  if (metadata)
    status = write_others(out, metadata, "lastObserved", "properties", error);
  if (status == DH_OK)
    status = write_properties(out, properties, options, error);
  dh_buf_addc(out, '}');
  struct json_object *marker = NULL;
  if (properties && json_object_object_get_ex(properties, DH_EMIT_MODE_MARKER, &marker) &&
      asks_for_sync(marker))
    *flags |= DH_RECORD_SYNC;
  return status;
}
