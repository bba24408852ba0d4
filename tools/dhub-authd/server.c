/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

/* What an answer may take of a connection's memory, beside the request. */
#define ANSWER_ROOM 16384
#define END_WAIT_MS 5000
#define QUESTION "/auth"

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

static dh_status ask(authd_server *server, const struct found *found, dh_principal **principal,
                     dh_error *error)
{
  if (found->count > 1)
    return dh_error_set(error, DH_MALFORMED, "more than one Authorization header");
  if (found->count && !found->whole)
    return dh_error_set(error, DH_MALFORMED, "a zero byte in the Authorization header");
  return dh_verifier_check(server->verifier, found->value, principal, error);
}

static enum MHD_Result send_answer(authd_server *server, struct MHD_Connection *connection,
                                   dh_status result, bool presented, dh_principal *principal,
                                   int *status)
{
  enum MHD_Result queued = MHD_NO;
  *status = authd_answer_status(result);
  pthread_rwlock_rdlock(&server->policy_lock);
  if (*status == 200) {
    queued =
        authd_kept_queue(&server->kept, connection, &server->policy, server->generation, principal);
    *status = queued == MHD_YES ? 200 : 503;
  } else if (*status == 401)
    queued = MHD_queue_response(connection, 401, presented ? server->invalid : server->absent);
  if (*status == 503)
    queued = MHD_queue_response(connection, 503, server->undecided);
  pthread_rwlock_unlock(&server->policy_lock);
  return queued;
}

/* The first of two headers that is there, or NULL. */
static const char *either(struct MHD_Connection *connection, const char *name, const char *other)
{
  const char *value = header(connection, name);
  return value ? value : header(connection, other);
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
    access->uri = path + strlen(QUESTION);
  if (!access->method)
    access->method = method;
  authd_log_add(server->log, access);
}

static enum MHD_Result check(authd_server *server, struct MHD_Connection *connection,
                             const char *path, const char *method)
{
  dh_principal *principal = NULL;
  struct found found = {NULL, 0, true};
  dh_error error;
  uint64_t began = now_us();

  MHD_get_connection_values_n(connection, MHD_HEADER_KIND, see_header, &found);
  dh_status result = ask(server, &found, &principal, &error);
  authd_access access = {.result = result,
                         .reason = result ? error.message : NULL,
                         .principal = principal,
                         .micros = now_us() - began};
  authd_metrics_count(&server->metrics, result, access.micros);
  enum MHD_Result queued =
      send_answer(server, connection, result, found.count > 0, principal, &access.status);
  log_check(server, connection, path, method, &access);
  dh_principal_unref(principal);
  return queued;
}

static enum MHD_Result metrics(authd_server *server, struct MHD_Connection *connection)
{
  dh_verifier_stats stats = {.struct_size = sizeof(stats)};
  dh_verifier_get_stats(server->verifier, &stats);
  char *text = authd_metrics_text(&server->metrics, &stats);
  struct MHD_Response *response =
      text ? MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE) : NULL;
  if (!response) {
    free(text);
    return MHD_NO;
  }
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; version=0.0.4");
  enum MHD_Result result = MHD_queue_response(connection, 200, response);
  MHD_destroy_response(response);
  return result;
}

/* Of the memory that a connection has, a request may take its head's part and no more. */
static bool too_large(const authd_server *server, struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info && info->header_size > server->max_header_size;
}

static bool is_question(const char *path)
{
  size_t size = strlen(QUESTION);
  return !strncmp(path, QUESTION, size) && (!path[size] || path[size] == '/');
}

static enum MHD_Result answer(authd_server *server, struct MHD_Connection *connection,
                              const char *path, const char *method)
{
  if (too_large(server, connection))
    return MHD_queue_response(connection, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                              server->too_large);
  if (is_question(path)) {
    if (!over_limit(server))
      return check(server, connection, path, method);
    atomic_fetch_add_explicit(&server->metrics.limited, 1, memory_order_relaxed);
    return MHD_queue_response(connection, 429, server->limited);
  }
  if (!strcmp(path, "/healthz"))
    return MHD_queue_response(connection, 200, server->healthy);
  if (!strcmp(path, "/readyz"))
    return atomic_load(&server->stopping) ? MHD_queue_response(connection, 503, server->ending)
                                          : MHD_queue_response(connection, 200, server->ready);
  if (!strcmp(path, "/metrics"))
    return metrics(server, connection);
  return MHD_queue_response(connection, 404, server->nowhere);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
  authd_server *server = arg;
  (void)version;
  (void)upload;
  if (!*state) {
    *state = server; /* marks a request whose head has been read */
    atomic_fetch_add_explicit(&server->asked, 1, memory_order_relaxed);
    return MHD_YES;
  }
  if (*upload_size) {
    *upload_size = 0; /* Envoy may send the body along; it says nothing about the caller */
    return MHD_YES;
  }
  return answer(server, connection, path, method);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how)
{
  authd_server *server = arg;
  (void)connection;
  (void)how;
  if (*state)
    atomic_fetch_sub_explicit(&server->asked, 1, memory_order_release);
  *state = NULL;
}

static void on_mhd_log(void *arg, const char *format, va_list ap)
{
  authd_server *server = arg;
  char line[512];
  vsnprintf(line, sizeof(line), format, ap);
  line[strcspn(line, "\n")] = '\0';
  dh_log(server->context, DH_LOG_DEBUG, "libmicrohttpd: %s", line);
}

