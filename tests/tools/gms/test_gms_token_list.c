/* SPDX-License-Identifier: Apache-2.0 */
/*
 * listAccessTokens of dhub-gms: each field as a filter, the order, the pages.
 */
#include "suite.h"
#include "support/tmpdir.h"
#include "tools/gms/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gms_process gms;
static char *folder;
static char token[2048];                       /* of the administrator */
static char ids[3][64], made[3][24], ends[24]; /* of alpha, beta and gamma; when gamma ends */

static const struct {
  const char *name, *duration, *description;
} wanted[] = {{"alpha", "ONE_HOUR", "listed: a nightly run"},
              {"beta", "NO_EXPIRY", "listed: 100% off"},
              {"gamma", "ONE_DAY", "listed: a nightly test"}};

static gms_answer ask(const char *query)
{
  json_object *body = json_object_new_object();
  json_object_object_add(body, "query", json_object_new_string(query));
  gms_answer answer = gms_call(&gms, "POST", "/api/graphql", token,
                               json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN));
  json_object_put(body);
  ck_assert_int_eq(answer.status, 200);
  return answer;
}

static void make(size_t i)
{
  char query[512];
  snprintf(query, sizeof(query),
           "mutation { createAccessToken(input: {type: PERSONAL, actorUrn: "
           "\"urn:li:corpuser:datahub\", duration: %s, name: \"%s\", description: \"%s\"}) { "
           "metadata { id createdAt expiresAt } } }",
           wanted[i].duration, wanted[i].name, wanted[i].description);
  gms_answer answer = ask(query);
  snprintf(ids[i], sizeof(ids[i]), "%s", gms_at(&answer, "data/createAccessToken/metadata/id"));
  snprintf(made[i], sizeof(made[i]), "%s",
           gms_at(&answer, "data/createAccessToken/metadata/createdAt"));
  snprintf(ends, sizeof(ends), "%s", gms_at(&answer, "data/createAccessToken/metadata/expiresAt"));
  ck_assert_str_ne(ids[i], "");
  gms_answer_clear(&answer);
}

static void setup(void)
{
  char *file;
  folder = test_tmpdir_new();
  ck_assert_int_ge(asprintf(&file, "%s/token", folder), 0);
  const char *const arguments[] = {"--bootstrap-token-file", file, NULL};
  gms_start(&gms, arguments);
  FILE *from = fopen(file, "r");
  ck_assert_ptr_nonnull(from);
  ck_assert_ptr_nonnull(fgets(token, sizeof(token), from));
  token[strcspn(token, "\n")] = '\0';
  fclose(from);
  free(file);
  for (size_t i = 0; i < 3; i++)
    make(i);
}

static void teardown(void)
{
  ck_assert_int_eq(gms_stop(&gms), 0);
  test_tmpdir_remove(folder);
}

/* The names that a filter leaves, "alpha beta", in the order of the answer; of the three. */
static void filtered(const char *filter, const char *names)
{
  char query[1024], found[256] = "", path[64];
  snprintf(query, sizeof(query),
           "{ listAccessTokens(input: {count: 100, filters: [{field: \"description\", values: "
           "[\"listed:\"], condition: CONTAIN}, %s]}) { count total tokens { name } } }",
           filter);
  gms_answer answer = ask(query);
  for (int i = 0;; i++) {
    snprintf(path, sizeof(path), "data/listAccessTokens/tokens/%d/name", i);
    const char *name = gms_at(&answer, path);
    if (!*name)
      break;
    snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%s", i ? " " : "", name);
  }
  ck_assert_msg(!strcmp(found, names), "%s: %s", filter, answer.text);
  gms_answer_clear(&answer);
}

static void by_value(const char *field, const char *value, const char *names)
{
  char filter[256];
  snprintf(filter, sizeof(filter), "{field: \"%s\", values: [\"%s\"]}", field, value);
  filtered(filter, names);
}

START_TEST(each_field_filters)
{
  by_value("name", "alpha", "alpha");
  by_value("name", "ALPHA", "");
  by_value("description", "listed: 100% off", "beta");
  by_value("id", ids[2], "gamma");
  by_value("actorUrn", "urn:li:corpuser:datahub", "beta gamma alpha");
  by_value("actorUrn", "urn:li:corpuser:other", "");
  by_value("ownerUrn", "urn:li:corpuser:datahub", "beta gamma alpha");
  by_value("ownerUrn", "datahub", "");
  by_value("expiresAt", ends, "gamma");
  by_value("createdAt", "1", "");
}
END_TEST

