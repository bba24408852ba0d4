/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Through a real nginx over TLS, with HTTP/2 and without: what it logs says what was spoken.
 */
#include "emit/stage.h"
#include "support/certs.h"
#include "support/nginx.h"

#include <stdio.h>
#include <string.h>

enum { URNS = 20 };

static test_nginx *nginx;

static void teardown(void)
{
  stage_teardown();
  test_nginx_stop(nginx);
  nginx = NULL;
}

static void start(const char *listen, const char *more)
{
  test_certs_make(dir);
  stage_start(NULL, 0);
  nginx = test_nginx_start(dir, listen, more, test_server_port(server));
  fixture_set(&f, "server", test_nginx_url(nginx));
  stage_set_path("ca_certificate_path", "ca.pem");
  fixture_set(&f, "max_threads", "8");
}

/* What nginx has logged. */
typedef struct spoken {
  size_t http1, http2, status_200, status_413;
  size_t connections;
} spoken;

static spoken ended(void)
{
  spoken s = {0};
  char protocol[16];
  unsigned connection, status;
  unsigned seen[256];
  test_nginx_stop(nginx);
  nginx = NULL;
  char *path = test_path(dir, "access.log"), *text = test_read(path, NULL);
  for (const char *line = text; *line; line = strchr(line, '\n') + 1) {
    ck_assert_int_eq(sscanf(line, "%15s %u %u", protocol, &connection, &status), 3);
    s.http1 += !strcmp(protocol, "HTTP/1.1");
    s.http2 += !strcmp(protocol, "HTTP/2.0");
    s.status_200 += status == 200;
    s.status_413 += status == 413;
    size_t i = 0;
    while (i < s.connections && seen[i] != connection)
      i++;
    if (i == s.connections && i < 256)
      seen[s.connections++] = connection;
  }
  free(path);
  free(text);
  return s;
}

/* All are delivered, and the server saw each dataset's records once and in order. */
static void all_arrive(size_t count)
{
  dh_error error;
  long last[URNS];
  size_t seen = 0;
  fixture_open(&f);
  fixture_emit_many(&f, count, URNS);
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  for (size_t i = 0; i < count; i++)
    ck_assert_msg(fixture_line(&f, i)->fate == DH_DELIVERED, "%zu: %s", i,
                  fixture_line(&f, i)->words);
  for (size_t i = 0; i < URNS; i++)
    last[i] = -1;
  for (size_t i = 0; i < test_server_count(server); i++) {
    const char *at = test_server_request(server, i)->body;
    for (long n; (n = fixture_number(at, &at)) >= 0; seen++) {
      ck_assert_int_gt(n, last[n % URNS]);
      last[n % URNS] = n;
    }
  }
  ck_assert_uint_eq(seen, count);
}

START_TEST(test_many_requests_on_one_connection)
{
  start("ssl http2", NULL);
  fixture_set(&f, "max_per_batch", "5");
  all_arrive(1000);
  spoken s = ended();
  ck_assert_uint_ge(s.http2, 200);
  ck_assert_uint_eq(s.http1, 0);
  ck_assert_uint_eq(s.connections, 1);
}
END_TEST

START_TEST(test_http1_where_that_is_all)
{
  start("ssl", NULL);
  fixture_set(&f, "max_per_batch", "5");
  all_arrive(1000);
  spoken s = ended();
  ck_assert_uint_ge(s.http1, 200);
  ck_assert_uint_eq(s.http2, 0);
  ck_assert_uint_le(s.connections, 8);
}
END_TEST

/* nginx ends a connection after so many requests, with a GOAWAY that crosses with new ones. */
START_TEST(test_a_connection_that_is_used_up)
{
  start("ssl http2", "keepalive_requests 10;");
  fixture_set(&f, "max_per_batch", "5");
  all_arrive(1000);
  spoken s = ended();
  ck_assert_uint_ge(s.http2, 200);
  ck_assert_uint_ge(s.connections, 20);
}
END_TEST

/* It answers before the body has been sent, and does not want the rest. */
START_TEST(test_body_that_is_too_large)
{
  static const char *const listen[] = {"ssl http2", "ssl"};
  start(listen[_i], "client_max_body_size 300k;");
  fixture_set(&f, "max_pending_bytes", "64M");
  fixture_set(&f, "linger", "1h");
  f.padding = 100000;
  all_arrive(60);
  spoken s = ended();
  ck_assert_uint_ge(s.status_413, 1);
  ck_assert_uint_ge(s.status_200, 20);
}
END_TEST

int main(void)
{
  if (!test_nginx_is_there()) {
    puts("skipped: nginx is not installed");
    return 77;
  }
  TCase *c = tcase_create("nginx");
  Suite *suite = suite_create("http2");
  tcase_add_checked_fixture(c, stage_setup, teardown);
  tcase_set_timeout(c, 60);
  tcase_add_test(c, test_many_requests_on_one_connection);
  tcase_add_test(c, test_http1_where_that_is_all);
  tcase_add_test(c, test_a_connection_that_is_used_up);
  tcase_add_loop_test(c, test_body_that_is_too_large, 0, 2);
  suite_add_tcase(suite, c);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
