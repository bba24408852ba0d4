/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest.h"
#include "keys.h"
#include "patch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A batch being applied. */
typedef struct batch {
  gms_request *request;
  gms_store *store;
  int64_t now;
} batch;

/* What is kept with an aspect: what was sent, with the defaults of the model. */
static json_object *system_of(const batch *b, json_object *given, int64_t version)
{
  json_object *system = NULL;
  char number[24];
  if (!given || json_object_deep_copy(given, &system, NULL))
    system = json_object_new_object();
  if (gms_json_int(system, "lastObserved", 0) == 0)
    json_object_object_add(system, "lastObserved", json_object_new_int64(b->now));
  if (!gms_json_string(system, "runId"))
    gms_json_add_string(system, "runId", "no-run-id-provided");
  if (!gms_json_string(system, "lastRunId"))
    gms_json_add_string(system, "lastRunId", "no-run-id-provided");
  if (version) {
    snprintf(number, sizeof(number), "%lld", (long long)version);
    json_object_object_del(system, "version");
    gms_json_add_string(system, "version", number);
  }
  return system;
}

/* The number of this value in the aspect's history, counted from 1. */
static int64_t version_after(const gms_row *old, bool changed)
{
  dh_error ignored;
  int64_t version = 0;
  json_object *system =
      old->system ? gms_json_parse(old->system, strlen(old->system), &ignored) : NULL;
  const char *text = system ? gms_json_string(system, "version") : NULL;
  if (text)
    version = strtoll(text, NULL, 10);
  json_object_put(system);
  return changed || !version ? version + 1 : version;
}

static bool same_value(const char *old, const char *new_text, json_object *new_value)
{
  dh_error ignored;
  if (!old)
    return false;
  if (!strcmp(old, new_text))
    return true;
  json_object *before = gms_json_parse(old, strlen(old), &ignored);
  bool same = before && json_object_equal(before, new_value);
  json_object_put(before);
  return same;
}

static dh_status write_value(const batch *b, const char *urn, const char *aspect, const char *text,
                             json_object *value, json_object *given, const gms_row *old,
                             dh_error *error)
{
  bool changed = !same_value(old->value, text, value);
  json_object *system = system_of(b, given, version_after(old, changed));
  gms_row row = {.urn = (char *)urn,
                 .name = (char *)aspect,
                 .value = (char *)text,
                 .system = (char *)gms_json_text(system),
                 .actor = b->request->actor,
                 .trace = b->request->trace,
                 .at = b->now};
  /* The same value again is no new version: only who saw it last is new. */
  dh_status status = gms_store_put(b->store, &row, changed, error);
  json_object_put(system);
  return status;
}

/* An entity begins with its key aspect. */
static dh_status write_key(const batch *b, const gms_change *change, dh_error *error)
{
  const char *name = dh_model_key_aspect(change->entity);
  if (!name || !strcmp(name, change->aspect))
    return DH_OK;
  dh_status status = gms_store_get(b->store, change->urn, name, 0, NULL, error);
  if (status != DH_IGNORE)
    return status;
  json_object *key = gms_key_of_urn(change->entity, change->urn);
  if (!key)
    return DH_OK;
  gms_row none = {0};
  status = write_value(b, change->urn, name, gms_json_text(key), key, change->system, &none, error);
  json_object_put(key);
  return status;
}

static const char *part(json_object *value, const char *key)
{
  json_object *member = NULL;
  if (!json_object_object_get_ex(value, key, &member) || !member)
    return "";
  return json_object_is_type(member, json_type_string) ? json_object_get_string(member)
                                                       : gms_json_text(member);
}

static dh_status append(const batch *b, const gms_change *change, dh_error *error)
{
  int64_t at = gms_json_int(change->parsed, "timestampMillis", 0);
  const char *parts[] = {part(change->parsed, "eventGranularity"),
                         part(change->parsed, "partitionSpec"), part(change->parsed, "messageId")};
  size_t size = 64;
  for (size_t i = 0; i < 3; i++)
    size += strlen(parts[i]);
  char *key = malloc(size);
  json_object *system = system_of(b, change->system, 0);
  dh_status status = DH_NO_MEMORY;
  if (key) {
    snprintf(key, size, "%lld|%s|%s|%s", (long long)at, parts[0], parts[1], parts[2]);
    gms_row row = {.urn = change->urn,
                   .name = change->aspect,
                   .value = change->value,
                   .system = (char *)gms_json_text(system),
                   .actor = b->request->actor,
                   .trace = b->request->trace,
                   .at = at};
    status = gms_store_append(b->store, &row, key, error);
  } else
    dh_error_set(error, DH_NO_MEMORY, "out of memory while writing %s", change->aspect);
  json_object_put(system);
  free(key);
  return status;
}

