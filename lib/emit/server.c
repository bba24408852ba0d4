/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/server.h"
#include "auth/environment.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool skip_file(void)
{
  const char *skip = secure_getenv("DATAHUB_SKIP_CONFIG");
  bool value;
  return skip && dh_text_bool(skip, &value) && value;
}

/* gms.server of ~/.datahubenv; NULL with DH_OK where it is not there. */
static char *from_file(dh_context *context, dh_error *error)
{
  char *path = skip_file() ? NULL : dh_env_file();
  char *server = NULL;
  if (!path || access(path, F_OK)) {
    free(path);
    return NULL;
  }
  dh_config *file = dh_env_load(context, path, error);
  if (file && dh_config_get_text(file, "gms.server", NULL))
    server = strdup(dh_config_get_text(file, "gms.server", NULL));
  dh_config_free(file);
  free(path);
  return server;
}

static bool is_http(const char *url)
{
  return !strncasecmp(url, "http://", 7) || !strncasecmp(url, "https://", 8);
}

char *dh_server_find(dh_context *context, dh_error *error)
{
  dh_error local;
  char *server = dh_env_server();
  if (server && is_http(server))
    return server;
  if (server) {
    free(server);
    dh_error_set(error, DH_MISCONFIGURED,
                 "DATAHUB_GMS_URL, or DATAHUB_GMS_HOST without DATAHUB_GMS_PORT, is no http or "
                 "https URL; write it as https://datahub.example.com/api/gms");
    return NULL;
  }
  dh_error_clear(&local);
  server = from_file(context, &local);
  if (server)
    return server;
  if (local.status) {
    if (error)
      *error = local;
    return NULL;
  }
  dh_error_set(error, DH_MISCONFIGURED,
               "no server was named: set `server` in the sink's configuration, DATAHUB_GMS_URL in "
               "the environment, or gms.server in ~/.datahubenv");
  return NULL;
}
