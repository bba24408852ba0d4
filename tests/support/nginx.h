/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real nginx before a scripted server: what a deployment has between. It listens on a socket
 * that the test has bound, so that no port is guessed and nothing is waited for.
 */
#ifndef DH_TESTS_NGINX_H
#define DH_TESTS_NGINX_H

#include <stdbool.h>

typedef struct test_nginx test_nginx;

/* Whether there is one. */
bool test_nginx_is_there(void);

/* https://127.0.0.1:PORT before 127.0.0.1:`upstream`. `listen` is "ssl", or "ssl http2"; `more`
 * are further lines for the server block. `dir` holds good.pem and good.key, and gets its files.
 * Ends the program where it cannot start. */
test_nginx *test_nginx_start(const char *dir, const char *listen, const char *more,
                             unsigned upstream);
const char *test_nginx_url(const test_nginx *nginx);
/* Ends it, with all that it has logged in "DIR/access.log": a line for each request, with the
 * protocol, the connection's number and the status: "HTTP/2.0 1 200". NULL is accepted. */
void test_nginx_stop(test_nginx *nginx);

#endif
