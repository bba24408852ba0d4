/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "http/http.h"
#include "support/certs.h"
#include "support/server.h"
#include "support/tmpdir.h"

#include <datahub/context.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECRET "hush-hush-not-a-real-token"

static dh_context *context;
static test_server *server;
static char *dir;
static char url[256];
static dh_error error;
static dh_http_response *response;

static void up(void)
{
  context = dh_context_new(NULL, NULL);
  dir = test_tmpdir_new();
}

static void down(void)
{
  dh_http_free(response);
  response = NULL;
  test_server_stop(server);
  server = NULL;
  dh_context_free(context);
  test_tmpdir_remove(dir);
}

static const char *at(const char *path)
{
  snprintf(url, sizeof(url), "%s%s", test_server_url(server), path);
  return url;
}

static dh_http_request get(const char *where)
{
  dh_http_request request = {.struct_size = sizeof(request), .url = where, .timeout_ms = 20000};
  return request;
}

static dh_status perform(const dh_http_request *request)
{
  dh_error_clear(&error);
  dh_http_free(response);
  response = NULL;
  return dh_http_perform(context, request, &response, &error);
}

/* --- answers --- */

static void echo(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  test_reply(conn, 201, "X-One: first\r\nX-One: second\r\nx-empty:\r\n", request->body,
             request->body_size);
}

START_TEST(posts_a_body_and_reads_the_answer)
{
  server = test_server_start(echo, NULL);
  dh_http_header header = {"Authorization", "Bearer " SECRET};
  dh_http_request request = get(at("/a?b=c"));
  request.body = "one\0two";
  request.body_size = 7;
  request.headers = &header;
  request.header_count = 1;
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_int_eq(dh_http_status(response), 201);
  size_t size;
  ck_assert_mem_eq(dh_http_body(response, &size), "one\0two", 8);
  ck_assert_uint_eq(size, 7);
  const test_request *seen = test_server_request(server, 0);
  ck_assert_str_eq(seen->method, "POST");
  ck_assert_str_eq(seen->target, "/a?b=c");
  ck_assert_str_eq(test_request_header(seen, "authorization"), "Bearer " SECRET);
  ck_assert_ptr_null(test_request_header(seen, "content-type"));
  ck_assert_ptr_null(test_request_header(seen, "expect"));
  ck_assert(!strncmp(test_request_header(seen, "user-agent"), "libdatahub/", 11));
}
END_TEST

START_TEST(finds_headers_in_any_case)
{
  server = test_server_start(echo, NULL);
  dh_http_request request = get(at("/"));
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_str_eq(dh_http_header_of(response, "X-ONE"), "first");
  ck_assert_str_eq(dh_http_header_of(response, "X-Empty"), "");
  ck_assert_ptr_null(dh_http_header_of(response, "X-None"));
}
END_TEST

START_TEST(sends_the_method_asked_for)
{
  static const char *const methods[] = {"PUT", "DELETE", "HEAD", "POST", "PATCH"};
  server = test_server_start(echo, NULL);
  for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
    dh_http_request request = get(at("/"));
    request.method = methods[i];
    ck_assert_int_eq(perform(&request), DH_OK);
    ck_assert_str_eq(test_server_request(server, i)->method, methods[i]);
  }
}
END_TEST

static void chunked(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply_chunked(conn, 200, NULL, "abcdefghij", 10, 3);
}

START_TEST(reads_a_chunked_answer)
{
  server = test_server_start(chunked, NULL);
  dh_http_request request = get(at("/"));
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_str_eq(dh_http_body(response, NULL), "abcdefghij");
}
END_TEST

START_TEST(takes_a_request_of_an_older_minor)
{
  server = test_server_start(echo, NULL);
  dh_http_request request = get(at("/"));
  request.struct_size = offsetof(dh_http_request, max_body);
  request.max_body = 1; /* beyond what the caller's header knew: not looked at */
  request.body = "four";
  request.body_size = 4;
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_str_eq(dh_http_body(response, NULL), "four");
}
END_TEST

/* --- limits and refusals --- */

START_TEST(refuses_an_answer_that_is_too_large)
{
  server = test_server_start(echo, NULL);
  dh_http_request request = get(at("/"));
  request.max_body = 10;
  request.body = "eleven byte";
  request.body_size = 11;
  ck_assert_int_eq(perform(&request), DH_MALFORMED);
  ck_assert_ptr_nonnull(strstr(error.message, "larger than the 10 bytes"));
  request.body_size = 10;
  ck_assert_int_eq(perform(&request), DH_OK);
}
END_TEST

