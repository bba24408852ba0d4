/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every fault that a network or a server may show, each ending with every record accounted
 * for once (fixture_close() checks that).
 */
#include "emit/fixture.h"
#include "emit/script.h"
#include "suite.h"
#include "support/certs.h"
#include "support/tmpdir.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static fixture f;
static test_server *server;
static script play;
static char *dir;

static void start(const step *steps, size_t count)
{
  play = (script){steps, count};
  server = test_server_start(script_handler, &play);
  fixture_init(&f, "datahub-rest", test_server_url(server));
}
#define START(...)                                                                                 \
  do {                                                                                             \
    static const step steps[] = {__VA_ARGS__};                                                     \
    start(steps, sizeof(steps) / sizeof(steps[0]));                                                \
  } while (0)

static void setup(void)
{
  dir = test_tmpdir_new();
}

static void teardown(void)
{
  fixture_end(&f);
  test_server_stop(server);
  server = NULL;
  test_tmpdir_remove(dir);
}

static dh_emitter_stats stats(void)
{
  dh_emitter_stats s = {.struct_size = sizeof(s)};
  dh_emitter_get_stats(f.emitter, &s);
  return s;
}

/* One batch of ten through the scripted faults: all are delivered. */
static void all_arrive(void)
{
  dh_error error;
  fixture_open(&f);
  fixture_emit_many(&f, 10, 3);
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 10);
}

/* The same, in exactly this many requests. */
static void survives(size_t requests)
{
  all_arrive();
  ck_assert_uint_eq(test_server_count(server), requests);
}

/* The same where the client's patience ends: on a busy machine more than once. */
static void survives_impatience(void)
{
  fixture_set(&f, "timeout_sec", "200ms");
  fixture_set(&f, "retry_max_times", "-1");
  all_arrive();
  ck_assert_uint_ge(test_server_count(server), 2);
}

START_TEST(test_reset_after_the_request)
{
  START({.what = STEP_RESET}, {.what = STEP_RESET});
  survives(3);
}
END_TEST

START_TEST(test_closed_after_the_request)
{
  START({.what = STEP_CLOSE});
  survives(2);
}
END_TEST

START_TEST(test_reset_after_the_head)
{
  START({.what = STEP_HEAD_RESET});
  survives(2);
}
END_TEST

START_TEST(test_answer_cut_short)
{
  START({.what = STEP_TRUNCATE});
  survives(2);
}
END_TEST

START_TEST(test_stalled)
{
  START({.what = STEP_STALL});
  survives_impatience();
}
END_TEST

START_TEST(test_answer_after_giving_up)
{
  START({.what = STEP_LATE});
  survives_impatience();
}
END_TEST

START_TEST(test_not_http)
{
  START({.what = STEP_GARBAGE});
  survives(2);
}
END_TEST

START_TEST(test_429_in_seconds)
{
  START({STEP_STATUS, 429, "Retry-After: 0\r\n", "{}"});
  survives(2);
}
END_TEST

START_TEST(test_429_as_a_date)
{
  START({STEP_STATUS, 429, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "{}"});
  survives(2);
}
END_TEST

START_TEST(test_429_costs_half)
{
  START({STEP_STATUS, 429, NULL, NULL}, {STEP_STATUS, 429, NULL, NULL},
        {STEP_STATUS, 429, NULL, NULL}, {STEP_STATUS, 429, NULL, NULL});
  fixture_set(&f, "retry_max_times", "2");
  survives(5);
}
END_TEST

START_TEST(test_5xx_in_a_row)
{
  START({STEP_STATUS, 500, NULL, "{\"message\":\"boom\"}"}, {STEP_STATUS, 502, NULL, NULL},
        {STEP_STATUS, 503, NULL, "<html><title>Busy</title></html>"},
        {STEP_STATUS, 504, NULL, NULL});
  survives(5);
}
END_TEST

START_TEST(test_concurrency_falls)
{
  START({STEP_STATUS, 503, NULL, NULL}, {STEP_STATUS, 503, NULL, NULL});
  fixture_set(&f, "max_threads", "8");
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, NULL), DH_OK);
  dh_emitter_stats s = stats();
  ck_assert_uint_lt(s.concurrency, 8);
  ck_assert_uint_eq(s.http_5xx, 2);
  ck_assert_uint_eq(s.retried, 2);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
}
END_TEST

