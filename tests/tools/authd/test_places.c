/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "places.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>

#define MOST 4

static atomic_llong now;
static dh_context *context;
static authd_places *places;

static int64_t read_now(void *arg)
{
  (void)arg;
  return atomic_load(&now);
}

static void setup(void)
{
  static const dh_clock clock = {.wall_ms = read_now, .mono_ms = read_now};
  dh_context_options options = {.struct_size = sizeof(options), .clock = &clock};
  dh_error error;
  atomic_store(&now, 1000000);
  context = dh_context_new(&options, &error);
  places = authd_places_open(context, 2, MOST, &error);
  ck_assert_ptr_nonnull(places);
}

static void teardown(void)
{
  authd_places_close(places);
  dh_context_free(context);
}

static bool event_is_told(void)
{
  struct pollfd on = {authd_places_event(places), POLLIN, 0};
  return poll(&on, 1, 0) == 1;
}

static authd_worker *begin(void)
{
  authd_worker *worker = authd_places_take(places);
  ck_assert_ptr_nonnull(worker);
  authd_place_begun(worker);
  return worker;
}

/* All places but so many. */
static void fill(int but)
{
  for (int i = 0; i < MOST - but; i++)
    begin();
}

static void is_full(void)
{
  ck_assert_ptr_null(authd_places_take(places));
}

START_TEST(connections_are_shared_by_the_threads)
{
  authd_worker *first = authd_places_worker(places, 0), *second = authd_places_worker(places, 1);
  ck_assert_ptr_null(authd_places_worker(places, 2));
  ck_assert_ptr_ne(authd_places_take(places), authd_places_take(places));
  authd_place_begun(first);
  authd_place_begun(second);
  authd_place_ended(first);
  ck_assert_ptr_eq(begin(), first);
  authd_place_ended(second);
  ck_assert_ptr_eq(begin(), second);
}
END_TEST

START_TEST(no_more_places_are_taken_than_there_are)
{
  fill(0);
  is_full();
}
END_TEST

START_TEST(connection_on_its_way_holds_a_place)
{
  fill(1);
  ck_assert_ptr_nonnull(authd_places_take(places));
  ck_assert_uint_eq(authd_places_coming(places), 1);
  is_full();
}
END_TEST

START_TEST(place_that_is_returned_is_free)
{
  fill(1);
  authd_place_return(authd_places_take(places));
  ck_assert_uint_eq(authd_places_coming(places), 0);
  begin();
  is_full();
}
END_TEST

START_TEST(end_is_told_where_it_is_waited_for)
{
  fill(1);
  authd_worker *last = begin();
  authd_place_ended(last);
  ck_assert(!event_is_told()); /* nobody was turned away */
  begin();
  is_full();
  authd_place_ended(last);
  ck_assert(event_is_told());
  authd_places_heard(places);
  ck_assert(!event_is_told());
  begin();
  is_full();
}
END_TEST

START_TEST(connection_that_is_lost_gives_its_place_back)
{
  fill(1);
  ck_assert_ptr_nonnull(authd_places_take(places));
  atomic_fetch_add(&now, AUTHD_PLACES_LOST_MS - 1);
  is_full();
  atomic_fetch_add(&now, 1);
  begin();
  is_full();
}
END_TEST

/* While others come and go on the same thread. */
START_TEST(connection_that_is_lost_is_not_kept_by_others)
{
  fill(2);
  ck_assert_ptr_nonnull(authd_places_take(places));
  for (int i = 0; i < 4; i++) {
    authd_place_ended(begin());
    authd_place_ended(begin());
    atomic_fetch_add(&now, AUTHD_PLACES_LOST_MS / 4);
  }
  begin();
  begin();
  is_full();
}
END_TEST

START_TEST(connection_that_was_thought_lost_is_counted_when_it_begins)
{
  fill(1);
  authd_worker *slow = authd_places_take(places);
  atomic_fetch_add(&now, AUTHD_PLACES_LOST_MS);
  authd_worker *other = begin();
  authd_place_begun(slow);
  is_full();
  authd_place_ended(other);
  is_full(); /* there was one too many */
  authd_place_ended(slow);
  begin();
  is_full();
}
END_TEST

#define ADD(test) tcase_add_test(tc, test)

static TCase *case_places(void)
{
  TCase *tc = tcase_create("places");
  tcase_add_checked_fixture(tc, setup, teardown);
  ADD(connections_are_shared_by_the_threads);
  ADD(no_more_places_are_taken_than_there_are);
  ADD(connection_on_its_way_holds_a_place);
  ADD(place_that_is_returned_is_free);
  ADD(end_is_told_where_it_is_waited_for);
  ADD(connection_that_is_lost_gives_its_place_back);
  ADD(connection_that_is_lost_is_not_kept_by_others);
  ADD(connection_that_was_thought_lost_is_counted_when_it_begins);
  return tc;
}

SUITE("authd_places", case_places())
