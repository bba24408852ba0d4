/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* A body beyond the limit is read and dropped up to here, so that its sender sees the
 * answer; whoever sends more is cut off. */
#define DRAIN_LIMIT (8ull * GMS_MAX_BODY)
#define IDLE_SECONDS 120
#define THREADS 2

const char *gms_request_query(const gms_request *request, const char *name)
{
  return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *gms_request_header(const gms_request *request, const char *name)
{
  return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

const char *gms_request_cookie(const gms_request *request, const char *name)
{
  return MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, name);
}

/* The frontend serves GMS's paths under this prefix. */
static const char *without_prefix(const char *path)
{
  static const char prefix[] = "/api/gms";
  size_t size = sizeof(prefix) - 1;
  if (strncmp(path, prefix, size))
    return path;
  return path[size] == '/' ? path + size : path[size] ? path : "/";
}

/* Its first half is the time, in microseconds, as GMS makes them: traces sort by age. */
static void make_trace(gms_request *request)
{
  uint64_t random = 0;
  if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
    random = (uint64_t)(uintptr_t)request;
  snprintf(request->trace, sizeof(request->trace), "%016llx%016llx",
           (unsigned long long)dh_wall_ms(request->server->context) * 1000ull,
           (unsigned long long)random);
}

static gms_request *request_new(gms_server *server, struct MHD_Connection *connection,
                                const char *path, const char *method)
{
  gms_request *request = calloc(1, sizeof(*request));
  if (!request)
    return NULL;
  request->server = server;
  request->connection = connection;
  request->began = dh_mono_ms(server->context);
  request->path = strdup(without_prefix(path));
  request->method = method;
  if (!request->path) {
    free(request);
    return NULL;
  }
  make_trace(request);
  return request;
}

static void request_free(gms_request *request)
{
  dh_principal_unref(request->principal);
  free(request->actor);
  free(request->path);
  if (request->body)
    dh_wipe(request->body, request->body_capacity); /* it may hold a password */
  free(request->body);
  if (request->answer)
    dh_wipe(request->answer, request->answer_size); /* and this a token */
  free(request->answer);
  for (size_t i = 0; i < request->header_count; i++)
    free(request->headers[i].value);
  free(request);
}

static bool keep_body(gms_request *request, const char *bytes, size_t size)
{
  size_t need = request->body_size + size + 1;
  if (need > request->body_capacity) {
    size_t capacity = request->body_capacity ? request->body_capacity : 4096;
    while (capacity < need)
      capacity *= 2;
    /* Not realloc: what is left behind must be wiped. */
    char *larger = malloc(capacity);
    if (!larger)
      return false;
    if (request->body) {
      memcpy(larger, request->body, request->body_size);
      dh_wipe(request->body, request->body_size);
      free(request->body);
    }
    request->body = larger;
    request->body_capacity = capacity;
  }
  memcpy(request->body + request->body_size, bytes, size);
  request->body_size += size;
  request->body[request->body_size] = '\0';
  return true;
}

static enum MHD_Result take_body(gms_request *request, const char *bytes, size_t size)
{
  request->received += size;
  if (request->received > DRAIN_LIMIT)
    return MHD_NO;
  if (request->received > GMS_MAX_BODY && !request->refused) {
    request->refused = true;
    gms_reply_error(request, MHD_HTTP_CONTENT_TOO_LARGE,
                    "The request is larger than %u bytes, the most that is taken at once",
                    GMS_MAX_BODY);
  }
  if (request->refused)
    return MHD_YES;
  return keep_body(request, bytes, size) ? MHD_YES : MHD_NO;
}

/* One line a request. The query may hold a secret, but for the action's name. */
static void log_access(gms_request *request)
{
  dh_context *context = request->server->context;
  const char *action = gms_request_query(request, "action");
  dh_log(context, DH_LOG_INFO, "%s %s %s%s%s %d %zu bytes in %lld ms",
         request->actor ? request->actor : "-", request->method, request->path,
         action ? "?action=" : "", action ? action : "", request->status, request->answer_size,
         (long long)(dh_mono_ms(context) - request->began));
}

static enum MHD_Result send_answer(gms_request *request)
{
  struct MHD_Response *response = MHD_create_response_from_buffer(
      request->answer_size, request->answer ? request->answer : "", MHD_RESPMEM_MUST_COPY);
  if (!response)
    return MHD_NO;
  if (request->content_type)
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, request->content_type);
  MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
  for (size_t i = 0; i < request->header_count; i++)
    MHD_add_response_header(response, request->headers[i].name, request->headers[i].value);
  enum MHD_Result result =
      MHD_queue_response(request->connection, (unsigned int)request->status, response);
  MHD_destroy_response(response);
  log_access(request);
  return result;
}

static enum MHD_Result on_request(void *arg, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **state)
{
  (void)version;
  gms_request *request = *state;
  if (!request) {
    request = request_new(arg, connection, path, method);
    *state = request;
    if (!request)
      return MHD_NO;
    request->method = method;
    /* Before the body: a stranger's is never kept. */
    if (!gms_path_is_open(request->path))
      request->refused = !gms_auth_admit(request->server->auth, request);
    return MHD_YES;
  }
  request->method = method;
  if (*upload_size) {
    size_t size = *upload_size;
    *upload_size = 0;
    return take_body(request, upload, size);
  }
  if (!request->refused)
    gms_route(request);
  return send_answer(request);
}

static void on_completed(void *arg, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
  (void)arg;
  (void)connection;
  (void)code;
  if (*state)
    request_free(*state);
  *state = NULL;
}

static void on_mhd_log(void *arg, const char *format, va_list ap)
{
  gms_server *server = arg;
  char line[512];
  vsnprintf(line, sizeof(line), format, ap);
  dh_log(server->context, DH_LOG_DEBUG, "libmicrohttpd: %s", line);
}

static dh_status resolve(const char *bind, uint16_t port, struct addrinfo **out, dh_error *error)
{
  char service[8];
  snprintf(service, sizeof(service), "%u", port);
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                           .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
  int code = getaddrinfo(bind, service, &hints, out);
  if (code)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "cannot listen on \"%s\": %s; give an address such as 127.0.0.1 or ::1",
                        bind, gai_strerror(code));
  return DH_OK;
}

dh_status gms_server_start(gms_server *server, const char *bind, uint16_t *port, dh_error *error)
{
  struct addrinfo *address = NULL;
  dh_status status = resolve(bind, *port, &address, error);
  if (status)
    return status;
  unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG;
  if (address->ai_family == AF_INET6)
    flags |= MHD_USE_IPv6;
  server->daemon = MHD_start_daemon(
      flags, 0, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR, address->ai_addr,
      MHD_OPTION_EXTERNAL_LOGGER, on_mhd_log, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
      server, MHD_OPTION_THREAD_POOL_SIZE, (unsigned int)THREADS, MHD_OPTION_CONNECTION_TIMEOUT,
      (unsigned int)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)(128 * 1024),
      MHD_OPTION_END);
  freeaddrinfo(address);
  if (!server->daemon)
    return dh_error_set(error, DH_UNAVAILABLE,
                        "cannot listen on %s port %u: %m; is another server there? --port 0 takes "
                        "any free port",
                        bind, *port);
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
  if (info)
    *port = info->port;
  return DH_OK;
}

void gms_server_stop(gms_server *server)
{
  if (!server->daemon)
    return;
  MHD_stop_daemon(server->daemon);
  server->daemon = NULL;
}