START_TEST(refuses_a_header_with_a_line_break)
{
  dh_http_header header = {"Authorization", "Bearer " SECRET "\nX: y"};
  dh_http_request request = get("http://127.0.0.1:9/");
  request.headers = &header;
  request.header_count = 1;
  ck_assert_int_eq(perform(&request), DH_MISCONFIGURED);
  ck_assert_ptr_nonnull(strstr(error.message, "header Authorization holds a line break"));
  ck_assert_ptr_null(strstr(error.message, SECRET));
}
END_TEST

START_TEST(refuses_what_is_not_a_url)
{
  static const char *const urls[] = {"", "gms.example.com", "ftp://h/", "file:///etc/passwd",
                                     "http://"};
  for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
    dh_http_request request = get(urls[i]);
    ck_assert_int_eq(perform(&request), DH_MISCONFIGURED);
    ck_assert_ptr_nonnull(strstr(error.message, "absolute http or https URL"));
  }
}
END_TEST

/* A port that nothing listens on: bound, not listening, so that nobody else takes it. */
static int closed_port(unsigned *port)
{
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof(address);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ck_assert(!bind(fd, (struct sockaddr *)&address, size));
  ck_assert(!getsockname(fd, (struct sockaddr *)&address, &size));
  *port = ntohs(address.sin_port);
  return fd;
}

START_TEST(says_that_a_connection_was_refused)
{
  unsigned port;
  int fd = closed_port(&port);
  snprintf(url, sizeof(url), "http://user:" SECRET "@127.0.0.1:%u/p?token=" SECRET, port);
  dh_http_request request = get(url);
  ck_assert_int_eq(perform(&request), DH_UNAVAILABLE);
  ck_assert_ptr_nonnull(strstr(error.message, "refused"));
  ck_assert_ptr_nonnull(strstr(error.message, "is the server running"));
  ck_assert_ptr_null(strstr(error.message, SECRET));
  close(fd);
}
END_TEST

START_TEST(says_that_a_name_cannot_be_resolved)
{
  dh_http_request request = get("http://no-such-host.invalid/");
  ck_assert_int_eq(perform(&request), DH_UNAVAILABLE);
  ck_assert_ptr_nonnull(strstr(error.message, "cannot be resolved"));
}
END_TEST

static void stall(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_stall(conn);
}

START_TEST(gives_up_when_the_time_is_over)
{
  char words[60];
  server = test_server_start(stall, NULL);
  dh_http_request request = get(at("/"));
  /* On a busy machine the time may be over before the request is there: then with more. */
  for (request.timeout_ms = 100; !test_server_count(server);) {
    request.timeout_ms *= 2;
    ck_assert_int_eq(perform(&request), DH_TIMEOUT);
  }
  snprintf(words, sizeof(words), "no whole answer came within %.1f s",
           (double)request.timeout_ms / 1000);
  ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
}
END_TEST

static void *perform_it(void *arg)
{
  perform(arg);
  return NULL;
}

