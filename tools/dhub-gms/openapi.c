/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenAPI v3: /openapi/v3/entity/TYPE and /openapi/v3/entity/TYPE/URN.
 */
#include "ingest.h"
#include "read.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

/* {"urn": ..., "ASPECT": {"value": ..., "systemMetadata": ..., "headers": ...}} */
static size_t count_aspects(json_object *entities)
{
  size_t count = 0;
  for (size_t i = 0; i < json_object_array_length(entities); i++) {
    json_object *entity = json_object_array_get_idx(entities, i);
    if (!json_object_is_type(entity, json_type_object))
      continue;
    json_object_object_foreach(entity, name, value)
    {
      if (strcmp(name, "urn") && json_object_is_type(value, json_type_object))
        count++;
    }
  }
  return count;
}

static dh_status read_entity(gms_request *request, const char *type, json_object *entity,
                             dh_change_type change_type, gms_change **next, dh_error *error)
{
  const char *urn = gms_json_string(entity, "urn");
  const char *condition = gms_request_header(request, "If-None-Match");
  if (!urn)
    return gms_refuse(error, 400, "Each entity must be an object with a urn");
  json_object_object_foreach(entity, name, item)
  {
    if (!strcmp(name, "urn"))
      continue;
    if (!json_object_is_type(item, json_type_object))
      return gms_refuse(error, 400, "%s of %s must be an object with a value", name, urn);
    json_object *value = NULL;
    json_object_object_get_ex(item, "value", &value);
    gms_change *change = (*next)++;
    dh_status status =
        gms_change_set(change, change_type, type, urn, name, value,
                       gms_json_member(item, "systemMetadata", json_type_object), error);
    if (status)
      return status;
    gms_change_headers(change, gms_json_member(item, "headers", json_type_object));
    if (condition && !strcmp(condition, "*"))
      change->quietly = true;
  }
  return DH_OK;
}

static dh_change_type kind_of_post(gms_request *request)
{
  const char *only_new = gms_request_query(request, "createEntityIfNotExists");
  const char *new_aspect = gms_request_query(request, "createIfNotExists");
  if (!strcmp(request->method, "PATCH"))
    return DH_PATCH;
  if (only_new && !strcmp(only_new, "true"))
    return DH_CREATE_ENTITY;
  if (new_aspect && !strcmp(new_aspect, "true"))
    return DH_CREATE;
  return DH_UPSERT;
}

/* What was written, in the same form. */
static json_object *answer_of(const gms_changes *changes)
{
  json_object *answer = json_object_new_array(), *entity = NULL;
  const char *urn = NULL;
  for (size_t i = 0; i < changes->count; i++) {
    const gms_change *change = &changes->items[i];
    if (!urn || strcmp(urn, change->urn)) {
      urn = change->urn;
      entity = json_object_new_object();
      gms_json_add_string(entity, "urn", urn);
      json_object_array_add(answer, entity);
    }
    json_object *item = json_object_new_object();
    json_object_object_add(item, "value", json_object_get(change->parsed));
    if (change->system)
      json_object_object_add(item, "systemMetadata", json_object_get(change->system));
    json_object_object_add(entity, change->aspect, item);
  }
  return answer;
}

static json_object *entities_of_body(gms_request *request)
{
  dh_error error;
  json_object *body =
      gms_json_parse(request->body ? request->body : "", request->body_size, &error);
  if (json_object_is_type(body, json_type_array))
    return body;
  gms_reply_error(request, MHD_HTTP_BAD_REQUEST, "Cannot parse the request body: %s",
                  body ? "it must be an array of entities" : error.message);
  json_object_put(body);
  return NULL;
}

static void write_entities(gms_request *request, const char *type)
{
  json_object *entities = entities_of_body(request);
  if (!entities)
    return;
  gms_changes changes = {0};
  dh_error error;
  dh_status status = gms_changes_init(&changes, count_aspects(entities), &error);
  gms_change *next = changes.items;
  dh_change_type kind = kind_of_post(request);
  for (size_t i = 0; !status && i < json_object_array_length(entities); i++)
    status =
        read_entity(request, type, json_object_array_get_idx(entities, i), kind, &next, &error);
  if (!status)
    status = gms_ingest(request, &changes, &error);
  if (status)
    gms_reply_failed(request, &error);
  else {
    const char *async = gms_request_query(request, "async");
    bool later = !async || strcmp(async, "false"); /* absent: asynchronous, as in GMS */
    gms_reply_json(request, later ? MHD_HTTP_ACCEPTED : MHD_HTTP_OK, answer_of(&changes));
    gms_reply_trace(request);
  }
  gms_changes_clear(&changes);
  json_object_put(entities);
}

typedef struct reading {
  const char *wanted;
  bool system;
  json_object *entity;
  bool any;
} reading;

static bool add_aspect(void *arg, gms_row *row)
{
  reading *r = arg;
  r->any = true;
  if (!gms_list_has(r->wanted, row->name))
    return true;
  json_object *item = json_object_new_object();
  json_object_object_add(item, "value", gms_row_json(row->value));
  if (r->system)
    json_object_object_add(item, "systemMetadata", gms_row_json(row->system));
  json_object_object_add(r->entity, row->name, item);
  return true;
}

static void read_one(gms_request *request, const char *urn)
{
  const char *system = gms_request_query(request, "systemMetadata");
  reading r = {gms_request_query(request, "aspects"), system && !strcmp(system, "true"),
               json_object_new_object(), false};
  gms_json_add_string(r.entity, "urn", urn);
  if (!gms_read_entity(request, urn, add_aspect, &r)) {
    json_object_put(r.entity);
    return;
  }
  if (r.any) {
    gms_reply_json(request, MHD_HTTP_OK, r.entity);
    return;
  }
  json_object_put(r.entity);
  gms_reply_error(request, MHD_HTTP_NOT_FOUND, "Failed to find entity: %s", urn);
}

static void delete_one(gms_request *request, const char *type, const char *urn)
{
  gms_changes changes = {0};
  dh_error error;
  dh_status status = gms_changes_init(&changes, 1, &error);
  if (!status)
    status = gms_change_set(&changes.items[0], DH_DELETE, type, urn, NULL, NULL, NULL, &error);
  if (!status)
    status = gms_ingest(request, &changes, &error);
  gms_changes_clear(&changes);
  if (status) {
    gms_reply_failed(request, &error);
    return;
  }
  gms_reply_bytes(request, MHD_HTTP_OK, "application/json", "", 0);
  gms_reply_trace(request);
}

void gms_openapi_entity(gms_request *request)
{
  char type[64];
  const char *rest = request->path + strlen("/openapi/v3/entity/");
  size_t size = strcspn(rest, "/");
  const char *urn = rest[size] && rest[size + 1] ? rest + size + 1 : NULL;
  if (!size || size >= sizeof(type)) {
    gms_reply_error(request, MHD_HTTP_NOT_FOUND, "Unknown entity type in %s", request->path);
    return;
  }
  memcpy(type, rest, size);
  type[size] = '\0';
  const char *method = request->method;
  if (!urn && (!strcmp(method, "POST") || !strcmp(method, "PATCH")))
    write_entities(request, type);
  else if (urn && (!strcmp(method, "GET") || !strcmp(method, "HEAD")))
    read_one(request, urn);
  else if (urn && !strcmp(method, "DELETE"))
    delete_one(request, type, urn);
  else
    gms_reply_page(request, MHD_HTTP_METHOD_NOT_ALLOWED, "Method Not Allowed");
}
