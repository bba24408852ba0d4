/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The credential's life under a clock that only the test moves, over a source that the
 * test scripts.
 */
#include "auth/support.h"

#include "auth/life.h"
#include "auth/span.h"
#include "module/module.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* --- a span of time --- */

START_TEST(span_is_due_300s_ahead)
{
  dh_span s = dh_span_make(0, 0, 3600000, 0, 0);
  ck_assert_int_eq(dh_span_look(&s, 3300000 - 1, 0), DH_SPAN_GOOD);
  ck_assert_int_eq(dh_span_look(&s, 3300000, 0), DH_SPAN_DUE);
  ck_assert_int_eq(dh_span_look(&s, 3600000, 0), DH_SPAN_OVER);
}
END_TEST

START_TEST(span_that_is_short_is_due_at_half)
{
  dh_span s = dh_span_make(0, 0, 100000, 0, 0);
  ck_assert_int_eq(dh_span_look(&s, 49999, 0), DH_SPAN_GOOD);
  ck_assert_int_eq(dh_span_look(&s, 50000, 0), DH_SPAN_DUE);
}
END_TEST

START_TEST(span_jitter_is_at_most_a_tenth_and_earlier)
{
  dh_span s = dh_span_make(0, 0, 3600000, 0, 0xffff);
  ck_assert_int_eq(dh_span_look(&s, 3600000 - 330000 - 1, 0), DH_SPAN_GOOD);
  ck_assert_int_eq(dh_span_look(&s, 3600000 - 330000, 0), DH_SPAN_DUE);
}
END_TEST

START_TEST(span_ends_on_either_clock)
{
  dh_span s = dh_span_make(1000, 1000, 61000, 0, 0);
  /* The wall clock was set back by an hour; the monotonic one still knows. */
  ck_assert_int_eq(dh_span_look(&s, -3600000, 61000), DH_SPAN_OVER);
  /* The machine slept; the wall clock knows. */
  ck_assert_int_eq(dh_span_look(&s, 61000, 1500), DH_SPAN_OVER);
}
END_TEST

START_TEST(span_without_end)
{
  dh_span s = dh_span_make(0, 0, 0, -1, 0);
  ck_assert_int_eq(dh_span_look(&s, INT64_MAX - 1, INT64_MAX - 1), DH_SPAN_GOOD);
}
END_TEST

START_TEST(span_of_one_use)
{
  dh_span s = dh_span_make(0, 0, 0, 0, 0);
  ck_assert_int_eq(dh_span_look(&s, 0, 0), DH_SPAN_GOOD);
  ck_assert_int_eq(dh_span_look(&s, 0, DH_SPAN_UNUSED_MS), DH_SPAN_OVER);
  s.used = true;
  ck_assert_int_eq(dh_span_look(&s, 0, 0), DH_SPAN_OVER);
}
END_TEST

START_TEST(span_recheck)
{
  dh_span s = dh_span_make(0, 0, 0, 1000, 0);
  ck_assert_int_eq(dh_span_look(&s, 0, 999), DH_SPAN_GOOD);
  ck_assert_int_eq(dh_span_look(&s, 0, 1000), DH_SPAN_DUE);
  ck_assert_int_eq(dh_span_look(&s, 0, 2000), DH_SPAN_OVER);
}
END_TEST

START_TEST(span_of_a_far_end_does_not_overflow)
{
  dh_span s = dh_span_make(1000, INT64_MAX - 10, INT64_MAX, 0, 0xffff);
  ck_assert_int_eq(dh_span_look(&s, 2000, INT64_MAX - 9), DH_SPAN_GOOD);
}
END_TEST

START_TEST(backoff_doubles_to_a_minute)
{
  ck_assert_int_eq(dh_span_backoff(1, 0xffff), 1000);
  ck_assert_int_eq(dh_span_backoff(2, 0xffff), 2000);
  ck_assert_int_eq(dh_span_backoff(40, 0xffff), 60000);
  ck_assert_int_eq(dh_span_backoff(40, 0), 30000);
}
END_TEST

/* --- a life --- */

typedef struct script {
  pthread_mutex_t lock;
  pthread_cond_t moved;
  bool held;   /* acquisitions wait until released */
  bool inside; /* one is waiting */
  unsigned acquired, invalidated, most_at_once, at_once;
  dh_status status; /* of the next acquisition */
  int64_t lasts_ms; /* 0: unknown expiry */
  int64_t recheck_ms;
  bool same_value; /* gives the same token each time */
} script;

