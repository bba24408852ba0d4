/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub-authd over real sockets: what a gateway is answered, to well-formed requests and to others.
 */
#include "support/server.h"
#include "support/tmpdir.h"
#include "tools/authd/stage.h"

#include <arpa/inet.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes on a connection of their own. */
static int say(const char *bytes, size_t size)
{
  int fd = authd_connect(&authd);
  authd_send(fd, bytes, size);
  shutdown(fd, SHUT_WR);
  authd_read(fd, &reply);
  close(fd);
  return reply.status;
}

static int say_headers(const char *headers)
{
  int fd = authd_connect(&authd);
  authd_get(fd, "/auth", headers, &reply);
  close(fd);
  return reply.status;
}

static void header_is(const char *name, const char *value)
{
  const char *found = authd_header_of(&reply, name);
  ck_assert_msg(found != NULL, "no %s", name);
  ck_assert_str_eq(found, value);
}

/* --- 200 --- */

START_TEST(good_token_is_answered_with_who_it_is)
{
  char id[DH_PAT_ID_SIZE];
  stage_start("");
  char *token = authd_issue(&authd, "2", "jdoe", 0, id);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
  header_is("X-DataHub-Actor", "urn:li:corpuser:jdoe");
  header_is("X-DataHub-Actor-Type", "USER");
  header_is("X-DataHub-Token-Type", "PERSONAL");
  header_is("X-DataHub-Token-Id", id);
  header_is("X-DataHub-Issuer", "datahub-metadata-service");
  free(token);
}
END_TEST

/* An empty one is there too, so that a gateway that copies it overwrites a forged one. */
START_TEST(header_without_a_value_is_there)
{
  stage_start("claims = (\"absent\");");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
  header_is("X-DataHub-Expires", "");
  header_is("X-DataHub-Claim-absent", "");
  free(token);
}
END_TEST

START_TEST(expiry_is_told)
{
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", 3600000, NULL);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
  ck_assert_uint_eq(strlen(authd_header_of(&reply, "X-DataHub-Expires")), 20);
  free(token);
}
END_TEST

START_TEST(claims_are_passed_on)
{
  stage_start("claims = (\"actorId\", \"version\");");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
  header_is("X-DataHub-Claim-actorId", "jdoe");
  header_is("X-DataHub-Claim-version", "1");
  free(token);
}
END_TEST

START_TEST(headers_of_the_caller_are_not_echoed)
{
  char headers[2048];
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  snprintf(
      headers, sizeof(headers),
      "Authorization: %s\r\nX-DataHub-Actor: urn:li:corpuser:admin\r\nX-DataHub-Expires: x\r\n",
      token);
  ck_assert_int_eq(say_headers(headers), 200);
  ck_assert_uint_eq(authd_count_of(&reply, "X-DataHub-Actor"), 1);
  header_is("X-DataHub-Actor", "urn:li:corpuser:jdoe");
  header_is("X-DataHub-Expires", "");
  free(token);
}
END_TEST

START_TEST(callers_of_one_connection_are_told_apart)
{
  char headers[2048];
  stage_start("");
  int fd = authd_connect(&authd);
  for (int i = 0; i < 40; i++) {
    char *token = authd_issue(&authd, "1", i % 2 ? "anna" : "bert", 0, NULL);
    snprintf(headers, sizeof(headers), "Authorization: %s\r\n", token);
    for (int again = 0; again < 8; again++) { /* until caches of all kinds answer */
      authd_get(fd, "/auth", headers, &reply);
      ck_assert_int_eq(reply.status, 200);
      header_is("X-DataHub-Actor", i % 2 ? "urn:li:corpuser:anna" : "urn:li:corpuser:bert");
    }
    authd_get(fd, "/auth", "", &reply);
    ck_assert_int_eq(reply.status, 401);
    free(token);
  }
  close(fd);
}
END_TEST

START_TEST(any_method_and_path_below_auth_asks)
{
  static const char *const lines[] = {"POST /auth/x/y HTTP/1.1", "DELETE /auth/ HTTP/1.1",
                                      "OPTIONS /auth?x=1 HTTP/1.1"};
  char request[2048];
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  snprintf(request, sizeof(request),
           "%s\r\nHost: x\r\nAuthorization: %s\r\nContent-Length: 3\r\n\r\nabc", lines[_i], token);
  ck_assert_int_eq(say(request, strlen(request)), 200);
  free(token);
}
END_TEST

