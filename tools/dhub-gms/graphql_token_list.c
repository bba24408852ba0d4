/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listing access tokens, and telling what one is.
 */
#include "accounts.h"
#include "graphql_schema.h"
#include "graphql_token_json.h"
#include "server.h"
#include "token_purge.h"

#include <stdio.h>
#include <string.h>

#define MOST_LISTED 10000

json_object *gms_token_metadata(const dh_pat_record *record)
{
  json_object *out = json_object_new_object();
  char urn[128];
  snprintf(urn, sizeof(urn), "%s%s", GMS_URN_OF_TOKEN, record->id);
  gms_json_add_string(out, "urn", urn);
  gms_json_add_string(out, "type", "ACCESS_TOKEN");
  gms_json_add_string(out, "id", record->id);
  gms_json_add_string(out, "name", record->name);
  gms_json_add_string(out, "description", record->description);
  gms_json_add_string(out, "actorUrn", record->actor_urn);
  gms_json_add_string(out, "ownerUrn", record->owner_urn);
  json_object_object_add(out, "createdAt", json_object_new_int64(record->created_at_ms));
  if (record->expires_at_ms)
    json_object_object_add(out, "expiresAt", json_object_new_int64(record->expires_at_ms));
  return out;
}

/* --- listAccessTokens ------------------------------------------------------ */

typedef struct listing {
  json_object *filters; /* or NULL */
  int64_t start, count, seen;
  json_object *tokens;
} listing;

/* The text of a field of the info aspect; false where it has none of that name. */
static bool field_text(const dh_pat_record *record, const char *field, char number[24],
                       const char **out)
{
  const struct {
    const char *name, *text;
  } texts[] = {{"name", record->name},          {"description", record->description},
               {"actorUrn", record->actor_urn}, {"ownerUrn", record->owner_urn},
               {"type", record->type},          {"id", record->id}};
  for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
    if (!strcmp(texts[i].name, field)) {
      *out = texts[i].text ? texts[i].text : "";
      return true;
    }
  bool created = !strcmp(field, "createdAt");
  if (!created && strcmp(field, "expiresAt"))
    return false;
  snprintf(number, 24, "%lld",
           (long long)(created ? record->created_at_ms : record->expires_at_ms));
  *out = number;
  return true;
}

static bool passes(const dh_pat_record *record, json_object *filter)
{
  char number[24];
  const char *text = "";
  json_object *values = gms_json_member(filter, "values", json_type_array);
  const char *single = gms_json_string(filter, "value");
  const char *condition = gms_json_string(filter, "condition");
  bool part = condition && !strcmp(condition, "CONTAIN");
  bool found = false;
  if (!field_text(record, gms_json_string(filter, "field"), number, &text))
    return false;
  for (size_t i = 0; values && i < json_object_array_length(values); i++) {
    const char *value = json_object_get_string(json_object_array_get_idx(values, i));
    found = found || (part ? strcasestr(text, value) != NULL : !strcmp(text, value));
  }
  if (single)
    found = found || (part ? strcasestr(text, single) != NULL : !strcmp(text, single));
  return found != gms_json_bool(filter, "negated", false);
}

static int take_record(void *arg, const dh_pat_record *record)
{
  listing *l = arg;
  for (size_t i = 0; l->filters && i < json_object_array_length(l->filters); i++)
    if (!passes(record, json_object_array_get_idx(l->filters, i)))
      return 0;
  if (l->seen >= l->start && l->seen < l->start + l->count)
    json_object_array_add(l->tokens, gms_token_metadata(record));
  l->seen++;
  return 0;
}

