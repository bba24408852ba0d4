/* SPDX-License-Identifier: Apache-2.0 */
#include "support/server.h"
#include "support/conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void stop(const char *what)
{
  fprintf(stderr, "test server: %s: %s\n", what, strerror(errno));
  abort();
}

/* --- listening --- */

static void add_conn(test_server *server, int fd)
{
  test_conn *conn = calloc(1, sizeof(*conn));
  if (!conn)
    stop("memory");
  conn->server = server;
  conn->fd = fd;
  pthread_mutex_lock(&server->lock);
  conn->number = server->accepted++;
  conn->next = server->conns;
  server->conns = conn;
  if (pthread_create(&conn->thread, NULL, test_conn_main, conn))
    stop("thread");
  pthread_mutex_unlock(&server->lock);
}

static void *accept_main(void *arg)
{
  test_server *server = arg;
  for (;;) {
    int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC), on = 1;
    /* An answer goes out in several small writes: none waits for the client's delayed ACK. */
    if (fd >= 0)
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (fd >= 0)
      add_conn(server, fd);
    else if (errno != EINTR && errno != ECONNABORTED)
      return NULL; /* test_server_down() shut the socket */
  }
}

static void start_listening(test_server *server)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)server->port)};
  socklen_t size = sizeof(address);
  int one = 1;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (server->fd < 0)
    stop("socket");
  setsockopt(server->fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  if (bind(server->fd, (struct sockaddr *)&address, size) || listen(server->fd, 256) ||
      getsockname(server->fd, (struct sockaddr *)&address, &size))
    stop("listen on 127.0.0.1");
  server->port = ntohs(address.sin_port);
  server->down = false;
  if (pthread_create(&server->thread, NULL, accept_main, server))
    stop("thread");
}

static test_server *start(test_handler handler, void *arg, SSL_CTX *tls)
{
  test_server *server = calloc(1, sizeof(*server));
  if (!server)
    stop("memory");
  pthread_mutex_init(&server->lock, NULL);
  pthread_mutex_init(&server->user_lock, NULL);
  pthread_cond_init(&server->changed, NULL);
  server->handler = handler;
  server->arg = arg;
  server->tls = tls;
  start_listening(server);
  snprintf(server->url, sizeof(server->url), "%s://127.0.0.1:%u", tls ? "https" : "http",
           server->port);
  return server;
}

test_server *test_server_start(test_handler handler, void *arg)
{
  return start(handler, arg, NULL);
}

test_server *test_server_start_tls(test_handler handler, void *arg, const char *cert_file,
                                   const char *key_file, const char *client_ca)
{
  SSL_CTX *tls = SSL_CTX_new(TLS_server_method());
  if (!tls || SSL_CTX_use_certificate_chain_file(tls, cert_file) != 1 ||
      SSL_CTX_use_PrivateKey_file(tls, key_file, SSL_FILETYPE_PEM) != 1)
    stop("TLS files");
  if (client_ca) {
    if (SSL_CTX_load_verify_locations(tls, client_ca, NULL) != 1)
      stop("client authority");
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  }
  return start(handler, arg, tls);
}

void test_server_before(test_server *server, test_before before)
{
  pthread_mutex_lock(&server->lock);
  server->before = before;
  pthread_mutex_unlock(&server->lock);
}

void test_server_down(test_server *server)
{
  pthread_mutex_lock(&server->lock);
  bool was_down = server->down;
  server->down = true;
  pthread_cond_broadcast(&server->changed);
  pthread_mutex_unlock(&server->lock);
  if (was_down)
    return;
  shutdown(server->fd, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->fd);
  pthread_mutex_lock(&server->lock);
  test_conn *conns = server->conns;
  server->conns = NULL;
  for (test_conn *c = conns; c; c = c->next)
    if (c->fd >= 0)
      shutdown(c->fd, SHUT_RDWR);
  pthread_mutex_unlock(&server->lock);
  while (conns) {
    test_conn *next = conns->next;
    pthread_join(conns->thread, NULL);
    free(conns);
    conns = next;
  }
}

void test_server_up(test_server *server)
{
  if (server->down)
    start_listening(server);
}

void test_server_stop(test_server *server)
{
  if (!server)
    return;
  test_server_down(server);
  for (size_t i = 0; i < server->count; i++)
    test_request_free(server->requests[i]);
  free(server->requests);
  SSL_CTX_free(server->tls);
  pthread_cond_destroy(&server->changed);
  pthread_mutex_destroy(&server->user_lock);
  pthread_mutex_destroy(&server->lock);
  free(server);
}

/* --- what the test asks --- */

const char *test_server_url(const test_server *server)
{
  return server->url;
}

unsigned test_server_port(const test_server *server)
{
  return server->port;
}

size_t test_server_count(test_server *server)
{
  pthread_mutex_lock(&server->lock);
  size_t count = server->count;
  pthread_mutex_unlock(&server->lock);
  return count;
}

size_t test_server_connections(test_server *server)
{
  pthread_mutex_lock(&server->lock);
  size_t count = server->accepted;
  pthread_mutex_unlock(&server->lock);
  return count;
}

const test_request *test_server_request(test_server *server, size_t index)
{
  pthread_mutex_lock(&server->lock);
  const test_request *request = index < server->count ? server->requests[index] : NULL;
  pthread_mutex_unlock(&server->lock);
  if (request)
    return request;
  fprintf(stderr, "test server: there is no request %zu\n", index);
  abort();
}

bool test_server_wait(test_server *server, size_t count)
{
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 20;
  int late = 0;
  pthread_mutex_lock(&server->lock);
  while (server->count < count && !late)
    late = pthread_cond_timedwait(&server->changed, &server->lock, &until);
  bool there = server->count >= count;
  pthread_mutex_unlock(&server->lock);
  return there;
}

void test_server_release(test_server *server)
{
  pthread_mutex_lock(&server->lock);
  server->released = true;
  pthread_cond_broadcast(&server->changed);
  pthread_mutex_unlock(&server->lock);
}

void test_server_lock(test_server *server)
{
  pthread_mutex_lock(&server->user_lock);
}

void test_server_unlock(test_server *server)
{
  pthread_mutex_unlock(&server->user_lock);
}

test_server *test_conn_server(test_conn *conn)
{
  return conn->server;
}

const test_request *test_server_keep(test_server *server, test_request *request)
{
  pthread_mutex_lock(&server->lock);
  if (server->count == server->room) {
    server->room = server->room ? server->room * 2 : 64;
    server->requests = realloc(server->requests, server->room * sizeof(*server->requests));
    if (!server->requests)
      stop("memory");
  }
  request->number = (unsigned)server->count;
  server->requests[server->count++] = request;
  pthread_cond_broadcast(&server->changed);
  pthread_mutex_unlock(&server->lock);
  return request;
}