START_TEST(gives_up_when_the_context_is_cancelled)
{
  pthread_t thread;
  server = test_server_start(stall, NULL);
  dh_http_request request = get(at("/?token=" SECRET));
  request.flags = DH_HTTP_RETRY;
  ck_assert_int_eq(pthread_create(&thread, NULL, perform_it, &request), 0);
  ck_assert(test_server_wait(server, 1));
  dh_context_cancel(context);
  pthread_join(thread, NULL);
  ck_assert_int_eq(error.status, DH_UNAVAILABLE);
  ck_assert_ptr_nonnull(strstr(error.message, "as the program is being stopped"));
  ck_assert_ptr_null(strstr(error.message, SECRET));
  ck_assert_ptr_null(response);
  ck_assert_int_eq(perform(&request), DH_UNAVAILABLE); /* nor does another one begin */
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

static void busy_for_long(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply(conn, 503, "Retry-After: 60\r\n", "", 0);
}

START_TEST(pause_before_another_try_ends_when_the_context_is_cancelled)
{
  pthread_t thread;
  server = test_server_start(busy_for_long, NULL);
  dh_http_request request = get(at("/"));
  request.flags = DH_HTTP_RETRY;
  request.timeout_ms = 3600000;
  ck_assert_int_eq(pthread_create(&thread, NULL, perform_it, &request), 0);
  ck_assert(test_server_wait(server, 1));
  dh_context_cancel(context);
  pthread_join(thread, NULL);
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

static void cut(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_truncate(conn, 200, "half", 4, 8);
}

START_TEST(says_that_an_answer_was_cut_short)
{
  server = test_server_start(cut, NULL);
  dh_http_request request = get(at("/"));
  ck_assert_int_eq(perform(&request), DH_UNAVAILABLE);
  ck_assert_ptr_nonnull(strstr(error.message, "cut short"));
}
END_TEST

static void reset(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reset(conn);
}

START_TEST(says_that_a_connection_broke)
{
  server = test_server_start(reset, NULL);
  dh_http_request request = get(at("/"));
  ck_assert_int_eq(perform(&request), DH_UNAVAILABLE);
  ck_assert_ptr_nonnull(strstr(error.message, "the connection broke"));
}
END_TEST

static void close_at_once(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_close(conn);
}

START_TEST(says_that_nothing_came)
{
  server = test_server_start(close_at_once, NULL);
  dh_http_request request = get(at("/"));
  ck_assert_int_eq(perform(&request), DH_UNAVAILABLE);
  ck_assert_ptr_nonnull(strstr(error.message, "without an answer"));
}
END_TEST

static void not_http(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_send(conn, "220 mail ready\r\n", 16);
  test_close(conn);
}

START_TEST(says_that_it_is_not_http)
{
  server = test_server_start(not_http, NULL);
  dh_http_request request = get(at("/"));
  ck_assert_int_eq(perform(&request), DH_MALFORMED);
  ck_assert_ptr_nonnull(strstr(error.message, "not HTTP"));
}
END_TEST

/* --- retries --- */

static void third_time(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  if (request->number == 0)
    test_reset(conn);
  else if (request->number == 1)
    test_reply(conn, 503, "Retry-After: 0\r\n", "", 0);
  else
    test_reply_text(conn, 200, "{}");
}

START_TEST(retries_what_may_pass)
{
  server = test_server_start(third_time, NULL);
  dh_http_request request = get(at("/"));
  request.flags = DH_HTTP_RETRY;
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_int_eq(dh_http_status(response), 200);
  ck_assert_uint_eq(test_server_count(server), 3);
}
END_TEST

START_TEST(does_not_retry_unasked)
{
  server = test_server_start(third_time, NULL);
  dh_http_request request = get(at("/"));
  ck_assert_int_eq(perform(&request), DH_UNAVAILABLE);
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

static void always_503(void *arg, const test_request *request, test_conn *conn)
{
  (void)request;
  test_reply(conn, 503, arg, "busy", 4);
}

START_TEST(hands_the_last_refusal_over)
{
  server = test_server_start(always_503, "Retry-After: 0\r\n");
  dh_http_request request = get(at("/"));
  request.flags = DH_HTTP_RETRY;
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_int_eq(dh_http_status(response), 503);
  ck_assert_str_eq(dh_http_body(response, NULL), "busy");
  ck_assert_uint_eq(test_server_count(server), 5);
}
END_TEST

START_TEST(does_not_wait_longer_than_its_time)
{
  server = test_server_start(always_503, "Retry-After: 3600\r\n");
  dh_http_request request = get(at("/"));
  request.flags = DH_HTTP_RETRY;
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_int_eq(dh_http_status(response), 503);
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

static void always_401(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply(conn, 401, NULL, "", 0);
}

START_TEST(does_not_retry_a_refusal)
{
  server = test_server_start(always_401, NULL);
  dh_http_request request = get(at("/"));
  request.flags = DH_HTTP_RETRY;
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_int_eq(dh_http_status(response), 401);
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

/* --- redirects --- */

static void redirect(void *arg, const test_request *request, test_conn *conn)
{
  char line[300];
  int status = !strncmp(request->target, "/303", 4) ? 303 : 307;
  if (!strcmp(request->target, "/end")) {
    test_reply_text(conn, 200, "\"end\"");
    return;
  }
  snprintf(line, sizeof(line), "Location: %s\r\n", arg ? (const char *)arg : "/end");
  test_reply(conn, status, line, "", 0);
}

START_TEST(follows_on_the_same_origin)
{
  server = test_server_start(redirect, NULL);
  dh_http_request request = get(at("/307"));
  request.flags = DH_HTTP_FOLLOW;
  request.body = "x";
  request.body_size = 1;
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_str_eq(dh_http_body(response, NULL), "\"end\"");
  ck_assert_str_eq(test_server_request(server, 1)->method, "POST");
}
END_TEST

START_TEST(a_303_is_followed_by_a_get)
{
  server = test_server_start(redirect, NULL);
  dh_http_request request = get(at("/303"));
  request.flags = DH_HTTP_FOLLOW;
  request.body = "x";
  request.body_size = 1;
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_str_eq(test_server_request(server, 1)->method, "GET");
  ck_assert_uint_eq(test_server_request(server, 1)->body_size, 0);
}
END_TEST

START_TEST(does_not_follow_unasked)
{
  server = test_server_start(redirect, NULL);
  dh_http_request request = get(at("/307"));
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_int_eq(dh_http_status(response), 307);
}
END_TEST

START_TEST(never_follows_to_another_origin)
{
  test_server *other = test_server_start(echo, NULL);
  char target[200];
  snprintf(target, sizeof(target), "%s/end", test_server_url(other));
  server = test_server_start(redirect, target);
  dh_http_header header = {"Authorization", "Bearer " SECRET};
  dh_http_request request = get(at("/307"));
  request.flags = DH_HTTP_FOLLOW;
  request.headers = &header;
  request.header_count = 1;
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_int_eq(dh_http_status(response), 307);
  ck_assert_uint_eq(test_server_connections(other), 0);
  test_server_stop(other);
}
END_TEST

START_TEST(does_not_follow_in_circles)
{
  server = test_server_start(redirect, "/307");
  dh_http_request request = get(at("/307"));
  request.flags = DH_HTTP_FOLLOW;
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_int_eq(dh_http_status(response), 307);
  ck_assert_uint_eq(test_server_count(server), 6);
}
END_TEST

START_TEST(goes_through_the_proxy_asked_for)
{
  server = test_server_start(echo, NULL);
  dh_http_request request = get("http://gms.invalid/config");
  request.proxy = test_server_url(server);
  ck_assert_int_eq(perform(&request), DH_OK);
  ck_assert_str_eq(test_server_request(server, 0)->target, "http://gms.invalid/config");
}
END_TEST

/* --- TLS --- */

static dh_status over_tls(const char *cert, const char *ca, const char *client_ca,
                          const char *client)
{
  char file[64];
  test_certs_make(dir);
  snprintf(file, sizeof(file), "%s.pem", cert);
  char *cert_file = test_path(dir, file);
  snprintf(file, sizeof(file), "%s.key", cert);
  char *key_file = test_path(dir, file);
  char *ca_file = ca ? test_path(dir, ca) : NULL;
  char *client_ca_file = client_ca ? test_path(dir, client_ca) : NULL;
  char *client_cert = test_path(dir, "client.pem"), *client_key = test_path(dir, "client.key");
  server = test_server_start_tls(echo, NULL, cert_file, key_file, client_ca_file);
  dh_http_request request = get(at("/"));
  request.ca_file = ca_file;
  if (client) {
    request.cert_file = client_cert;
    request.key_file = client_key;
  }
  dh_status status = perform(&request);
  free(cert_file);
  free(key_file);
  free(ca_file);
  free(client_ca_file);
  free(client_cert);
  free(client_key);
  return status;
}

START_TEST(tls_with_a_good_certificate)
{
  ck_assert_int_eq(over_tls("good", "ca.pem", NULL, NULL), DH_OK);
  ck_assert_int_eq(dh_http_status(response), 201);
}
END_TEST

START_TEST(tls_expired)
{
  ck_assert_int_eq(over_tls("expired", "ca.pem", NULL, NULL), DH_UNAVAILABLE);
  ck_assert_ptr_nonnull(strstr(error.message, "certificate has expired"));
}
END_TEST

START_TEST(tls_for_another_name)
{
  ck_assert_int_eq(over_tls("wrong-name", "ca.pem", NULL, NULL), DH_MISCONFIGURED);
  ck_assert_msg(strstr(error.message, "for another name") != NULL, "%s", error.message);
}
END_TEST

START_TEST(tls_of_an_unknown_authority)
{
  ck_assert_int_eq(over_tls("stranger", "ca.pem", NULL, NULL), DH_MISCONFIGURED);
  ck_assert_ptr_nonnull(strstr(error.message, "authority that is not trusted"));
}
END_TEST

START_TEST(tls_with_an_authority_file_that_is_missing)
{
  ck_assert_int_eq(over_tls("good", "none.pem", NULL, NULL), DH_MISCONFIGURED);
  ck_assert_ptr_nonnull(strstr(error.message, "none.pem cannot be read"));
}
END_TEST

START_TEST(tls_with_a_client_certificate)
{
  ck_assert_int_eq(over_tls("good", "ca.pem", "ca.pem", "client"), DH_OK);
}
END_TEST

START_TEST(tls_without_the_client_certificate_that_is_wanted)
{
  ck_assert_int_eq(over_tls("good", "ca.pem", "ca.pem", NULL), DH_UNAVAILABLE);
  ck_assert_str_ne(error.message, "");
}
END_TEST

/* --- threads --- */

static void *many_requests(void *arg)
{
  dh_http_request request = get(arg);
  for (int i = 0; i < 20; i++) {
    dh_http_response *mine;
    if (dh_http_perform(context, &request, &mine, NULL))
      return arg;
    dh_http_free(mine);
  }
  return NULL;
}

START_TEST(many_threads_at_once)
{
  pthread_t threads[4];
  void *failed;
  server = test_server_start(echo, NULL);
  at("/");
  for (size_t i = 0; i < 4; i++)
    ck_assert(!pthread_create(&threads[i], NULL, many_requests, url));
  for (size_t i = 0; i < 4; i++) {
    pthread_join(threads[i], &failed);
    ck_assert_ptr_null(failed);
  }
  ck_assert_uint_eq(test_server_count(server), 80);
}
END_TEST

static TCase *new_case(const char *name)
{
  TCase *c = tcase_create(name);
  tcase_add_checked_fixture(c, up, down);
  tcase_set_timeout(c, 60);
  return c;
}

static TCase *case_answers(void)
{
  TCase *c = new_case("answers");
  tcase_add_test(c, posts_a_body_and_reads_the_answer);
  tcase_add_test(c, finds_headers_in_any_case);
  tcase_add_test(c, sends_the_method_asked_for);
  tcase_add_test(c, reads_a_chunked_answer);
  tcase_add_test(c, takes_a_request_of_an_older_minor);
  tcase_add_test(c, many_threads_at_once);
  return c;
}

static TCase *case_failures(void)
{
  TCase *c = new_case("failures");
  tcase_add_test(c, refuses_an_answer_that_is_too_large);
  tcase_add_test(c, refuses_a_header_with_a_line_break);
  tcase_add_test(c, refuses_what_is_not_a_url);
  tcase_add_test(c, says_that_a_connection_was_refused);
  tcase_add_test(c, says_that_a_name_cannot_be_resolved);
  tcase_add_test(c, gives_up_when_the_time_is_over);
  tcase_add_test(c, gives_up_when_the_context_is_cancelled);
  tcase_add_test(c, pause_before_another_try_ends_when_the_context_is_cancelled);
  tcase_add_test(c, says_that_an_answer_was_cut_short);
  tcase_add_test(c, says_that_a_connection_broke);
  tcase_add_test(c, says_that_nothing_came);
  tcase_add_test(c, says_that_it_is_not_http);
  return c;
}

static TCase *case_retries(void)
{
  TCase *c = new_case("retries");
  tcase_add_test(c, retries_what_may_pass);
  tcase_add_test(c, does_not_retry_unasked);
  tcase_add_test(c, hands_the_last_refusal_over);
  tcase_add_test(c, does_not_wait_longer_than_its_time);
  tcase_add_test(c, does_not_retry_a_refusal);
  return c;
}

static TCase *case_redirects(void)
{
  TCase *c = new_case("redirects");
  tcase_add_test(c, follows_on_the_same_origin);
  tcase_add_test(c, a_303_is_followed_by_a_get);
  tcase_add_test(c, does_not_follow_unasked);
  tcase_add_test(c, never_follows_to_another_origin);
  tcase_add_test(c, does_not_follow_in_circles);
  tcase_add_test(c, goes_through_the_proxy_asked_for);
  return c;
}

static TCase *case_tls(void)
{
  TCase *c = new_case("tls");
  tcase_add_test(c, tls_with_a_good_certificate);
  tcase_add_test(c, tls_expired);
  tcase_add_test(c, tls_for_another_name);
  tcase_add_test(c, tls_of_an_unknown_authority);
  tcase_add_test(c, tls_with_an_authority_file_that_is_missing);
  tcase_add_test(c, tls_with_a_client_certificate);
  tcase_add_test(c, tls_without_the_client_certificate_that_is_wanted);
  return c;
}

SUITE("http", case_answers(), case_failures(), case_retries(), case_redirects(), case_tls())