static auth_fixture f;
static script s;
static dh_life *life;

static dh_status script_acquire(void *arg, const dh_credential *avoid, int64_t deadline_ms,
                                dh_credential **out, dh_error *error)
{
  char text[32];
  (void)arg, (void)avoid, (void)deadline_ms;
  pthread_mutex_lock(&s.lock);
  s.acquired++;
  s.at_once++;
  if (s.at_once > s.most_at_once)
    s.most_at_once = s.at_once;
  s.inside = true;
  pthread_cond_broadcast(&s.moved);
  while (s.held)
    pthread_cond_wait(&s.moved, &s.lock);
  s.inside = false;
  dh_status status = s.status;
  snprintf(text, sizeof(text), "token-%u", s.same_value ? 0 : s.acquired);
  if (status == DH_OK) {
    *out = dh_credential_new(f.context);
    dh_secret *value = dh_secret_new(f.context, text, strlen(text));
    dh_credential_set(*out, "Bearer", value);
    dh_secret_free(value);
    (*out)->expires_at_ms = s.lasts_ms ? f.wall_ms + s.lasts_ms : 0;
    (*out)->recheck_ms = s.recheck_ms;
  } else {
    dh_error_set(error, status, "the provider is out");
  }
  s.at_once--;
  pthread_mutex_unlock(&s.lock);
  return status;
}

static void script_invalidate(void *arg, const dh_credential *rejected)
{
  (void)arg, (void)rejected;
  pthread_mutex_lock(&s.lock);
  s.invalidated++;
  pthread_mutex_unlock(&s.lock);
}

static void script_free(void *arg)
{
  (void)arg;
}

static void setup(void)
{
  static const dh_life_source source = {script_acquire, script_invalidate, script_free, NULL};
  auth_setup(&f);
  memset(&s, 0, sizeof(s));
  pthread_mutex_init(&s.lock, NULL);
  pthread_cond_init(&s.moved, NULL);
  s.lasts_ms = 3600000;
  life = dh_life_new(f.context, &source);
}

static void hold(bool held)
{
  pthread_mutex_lock(&s.lock);
  s.held = held;
  pthread_cond_broadcast(&s.moved);
  pthread_mutex_unlock(&s.lock);
}

static void teardown(void)
{
  hold(false);
  dh_life_free(life);
  auth_teardown(&f);
}

static void wait_inside(void)
{
  pthread_mutex_lock(&s.lock);
  while (!s.inside)
    pthread_cond_wait(&s.moved, &s.lock);
  pthread_mutex_unlock(&s.lock);
}

static void wait_acquired(unsigned count)
{
  pthread_mutex_lock(&s.lock);
  while (s.acquired < count)
    pthread_cond_wait(&s.moved, &s.lock);
  pthread_mutex_unlock(&s.lock);
}

static unsigned acquired(void)
{
  pthread_mutex_lock(&s.lock);
  unsigned n = s.acquired;
  pthread_mutex_unlock(&s.lock);
  return n;
}

static const char *get(void)
{
  static char text[600];
  dh_credential *credential;
  dh_status status = dh_life_get(life, 20000, &credential, &f.error);
  if (status)
    snprintf(text, sizeof(text), "%s: %s", dh_status_name(status), f.error.message);
  else
    snprintf(text, sizeof(text), "%s", dh_secret_bytes(dh_credential_value(credential), NULL));
  dh_credential_unref(credential);
  return text;
}

static void reject_current(void)
{
  dh_credential *credential;
  ck_assert_int_eq(dh_life_get(life, 20000, &credential, NULL), DH_OK);
  dh_life_reject(life, credential);
  dh_credential_unref(credential);
}

START_TEST(one_acquisition_serves_until_it_is_due)
{
  ck_assert_str_eq(get(), "token-1");
  auth_advance(&f, 3600000 - 331000);
  ck_assert_str_eq(get(), "token-1");
  ck_assert_uint_eq(acquired(), 1);
}
END_TEST

START_TEST(renewal_is_off_the_callers_path)
{
  get();
  hold(true);
  auth_advance(&f, 3600000 - 300000);
  ck_assert_str_eq(get(), "token-1"); /* while the renewal hangs */
  wait_inside();
  ck_assert_str_eq(get(), "token-1");
  hold(false);
  auth_advance(&f, 300000); /* the old one is over: the caller waits for the new one */
  ck_assert_str_eq(get(), "token-2");
  ck_assert_uint_eq(acquired(), 2);
}
END_TEST