/* --- a server that is away --- */

START_TEST(test_refused)
{
  dh_error error;
  START({.what = STEP_OK});
  test_server_down(server);
  fixture_set(&f, "retry_max_times", "2");
  fixture_open(&f);
  fixture_emit_many(&f, 10, 3);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_UNAVAILABLE);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 10);
  ck_assert_ptr_nonnull(strstr(error.message, test_server_url(server)));
}
END_TEST

static int64_t stands_still(void *arg)
{
  (void)arg;
  return 1000;
}

/* Within one tick of the clock: having been opened is no success of the server's. */
START_TEST(test_refused_at_once)
{
  static const dh_clock clock = {.wall_ms = stands_still, .mono_ms = stands_still};
  server = test_server_start(script_handler, &play);
  test_server_down(server);
  fixture_init_clock(&f, "datahub-rest", test_server_url(server), &clock);
  fixture_set(&f, "retry_max_times", "0");
  fixture_open(&f);
  fixture_emit_many(&f, 2, 2);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_UNAVAILABLE);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 2);
}
END_TEST

START_TEST(test_stopped_refuses_more)
{
  dh_error error;
  START({.what = STEP_OK});
  test_server_down(server);
  fixture_set(&f, "retry_max_times", "0");
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, &error), DH_UNAVAILABLE);
  ck_assert_int_eq(dh_emitter_state(f.emitter, &error), DH_UNAVAILABLE);
  ck_assert_int_eq(fixture_emit(&f, "urn:li:corpuser:a", &error), DH_UNAVAILABLE);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_UNAVAILABLE);
}
END_TEST

START_TEST(test_comes_back)
{
  START({.what = STEP_OK});
  test_server_down(server);
  fixture_set(&f, "retry_max_times", "-1");
  fixture_open(&f);
  fixture_emit_many(&f, 10, 3);
  test_server_up(server);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 10);
}
END_TEST

START_TEST(test_503_for_good)
{
  dh_error error;
  START({STEP_STATUS, 503, NULL, "{\"message\":\"down for repair\"}"},
        {STEP_STATUS, 503, NULL, "{\"message\":\"down for repair\"}"},
        {STEP_STATUS, 503, NULL, "{\"message\":\"down for repair\"}"});
  fixture_set(&f, "retry_max_times", "2");
  fixture_open(&f);
  fixture_emit_many(&f, 10, 3);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_UNAVAILABLE);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 10);
  ck_assert_ptr_nonnull(strstr(error.message, "down for repair"));
  ck_assert_uint_eq(test_server_count(server), 3);
}
END_TEST

/* --- credentials --- */

START_TEST(test_401_for_good)
{
  dh_error error;
  START({STEP_STATUS, 401, NULL, "<title>Unauthorized to perform this action.</title>"},
        {STEP_STATUS, 401, NULL, "<title>Unauthorized to perform this action.</title>"});
  fixture_set(&f, "token", "test-token-not-real");
  fixture_open(&f);
  fixture_emit_many(&f, 10, 3);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_DENIED);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 10);
  ck_assert_ptr_nonnull(strstr(error.message, "401 (Unauthorized to perform this action.)"));
  ck_assert_ptr_nonnull(strstr(error.message, "the token in the configuration"));
  ck_assert_ptr_null(strstr(error.message, "test-token"));
  ck_assert_uint_eq(test_server_count(server), 2);
}
END_TEST

START_TEST(test_401_without_a_credential)
{
  dh_error error;
  START({STEP_STATUS, 401, NULL, "<title>Error 401 Unauthorized to perform this action.</title>"});
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_DENIED);
  ck_assert_ptr_nonnull(strstr(error.message, "401 (Unauthorized to perform this action.): no "
                                              "token was sent, because none is configured"));
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

static char *token_file;

/* A clock that is moved by hand. */
static int64_t moved(void *arg)
{
  return atomic_load((atomic_llong *)arg);
}

static void wait_for_log(const char *words)
{
  while (!fixture_logged(&f, words))
    usleep(1000);
}

