/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/pick.h"
#include "auth/environment.h"
#include "http/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct picking {
  dh_context *context;
  const dh_config *sink;
  const char *server;
  dh_pick *pick;
  dh_error *error;
} picking;

__attribute__((format(printf, 2, 3))) static void say(picking *p, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  dh_buf_addv(&p->pick->said, format, ap);
  va_end(ap);
  dh_buf_addc(&p->pick->said, '\n');
}

static void take_one(dh_pick *pick, const char *plugin, dh_config *owned)
{
  pick->kind = DH_PICK_ONE;
  pick->plugin = plugin;
  pick->owned = owned;
  pick->config = owned;
}

/* A map of one option, that stands where `where` says. */
static dh_status take_value(picking *p, const char *plugin, const char *where, const char *option,
                            const char *value)
{
  dh_config *config = dh_config_new_map(where);
  if (!config)
    return dh_error_set(p->error, DH_NO_MEMORY, "out of memory");
  take_one(p->pick, plugin, config);
  return dh_config_set(config, option, value, p->error);
}

/* --- the sink's own --- */

static bool is_given(const dh_config *node)
{
  return node && dh_config_kind_of(node) != DH_CONFIG_NULL;
}

static dh_status pick_token(picking *p, const dh_config *token)
{
  const char *text = dh_config_text(token);
  if (!is_given(token)) {
    say(p, "the sink's token: not set");
    return DH_IGNORE;
  }
  if (!text)
    return dh_error_set(p->error, DH_MISCONFIGURED, "%s: `token` must be a string",
                        dh_config_where(token));
  /* "${DATAHUB_GMS_TOKEN:-}" in a recipe that runs without one. */
  if (!*text) {
    say(p, "the sink's token: set, but empty (%s)", dh_config_where(token));
    return DH_IGNORE;
  }
  say(p, "the sink's token: taken (%s)", dh_config_where(token));
  return take_value(p, "static", dh_config_where(token), "token", text);
}

/* Types of the Python client that go by another name here: their options by ours. */
static dh_status rename_type(picking *p, const dh_config *auth, const char *type)
{
  const char *file = dh_config_get_text(auth, "config.token_file", NULL);
  const char *session = dh_config_get_text(auth, "config.config_file", NULL);
  const dh_config *config = dh_config_get(auth, "config");
  if (!strcmp(type, "pat") && file) {
    dh_status status = take_value(p, "file", dh_config_where(config), "path", file);
    return status ? status : dh_config_set(p->pick->owned, "allow_readable", "true", p->error);
  }
  if (!strcmp(type, "pat"))
    p->pick->plugin = "static";
  if (!strcmp(type, "oauth_session") && session)
    return take_value(p, "datahubenv", dh_config_where(config), "path", session);
  return DH_OK;
}

static dh_status pick_map(picking *p, const dh_config *auth)
{
  static const char *const known[] = {"type", "config", NULL};
  for (size_t i = 0; i < dh_config_count(auth); i++) {
    const char *key = dh_config_key_at(auth, i);
    if (strcmp(key, known[0]) && strcmp(key, known[1]))
      return dh_error_set(p->error, DH_MISCONFIGURED,
                          "%s: `auth` has no key `%s`; it takes `type` and `config`, or is a list "
                          "of modules",
                          dh_config_where(dh_config_at(auth, i)), key);
  }
  const char *type = dh_config_get_text(auth, "type", NULL);
  if (!type || !*type)
    return dh_error_set(p->error, DH_MISCONFIGURED,
                        "%s: `auth` has no `type`: static, k8s_oidc, oidc_client_credentials, "
                        "azure_entra or the name of any other module",
                        dh_config_where(auth));
  say(p, "the sink's auth: taken, type %s (%s)", type, dh_config_where(auth));
  p->pick->kind = DH_PICK_ONE;
  p->pick->plugin = type;
  p->pick->config = dh_config_get(auth, "config");
  return rename_type(p, auth, type);
}

