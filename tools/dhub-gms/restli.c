/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing over Rest.li: the actions of /aspects, /entities and /usageStats.
 */
#include "ingest.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

static void finish(gms_request *request, gms_changes *changes, dh_status status,
                   const dh_error *error)
{
  gms_changes_clear(changes);
  if (status)
    gms_reply_failed(request, error);
  else
    gms_reply_success(request);
}

static void ingest_proposal(gms_request *request, json_object *body)
{
  json_object *proposal = gms_json_member(body, "proposal", json_type_object);
  gms_changes changes = {0};
  dh_error error;
  if (!proposal) {
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST,
                    "Parameters of method 'ingestProposal' are invalid: proposal is missing");
    return;
  }
  dh_status status = gms_changes_init(&changes, 1, &error);
  if (!status)
    status = gms_change_read(&changes.items[0], proposal, &error);
  if (!status)
    status = gms_ingest(request, &changes, &error);
  finish(request, &changes, status, &error);
}

static void ingest_batch(gms_request *request, json_object *body)
{
  json_object *proposals = gms_json_member(body, "proposals", json_type_array);
  gms_changes changes = {0};
  dh_error error;
  if (!proposals) {
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST,
                    "Parameters of method 'ingestProposalBatch' are invalid: proposals is missing");
    return;
  }
  size_t count = json_object_array_length(proposals);
  if (count > GMS_MAX_PROPOSALS) {
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST,
                    "A batch of %zu proposals is larger than %u, the most that is taken at once",
                    count, GMS_MAX_PROPOSALS);
    return;
  }
  dh_status status = gms_changes_init(&changes, count, &error);
  for (size_t i = 0; !status && i < count; i++)
    status = gms_change_read(&changes.items[i], json_object_array_get_idx(proposals, i), &error);
  if (!status)
    status = gms_ingest(request, &changes, &error);
  finish(request, &changes, status, &error);
}

static void unknown_action(gms_request *request, const char *action)
{
  gms_reply_error(request, MHD_HTTP_BAD_REQUEST, "POST action '%s' not supported for %s",
                  action ? action : "", request->path);
}

void gms_post_aspects(gms_request *request)
{
  const char *action = gms_request_query(request, "action");
  json_object *body = gms_request_object(request);
  if (!body)
    return;
  if (action && !strcmp(action, "ingestProposal"))
    ingest_proposal(request, body);
  else if (action && !strcmp(action, "ingestProposalBatch"))
    ingest_batch(request, body);
  else if (action && !strcmp(action, "getTimeseriesAspectValues"))
    gms_timeseries(request, body);
  else
    unknown_action(request, action);
  json_object_put(body);
}

/* The one member of an object: a union as Rest.li writes it. */
static json_object *union_of(json_object *object, const char **name)
{
  if (!json_object_is_type(object, json_type_object) || json_object_object_length(object) != 1)
    return NULL;
  json_object_object_foreach(object, key, value)
  {
    *name = key;
    return value;
  }
  return NULL;
}

/* {"com.linkedin.metadata.snapshot.XSnapshot": {urn, aspects}}: a change for each aspect. */
static dh_status read_snapshot(json_object *entity, json_object *system, gms_changes *changes,
                               dh_error *error)
{
  const char *record = NULL;
  json_object *snapshot = union_of(gms_json_member(entity, "value", json_type_object), &record);
  const char *type = record ? dh_model_entity_of_snapshot(record) : NULL;
  if (!type)
    return gms_refuse(error, 400, "entity.value must be one snapshot; %s is unknown",
                      record ? record : "what is there");
  const char *urn = gms_json_string(snapshot, "urn");
  json_object *aspects = gms_json_member(snapshot, "aspects", json_type_array);
  if (!urn || !aspects)
    return gms_refuse(error, 400, "%s has no %s", record, urn ? "aspects" : "urn");
  dh_status status = gms_changes_init(changes, json_object_array_length(aspects), error);
  for (size_t i = 0; !status && i < changes->count; i++) {
    const char *aspect_record = NULL;
    json_object *value = union_of(json_object_array_get_idx(aspects, i), &aspect_record);
    const char *aspect = aspect_record ? dh_model_aspect_of_record(aspect_record) : NULL;
    if (!aspect)
      return gms_refuse(error, 400, "aspect %zu of %s is unknown: %s", i + 1, urn,
                        aspect_record ? aspect_record : "not an object with one member");
    status = gms_change_set(&changes->items[i], DH_UPSERT, type, urn, aspect, value, system, error);
  }
  return status;
}

static void ingest_entity(gms_request *request, json_object *body)
{
  gms_changes changes = {0};
  dh_error error;
  dh_status status =
      read_snapshot(gms_json_member(body, "entity", json_type_object),
                    gms_json_member(body, "systemMetadata", json_type_object), &changes, &error);
  if (!status)
    status = gms_ingest(request, &changes, &error);
  finish(request, &changes, status, &error);
}

static void delete_entity(gms_request *request, json_object *body)
{
  const char *urn = gms_json_string(body, "urn");
  const char *aspect = gms_json_string(body, "aspectName");
  int64_t rows = 0, series = 0;
  dh_error error, why;
  if (!urn || dh_urn_check(urn, strlen(urn), &why)) {
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST, "Invalid URN \"%s\": %s", urn ? urn : "",
                    urn ? why.message : "it is missing");
    return;
  }
  if (!gms_may_write_urn(request, urn)) {
    gms_reply_error(request, MHD_HTTP_FORBIDDEN, "User %s is unauthorized to delete entity: %s",
                    request->actor, urn);
    return;
  }
  gms_store *store = request->server->store;
  dh_status status = gms_store_begin(store, true, &error);
  if (!status) {
    status = gms_store_remove(store, urn, aspect, &rows, &series, &error);
    dh_status ended = gms_store_end(store, !status, status ? NULL : &error);
    status = status ? status : ended;
  }
  if (status) {
    gms_reply_failed(request, &error);
    return;
  }
  json_object *value = json_object_new_object(), *answer = json_object_new_object();
  gms_json_add_string(value, "urn", urn);
  json_object_object_add(value, "rows", json_object_new_int64(rows));
  json_object_object_add(value, "timeseriesRows", json_object_new_int64(series));
  json_object_object_add(answer, "value", value);
  gms_reply_json(request, MHD_HTTP_OK, answer);
  gms_reply_trace(request);
}