/* A path that is wrong is told at once and given up soon; nothing is sent without it. */
START_TEST(test_token_file_that_is_not_there)
{
  static atomic_llong at = 1767225600000;
  static const dh_clock clock = {.wall_ms = moved, .mono_ms = moved, .arg = &at};
  dh_error error;
  server = test_server_start(script_handler, &play);
  fixture_init_clock(&f, "datahub-rest", test_server_url(server), &clock);
  fixture_set(&f, "auth.type", "file");
  fixture_set(&f, "auth.config.path", "/nonexistent/token");
  fixture_set(&f, "linger", "0");
  fixture_open(&f);
  fixture_emit_many(&f, 3, 3);
  wait_for_log("no credential yet, trying for 10 s: ");
  atomic_fetch_add(&at, 10000);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_DENIED);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 3);
  ck_assert_msg(strstr(error.message, "no credential: ") != NULL, "%s", error.message);
  ck_assert_ptr_nonnull(strstr(error.message, "/nonexistent/token"));
  ck_assert_uint_eq(test_server_count(server), 0);
}
END_TEST

/* The file comes a little later, as a mount does. */
START_TEST(test_token_file_that_comes_later)
{
  dh_error error;
  START({.what = STEP_OK});
  ck_assert_int_gt(asprintf(&token_file, "%s/late", dir), 0);
  fixture_set(&f, "auth.type", "file");
  fixture_set(&f, "auth.config.path", token_file);
  fixture_open(&f);
  fixture_emit_many(&f, 3, 3);
  wait_for_log("no credential yet");
  free(test_file(dir, "late", "late-not-real", 13, 0600));
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 3);
  free(token_file);
}
END_TEST

/* Knows one token only, which is in the file from the first 401 on. */
static void renewing(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  const char *sent = test_request_header(request, "Authorization");
  if (sent && !strcmp(sent, "Bearer second-not-real")) {
    test_reply_text(conn, 200, "{}");
    return;
  }
  free(test_file(dir, "token", "second-not-real", 15, 0600));
  test_reply(conn, 401, NULL, "", 0);
}

START_TEST(test_401_then_fresh)
{
  dh_error error;
  server = test_server_start(renewing, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  token_file = test_file(dir, "token", "first-not-real", 14, 0600);
  fixture_set(&f, "auth.type", "file");
  fixture_set(&f, "auth.config.path", token_file);
  fixture_open(&f);
  fixture_emit_many(&f, 10, 3);
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 10);
  ck_assert_uint_eq(test_server_count(server), 2);
  free(token_file);
}
END_TEST

START_TEST(test_403)
{
  START({STEP_STATUS, 403, NULL,
         "{\"message\":\"User URN is unauthorized to modify entity: x\",\"stackTrace\":\"at "
         "com.Secret\",\"status\":403}"});
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_REJECTED), 1);
  ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, "the token is good"));
  ck_assert_ptr_null(strstr(fixture_line(&f, 0)->words, "com.Secret"));
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

#define FORBIDDEN                                                                                  \
  {                                                                                                \
    STEP_STATUS, 403, NULL,                                                                        \
        "{\"message\":\"urn:li:corpuser:a is unauthorized to modify entity\",\"status\":403}"      \
  }
#define FORBIDDEN_5 FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN
#define FORBIDDEN_25 FORBIDDEN_5, FORBIDDEN_5, FORBIDDEN_5, FORBIDDEN_5, FORBIDDEN_5
#define FORBIDDEN_125 FORBIDDEN_25, FORBIDDEN_25, FORBIDDEN_25, FORBIDDEN_25, FORBIDDEN_25

/* A user without any privilege: it is not found out once for each record. */
START_TEST(test_403_of_everything)
{
  dh_error error;
  START(FORBIDDEN_125, FORBIDDEN_125, FORBIDDEN_125, FORBIDDEN_125);
  fixture_set(&f, "max_per_batch", "200");
  fixture_set(&f, "linger", "60s"); /* nothing is sent before all is emitted */
  fixture_open(&f);
  fixture_emit_many(&f, 200, 200);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_DENIED);
  ck_assert_ptr_nonnull(strstr(error.message, "100 records were refused one by one"));
  ck_assert_ptr_nonnull(strstr(error.message, "urn:li:corpuser:a is unauthorized"));
  ck_assert_uint_eq(fixture_count(&f, DH_REJECTED), 99);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 101);
}
END_TEST

/* Of a user who may write some of it, all that is allowed is delivered. */
START_TEST(test_403_of_most)
{
  dh_error error;
  START({.what = STEP_OK}, FORBIDDEN_125, FORBIDDEN_125);
  fixture_set(&f, "max_threads", "1");
  fixture_set(&f, "max_per_batch", "1");
  fixture_open(&f);
  fixture_emit_many(&f, 300, 300);
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_REJECTED), 250);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 50);
}
END_TEST