static dh_status pick_auth(picking *p, const dh_config *auth)
{
  if (!is_given(auth)) {
    say(p, "the sink's auth: not set");
    return DH_IGNORE;
  }
  switch (dh_config_kind_of(auth)) {
  case DH_CONFIG_MAP:
    return pick_map(p, auth);
  case DH_CONFIG_LIST:
    break;
  default:
    return dh_error_set(p->error, DH_MISCONFIGURED,
                        "%s: `auth` must be a list of modules, or a map of `type` and `config`",
                        dh_config_where(auth));
  }
  if (!dh_config_count(auth)) {
    say(p, "the sink's auth: an empty list: requests go without a credential (%s)",
        dh_config_where(auth));
    return DH_OK;
  }
  say(p, "the sink's auth: taken, a stack (%s)", dh_config_where(auth));
  p->pick->kind = DH_PICK_LIST;
  p->pick->config = auth;
  p->pick->stacks = dh_config_get(p->sink, "stacks");
  return DH_OK;
}

/* --- the environment --- */

/* Where neither the sink nor the environment names a server, ~/.datahubenv does, and is as much
 * this user's own as the environment is. */
static bool is_server_of_file(const picking *p)
{
  char *own = dh_config_get(p->sink, "server") ? NULL : dh_env_file_server(NULL);
  bool same = own && dh_env_same_server(own, p->server);
  free(own);
  return same;
}

static dh_status pick_auth_type(picking *p)
{
  const char *plugin = NULL, *type = dh_env("DATAHUB_AUTH_TYPE");
  dh_config *config = NULL;
  if (!type) {
    say(p, "DATAHUB_AUTH_TYPE: not set");
    return DH_IGNORE;
  }
  char *own = dh_env_server(NULL);
  bool of_file = !own && is_server_of_file(p);
  bool applies = of_file || (own && dh_env_same_server(own, p->server));
  if (!own && !of_file)
    say(p, "DATAHUB_AUTH_TYPE: set, but DATAHUB_GMS_URL is not, so that it is not known to be for "
           "this server");
  else if (!applies)
    say(p, "DATAHUB_AUTH_TYPE: set, but for the server %s, not for this one", own);
  if (!applies)
    dh_log(p->context, DH_LOG_WARNING,
           "DATAHUB_AUTH_TYPE is set but not applied to %s: set DATAHUB_GMS_URL to that server, "
           "or give the sink an `auth` of its own",
           p->server);
  free(own);
  if (!applies)
    return DH_IGNORE;
  dh_status status = dh_env_auth(&plugin, &config, p->error);
  take_one(p->pick, plugin, config);
  if (status != DH_OK)
    return status;
  say(p, "DATAHUB_AUTH_TYPE: taken, %s", type);
  if (strcmp(type, "pat") && dh_env("DATAHUB_GMS_TOKEN"))
    dh_log(p->context, DH_LOG_WARNING,
           "both DATAHUB_AUTH_TYPE and DATAHUB_GMS_TOKEN are set; the token is not used");
  if (dh_env("DATAHUB_SYSTEM_CLIENT_ID"))
    dh_log(p->context, DH_LOG_WARNING,
           "both DATAHUB_AUTH_TYPE and DATAHUB_SYSTEM_CLIENT_ID are set; the system client is not "
           "used");
  return DH_OK;
}

static dh_status pick_gms_token(picking *p)
{
  if (!dh_env("DATAHUB_GMS_TOKEN")) {
    say(p, "DATAHUB_GMS_TOKEN: not set");
    return DH_IGNORE;
  }
  char *own = dh_env_server(NULL);
  bool applies = !own || dh_env_same_server(own, p->server);
  if (!applies)
    say(p, "DATAHUB_GMS_TOKEN: set, but for the server %s, not for this one", own);
  free(own);
  if (!applies)
    return DH_IGNORE;
  say(p, "DATAHUB_GMS_TOKEN: taken");
  return take_value(p, "env", "the environment", "variable", "DATAHUB_GMS_TOKEN");
}

static dh_status pick_system_client(picking *p)
{
  const char *id = dh_env("DATAHUB_SYSTEM_CLIENT_ID");
  const char *secret = dh_env("DATAHUB_SYSTEM_CLIENT_SECRET");
  if (!id || !secret) {
    if (!id && !secret)
      say(p, "DATAHUB_SYSTEM_CLIENT_ID: not set");
    else
      say(p, "%s: set, but %s is not",
          id ? "DATAHUB_SYSTEM_CLIENT_ID" : "DATAHUB_SYSTEM_CLIENT_SECRET",
          id ? "DATAHUB_SYSTEM_CLIENT_SECRET" : "DATAHUB_SYSTEM_CLIENT_ID");
    return DH_IGNORE;
  }
  say(p, "DATAHUB_SYSTEM_CLIENT_ID: taken");
  dh_status status = take_value(p, "basic", "the environment", "client_id", id);
  return status ? status : dh_config_set(p->pick->owned, "client_secret", secret, p->error);
}

