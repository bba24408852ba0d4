/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of a batch's records: one by one, all at once, or both from two threads.
 */
#include "suite.h"

#include "emit/batch.h"

#include <datahub/error.h>

#include <pthread.h>
#include <string.h>

#define COUNT 16
#define ROUNDS 3000

static dh_batch *batch;
static dh_error failure;

static void setup(void)
{
  batch = dh_batch_new(COUNT);
  ck_assert_ptr_nonnull(batch);
  dh_error_set(&failure, DH_UNAVAILABLE, "the words of a failure");
  dh_batch_push(batch, 0, COUNT);
  ck_assert(dh_batch_pop(batch));
}

static void teardown(void)
{
  dh_batch_free(batch);
}

static void expect(size_t from, size_t end, dh_fate fate)
{
  for (size_t i = from; i < end; i++)
    ck_assert_msg(dh_batch_fate(batch, i) == fate, "record %zu: %d, not %d", i,
                  (int)dh_batch_fate(batch, i), (int)fate);
}

static void expect_words(size_t from, size_t end, const char *words)
{
  for (size_t i = from; i < end; i++) {
    const dh_error *said = dh_batch_error(batch, i);
    ck_assert_msg(said != NULL, "nothing was said of record %zu", i);
    ck_assert_str_eq(said->message, words);
  }
}

static void expect_no_words(size_t from, size_t end)
{
  for (size_t i = from; i < end; i++)
    ck_assert_msg(!dh_batch_error(batch, i), "record %zu: %s", i,
                  dh_batch_error(batch, i)->message);
}

/* --- in turn --- */

START_TEST(nothing_is_known_at_first)
{
  expect(0, COUNT, (dh_fate)DH_FATE_UNKNOWN);
  expect_no_words(0, COUNT);
}
END_TEST

START_TEST(one_by_one_the_last_is_known)
{
  for (size_t i = 0; i < COUNT; i++)
    ck_assert_int_eq(dh_batch_report(batch, i, DH_DELIVERED, NULL), i == COUNT - 1);
  expect(0, COUNT, DH_DELIVERED);
}
END_TEST

START_TEST(a_second_report_of_one_is_ignored)
{
  dh_batch_report(batch, 3, DH_DELIVERED, NULL);
  for (size_t i = 0; i < COUNT; i++)
    ck_assert(!dh_batch_report(batch, 3, DH_RETRY, &failure));
  expect(3, 4, DH_DELIVERED);
  expect_no_words(3, 4);
}
END_TEST

START_TEST(a_report_of_none_of_the_window_is_ignored)
{
  ck_assert(!dh_batch_report(batch, COUNT, DH_DELIVERED, NULL));
  expect(0, COUNT, (dh_fate)DH_FATE_UNKNOWN);
}
END_TEST

START_TEST(all_at_once_is_the_last)
{
  ck_assert(dh_batch_report_all(batch, DH_DELIVERED, NULL));
  expect(0, COUNT, DH_DELIVERED);
}
END_TEST

START_TEST(after_all_at_once_no_report_counts)
{
  dh_batch_report_all(batch, DH_DELIVERED, NULL);
  for (size_t i = 0; i < COUNT; i++)
    ck_assert(!dh_batch_report(batch, i, DH_REJECTED, &failure));
  expect(0, COUNT, DH_DELIVERED);
  expect_no_words(0, COUNT);
}
END_TEST

START_TEST(a_second_report_of_all_is_ignored)
{
  ck_assert(dh_batch_report_all(batch, DH_DELIVERED, NULL));
  ck_assert(!dh_batch_report_all(batch, DH_RETRY, &failure));
  expect(0, COUNT, DH_DELIVERED);
  expect_no_words(0, COUNT);
}
END_TEST

START_TEST(the_rest_is_told_at_once)
{
  for (size_t i = 0; i < COUNT / 2; i++)
    ck_assert(!dh_batch_report(batch, i, DH_REJECTED, NULL));
  ck_assert(dh_batch_report_all(batch, DH_DELIVERED, NULL));
  expect(0, COUNT / 2, DH_REJECTED);
  expect(COUNT / 2, COUNT, DH_DELIVERED);
}
END_TEST

START_TEST(a_second_report_of_the_rest_is_ignored)
{
  dh_batch_report(batch, 0, DH_REJECTED, NULL);
  ck_assert(dh_batch_report_all(batch, DH_DELIVERED, NULL));
  ck_assert(!dh_batch_report_all(batch, DH_RETRY, &failure));
  expect(1, COUNT, DH_DELIVERED);
  expect_no_words(0, COUNT);
}
END_TEST

/* --- words --- */

START_TEST(words_said_of_one_are_its_own)
{
  dh_batch_report(batch, 2, DH_REJECTED, &failure);
  expect_words(2, 3, failure.message);
  expect_no_words(0, 2);
  expect_no_words(3, COUNT);
}
END_TEST

START_TEST(words_said_of_all_are_everyones)
{
  dh_batch_report_all(batch, DH_RETRY, &failure);
  expect_words(0, COUNT, failure.message);
}
END_TEST

