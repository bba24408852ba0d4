/* SPDX-License-Identifier: Apache-2.0 */
#include "auth.h"
#include "accounts.h"
#include "auth_stack.h"
#include "server.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct gms_auth {
  dh_context *context;
  bool enabled;
  gms_token_service *tokens;
  dh_verifier *verifier;
  pthread_rwlock_t lock; /* of users */
  gms_users *users;
};

/* Verifiers that share the table of tokens see from it who is active. */
static void note_actor(void *arg, const char *urn, bool active)
{
  gms_auth *auth = arg;
  dh_error error;
  if (dh_pat_store_set_actor(gms_token_service_store(auth->tokens), urn, active, &error))
    dh_log(auth->context, DH_LOG_WARNING, "cannot note that %s is %s: %s", urn,
           active ? "active" : "not active", error.message);
}

static dh_status open_verifier(gms_auth *auth, const dh_config *config, dh_error *error)
{
  dh_config *stack = gms_auth_stack(auth->context, config, auth->tokens, error);
  if (!stack)
    return DH_MISCONFIGURED;
  auth->verifier = dh_verifier_open(auth->context, stack, error);
  dh_config_free(stack);
  return auth->verifier ? DH_OK : DH_MISCONFIGURED;
}

static dh_status fill(gms_auth *auth, const dh_config *config, const char *folder, dh_error *error)
{
  auth->users = gms_users_load(auth->context, config, error);
  if (!auth->users)
    return DH_MISCONFIGURED;
  auth->tokens =
      gms_token_service_open(auth->context, dh_config_get(config, "token_service"), folder, error);
  if (!auth->tokens)
    return DH_MISCONFIGURED;
  gms_users_each(auth->users, note_actor, auth);
  return auth->enabled ? open_verifier(auth, config, error) : DH_OK;
}

gms_auth *gms_auth_open(dh_context *context, bool enabled, const dh_config *config,
                        const char *folder, dh_error *error)
{
  gms_auth *auth = calloc(1, sizeof(*auth));
  if (!auth || pthread_rwlock_init(&auth->lock, NULL)) {
    free(auth);
    dh_error_set(error, DH_NO_MEMORY, "out of memory while opening authentication");
    return NULL;
  }
  auth->context = context;
  auth->enabled = enabled;
  if (!fill(auth, config, folder, error))
    return auth;
  gms_auth_close(auth);
  return NULL;
}

void gms_auth_close(gms_auth *auth)
{
  if (!auth)
    return;
  dh_verifier_close(auth->verifier);
  gms_token_service_close(auth->tokens);
  gms_users_free(auth->users);
  pthread_rwlock_destroy(&auth->lock);
  free(auth);
}

bool gms_auth_enabled(const gms_auth *auth)
{
  return auth->enabled;
}

gms_token_service *gms_auth_tokens(gms_auth *auth)
{
  return auth->tokens;
}

dh_status gms_auth_reload(gms_auth *auth, const dh_config *config, dh_error *error)
{
  gms_users *users = gms_users_load(auth->context, config, error);
  if (!users)
    return DH_MISCONFIGURED;
  pthread_rwlock_wrlock(&auth->lock);
  gms_users *old = auth->users;
  auth->users = users;
  pthread_rwlock_unlock(&auth->lock);
  gms_users_free(old);
  gms_users_each(users, note_actor, auth);
  gms_auth_forget(auth);
  return DH_OK;
}

static int state_of(gms_auth *auth, const char *urn)
{
  pthread_rwlock_rdlock(&auth->lock);
  int state = gms_users_state(auth->users, urn);
  pthread_rwlock_unlock(&auth->lock);
  return state;
}

bool gms_auth_knows(gms_auth *auth, gms_request *request, const char *urn)
{
  int state = state_of(auth, urn);
  return state > 0 || (state < 0 && gms_account_exists(request->server->store, urn));
}

/* Tokens of ours are for whom we know. Of another issuer's users we know nothing, and its
 * word is enough, as it is for GMS. */
static bool is_active(gms_auth *auth, gms_request *request, const dh_principal *principal,
                      const char *urn)
{
  static const char *const ours[] = {"PERSONAL", "SESSION", "SERVICE_ACCOUNT"};
  const char *type = dh_principal_text(principal, DH_PRINCIPAL_TOKEN_TYPE);
  for (size_t i = 0; type && i < 3; i++)
    if (!strcmp(type, ours[i]))
      return gms_auth_knows(auth, request, urn);
  return state_of(auth, urn) != 0;
}

static bool refuse(gms_auth *auth, gms_request *request, const char *why)
{
  /* Why is the operator's to know, not the caller's. */
  dh_log(auth->context, DH_LOG_INFO, "401 %s %s: %s", request->method, request->path, why);
  gms_reply_page(request, MHD_HTTP_UNAUTHORIZED, "Unauthorized to perform this action.");
  return false;
}