/* --- 401 --- */

static void is_challenge(bool presented)
{
  ck_assert_uint_eq(authd_count_of(&reply, "WWW-Authenticate"), 1);
  header_is("WWW-Authenticate",
            presented ? "Bearer realm=\"shop\", error=\"invalid_token\", error_description=\"The "
                        "access token is not valid or no longer valid\""
                      : "Bearer realm=\"shop\"");
  ck_assert_uint_eq(authd_count_of(&reply, "X-DataHub-Actor"), 0);
}

START_TEST(no_credential_is_challenged_without_an_error)
{
  stage_start("realm = \"shop\";");
  ck_assert_int_eq(authd_ask(&authd, NULL, &reply), 401);
  is_challenge(false);
}
END_TEST

static const char *const wrong[] = {"Bearer",     "Bearer x", "Bearer a.b.c",
                                    "Basic eDp5", "x",        "Bearer "};

START_TEST(wrong_credential_is_challenged_with_an_error)
{
  stage_start("realm = \"shop\";");
  ck_assert_int_eq(authd_ask(&authd, wrong[_i], &reply), 401);
  is_challenge(true);
}
END_TEST

START_TEST(expired_token_is_told_no_more_than_a_wrong_one)
{
  stage_start("realm = \"shop\";");
  char *token = authd_issue(&authd, "1", "jdoe", -3600000, NULL);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 401);
  is_challenge(true);
  free(token);
}
END_TEST

START_TEST(revoked_token_is_refused_once_the_delay_is_over)
{
  char id[DH_PAT_ID_SIZE];
  stage_start("realm = \"shop\";");
  char *token = authd_issue(&authd, "2", "jdoe", 0, id);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
  ck_assert_int_eq(dh_pat_store_revoke(authd.store, id, dh_wall_ms(authd.context), NULL), DH_OK);
  /* The delay is 50 ms here; it is over at some time, and then it stays so. */
  for (int i = 0; i < 2000 && authd_ask(&authd, token, &reply) == 200; i++)
    usleep(5000);
  ck_assert_int_eq(reply.status, 401);
  is_challenge(true);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 401);
  free(token);
}
END_TEST

/* --- requests that may be read in two ways --- */

START_TEST(two_credentials_are_refused)
{
  char headers[4096];
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  snprintf(headers, sizeof(headers), "Authorization: %s\r\nauthorization: %s\r\n", token, token);
  ck_assert_int_eq(say_headers(headers), 401);
  snprintf(headers, sizeof(headers), "Authorization: %s\r\nAuthorization:\r\n", token);
  ck_assert_int_ne(say_headers(headers), 200);
  free(token);
}
END_TEST

/* libmicrohttpd 0.9 ends a value there: what is in front must be a good token all by itself. */
START_TEST(zero_byte_in_a_credential_joins_nothing)
{
  char request[2048];
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  size_t half = strlen(token) / 2;
  int size = snprintf(request, sizeof(request),
                      "GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization: %.*s~%s\r\n\r\n", (int)half,
                      token, token + half);
  *strchr(request, '~') = '\0';
  ck_assert_int_ne(say(request, (size_t)size), 200);
  free(token);
}
END_TEST

/* RFC 9112, section 5.2: refused, or read as one space; a token in two halves is then none. */
START_TEST(folded_credential_is_not_joined)
{
  char headers[2048];
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  size_t half = strlen(token) / 2;
  snprintf(headers, sizeof(headers), "Authorization: %.*s\r\n %s\r\n", (int)half, token,
           token + half);
  ck_assert_int_ne(say_headers(headers), 200);
  free(token);
}
END_TEST

START_TEST(credential_in_a_fold_of_another_header_is_none)
{
  char headers[2048];
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  snprintf(headers, sizeof(headers), "X-Other: a\r\n Authorization: %s\r\n", token);
  ck_assert_int_ne(say_headers(headers), 200);
  free(token);
}
END_TEST

START_TEST(bare_carriage_return_in_a_credential_is_refused)
{
  char headers[2048];
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  snprintf(headers, sizeof(headers), "Authorization: %s\rX-A: b\r\n", token);
  ck_assert_int_ne(say_headers(headers), 200);
  free(token);
}
END_TEST

