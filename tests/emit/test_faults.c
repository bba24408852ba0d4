/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every fault that a network or a server may show, each ending with every record accounted
 * for once (fixture_close() checks that).
 */
#include "emit/stage.h"

#include <semaphore.h>
#include <stdio.h>
#include <string.h>

static script well;

/* Where the client's patience ends: on a busy machine more than once. */
static void survives_impatience(void)
{
  fixture_set(&f, "timeout_sec", "200ms");
  fixture_set(&f, "retry_max_times", "-1");
  stage_all_arrive();
  ck_assert_uint_ge(test_server_count(server), 2);
}

/* --- before the request was read, and in its middle --- */

enum { AT_ONCE = 0, IN_THE_HEAD = 40, IN_THE_BODY = 300000 };

/* How much of a request is read before its connection is reset: by connection, and by the
 * request within it. */
static struct {
  unsigned connection, request;
  int size;
} faults[4];
static size_t fault_count;

static void break_off(void *arg, test_conn *conn, unsigned connection, unsigned request)
{
  (void)arg;
  for (size_t i = 0; i < fault_count; i++)
    if (faults[i].connection == connection && faults[i].request == request) {
      test_swallow(conn, (size_t)faults[i].size);
      test_reset(conn);
    }
}

static void break_at(unsigned connection, unsigned request, int size)
{
  faults[fault_count].connection = connection;
  faults[fault_count].request = request;
  faults[fault_count++].size = size;
  test_server_before(server, break_off);
}

/* Larger than what may wait unread between the two: the client is still sending. */
static void make_it_large(void)
{
  f.padding = 1000000;
  fixture_set(&f, "max_pending_bytes", "64M");
}

START_TEST(test_reset_before_the_request)
{
  START({.what = STEP_OK});
  break_at(0, 0, AT_ONCE);
  break_at(1, 0, AT_ONCE);
  stage_survives(1);
  ck_assert_uint_eq(test_server_connections(server), 3);
}
END_TEST

START_TEST(test_reset_in_the_head)
{
  START({.what = STEP_OK});
  break_at(0, 0, IN_THE_HEAD);
  stage_survives(1);
  ck_assert_uint_eq(test_server_connections(server), 2);
}
END_TEST

START_TEST(test_reset_in_the_body)
{
  START({.what = STEP_OK});
  make_it_large();
  break_at(0, 0, IN_THE_BODY);
  break_at(1, 0, IN_THE_BODY);
  stage_survives(1);
  ck_assert_uint_eq(test_server_connections(server), 3);
}
END_TEST

/* Emits a batch on a fresh connection, then another on the same, which is reset. The second
 * is sent again from its first byte. */
static void survives_on_a_kept_connection(int size)
{
  dh_error error;
  break_at(0, 1, size);
  fixture_set(&f, "linger", "1h");
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, NULL), DH_OK);
  fixture_emit_many(&f, 9, 3);
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 10);
  ck_assert_uint_eq(test_server_count(server), 2);
  ck_assert_uint_eq(test_server_connections(server), 2);
  const char *at = test_server_request(server, 1)->body;
  size_t seen = 0;
  while (fixture_number(at, &at) > 0)
    seen++;
  ck_assert_uint_eq(seen, 9);
}

START_TEST(test_kept_connection_reset_in_the_head)
{
  START({.what = STEP_OK});
  survives_on_a_kept_connection(IN_THE_HEAD);
}
END_TEST

START_TEST(test_kept_connection_reset_in_the_body)
{
  START({.what = STEP_OK});
  make_it_large();
  survives_on_a_kept_connection(IN_THE_BODY);
}
END_TEST

/* --- a connection that the server ended while it was idle --- */

static sem_t ended;

static void reset_when_idle(void *arg, test_conn *conn, unsigned connection, unsigned request)
{
  (void)arg;
  if (connection || request != 1)
    return;
  test_hold(conn);
  test_reset(conn);
  sem_post(&ended);
}

