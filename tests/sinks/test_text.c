/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as text. What is expected is what Python's json.dumps gives for the same value.
 */
#include "suite.h"

#include "../../sinks/common/text.h"

#include <string.h>

static dh_slice slice(const char *s)
{
  return (dh_slice){s, strlen(s)};
}

static void becomes(const char *json, unsigned indent, const char *expected)
{
  text out = {0};
  text_add_json(&out, slice(json), indent, 0);
  text_add(&out, "", 1);
  ck_assert_str_eq(out.data, expected);
  text_free(&out);
}

START_TEST(values_are_laid_out)
{
  becomes("{\"a\":[1,2.50,{\"b\":null}],\"c\":true}", 4,
          "{\n    \"a\": [\n        1,\n        2.50,\n        {\n            \"b\": null\n"
          "        }\n    ],\n    \"c\": true\n}");
}
END_TEST

START_TEST(empty_ones_stay_on_a_line)
{
  becomes("{\"a\" : [ ] , \"b\":\n{\t} }", 4, "{\n    \"a\": [],\n    \"b\": {}\n}");
}
END_TEST

START_TEST(without_indent_there_is_no_space)
{
  becomes(" { \"a\" : [ 1 , 2 ] , \"b\" : \"x, y: z\" } ", 0, "{\"a\":[1,2],\"b\":\"x, y: z\"}");
}
END_TEST

START_TEST(brackets_in_strings_are_text)
{
  becomes("[\"}{][,:\\\"\"]", 4, "[\n    \"}{][,:\\\"\"\n]");
}
END_TEST

START_TEST(other_characters_are_escaped)
{
  becomes("\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \x7f\"", 4,
          "\"\\u00e9 \\u20ac \\ud83d\\ude00 \\u007f\"");
}
END_TEST

START_TEST(escapes_take_one_form)
{
  becomes("\"\\u0041\\/\\u000A\\u00E9\\ud83D\\uDE00\\\\\\b\"", 4,
          "\"A/\\n\\u00e9\\ud83d\\ude00\\\\\\b\"");
}
END_TEST

/* Whatever is cut off, no byte beyond it is read (valgrind and ASan see to that). */
START_TEST(cut_values_end)
{
  static const char whole[] = "{\"proposal\":[\"a\\u00e9\xc3\xa9\",{\"b\":-1.5e3}]}";
  for (size_t size = 0; size < sizeof(whole); size++) {
    char *cut = malloc(size + 1);
    memcpy(cut, whole, size);
    dh_record record = {.proposal = {cut, size}};
    text out = {0};
    char *exact = realloc(cut, size ? size : 1);
    record.proposal.ptr = exact;
    text_add_json(&out, record.proposal, 4, 0);
    text_add_record(&out, &record, (dh_slice){exact, size}, 4);
    ck_assert(!out.failed);
    text_free(&out);
    free(exact);
  }
}
END_TEST

static void record_becomes(const char *proposal, const char *type, const char *aspect,
                           const char *expected)
{
  text out = {0};
  dh_record record = {.proposal = slice(proposal), .content_type = slice(type)};
  text_add_record(&out, &record, slice(aspect), 0);
  text_add(&out, "", 1);
  ck_assert_str_eq(out.data, expected);
  text_free(&out);
}

START_TEST(an_aspect_is_json_again)
{
  record_becomes("{\"entityUrn\":\"urn:li:tag:a\",\"aspect\":{\"value\":\"{\\\"name\\\":1}\","
                 "\"contentType\":\"application/json\"},\"changeType\":\"UPSERT\"}",
                 "application/json", "{\"name\":1}",
                 "{\"entityUrn\":\"urn:li:tag:a\",\"aspect\":{\"json\":{\"name\":1}},"
                 "\"changeType\":\"UPSERT\"}");
}
END_TEST

START_TEST(a_patch_is_json_again)
{
  record_becomes("{\"aspect\":{\"value\":\"[]\"}}", "application/json-patch+json", "[]",
                 "{\"aspect\":{\"json\":[]}}");
}
END_TEST

START_TEST(an_aspect_of_another_type_stays)
{
  record_becomes("{\"aspect\":{\"value\":\"AA==\",\"contentType\":\"avro\"}}", "avro", "?",
                 "{\"aspect\":{\"value\":\"AA==\",\"contentType\":\"avro\"}}");
}
END_TEST

static TCase *case_json(void)
{
  TCase *c = tcase_create("json");
  tcase_add_test(c, values_are_laid_out);
  tcase_add_test(c, empty_ones_stay_on_a_line);
  tcase_add_test(c, without_indent_there_is_no_space);
  tcase_add_test(c, brackets_in_strings_are_text);
  tcase_add_test(c, other_characters_are_escaped);
  tcase_add_test(c, escapes_take_one_form);
  tcase_add_test(c, cut_values_end);
  return c;
}

static TCase *case_record(void)
{
  TCase *c = tcase_create("record");
  tcase_add_test(c, an_aspect_is_json_again);
  tcase_add_test(c, a_patch_is_json_again);
  tcase_add_test(c, an_aspect_of_another_type_stays);
  return c;
}

SUITE("sink text", case_json(), case_record())