START_TEST(name_with_a_space_is_not_the_header)
{
  char headers[2048];
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  snprintf(headers, sizeof(headers), "Authorization : %s\r\n", token);
  ck_assert_int_ne(say_headers(headers), 200);
  free(token);
}
END_TEST

/* Two lengths could hide a second request from one of two readers. */
START_TEST(second_length_is_refused)
{
  static const char request[] = "POST /auth HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
                                "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  stage_start("");
  ck_assert_int_ne(say(request, sizeof(request) - 1), 200);
}
END_TEST

static const char *const garbage[] = {"\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00",
                                      "GET /auth HTTP/1.1\r\n\r\n",
                                      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"};

START_TEST(no_http_is_survived)
{
  stage_start("");
  ck_assert_int_ne(say(garbage[_i], strlen(garbage[_i])), 200);
  ck_assert_int_eq(authd_ask(&authd, NULL, &reply), 401);
}
END_TEST

/* --- 503 --- */

static const char introspect[] = "{ control = \"required\"; plugin = \"introspect\"; config = { "
                                 "endpoint = \"%s/introspect\"; client_id = \"a\"; client_secret = "
                                 "\"a-made-up-secret\"; }; }";

static void know_everyone(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply_text(conn, 200, "{\"active\":true,\"sub\":\"jdoe\",\"token_type\":\"Bearer\"}");
}

START_TEST(issuer_out_of_reach_is_undecided)
{
  char stack[512];
  test_server *issuer = test_server_start(know_everyone, NULL);
  snprintf(stack, sizeof(stack), introspect, test_server_url(issuer));
  authd_configure(&authd, stack, "0s", "");
  authd_start(&authd, NULL);
  ck_assert_int_eq(authd_ask(&authd, "Bearer opaque-token", &reply), 200);
  header_is("X-DataHub-Actor", "urn:li:corpuser:jdoe");
  test_server_down(issuer);
  ck_assert_int_eq(authd_ask(&authd, "Bearer opaque-token", &reply), 503);
  header_is("Retry-After", "1");
  ck_assert_uint_eq(authd_count_of(&reply, "WWW-Authenticate"), 0);
  test_server_up(issuer);
  ck_assert_int_eq(authd_ask(&authd, "Bearer opaque-token", &reply), 200);
  test_server_stop(issuer);
}
END_TEST

START_TEST(broken_store_is_undecided)
{
  char id[DH_PAT_ID_SIZE];
  authd_configure(&authd, NULL, "0s", "");
  char *token = authd_issue(&authd, "2", "jdoe", 0, id);
  dh_pat_store_close(authd.store);
  authd.store = NULL;
  authd_start(&authd, NULL);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
  char *path = test_path(authd.dir, "tokens.db");
  ck_assert_int_eq(truncate(path, 0), 0);
  ck_assert_int_eq(truncate(path, 4096), 0);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 503);
  free(path);
  free(token);
}
END_TEST

/* --- limits --- */

START_TEST(more_than_the_rate_is_429)
{
  int limited = 0;
  stage_start("rate_limit = 3;");
  int fd = authd_connect(&authd);
  for (int i = 0; i < 2000 && !limited; i++) {
    authd_get(fd, "/auth", "", &reply);
    limited = reply.status == 429;
    ck_assert(limited || reply.status == 401);
  }
  ck_assert(limited);
  header_is("Retry-After", "1");
  authd_get(fd, "/healthz", "", &reply);
  ck_assert_int_eq(reply.status, 200);
  ck_assert_int_gt(authd_metric(&authd, "dhub_authd_rate_limited_total"), 0);
  /* And it ends with the second. */
  for (int i = 0; i < 2000 && limited; i++) {
    authd_get(fd, "/auth", "", &reply);
    limited = reply.status == 429;
    usleep(limited ? 5000 : 0);
  }
  ck_assert(!limited);
  close(fd);
}
END_TEST

