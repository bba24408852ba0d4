/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier modules but jwt in a real stack, against servers that stumble and lie.
 */
#include "plugins/verifying.h"

#include <stdio.h>
#include <string.h>

/* --- introspect --- */

static void open_introspect(const char *more)
{
  ck_assert_int_eq(
      verifying_open("introspect",
                     "endpoint = \"%s/introspect\"; client_id = \"me\"; client_secret = "
                     "\"an:example secret\"; timeout = \"20s\"; %s",
                     test_server_url(v.server), more),
      DH_OK);
}

START_TEST(an_active_token_passes)
{
  dh_principal *who;
  long long later = (long long)(verifying_wall_ms() / 1000 + 600);
  verifying_answer(
      200, "", "{\"active\":true,\"sub\":\"jdoe\",\"iss\":\"i\",\"aud\":\"datahub\",\"exp\":%lld}",
      later);
  open_introspect("");
  ck_assert_int_eq(verifying_check("Bearer", "opaque+token", &who), DH_OK);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ACTOR), "urn:li:corpuser:jdoe");
  ck_assert_int_eq(dh_principal_expiry(who), later * 1000);
  const test_request *seen = test_server_request(v.server, 0);
  ck_assert_str_eq(seen->body, "token=opaque%2Btoken&token_type_hint=access_token");
  /* me:an%3Aexample%20secret */
  ck_assert_str_eq(test_request_header(seen, "Authorization"),
                   "Basic bWU6YW4lM0FleGFtcGxlJTIwc2VjcmV0");
  dh_principal_unref(who);
}
END_TEST

static const struct {
  int code;
  const char *body;
  dh_status status;
} introspections[] = {
    {200, "{\"active\":false}", DH_DENIED},
    {200, "{\"active\":true}", DH_DENIED},
    {200, "{\"active\":true,\"sub\":\"a\",\"exp\":1}", DH_EXPIRED},
    {200, "{\"active\":\"true\",\"sub\":\"a\"}", DH_UNAVAILABLE},
    {200, "{}", DH_UNAVAILABLE},
    {200, "<html>", DH_UNAVAILABLE},
    {401, "", DH_MISCONFIGURED},
    {404, "", DH_UNAVAILABLE},
};

START_TEST(introspection_answers_are_told_apart)
{
  verifying_answer(introspections[_i].code, "", "%s", introspections[_i].body);
  open_introspect("");
  ck_assert_int_eq(verifying_check("Bearer", "x", NULL), introspections[_i].status);
}
END_TEST

START_TEST(an_introspected_audience_is_held_to)
{
  verifying_answer(200, "", "{\"active\":true,\"sub\":\"a\",\"aud\":[\"other\"]}");
  open_introspect("audiences = (\"datahub\");");
  ck_assert_int_eq(verifying_check("Bearer", "x", NULL), DH_DENIED);
}
END_TEST

static void open_introspect_cached(void)
{
  char config[256];
  snprintf(config, sizeof(config), "endpoint = \"%s/introspect\"; timeout = \"20s\";",
           test_server_url(v.server));
  ck_assert_int_eq(
      verifying_open_cached("max_entries = 1000; revocation_delay = \"1h\";", "introspect", config),
      DH_OK);
}

START_TEST(an_introspected_token_is_remembered_until_its_end)
{
  verifying_answer(200, "", "{\"active\":true,\"sub\":\"a\",\"exp\":%lld}",
                   (long long)(verifying_wall_ms() / 1000 + 600));
  open_introspect_cached();
  ck_assert_int_eq(verifying_check("Bearer", "x", NULL), DH_OK);
  verifying_answer(200, "", "{\"active\":false}");
  verifying_pass(500000);
  for (int i = 0; i < 10; i++) /* also from near the thread */
    ck_assert_int_eq(verifying_check("Bearer", "x", NULL), DH_OK);
  ck_assert_uint_eq(test_server_count(v.server), 1);
  verifying_pass(100000);
  ck_assert_int_eq(verifying_check("Bearer", "x", NULL), DH_DENIED);
  ck_assert_uint_eq(test_server_count(v.server), 2);
}
END_TEST

