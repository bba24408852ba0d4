/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scripted HTTP/1.1 server on a real loopback socket, for tests. A handler written by
 * the test receives each request and says what goes back on the wire: a good answer, or
 * one of the faults that networks have. One thread a connection, keep-alive, TLS where
 * asked for.
 *
 *   static void handler(void *arg, const test_request *request, test_conn *conn)
 *   {
 *     if (strcmp(request->target, "/config"))
 *       test_reply(conn, 404, NULL, "", 0);
 *     else
 *       test_reply_text(conn, 200, "{\"noCode\":\"true\"}");
 *   }
 *   test_server *server = test_server_start(handler, NULL);
 *   ... test_server_url(server) is "http://127.0.0.1:PORT" ...
 *   test_server_stop(server);
 *
 * The handler runs on the connection's thread, several at once where the client opens
 * several: it guards what it shares (test_server_lock()). It must not use ck_assert: look
 * at the recorded requests afterwards, in the test. A handler that returns without having
 * sent anything answers 500. Link with $(TEST_SUPPORT) (tests/Makefile.am).
 */
#ifndef DH_TESTS_SERVER_H
#define DH_TESTS_SERVER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct test_server test_server;
typedef struct test_conn test_conn;

/* One request. What a handler sees is valid until it returns; what the record holds, until
 * the server stops. */
typedef struct test_request {
  const char *method; /* "POST" */
  const char *target; /* "/aspects?action=ingestProposal" */
  const char *head;   /* the header lines as received, each ended by "\r\n" */
  const char *body;   /* without the chunked framing, NUL-terminated; "" for none */
  size_t body_size;
  unsigned connection; /* 0, 1, ...: which connection of this server */
  unsigned number;     /* 0, 1, ...: which request of this server, in the order read */
} test_request;

typedef void (*test_handler)(void *arg, const test_request *request, test_conn *conn);

/* The value of the first header of that name (any case), or NULL; valid as the request is. */
const char *test_request_header(const test_request *request, const char *name);

/* --- life --- */

/* Listens on 127.0.0.1, a free port. Ends the program where it cannot. */
test_server *test_server_start(test_handler handler, void *arg);

/* The same with TLS. `client_ca`, where not NULL, makes it ask for a client certificate signed by
 * it. See certs.h for files made at run time. */
test_server *test_server_start_tls(test_handler handler, void *arg, const char *cert_file,
                                   const char *key_file, const char *client_ca);

/* What a connection does before it reads a request: a fault, or nothing. It sees which
 * connection of the server it is, and which request of the connection would come: 0, 1, ... */
typedef void (*test_before)(void *arg, test_conn *conn, unsigned connection, unsigned request);
/* For the connections to come; `arg` is the handler's. */
void test_server_before(test_server *server, test_before before);

/* Ends all connections, also those that stall, joins all threads, frees. NULL is accepted. */
void test_server_stop(test_server *server);

/* Stops listening and drops all connections, as a crash would; the records stay. */
void test_server_down(test_server *server);
/* Listens again on the same port. */
void test_server_up(test_server *server);

/* "http://127.0.0.1:PORT" or "https://..."; valid until stopped. */
const char *test_server_url(const test_server *server);
unsigned test_server_port(const test_server *server);

/* --- the record --- */

/* How many requests were read whole; how many connections were accepted. */
size_t test_server_count(test_server *server);
size_t test_server_connections(test_server *server);
/* The request at `index`, in the order read. Ends the program where there is none. */
const test_request *test_server_request(test_server *server, size_t index);
/* Waits until `count` requests were read; false after 20 s. */
bool test_server_wait(test_server *server, size_t count);

/* A lock for what handlers share. */
void test_server_lock(test_server *server);
void test_server_unlock(test_server *server);
test_server *test_conn_server(test_conn *conn);

/* --- answers, for handlers --- */

/* A whole answer. `extra` is NULL or header lines, each ended by "\r\n". Content-Length is added.
 */
void test_reply(test_conn *conn, int status, const char *extra, const void *body, size_t size);
/* The same with `text` as application/json. */
void test_reply_text(test_conn *conn, int status, const char *text);
/* The same in chunks of `chunk` bytes (Transfer-Encoding: chunked). */
void test_reply_chunked(test_conn *conn, int status, const char *extra, const void *body,
                        size_t size, size_t chunk);
/* Bytes as they are. False where the client is gone. */
bool test_send(test_conn *conn, const void *bytes, size_t size);
/* Bytes one at a time, `delay_ms` between them, until sent or the server stops. */
void test_send_slowly(test_conn *conn, const void *bytes, size_t size, int delay_ms);
/* Announces `announced` bytes, sends `size` of them, and closes. */
void test_truncate(test_conn *conn, int status, const void *body, size_t size, size_t announced);
/* Closes in order, after what was sent. */
void test_close(test_conn *conn);
/* Resets the connection (RST): what was sent may be lost. */
void test_reset(test_conn *conn);
/* Receives `size` bytes of the request that comes, and not one more, and forgets them; false
 * where the connection ended before. To be used before the request is read, and followed by
 * test_reset() or test_close(). */
bool test_swallow(test_conn *conn, size_t size);
/* Says nothing more until the server stops or goes down. */
void test_stall(test_conn *conn);
/* Waits until the test calls test_server_release() (or the server stops), then returns, so that the
 * handler can answer: to look at a client while its request is in flight. */
void test_hold(test_conn *conn);
/* Lets all holds go, present and future. */
void test_server_release(test_server *server);

#endif
