/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Order: whatever the server does, no two requests with one URN are under way at once, and
 * what it applies of one URN never goes back but by a repetition of a whole request.
 * Also what bounds the queue, and how runs end.
 */
#include "emit/fixture.h"
#include "suite.h"
#include "support/tmpdir.h"

#include <stdio.h>
#include <string.h>

#define URNS 31

/* What the server knows; guarded by the server's lock. */
typedef struct model {
  int flying[URNS]; /* requests under way that hold this URN */
  long applied[URNS];
  unsigned violations, went_back;
  unsigned dice;
  bool mild;
} model;

static fixture f;
static test_server *server;
static model m;

static unsigned roll(model *of)
{
  of->dice = of->dice * 1664525u + 1013904223u;
  return of->dice >> 16;
}

static void enter(model *of, const char *body, int by)
{
  bool seen[URNS] = {false};
  for (long n; (n = fixture_number(body, &body)) >= 0;)
    seen[n % URNS] = true;
  for (size_t i = 0; i < URNS; i++) {
    of->flying[i] += seen[i] ? by : 0;
    of->violations += of->flying[i] > 1;
  }
}

/* Applies a batch. Its first record of a URN must follow on what was applied, or repeat
 * what this same batch began with. */
static void apply(model *of, const char *body)
{
  long first[URNS];
  for (size_t i = 0; i < URNS; i++)
    first[i] = -1;
  for (long n; (n = fixture_number(body, &body)) >= 0;) {
    size_t urn = (size_t)n % URNS;
    if (first[urn] < 0 && n > of->applied[urn] + URNS)
      of->went_back++; /* one was left out */
    if (first[urn] >= 0 && n <= first[urn])
      of->went_back++;
    first[urn] = n;
    if (n > of->applied[urn])
      of->applied[urn] = n;
  }
}

/* What was asked was done, and the client cannot know. */
static void lose_the_answer(test_conn *conn, unsigned which)
{
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
  if (which == 0) {
    test_truncate(conn, 200, "{", 1, 2);
    return;
  }
  if (which == 1)
    test_send(conn, head, sizeof(head) - 1);
  if (which == 2)
    test_close(conn);
  else
    test_reset(conn);
}

/* Resets at any point before the request was read. */
static void moody_before(void *arg, test_conn *conn, unsigned connection, unsigned request)
{
  static const size_t sizes[] = {0, 10, 200, 400}; /* no more than the smallest request */
  model *of = arg;
  test_server *s = test_conn_server(conn);
  (void)connection, (void)request;
  test_server_lock(s);
  unsigned mood = roll(of) % (of->mild ? 80 : 20), where = roll(of) % 4;
  test_server_unlock(s);
  if (mood)
    return;
  test_swallow(conn, sizes[where]);
  test_reset(conn);
}

static void moody(void *arg, const test_request *request, test_conn *conn)
{
  model *of = arg;
  test_server *s = test_conn_server(conn);
  test_server_lock(s);
  enter(of, request->body, 1);
  unsigned mood = roll(of) % (of->mild ? 40 : 10);
  bool applies = mood > 2;
  unsigned which = roll(of) % 4;
  if (applies)
    apply(of, request->body);
  enter(of, request->body, -1);
  test_server_unlock(s);
  if (mood == 0)
    test_reply(conn, 503, NULL, "", 0);
  else if (mood == 1)
    test_reply(conn, 429, "Retry-After: 0\r\n", "", 0);
  else if (mood == 2)
    test_reset(conn);
  else if (mood == 3)
    lose_the_answer(conn, which);
  else
    test_reply_text(conn, 200, "{}");
}

static void setup(void)
{
  memset(&m, 0, sizeof(m));
  for (size_t i = 0; i < URNS; i++)
    m.applied[i] = (long)i - URNS;
  server = test_server_start(moody, &m);
  test_server_before(server, moody_before);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  fixture_set(&f, "retry_max_times", "-1");
}

static void teardown(void)
{
  fixture_end(&f);
  test_server_stop(server);
}

static void run(size_t count, const char *batch, unsigned seed)
{
  dh_error error;
  m.dice = seed;
  fixture_set(&f, "max_per_batch", batch);
  fixture_open(&f);
  fixture_emit_many(&f, count, URNS);
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), count);
  ck_assert_uint_eq(m.violations, 0);
  ck_assert_uint_eq(m.went_back, 0);
  for (size_t i = 0; i < URNS; i++)
    ck_assert_int_ge(m.applied[i], (long)(count - URNS));
}

START_TEST(test_moody_server)
{
  run(1500, "5", (unsigned)_i * 7919u + 1);
}
END_TEST

START_TEST(test_mild_server_large_batches)
{
  m.mild = true;
  run(6000, "50", (unsigned)_i + 99);
}
END_TEST

/* --- bounds --- */

static void held(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_hold(conn);
  test_reply_text(conn, 200, "{}");
}