START_TEST(words_said_of_the_rest_are_not_of_the_others)
{
  dh_error other;
  dh_error_set(&other, DH_MALFORMED, "other words");
  dh_batch_report(batch, 0, DH_DELIVERED, NULL);
  dh_batch_report(batch, 1, DH_REJECTED, &other);
  dh_batch_report_all(batch, DH_RETRY, &failure);
  expect_no_words(0, 1);
  expect_words(1, 2, other.message);
  expect_words(2, COUNT, failure.message);
}
END_TEST

/* --- the next window --- */

static void next_window(size_t count)
{
  dh_batch_forget(batch);
  dh_batch_push(batch, 0, count);
  ck_assert(dh_batch_pop(batch));
  expect(0, count, (dh_fate)DH_FATE_UNKNOWN);
  expect_no_words(0, count);
}

START_TEST(a_window_after_one_told_at_once_is_told_anew)
{
  dh_batch_report_all(batch, DH_RETRY, &failure);
  next_window(COUNT);
  for (size_t i = 0; i < COUNT; i++)
    ck_assert_int_eq(dh_batch_report(batch, i, DH_DELIVERED, NULL), i == COUNT - 1);
  expect_no_words(0, COUNT);
}
END_TEST

START_TEST(a_window_after_one_told_one_by_one_is_told_anew)
{
  for (size_t i = 0; i < COUNT; i++)
    dh_batch_report(batch, i, DH_RETRY, &failure);
  next_window(COUNT / 2);
  ck_assert(dh_batch_report_all(batch, DH_DELIVERED, NULL));
  expect(0, COUNT / 2, DH_DELIVERED);
  next_window(COUNT); /* nothing of the first is left in the places that the second had not */
}
END_TEST

START_TEST(there_is_no_window_without_a_range)
{
  ck_assert(!dh_batch_pop(batch));
}
END_TEST

/* --- two threads --- */

typedef struct racer {
  pthread_barrier_t *start;
  bool all; /* or one by one */
  dh_fate fate;
  unsigned last; /* how often it was told that its report was the last */
} racer;

static void race(racer *r)
{
  pthread_barrier_wait(r->start);
  if (r->all)
    r->last += dh_batch_report_all(batch, r->fate, &failure);
  else
    for (size_t i = 0; i < COUNT; i++)
      r->last += dh_batch_report(batch, i, r->fate, &failure);
  pthread_barrier_wait(r->start);
}

static void *run(void *arg)
{
  for (size_t i = 0; i < ROUNDS; i++)
    race(arg);
  return NULL;
}

/* Both report all that there is: one of them was last, and told so once. */
static void race_rounds(bool first_all, bool second_all)
{
  pthread_barrier_t start;
  pthread_t thread;
  racer mine = {&start, first_all, DH_REJECTED, 0}, other = {&start, second_all, DH_RETRY, 0};
  pthread_barrier_init(&start, NULL, 2);
  ck_assert_int_eq(pthread_create(&thread, NULL, run, &other), 0);
  for (unsigned i = 1; i <= ROUNDS; i++) {
    race(&mine);
    ck_assert_uint_eq(mine.last + other.last, i);
    for (size_t k = 0; k < COUNT; k++)
      ck_assert(dh_batch_fate(batch, k) == mine.fate || dh_batch_fate(batch, k) == other.fate);
    expect_words(0, COUNT, failure.message);
    next_window(COUNT);
  }
  pthread_join(thread, NULL);
  pthread_barrier_destroy(&start);
}

START_TEST(all_races_one_by_one)
{
  race_rounds(true, false);
}
END_TEST

START_TEST(all_races_all)
{
  race_rounds(true, true);
}
END_TEST

START_TEST(one_by_one_races_one_by_one)
{
  race_rounds(false, false);
}
END_TEST

static TCase *case_turns(void)
{
  TCase *tcase = tcase_create("in turn");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, nothing_is_known_at_first);
  tcase_add_test(tcase, one_by_one_the_last_is_known);
  tcase_add_test(tcase, a_second_report_of_one_is_ignored);
  tcase_add_test(tcase, a_report_of_none_of_the_window_is_ignored);
  tcase_add_test(tcase, all_at_once_is_the_last);
  tcase_add_test(tcase, after_all_at_once_no_report_counts);
  tcase_add_test(tcase, a_second_report_of_all_is_ignored);
  tcase_add_test(tcase, the_rest_is_told_at_once);
  tcase_add_test(tcase, a_second_report_of_the_rest_is_ignored);
  return tcase;
}

static TCase *case_words(void)
{
  TCase *tcase = tcase_create("words");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, words_said_of_one_are_its_own);
  tcase_add_test(tcase, words_said_of_all_are_everyones);
  tcase_add_test(tcase, words_said_of_the_rest_are_not_of_the_others);
  return tcase;
}

static TCase *case_windows(void)
{
  TCase *tcase = tcase_create("windows");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, a_window_after_one_told_at_once_is_told_anew);
  tcase_add_test(tcase, a_window_after_one_told_one_by_one_is_told_anew);
  tcase_add_test(tcase, there_is_no_window_without_a_range);
  return tcase;
}

static TCase *case_threads(void)
{
  TCase *tcase = tcase_create("threads");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 120);
  tcase_add_test(tcase, all_races_one_by_one);
  tcase_add_test(tcase, all_races_all);
  tcase_add_test(tcase, one_by_one_races_one_by_one);
  return tcase;
}

SUITE("batch", case_turns(), case_words(), case_windows(), case_threads())
