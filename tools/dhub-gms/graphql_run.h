/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a GraphQL request.
 */
#ifndef GMS_GRAPHQL_RUN_H
#define GMS_GRAPHQL_RUN_H

#include "graphql_schema.h"

/* `body` is {query, variables, operationName}. The answer, {data, errors}, is the caller's;
 * `*status` is HTTP's: 200, or 400 where the document does not parse. */
json_object *gql_run(gms_request *request, json_object *body, int *status);

#endif
