/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub-authd as an HTTP server: requests as HTTP allows them, clients that are slow, and what
 * /metrics says, line by line.
 */
#include "suite.h"
#include "support/tmpdir.h"
#include "tools/authd/process.h"

#include <json-c/json.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static authd_process authd;
static authd_reply reply;
static char *token; /* "Bearer ...", good */

static void setup(void)
{
  authd_prepare(&authd);
  token = authd_issue(&authd, "1", "jdoe", 0, NULL);
}

static void teardown(void)
{
  free(token);
  authd_end(&authd);
}

static void start(const char *options)
{
  authd_configure(&authd, NULL, "1h", options);
  authd_start(&authd, NULL);
}

/* Sends a text in which each "$T" stands for the good token. */
static void send_text(int fd, const char *text)
{
  for (const char *mark; (mark = strstr(text, "$T")); text = mark + 2) {
    authd_send(fd, text, (size_t)(mark - text));
    authd_send(fd, token, strlen(token));
  }
  authd_send(fd, text, strlen(text));
}

static void next_is(int fd, int status)
{
  authd_read(fd, &reply);
  ck_assert_msg(reply.status == status, "%d, not %d: %s", reply.status, status, reply.head);
}

/* The connection has ended, and nothing more came. */
static void is_closed(int fd)
{
  char byte;
  ck_assert_int_le(recv(fd, &byte, 1, 0), 0);
}

/* --- requests --- */