/* --- ~/.datahubenv --- */

static dh_status read_datahubenv(picking *p, const char *path)
{
  dh_error why;
  dh_error_clear(&why);
  dh_config *file = dh_config_load(NULL, path, &why);
  if (!file) {
    say(p, "~/.datahubenv: there, but cannot be read: %s", why.message);
    return DH_IGNORE;
  }
  const char *own = dh_config_get_text(file, "gms.server", NULL);
  bool has_token = dh_config_get_text(file, "gms.token", NULL) ||
                   dh_config_get_text(file, "oauth.refresh_token", NULL);
  dh_status status = DH_IGNORE;
  if (!own)
    say(p, "~/.datahubenv: names no gms.server");
  else if (!dh_env_same_server(own, p->server))
    say(p, "~/.datahubenv: for the server %s, not for this one", own);
  else if (!has_token)
    say(p, "~/.datahubenv: for this server, but without a token");
  else
    status = take_value(p, "datahubenv", path, "path", path);
  if (status == DH_OK)
    say(p, "~/.datahubenv: taken");
  dh_config_free(file);
  return status;
}

static dh_status pick_datahubenv(picking *p)
{
  if (dh_env_skips_file()) {
    say(p, "~/.datahubenv: not looked at, DATAHUB_SKIP_CONFIG is set");
    return DH_IGNORE;
  }
  char *path = dh_env_file();
  dh_status status = DH_IGNORE;
  if (!path)
    say(p, "~/.datahubenv: this user has no home");
  else if (access(path, R_OK))
    say(p, "~/.datahubenv: %s", errno == ENOENT ? "not there" : strerror(errno));
  else
    status = read_datahubenv(p, path);
  free(path);
  return status;
}

/* --- all of them, in order --- */

static dh_status pick_own(picking *p, bool *decided)
{
  const dh_config *token = dh_config_get(p->sink, "token");
  const dh_config *auth = dh_config_get(p->sink, "auth");
  if (is_given(token) && is_given(auth))
    return dh_error_set(p->error, DH_MISCONFIGURED,
                        "%s: the sink has both `token` and `auth` (%s); remove one",
                        dh_config_where(token), dh_config_where(auth));
  dh_status status = pick_token(p, token);
  if (status == DH_IGNORE)
    status = pick_auth(p, auth);
  *decided = status != DH_IGNORE;
  return *decided ? status : DH_OK;
}

dh_status dh_pick_make(dh_context *context, const dh_config *sink, const char *server,
                       dh_pick *pick, dh_error *error)
{
  static dh_status (*const sources[])(picking *) = {pick_auth_type, pick_gms_token,
                                                    pick_system_client, pick_datahubenv};
  static const char *const names[] = {"DATAHUB_AUTH_TYPE", "DATAHUB_GMS_TOKEN",
                                      "DATAHUB_SYSTEM_CLIENT_ID", "~/.datahubenv"};
  picking p = {context, sink, server, pick, error};
  bool decided = false;
  memset(pick, 0, sizeof(*pick));
  pick->origin = dh_http_origin(server);
  if (!pick->origin)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "the server '%s' is not an absolute http or https URL",
                        server ? server : "");
  dh_status status = pick_own(&p, &decided);
  for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]) && !status; i++) {
    if (decided) {
      say(&p, "%s: not looked at", names[i]);
      continue;
    }
    status = sources[i](&p);
    decided = status != DH_IGNORE;
    if (!decided)
      status = DH_OK;
  }
  if (!decided)
    say(&p, "none is there: requests go without a credential");
  return status;
}

dh_chain *dh_pick_open(dh_context *context, const dh_pick *pick, dh_error *error)
{
  if (pick->kind == DH_PICK_LIST)
    return dh_chain_open_list(context, pick->config, pick->stacks, pick->origin, error);
  return dh_chain_open_one(context, pick->plugin, pick->config, pick->origin, error);
}

void dh_pick_clear(dh_pick *pick)
{
  dh_config_free(pick->owned);
  free(pick->origin);
  dh_buf_free(&pick->said);
  memset(pick, 0, sizeof(*pick));
}