static void close_when_idle(void *arg, test_conn *conn, unsigned connection, unsigned request)
{
  (void)arg;
  if (connection || request != 1)
    return;
  test_hold(conn);
  test_close(conn);
  sem_post(&ended);
}

static void survives_when_idle(test_before before)
{
  dh_error error;
  sem_init(&ended, 0, 0);
  test_server_before(server, before);
  fixture_set(&f, "retry_max_times", "0");
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, NULL), DH_OK);
  test_server_release(server);
  sem_wait(&ended);
  fixture_emit_many(&f, 1, 1);
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 2);
  ck_assert_uint_eq(test_server_count(server), 2);
  ck_assert_uint_eq(test_server_connections(server), 2);
  sem_destroy(&ended);
}

START_TEST(test_kept_connection_reset_when_idle)
{
  START({.what = STEP_OK});
  survives_when_idle(reset_when_idle);
}
END_TEST

START_TEST(test_kept_connection_closed_when_idle)
{
  START({.what = STEP_OK});
  survives_when_idle(close_when_idle);
}
END_TEST

/* --- after the request --- */

START_TEST(test_reset_after_the_request)
{
  START({.what = STEP_RESET}, {.what = STEP_RESET});
  stage_survives(3);
}
END_TEST

START_TEST(test_closed_after_the_request)
{
  START({.what = STEP_CLOSE});
  stage_survives(2);
}
END_TEST

START_TEST(test_reset_after_the_head)
{
  START({.what = STEP_HEAD_RESET});
  stage_survives(2);
}
END_TEST

START_TEST(test_answer_cut_short)
{
  START({.what = STEP_TRUNCATE});
  stage_survives(2);
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
  stage_survives(2);
}
END_TEST

/* Its status is what counts: GMS's answer has changed before. */
START_TEST(test_good_answer_that_is_not_json)
{
  START({STEP_STATUS, 200, NULL, "{\"value\":\"succ\x01"});
  stage_survives(1);
}
END_TEST

START_TEST(test_429_in_seconds)
{
  START({STEP_STATUS, 429, "Retry-After: 0\r\n", "{}"});
  stage_survives(2);
}
END_TEST

START_TEST(test_429_as_a_date)
{
  START({STEP_STATUS, 429, "Retry-After: Sun, 06 Nov 1994 08:49:37 GMT\r\n", "{}"});
  stage_survives(2);
}
END_TEST

START_TEST(test_429_costs_half)
{
  START({STEP_STATUS, 429, NULL, NULL}, {STEP_STATUS, 429, NULL, NULL},
        {STEP_STATUS, 429, NULL, NULL}, {STEP_STATUS, 429, NULL, NULL});
  fixture_set(&f, "retry_max_times", "2");
  stage_survives(5);
}
END_TEST

START_TEST(test_5xx_in_a_row)
{
  START({STEP_STATUS, 500, NULL, "{\"message\":\"boom\"}"}, {STEP_STATUS, 502, NULL, NULL},
        {STEP_STATUS, 503, NULL, "<html><title>Busy</title></html>"},
        {STEP_STATUS, 504, NULL, NULL});
  stage_survives(5);
}
END_TEST

/* --- concurrency --- */

/* Falls with what says that the server has too much to do, and comes back with successes. */
START_TEST(test_concurrency_falls_and_recovers)
{
  static const step signs[][2] = {{{STEP_STATUS, 503, NULL, NULL}, {STEP_STATUS, 503, NULL, NULL}},
                                  {{STEP_STATUS, 429, NULL, NULL}, {STEP_STATUS, 429, NULL, NULL}},
                                  {{.what = STEP_STALL}, {.what = STEP_STALL}}};
  stage_start(signs[_i], 2);
  fixture_set(&f, "max_threads", "8");
  fixture_set(&f, "retry_max_times", "-1");
  if (signs[_i][0].what == STEP_STALL)
    fixture_set(&f, "timeout_sec", "500ms");
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, NULL), DH_OK);
  dh_emitter_stats s = stage_stats();
  ck_assert_uint_lt(s.concurrency, 8);
  ck_assert_uint_ge(s.retried, 2);
  for (size_t i = 0; i < 1000 && stage_stats().concurrency < 8; i++) {
    fixture_emit_many(&f, 1, 1);
    ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, NULL), DH_OK);
  }
  ck_assert_uint_eq(stage_stats().concurrency, 8);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
}
END_TEST