START_TEST(test_require_tls)
{
  dh_error error;
  START({.what = STEP_OK});
  fixture_set(&f, "server", "http://datahub.example.com:8080");
  fixture_set(&f, "token", "test-token-not-real");
  fixture_set(&f, "require_tls", "true");
  ck_assert_ptr_null(dh_emitter_open(f.context, f.sink, NULL, &error));
  ck_assert_int_eq(error.status, DH_MISCONFIGURED);
  ck_assert_ptr_nonnull(strstr(error.message, "https"));
}
END_TEST

START_TEST(test_plain_http_warns)
{
  START({.what = STEP_OK});
  fixture_set(&f, "server", "http://datahub.example.com:8080");
  fixture_set(&f, "token", "test-token-not-real");
  fixture_open(&f);
  ck_assert(fixture_logged(&f, "over plain HTTP"));
  ck_assert_int_eq(fixture_close(&f, 0, NULL), DH_OK);
}
END_TEST

/* --- refusals --- */

/* Refuses whole any batch with a record of the dataset `poison`, and none without. */
static void picky(void *arg, const test_request *request, test_conn *conn)
{
  static const char refusal[] = "{\"exceptionClass\":\"x\",\"message\":\"Invalid field\\nmore\","
                                "\"stackTrace\":\"at com.Secret\",\"status\":422}";
  (void)arg;
  if (strstr(request->body, "poison"))
    test_reply(conn, 422, "X-RestLi-Error-Response: true\r\n", refusal, strlen(refusal));
  else
    test_reply_text(conn, 200, "{}");
}

START_TEST(test_422_of_one_in_a_hundred)
{
  dh_error error;
  server = test_server_start(picky, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  char *letters = test_path(dir, "letters.json");
  fixture_set(&f, "linger", "1h");
  fixture_set(&f, "dead_letter", letters);
  fixture_open(&f);
  fixture_emit_many(&f, 42, 7);
  ck_assert_int_eq(
      fixture_emit(&f, "urn:li:dataset:(urn:li:dataPlatform:hive,poison,PROD)", &error), DH_OK);
  fixture_emit_many(&f, 57, 7);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 99);
  ck_assert_int_eq(fixture_line(&f, 42)->fate, DH_REJECTED);
  ck_assert_str_eq(fixture_line(&f, 42)->words, "422: Invalid field");
  char *text = test_read(letters, NULL);
  ck_assert_ptr_nonnull(strstr(text, "poison"));
  ck_assert_ptr_nonnull(strstr(text, "\"aspect\":{\"json\":{\"removed\":false"));
  ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
  free(text);
  free(letters);
}
END_TEST

static void small_only(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  if (request->body_size > 2000)
    test_reply(conn, 413, NULL, "", 0);
  else
    test_reply_text(conn, 200, "{}");
}

START_TEST(test_413)
{
  dh_error error;

  server = test_server_start(small_only, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  fixture_set(&f, "linger", "1h");
  fixture_open(&f);
  fixture_emit_many(&f, 50, 7);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 50);
  ck_assert_uint_gt(test_server_count(server), 8);
}
END_TEST

START_TEST(test_413_of_one)
{
  START({STEP_STATUS, 413, NULL, NULL});
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_TOO_LARGE), 1);
}
END_TEST

START_TEST(test_refusal_that_is_not_json)
{
  START({STEP_STATUS, 400, NULL, "Bad \x01 things\nhappened"});
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_str_eq(fixture_line(&f, 0)->words, "400: Bad things");
}
END_TEST

START_TEST(test_the_frontend_answers)
{
  dh_error error;
  START({STEP_STATUS, 200, "Content-Type: text/html\r\n", "<html><title>DataHub</title></html>"});
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_MISCONFIGURED);
  ck_assert_ptr_nonnull(strstr(error.message, "this seems to be the frontend"));
}
END_TEST

START_TEST(test_500_of_one_record)
{
  START({STEP_STATUS, 500, NULL, "{\"message\":\"NullPointerException\"}"},
        {STEP_STATUS, 500, NULL, "{\"message\":\"NullPointerException\"}"});
  fixture_set(&f, "retry_max_times", "1");
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_REJECTED), 1);
  ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, "NullPointerException"));
}
END_TEST

