/* SPDX-License-Identifier: Apache-2.0 */
#include "question.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

struct authd_asking {
  authd_question question;
  authd_server *server;
  struct MHD_Connection *connection;
  uint64_t began_us;
};

/* What came of a check, however it came. */
typedef struct outcome {
  dh_status result;
  const dh_error *error;
  dh_principal *principal;
  bool presented;
  uint64_t micros;
} outcome;

static uint64_t now_us(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

/* --- what is asked --- */

/* Two Authorization headers, or one that goes on behind a zero byte, may be read in one way here
 * and in another by whoever is behind the gateway. */
struct found {
  const char *value;
  unsigned count;
  bool whole;
};

static enum MHD_Result see_header(void *arg, enum MHD_ValueKind kind, const char *key,
                                  size_t key_size, const char *value, size_t value_size)
{
  struct found *found = arg;
  (void)kind;
  (void)key_size;
  if (!strcasecmp(key, MHD_HTTP_HEADER_AUTHORIZATION)) {
    found->value = value ? value : "";
    found->whole = strlen(found->value) == value_size;
    found->count++;
  }
  return MHD_YES;
}

static dh_status ask_cache(authd_server *server, const struct found *found,
                           dh_principal **principal, dh_error *error)
{
  if (found->count > 1)
    return dh_error_set(error, DH_MALFORMED, "more than one Authorization header");
  if (found->count && !found->whole)
    return dh_error_set(error, DH_MALFORMED, "a zero byte in the Authorization header");
  return dh_verifier_check_cached(server->verifier, found->value, principal, error);
}

/* --- the access log --- */

static const char *header(struct MHD_Connection *connection, const char *name)
{
  return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* The first of two headers that is there, or NULL. */
static const char *either(struct MHD_Connection *connection, const char *name, const char *other)
{
  const char *value = header(connection, name);
  return value ? value : header(connection, other);
}

/* The caller's address as text; a Unix socket has none. */
static const char *remote_of(struct MHD_Connection *connection, char out[INET6_ADDRSTRLEN])
{
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  const struct sockaddr *address = info ? info->client_addr : NULL;
  if (address && address->sa_family == AF_INET)
    return inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)address)->sin_addr, out,
                     INET6_ADDRSTRLEN);
  if (address && address->sa_family == AF_INET6)
    return inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr,
                     out, INET6_ADDRSTRLEN);
  return "unix";
}

/* What the gateway tells of its caller's request: nginx and Apache as our examples tell them to,
 * Traefik of itself; Envoy asks with the caller's method, and its path behind ours. */
static void log_check(authd_server *server, struct MHD_Connection *connection, const char *path,
                      const char *method, authd_access *access)
{
  char address[INET6_ADDRSTRLEN];
  if (!server->log)
    return;
  access->remote = remote_of(connection, address);
  access->client = either(connection, "X-Real-IP", "X-Forwarded-For");
  access->id = header(connection, "X-Request-Id");
  access->uri = either(connection, "X-Original-URI", "X-Forwarded-Uri");
  access->method = either(connection, "X-Original-Method", "X-Forwarded-Method");
  if (!access->uri)
    access->uri = path + strlen(AUTHD_QUESTION_PATH);
  if (!access->method)
    access->method = method;
  authd_log_add(server->log, access);
}

/* --- the answer --- */

static enum MHD_Result send_answer(authd_server *server, struct MHD_Connection *connection,
                                   const outcome *what, int *status)
{
  enum MHD_Result queued = MHD_NO;
  *status = authd_answer_status(what->result);
  pthread_rwlock_rdlock(&server->policy_lock);
  if (*status == 200) {
    queued = authd_kept_queue(&server->kept, connection, &server->policy, server->generation,
                              what->principal);
    *status = queued == MHD_YES ? 200 : 503;
  } else if (*status == 401)
    queued =
        MHD_queue_response(connection, 401, what->presented ? server->invalid : server->absent);
  if (*status == 503)
    queued = MHD_queue_response(connection, 503, server->undecided);
  pthread_rwlock_unlock(&server->policy_lock);
  return queued;
}

static enum MHD_Result settle(authd_server *server, struct MHD_Connection *connection,
                              const char *path, const char *method, const outcome *what)
{
  authd_access access = {.result = what->result,
                         .reason = what->result ? what->error->message : NULL,
                         .principal = what->principal,
                         .micros = what->micros};
  authd_metrics_count(&server->metrics, what->result, what->micros);
  enum MHD_Result queued = send_answer(server, connection, what, &access.status);
  if (access.status == 503)
    authd_trouble_tell(&server->trouble, server->context, what->result,
                       what->result ? what->error->message : "out of memory for the answer");
  log_check(server, connection, path, method, &access);
  return queued;
}

/* --- waiting --- */

/* On a thread of the pool's. */
static void answered(authd_question *question)
{
  authd_asking *asking = (authd_asking *)(void *)question;
  MHD_resume_connection(asking->connection);
}
_Static_assert(offsetof(authd_asking, question) == 0, "a question is the beginning of its asking");

static enum MHD_Result put_aside(authd_server *server, struct MHD_Connection *connection,
                                 const char *authorization, uint64_t began_us,
                                 authd_asking **asking)
{
  authd_asking *fresh = calloc(1, sizeof(*fresh));
  if (!fresh)
    return MHD_NO;
  fresh->question.answered = answered;
  fresh->server = server;
  fresh->connection = connection;
  fresh->began_us = began_us;
  *asking = fresh;
  /* First of all: the pool may be done with it before it has been asked to the end. */
  MHD_suspend_connection(connection);
  if (!authd_pool_ask(server->pool, authorization, &fresh->question))
    MHD_resume_connection(connection);
  return MHD_YES;
}

enum MHD_Result authd_ask(authd_server *server, struct MHD_Connection *connection, const char *path,
                          const char *method, authd_asking **asking)
{
  struct found found = {NULL, 0, true};
  outcome what = {.result = DH_OK};
  dh_error error;
  uint64_t began_us = now_us();
  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, see_header, &found);
  what.result = ask_cache(server, &found, &what.principal, &error);
  if (what.result == DH_IGNORE)
    return put_aside(server, connection, found.value, began_us, asking);
  what.error = &error;
  what.presented = found.count > 0;
  what.micros = now_us() - began_us;
  enum MHD_Result queued = settle(server, connection, path, method, &what);
  dh_principal_unref(what.principal);
  return queued;
}

enum MHD_Result authd_finish(authd_asking *asking, const char *path, const char *method)
{
  authd_question *question = &asking->question;
  const outcome what = {.result = question->result,
                        .error = &question->error,
                        .principal = question->principal,
                        .presented = true,
                        .micros = now_us() - asking->began_us};
  if (question->turned_away)
    atomic_fetch_add_explicit(&asking->server->metrics.turned_away, 1, memory_order_relaxed);
  return settle(asking->server, asking->connection, path, method, &what);
}

void authd_asking_free(authd_asking *asking)
{
  if (!asking)
    return;
  dh_principal_unref(asking->question.principal);
  free(asking);
}
