/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the emitter does when: under a clock that only the test moves. Where a test moves it
 * in steps until something happens, what was needed at least is what it checks.
 */
#include "emit/stage.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NEW_YEAR 1767225600000 /* 2026-01-01T00:00:00Z */
#define SECOND 1000
#define MINUTE (60 * SECOND)

static atomic_llong at;

static int64_t now(void *arg)
{
  return atomic_load((atomic_llong *)arg);
}

static void start_on(test_handler handler)
{
  static const dh_clock clock = {.wall_ms = now, .mono_ms = now, .arg = &at};
  atomic_store(&at, NEW_YEAR);
  server = test_server_start(handler, NULL);
  fixture_init_clock(&f, "datahub-rest", test_server_url(server), &clock);
}

static void advance(int64_t ms)
{
  atomic_fetch_add(&at, ms);
}

static int64_t passed(void)
{
  return atomic_load(&at) - NEW_YEAR;
}

/* Moves the clock by steps until the server has had so many requests. */
static void advance_until_sent(size_t requests, int64_t by)
{
  while (test_server_count(server) < requests) {
    advance(by);
    usleep(1000);
  }
}

static void wait_for_retries(uint64_t retried)
{
  while (stage_stats().retried < retried)
    usleep(1000);
}

static void emit(const char *urn)
{
  dh_error error;
  ck_assert_msg(fixture_emit(&f, urn, &error) == DH_OK, "%s", error.message);
}

static void all_delivered(void)
{
  dh_error error;
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), f.emitted);
}

static void well(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply_text(conn, 200, "{}");
}

/* --- when a batch that is not full leaves --- */

START_TEST(test_linger)
{
  start_on(well);
  fixture_open(&f);
  emit("urn:li:corpuser:a");
  advance_until_sent(1, 10);
  ck_assert_int_ge(passed(), 100);
  all_delivered();
}
END_TEST

/* The Python sink's word for it is an upper bound. */
START_TEST(test_linger_has_a_bound)
{
  start_on(well);
  fixture_set(&f, "linger", "1h");
  fixture_set(&f, "min_process_interval_seconds", "5");
  fixture_open(&f);
  emit("urn:li:corpuser:a");
  advance_until_sent(1, 100);
  ck_assert_int_ge(passed(), 5 * SECOND);
  ck_assert_int_lt(passed(), 60 * MINUTE);
  all_delivered();
}
END_TEST

/* --- Retry-After --- */

static const char *asked; /* a header line */

static void throttled_once(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  if (request->number)
    test_reply_text(conn, 200, "{}");
  else
    test_reply(conn, 429, asked, "", 0);
}

/* A second before the time is over another record is sent, and the first is not. */
START_TEST(test_retry_after)
{
  static const char *const lines[] = {"Retry-After: 3600\r\n",
                                      "Retry-After: Thu, 01 Jan 2026 01:00:00 GMT\r\n"};
  const char *next;
  asked = lines[_i];
  start_on(throttled_once);
  fixture_set(&f, "linger", "0");
  fixture_set(&f, "retry_timeout", "7d");
  fixture_open(&f);
  emit("urn:li:corpuser:a");
  wait_for_retries(1);
  advance(3599 * SECOND);
  emit("urn:li:corpuser:b");
  ck_assert(test_server_wait(server, 2));
  ck_assert_int_eq(fixture_number(test_server_request(server, 1)->body, &next), 1);
  advance(2 * SECOND);
  ck_assert(test_server_wait(server, 3));
  ck_assert_int_eq(fixture_number(test_server_request(server, 2)->body, &next), 0);
  all_delivered();
}
END_TEST

/* --- pauses between tries --- */

static void busy_thrice(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  test_reply(conn, request->number < 3 ? 503 : 200, NULL, "{}", 2);
}

/* Jitter takes from the pause, never adds to it: at its bound the time has come. */
START_TEST(test_pauses_double_to_a_bound)
{
  static const int64_t bounds[] = {10 * SECOND, 20 * SECOND, 20 * SECOND};
  start_on(busy_thrice);
  fixture_set(&f, "linger", "0");
  fixture_set(&f, "retry_backoff", "10s");
  fixture_set(&f, "retry_backoff_max", "20s");
  fixture_open(&f);
  emit("urn:li:corpuser:a");
  for (size_t i = 0; i < 3; i++) {
    wait_for_retries(i + 1);
    advance(bounds[i]);
    ck_assert(test_server_wait(server, i + 2));
  }
  all_delivered();
}
END_TEST

