/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"
#include "support/tmpdir.h"

#include <datahub/token.h>

#include <string.h>

static const char ACTOR[] = "urn:li:corpuser:datahub";
static char *folder, *path;
static dh_pat_store *store;

static void setup(void)
{
  folder = test_tmpdir_new();
  path = test_path(folder, "tokens.db");
  store = dh_pat_store_open(path, DH_PAT_STORE_CREATE, NULL);
  ck_assert_ptr_nonnull(store);
}

static void teardown(void)
{
  dh_pat_store_close(store);
  free(path);
  test_tmpdir_remove(folder);
}

static dh_status insert(const char *id, const char *actor, int64_t expires)
{
  dh_pat_record record = {.struct_size = sizeof(record),
                          .id = id,
                          .name = "nightly",
                          .type = "PERSONAL",
                          .actor_urn = actor,
                          .owner_urn = ACTOR,
                          .created_at_ms = 1,
                          .expires_at_ms = expires};
  return dh_pat_store_insert(store, &record, NULL);
}

static int collect(void *arg, const dh_pat_record *record)
{
  strcat(arg, record->id);
  return 0;
}

START_TEST(an_issued_token_passes)
{
  ck_assert_int_eq(insert("a", ACTOR, 0), DH_OK);
  ck_assert_int_eq(dh_pat_store_check(store, "a", ACTOR, 0, NULL), DH_OK);
}
END_TEST

START_TEST(a_token_never_issued_is_revoked)
{
  ck_assert_int_eq(dh_pat_store_check(store, "a", ACTOR, 0, NULL), DH_REVOKED);
}
END_TEST

START_TEST(a_revoked_token_is_revoked)
{
  insert("a", ACTOR, 0);
  ck_assert_int_eq(dh_pat_store_revoke(store, "a", 5, NULL), DH_OK);
  ck_assert_int_eq(dh_pat_store_check(store, "a", ACTOR, 0, NULL), DH_REVOKED);
}
END_TEST

START_TEST(revoking_twice_says_so)
{
  insert("a", ACTOR, 0);
  dh_pat_store_revoke(store, "a", 5, NULL);
  ck_assert_int_eq(dh_pat_store_revoke(store, "a", 6, NULL), DH_REVOKED);
}
END_TEST

START_TEST(revoking_what_is_not_there_is_denied)
{
  ck_assert_int_eq(dh_pat_store_revoke(store, "a", 5, NULL), DH_DENIED);
}
END_TEST

START_TEST(another_actor_is_denied)
{
  insert("a", ACTOR, 0);
  ck_assert_int_eq(dh_pat_store_check(store, "a", "urn:li:corpuser:other", 0, NULL), DH_DENIED);
}
END_TEST

START_TEST(an_inactive_actor_is_denied)
{
  dh_pat_store_set_actor(store, ACTOR, 0, NULL);
  ck_assert_int_eq(dh_pat_store_check(store, NULL, ACTOR, 0, NULL), DH_DENIED);
}
END_TEST

START_TEST(an_actor_made_active_again_passes)
{
  dh_pat_store_set_actor(store, ACTOR, 0, NULL);
  dh_pat_store_set_actor(store, ACTOR, 1, NULL);
  ck_assert_int_eq(dh_pat_store_check(store, NULL, ACTOR, DH_PAT_STORE_KNOWN_ACTORS, NULL), DH_OK);
}
END_TEST

START_TEST(an_unknown_actor_is_denied_where_asked)
{
  ck_assert_int_eq(dh_pat_store_check(store, NULL, ACTOR, 0, NULL), DH_OK);
  ck_assert_int_eq(dh_pat_store_check(store, NULL, ACTOR, DH_PAT_STORE_KNOWN_ACTORS, NULL),
                   DH_DENIED);
}
END_TEST

START_TEST(an_id_is_issued_once)
{
  insert("a", ACTOR, 0);
  ck_assert_int_eq(insert("a", ACTOR, 0), DH_DENIED);
}
END_TEST

START_TEST(the_list_is_by_expiry_and_counts_all)
{
  char seen[16] = "";
  size_t total;
  dh_pat_filter filter = {.struct_size = sizeof(filter), .count = 2};
  insert("a", ACTOR, 10);
  insert("b", ACTOR, 20);
  insert("c", ACTOR, 0);
  insert("d", "urn:li:corpuser:other", 5);
  ck_assert_int_eq(dh_pat_store_list(store, &filter, collect, seen, &total, NULL), DH_OK);
  ck_assert_str_eq(seen, "cb");
  ck_assert_uint_eq(total, 4);
}
END_TEST

START_TEST(the_list_is_filtered)
{
  char seen[16] = "";
  dh_pat_filter filter = {.struct_size = sizeof(filter), .actor_urn = ACTOR};
  insert("a", ACTOR, 10);
  insert("b", ACTOR, 20);
  insert("d", "urn:li:corpuser:other", 5);
  dh_pat_store_revoke(store, "b", 1, NULL);
  dh_pat_store_list(store, &filter, collect, seen, NULL, NULL);
  ck_assert_str_eq(seen, "a");
}
END_TEST

START_TEST(another_connection_sees_a_revocation)
{
  insert("a", ACTOR, 0);
  dh_pat_store *reader = dh_pat_store_open(path, 0, NULL);
  ck_assert_int_eq(dh_pat_store_check(reader, "a", ACTOR, 0, NULL), DH_OK);
  dh_pat_store_revoke(store, "a", 5, NULL);
  ck_assert_int_eq(dh_pat_store_check(reader, "a", ACTOR, 0, NULL), DH_REVOKED);
  dh_pat_store_close(reader);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_unavailable)
{
  dh_error error;
  ck_assert_ptr_null(dh_pat_store_open("/tmp/dh-no-such-folder/tokens.db", 0, &error));
  ck_assert_int_eq(error.status, DH_UNAVAILABLE);
}
END_TEST

START_TEST(another_kind_of_file_is_misconfigured)
{
  dh_error error;
  char text[4096];
  memset(text, 'x', sizeof(text) - 1);
  text[sizeof(text) - 1] = '\0';
  char *name = test_file_text(folder, "text", text);
  dh_pat_store *other = dh_pat_store_open(name, DH_PAT_STORE_CREATE, &error);
  free(name);
  ck_assert_ptr_null(other);
  ck_assert_int_eq(error.status, DH_MISCONFIGURED);
}
END_TEST

static TCase *store_case(void)
{
  TCase *tests = tcase_create("store");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, an_issued_token_passes);
  tcase_add_test(tests, a_token_never_issued_is_revoked);
  tcase_add_test(tests, a_revoked_token_is_revoked);
  tcase_add_test(tests, revoking_twice_says_so);
  tcase_add_test(tests, revoking_what_is_not_there_is_denied);
  tcase_add_test(tests, another_actor_is_denied);
  tcase_add_test(tests, an_inactive_actor_is_denied);
  tcase_add_test(tests, an_actor_made_active_again_passes);
  tcase_add_test(tests, an_unknown_actor_is_denied_where_asked);
  tcase_add_test(tests, an_id_is_issued_once);
  tcase_add_test(tests, the_list_is_by_expiry_and_counts_all);
  tcase_add_test(tests, the_list_is_filtered);
  tcase_add_test(tests, another_connection_sees_a_revocation);
  tcase_add_test(tests, a_file_that_is_not_there_is_unavailable);
  tcase_add_test(tests, another_kind_of_file_is_misconfigured);
  return tests;
}

SUITE("pat store", store_case())
