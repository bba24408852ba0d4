/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the test server: a connection and its thread. Tests include server.h. */
#ifndef DH_TESTS_CONN_H
#define DH_TESTS_CONN_H

#include "support/server.h"

#include <openssl/ssl.h>
#include <pthread.h>

struct test_server {
  test_handler handler;
  void *arg;
  test_before before; /* or NULL; under `lock` */
  SSL_CTX *tls;
  int fd;
  unsigned port;
  char url[64];
  pthread_t thread;
  pthread_mutex_t lock, user_lock;
  pthread_cond_t changed;
  /* under `lock` */
  test_conn *conns;
  test_request **requests;
  size_t count, room;
  unsigned accepted;
  bool released, down;
};

struct test_conn {
  test_server *server;
  test_conn *next;
  pthread_t thread;
  SSL *ssl;
  int fd; /* -1 when closed; changed under the server's lock */
  unsigned number;
  bool answered;
  char *in; /* received and not yet used */
  size_t in_size, in_room;
};

void *test_conn_main(void *arg);
/* Numbers the request and takes it over; it lives until the server stops. */
const test_request *test_server_keep(test_server *server, test_request *request);
void test_request_free(test_request *request);

#endif
