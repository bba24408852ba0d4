/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks, what they may, and how the server is set up.
 */
#include "graphql_schema.h"
#include "server.h"

#include <stdlib.h>
#include <string.h>

static void add_right(json_object *out, gms_request *request, const char *name,
                      gms_privilege privilege)
{
  bool may = gms_auth_may(request->server->auth, request->actor, privilege, NULL);
  json_object_object_add(out, name, json_object_new_boolean(may));
}

json_object *gql_me(gms_request *request, json_object *arguments, gql_failure *failure)
{
  (void)arguments;
  (void)failure;
  json_object *out = json_object_new_object(), *user = json_object_new_object();
  json_object *properties = json_object_new_object(), *rights = json_object_new_object();
  const char *name = strncmp(request->actor, GMS_URN_OF_USER, strlen(GMS_URN_OF_USER))
                         ? request->actor
                         : request->actor + strlen(GMS_URN_OF_USER);
  char *display = gms_auth_display(request->server->auth, request->actor);
  gms_json_add_string(user, "urn", request->actor);
  gms_json_add_string(user, "type", "CORP_USER");
  gms_json_add_string(user, "username", name);
  json_object_object_add(properties, "active", json_object_new_boolean(true));
  gms_json_add_string(properties, "displayName", display ? display : name);
  json_object_object_add(user, "properties", properties);
  add_right(rights, request, "generatePersonalAccessTokens", GMS_GENERATE_TOKENS);
  add_right(rights, request, "manageTokens", GMS_MANAGE_TOKENS);
  add_right(rights, request, "manageServiceAccounts", GMS_MANAGE_SERVICE_ACCOUNTS);
  json_object_object_add(out, "corpUser", user);
  json_object_object_add(out, "platformPrivileges", rights);
  free(display);
  return out;
}

json_object *gql_app_config(gms_request *request, json_object *arguments, gql_failure *failure)
{
  (void)arguments;
  (void)failure;
  json_object *out = json_object_new_object(), *auth = json_object_new_object();
  json_object_object_add(auth, "tokenAuthEnabled",
                         json_object_new_boolean(gms_auth_enabled(request->server->auth)));
  gms_json_add_string(out, "appVersion", dh_version());
  json_object_object_add(out, "authConfig", auth);
  return out;
}
