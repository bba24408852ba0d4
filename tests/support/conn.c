/* SPDX-License-Identifier: Apache-2.0 */
#include "support/conn.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* --- bytes --- */

/* Closes once; the lock keeps test_server_down() from shutting a number that is used anew. */
static void close_fd(test_conn *conn)
{
  pthread_mutex_lock(&conn->server->lock);
  if (conn->fd >= 0)
    close(conn->fd);
  conn->fd = -1;
  pthread_mutex_unlock(&conn->server->lock);
}

static ssize_t receive(test_conn *conn, char *bytes, size_t size)
{
  if (conn->fd < 0)
    return -1;
  if (conn->ssl)
    return SSL_read(conn->ssl, bytes, size > 65536 ? 65536 : (int)size);
  ssize_t n;
  do
    n = recv(conn->fd, bytes, size, 0);
  while (n < 0 && errno == EINTR);
  return n;
}

bool test_send(test_conn *conn, const void *bytes, size_t size)
{
  conn->answered = true;
  for (size_t sent = 0; sent < size;) {
    const char *p = (const char *)bytes + sent;
    size_t left = size - sent;
    if (conn->fd < 0)
      return false;
    ssize_t n = conn->ssl ? SSL_write(conn->ssl, p, left > 65536 ? 65536 : (int)left)
                          : send(conn->fd, p, left, MSG_NOSIGNAL);
    if (n < 0 && !conn->ssl && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    sent += (size_t)n;
  }
  return true;
}

/* Receives more into `in`; false at the end of the connection. */
static bool more(test_conn *conn)
{
  if (conn->in_room - conn->in_size < 16384) {
    conn->in_room = conn->in_room ? conn->in_room * 2 : 65536;
    conn->in = realloc(conn->in, conn->in_room + 1);
    if (!conn->in)
      abort();
  }
  ssize_t n = receive(conn, conn->in + conn->in_size, conn->in_room - conn->in_size);
  if (n <= 0)
    return false;
  conn->in_size += (size_t)n;
  conn->in[conn->in_size] = '\0';
  return true;
}

static void used(test_conn *conn, size_t size)
{
  conn->in_size -= size;
  memmove(conn->in, conn->in + size, conn->in_size);
  conn->in[conn->in_size] = '\0';
}

/* The offset behind `mark` in `in`, receiving until it is there; 0 at the end of the connection. */
static size_t until(test_conn *conn, const char *mark, size_t mark_size)
{
  for (;;) {
    char *at = conn->in_size ? memmem(conn->in, conn->in_size, mark, mark_size) : NULL;
    if (at)
      return (size_t)(at - conn->in) + mark_size;
    if (!more(conn))
      return 0;
  }
}

/* --- requests --- */

/* What the record owns: the request first, so that one pointer frees both. */
struct kept {
  test_request request;
  char *method, *target, *head, *body;
  struct value {
    struct value *next;
    char text[];
  } * first;
};

void test_request_free(test_request *request)
{
  struct kept *kept = (struct kept *)request;
  while (kept->first) {
    struct value *next = kept->first->next;
    free(kept->first);
    kept->first = next;
  }
  free(kept->method);
  free(kept->target);
  free(kept->head);
  free(kept->body);
  free(kept);
}

/* The value's place in the header lines; false where there is none. */
static bool find_header(const char *head, const char *name, const char **value, size_t *size)
{
  size_t length = strlen(name);
  for (const char *line = head; *line;) {
    const char *end = strstr(line, "\r\n");
    if (!end)
      return false;
    if (!strncasecmp(line, name, length) && line[length] == ':') {
      const char *v = line + length + 1;
      while (*v == ' ' || *v == '\t')
        v++;
      *value = v;
      *size = (size_t)(end - v);
      return true;
    }
    line = end + 2;
  }
  return false;
}

const char *test_request_header(const test_request *request, const char *name)
{
  /* The record may be asked from the test and from a handler at once. */
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  const char *value;
  size_t size;
  if (!find_header(request->head, name, &value, &size))
    return NULL;
  struct kept *kept = (struct kept *)(uintptr_t)request;
  struct value *copy = malloc(sizeof(*copy) + size + 1);
  if (!copy)
    abort();
  memcpy(copy->text, value, size);
  copy->text[size] = '\0';
  pthread_mutex_lock(&lock);
  copy->next = kept->first;
  kept->first = copy;
  pthread_mutex_unlock(&lock);
  return copy->text;
}

static char *copy(const char *bytes, size_t size)
{
  char *text = malloc(size + 1);
  if (!text)
    abort();
  memcpy(text, bytes, size);
  text[size] = '\0';
  return text;
}

/* Takes `size` body bytes from the connection. */
static bool take(test_conn *conn, struct kept *kept, size_t size)
{
  while (conn->in_size < size)
    if (!more(conn))
      return false;
  size_t have = kept->request.body_size;
  char *body = realloc(kept->body, have + size + 1);
  if (!body)
    abort();
  memcpy(body + have, conn->in, size);
  body[have + size] = '\0';
  kept->body = body;
  kept->request.body_size = have + size;
  used(conn, size);
  return true;
}

static bool take_chunks(test_conn *conn, struct kept *kept)
{
  for (;;) {
    size_t line = until(conn, "\r\n", 2);
    if (!line)
      return false;
    size_t size = strtoul(conn->in, NULL, 16);
    used(conn, line);
    if (size && !take(conn, kept, size))
      return false;
    while (conn->in_size < 2)
      if (!more(conn))
        return false;
    used(conn, 2); /* the CRLF behind the chunk, or behind an empty trailer */
    if (!size)
      return true;
  }
}

static bool take_body(test_conn *conn, struct kept *kept)
{
  const char *value;
  size_t size;
  if (find_header(kept->head, "Expect", &value, &size) && !strncasecmp(value, "100-", 4))
    test_send(conn, "HTTP/1.1 100 Continue\r\n\r\n", 25);
  if (find_header(kept->head, "Transfer-Encoding", &value, &size) &&
      !strncasecmp(value, "chunked", 7))
    return take_chunks(conn, kept);
  if (find_header(kept->head, "Content-Length", &value, &size))
    return take(conn, kept, strtoul(value, NULL, 10));
  return true;
}

static struct kept *read_request(test_conn *conn)
{
  size_t size = until(conn, "\r\n\r\n", 4);
  if (!size)
    return NULL;
  struct kept *kept = calloc(1, sizeof(*kept));
  if (!kept)
    abort();
  char *line_end = strstr(conn->in, "\r\n");
  char *space = memchr(conn->in, ' ', (size_t)(line_end - conn->in));
  char *target = space ? space + 1 : line_end;
  char *target_end = memchr(target, ' ', (size_t)(line_end - target));
  kept->method = copy(conn->in, (size_t)((space ? space : line_end) - conn->in));
  kept->target = copy(target, (size_t)((target_end ? target_end : line_end) - target));
  kept->head = copy(line_end + 2, size - 4 - (size_t)(line_end - conn->in));
  kept->body = copy("", 0);
  used(conn, size);
  if (!take_body(conn, kept)) {
    test_request_free(&kept->request);
    return NULL;
  }
  test_request *request = &kept->request;
  request->method = kept->method;
  request->target = kept->target;
  request->head = kept->head;
  request->body = kept->body;
  request->connection = conn->number;
  return kept;
}

static bool handshake(test_conn *conn)
{
  if (!conn->server->tls)
    return true;
  conn->ssl = SSL_new(conn->server->tls);
  return conn->ssl && SSL_set_fd(conn->ssl, conn->fd) == 1 && SSL_accept(conn->ssl) == 1;
}

static void before_request(test_conn *conn, unsigned request)
{
  test_server *server = conn->server;
  pthread_mutex_lock(&server->lock);
  test_before before = server->before;
  pthread_mutex_unlock(&server->lock);
  if (before)
    before(server->arg, conn, conn->number, request);
}

void *test_conn_main(void *arg)
{
  test_conn *conn = arg;
  test_server *server = conn->server;
  sigset_t pipe_signal;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL); /* SSL_write() knows no MSG_NOSIGNAL */
  bool open = handshake(conn);
  for (unsigned n = 0; open && conn->fd >= 0; n++) {
    before_request(conn, n);
    struct kept *kept = conn->fd >= 0 ? read_request(conn) : NULL;
    if (!kept)
      break;
    const test_request *request = test_server_keep(server, &kept->request);
    conn->answered = false;
    server->handler(server->arg, request, conn);
    if (!conn->answered)
      test_reply_text(conn, 500, "{\"message\":\"the handler of this test sent no answer\"}");
    const char *wish = test_request_header(request, "Connection");
    open = !wish || strcasecmp(wish, "close");
  }
  close_fd(conn);
  SSL_free(conn->ssl);
  free(conn->in);
  return NULL;
}

