/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the module jwt: when they are fetched, and what they do meanwhile.
 */
#include "plugins/verifying.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

START_TEST(keys_are_fetched_once_for_many_tokens)
{
  dh_key *key = forge_key("P-256", NULL);
  verifying_publish("", key, "a", NULL, NULL);
  verifying_open_jwt("");
  for (int i = 0; i < 50; i++)
    ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  ck_assert_uint_eq(test_server_count(v.server), 1);
  dh_key_unref(key);
}
END_TEST

START_TEST(an_unknown_kid_fetches_once_an_interval)
{
  dh_key *old = forge_key("P-256", NULL), *new = forge_key("P-256", NULL);
  verifying_publish("", old, "a", NULL, NULL);
  verifying_open_jwt("refresh_min = \"30s\";");
  ck_assert_int_eq(verifying_check_issued(old, "a"), DH_OK);
  /* Too soon after the first fetch: refused from what is known. */
  for (int i = 0; i < 20; i++)
    ck_assert_int_eq(verifying_check_issued(new, "b"), DH_DENIED);
  ck_assert_uint_eq(test_server_count(v.server), 1);
  verifying_pass(31000);
  for (int i = 0; i < 20; i++)
    ck_assert_int_eq(verifying_check_issued(new, "b"), DH_DENIED);
  ck_assert_uint_eq(test_server_count(v.server), 2);
  dh_key_unref(old);
  dh_key_unref(new);
}
END_TEST

START_TEST(a_rotated_key_is_found)
{
  dh_key *old = forge_key("P-256", NULL), *new = forge_key("P-256", NULL);
  verifying_publish("", old, "a", NULL, NULL);
  verifying_open_jwt("refresh_min = \"30s\";");
  ck_assert_int_eq(verifying_check_issued(old, "a"), DH_OK);
  verifying_publish("", new, "b", old, "a");
  verifying_pass(31000);
  ck_assert_int_eq(verifying_check_issued(new, "b"), DH_OK);
  ck_assert_int_eq(verifying_check_issued(old, "a"), DH_OK);
  ck_assert_uint_eq(test_server_count(v.server), 2);
  dh_key_unref(old);
  dh_key_unref(new);
}
END_TEST

START_TEST(keys_are_fetched_ahead_of_their_end)
{
  dh_key *key = forge_key("P-256", NULL);
  verifying_publish("Cache-Control: public, max-age=1000\r\n", key, "a", NULL, NULL);
  verifying_open_jwt("");
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  verifying_pass(700000);
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  ck_assert_uint_eq(test_server_count(v.server), 1);
  verifying_pass(60000); /* three quarters have passed */
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  ck_assert(test_server_wait(v.server, 2));
  dh_key_unref(key);
}
END_TEST

START_TEST(keys_serve_on_while_the_issuer_is_down)
{
  dh_key *key = forge_key("P-256", NULL);
  verifying_publish("Cache-Control: max-age=60\r\n", key, "a", NULL, NULL);
  verifying_open_jwt("stale_max = \"1h\";");
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  verifying_answer(404, "", "gone");
  verifying_pass(120000);
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  ck_assert(test_server_wait(v.server, 2));
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  dh_key_unref(key);
}
END_TEST

START_TEST(without_any_keys_it_cannot_be_decided)
{
  dh_key *key = forge_key("P-256", NULL);
  verifying_answer(404, "", "not yet");
  verifying_open_jwt("");
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_UNAVAILABLE);
  dh_key_unref(key);
}
END_TEST

#define ASKING 8

static void *ask_for_b(void *arg)
{
  return verifying_check_issued(arg, "b") == DH_OK ? arg : NULL;
}

START_TEST(an_unknown_kid_fetches_once_for_all_who_ask)
{
  pthread_t threads[ASKING];
  dh_key *old = forge_key("P-256", NULL), *new = forge_key("P-256", NULL);
  verifying_publish("", old, "a", NULL, NULL);
  verifying_open_jwt("refresh_min = \"30s\";");
  ck_assert_int_eq(verifying_check_issued(old, "a"), DH_OK);
  verifying_pass(31000);
  verifying_publish("", old, "a", new, "b");
  verifying_hold();
  for (size_t i = 0; i < ASKING; i++)
    pthread_create(&threads[i], NULL, ask_for_b, new);
  ck_assert(test_server_wait(v.server, 2));
  ck_assert_int_eq(verifying_check_issued(old, "a"), DH_OK); /* waits for nobody's key */
  test_server_release(v.server);
  for (size_t i = 0; i < ASKING; i++) {
    void *passed;
    pthread_join(threads[i], &passed);
    ck_assert_ptr_nonnull(passed);
  }
  ck_assert_uint_eq(test_server_count(v.server), 2);
  dh_key_unref(old);
  dh_key_unref(new);
}
END_TEST