START_TEST(pipelined_requests_are_answered_in_order)
{
  start("");
  int fd = authd_connect(&authd);
  send_text(fd, "GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\n\r\n"
                "GET /auth HTTP/1.1\r\nHost: x\r\n\r\n"
                "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
                "GET /auth/x HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\n\r\n"
                "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  next_is(fd, 200);
  ck_assert_str_eq(authd_header_of(&reply, "X-DataHub-Actor"), "urn:li:corpuser:jdoe");
  next_is(fd, 401);
  ck_assert_ptr_null(authd_header_of(&reply, "X-DataHub-Actor"));
  next_is(fd, 404);
  next_is(fd, 200);
  next_is(fd, 200);
  close(fd);
}
END_TEST

START_TEST(http_1_0_is_answered_and_closed)
{
  start("");
  int fd = authd_connect(&authd);
  send_text(fd, "GET /auth HTTP/1.0\r\nAuthorization: $T\r\n\r\n");
  next_is(fd, 200);
  is_closed(fd);
  close(fd);
}
END_TEST

START_TEST(http_1_0_without_a_token_is_refused)
{
  start("");
  int fd = authd_connect(&authd);
  send_text(fd, "GET /auth HTTP/1.0\r\n\r\n");
  next_is(fd, 401);
  is_closed(fd);
  close(fd);
}
END_TEST

START_TEST(connection_is_closed_where_that_is_asked_for)
{
  start("");
  int fd = authd_connect(&authd);
  send_text(fd, "GET /auth HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: $T\r\n\r\n");
  next_is(fd, 200);
  is_closed(fd);
  close(fd);
}
END_TEST

START_TEST(body_that_is_announced_is_called_for_and_ignored)
{
  start("");
  int fd = authd_connect(&authd);
  send_text(fd, "POST /auth HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\nExpect: 100-continue\r\n"
                "Content-Length: 5\r\n\r\n");
  char line[64];
  static const char wanted[] = "HTTP/1.1 100 Continue\r\n\r\n";
  size_t size = sizeof(wanted) - 1;
  ck_assert_int_eq(recv(fd, line, size, MSG_WAITALL), (ssize_t)size);
  ck_assert_int_eq(memcmp(line, wanted, size), 0);
  send_text(fd, "hello");
  next_is(fd, 200);
  authd_get(fd, "/healthz", "", &reply); /* and the next request begins where it should */
  ck_assert_int_eq(reply.status, 200);
  close(fd);
}
END_TEST

START_TEST(chunked_body_is_ignored)
{
  start("");
  int fd = authd_connect(&authd);
  send_text(fd, "PUT /auth/x HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\n"
                "Transfer-Encoding: chunked\r\n\r\n"
                "5\r\nhello\r\n1e;a=b\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n0\r\n\r\n"
                "GET /auth HTTP/1.1\r\nHost: x\r\n\r\n");
  next_is(fd, 200);
  ck_assert_ptr_nonnull(authd_header_of(&reply, "X-DataHub-Actor"));
  next_is(fd, 401); /* the request behind it, and none out of its body */
  close(fd);
}
END_TEST

START_TEST(chunks_that_are_none_end_the_connection)
{
  start("");
  int fd = authd_connect(&authd);
  send_text(fd, "POST /auth HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\n"
                "Transfer-Encoding: chunked\r\n\r\nnot a size\r\n");
  authd_read(fd, &reply);
  ck_assert_int_ne(reply.status, 200);
  is_closed(fd);
  close(fd);
}
END_TEST

START_TEST(large_body_is_ignored)
{
  enum { SIZE = 3 << 20 };
  char *body = calloc(1, SIZE), head[64];
  start("max_header_size = \"4K\";");
  int fd = authd_connect(&authd);
  send_text(fd, "POST /auth HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\n");
  snprintf(head, sizeof(head), "Content-Length: %d\r\n\r\n", SIZE);
  send_text(fd, head);
  authd_send(fd, body, SIZE);
  next_is(fd, 200);
  authd_get(fd, "/auth", "", &reply);
  ck_assert_int_eq(reply.status, 401);
  close(fd);
  free(body);
}
END_TEST

static const struct {
  const char *target;
  int status;
} absolute[] = {{"http://gateway/auth", 200},   {"https://gateway:8443/auth/x?y=z", 200},
                {"HTTP://gateway/auth", 200},   {"http://gateway/healthz", 200},
                {"http://gateway", 404},        {"http://gateway/authx", 404},
                {"http://gateway/x/auth", 404}, {"http:///auth", 200},
                {"ftp://gateway/auth", 404},    {"/http://gateway/auth", 404},
                {"http://a/http://b/auth", 404}};

START_TEST(absolute_target_is_its_path)
{
  char request[256];
  start("");
  int fd = authd_connect(&authd);
  snprintf(request, sizeof(request),
           "GET %s HTTP/1.1\r\nHost: gateway\r\nAuthorization: $T\r\n\r\n", absolute[_i].target);
  send_text(fd, request);
  next_is(fd, absolute[_i].status);
  close(fd);
}
END_TEST

START_TEST(head_has_no_body)
{
  start("");
  int fd = authd_connect(&authd);
  send_text(fd, "HEAD /auth HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\n\r\n"
                "GET /auth HTTP/1.1\r\nHost: x\r\n\r\n");
  next_is(fd, 200);
  next_is(fd, 401);
  close(fd);
}
END_TEST

static const char *const bad[] = {
    "GET /auth HTTP/1.1\r\nAuthorization: $T\r\n\r\n", /* no Host */
    "GET /auth HTTP/9.9\r\nHost: x\r\nAuthorization: $T\r\n\r\n",
    "GET  /auth  HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\n\r\n",
    "GET /auth\r\nHost: x\r\nAuthorization: $T\r\n\r\n",
    "GET /au\001th HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\n\r\n",
    "GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization $T\r\n\r\n",
    "GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization:\r\n$T\r\n\r\n",
    "GET /auth HTTP/1.1\r\nHost: x\r\n: $T\r\n\r\n",
    "POST /auth HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\nContent-Length: -1\r\n\r\n",
    "POST /auth HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\nContent-Length: 1e1\r\n\r\n",
    ("POST /auth HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\n"
     "Content-Length: 99999999999999999999999\r\n\r\n"),
};

/* Whatever it is answered: nobody is let in by it, and the next one is served. */
START_TEST(bad_request_lets_nobody_in)
{
  start("");
  int fd = authd_connect(&authd);
  send_text(fd, bad[_i]);
  shutdown(fd, SHUT_WR);
  authd_read(fd, &reply);
  ck_assert_msg(reply.status == 0 || reply.status >= 400, "%d: %s", reply.status, reply.head);
  close(fd);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
}
END_TEST

/* What Traefik sends: its caller's request is in X-Forwarded-*, its own is a GET of /auth. */
START_TEST(forwarded_headers_are_logged)
{
  char headers[2048];
  start("");
  snprintf(headers, sizeof(headers),
           "Authorization: %s\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Host: gms.example\r\n"
           "X-Forwarded-Method: DELETE\r\nX-Forwarded-Proto: https\r\n"
           "X-Forwarded-Uri: /data/x?token=secret\r\nX-Request-Id: r-9\r\n",
           token);
  int fd = authd_connect(&authd);
  authd_get(fd, "/auth", headers, &reply);
  ck_assert_int_eq(reply.status, 200);
  close(fd);
  ck_assert_int_eq(authd_stop(&authd), 0);
  char *out = authd_out(&authd);
  ck_assert_ptr_nonnull(strstr(out, "\"client\":\"203.0.113.7\",\"request_id\":\"r-9\","
                                    "\"method\":\"DELETE\",\"uri\":\"/data/x\",\"status\":200"));
  ck_assert_ptr_null(strstr(out, "secret"));
  free(out);
}
END_TEST

/* --- slow clients --- */

#define SLOW 40

/* More of them than there are threads, each somewhere else in its request, and none ever ends. */
START_TEST(slow_clients_hold_nobody_up)
{
  static const char request[] = "POST /auth HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n"
                                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nwor";
  int fds[SLOW];
  start("threads = 1;");
  for (size_t i = 0; i < SLOW; i++) {
    fds[i] = authd_connect(&authd);
    authd_send(fds[i], request, (sizeof(request) - 1) * (i + 1) / SLOW);
  }
  for (int round = 0; round < 10; round++) {
    for (size_t i = 0; i < SLOW / 2; i++)
      authd_send(fds[i], "x", 1);
    ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
    ck_assert_int_eq(authd_ask(&authd, NULL, &reply), 401);
  }
  ck_assert_int_eq(authd_stop(&authd), 0); /* nor do they keep it from ending */
  for (size_t i = 0; i < SLOW; i++)
    close(fds[i]);
}
END_TEST

/* It is never idle, and yet it ends. */
static void dribble_until_closed(const char *begin, const char *byte)
{
  int fd = authd_connect(&authd);
  struct pollfd poll_for = {fd, POLLIN, 0};
  send_text(fd, begin);
  while (!poll(&poll_for, 1, 20))
    authd_send(fd, byte, strlen(byte));
  authd_read(fd, &reply);
  ck_assert_msg(reply.status == 0 || reply.status >= 400, "%s", reply.head);
  close(fd);
}

START_TEST(head_that_never_ends_is_cut_off)
{
  start("idle_timeout = \"1s\";");
  dribble_until_closed("GET /auth HTTP/1.1\r\nX: ", "x");
}
END_TEST

START_TEST(request_line_that_never_ends_is_cut_off)
{
  start("idle_timeout = \"1s\";");
  dribble_until_closed("GET /", "x");
}
END_TEST

START_TEST(body_that_never_ends_is_cut_off)
{
  start("idle_timeout = \"1s\";");
  dribble_until_closed("POST /auth HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\n"
                       "Transfer-Encoding: chunked\r\n\r\n",
                       "1\r\nx\r\n");
}
END_TEST

/* A client that does not read what it is answered. */
START_TEST(clients_that_read_nothing_hold_nobody_up)
{
  int fds[8];
  start("threads = 1;");
  for (size_t i = 0; i < 8; i++) {
    fds[i] = authd_connect(&authd);
    for (int n = 0; n < 50; n++)
      send_text(fds[i], "GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization: $T\r\n\r\n");
  }
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
  for (size_t i = 0; i < 8; i++)
    close(fds[i]);
}
END_TEST

/* --- metrics --- */

typedef struct family {
  char name[128], type[32];
  bool helped;
  size_t samples;
  double last_bound, last_value, count, infinite; /* of a histogram */
} family;

static const char *ending_of(const family *of, const char *name)
{
  size_t size = strlen(of->name);
  return strncmp(name, of->name, size) ? NULL : name + size;
}

static void see_comment(family *now, family *all, size_t *count, const char *line)
{
  char word[8], name[128], rest[512] = "";
  ck_assert_int_ge(sscanf(line, "# %7s %127s %511[^\n]", word, name, rest), 3);
  if (!strcmp(word, "HELP")) {
    for (size_t i = 0; i < *count; i++)
      ck_assert_msg(strcmp(all[i].name, name) != 0, "%s comes twice", name);
    memset(now, 0, sizeof(*now));
    strcpy(now->name, name);
    now->helped = true;
    now->last_bound = -1;
    size_t end = strlen(rest) - 1;
    ck_assert_msg(rest[end] == '.', "%s", line);
    return;
  }
  ck_assert_str_eq(word, "TYPE");
  ck_assert_msg(now->helped && !strcmp(now->name, name), "TYPE without HELP: %s", line);
  ck_assert_msg(!strcmp(rest, "counter") || !strcmp(rest, "gauge") || !strcmp(rest, "histogram"),
                "%s", line);
  strcpy(now->type, rest);
  bool total = strlen(name) > 6 && !strcmp(name + strlen(name) - 6, "_total");
  ck_assert_msg(total == !strcmp(rest, "counter"), "%s: a counter's name, and no other, ends so",
                name);
}

static void see_bucket(family *now, const char *label, double value)
{
  char bound[32];
  ck_assert_int_eq(sscanf(label, "{le=\"%31[^\"]\"}", bound), 1);
  double limit = strcmp(bound, "+Inf") ? strtod(bound, NULL) : INFINITY;
  ck_assert_msg(limit > now->last_bound && value >= now->last_value, "%s", label);
  now->last_bound = limit;
  now->last_value = value;
  if (isinf(limit))
    now->infinite = value;
}

static void see_sample(family *now, const char *line)
{
  char name[128], labels[128] = "", *end;
  size_t size = strspn(line, "abcdefghijklmnopqrstuvwxyz_");
  ck_assert_uint_lt(size, sizeof(name));
  snprintf(name, sizeof(name), "%.*s", (int)size, line);
  const char *value = strrchr(line, ' ');
  snprintf(labels, sizeof(labels), "%.*s", (int)(value - line - (long)size), line + size);
  double number = strtod(value, &end);
  ck_assert_msg(!*end && number >= 0, "%s", line);
  const char *ending = ending_of(now, name);
  ck_assert_msg(ending != NULL && now->type[0], "%s is below another name", line);
  now->samples++;
  if (strcmp(now->type, "histogram")) {
    ck_assert_msg(!*ending, "%s", line);
    ck_assert_msg(!labels[0] || (!strncmp(labels, "{result=\"", 9) && strstr(labels, "\"}")), "%s",
                  line);
  } else if (!strcmp(ending, "_bucket"))
    see_bucket(now, labels, number);
  else if (!strcmp(ending, "_count"))
    now->count = number;
  else
    ck_assert_str_eq(ending, "_sum");
}

/* The text format 0.0.4: a HELP, a TYPE and then all samples of each name; counters end in _total,
 * buckets rise, the last one is the count. */
START_TEST(metrics_are_what_the_format_says)
{
  static family all[64];
  family now = {0};
  size_t count = 0;
  start("");
  authd_ask(&authd, token, &reply);
  authd_ask(&authd, NULL, &reply);
  int fd = authd_connect(&authd);
  authd_get(fd, "/metrics", "", &reply);
  close(fd);
  ck_assert_str_eq(authd_header_of(&reply, "Content-Type"), "text/plain; version=0.0.4");
  ck_assert_int_eq(reply.body[strlen(reply.body) - 1], '\n');
  for (char *line = strtok(reply.body, "\n"); line; line = strtok(NULL, "\n")) {
    ck_assert_msg(!strncmp(line, "# HELP dhub_authd_", 18) ||
                      !strncmp(line, "# TYPE dhub_authd_", 18) || !strncmp(line, "dhub_authd_", 11),
                  "%s", line);
    if (!strncmp(line, "# HELP", 6) && now.helped)
      all[count++] = now;
    if (*line == '#')
      see_comment(&now, all, &count, line);
    else
      see_sample(&now, line);
  }
  all[count++] = now;
  ck_assert_uint_ge(count, 10);
  for (size_t i = 0; i < count; i++) {
    ck_assert_msg(all[i].samples > 0, "%s has no sample", all[i].name);
    if (!strcmp(all[i].type, "histogram")) {
      ck_assert(isinf(all[i].last_bound));
      ck_assert(all[i].infinite == all[i].count && all[i].count == 2);
    }
  }
}
END_TEST

#define ADD(test) tcase_add_test(tc, test)
#define ADD_EACH(test, list) tcase_add_loop_test(tc, test, 0, sizeof(list) / sizeof((list)[0]))

static TCase *new_case(const char *name)
{
  TCase *tc = tcase_create(name);
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  return tc;
}

static TCase *case_requests(void)
{
  TCase *tc = new_case("requests");
  ADD(pipelined_requests_are_answered_in_order);
  ADD(http_1_0_is_answered_and_closed);
  ADD(http_1_0_without_a_token_is_refused);
  ADD(connection_is_closed_where_that_is_asked_for);
  ADD(body_that_is_announced_is_called_for_and_ignored);
  ADD(chunked_body_is_ignored);
  ADD(chunks_that_are_none_end_the_connection);
  ADD(large_body_is_ignored);
  ADD_EACH(absolute_target_is_its_path, absolute);
  ADD(head_has_no_body);
  ADD_EACH(bad_request_lets_nobody_in, bad);
  ADD(forwarded_headers_are_logged);
  return tc;
}

static TCase *case_slow(void)
{
  TCase *tc = new_case("slow");
  ADD(slow_clients_hold_nobody_up);
  ADD(head_that_never_ends_is_cut_off);
  ADD(request_line_that_never_ends_is_cut_off);
  ADD(body_that_never_ends_is_cut_off);
  ADD(clients_that_read_nothing_hold_nobody_up);
  return tc;
}

static TCase *case_metrics(void)
{
  TCase *tc = new_case("metrics");
  ADD(metrics_are_what_the_format_says);
  return tc;
}

SUITE("authd_http", case_requests(), case_slow(), case_metrics())
