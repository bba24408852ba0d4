/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/environment.h"
#include "base/buf.h"
#include "http/http.h"

#include <datahub/credential.h>

#include <stdlib.h>
#include <string.h>

/* A bare DataHub Cloud address is that of its frontend; GMS is below it. */
static bool is_bare_cloud(const char *url)
{
  static const char end[] = ".acryl.io";
  size_t size = strlen(url);
  return !strncmp(url, "https://", 8) && !strchr(url + 8, '/') && size > sizeof(end) &&
         !strcmp(url + size - (sizeof(end) - 1), end);
}

static char *normalized(const char *url)
{
  dh_buf out;
  size_t size = strlen(url);
  while (size && url[size - 1] == '/')
    size--;
  dh_buf_init(&out);
  dh_buf_add(&out, url, size);
  if (dh_buf_text(&out) && is_bare_cloud(dh_buf_text(&out)))
    dh_buf_adds(&out, "/gms");
  return dh_buf_take(&out);
}

/* The first place that names a server, and what it is called in messages. */
static char *find(const dh_config *given, const char **place, dh_error *error)
{
  if (given) {
    const char *text = dh_config_text(given);
    *place = dh_config_where(given);
    return strdup(text ? text : "");
  }
  char *found = dh_env_server(place);
  if (found)
    return found;
  *place = "gms.server of ~/.datahubenv";
  return dh_env_file_server(error);
}

char *dh_server_of(dh_context *context, const dh_config *sink, dh_error *error)
{
  const char *place;
  dh_error why;
  (void)context;
  dh_error_clear(&why);
  char *found = find(sink ? dh_config_get(sink, "server") : NULL, &place, &why);
  if (!found) {
    if (why.status)
      dh_error_set(error, why.status, "no server is named but perhaps in ~/.datahubenv, and %s",
                   why.message);
    else
      dh_error_set(error, DH_MISCONFIGURED,
                   "no DataHub server is named: give --server URL, `server` in the sink's config, "
                   "DATAHUB_GMS_URL in the environment, or gms.server in ~/.datahubenv");
    return NULL;
  }
  /* What stands before an @ is a password, for all that is known of a wrong URL. */
  const char *shown = strchr(found, '@') ? "..." : found;
  char *url = normalized(found);
  char *origin = url ? dh_http_origin(url) : NULL;
  if (!url)
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
  else if (!origin)
    dh_error_set(error, DH_MISCONFIGURED,
                 "%s: the server '%s' is not an absolute http or https URL, such as "
                 "http://localhost:8080",
                 place, shown);
  free(found);
  if (!origin) {
    free(url);
    return NULL;
  }
  free(origin);
  return url;
}
