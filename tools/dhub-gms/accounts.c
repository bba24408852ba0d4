/* SPDX-License-Identifier: Apache-2.0 */
#include "accounts.h"
#include "ingest.h"
#include "server.h"

#include <stdio.h>
#include <string.h>

static bool has_sub_type(const char *text, const char *wanted)
{
  dh_error ignored;
  json_object *aspect = gms_json_parse(text, strlen(text), &ignored);
  json_object *names = gms_json_member(aspect, "typeNames", json_type_array);
  bool found = false;
  for (size_t i = 0; names && i < json_object_array_length(names); i++) {
    const char *name = json_object_get_string(json_object_array_get_idx(names, i));
    found = found || (name && !strcmp(name, wanted));
  }
  json_object_put(aspect);
  return found;
}

bool gms_account_exists(gms_store *store, const char *urn)
{
  gms_row row = {0};
  if (gms_store_begin(store, false, NULL))
    return false;
  bool found = !gms_store_get(store, urn, "subTypes", 0, &row, NULL) &&
               has_sub_type(row.value, "SERVICE_ACCOUNT");
  gms_store_end(store, false, NULL);
  gms_row_clear(&row);
  return found;
}

dh_status gms_own_write(gms_request *request, const gms_own_aspect *aspects, size_t count,
                        dh_error *error)
{
  gms_changes changes = {0};
  dh_status status = gms_changes_init(&changes, count, error);
  for (size_t i = 0; !status && i < count; i++)
    status = gms_change_set(&changes.items[i], DH_UPSERT, aspects[i].entity, aspects[i].urn,
                            aspects[i].aspect, aspects[i].value, NULL, error);
  if (!status)
    status = gms_ingest_trusted(request, &changes, error);
  gms_changes_clear(&changes);
  return status;
}

dh_status gms_own_remove(gms_request *request, const char *urn, dh_error *error)
{
  gms_store *store = request->server->store;
  int64_t rows, series;
  dh_status status = gms_store_begin(store, true, error);
  if (status)
    return status;
  status = gms_store_remove(store, urn, NULL, &rows, &series, error);
  dh_status ended = gms_store_end(store, !status, status ? NULL : error);
  return status ? status : ended;
}

dh_status gms_token_entity_write(gms_request *request, const dh_pat_record *record, dh_error *error)
{
  char urn[128];
  json_object *info = json_object_new_object();
  snprintf(urn, sizeof(urn), "%s%s", GMS_URN_OF_TOKEN, record->id);
  gms_json_add_string(info, "name", record->name);
  gms_json_add_string(info, "description", record->description);
  gms_json_add_string(info, "actorUrn", record->actor_urn);
  gms_json_add_string(info, "ownerUrn", record->owner_urn);
  json_object_object_add(info, "createdAt", json_object_new_int64(record->created_at_ms));
  if (record->expires_at_ms)
    json_object_object_add(info, "expiresAt", json_object_new_int64(record->expires_at_ms));
  const gms_own_aspect aspect = {"dataHubAccessToken", urn, "dataHubAccessTokenInfo", info};
  dh_status status = gms_own_write(request, &aspect, 1, error);
  json_object_put(info);
  return status;
}

dh_status gms_token_entity_remove(gms_request *request, const char *id, dh_error *error)
{
  char urn[128];
  snprintf(urn, sizeof(urn), "%s%s", GMS_URN_OF_TOKEN, id);
  return gms_own_remove(request, urn, error);
}
