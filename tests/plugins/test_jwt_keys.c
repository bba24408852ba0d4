/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the module jwt: when they are fetched, and what they do meanwhile.
 */
#include "plugins/verifying.h"

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

static TCase *keys_case(void)
{
  TCase *tests = verifying_case("keys");
  tcase_add_test(tests, keys_are_fetched_once_for_many_tokens);
  tcase_add_test(tests, an_unknown_kid_fetches_once_an_interval);
  tcase_add_test(tests, a_rotated_key_is_found);
  tcase_add_test(tests, keys_are_fetched_ahead_of_their_end);
  tcase_add_test(tests, keys_serve_on_while_the_issuer_is_down);
  tcase_add_test(tests, without_any_keys_it_cannot_be_decided);
  return tests;
}

SUITE("jwt keys", keys_case())
