/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running GraphQL on dhub-gms: selections, variables, directives, and the shape of errors.
 */
#include "suite.h"
#include "tools/gms/process.h"

#include <string.h>

static gms_process gms;

static void setup(void)
{
  static const char *const arguments[] = {"--auth", "off", NULL};
  gms_start(&gms, arguments);
}

static void teardown(void)
{
  ck_assert_int_eq(gms_stop(&gms), 0);
}

#define ME "\"urn:li:corpuser:__datahub_system\""

/* A body, and what its answer is as JSON. */
static const struct {
  const char *body, *answer;
} good[] = {
    {"{\"query\":\"{ me { corpUser { urn } } }\"}",
     "{\"data\":{\"me\":{\"corpUser\":{\"urn\":" ME "}}}}"},
    {"{\"query\":\"{ a: me { b: corpUser { c: urn } } }\"}",
     "{\"data\":{\"a\":{\"b\":{\"c\":" ME "}}}}"},
    {"{\"query\":\"{ __typename me { __typename corpUser { __typename } } }\"}",
     "{\"data\":{\"__typename\":\"Query\",\"me\":{\"__typename\":\"AuthenticatedUser\","
     "\"corpUser\":{\"__typename\":\"CorpUser\"}}}}"},
    {"{\"query\":\"{ me { ...F } } fragment F on AuthenticatedUser { corpUser { ... on Entity { "
     "urn } ... on Other { username } } }\"}",
     "{\"data\":{\"me\":{\"corpUser\":{\"urn\":" ME "}}}}"},
    {"{\"query\":\"query Q($y: Boolean!, $n: Boolean = false) { me { corpUser { urn @include(if: "
     "$y) username @include(if: $n) type @skip(if: $y) } } }\",\"variables\":{\"y\":true}}",
     "{\"data\":{\"me\":{\"corpUser\":{\"urn\":" ME "}}}}"},
    {"{\"query\":\"{ me { corpUser { urn } corpUser { type } } }\"}",
     "{\"data\":{\"me\":{\"corpUser\":{\"urn\":" ME ",\"type\":\"CORP_USER\"}}}}"},
    {"{\"query\":\"query A { __typename } query B { b: __typename }\",\"operationName\":\"B\"}",
     "{\"data\":{\"b\":\"Query\"}}"},
    {"{\"query\":\"query L($i: ListAccessTokenInput!) { listAccessTokens(input: $i) { total "
     "tokens { id } } }\",\"variables\":{\"i\":{\"start\":0,\"count\":5,\"filters\":null}}}",
     "{\"data\":{\"listAccessTokens\":{\"total\":0,\"tokens\":[]}}}"},
};

START_TEST(query_is_answered)
{
  gms_answer answer = gms_call(&gms, "POST", "/api/graphql", NULL, good[_i].body);
  json_object *wanted = json_tokener_parse(good[_i].answer);
  ck_assert_int_eq(answer.status, 200);
  ck_assert_msg(json_object_equal(answer.json, wanted), "%s: %s", good[_i].body, answer.text);
  json_object_put(wanted);
  gms_answer_clear(&answer);
}
END_TEST

