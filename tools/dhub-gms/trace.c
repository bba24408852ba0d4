/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of a write: /openapi/v1/trace/write/TRACEID.
 */
#include "server.h"

#include <datahub/metadata.h>

#include <microhttpd.h>
#include <string.h>

static json_object *write_status(const char *status, const char *message)
{
  json_object *storage = json_object_new_object();
  gms_json_add_string(storage, "writeStatus", status);
  gms_json_add_string(storage, "writeMessage", message);
  return storage;
}

/* Writes here are done when they are answered, so that none is ever PENDING. */
static json_object *outcome(dh_status status, int64_t version, bool timeseries)
{
  json_object *out = json_object_new_object();
  bool found = status == DH_OK;
  const char *state = !found ? "ERROR" : version ? "HISTORIC_STATE" : "ACTIVE_STATE";
  const char *message = found ? NULL : "This write is not known here, or was replaced unchanged.";
  json_object_object_add(out, "success", json_object_new_boolean(found));
  json_object_object_add(out, "primaryStorage",
                         found && timeseries ? write_status("NO_OP", NULL)
                                             : write_status(state, message));
  json_object_object_add(out, "searchStorage", write_status(state, message));
  return out;
}

static dh_status trace_aspects(gms_request *request, const char *trace, const char *urn,
                               json_object *names, json_object *out, dh_error *error)
{
  gms_store *store = request->server->store;
  bool errors_only = false;
  const char *only = gms_request_query(request, "onlyIncludeErrors");
  errors_only = only && !strcmp(only, "true");
  for (size_t i = 0; i < json_object_array_length(names); i++) {
    json_object *item = json_object_array_get_idx(names, i);
    if (!json_object_is_type(item, json_type_string))
      continue;
    const char *name = json_object_get_string(item);
    int64_t version = 0;
    bool timeseries = false;
    dh_status status = gms_store_traced(store, urn, name, trace, &version, &timeseries, error);
    if (status != DH_OK && status != DH_IGNORE)
      return status;
    if (errors_only && status == DH_OK)
      continue;
    json_object_object_add(out, name, outcome(status, timeseries ? 0 : version, timeseries));
  }
  return DH_OK;
}

void gms_post_trace(gms_request *request)
{
  const char *trace = request->path + strlen("/openapi/v1/trace/write/");
  if (strlen(trace) != 32 || strspn(trace, "0123456789abcdef") != 32) {
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST, "\"%s\" is no trace id: 32 hex digits", trace);
    return;
  }
  json_object *body = gms_request_object(request);
  if (!body)
    return;
  json_object *answer = json_object_new_object();
  dh_error error;
  dh_status status = gms_store_begin(request->server->store, false, &error);
  bool locked = !status;
  json_object_object_foreach(body, urn, names)
  {
    if (status || !json_object_is_type(names, json_type_array))
      continue;
    json_object *out = json_object_new_object();
    json_object_object_add(answer, urn, out);
    status = trace_aspects(request, trace, urn, names, out, &error);
  }
  if (locked)
    gms_store_end(request->server->store, false, NULL);
  json_object_put(body);
  if (status) {
    json_object_put(answer);
    gms_reply_failed(request, &error);
    return;
  }
  gms_reply_json(request, MHD_HTTP_OK, answer);
}