START_TEST(head_beyond_its_limit_is_refused_and_one_below_is_not)
{
  static const size_t sizes[] = {6000, 8200, 20000, 60000};
  char *headers = malloc(65536);
  stage_start("max_header_size = \"8K\";");
  for (size_t i = 0; i < 4; i++) {
    memset(headers, 'x', 65536);
    memcpy(headers, "X-Long: ", 8);
    strcpy(headers + sizes[i], "\r\n");
    say_headers(headers);
    if (sizes[i] < 8192)
      ck_assert_int_eq(reply.status, 401);
    else /* or the connection is closed in the midst of it */
      ck_assert_msg(reply.status == 431 || reply.status == 413 || reply.status == 0, "%d",
                    reply.status);
  }
  ck_assert_int_eq(authd_ask(&authd, NULL, &reply), 401);
  free(headers);
}
END_TEST

START_TEST(connection_beyond_the_limit_waits_for_one_to_end)
{
  stage_start("threads = 1; max_connections = 2;");
  int first = authd_connect(&authd), second = authd_connect(&authd);
  authd_get(first, "/auth", "", &reply);
  ck_assert_int_eq(reply.status, 401);
  authd_get(second, "/auth", "", &reply);
  ck_assert_int_eq(reply.status, 401);
  int third = authd_connect(&authd);
  authd_send(third, "GET /auth HTTP/1.1\r\nHost: x\r\n\r\n", 31);
  /* The first two go on all the while. */
  for (int i = 0; i < 20; i++)
    authd_get(second, "/auth", "", &reply);
  char byte;
  ck_assert_int_eq(recv(third, &byte, 1, MSG_DONTWAIT | MSG_PEEK), -1);
  close(first);
  authd_read(third, &reply);
  ck_assert_int_eq(reply.status, 401);
  close(second);
  close(third);
}
END_TEST

START_TEST(idle_connection_is_closed)
{
  stage_start("idle_timeout = \"1s\";");
  int fd = authd_connect(&authd);
  authd_get(fd, "/auth", "", &reply);
  ck_assert_int_eq(recv(fd, reply.body, 1, 0), 0); /* waits for the other side */
  close(fd);
}
END_TEST

/* --- the server's own paths --- */

START_TEST(health_and_readiness_are_told)
{
  stage_start("");
  int fd = authd_connect(&authd);
  authd_get(fd, "/healthz", "", &reply);
  ck_assert_int_eq(reply.status, 200);
  authd_get(fd, "/readyz", "", &reply);
  ck_assert_int_eq(reply.status, 200);
  ck_assert_str_eq(reply.body, "ready\n");
  close(fd);
}
END_TEST

/* Envoy puts its caller's path behind ours: a caller must not choose one that is answered 200. */
START_TEST(callers_path_reaches_none_of_the_servers_own)
{
  static const char *const paths[] = {"/auth/healthz", "/auth/../healthz", "/auth/metrics",
                                      "/auth//readyz"};
  stage_start("");
  int fd = authd_connect(&authd);
  authd_get(fd, paths[_i], "", &reply);
  ck_assert_int_eq(reply.status, 401);
  close(fd);
}
END_TEST

START_TEST(any_other_path_is_404)
{
  static const char *const paths[] = {"/", "/authx", "/AUTH", "/healthz/", "/x/auth"};
  char headers[2048];
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  snprintf(headers, sizeof(headers), "Authorization: %s\r\n", token);
  int fd = authd_connect(&authd);
  authd_get(fd, paths[_i], headers, &reply);
  ck_assert_int_eq(reply.status, 404);
  close(fd);
  free(token);
}
END_TEST

START_TEST(metrics_count_checks_by_result)
{
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  for (int i = 0; i < 3; i++)
    authd_ask(&authd, token, &reply);
  authd_ask(&authd, NULL, &reply);
  authd_ask(&authd, "Bearer x", &reply);
  ck_assert_int_eq(authd_metric(&authd, "dhub_authd_checks_total{result=\"ok\"}"), 3);
  ck_assert_int_eq(authd_metric(&authd, "dhub_authd_check_seconds_count"), 5);
  ck_assert_int_eq(authd_metric(&authd, "dhub_authd_check_seconds_bucket{le=\"+Inf\"}"), 5);
  ck_assert_int_eq(authd_metric(&authd, "dhub_authd_access_log_lost_total"), 0);
  free(token);
}
END_TEST