static dh_status write_patched(const batch *b, const gms_change *change, const gms_row *old,
                               dh_error *error)
{
  dh_error why;
  json_object *before = old->value ? gms_json_parse(old->value, strlen(old->value), &why) : NULL;
  json_object *after = gms_patch_apply(change->aspect, before, change->parsed, &why);
  dh_status status;
  if (!after)
    status = gms_refuse(error, 422, "PATCH of %s for %s cannot be applied: %s", change->aspect,
                        change->urn, why.message);
  else
    status = write_value(b, change->urn, change->aspect, gms_json_text(after), after,
                         change->system, old, error);
  json_object_put(before);
  json_object_put(after);
  return status;
}

/* DH_OK: go on; DH_IGNORE: leave it as it is. */
static dh_status check_absent(const batch *b, const gms_change *change, dh_error *error)
{
  bool entity = change->type == DH_CREATE_ENTITY;
  dh_status status = entity ? gms_store_has(b->store, change->urn, error)
                            : gms_store_get(b->store, change->urn, change->aspect, 0, NULL, error);
  if (status == DH_IGNORE)
    return DH_OK;
  if (status)
    return status;
  if (change->quietly)
    return DH_IGNORE;
  return gms_refuse(error, 422,
                    "Cannot perform %s if not exists since the %s already exists: %s%s%s",
                    dh_change_type_name(change->type), entity ? "entity key" : "aspect",
                    change->urn, entity ? "" : ", ", entity ? "" : change->aspect);
}

static dh_status apply(const batch *b, const gms_change *change, dh_error *error)
{
  int64_t versioned, timeseries;
  if (change->type == DH_DELETE)
    return gms_store_remove(b->store, change->urn, NULL, &versioned, &timeseries, error);
  if (dh_model_is_timeseries(change->aspect) > 0)
    return append(b, change, error);
  if (change->type == DH_CREATE || change->type == DH_CREATE_ENTITY) {
    dh_status status = check_absent(b, change, error);
    if (status)
      return status == DH_IGNORE ? DH_OK : status;
  }
  dh_status status = write_key(b, change, error);
  if (status)
    return status;
  gms_row old = {0};
  status = gms_store_get(b->store, change->urn, change->aspect, 0, &old, error);
  if (status == DH_OK || status == DH_IGNORE)
    status = change->type == DH_PATCH ? write_patched(b, change, &old, error)
                                      : write_value(b, change->urn, change->aspect, change->value,
                                                    change->parsed, change->system, &old, error);
  gms_row_clear(&old);
  return status;
}

/* Whether the actor may write each entity. What the token service and the accounts are made
 * of is written by the server alone: a token that anyone with Edit Entity could list as good
 * would not be checked. */
static bool may_write(gms_request *request, const gms_change *change)
{
  if (!strcmp(change->entity, "dataHubAccessToken"))
    return false;
  return gms_auth_may(request->server->auth, request->actor, GMS_EDIT_ENTITY, change->entity);
}

bool gms_may_write_urn(gms_request *request, const char *urn)
{
  dh_slice type = dh_urn_entity_type(urn, strlen(urn));
  char entity[64];
  if (!type.ptr || type.len >= sizeof(entity))
    return false;
  memcpy(entity, type.ptr, type.len);
  entity[type.len] = '\0';
  gms_change change = {.entity = entity};
  return may_write(request, &change);
}

static dh_status check_rights(gms_request *request, const gms_changes *changes, dh_error *error)
{
  char urns[400];
  size_t used = 0;
  for (size_t i = 0; i < changes->count && used < sizeof(urns); i++)
    if (!may_write(request, &changes->items[i]))
      used += (size_t)snprintf(urns + used, sizeof(urns) - used, "%sHttpStatus: 403 Urn: %s",
                               used ? ", " : "", changes->items[i].urn);
  if (!used)
    return DH_OK;
  return gms_refuse(error, 403, "User %s is unauthorized to modify entity: %s", request->actor,
                    urns);
}

dh_status gms_ingest_trusted(gms_request *request, gms_changes *changes, dh_error *error)
{
  batch b = {request, request->server->store, dh_wall_ms(request->server->context)};
  dh_status status = gms_store_begin(b.store, true, error);
  if (status)
    return status;
  for (size_t i = 0; !status && i < changes->count; i++)
    status = apply(&b, &changes->items[i], error);
  if (status) {
    gms_store_end(b.store, false, NULL);
    return status;
  }
  return gms_store_end(b.store, true, error);
}

dh_status gms_ingest(gms_request *request, gms_changes *changes, dh_error *error)
{
  dh_status status = check_rights(request, changes, error);
  return status ? status : gms_ingest_trusted(request, changes, error);
}
