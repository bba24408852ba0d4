/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Issuing and revoking access tokens.
 */
#include "accounts.h"
#include "graphql_schema.h"
#include "graphql_token_json.h"
#include "server.h"

#include <string.h>

#define LONGEST_NAME 256
#define LONGEST_DESCRIPTION 4096

/* Whose token it may be, by GMS's rules. */
static bool may_create(gms_request *request, const char *type, const char *actor)
{
  gms_auth *auth = request->server->auth;
  if (!strcmp(type, "SERVICE_ACCOUNT"))
    return gms_auth_may(auth, request->actor, GMS_MANAGE_SERVICE_ACCOUNTS, NULL);
  return gms_auth_may(auth, request->actor, GMS_MANAGE_TOKENS, NULL) ||
         (!strcmp(actor, request->actor) &&
          gms_auth_may(auth, request->actor, GMS_GENERATE_TOKENS, NULL));
}

static json_object *answer(const dh_secret *token, const dh_pat_record *record)
{
  json_object *out = json_object_new_object();
  gms_json_add_string(out, "accessToken", dh_secret_bytes(token, NULL));
  json_object_object_add(out, "metadata", gms_token_metadata(record));
  return out;
}

static json_object *create(gms_request *request, json_object *arguments, const char *name,
                           gql_failure *failure)
{
  json_object *input = gms_json_member(arguments, "input", json_type_object);
  gms_auth *auth = request->server->auth;
  gms_token_wish wish = {.type = gms_json_string(input, "type"),
                         .actor_urn = gms_json_string(input, "actorUrn"),
                         .owner_urn = request->actor,
                         .name = name,
                         .description = gms_json_string(input, "description"),
                         .lifetime_ms = gms_duration_ms(gms_json_string(input, "duration"))};
  if (!gms_auth_enabled(auth))
    return gql_fail(failure, 400,
                    "Token based authentication is currently disabled. Contact your DataHub "
                    "administrator to enable this feature.");
  if (!may_create(request, wish.type, wish.actor_urn))
    return gql_unauthorized(failure);
  bool service = !strcmp(wish.type, "SERVICE_ACCOUNT");
  if (service && !gms_account_exists(request->server->store, wish.actor_urn))
    return gql_fail(failure, 400, "The specified URN is not a service account: %s", wish.actor_urn);
  if (strncmp(wish.actor_urn, GMS_URN_OF_USER, strlen(GMS_URN_OF_USER)) ||
      !gms_auth_knows(auth, request, wish.actor_urn))
    return gql_fail(failure, 400, "There is no active user %s here", wish.actor_urn);
  if (!*name || strlen(name) > LONGEST_NAME ||
      (wish.description && strlen(wish.description) > LONGEST_DESCRIPTION))
    return gql_fail(failure, 400, "A token's name has 1 to %d bytes, its description at most %d",
                    LONGEST_NAME, LONGEST_DESCRIPTION);
  char id[DH_PAT_ID_SIZE];
  dh_pat_record record;
  dh_error error;
  json_object *out = NULL;
  dh_secret *token = gms_token_issue(gms_auth_tokens(auth), &wish, id, &record, &error);
  if (token && !gms_token_entity_write(request, &record, &error)) {
    out = answer(token, &record);
    dh_log(request->server->context, DH_LOG_INFO, "%s made a token \"%s\" for %s", request->actor,
           name, wish.actor_urn);
  }
  dh_secret_free(token);
  return out ? out
             : gql_fail(failure, 500, "Failed to create new access token with name %s: %s", name,
                        error.message);
}

json_object *gql_create_access_token(gms_request *request, json_object *arguments,
                                     gql_failure *failure)
{
  json_object *input = gms_json_member(arguments, "input", json_type_object);
  return create(request, arguments, gms_json_string(input, "name"), failure);
}

/* Deprecated: it gives no name. GMS makes a token that is not listed; here every token is, so
 * that every token can be revoked. */
json_object *gql_get_access_token(gms_request *request, json_object *arguments,
                                  gql_failure *failure)
{
  return create(request, arguments, "getAccessToken", failure);
}

typedef struct owner {
  bool found, revoked, mine;
  const char *actor;
} owner;

static int look_at_owner(void *arg, const dh_pat_record *record)
{
  owner *o = arg;
  o->found = true;
  o->revoked = record->revoked_at_ms != 0;
  o->mine = !strcmp(record->owner_urn, o->actor);
  return 0;
}

json_object *gql_revoke_access_token(gms_request *request, json_object *arguments,
                                     gql_failure *failure)
{
  const char *id = gms_json_string(arguments, "tokenId");
  gms_auth *auth = request->server->auth;
  dh_pat_store *store = gms_token_service_store(gms_auth_tokens(auth));
  owner o = {.actor = request->actor};
  dh_error error;
  dh_status status = dh_pat_store_get(store, id, look_at_owner, &o, &error);
  if (status && status != DH_DENIED)
    return gql_fail(failure, 500, "%s", error.message);
  /* Whose it is comes before whether it is there: ids are not to be guessed at. */
  if (!o.mine && !gms_auth_may(auth, request->actor, GMS_MANAGE_TOKENS, NULL))
    return gql_unauthorized(failure);
  if (!o.found || o.revoked)
    return gql_fail(failure, 404, "There is no access token of the id %s", id);
  status = dh_pat_store_revoke(store, id, dh_wall_ms(request->server->context), &error);
  if (!status || status == DH_REVOKED)
    status = gms_token_entity_remove(request, id, &error);
  gms_auth_forget(auth);
  if (status)
    return gql_fail(failure, 500, "%s", error.message);
  dh_log(request->server->context, DH_LOG_INFO, "%s revoked the token %s", request->actor, id);
  return json_object_new_boolean(true);
}