/* A response for a refusal. */
static struct MHD_Response *challenge(const char *value)
{
  return authd_response_text("", MHD_HTTP_HEADER_WWW_AUTHENTICATE, value);
}

static void destroy(struct MHD_Response *response)
{
  if (response)
    MHD_destroy_response(response);
}

dh_status authd_change_make(authd_change *change, const dh_options *options, dh_error *error)
{
  memset(change, 0, sizeof(*change));
  dh_status status = authd_policy_make(&change->policy, options, error);
  if (status)
    return status;
  change->rate_limit = (int)dh_options_number(options, "rate_limit");
  change->absent = challenge(change->policy.challenge_absent);
  change->invalid = challenge(change->policy.challenge_invalid);
  if (change->absent && change->invalid)
    return DH_OK;
  authd_change_free(change);
  return dh_error_set(error, DH_NO_MEMORY, "out of memory while reading the configuration");
}

void authd_change_free(authd_change *change)
{
  authd_policy_free(&change->policy);
  destroy(change->absent);
  destroy(change->invalid);
  change->absent = change->invalid = NULL;
}

void authd_server_take(authd_server *server, authd_change *change)
{
  pthread_rwlock_wrlock(&server->policy_lock);
  authd_change old = {server->policy, server->absent, server->invalid, 0};
  server->policy = change->policy;
  server->absent = change->absent;
  server->invalid = change->invalid;
  server->generation++;
  pthread_rwlock_unlock(&server->policy_lock);
  atomic_store(&server->rate_limit, change->rate_limit);
  authd_change_free(&old);
  memset(change, 0, sizeof(*change));
}

static dh_status make_constant(authd_server *server, dh_error *error)
{
  server->undecided = authd_response_text("", MHD_HTTP_HEADER_RETRY_AFTER, "1");
  server->limited = authd_response_text("", MHD_HTTP_HEADER_RETRY_AFTER, "1");
  server->healthy = authd_response_text("ok\n", MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
  server->ready = authd_response_text("ready\n", MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
  server->ending = authd_response_text("stopping\n", MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
  server->nowhere =
      authd_response_text("ask at " QUESTION "\n", MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
  server->too_large = authd_response_text("", NULL, NULL);
  if (server->too_large && server->undecided && server->limited && server->healthy &&
      server->ready && server->ending && server->nowhere)
    return DH_OK;
  return dh_error_set(error, DH_NO_MEMORY, "out of memory while starting");
}

static dh_status prepare(authd_server *server, const dh_options *options, dh_error *error)
{
  authd_change change;
  dh_status status = authd_change_make(&change, options, error);
  if (status)
    return status;
  authd_server_take(server, &change);
  status = make_constant(server, error);
  if (status || !dh_options_number(options, "access_log"))
    return status;
  server->log = authd_log_open(server->context, STDOUT_FILENO, &server->metrics.lost_lines);
  return server->log ? DH_OK : dh_error_set(error, DH_NO_MEMORY, "cannot begin the access log: %m");
}

dh_status authd_server_start(authd_server *server, const authd_listener *listener,
                             const dh_options *options, dh_error *error)
{
  pthread_rwlock_init(&server->policy_lock, NULL);
  dh_status status = prepare(server, options, error);
  if (status)
    return status;
  unsigned threads = (unsigned)dh_options_number(options, "threads");
  unsigned most = (unsigned)dh_options_number(options, "max_connections");
  server->max_header_size = (size_t)dh_options_number(options, "max_header_size");
  server->daemon = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_USE_TURBO, 0, NULL, NULL, on_request,
      server, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, server, MHD_OPTION_LISTEN_SOCKET,
      listener->fd, MHD_OPTION_THREAD_POOL_SIZE, threads > 1 ? threads : 0u,
      MHD_OPTION_CONNECTION_LIMIT, most < threads ? threads : most, MHD_OPTION_CONNECTION_TIMEOUT,
      (unsigned)(dh_options_number(options, "idle_timeout") / 1000),
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, server->max_header_size + ANSWER_ROOM,
      MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
      MHD_OPTION_END);
  if (!server->daemon)
    return dh_error_set(error, DH_UNAVAILABLE, "cannot serve on %s: %m", listener->name);
  return DH_OK;
}

/* Connections that a gateway keeps open do not end of themselves: what counts is whether
 * anybody waits for an answer. */
static void wait_for_answers(authd_server *server)
{
  for (int waited = 0; waited < END_WAIT_MS; waited += 5) {
    if (!atomic_load_explicit(&server->asked, memory_order_acquire))
      return;
    usleep(5000);
  }
}

void authd_server_stop(authd_server *server)
{
  atomic_store(&server->stopping, true);
  if (server->daemon) {
    MHD_socket listening = MHD_quiesce_daemon(server->daemon);
    wait_for_answers(server);
    MHD_stop_daemon(server->daemon);
    if (listening != MHD_INVALID_SOCKET)
      close(listening);
  }
  server->daemon = NULL;
  authd_log_close(server->log);
  authd_kept_clear(&server->kept);
  authd_change last = {server->policy, server->absent, server->invalid, 0};
  authd_change_free(&last);
  destroy(server->undecided);
  destroy(server->limited);
  destroy(server->too_large);
  destroy(server->healthy);
  destroy(server->ready);
  destroy(server->ending);
  destroy(server->nowhere);
  pthread_rwlock_destroy(&server->policy_lock);
}