START_TEST(test_500_that_is_not_retried)
{
  START({STEP_STATUS, 500, NULL, "{\"message\":\"NullPointerException\"}"});
  fixture_set(&f, "retry_status_codes", "503");
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_REJECTED), 1);
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

START_TEST(test_bad_urn_goes_alone)
{
  dh_error error;
  START({.what = STEP_OK});
  fixture_set(&f, "linger", "1h");
  fixture_open(&f);
  fixture_emit_many(&f, 5, 5);
  ck_assert_int_eq(fixture_emit(&f, "urn:li:dataset:(urn:li:dataPlatform:hive,t,PROD", &error),
                   DH_OK);
  fixture_emit_many(&f, 5, 5);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 10);
  ck_assert_int_eq(fixture_line(&f, 5)->fate, DH_REJECTED);
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

START_TEST(test_too_large_goes_alone)
{
  dh_error error;
  char urn[1000] = "urn:li:corpuser:";
  START({.what = STEP_OK});
  memset(urn + strlen(urn), 'a', 900);
  fixture_set(&f, "linger", "1h");
  fixture_set(&f, "max_batch_bytes", "1024");
  fixture_open(&f);
  fixture_emit_many(&f, 3, 3);
  ck_assert_int_eq(fixture_emit(&f, urn, &error), DH_OK);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 3);
  ck_assert_int_ne(fixture_line(&f, 3)->fate, DH_DELIVERED);
}
END_TEST

START_TEST(test_dead_letter_disk_full)
{
  dh_error error;
  server = test_server_start(picky, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  fixture_set(&f, "dead_letter", "/dev/full");
  fixture_open(&f);
  ck_assert_int_eq(fixture_emit(&f, "urn:li:corpuser:poison", &error), DH_OK);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_UNAVAILABLE);
  ck_assert_ptr_nonnull(strstr(error.message, "/dev/full"));
  ck_assert_uint_eq(fixture_count(&f, DH_REJECTED), 1);
}
END_TEST

/* --- redirects --- */

START_TEST(test_redirect_to_another_origin)
{
  dh_error error;
  static const step nothing[] = {{.what = STEP_OK}};
  static script other_play = {nothing, 1};
  test_server *other = test_server_start(script_handler, &other_play);
  static char location[200];
  static step redirect[] = {{STEP_STATUS, 307, location, NULL}};
  snprintf(location, sizeof(location), "Location: %s/aspects\r\n", test_server_url(other));
  start(redirect, 1);
  fixture_set(&f, "token", "test-token-not-real");
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_MISCONFIGURED);
  ck_assert_ptr_nonnull(strstr(error.message, "another origin"));
  ck_assert_uint_eq(test_server_count(other), 0);
  test_server_stop(other);
}
END_TEST

START_TEST(test_redirect_within_the_origin)
{
  START({STEP_STATUS, 307, "Location: /gms/aspects?action=ingestProposalBatch\r\n", NULL});
  fixture_set(&f, "token", "test-token-not-real");
  survives(2);
  const test_request *again = test_server_request(server, 1);
  ck_assert_str_eq(again->method, "POST");
  ck_assert_str_eq(again->target, "/gms/aspects?action=ingestProposalBatch");
  ck_assert_str_eq(again->body, test_server_request(server, 0)->body);
  ck_assert_str_eq(test_request_header(again, "Authorization"), "Bearer test-token-not-real");
}
END_TEST

/* --- TLS --- */

static void start_tls(const char *name)
{
  static const step nothing[] = {{.what = STEP_OK}};
  char file[64];
  test_certs_make(dir);
  snprintf(file, sizeof(file), "%s.pem", name);
  char *cert = test_path(dir, file);
  snprintf(file, sizeof(file), "%s.key", name);
  char *key = test_path(dir, file);
  char *ca = test_path(dir, "ca.pem");
  play = (script){nothing, 1};
  server = test_server_start_tls(script_handler, &play, cert, key, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  fixture_set(&f, "ca_certificate_path", ca);
  fixture_set(&f, "retry_max_times", "1");
  free(cert);
  free(key);
  free(ca);
}

static void refuses_tls(const char *name, const char *words)
{
  dh_error error;
  start_tls(name);
  fixture_open(&f);
  fixture_emit_many(&f, 2, 2);
  ck_assert_int_ne(fixture_close(&f, -1, &error), DH_OK);
  ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 2);
  ck_assert_uint_eq(test_server_count(server), 0);
}