START_TEST(an_introspected_token_without_an_end_is_remembered_for_the_delay)
{
  verifying_answer(200, "", "{\"active\":true,\"sub\":\"a\"}");
  open_introspect_cached();
  ck_assert_int_eq(verifying_check("Bearer", "x", NULL), DH_OK);
  verifying_answer(200, "", "{\"active\":false}");
  verifying_pass(3000000);
  ck_assert_int_eq(verifying_check("Bearer", "x", NULL), DH_OK);
  verifying_pass(600000);
  ck_assert_int_eq(verifying_check("Bearer", "x", NULL), DH_DENIED);
}
END_TEST

/* --- basic, permit, deny --- */

#define BASIC "client_id = \"__datahub_system\"; client_secret = \"an-example-secret\";"

START_TEST(the_system_client_passes)
{
  dh_principal *who;
  verifying_open("basic", "%s", BASIC);
  ck_assert_int_eq(verifying_check("Basic", "__datahub_system:an-example-secret", &who), DH_OK);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ACTOR), "urn:li:corpuser:__datahub_system");
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_TOKEN_TYPE), "SYSTEM");
  dh_principal_unref(who);
}
END_TEST

static const char *const bad_pairs[] = {"__datahub_system:an-example-secreT",
                                        "__datahub_system:",
                                        "__datahub_system",
                                        ":an-example-secret",
                                        ":",
                                        "X19kYXRhaHViX3N5c3RlbTphbi1leGFtcGxlLXNlY3JldA=="};

START_TEST(another_pair_is_denied)
{
  verifying_open("basic", "%s", BASIC);
  ck_assert_int_eq(verifying_check("Basic", bad_pairs[_i], NULL), DH_DENIED);
}
END_TEST

START_TEST(basic_without_a_secret_is_misconfigured)
{
  ck_assert_int_eq(verifying_open("basic", "client_id = \"x\";"), DH_MISCONFIGURED);
}
END_TEST

START_TEST(permit_permits)
{
  dh_principal *who;
  verifying_open("permit", "actor = \"urn:li:corpuser:guest\";");
  ck_assert_int_eq(verifying_check("Whatever", "x", &who), DH_OK);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ACTOR), "urn:li:corpuser:guest");
  dh_principal_unref(who);
}
END_TEST

START_TEST(deny_denies)
{
  verifying_open("deny", " ");
  ck_assert_int_eq(verifying_check("Bearer", "x", NULL), DH_DENIED);
}
END_TEST

/* --- pat, asking a GMS --- */

#define KEY "an-example-signing-key-of-the-tests"

static const struct {
  int code;
  const char *body;
  dh_status status;
} gms_answers[] = {
    {200,
     "{\"urn\":\"u\",\"aspects\":{\"dataHubAccessTokenInfo\":{\"value\":{\"actorUrn\":\"urn:li:"
     "corpuser:"
     "jdoe\"}}}}",
     DH_OK},
    {200,
     "{\"aspects\":{\"dataHubAccessTokenInfo\":{\"value\":{\"actorUrn\":\"urn:li:corpuser:x\"}}}}",
     DH_DENIED},
    {200, "{\"urn\":\"u\",\"aspects\":{\"dataHubAccessTokenKey\":{}}}", DH_REVOKED},
    {404, "{}", DH_REVOKED},
    {401, "", DH_MISCONFIGURED},
    {403, "", DH_MISCONFIGURED},
    {400, "", DH_UNAVAILABLE},
    {200, "<html>", DH_UNAVAILABLE},
};

static char *issue_pat(void)
{
  static const char claims[] = "{\"actorType\":\"USER\",\"actorId\":\"jdoe\",\"type\":\"PERSONAL\","
                               "\"version\":\"2\",\"iss\":\"datahub-metadata-service\"}";
  dh_key *key = dh_key_from_secret(KEY, strlen(KEY), NULL, NULL, NULL);
  char *token = forge_signed("{\"alg\":\"HS256\"}", claims, strlen(claims), key, "HS256");
  dh_key_unref(key);
  return token;
}

