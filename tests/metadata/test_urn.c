/* SPDX-License-Identifier: Apache-2.0 */
#include <datahub/metadata.h>

#include "suite.h"

#include <stdio.h>
#include <string.h>

static const char *const good[] = {
    "urn:li:corpuser:datahub",
    "urn:li:dataset:(urn:li:dataPlatform:hive,db.t,PROD)",
    "urn:li:dataJob:(urn:li:dataFlow:(airflow,dag,PROD),task)",
    "urn:li:schemaField:(urn:li:dataset:(urn:li:dataPlatform:hive,t,PROD),[type=a b].c)",
    "urn:li:corpuser:service:name",
    "urn:li:tag:\xc3\xa9t\xc3\xa9",
    "urn:li:tag:a(b", /* no tuple: parentheses are text */
    "urn:li:tag:a b",
};

static const struct {
  const char *urn, *reason;
} bad[] = {
    {"", "it is empty"},
    {" urn:li:corpuser:x", "white space"},
    {"urn:li:corpuser:x\n", "white space"},
    {"corpuser:x", "does not begin with"},
    {"urn:wd:corpuser:x", "does not begin with"},
    {"URN:li:corpuser:x", "does not begin with"},
    {"urn:li:corpuser", "no entity type"},
    {"urn:li::x", "no entity type"},
    {"urn:li:corpuser:", "no key"},
    {"urn:li:dataset:(a,b", "not balanced"},
    {"urn:li:dataset:(a,b)c", "follows the closing"},
    {"urn:li:dataset:(a,,b)", "is empty"},
    {"urn:li:dataset:()", "is empty"},
    {"urn:li:dataset:(a,(b,c),)", "is empty"},
    {"urn:li:tag:a\342\220\237b", "U+241F"},
    {"urn:li:tag:\xff", "UTF-8"},
};

START_TEST(a_good_urn_is_taken)
{
  dh_error error;
  ck_assert_msg(dh_urn_check(good[_i], strlen(good[_i]), &error) == DH_OK, "%s", error.message);
}
END_TEST

START_TEST(a_bad_urn_is_named_with_its_rule)
{
  dh_error error;
  dh_status status = dh_urn_check(bad[_i].urn, strlen(bad[_i].urn), &error);
  ck_assert_int_eq(status, DH_MALFORMED);
  ck_assert_ptr_nonnull(strstr(error.message, bad[_i].reason));
}
END_TEST

static dh_status check_long(const char *type, const char *unit, size_t count, dh_error *error)
{
  char urn[2048];
  int n = snprintf(urn, sizeof(urn), "urn:li:%s:", type);
  for (size_t i = 0; i < count; i++)
    n += snprintf(urn + n, sizeof(urn) - (size_t)n, "%s", unit);
  return dh_urn_check(urn, (size_t)n, error);
}

/* "urn:li:tag:" takes 17 bytes once encoded. */
START_TEST(the_limit_is_512_encoded_bytes)
{
  dh_error error;
  ck_assert_int_eq(check_long("tag", "a", 495, &error), DH_OK);
  ck_assert_int_eq(check_long("tag", "a", 496, &error), DH_MALFORMED);
  ck_assert_ptr_nonnull(strstr(error.message, "513 bytes"));
}
END_TEST

START_TEST(what_is_encoded_counts_three_bytes)
{
  ck_assert_int_eq(check_long("tag", "/", 165, NULL), DH_OK);
  ck_assert_int_eq(check_long("tag", "/", 166, NULL), DH_MALFORMED);
  ck_assert_int_eq(check_long("tag", "\xc3\xa9", 82, NULL), DH_OK);
  ck_assert_int_eq(check_long("tag", "\xc3\xa9", 83, NULL), DH_MALFORMED);
}
END_TEST

START_TEST(a_schema_field_may_be_longer)
{
  ck_assert_int_eq(check_long("schemaField", "a", 1500, NULL), DH_OK);
}
END_TEST

START_TEST(a_nul_within_is_refused)
{
  static const char urn[] = "urn:li:tag:a\0b";
  ck_assert_int_eq(dh_urn_check(urn, sizeof(urn) - 1, NULL), DH_MALFORMED);
}
END_TEST

START_TEST(the_entity_type_is_found)
{
  const char *urn = "urn:li:dataset:(urn:li:dataPlatform:hive,t,PROD)";
  dh_slice type = dh_urn_entity_type(urn, strlen(urn));
  ck_assert_uint_eq(type.len, 7);
  ck_assert_int_eq(memcmp(type.ptr, "dataset", 7), 0);
}
END_TEST

START_TEST(a_malformed_urn_has_no_type)
{
  ck_assert_ptr_null(dh_urn_entity_type("urn:li:dataset:(a", 17).ptr);
}
END_TEST

static TCase *case_urn(void)
{
  TCase *t = tcase_create("urn");
  tcase_add_loop_test(t, a_good_urn_is_taken, 0, sizeof(good) / sizeof(good[0]));
  tcase_add_loop_test(t, a_bad_urn_is_named_with_its_rule, 0, sizeof(bad) / sizeof(bad[0]));
  tcase_add_test(t, the_limit_is_512_encoded_bytes);
  tcase_add_test(t, what_is_encoded_counts_three_bytes);
  tcase_add_test(t, a_schema_field_may_be_longer);
  tcase_add_test(t, a_nul_within_is_refused);
  tcase_add_test(t, the_entity_type_is_found);
  tcase_add_test(t, a_malformed_urn_has_no_type);
  return t;
}

SUITE("urn", case_urn())
