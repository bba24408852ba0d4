/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/environment.h"
#include "base/buf.h"
#include "base/text.h"
#include "http/http.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *dh_env(const char *name)
{
  const char *value = getenv(name);
  return value && *value ? value : NULL;
}

char *dh_env_server(const char **variable)
{
  const char *host = dh_env("DATAHUB_GMS_HOST"), *port = dh_env("DATAHUB_GMS_PORT");
  const char *url = dh_env("DATAHUB_GMS_URL"), *protocol = dh_env("DATAHUB_GMS_PROTOCOL");
  const char *base = dh_env("DATAHUB_GMS_BASE_PATH");
  const char *said = host && port ? "DATAHUB_GMS_HOST with DATAHUB_GMS_PORT"
                     : url        ? "DATAHUB_GMS_URL"
                                  : "DATAHUB_GMS_HOST without DATAHUB_GMS_PORT";
  char *server = NULL;
  if (variable)
    *variable = said;
  if (!host || !port) {
    const char *whole = url ? url : host;
    return whole ? strdup(whole) : NULL;
  }
  if (asprintf(&server, "%s://%s:%s%s", protocol ? protocol : "http", host, port,
               base ? base : "") < 0)
    return NULL;
  return server;
}

/* "http://h:80" and "https://h:443" of one host. */
static bool is_step_up(const char *own, const char *other)
{
  size_t n = strlen(own), m = strlen(other);
  if (strncmp(own, "http://", 7) || strncmp(other, "https://", 8) || n < 10 || m < 12)
    return false;
  if (strcmp(own + n - 3, ":80") || strcmp(other + m - 4, ":443"))
    return false;
  return n - 7 - 3 == m - 8 - 4 && !strncmp(own + 7, other + 8, n - 7 - 3);
}

bool dh_env_same_server(const char *own, const char *other)
{
  char *a = dh_http_origin(own), *b = dh_http_origin(other);
  bool same = a && b && (!strcmp(a, b) || is_step_up(a, b));
  free(a);
  free(b);
  return same;
}

/* One variable that becomes one option. */
typedef struct variable {
  const char *name;
  const char *option;
  bool required;
} variable;

typedef struct auth_type {
  const char *name;
  const char *plugin;
  variable variables[7];
} auth_type;

static const auth_type types[] = {
    {"k8s_oidc",
     "k8s_oidc",
     {{"DATAHUB_AUTH_TOKEN_FILE", "token_file", false},
      {"DATAHUB_AUTH_AUDIENCE", "audience", false}}},
    {"azure_entra",
     "azure_entra",
     {{"DATAHUB_AUTH_AZURE_TENANT_ID", "tenant_id", true},
      {"DATAHUB_AUTH_AZURE_CLIENT_ID", "client_id", true},
      {"DATAHUB_AUTH_AZURE_SCOPE", "scope", true},
      {"DATAHUB_AUTH_AZURE_CLIENT_SECRET", "client_secret", false}}},
    {"oidc_client_credentials",
     "oidc_client_credentials",
     {{"DATAHUB_AUTH_TOKEN_ENDPOINT", "token_endpoint", true},
      {"DATAHUB_AUTH_CLIENT_ID", "client_id", true},
      {"DATAHUB_AUTH_CLIENT_SECRET", "client_secret", true},
      {"DATAHUB_AUTH_SCOPE", "scope", false},
      {"DATAHUB_AUTH_AUDIENCE", "audience", false}}},
};

static const auth_type *find_type(const char *name)
{
  for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
    if (!strcmp(types[i].name, name))
      return &types[i];
  return NULL;
}

static dh_status check_variables(const auth_type *type, dh_error *error)
{
  dh_buf missing;
  dh_buf_init(&missing);
  for (const variable *v = type->variables; v->name; v++)
    if (v->required && !dh_env(v->name))
      dh_buf_addf(&missing, "%s%s", missing.size ? ", " : "", v->name);
  dh_status status = DH_OK;
  if (missing.size)
    status = dh_error_set(error, DH_MISCONFIGURED,
                          "DATAHUB_AUTH_TYPE=%s needs these environment variables, which are not "
                          "set: %s",
                          type->name, dh_buf_text(&missing));
  dh_buf_free(&missing);
  return status;
}

static dh_config *from_variables(const variable *variables, dh_error *error)
{
  dh_config *config = dh_config_new_map("the environment");
  if (!config) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
    return NULL;
  }
  for (const variable *v = variables; v->name; v++) {
    const char *value = dh_env(v->name);
    if (value && dh_config_set(config, v->option, value, error)) {
      dh_config_free(config);
      return NULL;
    }
  }
  return config;
}

/* `pat`: the token file where there is one, else the token. */
static dh_status pat(const char **plugin, dh_config **config, dh_error *error)
{
  static const variable file[] = {{"DATAHUB_AUTH_TOKEN_FILE", "path", true}, {NULL, NULL, false}};
  static const variable token[] = {{"DATAHUB_GMS_TOKEN", "token", true}, {NULL, NULL, false}};
  bool has_file = dh_env(file[0].name) != NULL;
  if (!has_file && !dh_env(token[0].name))
    return dh_error_set(error, DH_MISCONFIGURED,
                        "DATAHUB_AUTH_TYPE=pat needs DATAHUB_AUTH_TOKEN_FILE or DATAHUB_GMS_TOKEN, "
                        "and neither is set");
  *plugin = has_file ? "file" : "static";
  *config = from_variables(has_file ? file : token, error);
  if (!*config)
    return DH_NO_MEMORY;
  /* A Secret mounted by Kubernetes is readable by all in its pod, and the environment has no
   * word to allow that. */
  return has_file ? dh_config_set(*config, "allow_readable", "true", error) : DH_OK;
}

dh_status dh_env_auth(const char **plugin, dh_config **config, dh_error *error)
{
  const char *name = dh_env("DATAHUB_AUTH_TYPE");
  if (!name)
    return DH_IGNORE;
  if (!strcmp(name, "pat"))
    return pat(plugin, config, error);
  const auth_type *type = find_type(name);
  if (!type)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "DATAHUB_AUTH_TYPE is '%s'; known are pat, k8s_oidc, azure_entra, "
                        "oidc_client_credentials; any other module is named in the sink's `auth`",
                        name);
  dh_status status = check_variables(type, error);
  if (status != DH_OK)
    return status;
  *plugin = type->plugin;
  *config = from_variables(type->variables, error);
  return *config ? DH_OK : DH_NO_MEMORY;
}

bool dh_env_skips_file(void)
{
  const char *said = dh_env("DATAHUB_SKIP_CONFIG");
  bool skip = false;
  return said && dh_text_bool(said, &skip) && skip;
}

char *dh_env_file(void)
{
  const char *home = dh_env("HOME");
  char *path = NULL;
  if (!home) {
    const struct passwd *entry = getpwuid(getuid());
    home = entry ? entry->pw_dir : NULL;
  }
  if (!home || asprintf(&path, "%s/.datahubenv", home) < 0)
    return NULL;
  return path;
}

char *dh_env_file_server(dh_error *error)
{
  char *path = dh_env_skips_file() ? NULL : dh_env_file();
  dh_error_clear(error);
  dh_config *file = path && !access(path, F_OK) ? dh_config_load(NULL, path, error) : NULL;
  const char *said = dh_config_get_text(file, "gms.server", NULL);
  char *server = said ? strdup(said) : NULL;
  dh_config_free(file);
  free(path);
  return server;
}
