/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"
#include "question.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* What an answer may take of a connection's memory, beside the request. */
#define ANSWER_ROOM 16384
/* For the answers to checks that were given up at the end. */
#define END_ANSWER_MS 1000

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

static enum MHD_Result metrics(authd_server *server, struct MHD_Connection *connection)
{
  dh_verifier_stats stats = {.struct_size = sizeof(stats)};
  dh_verifier_get_stats(server->verifier, &stats);
  char *text = authd_metrics_text(&server->metrics, &stats, authd_pool_waiting(server->pool));
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

/* Of "http://gateway/auth", as a proxy may ask (RFC 9112, section 3.2.2), "/auth". */
static const char *path_of(const char *target)
{
  size_t scheme = !strncasecmp(target, "http://", 7)    ? 7
                  : !strncasecmp(target, "https://", 8) ? 8
                                                        : 0;
  if (!scheme)
    return target;
  const char *path = strchr(target + scheme, '/');
  return path ? path : "/";
}

static bool is_question(const char *path)
{
  size_t size = strlen(AUTHD_QUESTION_PATH);
  return !strncmp(path, AUTHD_QUESTION_PATH, size) && (!path[size] || path[size] == '/');
}

/* Whether a check could be decided now; why not is for the operator's eyes: no gateway passes
 * this path on. */
static enum MHD_Result readiness(authd_server *server, struct MHD_Connection *connection)
{
  dh_error error;
  if (atomic_load(&server->stopping))
    return MHD_queue_response(connection, 503, server->ending);
  if (dh_verifier_ready(server->verifier, &error) == DH_OK)
    return MHD_queue_response(connection, 200, server->ready);
  char *text = NULL;
  int size = asprintf(&text, "not ready: %s\n", error.message);
  struct MHD_Response *response =
      size < 0 ? NULL : MHD_create_response_from_buffer((size_t)size, text, MHD_RESPMEM_MUST_FREE);
  if (!response) {
    free(size < 0 ? NULL : text);
    return MHD_NO;
  }
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
  enum MHD_Result result = MHD_queue_response(connection, 503, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result answer(authd_server *server, struct MHD_Connection *connection,
                              const char *path, const char *method, authd_asking **asking)
{
  if (too_large(server, connection))
    return MHD_queue_response(connection, MHD_HTTP_REQUEST_HEADER_FIELDS_TOO_LARGE,
                              server->too_large);
  if (is_question(path)) {
    if (!over_limit(server))
      return authd_ask(server, connection, path, method, asking);
    atomic_fetch_add_explicit(&server->metrics.limited, 1, memory_order_relaxed);
    return MHD_queue_response(connection, 429, server->limited);
  }
  if (!strcmp(path, "/healthz"))
    return MHD_queue_response(connection, 200, server->healthy);
  if (!strcmp(path, "/readyz"))
    return readiness(server, connection);
  if (!strcmp(path, "/metrics"))
    return metrics(server, connection);
  return MHD_queue_response(connection, 404, server->nowhere);
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *target,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
  authd_server *server = arg;
  (void)version;
  (void)upload;
  if (!*state) {
    *state = server; /* a request whose head has been read; later, what it waits for */
    atomic_fetch_add_explicit(&server->asked, 1, memory_order_relaxed);
    return MHD_YES;
  }
  if (*upload_size) {
    *upload_size = 0; /* Envoy may send the body along; it says nothing about the caller */
    return MHD_YES;
  }
  const char *path = path_of(target);
  authd_connection_asked(connection);
  if (*state != server)
    return authd_finish(*state, path, method);
  authd_asking *asking = NULL;
  enum MHD_Result result = answer(server, connection, path, method, &asking);
  if (asking)
    *state = asking;
  return result;
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode how)
{
  authd_server *server = arg;
  (void)how;
  if (!*state)
    return;
  authd_connection_answered(connection);
  if (*state != server)
    authd_asking_free(*state);
  atomic_fetch_sub_explicit(&server->asked, 1, memory_order_release);
  *state = NULL;
}

static void on_mhd_log(void *arg, const char *format, va_list ap)
{
  authd_server *server = arg;
  char line[512];
  if (strstr(format, "option to %s state failed"))
    return; /* of TCP, tried in vain on a Unix socket at each answer */
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
  server->nowhere = authd_response_text("ask at " AUTHD_QUESTION_PATH "\n",
                                        MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
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

static dh_status start_pool(authd_server *server, const dh_options *options, dh_error *error)
{
  size_t most = (size_t)dh_options_number(options, "max_waiting");
  /* Both lanes together leave half of the connections to those who wait for nothing. */
  size_t share = (size_t)dh_options_number(options, "max_connections") / 4;
  if (most > share)
    most = share ? share : 1;
  const authd_pool_options how = {.verifier = server->verifier,
                                  .near_threads = (unsigned)dh_options_number(options, "threads"),
                                  .far_threads =
                                      (unsigned)dh_options_number(options, "waiting_threads"),
                                  .most = most,
                                  .timeout_ms = dh_options_number(options, "check_timeout")};
  server->pool = authd_pool_open(&how, error);
  return server->pool ? DH_OK : DH_INTERNAL;
}

static void on_connection(void *arg, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode what)
{
  authd_worker *worker = arg;
  authd_connection_notify(worker->connections, connection, context, what);
  if (what == MHD_CONNECTION_NOTIFY_STARTED)
    authd_place_begun(worker);
  else
    authd_place_ended(worker);
}

/* A daemon a thread and no pool of threads, which libmicrohttpd does not offer to those who accept
 * themselves. Its own limit is out of the way: it would close what comes beyond. */
static dh_status start_worker(authd_server *server, authd_worker *worker, const dh_options *options,
                              dh_error *error)
{
  /* Words at each answer on a Unix socket, which cost where they are dropped too. */
  const unsigned log = server->debug ? MHD_USE_ERROR_LOG : 0;
  worker->connections = server->connections;
  worker->daemon = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME |
          MHD_USE_NO_LISTEN_SOCKET | log,
      0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, server,
      MHD_OPTION_CONNECTION_LIMIT, (unsigned)INT_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
      (unsigned)(dh_options_number(options, "idle_timeout") / 1000),
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, server->max_header_size + ANSWER_ROOM,
      MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, worker, MHD_OPTION_END);
  return worker->daemon ? DH_OK : dh_error_set(error, DH_UNAVAILABLE, "cannot serve: %m");
}

static dh_status start_workers(authd_server *server, const dh_options *options, dh_error *error)
{
  dh_status status = DH_OK;
  authd_worker *worker;
  server->places =
      authd_places_open(server->context, (unsigned)dh_options_number(options, "threads"),
                        (size_t)dh_options_number(options, "max_connections"), error);
  if (!server->places)
    return DH_INTERNAL;
  for (unsigned i = 0; !status && (worker = authd_places_worker(server->places, i)); i++)
    status = start_worker(server, worker, options, error);
  return status;
}

dh_status authd_server_start(authd_server *server, const authd_listener *listener,
                             const dh_options *options, dh_error *error)
{
  pthread_rwlock_init(&server->policy_lock, NULL);
  server->listening = listener->fd;
  server->max_header_size = (size_t)dh_options_number(options, "max_header_size");
  server->stop_timeout_ms = dh_options_number(options, "stop_timeout");
  dh_status status = prepare(server, options, error);
  if (!status)
    status = start_pool(server, options, error);
  if (!status) {
    server->connections = authd_connections_open(dh_options_number(options, "idle_timeout"), error);
    status = server->connections ? DH_OK : DH_INTERNAL;
  }
  if (!status)
    status = start_workers(server, options, error);
  if (!status) {
    server->accepting = authd_accept_begin(server->context, listener->fd, server->places, error);
    status = server->accepting ? DH_OK : DH_INTERNAL;
  }
  return status;
}

/* Connections that a gateway keeps open do not end of themselves: what counts is whether
 * anybody waits for an answer, or is about to be heard. */
static void wait_for_answers(authd_server *server, int64_t most_ms)
{
  for (int64_t waited = 0; waited < most_ms; waited += 5) {
    if (!authd_places_coming(server->places) &&
        !atomic_load_explicit(&server->asked, memory_order_acquire))
      return;
    usleep(5000);
  }
}

static void stop_workers(authd_server *server)
{
  authd_worker *worker;
  for (unsigned i = 0; (worker = authd_places_worker(server->places, i)); i++)
    MHD_stop_daemon(worker->daemon);
}

void authd_server_stop(authd_server *server)
{
  atomic_store(&server->stopping, true);
  authd_accept_end(server->accepting);
  server->accepting = NULL;
  if (server->places) {
    wait_for_answers(server, server->stop_timeout_ms);
    authd_pool_end(server->pool);
    wait_for_answers(server, END_ANSWER_MS);
    stop_workers(server);
  }
  close(server->listening);
  authd_places_close(server->places);
  server->places = NULL;
  authd_connections_close(server->connections);
  server->connections = NULL;
  /* Nobody waits for an issuer any more. */
  dh_context_cancel(server->context);
  authd_pool_close(server->pool);
  server->pool = NULL;
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
