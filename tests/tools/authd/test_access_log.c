/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "access_log.h"
#include "support/tmpdir.h"

#include <fcntl.h>
#include <json-c/json.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TOKEN "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"

static dh_context *context;
static char line[AUTHD_LINE_MAX];
static json_object *read_back;

static void make(const authd_access *access)
{
  size_t size = authd_line_make(line, context, access);
  ck_assert_uint_lt(size, AUTHD_LINE_MAX);
  ck_assert_int_eq(line[size - 1], '\n');
  ck_assert_ptr_null(memchr(line, '\n', size - 1));
  line[size - 1] = '\0';
  json_object_put(read_back);
  read_back = json_tokener_parse(line);
  ck_assert_msg(read_back != NULL, "%s", line);
}

static const char *member(const char *name)
{
  json_object *value = NULL;
  return json_object_object_get_ex(read_back, name, &value) ? json_object_get_string(value) : NULL;
}

static void setup(void)
{
  context = dh_context_new(NULL, NULL);
  read_back = NULL;
}

static void teardown(void)
{
  json_object_put(read_back);
  dh_context_free(context);
}

START_TEST(line_says_what_came_of_it)
{
  make(&(authd_access){.remote = "unix",
                       .method = "GET",
                       .uri = "/a",
                       .status = 401,
                       .result = DH_REVOKED,
                       .reason = "the token was revoked",
                       .micros = 12});
  ck_assert_str_eq(member("status"), "401");
  ck_assert_str_eq(member("result"), dh_status_name(DH_REVOKED));
  ck_assert_str_eq(member("reason"), "the token was revoked");
  ck_assert_str_eq(member("micros"), "12");
}
END_TEST

START_TEST(time_is_utc_to_the_millisecond)
{
  unsigned part[7];
  make(&(authd_access){.status = 200});
  ck_assert_int_eq(sscanf(member("time"), "%4u-%2u-%2uT%2u:%2u:%2u.%3uZ", &part[0], &part[1],
                          &part[2], &part[3], &part[4], &part[5], &part[6]),
                   7);
}
END_TEST

START_TEST(query_is_left_out)
{
  make(&(authd_access){.uri = "/a?token=secret", .status = 200});
  ck_assert_str_eq(member("uri"), "/a");
}
END_TEST

START_TEST(token_in_a_path_is_hidden)
{
  make(&(authd_access){.uri = "/files/" TOKEN "/x", .status = 200});
  ck_assert_str_eq(member("uri"), "/files/[redacted]/x");
}
END_TEST

START_TEST(token_as_a_request_id_is_hidden)
{
  make(&(authd_access){.id = TOKEN, .status = 200});
  ck_assert_str_eq(member("request_id"), "[redacted]");
}
END_TEST

/* What is cut off is never the half of a token that was not recognised for it. */
START_TEST(token_at_the_cut_is_hidden)
{
  char path[2048] = "/";
  memset(path + 1, 'x', 1000);
  strcpy(path + 1001, "/" TOKEN);
  make(&(authd_access){.uri = path, .status = 200});
  ck_assert_ptr_null(strstr(line, "eyJ"));
}
END_TEST

START_TEST(quotes_and_line_breaks_forge_no_member)
{
  make(&(authd_access){.uri = "/\",\"status\":200}\n{\"", .status = 401});
  ck_assert_str_eq(member("status"), "401");
  ck_assert_str_eq(member("uri"), "/\",\"status\":200}\n{\"");
}
END_TEST

static const struct {
  const char *bytes, *shown;
} texts[] = {
    {"/\xc3\xa9", "/\xc3\xa9"},
    {"/\xf0\x9f\x98\x80", "/\xf0\x9f\x98\x80"},
    {"/\xff", "/\xc3\xbf"},                         /* no UTF-8: shown by its number */
    {"/\xc0\xaf", "/\xc3\x80\xc2\xaf"},             /* overlong */
    {"/\xed\xa0\x80", "/\xc3\xad\xc2\xa0\xc2\x80"}, /* a surrogate */
    {"/\xe2\x82", "/\xc3\xa2\xc2\x82"},             /* cut */
};