START_TEST(test_tls_good)
{
  start_tls("good");
  fixture_open(&f);
  fixture_emit_many(&f, 2, 2);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 2);
}
END_TEST

START_TEST(test_tls_expired)
{
  refuses_tls("expired", "has expired");
}
END_TEST

START_TEST(test_tls_wrong_name)
{
  refuses_tls("wrong-name", "for another name");
}
END_TEST

START_TEST(test_tls_stranger)
{
  refuses_tls("stranger", "not trusted");
}
END_TEST

START_TEST(test_tls_unchecked_on_demand)
{
  start_tls("stranger");
  fixture_set(&f, "disable_ssl_verification", "true");
  fixture_open(&f);
  ck_assert(fixture_logged(&f, "disable_ssl_verification is set"));
  fixture_emit_many(&f, 2, 2);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 2);
}
END_TEST

static TCase *make(const char *name)
{
  TCase *tcase = tcase_create(name);
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 60);
  return tcase;
}

static TCase *case_passing(void)
{
  TCase *tcase = make("passing faults");
  tcase_add_test(tcase, test_reset_after_the_request);
  tcase_add_test(tcase, test_closed_after_the_request);
  tcase_add_test(tcase, test_reset_after_the_head);
  tcase_add_test(tcase, test_answer_cut_short);
  tcase_add_test(tcase, test_stalled);
  tcase_add_test(tcase, test_answer_after_giving_up);
  tcase_add_test(tcase, test_not_http);
  tcase_add_test(tcase, test_429_in_seconds);
  tcase_add_test(tcase, test_429_as_a_date);
  tcase_add_test(tcase, test_429_costs_half);
  tcase_add_test(tcase, test_5xx_in_a_row);
  tcase_add_test(tcase, test_concurrency_falls);
  tcase_add_test(tcase, test_comes_back);
  return tcase;
}

static TCase *case_lasting(void)
{
  TCase *tcase = make("lasting faults");
  tcase_add_test(tcase, test_refused);
  tcase_add_test(tcase, test_refused_at_once);
  tcase_add_test(tcase, test_stopped_refuses_more);
  tcase_add_test(tcase, test_503_for_good);
  tcase_add_test(tcase, test_the_frontend_answers);
  tcase_add_test(tcase, test_redirect_to_another_origin);
  tcase_add_test(tcase, test_redirect_within_the_origin);
  tcase_add_test(tcase, test_tls_good);
  tcase_add_test(tcase, test_tls_expired);
  tcase_add_test(tcase, test_tls_wrong_name);
  tcase_add_test(tcase, test_tls_stranger);
  tcase_add_test(tcase, test_tls_unchecked_on_demand);
  return tcase;
}

static TCase *case_credentials(void)
{
  TCase *tcase = make("credentials");
  tcase_add_test(tcase, test_401_for_good);
  tcase_add_test(tcase, test_401_without_a_credential);
  tcase_add_test(tcase, test_401_then_fresh);
  tcase_add_test(tcase, test_token_file_that_is_not_there);
  tcase_add_test(tcase, test_token_file_that_comes_later);
  tcase_add_test(tcase, test_403);
  tcase_add_test(tcase, test_403_of_everything);
  tcase_add_test(tcase, test_403_of_most);
  tcase_add_test(tcase, test_require_tls);
  tcase_add_test(tcase, test_plain_http_warns);
  return tcase;
}

static TCase *case_refusals(void)
{
  TCase *tcase = make("refusals");
  tcase_add_test(tcase, test_422_of_one_in_a_hundred);
  tcase_add_test(tcase, test_413);
  tcase_add_test(tcase, test_413_of_one);
  tcase_add_test(tcase, test_refusal_that_is_not_json);
  tcase_add_test(tcase, test_500_of_one_record);
  tcase_add_test(tcase, test_500_that_is_not_retried);
  tcase_add_test(tcase, test_bad_urn_goes_alone);
  tcase_add_test(tcase, test_too_large_goes_alone);
  tcase_add_test(tcase, test_dead_letter_disk_full);
  return tcase;
}

SUITE("faults", case_passing(), case_lasting(), case_credentials(), case_refusals())
