/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GraphQL documents: what is read, what is refused and where, and the values of strings.
 */
#include "dhub-gms/graphql.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

static gql_document *parse(const char *text)
{
  dh_error error;
  gql_document *document = gql_parse(text, strlen(text), &error);
  ck_assert_msg(document != NULL, "%s: %s", text, error.message);
  return document;
}

/* The first selection of the first operation. */
static const gql_selection *first(const gql_document *document)
{
  return gql_operations(document)->selections;
}

static const struct {
  const char *text, *why;
} refused[] = {
    {"", "line 1 column 1: an operation is expected"},
    {"{", "line 1 column 2: a name is expected"},
    {"{ }", "line 1 column 3: a selection must not be empty"},
    {"{ a", "line 1 column 4: a name is expected"},
    {"{ a(: 1) }", "a name is expected"},
    {"{ a() }", "an argument is expected"},
    {"{ a(b: ) }", "a value is expected"},
    {"{ a(b: 01) }", "leading zero"},
    {"{ a(b: 1.) }", "ends in a point"},
    {"{ a(b: 1e) }", "empty exponent"},
    {"{ a(b: 1x) }", "runs into a name"},
    {"{ a(b: \"x) }", "a string without an end"},
    {"{ a(b: \"x\ny\") }", "in a string"},
    {"{ a(b: \"\\q\") }", "an escape that is none"},
    {"{ a(b: \"\\ud800\") }", "an escape that is none"},
    {"{ a(b: \"\\u0000\") }", "an escape that is none"},
    {"{ a(b: \"\"\"x) }", "a block string without an end"},
    {"{ a(b: [1 }", "a value is expected"},
    {"{ a(b: {c 1}) }", "a colon is expected"},
    {"query Q($a: Int = $b) { c }", "a constant value is expected"},
    {"query Q($a) { c }", "a colon is expected after a variable"},
    {"query Q() { c }", "a variable is expected"},
    {"fragment on on T { a }", "a fragment's name is expected"},
    {"fragment F T { a }", "\"on\" and a type are expected"},
    {"type T { a: Int }", "an operation or a fragment is expected"},
    {"{ a } }", "an operation or a fragment is expected"},
    {"{ a \x01 }", "means nothing here"},
    {"\n  { a % }", "line 2 column 7"},
};

START_TEST(wrong_document_is_refused_in_words)
{
  dh_error error;
  const char *text = refused[_i].text;
  ck_assert_ptr_null(gql_parse(text, strlen(text), &error));
  ck_assert_int_eq(error.status, DH_MALFORMED);
  ck_assert_msg(strstr(error.message, refused[_i].why) != NULL, "%s: %s", text, error.message);
}
END_TEST

START_TEST(deep_document_is_refused)
{
  char text[4 * GQL_MAX_DEPTH] = "";
  dh_error error;
  for (int i = 0; i < GQL_MAX_DEPTH + 1; i++)
    strcat(text, "{a");
  for (int i = 0; i < GQL_MAX_DEPTH + 1; i++)
    strcat(text, "}");
  ck_assert_ptr_null(gql_parse(text, strlen(text), &error));
  ck_assert_ptr_nonnull(strstr(error.message, "nested too deep"));
}
END_TEST

START_TEST(large_document_is_refused)
{
  static char text[GQL_MAX_SIZE + 2];
  dh_error error;
  memset(text, ' ', GQL_MAX_SIZE + 1);
  ck_assert_ptr_null(gql_parse(text, strlen(text), &error));
  ck_assert_ptr_nonnull(strstr(error.message, "too large"));
}
END_TEST

START_TEST(alias_and_name_are_told_apart)
{
  gql_document *document = parse("{ short: longName other }");
  ck_assert_str_eq(first(document)->alias, "short");
  ck_assert_str_eq(first(document)->name, "longName");
  ck_assert_str_eq(first(document)->next->alias, "other");
  gql_free(document);
}
END_TEST

static const struct {
  const char *text;
  gql_kind kind;
  const char *value;
} values[] = {
    {"{ a(b: -12) }", GQL_INT, "-12"},
    {"{ a(b: 1.5e-3) }", GQL_FLOAT, "1.5e-3"},
    {"{ a(b: true) }", GQL_BOOLEAN, "true"},
    {"{ a(b: ONE_HOUR) }", GQL_ENUM, "ONE_HOUR"},
    {"{ a(b: null) }", GQL_NULL, "null"},
    {"{ a(b: $v) }", GQL_VARIABLE, "v"},
    {"{ a(b: \"x\\n\\\"\\u00e9\\ud83d\\ude00\") }", GQL_STRING, "x\n\"\xc3\xa9\xf0\x9f\x98\x80"},
    {"{ a(b: \"\"\"\n\n    one\n      two\n\n    \"\"\") }", GQL_STRING, "one\n  two"},
    {"{ a(b: \"\"\"x \\\"\"\" y\"\"\") }", GQL_STRING, "x \"\"\" y"},
    {"{ a(b: \"\"\"\"\"\") }", GQL_STRING, ""},
};