START_TEST(failed_renewal_keeps_the_old_one_and_says_so)
{
  get();
  s.status = DH_UNAVAILABLE;
  auth_advance(&f, 3600000 - 100000);
  ck_assert_str_eq(get(), "token-1");
  wait_acquired(2);
  dh_life_free(life); /* waits for the end of the renewal */
  life = NULL;
  ck_assert_ptr_nonnull(strstr(f.log, "could not be renewed: the provider is out"));
}
END_TEST

START_TEST(failure_is_told_and_not_repeated_at_once)
{
  s.status = DH_DENIED;
  ck_assert_str_eq(get(), "denied: the provider is out");
  ck_assert_str_eq(get(), "denied: the provider is out");
  ck_assert_uint_eq(acquired(), 1);
  ck_assert_int_gt(f.error.retry_after_ms, 0);
  auth_advance(&f, f.error.retry_after_ms);
  s.status = DH_OK;
  ck_assert_str_eq(get(), "token-2");
}
END_TEST

START_TEST(rejected_is_invalidated_and_replaced)
{
  get();
  reject_current();
  ck_assert_str_eq(get(), "token-2");
  ck_assert_uint_eq(s.invalidated, 1);
}
END_TEST

START_TEST(rejecting_an_old_one_changes_nothing)
{
  dh_credential *old;
  ck_assert_int_eq(dh_life_get(life, 20000, &old, NULL), DH_OK);
  dh_life_reject(life, old);
  ck_assert_str_eq(get(), "token-2");
  dh_life_reject(life, old);
  ck_assert_str_eq(get(), "token-2");
  dh_credential_unref(old);
}
END_TEST

START_TEST(without_expiry_each_use_is_asked_for)
{
  s.lasts_ms = 0;
  ck_assert_str_eq(get(), "token-1");
  ck_assert_str_eq(get(), "token-2");
}
END_TEST

START_TEST(without_expiry_the_last_one_outlives_an_absent_source)
{
  s.lasts_ms = 0;
  ck_assert_str_eq(get(), "token-1");
  s.status = DH_UNAVAILABLE;
  ck_assert_str_eq(get(), "token-1");
  auth_advance(&f, 60000);
  s.status = DH_DENIED;
  ck_assert_str_eq(get(), "denied: the provider is out");
}
END_TEST

static void *get_in_thread(void *arg)
{
  dh_credential *credential = NULL;
  (void)arg;
  dh_life_get(life, 20000, &credential, NULL);
  return credential;
}

START_TEST(many_that_wait_are_served_by_one)
{
  pthread_t threads[8];
  hold(true);
  for (int i = 0; i < 8; i++)
    pthread_create(&threads[i], NULL, get_in_thread, NULL);
  wait_inside();
  hold(false);
  for (int i = 0; i < 8; i++) {
    void *credential;
    pthread_join(threads[i], &credential);
    ck_assert_ptr_nonnull(credential);
    dh_credential_unref(credential);
  }
  ck_assert_uint_eq(acquired(), 1);
}
END_TEST

START_TEST(get_gives_up_in_time)
{
  dh_credential *credential;
  hold(true);
  ck_assert_int_eq(dh_life_get(life, 0, &credential, &f.error), DH_TIMEOUT);
}
END_TEST

typedef struct bell {
  pthread_mutex_t lock;
  pthread_cond_t rung;
  unsigned count;
} bell;

static void ring(void *arg)
{
  bell *b = arg;
  pthread_mutex_lock(&b->lock);
  b->count++;
  pthread_cond_broadcast(&b->rung);
  pthread_mutex_unlock(&b->lock);
}

START_TEST(try_never_blocks_and_rings_once)
{
  bell b = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
  dh_credential *credential;
  hold(true);
  ck_assert_int_eq(dh_life_try(life, &b, &credential, ring, &b, &f.error), DH_IGNORE);
  ck_assert_int_eq(f.error.status, DH_IGNORE);
  ck_assert_int_eq(dh_life_try(life, &b, &credential, ring, &b, NULL), DH_IGNORE);
  hold(false);
  pthread_mutex_lock(&b.lock);
  while (!b.count)
    pthread_cond_wait(&b.rung, &b.lock);
  pthread_mutex_unlock(&b.lock);
  ck_assert_int_eq(dh_life_try(life, &b, &credential, ring, &b, NULL), DH_OK);
  dh_credential_unref(credential);
  dh_life_leave(life, &b);
  ck_assert_uint_eq(b.count, 1);
}
END_TEST

