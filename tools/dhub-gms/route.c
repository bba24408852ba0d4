/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <microhttpd.h>
#include <string.h>

/* A path ends in "/" where more follows it. */
typedef struct route {
  const char *method; /* NULL: any, the handler looks */
  const char *path;
  void (*handle)(gms_request *request);
} route;

static const route routes[] = {
    {"GET", "/health", gms_get_health},
    {"GET", "/health/live", gms_get_health},
    {"GET", "/health/detailed", gms_get_health},
    {"GET", "/config", gms_get_config},
    {"POST", "/aspects", gms_post_aspects},
    {"POST", "/entities", gms_post_entities},
    {"POST", "/usageStats", gms_post_usage},
    {"GET", "/entities/", gms_get_entity},
    {"GET", "/entitiesV2/", gms_get_entity_v2},
    {"GET", "/aspects/", gms_get_aspect},
    {NULL, "/openapi/v3/entity/", gms_openapi_entity},
    {"POST", "/openapi/v1/trace/write/", gms_post_trace},
    {"POST", "/api/graphql", gms_post_graphql},
    {"POST", "/api/v2/graphql", gms_post_graphql},
    {"GET", "/", gms_get_root},
    {"GET", "/settings/tokens", gms_get_web_page},
    {"GET", "/web/app.css", gms_get_web_style},
    {"GET", "/web/app.js", gms_get_web_script},
    {"GET", "/web/session", gms_get_web_session},
    {"POST", "/web/session", gms_post_web_session},
    {"DELETE", "/web/session", gms_delete_web_session},
};

/* GMS's own, and those of the web page, which sees to itself. */
static const char *const open_paths[] = {
    "/schema-registry/",
    "/health",
    "/health/live",
    "/health/detailed",
    "/config",
    "/config/search/export",
    "/public-iceberg/",
    "/actuator/prometheus",
    "/",
    "/settings/tokens",
    "/web/app.css",
    "/web/app.js",
    "/web/session",
};

/* "/aspects/" is "/aspects" where nothing follows. */
static bool matches(const char *pattern, const char *path)
{
  size_t size = strlen(pattern);
  if (strncmp(path, pattern, size))
    return false;
  if (size == 1)
    return !path[1];
  if (pattern[size - 1] == '/')
    return path[size] != '\0';
  return !path[size] || (path[size] == '/' && !path[size + 1]);
}

bool gms_path_is_open(const char *path)
{
  for (size_t i = 0; i < sizeof(open_paths) / sizeof(open_paths[0]); i++)
    if (matches(open_paths[i], path))
      return true;
  return false;
}

void gms_route(gms_request *request)
{
  bool known = false;
  const char *method = request->method;
  if (!strcmp(method, "HEAD"))
    method = "GET";
  for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
    if (!matches(routes[i].path, request->path))
      continue;
    known = true;
    if (routes[i].method && strcmp(routes[i].method, method))
      continue;
    routes[i].handle(request);
    return;
  }
  gms_reply_page(request, known ? MHD_HTTP_METHOD_NOT_ALLOWED : MHD_HTTP_NOT_FOUND,
                 known ? "Method Not Allowed" : "Not Found");
}
