/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records whose bytes are in one buffer that the emitter takes over, and the buffers that it
 * gives back: what is written into these is never sent.
 */
#include "emit/fixture.h"
#include "suite.h"
#include "support/tmpdir.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define URNS 32
#define MAX 64 /* records of a buffer */

/* What the server took; guarded by its lock. */
typedef struct model {
  bool hold;
  unsigned refuse_every; /* that many requests: one is answered 503 */
  unsigned requests;
  long last[URNS];
  size_t taken, went_back, junk;
} model;

static fixture f;
static test_server *server;
static model m;

static void apply(model *of, const char *body)
{
  for (long n; (n = fixture_number(body, &body)) >= 0; of->taken++) {
    of->went_back += n <= of->last[n % URNS];
    of->last[n % URNS] = n;
  }
}

static void answer(void *arg, const test_request *request, test_conn *conn)
{
  model *of = arg;
  if (of->hold)
    test_hold(conn);
  test_server *s = test_conn_server(conn);
  test_server_lock(s);
  bool refused = of->refuse_every && ++of->requests % of->refuse_every == 0;
  of->junk += strstr(request->body, "####") != NULL;
  if (!refused)
    apply(of, request->body);
  test_server_unlock(s);
  if (refused)
    test_reply(conn, 503, NULL, "", 0);
  else
    test_reply_text(conn, 200, "{}");
}

static void start(bool hold)
{
  memset(&m, 0, sizeof(m));
  m.hold = hold;
  for (size_t i = 0; i < URNS; i++)
    m.last[i] = -1;
  server = test_server_start(answer, &m);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  fixture_set(&f, "retry_max_times", "-1");
}

static void setup(void)
{
  start(false);
}

static void setup_held(void)
{
  start(true);
}

static void teardown(void)
{
  fixture_end(&f);
  test_server_stop(server);
}

/* --- a buffer --- */

typedef struct load {
  char *buffer;
  size_t capacity, size;
  dh_record records[MAX];
  size_t count;
} load;

static dh_slice part(const char *in, const char *text)
{
  return (dh_slice){strstr(in, text), strlen(text)};
}

/* As ck_assert() on any thread, and under any limit: Check notes in a file where it was. */
static void must(bool holds)
{
  if (!holds)
    abort();
}

/* A buffer of its own where there is none; overwrites what was in it. */
static void prepare(load *l, size_t capacity)
{
  if (!l->buffer) {
    must(!l->capacity);
    l->buffer = malloc(capacity);
    l->capacity = capacity;
  }
  must(l->buffer && l->capacity >= capacity);
  memset(l->buffer, '#', l->capacity);
  l->size = l->count = 0;
}

/* Appends a record of that number, of one of URNS, `padding` bytes larger. */
static void put(load *l, size_t number, int padding)
{
  char *proposal = l->buffer + l->size, urn[100];
  snprintf(urn, sizeof(urn), "urn:li:dataset:(urn:li:dataPlatform:hive,db.t%zu,PROD)",
           number % URNS);
  int n = snprintf(proposal, l->capacity - l->size,
                   "{\"entityType\":\"dataset\",\"entityUrn\":\"%s\",\"changeType\":\"UPSERT\","
                   "\"aspectName\":\"status\",\"aspect\":{\"contentType\":\"application/json\","
                   "\"value\":\"{\\\"removed\\\":false,\\\"number\\\":%zu,\\\"padding\\\":"
                   "\\\"%0*d\\\"}\"}}",
                   urn, number, padding, 0);
  must(l->count < MAX && l->size + (size_t)n < l->capacity);
  l->size += (size_t)n + 1;
  l->records[l->count++] = (dh_record){.struct_size = sizeof(dh_record),
                                       .entity_type = part(proposal, "dataset"),
                                       .urn = part(proposal, urn),
                                       .aspect_name = part(proposal, "status"),
                                       .content_type = part(proposal, "application/json"),
                                       .proposal = {proposal, (size_t)n}};
}

static void fill(load *l, size_t capacity, size_t first, size_t count)
{
  prepare(l, capacity);
  for (size_t i = 0; i < count; i++)
    put(l, first + i, 1);
}

/* All of a buffer have one line of the ledger. */
static dh_status emit(load *l, size_t line, uint32_t flags, dh_error *error)
{
  return dh_emitter_emit_buffer(f.emitter, &l->buffer, &l->capacity, l->records, l->count,
                                (void *)(uintptr_t)line, flags, error);
}

static void must_emit(load *l, size_t line)
{
  dh_error error;
  if (emit(l, line, 0, &error))
    ck_abort_msg("buffer %zu: %s", line, error.message);
}