static void entity_exists(gms_request *request, json_object *body)
{
  const char *urn = gms_json_string(body, "urn");
  gms_store *store = request->server->store;
  dh_error error;
  dh_status status = gms_store_begin(store, false, &error);
  if (!status) {
    status = gms_store_has(store, urn ? urn : "", &error);
    gms_store_end(store, false, NULL);
  }
  if (status != DH_OK && status != DH_IGNORE) {
    gms_reply_failed(request, &error);
    return;
  }
  json_object *answer = json_object_new_object();
  json_object_object_add(answer, "value", json_object_new_boolean(status == DH_OK));
  gms_reply_json(request, MHD_HTTP_OK, answer);
}

void gms_post_entities(gms_request *request)
{
  const char *action = gms_request_query(request, "action");
  json_object *body = gms_request_object(request);
  if (!body)
    return;
  if (action && !strcmp(action, "ingest"))
    ingest_entity(request, body);
  else if (action && !strcmp(action, "delete"))
    delete_entity(request, body);
  else if (action && !strcmp(action, "exists"))
    entity_exists(request, body);
  else
    unknown_action(request, action);
  json_object_put(body);
}

typedef struct field_name {
  const char *from, *to;
} field_name;

/* Copies the members that there are, under their new names. */
static void copy_members(json_object *from, json_object *to, const field_name *names, size_t count)
{
  for (size_t i = 0; i < count; i++) {
    json_object *member = NULL;
    if (json_object_is_type(from, json_type_object) &&
        json_object_object_get_ex(from, names[i].from, &member))
      json_object_object_add(to, names[i].to, json_object_get(member));
  }
}

/* The same for the items of an array. */
static void copy_items(json_object *metrics, json_object *value, const field_name *array,
                       const field_name *names, size_t count)
{
  json_object *items = gms_json_member(metrics, array->from, json_type_array);
  json_object *out = items ? json_object_new_array() : NULL;
  for (size_t i = 0; items && i < json_object_array_length(items); i++) {
    json_object *item = json_object_new_object();
    copy_members(json_object_array_get_idx(items, i), item, names, count);
    json_object_array_add(out, item);
  }
  if (out)
    json_object_object_add(value, array->to, out);
}

/* A bucket of usage is the timeseries aspect datasetUsageStatistics of its resource. */
static dh_status read_bucket(gms_change *change, json_object *bucket, dh_error *error)
{
  static const field_name totals[] = {{"totalSqlQueries", "totalSqlQueries"},
                                      {"uniqueUserCount", "uniqueUserCount"},
                                      {"topSqlQueries", "topSqlQueries"}};
  static const field_name users = {"users", "userCounts"}, fields = {"fields", "fieldCounts"};
  static const field_name user[] = {
      {"user", "user"}, {"count", "count"}, {"userEmail", "userEmail"}};
  static const field_name field[] = {{"fieldName", "fieldPath"}, {"count", "count"}};
  const char *urn = gms_json_string(bucket, "resource");
  json_object *metrics = gms_json_member(bucket, "metrics", json_type_object);
  if (!urn || !metrics || !gms_json_member(bucket, "bucket", json_type_int))
    return gms_refuse(error, 400, "A usage bucket needs bucket, resource and metrics");
  json_object *value = json_object_new_object(), *granularity = json_object_new_object();
  const char *unit = gms_json_string(bucket, "duration");
  json_object_object_add(value, "timestampMillis",
                         json_object_new_int64(gms_json_int(bucket, "bucket", 0)));
  gms_json_add_string(granularity, "unit", unit ? unit : "DAY");
  json_object_object_add(granularity, "multiple", json_object_new_int(1));
  json_object_object_add(value, "eventGranularity", granularity);
  copy_members(metrics, value, totals, 3);
  copy_items(metrics, value, &users, user, 3);
  copy_items(metrics, value, &fields, field, 2);
  dh_status status = gms_change_set(change, DH_UPSERT, "dataset", urn, "datasetUsageStatistics",
                                    value, NULL, error);
  json_object_put(value);
  return status;
}

void gms_post_usage(gms_request *request)
{
  const char *action = gms_request_query(request, "action");
  json_object *body = gms_request_object(request);
  if (!body)
    return;
  json_object *buckets = gms_json_member(body, "buckets", json_type_array);
  if (!action || strcmp(action, "batchIngest"))
    unknown_action(request, action);
  else if (!buckets)
    gms_reply_error(request, MHD_HTTP_BAD_REQUEST,
                    "Parameters of method 'batchIngest' are invalid: buckets is missing");
  else {
    gms_changes changes = {0};
    dh_error error;
    dh_status status = gms_changes_init(&changes, json_object_array_length(buckets), &error);
    for (size_t i = 0; !status && i < changes.count; i++)
      status = read_bucket(&changes.items[i], json_object_array_get_idx(buckets, i), &error);
    if (!status)
      status = gms_ingest(request, &changes, &error);
    finish(request, &changes, status, &error);
  }
  json_object_put(body);
}
