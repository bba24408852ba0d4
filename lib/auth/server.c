/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/environment.h"
#include "base/buf.h"
#include "base/text.h"
#include "http/http.h"

#include <datahub/credential.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What ~/.datahubenv says, or NULL; one that cannot be read is as good as none here: the
 * credential stack says what is wrong with it. */
static char *file_server(dh_context *context)
{
  bool skip = false;
  const char *said = dh_env("DATAHUB_SKIP_CONFIG");
  if (said && dh_text_bool(said, &skip) && skip)
    return NULL;
  char *path = dh_env_file();
  dh_config *file = path && access(path, R_OK) == 0 ? dh_config_load(context, path, NULL) : NULL;
  const char *server = dh_config_get_text(file, "gms.server", NULL);
  char *copy = server ? strdup(server) : NULL;
  dh_config_free(file);
  free(path);
  return copy;
}

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

char *dh_server_of(dh_context *context, const dh_config *sink, dh_error *error)
{
  const dh_config *node = sink ? dh_config_get(sink, "server") : NULL;
  const char *given = dh_config_text(node);
  char *found = given ? strdup(given) : dh_env_server();
  if (!found && !given)
    found = file_server(context);
  if (!found) {
    dh_error_set(error, DH_MISCONFIGURED,
                 "no DataHub server is named: give --server URL, `server` in the sink's config, or "
                 "DATAHUB_GMS_URL in the environment");
    return NULL;
  }
  char *url = normalized(found);
  char *origin = url ? dh_http_origin(url) : NULL;
  if (!url)
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
  else if (!origin)
    dh_error_set(error, DH_MISCONFIGURED,
                 "%s%sthe server '%s' is not an absolute http or https URL, such as "
                 "http://localhost:8080",
                 node ? dh_config_where(node) : "", node ? ": " : "", found);
  free(found);
  if (!origin) {
    free(url);
    return NULL;
  }
  free(origin);
  return url;
}
