/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GraphQL requests of the commands about tokens, and what their refusals mean to a person.
 */
#ifndef DHUB_GRAPHQL_H
#define DHUB_GRAPHQL_H

#include "connect.h"

#include <json-c/json.h>

/*
 * Sends a query with variables (NULL for none; taken over) to the GMS or frontend of a
 * connection. `*data` is the answer's `data`, the caller's. Returns DHUB_OK, or the exit code after
 * having printed why; `privilege` is what a refusal for want of a privilege wants, in DataHub's
 * words.
 */
int dhub_graphql(dhub_connection *connection, const char *query, json_object *variables,
                 const char *privilege, json_object **data);

/* The same without a word about a refusal with that code (403, 404): DHUB_OK, and `*data` NULL. */
int dhub_graphql_quiet(dhub_connection *connection, const char *query, json_object *variables,
                       int code, json_object **data);

/* A member at a path ("me/corpUser/urn"), or NULL; and its text, or NULL. */
json_object *dhub_json_at(json_object *json, const char *path);
const char *dhub_text_at(json_object *json, const char *path);

#endif