static void always_busy(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply(conn, 503, NULL, "{\"message\":\"down for repair\"}", 29);
}

/* However many tries are left, a server without any success is given up. */
START_TEST(test_deadline)
{
  dh_error error;
  start_on(always_busy);
  fixture_set(&f, "linger", "0");
  fixture_set(&f, "retry_max_times", "-1");
  fixture_set(&f, "retry_timeout", "5m");
  fixture_open(&f);
  emit("urn:li:corpuser:a");
  for (uint64_t retried = 1; dh_emitter_state(f.emitter, &error) == DH_OK;) {
    if (stage_stats().retried < retried) {
      usleep(1000);
      continue;
    }
    retried++;
    advance(30 * SECOND);
  }
  ck_assert_int_ge(passed(), 5 * MINUTE);
  ck_assert_int_eq(error.status, DH_UNAVAILABLE);
  ck_assert_msg(strstr(error.message, "down for repair") != NULL, "%s", error.message);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_UNAVAILABLE);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 1);
}
END_TEST

/* --- statistics --- */

START_TEST(test_snapshots)
{
  dh_emitter_stats s;
  start_on(well);
  fixture_set(&f, "linger", "0");
  f.stats_interval_ms = 10 * SECOND;
  fixture_open(&f);
  emit("urn:li:corpuser:a");
  ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_snapshots(&f, &s), 0);
  for (size_t i = 1; i <= 3; i++) {
    advance(10 * SECOND);
    while (fixture_snapshots(&f, &s) < i)
      usleep(1000);
  }
  ck_assert_uint_eq(s.emitted, 1);
  ck_assert_uint_eq(s.delivered, 1);
  ck_assert_uint_eq(s.requests, 1);
  ck_assert_uint_eq(fixture_snapshots(&f, &s), 3);
  all_delivered();
}
END_TEST

/* --- waiting for a write --- */

static void never_searchable(void *arg, const test_request *request, test_conn *conn)
{
  static const char queued[] =
      "traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01\r\n";
  (void)arg;
  if (strncmp(request->target, "/openapi/v1/trace/write/", 24) != 0)
    test_reply(conn, 200, queued, "[]", 2);
  else
    test_reply_text(conn, 200,
                    "{\"urn:li:corpuser:a\":{\"status\":{\"success\":true,\"primaryStorage\":{"
                    "\"writeStatus\":\"ACTIVE_STATE\"},\"searchStorage\":{\"writeStatus\":"
                    "\"PENDING\"}}}}");
}

/* GMS has it, and sending it again would not help: delivered, with a warning. */
START_TEST(test_a_write_whose_end_is_not_seen)
{
  start_on(never_searchable);
  fixture_set(&f, "linger", "0");
  fixture_set(&f, "default_emit_mode", "ASYNC_WAIT");
  fixture_set(&f, "trace_timeout", "1h");
  fixture_open(&f);
  emit("urn:li:corpuser:a");
  while (!stage_stats().delivered) {
    advance(10 * SECOND);
    usleep(1000);
  }
  ck_assert_int_ge(passed(), 60 * MINUTE);
  ck_assert(fixture_logged(&f, "a write (trace 0123456789abcdef0123456789abcdef) whose end was not "
                               "seen within 3600 s: still pending"));
  all_delivered();
}
END_TEST

static TCase *case_clock(void)
{
  TCase *c = stage_case("clock");
  tcase_add_test(c, test_linger);
  tcase_add_test(c, test_linger_has_a_bound);
  tcase_add_loop_test(c, test_retry_after, 0, 2);
  tcase_add_test(c, test_pauses_double_to_a_bound);
  tcase_add_test(c, test_deadline);
  tcase_add_test(c, test_snapshots);
  tcase_add_test(c, test_a_write_whose_end_is_not_seen);
  return c;
}

SUITE("time", case_clock())