/* A 500 is a record's fault more often than the server's. */
START_TEST(test_concurrency_stays_after_a_500)
{
  START({STEP_STATUS, 500, NULL, NULL});
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, NULL), DH_OK);
  ck_assert_uint_eq(stage_stats().concurrency, 15);
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
  server = test_server_start(script_handler, &well);
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

/* The Python sink's default: four tries beyond the first. */
START_TEST(test_tries_by_default)
{
  dh_error error;
  START({STEP_STATUS, 503, NULL, NULL}, {STEP_STATUS, 503, NULL, NULL},
        {STEP_STATUS, 503, NULL, NULL}, {STEP_STATUS, 503, NULL, NULL},
        {STEP_STATUS, 503, NULL, NULL});
  fixture_set(&f, "linger", "1h");
  fixture_open(&f);
  fixture_emit_many(&f, 10, 3);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_UNAVAILABLE);
  ck_assert_ptr_nonnull(strstr(error.message, "gave up after 5 tries"));
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 10);
  ck_assert_uint_eq(test_server_count(server), 5);
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
  stage_start(redirect, 1);
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
  stage_survives(2);
  const test_request *again = test_server_request(server, 1);
  ck_assert_str_eq(again->method, "POST");
  ck_assert_str_eq(again->target, "/gms/aspects?action=ingestProposalBatch");
  ck_assert_str_eq(again->body, test_server_request(server, 0)->body);
  ck_assert_str_eq(test_request_header(again, "Authorization"), "Bearer test-token-not-real");
}
END_TEST

static TCase *case_passing(void)
{
  TCase *c = stage_case("passing faults");
  tcase_add_test(c, test_reset_after_the_request);
  tcase_add_test(c, test_closed_after_the_request);
  tcase_add_test(c, test_reset_after_the_head);
  tcase_add_test(c, test_answer_cut_short);
  tcase_add_test(c, test_stalled);
  tcase_add_test(c, test_answer_after_giving_up);
  tcase_add_test(c, test_not_http);
  tcase_add_test(c, test_429_in_seconds);
  tcase_add_test(c, test_429_as_a_date);
  tcase_add_test(c, test_429_costs_half);
  tcase_add_test(c, test_5xx_in_a_row);
  tcase_add_loop_test(c, test_concurrency_falls_and_recovers, 0, 3);
  tcase_add_test(c, test_concurrency_stays_after_a_500);
  tcase_add_test(c, test_good_answer_that_is_not_json);
  tcase_add_test(c, test_comes_back);
  return c;
}

static TCase *case_requests(void)
{
  TCase *c = stage_case("requests broken off");
  tcase_add_test(c, test_reset_before_the_request);
  tcase_add_test(c, test_reset_in_the_head);
  tcase_add_test(c, test_reset_in_the_body);
  tcase_add_test(c, test_kept_connection_reset_in_the_head);
  tcase_add_test(c, test_kept_connection_reset_in_the_body);
  tcase_add_test(c, test_kept_connection_reset_when_idle);
  tcase_add_test(c, test_kept_connection_closed_when_idle);
  return c;
}

static TCase *case_lasting(void)
{
  TCase *c = stage_case("lasting faults");
  tcase_add_test(c, test_refused);
  tcase_add_test(c, test_refused_at_once);
  tcase_add_test(c, test_stopped_refuses_more);
  tcase_add_test(c, test_tries_by_default);
  tcase_add_test(c, test_503_for_good);
  tcase_add_test(c, test_the_frontend_answers);
  tcase_add_test(c, test_redirect_to_another_origin);
  tcase_add_test(c, test_redirect_within_the_origin);
  return c;
}

SUITE("faults", case_requests(), case_passing(), case_lasting())