START_TEST(creation_filters)
{
  char filter[256];
  /* Two may have been made in one millisecond. */
  snprintf(filter, sizeof(filter),
           "{field: \"createdAt\", values: [\"%s\"]}, {field: \"name\", values: [\"beta\"]}",
           made[1]);
  filtered(filter, "beta");
}
END_TEST

START_TEST(conditions_are_kept)
{
  filtered("{field: \"name\", values: [\"alpha\", \"gamma\"]}", "gamma alpha");
  filtered("{field: \"name\", value: \"beta\"}", "beta");
  filtered("{field: \"name\", values: [\"beta\"], negated: true}", "gamma alpha");
  filtered("{field: \"description\", values: [\"NIGHTLY\"], condition: CONTAIN}", "gamma alpha");
  filtered("{field: \"name\", values: [\"alpha\"]}, {field: \"name\", values: [\"beta\"]}", "");
  filtered("{field: \"name\", values: []}", "");
}
END_TEST

START_TEST(field_that_is_unknown_is_named)
{
  gms_answer answer = ask("{ listAccessTokens(input: {filters: [{field: \"nam\", values: "
                          "[\"alpha\"]}]}) { total } }");
  ck_assert_str_eq(gms_at(&answer, "errors/0/extensions/code"), "400");
  ck_assert_str_eq(gms_at(&answer, "errors/0/path/0"), "listAccessTokens");
  ck_assert_ptr_nonnull(strstr(gms_at(&answer, "errors/0/message"), "nam"));
  gms_answer_clear(&answer);
}
END_TEST

/* What never ends is last to end. */
START_TEST(pages_follow_the_order)
{
  static const char *const names[] = {"beta", "gamma", "alpha"};
  char query[256];
  for (int i = 0; i < 3; i++) {
    snprintf(query, sizeof(query),
             "{ listAccessTokens(input: {start: %d, count: 1, filters: [{field: \"name\", values: "
             "[\"alpha\", \"beta\", \"gamma\"]}]}) { start count total tokens { name } } }",
             i);
    gms_answer answer = ask(query);
    ck_assert_str_eq(gms_at(&answer, "data/listAccessTokens/tokens/0/name"), names[i]);
    ck_assert_str_eq(gms_at(&answer, "data/listAccessTokens/tokens/1/name"), "");
    ck_assert_int_eq(atoi(gms_at(&answer, "data/listAccessTokens/start")), i);
    ck_assert_str_eq(gms_at(&answer, "data/listAccessTokens/total"), "3");
    gms_answer_clear(&answer);
  }
}
END_TEST

/* A character above U+FFFF, escaped by JSON and by GraphQL. */
static const char *const names_sent[] = {
    "{\"query\":\"mutation C($n: String!) { createAccessToken(input: {type: PERSONAL, actorUrn: "
    "\\\"urn:li:corpuser:datahub\\\", duration: ONE_DAY, name: $n}) { accessToken } }\","
    "\"variables\":{\"n\":\"\\ud877\\udc01\"}}",
    "{\"query\":\"mutation { createAccessToken(input: {type: PERSONAL, actorUrn: "
    "\\\"urn:li:corpuser:datahub\\\", duration: ONE_DAY, name: \\\"\\ud877\\udc01\\\"}) { "
    "accessToken } }\"}",
    "{\"query\":\"mutation { createAccessToken(input: {type: PERSONAL, actorUrn: "
    "\\\"urn:li:corpuser:datahub\\\", duration: ONE_DAY, name: \\\"\\\\ud877\\\\udc01\\\"}) { "
    "accessToken } }\"}",
};

START_TEST(name_is_what_was_sent)
{
  gms_answer answer = gms_call(&gms, "POST", "/api/graphql", token, names_sent[_i]);
  ck_assert_int_eq(answer.status, 200);
  gms_answer_clear(&answer);
  answer = ask("{ listAccessTokens(input: {filters: [{field: \"name\", values: "
               "[\"\xf0\xad\xb0\x81\"]}]}) { total tokens { name } } }");
  ck_assert_msg(!strcmp(gms_at(&answer, "data/listAccessTokens/tokens/0/name"), "\xf0\xad\xb0\x81"),
                "%s", answer.text);
  gms_answer_clear(&answer);
}
END_TEST

static TCase *case_list(void)
{
  TCase *c = tcase_create("list");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_set_timeout(c, 60);
  tcase_add_test(c, each_field_filters);
  tcase_add_test(c, creation_filters);
  tcase_add_test(c, conditions_are_kept);
  tcase_add_test(c, field_that_is_unknown_is_named);
  tcase_add_test(c, pages_follow_the_order);
  tcase_add_loop_test(c, name_is_what_was_sent, 0,
                      (int)(sizeof(names_sent) / sizeof(names_sent[0])));
  return c;
}

SUITE("access token list", case_list())
