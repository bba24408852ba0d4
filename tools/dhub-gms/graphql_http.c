/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /api/graphql, and /api/v2/graphql as the frontend serves it.
 */
#include "graphql_run.h"
#include "server.h"

#include <microhttpd.h>

void gms_post_graphql(gms_request *request)
{
  int status = MHD_HTTP_OK;
  json_object *body = gms_request_object(request);
  if (!body)
    return;
  json_object *answer = gql_run(request, body, &status);
  gms_reply_json(request, status, answer);
  /* It may hold a token that was just made. */
  gms_reply_header(request, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  json_object_put(body);
}
