/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "access_log.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static uint64_t now_us(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
  return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result reply(struct MHD_Connection *connection, int status, const char *text,
                             const char *type)
{
  struct MHD_Response *response =
      MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY);
  if (!response)
    return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
  enum MHD_Result result = MHD_queue_response(connection, (unsigned)status, response);
  MHD_destroy_response(response);
  return result;
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

/* A window of one second, counted without a lock: a few too many at its edge do no harm. */
static bool over_limit(authd_server *server)
{
  int limit = atomic_load_explicit(&server->rate_limit, memory_order_relaxed);
  if (!limit)
    return false;
  long long second = dh_mono_ms(server->context) / 1000;
  long long seen = atomic_load(&server->second);
  if (seen != second && atomic_compare_exchange_strong(&server->second, &seen, second))
    atomic_store(&server->in_second, 0);
  return atomic_fetch_add(&server->in_second, 1) >= limit;
}

/* A request with two Authorization headers is asked about twice in different places: the proxy may
 * read the one and its backend the other. */
struct found {
  const char *value;
  unsigned count;
};

static enum MHD_Result see_header(void *arg, enum MHD_ValueKind kind, const char *key,
                                  const char *value)
{
  struct found *found = arg;
  (void)kind;
  if (!strcasecmp(key, MHD_HTTP_HEADER_AUTHORIZATION)) {
    found->value = value;
    found->count++;
  }
  return MHD_YES;
}

static enum MHD_Result send_answer(authd_server *server, struct MHD_Connection *connection,
                                   dh_status result, bool presented, const dh_principal *principal,
                                   int *status)
{
  authd_answer answer;
  struct MHD_Response *response = NULL;
  enum MHD_Result queued = MHD_NO;
  pthread_rwlock_rdlock(&server->policy_lock);
  bool made = authd_answer_make(&answer, &server->policy, result, presented, principal);
  if (made)
    response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  for (size_t i = 0; response && i < answer.count; i++)
    MHD_add_response_header(response, answer.headers[i].name, answer.headers[i].value);
  pthread_rwlock_unlock(&server->policy_lock);
  if (response) {
    queued = MHD_queue_response(connection, (unsigned)answer.status, response);
    MHD_destroy_response(response);
  }
  *status = answer.status;
  authd_answer_free(&answer);
  return queued;
}

static enum MHD_Result check(authd_server *server, struct MHD_Connection *connection,
                             const char *path, const char *method)
{
  char address[INET6_ADDRSTRLEN];
  dh_principal *principal = NULL;
  struct found found = {NULL, 0};
  dh_error error;
  authd_access access = {.remote = remote_of(connection, address)};
  uint64_t began = now_us();

  MHD_get_connection_values(connection, MHD_HEADER_KIND, see_header, &found);
  if (found.count > 1)
    access.result = dh_error_set(&error, DH_MALFORMED, "more than one Authorization header");
  else
    access.result = dh_verifier_check(server->verifier, found.value, &principal, &error);
  access.micros = now_us() - began;
  authd_metrics_count(&server->metrics, access.result, access.micros);

  enum MHD_Result queued =
      send_answer(server, connection, access.result, found.count > 0, principal, &access.status);
  /* nginx is told to send X-Original-*, Traefik sends X-Forwarded-* of itself. */
  access.uri = header(connection, "X-Original-URI");
  if (!access.uri)
    access.uri = header(connection, "X-Forwarded-Uri");
  if (!access.uri)
    access.uri = path;
  access.method = header(connection, "X-Original-Method");
  if (!access.method)
    access.method = header(connection, "X-Forwarded-Method");
  if (!access.method)
    access.method = method;
  access.reason = access.result ? error.message : NULL;
  access.principal = principal;
  authd_access_log(server->context, &access);
  dh_principal_unref(principal);
  return queued;
}

static enum MHD_Result metrics(authd_server *server, struct MHD_Connection *connection)
{
  dh_verifier_stats stats = {.struct_size = sizeof(stats)};
  dh_verifier_get_stats(server->verifier, &stats);
  char *text = authd_metrics_text(&server->metrics, &stats);
  enum MHD_Result result =
      text ? reply(connection, 200, text, "text/plain; version=0.0.4") : MHD_NO;
  free(text);
  return result;
}

static enum MHD_Result limited(authd_server *server, struct MHD_Connection *connection)
{
  struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
  atomic_fetch_add(&server->metrics.limited, 1);
  if (!response)
    return MHD_NO;
  MHD_add_response_header(response, "Retry-After", "1");
  enum MHD_Result result = MHD_queue_response(connection, 429, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
  static char seen; /* its address marks a request whose head has been read */
  authd_server *server = arg;
  (void)version;
  (void)upload;
  if (!*state) {
    *state = &seen;
    return MHD_YES;
  }
  if (*upload_size) {
    *upload_size = 0; /* Envoy may send the body along; it says nothing about the caller */
    return MHD_YES;
  }
  if (!strcmp(path, "/healthz"))
    return reply(connection, 200, "ok\n", "text/plain");
  if (!strcmp(path, "/readyz"))
    return atomic_load(&server->stopping) ? reply(connection, 503, "stopping\n", "text/plain")
                                          : reply(connection, 200, "ready\n", "text/plain");
  if (!strcmp(path, "/metrics"))
    return metrics(server, connection);
  if (over_limit(server))
    return limited(server, connection);
  return check(server, connection, path, method);
}

static void on_mhd_log(void *arg, const char *format, va_list ap)
{
  authd_server *server = arg;
  char line[512];
  vsnprintf(line, sizeof(line), format, ap);
  line[strcspn(line, "\n")] = '\0';
  dh_log(server->context, DH_LOG_DEBUG, "libmicrohttpd: %s", line);
}

dh_status authd_server_reload(authd_server *server, const dh_options *options, dh_error *error)
{
  authd_policy fresh;
  dh_status status = authd_policy_make(&fresh, options, error);
  if (status)
    return status;
  pthread_rwlock_wrlock(&server->policy_lock);
  authd_policy old = server->policy;
  server->policy = fresh;
  pthread_rwlock_unlock(&server->policy_lock);
  authd_policy_free(&old);
  atomic_store(&server->rate_limit, (int)dh_options_number(options, "rate_limit"));
  return DH_OK;
}

dh_status authd_server_start(authd_server *server, const authd_listener *listener,
                             const dh_options *options, dh_error *error)
{
  pthread_rwlock_init(&server->policy_lock, NULL);
  dh_status status = authd_server_reload(server, options, error);
  if (status)
    return status;
  unsigned threads = (unsigned)dh_options_number(options, "threads");
  unsigned most = (unsigned)dh_options_number(options, "max_connections");
  server->daemon = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_USE_TURBO, 0, NULL, NULL, on_request,
      server, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, server, MHD_OPTION_LISTEN_SOCKET,
      listener->fd, MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? threads : 0u,
      MHD_OPTION_CONNECTION_LIMIT, most < threads ? threads : most, MHD_OPTION_CONNECTION_TIMEOUT,
      (unsigned)(dh_options_number(options, "idle_timeout") / 1000),
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)dh_options_number(options, "max_header_size"),
      MHD_OPTION_END);
  if (!server->daemon)
    return dh_error_set(error, DH_UNAVAILABLE, "cannot serve on %s: %m", listener->name);
  return DH_OK;
}

void authd_server_stop(authd_server *server)
{
  atomic_store(&server->stopping, true);
  if (server->daemon)
    MHD_stop_daemon(server->daemon);
  server->daemon = NULL;
  authd_policy_free(&server->policy);
  pthread_rwlock_destroy(&server->policy_lock);
}
