/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Through a proxy: which one, what it gets to see, and what is said of one that refuses.
 */
#include "emit/stage.h"
#include "support/proxy.h"

#include <stdio.h>
#include <string.h>

#define TOKEN "test-token-not-real"
#define PASSWORD "hush-not-real"
#define BASIC "bWU6aHVzaC1ub3QtcmVhbA==" /* me:hush-not-real */

static test_proxy proxy;
static test_server *between;
static char url[200];

static void setup(void)
{
  stage_setup();
  memset(&proxy, 0, sizeof(proxy));
}

static void teardown(void)
{
  stage_teardown();
  test_server_stop(between);
  between = NULL;
}

static void start_proxy(void)
{
  proxy.port = test_server_port(server);
  between = test_server_start(test_proxy_handler, &proxy);
}

/* A server at a name that nobody but the proxy can find. */
static void start_http(void)
{
  stage_start(NULL, 0);
  fixture_set(&f, "server", "http://gms.invalid:8080");
  fixture_set(&f, "token", TOKEN);
  start_proxy();
}

/* The same over TLS; the certificate is for the name `localhost`. */
static void start_https(void)
{
  stage_start_tls("good", NULL);
  fixture_set(&f, "server", "https://localhost:8443");
  fixture_set(&f, "token", TOKEN);
  start_proxy();
}

/* "http://USER@127.0.0.1:PORT", kept until the next. */
static const char *proxy_url(const char *user)
{
  snprintf(url, sizeof(url), "http://%s%s127.0.0.1:%u", user, *user ? "@" : "",
           test_server_port(between));
  return url;
}

static const char *seen(test_server *by, const char *header)
{
  return test_request_header(test_server_request(by, 0), header);
}

/* The run stops, and says these words, but never the password. */
static void stops(dh_status status, const char *words)
{
  dh_error error;
  fixture_open(&f);
  fixture_emit_many(&f, 3, 3);
  ck_assert_int_eq(fixture_close(&f, -1, &error), status);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 3);
  ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
  ck_assert_msg(!strstr(error.message, PASSWORD), "%s", error.message);
  ck_assert(!fixture_logged(&f, PASSWORD));
}

/* --- by option --- */

START_TEST(test_http)
{
  start_http();
  fixture_set(&f, "proxy", proxy_url(""));
  stage_survives(1);
  ck_assert_str_eq(test_server_request(between, 0)->target,
                   "http://gms.invalid:8080/aspects?action=ingestProposalBatch");
  ck_assert_str_eq(seen(server, "Authorization"), "Bearer " TOKEN);
}
END_TEST

/* The proxy sees where to, and nothing of what is for the server. */
START_TEST(test_https_by_connect)
{
  start_https();
  fixture_set(&f, "proxy", proxy_url(""));
  fixture_set(&f, "extra_headers.X-Team", "data");
  stage_survives(1);
  ck_assert_str_eq(test_server_request(between, 0)->method, "CONNECT");
  ck_assert_str_eq(test_server_request(between, 0)->target, "localhost:8443");
  ck_assert_ptr_null(seen(between, "Authorization"));
  ck_assert_ptr_null(seen(between, "X-Team"));
  ck_assert_ptr_null(strstr(test_server_request(between, 0)->head, TOKEN));
  ck_assert_str_eq(seen(server, "Authorization"), "Bearer " TOKEN);
  ck_assert_str_eq(seen(server, "X-Team"), "data");
}
END_TEST

START_TEST(test_user_and_password)
{
  start_http();
  proxy.basic = BASIC;
  fixture_set(&f, "proxy", proxy_url("me:" PASSWORD));
  stage_survives(1);
  ck_assert_str_eq(seen(between, "Proxy-Authorization"), "Basic " BASIC);
  ck_assert_ptr_null(seen(server, "Proxy-Authorization"));
}
END_TEST

START_TEST(test_user_and_password_by_connect)
{
  start_https();
  proxy.basic = BASIC;
  fixture_set(&f, "proxy", proxy_url("me:" PASSWORD));
  stage_survives(1);
  ck_assert_str_eq(seen(between, "Proxy-Authorization"), "Basic " BASIC);
  ck_assert_ptr_null(seen(between, "Authorization"));
  ck_assert_ptr_null(seen(server, "Proxy-Authorization"));
}
END_TEST

/* --- by the environment; each test is a process of its own --- */

START_TEST(test_http_proxy)
{
  start_http();
  setenv("http_proxy", proxy_url(""), 1);
  setenv("https_proxy", "http://127.0.0.1:1", 1);
  stage_survives(1);
  ck_assert_uint_eq(test_server_count(between), 1);
}
END_TEST

START_TEST(test_https_proxy)
{
  start_https();
  setenv("https_proxy", proxy_url(""), 1);
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  stage_survives(1);
  ck_assert_str_eq(test_server_request(between, 0)->method, "CONNECT");
}
END_TEST

