/* SPDX-License-Identifier: Apache-2.0 */
#include "graphql.h"

#include "command.h"
#include "request.h"

#include "metadata/json.h"

#include <string.h>

json_object *dhub_json_at(json_object *json, const char *path)
{
  char key[64];
  while (json && *path) {
    size_t size = strcspn(path, "/");
    json_object *next = NULL;
    if (size >= sizeof(key) || !json_object_is_type(json, json_type_object))
      return NULL;
    memcpy(key, path, size);
    key[size] = '\0';
    json_object_object_get_ex(json, key, &next);
    json = next;
    path += path[size] ? size + 1 : size;
  }
  return json;
}

const char *dhub_text_at(json_object *json, const char *path)
{
  json_object *found = dhub_json_at(json, path);
  return json_object_is_type(found, json_type_string) ? json_object_get_string(found) : NULL;
}

/* GMS has one path, its frontend another. */
static int post(dhub_connection *connection, const char *body, dhub_reply *reply)
{
  int code = dhub_request(connection, "POST", "/api/graphql", body, reply);
  if (code != DHUB_OK || reply->status != 404)
    return code;
  dhub_reply_free(reply);
  return dhub_request(connection, "POST", "/api/v2/graphql", body, reply);
}

static int say_forbidden(dhub_connection *connection, const char *privilege)
{
  dhub_say(&connection->output,
           "refused: your token is good, but its user lacks the privilege \"%s\". A DataHub "
           "administrator (anyone with \"Manage Policies\") can grant it: Settings > Permissions > "
           "Policies; for dhub-gms, in its users file",
           privilege);
  return DHUB_AUTH;
}

static int say_error(dhub_connection *connection, json_object *error, const char *privilege)
{
  const char *message = dhub_text_at(error, "message");
  int code = json_object_get_int(dhub_json_at(error, "extensions/code"));
  if (code == 403 && privilege)
    return say_forbidden(connection, privilege);
  if (message && strstr(message, "Token based authentication is currently disabled")) {
    dhub_say(&connection->output,
             "this DataHub does not check tokens, and so makes none: its administrator switches "
             "that on with METADATA_SERVICE_AUTH_ENABLED=true on GMS and frontend (dhub-gms: "
             "--auth on). Until then requests need no token");
    return DHUB_AUTH;
  }
  dhub_say(&connection->output, "DataHub refused: %s", message ? message : "no reason was given");
  return code == 401 || code == 403 ? DHUB_AUTH : DHUB_SOME_REJECTED;
}

static int take_answer(dhub_connection *connection, const dhub_reply *reply, const char *privilege,
                       int quiet, json_object **data)
{
  json_object *answer = dh_json_tree(reply->body, reply->size);
  json_object *errors = dhub_json_at(answer, "errors");
  json_object *error =
      json_object_is_type(errors, json_type_array) ? json_object_array_get_idx(errors, 0) : NULL;
  int code = DHUB_OK;
  if (error) {
    if (!quiet || json_object_get_int(dhub_json_at(error, "extensions/code")) != quiet)
      code = say_error(connection, error, privilege);
  } else if (json_object_is_type(dhub_json_at(answer, "data"), json_type_object))
    *data = json_object_get(dhub_json_at(answer, "data"));
  else {
    dhub_say(&connection->output, "%s answered with something else than GraphQL: is it DataHub?",
             reply->url);
    code = DHUB_UNREACHABLE;
  }
  json_object_put(answer);
  return code;
}

static int run(dhub_connection *connection, const char *query, json_object *variables,
               const char *privilege, int quiet, json_object **data)
{
  dhub_reply reply = {0};
  json_object *body = json_object_new_object();
  *data = NULL;
  json_object_object_add(body, "query", json_object_new_string(query));
  if (variables)
    json_object_object_add(body, "variables", variables);
  int code = post(connection, json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN), &reply);
  if (code == DHUB_OK)
    code = reply.status == 400 ? DHUB_OK : dhub_reply_check(connection, &reply);
  if (code == DHUB_OK)
    code = take_answer(connection, &reply, privilege, quiet, data);
  dhub_reply_free(&reply);
  json_object_put(body);
  return code;
}

int dhub_graphql(dhub_connection *connection, const char *query, json_object *variables,
                 const char *privilege, json_object **data)
{
  return run(connection, query, variables, privilege, 0, data);
}

int dhub_graphql_quiet(dhub_connection *connection, const char *query, json_object *variables,
                       int code, json_object **data)
{
  return run(connection, query, variables, NULL, code, data);
}