/* Whether the filters hold ownerUrn = the caller's and no other. */
static bool asks_for_own(json_object *filters, const char *actor)
{
  for (size_t i = 0; filters && i < json_object_array_length(filters); i++) {
    json_object *filter = json_object_array_get_idx(filters, i);
    json_object *values = gms_json_member(filter, "values", json_type_array);
    const char *single = gms_json_string(filter, "value");
    if (strcmp(gms_json_string(filter, "field"), "ownerUrn") ||
        gms_json_bool(filter, "negated", false) || gms_json_string(filter, "condition"))
      continue;
    if (values && !single && json_object_array_length(values) == 1 &&
        !strcmp(json_object_get_string(json_object_array_get_idx(values, 0)), actor))
      return true;
    if (single && !values && !strcmp(single, actor))
      return true;
  }
  return false;
}

static const char *unknown_field(json_object *filters)
{
  static const dh_pat_record nothing = {.id = ""};
  char number[24];
  const char *text;
  for (size_t i = 0; filters && i < json_object_array_length(filters); i++) {
    const char *field = gms_json_string(json_object_array_get_idx(filters, i), "field");
    if (!field_text(&nothing, field, number, &text))
      return field;
  }
  return NULL;
}

json_object *gql_list_access_tokens(gms_request *request, json_object *arguments,
                                    gql_failure *failure)
{
  json_object *input = gms_json_member(arguments, "input", json_type_object);
  gms_auth *auth = request->server->auth;
  gms_token_purge(request);
  listing l = {.filters = gms_json_member(input, "filters", json_type_array),
               .start = gms_json_int(input, "start", 0),
               .count = gms_json_int(input, "count", 20)};
  dh_error error;
  if (!gms_auth_may(auth, request->actor, GMS_MANAGE_TOKENS, NULL) &&
      (!gms_auth_may(auth, request->actor, GMS_GENERATE_TOKENS, NULL) ||
       !asks_for_own(l.filters, request->actor)))
    return gql_unauthorized(failure);
  const char *unknown = unknown_field(l.filters);
  if (unknown)
    return gql_fail(failure, 400, "Access tokens cannot be filtered by %s", unknown);
  if (l.start < 0 || l.count < 0 || l.count > MOST_LISTED)
    return gql_fail(failure, 400, "start must not be negative, and count not above %d",
                    MOST_LISTED);
  l.tokens = json_object_new_array();
  dh_pat_store *store = gms_token_service_store(gms_auth_tokens(auth));
  if (dh_pat_store_list(store, NULL, take_record, &l, NULL, &error)) {
    json_object_put(l.tokens);
    return gql_fail(failure, 500, "%s", error.message);
  }
  json_object *out = json_object_new_object();
  json_object_object_add(out, "start", json_object_new_int64(l.start));
  json_object_object_add(out, "count",
                         json_object_new_int64((int64_t)json_object_array_length(l.tokens)));
  json_object_object_add(out, "total", json_object_new_int64(l.seen));
  json_object_object_add(out, "tokens", l.tokens);
  return out;
}

/* --- getAccessTokenMetadata ------------------------------------------------ */

static int take_one(void *arg, const dh_pat_record *record)
{
  if (!record->revoked_at_ms)
    *(json_object **)arg = gms_token_metadata(record);
  return 0;
}

json_object *gql_get_access_token_metadata(gms_request *request, json_object *arguments,
                                           gql_failure *failure)
{
  const char *token = gms_json_string(arguments, "token");
  gms_auth *auth = request->server->auth;
  gms_token_service *service = gms_auth_tokens(auth);
  char id[DH_PAT_ID_SIZE];
  json_object *out = NULL;
  dh_error error;
  if (!gms_auth_may(auth, request->actor, GMS_MANAGE_TOKENS, NULL))
    return gql_unauthorized(failure);
  dh_status status = dh_pat_id(token, strlen(token),
                               dh_secret_bytes(gms_token_service_salt(service), NULL), id, &error);
  if (!status)
    status = dh_pat_store_get(gms_token_service_store(service), id, take_one, &out, &error);
  if (status && status != DH_DENIED)
    return gql_fail(failure, 500, "%s", error.message);
  return out ? out : gql_fail(failure, 404, "There is no such access token: unknown or revoked");
}
