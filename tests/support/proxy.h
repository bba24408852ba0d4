/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proxy as a handler of the scripted server, whose record then holds what a proxy sees:
 *
 *   test_proxy proxy = {.port = test_server_port(server)};
 *   test_server *between = test_server_start(test_proxy_handler, &proxy);
 *
 * It knows one server: whatever host is asked for, the connection goes to `port` of this
 * machine. So names that nothing resolves prove that the proxy was used.
 */
#ifndef DH_TESTS_PROXY_H
#define DH_TESTS_PROXY_H

#include "support/server.h"

typedef struct test_proxy {
  unsigned port;
  const char *basic; /* the credential that it wants, as Basic has it; NULL: none */
  int refuse;        /* answer everything with this status; 0: do not */
} test_proxy;

/* CONNECT and plain forwarding; `arg` is a test_proxy. */
void test_proxy_handler(void *arg, const test_request *request, test_conn *conn);

#endif