START_TEST(bytes_that_are_no_text_leave_it_json)
{
  make(&(authd_access){.uri = texts[_i].bytes, .status = 200});
  ck_assert_str_eq(member("uri"), texts[_i].shown);
}
END_TEST

START_TEST(longest_values_fit)
{
  char wild[8192];
  memset(wild, 1, sizeof(wild) - 1);
  wild[sizeof(wild) - 1] = '\0';
  make(&(authd_access){.remote = wild,
                       .client = wild,
                       .id = wild,
                       .method = wild,
                       .uri = wild,
                       .status = 401,
                       .result = DH_DENIED,
                       .reason = wild,
                       .micros = UINT64_MAX});
}
END_TEST

/* --- the writer --- */

#define THREADS 4
#define LINES 500

static void *add_lines(void *arg)
{
  for (int i = 0; i < LINES; i++)
    authd_log_add(arg, &(authd_access){.uri = "/x", .status = 200});
  return NULL;
}

START_TEST(lines_of_all_threads_arrive_whole)
{
  char *dir = test_tmpdir_new(), *path = test_path(dir, "log");
  atomic_ullong lost = 0;
  pthread_t threads[THREADS];
  int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  authd_log *log = authd_log_open(context, fd, &lost);
  for (int i = 0; i < THREADS; i++)
    ck_assert_int_eq(pthread_create(&threads[i], NULL, add_lines, log), 0);
  for (int i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  authd_log_close(log);
  close(fd);
  char *text = test_read(path, NULL);
  unsigned long long whole = 0;
  for (char *next, *at = text; (next = strchr(at, '\n')); at = next + 1) {
    ck_assert(*at == '{' && next[-1] == '}');
    whole++;
  }
  ck_assert_uint_eq(whole + atomic_load(&lost), THREADS * LINES);
  ck_assert_uint_gt(whole, 0);
  free(text);
  free(path);
  test_tmpdir_remove(dir);
}
END_TEST

/* A pipe that nobody reads: adding goes on, and says how much was lost. */
START_TEST(reader_that_stalls_holds_nobody_up)
{
  int ends[2];
  atomic_ullong lost = 0;
  ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
  authd_log *log = authd_log_open(context, ends[1], &lost);
  while (!atomic_load(&lost))
    authd_log_add(log, &(authd_access){.uri = "/x", .status = 200});
  close(ends[0]);
  authd_log_close(log);
  close(ends[1]);
}
END_TEST

static TCase *case_line(void)
{
  TCase *tc = tcase_create("line");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, line_says_what_came_of_it);
  tcase_add_test(tc, time_is_utc_to_the_millisecond);
  tcase_add_test(tc, query_is_left_out);
  tcase_add_test(tc, token_in_a_path_is_hidden);
  tcase_add_test(tc, token_as_a_request_id_is_hidden);
  tcase_add_test(tc, token_at_the_cut_is_hidden);
  tcase_add_test(tc, quotes_and_line_breaks_forge_no_member);
  tcase_add_loop_test(tc, bytes_that_are_no_text_leave_it_json, 0,
                      sizeof(texts) / sizeof(texts[0]));
  tcase_add_test(tc, longest_values_fit);
  return tc;
}

static void ignore_pipes(void)
{
  setup();
  signal(SIGPIPE, SIG_IGN);
}

static TCase *case_writer(void)
{
  TCase *tc = tcase_create("writer");
  tcase_add_checked_fixture(tc, ignore_pipes, teardown);
  tcase_set_timeout(tc, 60);
  tcase_add_test(tc, lines_of_all_threads_arrive_whole);
  tcase_add_test(tc, reader_that_stalls_holds_nobody_up);
  return tc;
}

SUITE("authd_access_log", case_line(), case_writer())