/* Each name has its HELP and TYPE, and no line is anything else. */
START_TEST(metrics_are_what_prometheus_reads)
{
  char type[128] = "", name[128];
  stage_start("");
  int fd = authd_connect(&authd);
  authd_get(fd, "/metrics", "", &reply);
  close(fd);
  header_is("Content-Type", "text/plain; version=0.0.4");
  for (char *line = strtok(reply.body, "\n"); line; line = strtok(NULL, "\n")) {
    double value;
    if (sscanf(line, "# TYPE %127s", type) == 1 || !strncmp(line, "# HELP ", 7))
      continue;
    ck_assert_int_eq(sscanf(line, "%127[a-z_]", name), 1);
    ck_assert_msg(!strncmp(name, type, strlen(type)), "%s below %s", line, type);
    ck_assert_int_eq(sscanf(strrchr(line, ' '), "%lf", &value), 1);
  }
}
END_TEST

/* --- the access log --- */

static json_object *last_line(void)
{
  ck_assert_int_eq(authd_stop(&authd), 0);
  char *out = authd_out(&authd), *last = out;
  for (char *next; (next = strchr(last, '\n')) && next[1];)
    last = next + 1;
  json_object *line = json_tokener_parse(last);
  ck_assert_msg(line != NULL, "%s", out);
  free(out);
  return line;
}

static void line_is(json_object *line, const char *name, const char *value)
{
  json_object *member = NULL;
  ck_assert_msg(json_object_object_get_ex(line, name, &member), "no %s", name);
  ck_assert_str_eq(json_object_get_string(member), value);
}

START_TEST(log_says_who_asked_for_what)
{
  char headers[2048];
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  snprintf(headers, sizeof(headers),
           "Authorization: %s\r\nX-Original-URI: /data/x?key=1\r\nX-Original-Method: PUT\r\n"
           "X-Real-IP: 203.0.113.7\r\nX-Request-Id: r-1\r\n",
           token);
  ck_assert_int_eq(say_headers(headers), 200);
  json_object *line = last_line();
  line_is(line, "uri", "/data/x");
  line_is(line, "method", "PUT");
  line_is(line, "client", "203.0.113.7");
  line_is(line, "request_id", "r-1");
  line_is(line, "actor", "urn:li:corpuser:jdoe");
  line_is(line, "module", "pat");
  line_is(line, "status", "200");
  line_is(line, "remote", "127.0.0.1");
  json_object_put(line);
  free(token);
}
END_TEST

START_TEST(log_says_why_a_token_was_refused)
{
  stage_start("");
  char *token = authd_issue(&authd, "1", "jdoe", -3600000, NULL);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 401);
  json_object *line = last_line();
  line_is(line, "result", "expired");
  ck_assert(json_object_object_get_ex(line, "reason", NULL));
  json_object_put(line);
  free(token);
}
END_TEST

START_TEST(log_shows_the_path_behind_auth)
{
  stage_start("");
  int fd = authd_connect(&authd);
  authd_get(fd, "/auth/data/x", "", &reply);
  close(fd);
  json_object *line = last_line();
  line_is(line, "uri", "/data/x");
  json_object_put(line);
}
END_TEST

START_TEST(nothing_printed_holds_a_token)
{
  char headers[4096];
  stage_start("");
  char *token = authd_issue(&authd, "2", "jdoe", 0, NULL);
  const char *text = strchr(token, ' ') + 1;
  snprintf(headers, sizeof(headers),
           "Authorization: %s\r\nX-Original-URI: /a/%s?token=%s\r\nX-Request-Id: %s\r\n", token,
           text, text, text);
  ck_assert_int_eq(say_headers(headers), 200);
  authd_ask(&authd, text, &reply);
  ck_assert_int_eq(authd_stop(&authd), 0);
  char *out = authd_out(&authd), *err = authd_err(&authd);
  ck_assert_ptr_nonnull(strstr(out, "\"status\":200"));
  ck_assert_ptr_null(strstr(out, strrchr(text, '.')));
  ck_assert_ptr_null(strstr(err, strrchr(text, '.')));
  ck_assert_ptr_null(strstr(out, AUTHD_KEY));
  free(out);
  free(err);
  free(token);
}
END_TEST

START_TEST(log_can_be_left_out)
{
  stage_start("access_log = false;");
  authd_ask(&authd, NULL, &reply);
  ck_assert_int_eq(authd_stop(&authd), 0);
  char *out = authd_out(&authd);
  ck_assert_str_eq(out, "");
  free(out);
}
END_TEST