/* --- answers --- */

static void send_head(test_conn *conn, int status, const char *extra, const char *last)
{
  char head[512];
  int n = snprintf(head, sizeof(head), "HTTP/1.1 %d Scripted\r\n", status);
  test_send(conn, head, (size_t)n);
  if (extra)
    test_send(conn, extra, strlen(extra));
  test_send(conn, last, strlen(last));
}

void test_reply(test_conn *conn, int status, const char *extra, const void *body, size_t size)
{
  char length[64];
  snprintf(length, sizeof(length), "Content-Length: %zu\r\n\r\n", size);
  send_head(conn, status, extra, length);
  test_send(conn, body, size);
}

void test_reply_text(test_conn *conn, int status, const char *text)
{
  test_reply(conn, status, "Content-Type: application/json\r\n", text, strlen(text));
}

void test_reply_chunked(test_conn *conn, int status, const char *extra, const void *body,
                        size_t size, size_t chunk)
{
  send_head(conn, status, extra, "Transfer-Encoding: chunked\r\n\r\n");
  for (size_t at = 0; at < size; at += chunk) {
    char line[32];
    size_t n = size - at < chunk ? size - at : chunk;
    snprintf(line, sizeof(line), "%zx\r\n", n);
    test_send(conn, line, strlen(line));
    test_send(conn, (const char *)body + at, n);
    test_send(conn, "\r\n", 2);
  }
  test_send(conn, "0\r\n\r\n", 5);
}