START_TEST(test_no_proxy)
{
  stage_start(NULL, 0);
  start_proxy();
  setenv("http_proxy", proxy_url(""), 1);
  setenv("no_proxy", "example.com,127.0.0.1", 1);
  stage_survives(1);
  ck_assert_uint_eq(test_server_connections(between), 0);
}
END_TEST

START_TEST(test_the_option_wins)
{
  start_http();
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("no_proxy", "*", 1);
  fixture_set(&f, "proxy", proxy_url(""));
  stage_survives(1);
  ck_assert_uint_eq(test_server_count(between), 1);
}
END_TEST

START_TEST(test_an_empty_option_is_no_proxy)
{
  stage_start(NULL, 0);
  start_proxy();
  setenv("http_proxy", proxy_url(""), 1);
  fixture_set(&f, "proxy", "");
  stage_survives(1);
  ck_assert_uint_eq(test_server_connections(between), 0);
}
END_TEST

/* --- a proxy that does not do it --- */

START_TEST(test_wants_a_password)
{
  start_http();
  proxy.basic = BASIC;
  fixture_set(&f, "proxy", proxy_url("me:wrong-" PASSWORD));
  stops(DH_MISCONFIGURED, "the proxy before http://gms.invalid:8080 wants a user and a password");
  ck_assert_uint_eq(test_server_connections(server), 0);
}
END_TEST

START_TEST(test_wants_a_password_by_connect)
{
  start_https();
  proxy.basic = BASIC;
  fixture_set(&f, "proxy", proxy_url("me:wrong-" PASSWORD));
  stops(DH_MISCONFIGURED, "of the `proxy` option wants a user and a password");
  ck_assert_uint_eq(test_server_connections(server), 0);
}
END_TEST

START_TEST(test_does_not_let_through)
{
  start_https();
  proxy.refuse = 403;
  setenv("https_proxy", proxy_url("me:" PASSWORD), 1);
  stops(DH_MISCONFIGURED, "of https_proxy does not let this host through (403)");
  ck_assert_uint_eq(test_server_count(between), 1);
}
END_TEST

/* That may pass: it is tried again. */
START_TEST(test_cannot_reach_the_server)
{
  start_https();
  test_server_down(server);
  fixture_set(&f, "proxy", proxy_url("me:" PASSWORD));
  stops(DH_UNAVAILABLE, "of the `proxy` option cannot reach the host (502)");
  ck_assert_uint_eq(test_server_count(between), 2);
}
END_TEST

START_TEST(test_is_away)
{
  start_https();
  test_server_down(between);
  setenv("all_proxy", proxy_url("me:" PASSWORD), 1);
  stops(DH_UNAVAILABLE, "of all_proxy cannot be connected to");
}
END_TEST

START_TEST(test_has_no_name)
{
  start_http();
  setenv("http_proxy", "http://me:" PASSWORD "@proxy.invalid:3128", 1);
  fixture_set(&f, "retry_max_times", "0");
  stops(DH_UNAVAILABLE, "the name of the proxy proxy.invalid:3128 of http_proxy");
}
END_TEST

START_TEST(test_is_no_proxy)
{
  static const char *const urls[] = {"ftp://me:" PASSWORD "@127.0.0.1:1", "http://me:" PASSWORD "@",
                                     "http://me:" PASSWORD "@127.0.0.1:port"};
  start_http();
  fixture_set(&f, "proxy", urls[_i]);
  stops(DH_MISCONFIGURED, "the proxy that the `proxy` option names has no address");
}
END_TEST

static TCase *make(const char *name)
{
  TCase *c = tcase_create(name);
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_set_timeout(c, 60);
  return c;
}

static TCase *case_option(void)
{
  TCase *c = make("option");
  tcase_add_test(c, test_http);
  tcase_add_test(c, test_https_by_connect);
  tcase_add_test(c, test_user_and_password);
  tcase_add_test(c, test_user_and_password_by_connect);
  return c;
}

static TCase *case_environment(void)
{
  TCase *c = make("environment");
  tcase_add_test(c, test_http_proxy);
  tcase_add_test(c, test_https_proxy);
  tcase_add_test(c, test_no_proxy);
  tcase_add_test(c, test_the_option_wins);
  tcase_add_test(c, test_an_empty_option_is_no_proxy);
  return c;
}

static TCase *case_refusals(void)
{
  TCase *c = make("refusals");
  tcase_add_test(c, test_wants_a_password);
  tcase_add_test(c, test_wants_a_password_by_connect);
  tcase_add_test(c, test_does_not_let_through);
  tcase_add_test(c, test_cannot_reach_the_server);
  tcase_add_test(c, test_is_away);
  tcase_add_test(c, test_has_no_name);
  tcase_add_loop_test(c, test_is_no_proxy, 0, 3);
  return c;
}

SUITE("proxy", case_option(), case_environment(), case_refusals())
