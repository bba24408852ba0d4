/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading over Rest.li: /entities, /entitiesV2, /aspects and timeseries.
 */
#include "read.h"

#include <datahub/metadata.h>

#include <limits.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool gms_list_has(const char *list, const char *name)
{
  if (!list)
    return true;
  if (!strncmp(list, "List(", 5))
    list += 5;
  size_t size = strlen(name);
  for (;;) {
    size_t length = strcspn(list, ",)");
    if (length == size && !strncmp(list, name, size))
      return true;
    if (list[length] != ',')
      return false;
    list += length + 1;
  }
}

const char *gms_path_urn(gms_request *request, const char *prefix)
{
  const char *urn = request->path + strlen(prefix);
  dh_error why;
  if (!dh_urn_check(urn, strlen(urn), &why))
    return urn;
  gms_reply_error(request, MHD_HTTP_BAD_REQUEST, "Invalid URN \"%s\": %s", urn, why.message);
  return NULL;
}

json_object *gms_row_json(const char *text)
{
  dh_error ignored;
  json_object *json = gms_json_parse(text, strlen(text), &ignored);
  return json ? json : json_object_new_object();
}

bool gms_read_entity(gms_request *request, const char *urn, gms_row_fn each, void *arg)
{
  gms_store *store = request->server->store;
  dh_error error;
  dh_status status = gms_store_begin(store, false, &error);
  if (!status) {
    status = gms_store_each(store, urn, each, arg, &error);
    gms_store_end(store, false, NULL);
  }
  if (status)
    gms_reply_failed(request, &error);
  return !status;
}

static void not_found(gms_request *request, const char *urn)
{
  gms_reply_error(request, MHD_HTTP_NOT_FOUND, "Failed to find entity: %s", urn);
}

/* --- /entities/URN ------------------------------------------------------- */

/* {"com.linkedin.common.Status": {...}}: an aspect as a member of a snapshot's union. */
static bool add_union(void *arg, gms_row *row)
{
  json_object *aspects = arg;
  const char *record = dh_model_record_of_aspect(row->name);
  json_object *member = json_object_new_object();
  json_object_object_add(member, record ? record : row->name, gms_row_json(row->value));
  json_object_array_add(aspects, member);
  return true;
}

void gms_get_entity(gms_request *request)
{
  char record[256];
  const char *urn = gms_path_urn(request, "/entities/");
  if (!urn)
    return;
  dh_slice type = dh_urn_entity_type(urn, strlen(urn));
  char *entity = strndup(type.ptr, type.len);
  const char *snapshot = entity ? dh_model_snapshot_of_entity(entity) : NULL;
  free(entity);
  if (!snapshot) {
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST,
                    "Entities of the type %.*s have no snapshot: read them at /entitiesV2/%s",
                    (int)type.len, type.ptr, urn);
    return;
  }
  snprintf(record, sizeof(record), "%s%s",
           strchr(snapshot, '.') ? "" : "com.linkedin.metadata.snapshot.", snapshot);
  json_object *aspects = json_object_new_array();
  if (!gms_read_entity(request, urn, add_union, aspects)) {
    json_object_put(aspects);
    return;
  }
  if (!json_object_array_length(aspects)) {
    json_object_put(aspects);
    not_found(request, urn);
    return;
  }
  json_object *body = json_object_new_object(), *named = json_object_new_object();
  json_object *value = json_object_new_object();
  gms_json_add_string(value, "urn", urn);
  json_object_object_add(value, "aspects", aspects);
  json_object_object_add(named, record, value);
  json_object_object_add(body, "value", named);
  gms_reply_json(request, MHD_HTTP_OK, body);
}

/* --- /entitiesV2/URN ----------------------------------------------------- */

typedef struct envelopes {
  const char *wanted;
  json_object *aspects;
  bool any;
} envelopes;

static bool add_envelope(void *arg, gms_row *row)
{
  envelopes *e = arg;
  e->any = true;
  if (!gms_list_has(e->wanted, row->name))
    return true;
  json_object *envelope = json_object_new_object(), *created = json_object_new_object();
  gms_json_add_string(envelope, "name", row->name);
  gms_json_add_string(envelope, "type", "VERSIONED");
  json_object_object_add(envelope, "version", json_object_new_int64(row->version));
  json_object_object_add(envelope, "value", gms_row_json(row->value));
  json_object_object_add(created, "time", json_object_new_int64(row->at));
  gms_json_add_string(created, "actor", row->actor);
  json_object_object_add(envelope, "created", created);
  json_object_object_add(envelope, "systemMetadata", gms_row_json(row->system));
  json_object_object_add(e->aspects, row->name, envelope);
  return true;
}