static void setup_held(void)
{
  server = test_server_start(held, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
}

static dh_status emit_nowait(size_t number, dh_error *error)
{
  static const char proposal[] = "{\"entityUrn\":\"urn:li:corpuser:a\"}";
  dh_record record = {.struct_size = sizeof(record),
                      .urn = {"urn:li:corpuser:a", 17},
                      .proposal = {proposal, sizeof(proposal) - 1}};
  return dh_emitter_emit_records(f.emitter, &record, 1, (void *)(uintptr_t)number, DH_EMIT_NOWAIT,
                                 error);
}

START_TEST(test_full_by_count)
{
  dh_error error;
  fixture_set(&f, "max_pending_requests", "10");
  fixture_open(&f);
  for (; f.emitted < 10; f.emitted++)
    ck_assert_int_eq(emit_nowait(f.emitted, &error), DH_OK);
  ck_assert_int_eq(emit_nowait(10, &error), DH_UNAVAILABLE);
  ck_assert_ptr_nonnull(strstr(error.message, "the queue is full"));
  test_server_release(server);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
}
END_TEST

START_TEST(test_full_by_default)
{
  dh_error error;
  fixture_open(&f);
  for (; f.emitted < 2000; f.emitted++)
    ck_assert_int_eq(emit_nowait(f.emitted, &error), DH_OK);
  ck_assert_int_eq(emit_nowait(2000, &error), DH_UNAVAILABLE);
  test_server_release(server);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
}
END_TEST

START_TEST(test_full_by_bytes)
{
  dh_error error;
  fixture_set(&f, "max_pending_bytes", "131072");
  fixture_set(&f, "max_pending_requests", "1000000");
  fixture_open(&f);
  while (f.emitted < 10000 && emit_nowait(f.emitted, &error) == DH_OK)
    f.emitted++;
  ck_assert_uint_gt(f.emitted, 100);
  ck_assert_uint_lt(f.emitted, 131072 / 30);
  test_server_release(server);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
}
END_TEST

static void *release_later(void *arg)
{
  test_server_wait(arg, 1);
  test_server_release(arg);
  return NULL;
}

START_TEST(test_waits_for_room)
{
  pthread_t thread;
  fixture_set(&f, "max_pending_requests", "4");
  fixture_open(&f);
  pthread_create(&thread, NULL, release_later, server);
  fixture_emit_many(&f, 100, 10);
  pthread_join(thread, NULL);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 100);
}
END_TEST

/* The same where the memory of records is what is bounded. */
START_TEST(test_waits_for_room_by_bytes)
{
  pthread_t thread;
  fixture_set(&f, "max_pending_bytes", "300000");
  fixture_set(&f, "max_pending_requests", "1000000");
  f.padding = 50000;
  fixture_open(&f);
  pthread_create(&thread, NULL, release_later, server);
  fixture_emit_many(&f, 100, 10);
  pthread_join(thread, NULL);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 100);
}
END_TEST

START_TEST(test_flush_times_out)
{
  dh_error error;
  fixture_open(&f);
  fixture_emit_many(&f, 5, 5);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, 20, &error), DH_TIMEOUT);
  ck_assert_ptr_nonnull(strstr(error.message, "5 records"));
  test_server_release(server);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, &error), DH_OK);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
}
END_TEST

START_TEST(test_close_abandons)
{
  dh_error error;
  fixture_open(&f);
  fixture_emit_many(&f, 200, 5);
  ck_assert(test_server_wait(server, 1));
  ck_assert_int_eq(fixture_close(&f, 0, &error), DH_TIMEOUT);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 200);
  ck_assert_ptr_nonnull(strstr(error.message, "200 records"));
}
END_TEST

START_TEST(test_sync_mode_waits)
{
  test_server_release(server);
  fixture_set(&f, "mode", "SYNC");
  fixture_open(&f);
  for (size_t i = 1; i <= 3; i++) {
    fixture_emit_many(&f, 1, 5);
    ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), i);
  }
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_str_eq(test_server_request(server, 0)->target, "/aspects?action=ingestProposal");
}
END_TEST

/* --- the spool --- */

START_TEST(test_spool_resumes_in_order)
{
  char *dir = test_tmpdir_new();
  char *spool = test_path(dir, "spool.db");
  dh_error error;
  fixture_set(&f, "spool", spool);
  fixture_open(&f);
  fixture_emit_many(&f, 300, 7);
  fixture_close(&f, 0, &error);
  size_t before = test_server_count(server);

  test_server_release(server);
  fixture_open(&f);
  fixture_emit_many(&f, 50, 7);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, &error), DH_OK);
  ck_assert_int_eq(dh_emitter_close(f.emitter, -1, &error), DH_OK);
  f.emitter = NULL;
  long last[7] = {-1, -1, -1, -1, -1, -1, -1};
  size_t seen = 0;
  for (size_t i = before; i < test_server_count(server); i++) {
    const char *at = test_server_request(server, i)->body;
    for (long n; (n = fixture_number(at, &at)) >= 0; seen++) {
      ck_assert_int_gt(n, last[n % 7]);
      last[n % 7] = n;
    }
  }
  ck_assert_uint_eq(seen, 350);
  free(spool);
  test_tmpdir_remove(dir);
}
END_TEST

static TCase *case_order(void)
{
  TCase *tcase = tcase_create("order");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 120);
  tcase_add_loop_test(tcase, test_moody_server, 0, 3);
  tcase_add_loop_test(tcase, test_mild_server_large_batches, 0, 2);
  return tcase;
}

static TCase *case_bounds(void)
{
  TCase *tcase = tcase_create("bounds");
  tcase_add_checked_fixture(tcase, setup_held, teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_full_by_count);
  tcase_add_test(tcase, test_full_by_default);
  tcase_add_test(tcase, test_full_by_bytes);
  tcase_add_test(tcase, test_waits_for_room);
  tcase_add_test(tcase, test_waits_for_room_by_bytes);
  tcase_add_test(tcase, test_flush_times_out);
  tcase_add_test(tcase, test_close_abandons);
  tcase_add_test(tcase, test_sync_mode_waits);
  tcase_add_test(tcase, test_spool_resumes_in_order);
  return tcase;
}

SUITE("order", case_order(), case_bounds())