/* --- where it listens --- */

START_TEST(unix_socket_answers)
{
  char where[256];
  struct stat st;
  snprintf(where, sizeof(where), "unix:%s/s", authd.dir);
  authd_configure(&authd, NULL, NULL, "socket_mode = \"0666\";");
  authd_start(&authd, where);
  ck_assert_int_eq(authd_ask(&authd, NULL, &reply), 401);
  ck_assert_int_eq(stat(authd.unix_path, &st), 0);
  ck_assert_int_eq(st.st_mode & 0777, 0666);
  ck_assert_int_eq(authd_stop(&authd), 0);
  ck_assert_int_ne(stat(authd.unix_path, &st), 0);
}
END_TEST

/* As systemd does it: a socket that listens already, in blocking mode, as descriptor 3. */
START_TEST(passed_socket_is_served)
{
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof(address);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
  ck_assert_int_eq(listen(fd, 16), 0);
  ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
  authd_configure(&authd, NULL, NULL, "");
  authd_start_with_socket(&authd, fd);
  ck_assert_uint_eq(authd.port, ntohs(address.sin_port));
  ck_assert_int_eq(authd_ask(&authd, NULL, &reply), 401);
  ck_assert_int_eq(authd_stop(&authd), 0);
  close(fd);
}
END_TEST

#define ADD(test) tcase_add_test(tc, test)

static TCase *new_case(const char *name)
{
  return stage_case(name, 60);
}

static TCase *case_answers(void)
{
  TCase *tc = new_case("answers");
  ADD(good_token_is_answered_with_who_it_is);
  ADD(header_without_a_value_is_there);
  ADD(expiry_is_told);
  ADD(claims_are_passed_on);
  ADD(headers_of_the_caller_are_not_echoed);
  ADD(callers_of_one_connection_are_told_apart);
  tcase_add_loop_test(tc, any_method_and_path_below_auth_asks, 0, 3);
  ADD(no_credential_is_challenged_without_an_error);
  tcase_add_loop_test(tc, wrong_credential_is_challenged_with_an_error, 0,
                      sizeof(wrong) / sizeof(wrong[0]));
  ADD(expired_token_is_told_no_more_than_a_wrong_one);
  ADD(revoked_token_is_refused_once_the_delay_is_over);
  ADD(issuer_out_of_reach_is_undecided);
  ADD(broken_store_is_undecided);
  return tc;
}

static TCase *case_ambiguous(void)
{
  TCase *tc = new_case("ambiguous");
  ADD(two_credentials_are_refused);
  ADD(zero_byte_in_a_credential_joins_nothing);
  ADD(folded_credential_is_not_joined);
  ADD(credential_in_a_fold_of_another_header_is_none);
  ADD(bare_carriage_return_in_a_credential_is_refused);
  ADD(name_with_a_space_is_not_the_header);
  ADD(second_length_is_refused);
  tcase_add_loop_test(tc, no_http_is_survived, 0, sizeof(garbage) / sizeof(garbage[0]));
  return tc;
}

static TCase *case_limits(void)
{
  TCase *tc = new_case("limits");
  ADD(more_than_the_rate_is_429);
  ADD(head_beyond_its_limit_is_refused_and_one_below_is_not);
  ADD(connection_beyond_the_limit_waits_for_one_to_end);
  ADD(idle_connection_is_closed);
  return tc;
}

static TCase *case_operation(void)
{
  TCase *tc = new_case("operation");
  ADD(health_and_readiness_are_told);
  tcase_add_loop_test(tc, callers_path_reaches_none_of_the_servers_own, 0, 4);
  tcase_add_loop_test(tc, any_other_path_is_404, 0, 5);
  ADD(metrics_count_checks_by_result);
  ADD(metrics_are_what_prometheus_reads);
  ADD(log_says_who_asked_for_what);
  ADD(log_says_why_a_token_was_refused);
  ADD(log_shows_the_path_behind_auth);
  ADD(nothing_printed_holds_a_token);
  ADD(log_can_be_left_out);
  ADD(unix_socket_answers);
  ADD(passed_socket_is_served);
  return tc;
}

SUITE("authd", case_answers(), case_ambiguous(), case_limits(), case_operation())