static void must_flush(void)
{
  dh_error error;
  ck_assert_msg(dh_emitter_flush(f.emitter, -1, &error) == DH_OK, "%s", error.message);
}

static dh_status close_emitter(int64_t timeout_ms, dh_error *error)
{
  dh_status status = dh_emitter_close(f.emitter, timeout_ms, error);
  f.emitter = NULL;
  return status;
}

/* Emits, which must fail with this and leave the buffer as it is. */
static void must_refuse(load *l, uint32_t flags, dh_status status, dh_error *error)
{
  char *buffer = l->buffer, *content = malloc(l->capacity);
  size_t capacity = l->capacity;
  memcpy(content, buffer, capacity);
  ck_assert_int_eq(emit(l, 0, flags, error), status);
  ck_assert_ptr_eq(l->buffer, buffer);
  ck_assert_uint_eq(l->capacity, capacity);
  ck_assert_mem_eq(content, buffer, capacity);
  free(content);
}

/* Closes; that many were told of, delivered, and taken by the server once, in order. */
static void must_have_delivered(size_t count)
{
  dh_error error;
  ck_assert_msg(close_emitter(-1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(m.junk, 0);
  ck_assert_uint_eq(m.went_back, 0);
  ck_assert_uint_eq(m.taken, count);
  ck_assert_uint_eq(f.ledger->told, count);
}

/* --- over and over --- */

static void many_rounds(size_t rounds)
{
  load l = {0};
  size_t emitted = 0;
  fixture_open(&f);
  for (size_t i = 0; i < rounds; i++) {
    fill(&l, 32768, emitted, 20 + i % 40);
    emitted += l.count;
    must_emit(&l, i);
    if (i % 16 == 0)
      must_flush();
    if (i % 16 == 1) /* one at least was done with by then */
      ck_assert_ptr_nonnull(l.buffer);
  }
  free(l.buffer);
  must_have_delivered(emitted);
  for (size_t i = 0; i < rounds; i++)
    ck_assert_uint_eq(f.ledger->line[i].told, 20 + i % 40);
}

START_TEST(test_each_once_and_in_order)
{
  many_rounds(400);
}
END_TEST

/* What is sent again is sent from a buffer, too. */
START_TEST(test_each_once_with_retries)
{
  m.refuse_every = 5;
  many_rounds(200);
}
END_TEST

START_TEST(test_gives_back_what_is_done_with)
{
  load l = {0};
  fixture_open(&f);
  fill(&l, 32768, 0, 20);
  char *first = l.buffer;
  must_emit(&l, 0);
  ck_assert_ptr_null(l.buffer);
  must_flush();
  fill(&l, 32768, 20, 20);
  must_emit(&l, 1);
  ck_assert_ptr_eq(l.buffer, first);
  ck_assert_uint_eq(l.capacity, 32768);
  free(l.buffer);
  must_have_delivered(40);
}
END_TEST

/* The size of the largest that is kept, and one byte more. */
static const struct {
  size_t capacity;
  bool kept;
} sizes[] = {{1 << 20, true}, {(1 << 20) + 1, false}};

START_TEST(test_keeps_no_large_buffer)
{
  load l = {0};
  fixture_open(&f);
  fill(&l, sizes[_i].capacity, 0, 20);
  must_emit(&l, 0);
  must_flush();
  fill(&l, 32768, 20, 20);
  must_emit(&l, 1);
  ck_assert_int_eq(l.buffer != NULL, sizes[_i].kept);
  ck_assert_uint_eq(l.capacity, sizes[_i].kept ? sizes[_i].capacity : 0);
  free(l.buffer);
  must_have_delivered(40);
}
END_TEST

START_TEST(test_takes_over_no_buffer_without_records)
{
  dh_error error;
  load l = {0};
  fixture_open(&f);
  prepare(&l, 1000);
  must_refuse(&l, 0, DH_OK, &error);
  free(l.buffer);
  must_have_delivered(0);
}
END_TEST

/* --- what is not in the buffer --- */

static const size_t parts[] = {
    offsetof(dh_record, proposal),       offsetof(dh_record, urn),
    offsetof(dh_record, entity_type),    offsetof(dh_record, aspect_name),
    offsetof(dh_record, content_type),   offsetof(dh_record, headers),
    offsetof(dh_record, system_metadata)};

static void must_refuse_part(size_t which, dh_slice value)
{
  dh_error error;
  load l = {0};
  fixture_open(&f);
  fill(&l, 32768, 0, 5);
  if (!value.ptr) /* one that lies in it but for its last byte */
    value = (dh_slice){l.buffer + l.capacity - 9, 10};
  memcpy((char *)&l.records[2] + parts[which], &value, sizeof(value));
  must_refuse(&l, 0, DH_MALFORMED, &error);
  ck_assert_msg(strstr(error.message, "record 3 of 5") != NULL, "%s", error.message);
  free(l.buffer);
  must_have_delivered(0);
}

START_TEST(test_refuses_a_part_outside)
{
  must_refuse_part((size_t)_i, (dh_slice){"outside", 7});
}
END_TEST

START_TEST(test_refuses_a_part_across_the_end)
{
  must_refuse_part((size_t)_i, (dh_slice){NULL, 0});
}
END_TEST

/* Parts that a record need not have are nowhere. */
START_TEST(test_accepts_what_has_few_parts)
{
  load l = {0};
  fixture_open(&f);
  fill(&l, 32768, 0, 5);
  for (size_t i = 0; i < l.count; i++)
    l.records[i].entity_type = l.records[i].aspect_name = l.records[i].content_type =
        (dh_slice){NULL, 0};
  must_emit(&l, 0);
  free(l.buffer);
  must_have_delivered(5);
}
END_TEST

/* --- bounds --- */

START_TEST(test_full_queue_leaves_the_buffer)
{
  dh_error error;
  load l = {0};
  fixture_set(&f, "max_pending_requests", "30");
  fixture_open(&f);
  fill(&l, 32768, 0, 20);
  must_emit(&l, 0);
  fill(&l, 32768, 20, 11);
  must_refuse(&l, DH_EMIT_NOWAIT, DH_UNAVAILABLE, &error);
  ck_assert_msg(strstr(error.message, "the queue is full") != NULL, "%s", error.message);
  test_server_release(server);
  must_flush();
  ck_assert_int_eq(emit(&l, 1, DH_EMIT_NOWAIT, &error), DH_OK);
  free(l.buffer);
  must_have_delivered(31);
}
END_TEST

START_TEST(test_bounds_the_whole_capacity)
{
  dh_error error;
  load large = {0}, small = {0};
  fixture_set(&f, "max_pending_bytes", "600000");
  fixture_open(&f);
  fill(&small, 1000, 0, 1);
  must_emit(&small, 0);
  fill(&large, 500000, 1, 1);
  must_refuse(&large, DH_EMIT_NOWAIT, DH_UNAVAILABLE, &error);
  ck_assert_msg(strstr(error.message, "max_pending_bytes") != NULL, "%s", error.message);
  fill(&small, 1000, 1, 1);
  ck_assert_int_eq(emit(&small, 1, DH_EMIT_NOWAIT, &error), DH_OK);
  free(large.buffer);
  free(small.buffer);
  test_server_release(server);
  must_have_delivered(2);
}
END_TEST

START_TEST(test_an_empty_queue_takes_any_buffer)
{
  dh_error error;
  load l = {0};
  fixture_set(&f, "max_pending_bytes", "131072");
  fixture_open(&f);
  fill(&l, 500000, 0, 1);
  ck_assert_int_eq(emit(&l, 0, DH_EMIT_NOWAIT, &error), DH_OK);
  ck_assert_ptr_null(l.buffer);
  test_server_release(server);
  must_have_delivered(1);
}
END_TEST

START_TEST(test_close_tells_of_what_is_undelivered)
{
  dh_error error;
  load l = {0};
  fixture_open(&f);
  for (size_t i = 0; i < 3; i++) {
    fill(&l, 32768, i * 50, 50);
    must_emit(&l, i);
    ck_assert_ptr_null(l.buffer);
  }
  ck_assert(test_server_wait(server, 1));
  ck_assert_int_eq(close_emitter(0, &error), DH_TIMEOUT);
  for (size_t i = 0; i < 3; i++) {
    ck_assert_uint_eq(f.ledger->line[i].told, 50);
    ck_assert_int_eq(f.ledger->line[i].fate, DH_RETRY);
  }
}
END_TEST

/* --- the spool --- */

static char *folder;

static void setup_spool(void)
{
  start(true);
  signal(SIGXFSZ, SIG_IGN);
  folder = test_tmpdir_new();
  char *path = test_path(folder, "spool.db");
  fixture_set(&f, "spool", path);
  free(path);
}

static void teardown_spool(void)
{
  teardown();
  test_tmpdir_remove(folder);
}

static void limit_files(rlim_t size)
{
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = size < limit.rlim_max ? size : limit.rlim_max;
  must(!setrlimit(RLIMIT_FSIZE, &limit));
}

static void fill_large(load *l, size_t first)
{
  prepare(l, 65536);
  for (size_t i = 0; i < 10; i++)
    put(l, first + i, 5000);
}

START_TEST(test_full_disk_leaves_the_buffer)
{
  dh_error error = {0};
  load l = {0};
  size_t emitted = 0;
  fixture_open(&f);
  limit_files(400 * 1024);
  for (;; emitted += l.count) {
    fill_large(&l, emitted);
    char *buffer = l.buffer;
    if (emit(&l, emitted / 10, 0, &error)) {
      ck_assert_ptr_eq(l.buffer, buffer);
      break;
    }
    ck_assert_uint_lt(emitted, 1000);
  }
  must_refuse(&l, 0, DH_UNAVAILABLE, &error);
  ck_assert_msg(strstr(error.message, "make room") != NULL, "%s", error.message);
  limit_files(RLIM_INFINITY);
  ck_assert_int_eq(emit(&l, emitted / 10, 0, &error), DH_OK);
  ck_assert_ptr_null(l.buffer);
  test_server_release(server);
  must_have_delivered(emitted + 10);
}
END_TEST

/* --- threads --- */

#define THREADS 4
#define ROUNDS 60
#define EACH (URNS / THREADS) /* the URNs of a thread */

typedef struct producer {
  pthread_t thread;
  size_t index, refused;
} producer;

static void *produce(void *arg)
{
  producer *p = arg;
  dh_error error;
  load l = {0};
  for (size_t i = 0; i < ROUNDS; i++) {
    prepare(&l, 32768);
    for (size_t k = i * 24; k < (i + 1) * 24; k++)
      put(&l, k / EACH * URNS + p->index * EACH + k % EACH, 1);
    p->refused += emit(&l, p->index, 0, &error) != DH_OK;
  }
  free(l.buffer);
  return NULL;
}

/* Returns how many buffers were refused. */
static size_t produce_all(void)
{
  producer producers[THREADS] = {0};
  size_t refused = 0;
  for (size_t i = 0; i < THREADS; i++) {
    producers[i].index = i;
    must(!pthread_create(&producers[i].thread, NULL, produce, &producers[i]));
  }
  for (size_t i = 0; i < THREADS; i++) {
    pthread_join(producers[i].thread, NULL);
    refused += producers[i].refused;
  }
  return refused;
}

START_TEST(test_threads_with_buffers_of_their_own)
{
  fixture_set(&f, "max_pending_requests", "200");
  fixture_open(&f);
  ck_assert_uint_eq(produce_all(), 0);
  must_have_delivered((size_t)THREADS * ROUNDS * 24);
}
END_TEST

/* Who waits for room that is held for records which are then refused gets it: here one at a time
 * has any, and none is ever delivered. */
START_TEST(test_threads_on_a_full_disk)
{
  fixture_set(&f, "max_pending_requests", "24");
  fixture_open(&f);
  limit_files(1024);
  size_t refused = produce_all();
  limit_files(RLIM_INFINITY);
  ck_assert_uint_eq(refused, THREADS * ROUNDS);
  test_server_release(server);
  must_have_delivered(0);
}
END_TEST

static TCase *case_rounds(void)
{
  TCase *tcase = tcase_create("rounds");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, test_each_once_and_in_order);
  tcase_add_test(tcase, test_each_once_with_retries);
  tcase_add_test(tcase, test_gives_back_what_is_done_with);
  tcase_add_loop_test(tcase, test_keeps_no_large_buffer, 0, 2);
  tcase_add_test(tcase, test_takes_over_no_buffer_without_records);
  tcase_add_test(tcase, test_threads_with_buffers_of_their_own);
  return tcase;
}

static TCase *case_parts(void)
{
  TCase *tcase = tcase_create("parts");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_loop_test(tcase, test_refuses_a_part_outside, 0, sizeof(parts) / sizeof(parts[0]));
  tcase_add_loop_test(tcase, test_refuses_a_part_across_the_end, 0,
                      sizeof(parts) / sizeof(parts[0]));
  tcase_add_test(tcase, test_accepts_what_has_few_parts);
  return tcase;
}

static TCase *case_bounds(void)
{
  TCase *tcase = tcase_create("bounds");
  tcase_add_checked_fixture(tcase, setup_held, teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_full_queue_leaves_the_buffer);
  tcase_add_test(tcase, test_bounds_the_whole_capacity);
  tcase_add_test(tcase, test_an_empty_queue_takes_any_buffer);
  tcase_add_test(tcase, test_close_tells_of_what_is_undelivered);
  return tcase;
}

static TCase *case_spool(void)
{
  TCase *tcase = tcase_create("spool");
  tcase_add_checked_fixture(tcase, setup_spool, teardown_spool);
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_full_disk_leaves_the_buffer);
  tcase_add_test(tcase, test_threads_on_a_full_disk);
  return tcase;
}

SUITE("buffer", case_rounds(), case_parts(), case_bounds(), case_spool())
