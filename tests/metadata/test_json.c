/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON into json-c trees: what json-c's own parser would read otherwise.
 */
#include "metadata/json.h"

#include "suite.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

static struct json_object *tree;
static dh_json_fault fault;

static void teardown(void)
{
  json_object_put(tree);
  tree = NULL;
}

static dh_json_result parse(const char *text)
{
  return dh_json_parse_whole(text, strlen(text), &tree, &fault);
}

/* Each character that an escape can name, json-c's parser being wrong about one in 32. */
START_TEST(pair_of_surrogates_is_one_character)
{
  char text[20];
  for (unsigned plane = 1; plane <= 16; plane++)
    for (unsigned low = 0; low < 0x10000; low += 0xff) {
      unsigned c = plane << 16 | low;
      const char wanted[] = {(char)(0xf0 | c >> 18), (char)(0x80 | (c >> 12 & 0x3f)),
                             (char)(0x80 | (c >> 6 & 0x3f)), (char)(0x80 | (c & 0x3f)), '\0'};
      snprintf(text, sizeof(text), "\"\\u%04x\\u%04x\"", 0xd800 + ((c - 0x10000) >> 10),
               0xdc00 + (c & 0x3ff));
      ck_assert_int_eq(parse(text), DH_JSON_OK);
      ck_assert_msg(!strcmp(json_object_get_string(tree), wanted), "%s", text);
      teardown();
    }
}
END_TEST

static const struct {
  const char *text;
  enum json_type type;
} numbers[] = {
    {"0", json_type_int},
    {"-9223372036854775808", json_type_int},
    {"9223372036854775807", json_type_int},
    {"18446744073709551615", json_type_int},
    {"18446744073709551616", json_type_double},
    {"-9223372036854775809", json_type_double},
    {"-0", json_type_double},
    {"1.50", json_type_double},
    {"1E2", json_type_double},
    {"1e400", json_type_double},
};

START_TEST(number_is_written_as_it_was)
{
  ck_assert_int_eq(parse(numbers[_i].text), DH_JSON_OK);
  ck_assert_str_eq(json_object_to_json_string(tree), numbers[_i].text);
  ck_assert_int_eq(json_object_get_type(tree), numbers[_i].type);
}
END_TEST

START_TEST(member_named_twice_is_refused_or_the_last)
{
  const char *text = "{\"a\":1,\"b\":2,\"\\u0061\":{\"c\":3}}";
  dh_json_rules rules = {.depth = DH_JSON_DEPTH, .last_wins = true};
  ck_assert_int_eq(parse(text), DH_JSON_BAD);
  ck_assert_str_eq(fault.why, "the member \"a\" stands twice in one object");
  ck_assert_ptr_null(tree);
  ck_assert_int_eq(dh_json_parse_as(&rules, text, strlen(text), &tree, &fault), DH_JSON_OK);
  ck_assert_str_eq(json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN),
                   "{\"a\":{\"c\":3},\"b\":2}");
}
END_TEST

START_TEST(depth_is_that_of_the_rules)
{
  dh_json_rules rules = {.depth = 3};
  ck_assert_int_eq(dh_json_parse_as(&rules, "[{\"a\":[1]}]", 11, &tree, &fault), DH_JSON_OK);
  teardown();
  ck_assert_int_eq(dh_json_parse_as(&rules, "[{\"a\":[[]]}]", 12, &tree, &fault), DH_JSON_BAD);
  ck_assert_str_eq(fault.why, "nesting deeper than 3");
}
END_TEST

static TCase *all_cases(void)
{
  TCase *tc = tcase_create("json");
  tcase_add_checked_fixture(tc, NULL, teardown);
  tcase_add_test(tc, pair_of_surrogates_is_one_character);
  tcase_add_loop_test(tc, number_is_written_as_it_was, 0,
                      (int)(sizeof(numbers) / sizeof(numbers[0])));
  tcase_add_test(tc, member_named_twice_is_refused_or_the_last);
  tcase_add_test(tc, depth_is_that_of_the_rules);
  return tc;
}

SUITE("json", all_cases())