static bool become(gms_request *request, const char *actor)
{
  request->actor = strdup(actor);
  if (!request->actor)
    gms_reply_page(request, MHD_HTTP_INTERNAL_SERVER_ERROR, "Out of memory.");
  return request->actor != NULL;
}

static bool is_undecided(dh_status status)
{
  return status == DH_UNAVAILABLE || status == DH_TIMEOUT || status == DH_NO_MEMORY ||
         status == DH_INTERNAL || status == DH_MISCONFIGURED;
}

static bool is_graphql(const gms_request *request)
{
  return !strcmp(request->path, "/api/graphql") || !strcmp(request->path, "/api/v2/graphql");
}

/* The web page's script: the cookie alone is not enough, since other sites can make a browser
 * send it. */
static bool admit_session(gms_auth *auth, gms_request *request)
{
  const char *id = gms_request_cookie(request, GMS_SESSION_COOKIE);
  const char *csrf = gms_request_header(request, "X-CSRF-Token");
  if (!id)
    return refuse(auth, request, "no credential was presented");
  if (!csrf)
    return refuse(auth, request, "a session's cookie came without X-CSRF-Token");
  char *actor = gms_session_actor(request->server->sessions, id, csrf, NULL);
  if (!actor || !gms_auth_knows(auth, request, actor)) {
    free(actor);
    return refuse(auth, request, "the session is over, or its user is deactivated");
  }
  request->actor = actor;
  return true;
}

bool gms_auth_admit(gms_auth *auth, gms_request *request)
{
  dh_error error;
  if (!auth->enabled)
    return become(request, GMS_SYSTEM_ACTOR);
  const char *authorization = gms_request_header(request, MHD_HTTP_HEADER_AUTHORIZATION);
  if (!authorization && is_graphql(request))
    return admit_session(auth, request);
  dh_status status = dh_verifier_check(auth->verifier, authorization, &request->principal, &error);
  if (is_undecided(status)) {
    dh_log(auth->context, DH_LOG_ERROR, "a credential could not be checked: %s", error.message);
    gms_reply_page(request, MHD_HTTP_SERVICE_UNAVAILABLE, "Authentication is not available now.");
    return false;
  }
  if (status)
    return refuse(auth, request, error.message);
  const char *actor = dh_principal_text(request->principal, DH_PRINCIPAL_ACTOR);
  const char *type = dh_principal_text(request->principal, DH_PRINCIPAL_TOKEN_TYPE);
  if (type && !strcmp(type, "SYSTEM"))
    return become(request, GMS_SYSTEM_ACTOR); /* whatever its id: it is GMS's own */
  if (!actor)
    return refuse(auth, request, "the verifier names no actor");
  if (!is_active(auth, request, request->principal, actor))
    return refuse(auth, request, "the token's user is unknown here or deactivated");
  return become(request, actor);
}

bool gms_auth_check(gms_auth *auth, const char *authorization)
{
  dh_principal *principal = NULL;
  bool good =
      auth->verifier && dh_verifier_check(auth->verifier, authorization, &principal, NULL) == DH_OK;
  dh_principal_unref(principal);
  return good;
}

bool gms_auth_may(gms_auth *auth, const char *actor, gms_privilege privilege, const char *entity)
{
  if (!actor)
    return false;
  if (!strcmp(actor, GMS_SYSTEM_ACTOR))
    return true;
  pthread_rwlock_rdlock(&auth->lock);
  bool may = gms_users_may(auth->users, actor, privilege, entity);
  pthread_rwlock_unlock(&auth->lock);
  return may;
}

bool gms_auth_password(gms_auth *auth, const char *name, const char *password)
{
  pthread_rwlock_rdlock(&auth->lock);
  bool good = gms_users_password(auth->users, name, password);
  pthread_rwlock_unlock(&auth->lock);
  return good;
}

bool gms_auth_has_passwords(gms_auth *auth)
{
  pthread_rwlock_rdlock(&auth->lock);
  bool have = gms_users_have_passwords(auth->users);
  pthread_rwlock_unlock(&auth->lock);
  return have;
}

char *gms_auth_display(gms_auth *auth, const char *urn)
{
  pthread_rwlock_rdlock(&auth->lock);
  const char *name = gms_users_display(auth->users, urn);
  char *copy = name ? strdup(name) : NULL;
  pthread_rwlock_unlock(&auth->lock);
  return copy;
}

void gms_auth_each_user(gms_auth *auth, void (*each)(void *arg, const char *urn, bool active),
                        void *arg)
{
  pthread_rwlock_rdlock(&auth->lock);
  gms_users_each(auth->users, each, arg);
  pthread_rwlock_unlock(&auth->lock);
}

void gms_auth_forget(gms_auth *auth)
{
  if (auth->verifier)
    dh_verifier_forget(auth->verifier);
}