static const struct {
  int status;
  const char *body, *classification, *words;
} bad[] = {
    {400, "{\"query\":\"{ me \"}", "InvalidSyntax", "line 1 column"},
    {400, "{}", "InvalidSyntax", "no query"},
    {200, "{\"query\":\"{ nope }\"}", "ValidationError", "'nope' in type 'Query'"},
    {200, "{\"query\":\"{ me }\"}", "ValidationError", "needs a selection"},
    {200, "{\"query\":\"{ me { corpUser { urn { x } } } }\"}", "ValidationError", "has no fields"},
    {200, "{\"query\":\"{ me { a: corpUser { urn } a: platformPrivileges { manageTokens } } }\"}",
     "ValidationError", "different fields"},
    {200, "{\"query\":\"{ me @other { corpUser { urn } } }\"}", "ValidationError", "directive"},
    {200, "{\"query\":\"{ listAccessTokens { total } }\"}", "ValidationError",
     "'input' is missing"},
    {200, "{\"query\":\"{ listAccessTokens(input: {start: \\\"0\\\"}) { total } }\"}",
     "ValidationError", "'start' is not an Int"},
    {200, "{\"query\":\"{ listAccessTokens(input: {more: 1}) { total } }\"}", "ValidationError",
     "'more'"},
    {200,
     "{\"query\":\"mutation { createAccessToken(input: {type: \\\"PERSONAL\\\", actorUrn: "
     "\\\"x\\\", "
     "duration: ONE_DAY, name: \\\"n\\\"}) { accessToken } }\"}",
     "ValidationError", "'type'"},
    {200,
     "{\"query\":\"mutation { createAccessToken(input: {type: PERSONAL, actorUrn: \\\"x\\\", "
     "duration: FOREVER, name: \\\"n\\\"}) { accessToken } }\"}",
     "ValidationError", "'duration'"},
    {200, "{\"query\":\"query Q($a: Int!) { __typename }\"}", "ValidationError", "NonNull"},
    {200, "{\"query\":\"query A { __typename } query B { __typename }\"}", "ExecutionAborted",
     "operation name"},
    {200, "{\"query\":\"{ __typename }\",\"operationName\":\"Z\"}", "ExecutionAborted", "'Z'"},
    {200, "{\"query\":\"subscription { a }\"}", "ValidationError", "no subscriptions"},
};

START_TEST(wrong_query_is_refused)
{
  gms_answer answer = gms_call(&gms, "POST", "/api/v2/graphql", NULL, bad[_i].body);
  ck_assert_int_eq(answer.status, bad[_i].status);
  ck_assert_msg(
      !strcmp(gms_at(&answer, "errors/0/extensions/classification"), bad[_i].classification),
      "%s: %s", bad[_i].body, answer.text);
  ck_assert_msg(strstr(gms_at(&answer, "errors/0/message"), bad[_i].words) != NULL, "%s: %s",
                bad[_i].body, answer.text);
  ck_assert_str_eq(gms_at(&answer, "data"), "");
  gms_answer_clear(&answer);
}
END_TEST

/* What DataHub's client looks at: code, type, path under the answer's own name, place. */
START_TEST(failed_field_has_gms_error)
{
  gms_answer answer = gms_call(&gms, "POST", "/api/graphql", NULL,
                               "{\"query\":\"mutation {\\n  gone: revokeAccessToken(tokenId: "
                               "\\\"x\\\") }\"}");
  ck_assert_int_eq(answer.status, 200);
  ck_assert_str_eq(gms_at(&answer, "errors/0/path/0"), "gone");
  ck_assert_str_eq(gms_at(&answer, "errors/0/locations/0/line"), "2");
  ck_assert_str_eq(gms_at(&answer, "errors/0/locations/0/column"), "3");
  ck_assert_str_eq(gms_at(&answer, "errors/0/extensions/code"), "404");
  ck_assert_str_eq(gms_at(&answer, "errors/0/extensions/type"), "NOT_FOUND");
  ck_assert_str_eq(gms_at(&answer, "errors/0/extensions/classification"), "DataFetchingException");
  ck_assert_str_eq(gms_at(&answer, "data"), ""); /* a field that must not be null is */
  gms_answer_clear(&answer);
}
END_TEST

static TCase *all_cases(void)
{
  TCase *tc = tcase_create("query");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_loop_test(tc, query_is_answered, 0, (int)(sizeof(good) / sizeof(good[0])));
  tcase_add_loop_test(tc, wrong_query_is_refused, 0, (int)(sizeof(bad) / sizeof(bad[0])));
  tcase_add_test(tc, failed_field_has_gms_error);
  return tc;
}

SUITE("gms_query", all_cases())