/* Waits for a change of the server; false once it is down. `delay_ms` < 0: without end. */
static bool pause_for(test_conn *conn, int delay_ms, bool until_released)
{
  test_server *server = conn->server;
  struct timespec end;
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_sec += delay_ms / 1000;
  end.tv_nsec += (long)(delay_ms % 1000) * 1000000L;
  if (end.tv_nsec >= 1000000000L) {
    end.tv_sec++;
    end.tv_nsec -= 1000000000L;
  }
  pthread_mutex_lock(&server->lock);
  int late = 0;
  while (!server->down && !late && !(until_released && server->released))
    late = delay_ms < 0 ? pthread_cond_wait(&server->changed, &server->lock)
                        : pthread_cond_timedwait(&server->changed, &server->lock, &end);
  bool up = !server->down;
  pthread_mutex_unlock(&server->lock);
  return up;
}

void test_send_slowly(test_conn *conn, const void *bytes, size_t size, int delay_ms)
{
  for (size_t i = 0; i < size; i++)
    if (!test_send(conn, (const char *)bytes + i, 1) || !pause_for(conn, delay_ms, false))
      return;
}

void test_truncate(test_conn *conn, int status, const void *body, size_t size, size_t announced)
{
  char length[64];
  snprintf(length, sizeof(length), "Content-Length: %zu\r\n\r\n", announced);
  send_head(conn, status, NULL, length);
  test_send(conn, body, size);
  test_close(conn);
}

void test_close(test_conn *conn)
{
  conn->answered = true;
  if (conn->ssl && conn->fd >= 0)
    SSL_shutdown(conn->ssl);
  if (conn->fd >= 0)
    shutdown(conn->fd, SHUT_WR);
  close_fd(conn);
}

void test_reset(test_conn *conn)
{
  struct linger now = {.l_onoff = 1, .l_linger = 0};
  conn->answered = true;
  if (conn->fd >= 0)
    setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close_fd(conn);
}

bool test_swallow(test_conn *conn, size_t size)
{
  char bytes[4096];
  size_t kept = conn->in_size < size ? conn->in_size : size;
  if (kept)
    used(conn, kept);
  for (size_t left = size - kept; left;) {
    ssize_t n = receive(conn, bytes, left < sizeof(bytes) ? left : sizeof(bytes));
    if (n <= 0)
      return false;
    left -= (size_t)n;
  }
  return true;
}

void test_stall(test_conn *conn)
{
  conn->answered = true;
  pause_for(conn, -1, false);
}

void test_hold(test_conn *conn)
{
  pause_for(conn, -1, true);
}