static const struct {
  const char *cache_control;
  int64_t kept_ms; /* by the bounds that the test sets */
} bounds[] = {
    {"Cache-Control: no-store\r\n", 30000},
    {"Cache-Control: max-age=0\r\n", 30000},
    {"Cache-Control: max-age=31536000\r\n", 3600000},
    {"", 450000}, /* ten minutes where nothing is said, of which a quarter is left */
};

START_TEST(cache_control_is_heeded_within_bounds)
{
  dh_key *key = forge_key("P-256", NULL);
  verifying_publish(bounds[_i].cache_control, key, "a", NULL, NULL);
  verifying_open_jwt("refresh_min = \"30s\"; refresh_max = \"1h\";");
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  verifying_pass(bounds[_i].kept_ms - 25000); /* on a slow machine some of it passes by itself */
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  ck_assert_uint_eq(test_server_count(v.server), 1);
  verifying_pass(26000);
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  ck_assert(test_server_wait(v.server, 2));
  dh_key_unref(key);
}
END_TEST

START_TEST(a_known_key_waits_for_no_fetch)
{
  dh_key *key = forge_key("P-256", NULL);
  verifying_publish("Cache-Control: max-age=60\r\n", key, "a", NULL, NULL);
  verifying_open_jwt("");
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  verifying_hold();
  verifying_pass(120000);
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  ck_assert(test_server_wait(v.server, 2)); /* is not answered until all is checked */
  for (int i = 0; i < 10; i++)
    ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  ck_assert_uint_eq(test_server_count(v.server), 2);
  test_server_release(v.server);
  dh_key_unref(key);
}
END_TEST

START_TEST(an_issuer_that_comes_back_is_asked_again)
{
  dh_key *old = forge_key("P-256", NULL), *new = forge_key("P-256", NULL);
  verifying_publish("Cache-Control: max-age=60\r\n", old, "a", NULL, NULL);
  verifying_open_jwt("");
  ck_assert_int_eq(verifying_check_issued(old, "a"), DH_OK);
  test_server_down(v.server);
  verifying_pass(120000);
  while (!strstr(verifying_said(), "going on with the keys of before")) {
    ck_assert_int_eq(verifying_check_issued(old, "a"), DH_OK);
    sched_yield();
  }
  ck_assert_int_eq(verifying_check_issued(old, "a"), DH_OK);
  test_server_up(v.server);
  verifying_publish("", new, "b", NULL, NULL);
  verifying_pass(31000);
  ck_assert_int_eq(verifying_check_issued(new, "b"), DH_OK);
  ck_assert_int_eq(verifying_check_issued(old, "a"), DH_DENIED);
  dh_key_unref(old);
  dh_key_unref(new);
}
END_TEST

START_TEST(stale_keys_serve_for_a_bounded_time)
{
  dh_status status;
  dh_key *key = forge_key("P-256", NULL);
  verifying_publish("", key, "a", NULL, NULL);
  verifying_open_jwt("stale_max = \"1h\";");
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  verifying_answer(500, "", "out of order");
  verifying_pass(3700000);
  while ((status = verifying_check_issued(key, "a")) == DH_OK)
    sched_yield(); /* until the fetch that this set off has failed */
  ck_assert_int_eq(status, DH_UNAVAILABLE);
  dh_key_unref(key);
}
END_TEST

static TCase *keys_case(void)
{
  TCase *tests = verifying_case("keys");
  tcase_add_test(tests, keys_are_fetched_once_for_many_tokens);
  tcase_add_test(tests, an_unknown_kid_fetches_once_an_interval);
  tcase_add_test(tests, a_rotated_key_is_found);
  tcase_add_test(tests, keys_are_fetched_ahead_of_their_end);
  tcase_add_test(tests, keys_serve_on_while_the_issuer_is_down);
  tcase_add_test(tests, without_any_keys_it_cannot_be_decided);
  tcase_add_test(tests, an_unknown_kid_fetches_once_for_all_who_ask);
  tcase_add_loop_test(tests, cache_control_is_heeded_within_bounds, 0,
                      sizeof(bounds) / sizeof(bounds[0]));
  tcase_add_test(tests, a_known_key_waits_for_no_fetch);
  tcase_add_test(tests, an_issuer_that_comes_back_is_asked_again);
  tcase_add_test(tests, stale_keys_serve_for_a_bounded_time);
  return tests;
}

SUITE("jwt keys", keys_case())
