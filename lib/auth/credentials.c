/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/pick.h"
#include "auth/share.h"
#include "base/text.h"
#include "http/http.h"

#include <stdlib.h>
#include <string.h>

struct dh_credentials {
  dh_context *context;
  dh_shared *shared; /* NULL: requests go without a credential */
  char *said;        /* what was considered, a line each */
};

static bool starts(const char *text, const char *with)
{
  return !strncmp(text, with, strlen(with));
}

/* A switch of the sink that belongs to its credential. */
static dh_status read_switch(const dh_config *sink, const char *name, bool *on, dh_error *error)
{
  const dh_config *node = dh_config_get(sink, name);
  const char *text = dh_config_text(node);
  *on = false;
  if (text && !dh_text_bool(text, on))
    return dh_error_set(error, DH_MISCONFIGURED, "%s: `%s` must be true or false",
                        dh_config_where(node), name);
  return DH_OK;
}

static dh_status check_transport(dh_context *context, const dh_config *sink, const dh_pick *pick,
                                 dh_error *error)
{
  bool require_tls;
  dh_status status = read_switch(sink, "require_tls", &require_tls, error);
  if (status != DH_OK)
    return status;
  if (pick->kind == DH_PICK_NONE || !starts(pick->origin, "http://") ||
      dh_http_is_loopback(pick->origin))
    return DH_OK;
  if (require_tls)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s would get the credential over plain HTTP, and `require_tls` is set; "
                        "give the server as https://",
                        pick->origin);
  dh_log(context, DH_LOG_WARNING,
         "the credential goes to %s over plain HTTP: whoever is on the way can read it; give the "
         "server as https://",
         pick->origin);
  return DH_OK;
}

static dh_status open_pick(dh_credentials *credentials, const dh_config *sink, const dh_pick *pick,
                           dh_error *error)
{
  bool stored;
  dh_status status = check_transport(credentials->context, sink, pick, error);
  if (status == DH_OK)
    status = read_switch(sink, "auth_cache", &stored, error);
  if (status != DH_OK || pick->kind == DH_PICK_NONE)
    return status;
  dh_error why;
  dh_error_clear(&why);
  credentials->shared = dh_shared_take(credentials->context, pick, stored, &why);
  if (!credentials->shared && error)
    *error = why;
  return credentials->shared ? DH_OK : why.status;
}

dh_credentials *dh_credentials_open(dh_context *context, const dh_config *sink, const char *server,
                                    dh_error *error)
{
  dh_pick pick;
  dh_credentials *credentials = calloc(1, sizeof(*credentials));
  if (!credentials) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the credentials");
    return NULL;
  }
  credentials->context = dh_context_ref(context);
  dh_status status = dh_pick_make(context, sink, server, &pick, error);
  if (status == DH_OK)
    status = open_pick(credentials, sink, &pick, error);
  if (status == DH_OK) {
    credentials->said = dh_buf_take(&pick.said);
    if (!credentials->said)
      status = dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the credentials");
  }
  dh_pick_clear(&pick);
  if (status == DH_OK)
    return credentials;
  dh_credentials_close(credentials);
  return NULL;
}

dh_status dh_credentials_get(dh_credentials *credentials, int64_t timeout_ms, dh_credential **out,
                             dh_error *error)
{
  *out = NULL;
  if (!credentials->shared)
    return DH_OK;
  return dh_life_get(dh_shared_life(credentials->shared), timeout_ms, out, error);
}

dh_status dh_credentials_try(dh_credentials *credentials, dh_credential **out,
                             void (*ready)(void *arg), void *arg, dh_error *error)
{
  *out = NULL;
  if (!credentials->shared)
    return DH_OK;
  return dh_life_try(dh_shared_life(credentials->shared), credentials, out, ready, arg, error);
}

void dh_credentials_reject(dh_credentials *credentials, const dh_credential *rejected)
{
  if (credentials->shared)
    dh_life_reject(dh_shared_life(credentials->shared), rejected);
}

void dh_credentials_explain(dh_credentials *credentials, void (*line)(void *arg, const char *text),
                            void *arg)
{
  char *copy = strdup(credentials->said), *rest = NULL;
  if (!copy)
    return;
  for (char *l = strtok_r(copy, "\n", &rest); l; l = strtok_r(NULL, "\n", &rest))
    line(arg, l);
  free(copy);
}

void dh_credentials_close(dh_credentials *credentials)
{
  if (!credentials)
    return;
  if (credentials->shared) {
    dh_life_leave(dh_shared_life(credentials->shared), credentials);
    dh_shared_drop(credentials->context, credentials->shared);
  }
  dh_context_free(credentials->context);
  free(credentials->said);
  free(credentials);
}
