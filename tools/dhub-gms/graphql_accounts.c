/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service accounts: users of the sub-type SERVICE_ACCOUNT, whose name is made by the server.
 */
#include "accounts.h"
#include "graphql_schema.h"
#include "read.h"
#include "server.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define LONGEST 1024

static bool make_urn(char *out, size_t size)
{
  unsigned char b[16];
  if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
    return false;
  b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* a UUID of version 4, RFC 9562 */
  b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
  snprintf(out, size,
           GMS_URN_OF_SERVICE
           "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
           b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
           b[14], b[15]);
  return true;
}

static json_object *account_json(const char *urn, const char *display, const char *description,
                                 const char *by, int64_t at)
{
  json_object *out = json_object_new_object();
  gms_json_add_string(out, "urn", urn);
  gms_json_add_string(out, "type", "CORP_USER");
  gms_json_add_string(out, "name", urn + strlen(GMS_URN_OF_USER));
  gms_json_add_string(out, "displayName", display);
  gms_json_add_string(out, "description", description);
  gms_json_add_string(out, "createdBy", by);
  json_object_object_add(out, "createdAt", json_object_new_int64(at));
  return out;
}

static json_object *not_allowed(gql_failure *failure, const char *what)
{
  return gql_fail(failure, 403,
                  "Unauthorized to %s service accounts. Please contact your DataHub "
                  "administrator.",
                  what);
}

static dh_status write_account(gms_request *request, const char *urn, const char *display,
                               const char *description, dh_error *error)
{
  json_object *info = json_object_new_object(), *sub = json_object_new_object();
  json_object *names = json_object_new_array();
  json_object_object_add(info, "active", json_object_new_boolean(true));
  gms_json_add_string(info, "displayName", display ? display : urn + strlen(GMS_URN_OF_USER));
  gms_json_add_string(info, "title", description);
  json_object_array_add(names, json_object_new_string("SERVICE_ACCOUNT"));
  json_object_object_add(sub, "typeNames", names);
  const gms_own_aspect aspects[] = {{"corpuser", urn, "corpUserInfo", info},
                                    {"corpuser", urn, "subTypes", sub}};
  dh_status status = gms_own_write(request, aspects, 2, error);
  json_object_put(info);
  json_object_put(sub);
  return status;
}

json_object *gql_create_service_account(gms_request *request, json_object *arguments,
                                        gql_failure *failure)
{
  json_object *input = gms_json_member(arguments, "input", json_type_object);
  const char *display = gms_json_string(input, "displayName");
  const char *description = gms_json_string(input, "description");
  gms_auth *auth = request->server->auth;
  char urn[128];
  dh_error error;
  if (!gms_auth_may(auth, request->actor, GMS_MANAGE_SERVICE_ACCOUNTS, NULL))
    return not_allowed(failure, "create");
  if ((display && strlen(display) > LONGEST) || (description && strlen(description) > LONGEST))
    return gql_fail(failure, 400, "displayName and description have at most %d bytes", LONGEST);
  if (!make_urn(urn, sizeof(urn)))
    return gql_fail(failure, 500, "Failed to create service account");
  if (write_account(request, urn, display, description, &error) ||
      dh_pat_store_set_actor(gms_token_service_store(gms_auth_tokens(auth)), urn, 1, &error))
    return gql_fail(failure, 500, "Failed to create service account: %s", error.message);
  dh_log(request->server->context, DH_LOG_INFO, "%s made the service account %s", request->actor,
         urn);
  return account_json(urn, display, description, request->actor,
                      dh_wall_ms(request->server->context));
}

typedef struct listing {
  const char *query;
  int64_t start, count, seen;
  json_object *out;
} listing;

static bool take_account(void *arg, gms_row *row)
{
  listing *l = arg;
  if (strncmp(row->urn, GMS_URN_OF_SERVICE, strlen(GMS_URN_OF_SERVICE)))
    return true;
  json_object *info = gms_row_json(row->value);
  const char *display = gms_json_string(info, "displayName");
  const char *description = gms_json_string(info, "title");
  bool wanted = !l->query || !*l->query || !strcmp(l->query, "*") ||
                (display && strcasestr(display, l->query)) ||
                (description && strcasestr(description, l->query)) || strstr(row->urn, l->query);
  if (wanted && l->seen >= l->start && l->seen < l->start + l->count)
    json_object_array_add(l->out,
                          account_json(row->urn, display, description, row->actor, row->at));
  l->seen += wanted;
  json_object_put(info);
  return true;
}

json_object *gql_list_service_accounts(gms_request *request, json_object *arguments,
                                       gql_failure *failure)
{
  json_object *input = gms_json_member(arguments, "input", json_type_object);
  gms_store *store = request->server->store;
  listing l = {.query = gms_json_string(input, "query"),
               .start = gms_json_int(input, "start", 0),
               .count = gms_json_int(input, "count", 20)};
  dh_error error;
  if (!gms_auth_may(request->server->auth, request->actor, GMS_MANAGE_SERVICE_ACCOUNTS, NULL))
    return not_allowed(failure, "list");
  l.out = json_object_new_array();
  dh_status status = gms_store_begin(store, false, &error);
  if (!status) {
    status = gms_store_each_of(store, "corpUserInfo", take_account, &l, &error);
    gms_store_end(store, false, NULL);
  }
  if (status) {
    json_object_put(l.out);
    return gql_fail(failure, 500, "%s", error.message);
  }
  json_object *out = json_object_new_object();
  json_object_object_add(out, "start", json_object_new_int64(l.start));
  json_object_object_add(out, "count",
                         json_object_new_int64((int64_t)json_object_array_length(l.out)));
  json_object_object_add(out, "total", json_object_new_int64(l.seen));
  json_object_object_add(out, "serviceAccounts", l.out);
  return out;
}

json_object *gql_delete_service_account(gms_request *request, json_object *arguments,
                                        gql_failure *failure)
{
  const char *urn = gms_json_string(arguments, "urn");
  gms_auth *auth = request->server->auth;
  dh_error error;
  if (!gms_auth_may(auth, request->actor, GMS_MANAGE_SERVICE_ACCOUNTS, NULL))
    return not_allowed(failure, "delete");
  if (!gms_account_exists(request->server->store, urn))
    return gql_fail(failure, 404, "The specified URN is not a service account: %s", urn);
  /* Its tokens first: they must not outlive it. */
  if (dh_pat_store_set_actor(gms_token_service_store(gms_auth_tokens(auth)), urn, 0, &error) ||
      gms_own_remove(request, urn, &error))
    return gql_fail(failure, 500, "%s", error.message);
  gms_auth_forget(auth);
  dh_log(request->server->context, DH_LOG_INFO, "%s deleted the service account %s", request->actor,
         urn);
  return json_object_new_boolean(true);
}
