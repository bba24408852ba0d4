/* SPDX-License-Identifier: Apache-2.0 */
/*
 * getGrantedPrivileges: what a user may, on the whole or on one entity.
 */
#include "graphql_schema.h"
#include "server.h"

#include <datahub/metadata.h>

#include <string.h>

static void add_if(json_object *list, gms_request *request, const char *actor, const char *name,
                   gms_privilege privilege, const char *entity)
{
  if (gms_auth_may(request->server->auth, actor, privilege, entity))
    json_object_array_add(list, json_object_new_string(name));
}

json_object *gql_get_granted_privileges(gms_request *request, json_object *arguments,
                                        gql_failure *failure)
{
  json_object *input = gms_json_member(arguments, "input", json_type_object);
  json_object *resource = gms_json_member(input, "resourceSpec", json_type_object);
  const char *actor = gms_json_string(input, "actorUrn");
  const char *urn = resource ? gms_json_string(resource, "resourceUrn") : NULL;
  char entity[64] = "";
  /* Others' rights are nobody's business, as in GMS. */
  if (strcmp(actor, request->actor))
    return gql_unauthorized(failure);
  if (urn) {
    dh_slice type = dh_urn_entity_type(urn, strlen(urn));
    if (!type.ptr || type.len >= sizeof(entity))
      return gql_fail(failure, 400, "%s is no URN of an entity", urn);
    memcpy(entity, type.ptr, type.len);
  }
  json_object *out = json_object_new_object(), *list = json_object_new_array();
  if (*entity) {
    add_if(list, request, actor, "EDIT_ENTITY", GMS_EDIT_ENTITY, entity);
  } else {
    add_if(list, request, actor, "GENERATE_PERSONAL_ACCESS_TOKENS", GMS_GENERATE_TOKENS, NULL);
    add_if(list, request, actor, "MANAGE_ACCESS_TOKENS", GMS_MANAGE_TOKENS, NULL);
    add_if(list, request, actor, "MANAGE_SERVICE_ACCOUNTS", GMS_MANAGE_SERVICE_ACCOUNTS, NULL);
  }
  json_object_object_add(out, "privileges", list);
  return out;
}