START_TEST(value_is_read)
{
  gql_document *document = parse(values[_i].text);
  const gql_value *value = first(document)->arguments->value;
  ck_assert_int_eq(value->kind, values[_i].kind);
  ck_assert_str_eq(value->text, values[_i].value);
  gql_free(document);
}
END_TEST

START_TEST(lists_and_objects_nest)
{
  gql_document *document = parse("{ a(b: [{c: [1, 2]}, []]) }");
  const gql_value *list = first(document)->arguments->value;
  ck_assert_int_eq(list->kind, GQL_LIST);
  ck_assert_str_eq(list->item->members->name, "c");
  ck_assert_str_eq(list->item->members->value->item->next->text, "2");
  ck_assert_ptr_null(list->item->next->item);
  gql_free(document);
}
END_TEST

START_TEST(variables_have_types_and_defaults)
{
  gql_document *document = parse("query Q($a: [Int!]!, $b: S = {c: 1}) { d }");
  const gql_operation *operation = gql_operations(document);
  ck_assert_str_eq(operation->name, "Q");
  ck_assert_str_eq(operation->variables->type, "[Int!]!");
  ck_assert_int_eq(operation->variables->required, 1);
  ck_assert_int_eq(operation->variables->next->required, 0);
  ck_assert_int_eq(operation->variables->next->initial->kind, GQL_OBJECT);
  gql_free(document);
}
END_TEST

START_TEST(fragments_are_found_by_name)
{
  gql_document *document = parse("{ a { ...F ... on T { b } ... @skip(if: true) { c } } } "
                                 "fragment F on T { d }");
  const gql_selection *s = first(document)->selections;
  dh_error error;
  ck_assert_int_eq(s->kind, GQL_SPREAD);
  ck_assert_int_eq(s->next->kind, GQL_INLINE);
  ck_assert_str_eq(s->next->type, "T");
  ck_assert_ptr_null(s->next->next->type);
  ck_assert_str_eq(s->next->next->directives->name, "skip");
  ck_assert_str_eq(gql_fragment_of(document, "F")->selections->name, "d");
  ck_assert_int_eq(gql_check(document, &error), DH_OK);
  gql_free(document);
}
END_TEST

static const char *const invalid[] = {
    "{ ...F }",
    "{ ...F } fragment F on T { ...F }",
    "{ ...F } fragment F on T { ...G } fragment G on T { a { ...F } }",
    "query A { a } query A { b }",
    "{ a } query B { b }",
    "fragment F on T { a }",
};

START_TEST(invalid_document_is_refused)
{
  dh_error error;
  gql_document *document = parse(invalid[_i]);
  ck_assert_int_eq(gql_check(document, &error), DH_MALFORMED);
  gql_free(document);
}
END_TEST

/* Each fragment spreads the next one twice: 2^30 fields, if anyone counted them. */
START_TEST(fragments_that_multiply_are_refused)
{
  char text[4096] = "{ ...F0 }";
  dh_error error;
  for (int i = 0; i < 30; i++)
    sprintf(text + strlen(text), " fragment F%d on T { ...F%d ...F%d }", i, i + 1, i + 1);
  strcat(text, " fragment F30 on T { a }");
  gql_document *document = parse(text);
  ck_assert_int_eq(gql_check(document, &error), DH_MALFORMED);
  gql_free(document);
}
END_TEST

static TCase *all_cases(void)
{
  TCase *tc = tcase_create("documents");
  tcase_add_loop_test(tc, wrong_document_is_refused_in_words, 0,
                      (int)(sizeof(refused) / sizeof(refused[0])));
  tcase_add_test(tc, deep_document_is_refused);
  tcase_add_test(tc, large_document_is_refused);
  tcase_add_test(tc, alias_and_name_are_told_apart);
  tcase_add_loop_test(tc, value_is_read, 0, (int)(sizeof(values) / sizeof(values[0])));
  tcase_add_test(tc, lists_and_objects_nest);
  tcase_add_test(tc, variables_have_types_and_defaults);
  tcase_add_test(tc, fragments_are_found_by_name);
  tcase_add_loop_test(tc, invalid_document_is_refused, 0,
                      (int)(sizeof(invalid) / sizeof(invalid[0])));
  tcase_add_test(tc, fragments_that_multiply_are_refused);
  return tc;
}

SUITE("gms_graphql", all_cases())