void gms_get_entity_v2(gms_request *request)
{
  const char *urn = gms_path_urn(request, "/entitiesV2/");
  if (!urn)
    return;
  envelopes e = {gms_request_query(request, "aspects"), json_object_new_object(), false};
  if (!gms_read_entity(request, urn, add_envelope, &e)) {
    json_object_put(e.aspects);
    return;
  }
  if (!e.any) {
    json_object_put(e.aspects);
    not_found(request, urn);
    return;
  }
  dh_slice type = dh_urn_entity_type(urn, strlen(urn));
  json_object *body = json_object_new_object();
  gms_json_add_string(body, "urn", urn);
  json_object_object_add(body, "entityName", json_object_new_string_len(type.ptr, (int)type.len));
  json_object_object_add(body, "aspects", e.aspects);
  gms_reply_json(request, MHD_HTTP_OK, body);
}

/* --- /aspects/URN -------------------------------------------------------- */

void gms_get_aspect(gms_request *request)
{
  const char *urn = gms_path_urn(request, "/aspects/");
  const char *aspect = gms_request_query(request, "aspect");
  const char *version_text = gms_request_query(request, "version");
  if (!urn)
    return;
  if (!aspect) {
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST, "Query parameter aspect is missing");
    return;
  }
  char *end = NULL;
  long long version = version_text ? strtoll(version_text, &end, 10) : 0;
  if (version_text && (end == version_text || *end)) {
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST, "version must be a number, 0 being the latest");
    return;
  }
  gms_row row = {0};
  gms_store *store = request->server->store;
  dh_error error;
  dh_status status = gms_store_begin(store, false, &error);
  if (!status) {
    status = gms_store_get(store, urn, aspect, version, &row, &error);
    gms_store_end(store, false, NULL);
  }
  if (status == DH_IGNORE)
    gms_reply_error(request, MHD_HTTP_NOT_FOUND, "Did not find urn: %s aspect: %s version: %lld",
                    urn, aspect, version);
  else if (status)
    gms_reply_failed(request, &error);
  else {
    const char *record = dh_model_record_of_aspect(aspect);
    json_object *body = json_object_new_object(), *named = json_object_new_object();
    json_object_object_add(body, "version", json_object_new_int64(version));
    json_object_object_add(named, record ? record : aspect, gms_row_json(row.value));
    json_object_object_add(body, "aspect", named);
    json_object_object_add(body, "systemMetadata", gms_row_json(row.system));
    gms_reply_json(request, MHD_HTTP_OK, body);
  }
  gms_row_clear(&row);
}

/* --- timeseries ---------------------------------------------------------- */

static bool add_value(void *arg, gms_row *row)
{
  json_object *value = json_object_new_object(), *aspect = json_object_new_object();
  char *ascii = gms_json_ascii(row->value, strlen(row->value));
  gms_json_add_string(aspect, "value", ascii ? ascii : "{}");
  gms_json_add_string(aspect, "contentType", "application/json");
  json_object_object_add(value, "aspect", aspect);
  json_object_object_add(value, "systemMetadata", gms_row_json(row->system));
  json_object_array_add(arg, value);
  free(ascii);
  return true;
}

void gms_timeseries(gms_request *request, json_object *body)
{
  const char *urn = gms_json_string(body, "urn");
  const char *entity = gms_json_string(body, "entity");
  const char *aspect = gms_json_string(body, "aspect");
  if (!urn || !entity || !aspect) {
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST,
                    "Parameters of method 'getTimeseriesAspectValues' are invalid: %s is missing",
                    !urn      ? "urn"
                    : !entity ? "entity"
                              : "aspect");
    return;
  }
  if (dh_model_is_timeseries(aspect) != 1) {
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST, "%s is no timeseries aspect", aspect);
    return;
  }
  bool latest = gms_json_bool(body, "latestValue", false);
  int64_t limit = latest ? 1 : gms_json_int(body, "limit", 10000);
  if (limit < 0 || limit > 10000)
    limit = 10000;
  json_object *values = json_object_new_array();
  gms_store *store = request->server->store;
  dh_error error;
  dh_status status = gms_store_begin(store, false, &error);
  if (!status) {
    status = gms_store_series(store, urn, aspect, gms_json_int(body, "startTimeMillis", INT64_MIN),
                              gms_json_int(body, "endTimeMillis", INT64_MAX), limit, add_value,
                              values, &error);
    gms_store_end(store, false, NULL);
  }
  if (status) {
    json_object_put(values);
    gms_reply_failed(request, &error);
    return;
  }
  json_object *answer = json_object_new_object(), *value = json_object_new_object();
  gms_json_add_string(value, "entityName", entity);
  gms_json_add_string(value, "aspectName", aspect);
  json_object_object_add(value, "values", values);
  json_object_object_add(value, "limit", json_object_new_int64(limit));
  json_object_object_add(answer, "value", value);
  gms_reply_json(request, MHD_HTTP_OK, answer);
}