START_TEST(try_tells_a_failure_with_its_delay)
{
  dh_credential *credential;
  s.status = DH_UNAVAILABLE;
  get();
  ck_assert_int_eq(dh_life_try(life, &s, &credential, ring, NULL, &f.error), DH_UNAVAILABLE);
  ck_assert_int_gt(f.error.retry_after_ms, 0);
}
END_TEST

/* Whatever the source may say of its failure, it is not taken for "none yet"; once its time is
 * over, the next call asks. */
START_TEST(try_tells_a_failure_from_none_yet)
{
  bell b = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
  dh_credential *credential;
  s.status = DH_DENIED;
  get();
  ck_assert_int_eq(dh_life_try(life, &b, &credential, ring, &b, &f.error), DH_DENIED);
  ck_assert_int_ge(f.error.retry_after_ms, 0);
  auth_advance(&f, 60000);
  hold(true);
  ck_assert_int_eq(dh_life_try(life, &b, &credential, ring, &b, &f.error), DH_IGNORE);
  ck_assert_int_eq(f.error.retry_after_ms, -1);
  hold(false);
  dh_life_leave(life, &b);
}
END_TEST

START_TEST(who_left_is_not_called)
{
  bell b = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
  dh_credential *credential;
  hold(true);
  dh_life_try(life, &b, &credential, ring, &b, NULL);
  dh_life_leave(life, &b);
  hold(false);
  get();
  ck_assert_uint_eq(b.count, 0);
}
END_TEST

START_TEST(rejected_during_a_renewal_is_not_taken_from_it)
{
  dh_credential *first;
  s.same_value = true;
  ck_assert_int_eq(dh_life_get(life, 20000, &first, NULL), DH_OK);
  hold(true);
  auth_advance(&f, 3600000 - 100000);
  get();
  wait_inside();
  dh_life_reject(life, first);
  hold(false);
  get();
  /* The renewal had begun before the refusal: its answer is asked for once more. */
  ck_assert_uint_eq(acquired(), 3);
  ck_assert_uint_eq(s.invalidated, 1);
  dh_credential_unref(first);
}
END_TEST

static TCase *case_span(void)
{
  TCase *c = tcase_create("span");
  tcase_add_test(c, span_is_due_300s_ahead);
  tcase_add_test(c, span_that_is_short_is_due_at_half);
  tcase_add_test(c, span_jitter_is_at_most_a_tenth_and_earlier);
  tcase_add_test(c, span_ends_on_either_clock);
  tcase_add_test(c, span_without_end);
  tcase_add_test(c, span_of_one_use);
  tcase_add_test(c, span_recheck);
  tcase_add_test(c, span_of_a_far_end_does_not_overflow);
  tcase_add_test(c, backoff_doubles_to_a_minute);
  return c;
}

static TCase *case_life(void)
{
  TCase *c = tcase_create("life");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, one_acquisition_serves_until_it_is_due);
  tcase_add_test(c, renewal_is_off_the_callers_path);
  tcase_add_test(c, failed_renewal_keeps_the_old_one_and_says_so);
  tcase_add_test(c, failure_is_told_and_not_repeated_at_once);
  tcase_add_test(c, rejected_is_invalidated_and_replaced);
  tcase_add_test(c, rejecting_an_old_one_changes_nothing);
  tcase_add_test(c, without_expiry_each_use_is_asked_for);
  tcase_add_test(c, without_expiry_the_last_one_outlives_an_absent_source);
  tcase_add_test(c, many_that_wait_are_served_by_one);
  tcase_add_test(c, get_gives_up_in_time);
  tcase_add_test(c, try_never_blocks_and_rings_once);
  tcase_add_test(c, try_tells_a_failure_with_its_delay);
  tcase_add_test(c, try_tells_a_failure_from_none_yet);
  tcase_add_test(c, who_left_is_not_called);
  tcase_add_test(c, rejected_during_a_renewal_is_not_taken_from_it);
  return c;
}

SUITE("life", case_span(), case_life())