START_TEST(gms_is_asked_about_a_token)
{
  verifying_answer(gms_answers[_i].code, "", "%s", gms_answers[_i].body);
  verifying_open("pat",
                 "signing_key = \"" KEY "\"; salt = \"s\"; gms = \"%s/\"; gms_client_id = \"id\"; "
                 "gms_client_secret = \"an-example-secret\"; timeout = \"20s\";",
                 test_server_url(v.server));
  char *token = issue_pat();
  ck_assert_int_eq(verifying_check("Bearer", token, NULL), gms_answers[_i].status);
  const test_request *seen = test_server_request(v.server, 0);
  ck_assert_str_eq(test_request_header(seen, "Authorization"), "Basic id:an-example-secret");
  ck_assert(!strncmp(seen->target, "/entitiesV2/urn%3Ali%3AdataHubAccessToken%3A", 44));
  free(token);
}
END_TEST

START_TEST(a_key_file_open_to_others_is_refused)
{
  char *path = test_file(v.folder, "key", KEY, strlen(KEY), 0644);
  ck_assert_int_eq(verifying_open("pat", "signing_key_file = \"%s\";", path), DH_DENIED);
  free(path);
}
END_TEST

START_TEST(a_key_file_is_read_without_its_newline)
{
  char *path = test_file(v.folder, "key", KEY "\n", strlen(KEY) + 1, 0600);
  ck_assert_int_eq(verifying_open("pat", "signing_key_file = \"%s\";", path), DH_OK);
  char *token = issue_pat();
  ck_assert_int_eq(verifying_check("Bearer", token, NULL), DH_OK);
  free(token);
  free(path);
}
END_TEST

/* "localhost." with its dot is no name that is known to be this host. */
static const struct {
  const char *module, *config, *words;
} exposed[] = {
    {"introspect", "endpoint = \"http://localhost.:1/introspect\";", "can read the tokens"},
    {"jwt", "issuers = \"https://idp\"; jwks_url = \"http://localhost.:1/keys\";",
     "sign any token"},
    {"jwt", "issuers = \"http://localhost.:1\";", "sign any token"},
    {"pat",
     "signing_key = \"made-up-key\"; gms = \"http://localhost.:1\"; gms_token = \"made-up\";",
     "say that a token is good"},
};

START_TEST(plain_http_to_another_host_is_warned_of)
{
  ck_assert_int_eq(verifying_open(exposed[_i].module, "%s", exposed[_i].config), DH_OK);
  const char *said = verifying_said();
  ck_assert_msg(strstr(said, "http://localhost.:1") && strstr(said, "is plain HTTP") &&
                    strstr(said, exposed[_i].words),
                "%s", said);
}
END_TEST

START_TEST(plain_http_to_this_host_is_not)
{
  ck_assert_int_eq(verifying_open("introspect", "endpoint = \"http://127.0.0.1:1/introspect\";"),
                   DH_OK);
  ck_assert_str_eq(verifying_said(), "");
}
END_TEST

static TCase *other_case(void)
{
  TCase *tests = verifying_case("others");
  tcase_add_test(tests, an_active_token_passes);
  tcase_add_loop_test(tests, introspection_answers_are_told_apart, 0,
                      sizeof(introspections) / sizeof(introspections[0]));
  tcase_add_test(tests, an_introspected_audience_is_held_to);
  tcase_add_test(tests, an_introspected_token_is_remembered_until_its_end);
  tcase_add_test(tests, an_introspected_token_without_an_end_is_remembered_for_the_delay);
  tcase_add_loop_test(tests, plain_http_to_another_host_is_warned_of, 0,
                      sizeof(exposed) / sizeof(exposed[0]));
  tcase_add_test(tests, plain_http_to_this_host_is_not);
  tcase_add_test(tests, the_system_client_passes);
  tcase_add_loop_test(tests, another_pair_is_denied, 0, sizeof(bad_pairs) / sizeof(bad_pairs[0]));
  tcase_add_test(tests, basic_without_a_secret_is_misconfigured);
  tcase_add_test(tests, permit_permits);
  tcase_add_test(tests, deny_denies);
  return tests;
}

static TCase *pat_case(void)
{
  TCase *tests = verifying_case("pat");
  tcase_add_loop_test(tests, gms_is_asked_about_a_token, 0,
                      sizeof(gms_answers) / sizeof(gms_answers[0]));
  tcase_add_test(tests, a_key_file_open_to_others_is_refused);
  tcase_add_test(tests, a_key_file_is_read_without_its_newline);
  return tests;
}

SUITE("verifiers", other_case(), pat_case())
