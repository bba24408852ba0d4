/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The module jwt in a real stack: whose tokens it takes, and for whom.
 */
#include "plugins/verifying.h"

#include <stdio.h>
#include <string.h>

START_TEST(a_jwt_names_its_actor_as_gms_does)
{
  dh_principal *who;
  char expected[256], name[128];
  dh_key *key = forge_key("P-256", NULL);
  verifying_publish("", key, "a", NULL, NULL);
  verifying_open_jwt("");
  char *token = verifying_issue(key, "a", "");
  ck_assert_int_eq(verifying_check("Bearer", token, &who), DH_OK);
  snprintf(name, sizeof(name), "%s", test_server_url(v.server));
  for (char *p = name; *p; p++)
    if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9')))
      *p = '_';
  snprintf(expected, sizeof(expected), "urn:li:corpuser:__oauth_%s_jdoe", name);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ACTOR), expected);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_TOKEN_TYPE), "JWT");
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_TOKEN_ID), "7");
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ISSUER), test_server_url(v.server));
  ck_assert_str_eq(dh_principal_audience(who, 1), "datahub");
  dh_principal_unref(who);
  free(token);
  dh_key_unref(key);
}
END_TEST

START_TEST(a_jwt_may_name_its_actor_plainly)
{
  dh_principal *who;
  dh_key *key = forge_key("P-256", NULL);
  verifying_publish("", key, "a", NULL, NULL);
  verifying_open_jwt("actor = \"subject\"; subject_claim = \"user\";");
  char *token = verifying_issue(key, "a", ",\"user\":\"jane\"");
  ck_assert_int_eq(verifying_check("Bearer", token, &who), DH_OK);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ACTOR), "urn:li:corpuser:jane");
  dh_principal_unref(who);
  free(token);
  dh_key_unref(key);
}
END_TEST

START_TEST(discovery_finds_the_keys)
{
  dh_key *key = forge_key("P-256", NULL);
  verifying_publish("", key, "a", NULL, NULL);
  ck_assert_int_eq(verifying_open("jwt", VERIFYING_JWT, test_server_url(v.server)), DH_OK);
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_OK);
  ck_assert_str_eq(test_server_request(v.server, 0)->target, "/.well-known/openid-configuration");
  ck_assert_str_eq(test_server_request(v.server, 1)->target, "/keys");
  dh_key_unref(key);
}
END_TEST

START_TEST(each_of_two_issuers_has_its_own_keys)
{
  dh_key *ours = forge_key("P-256", NULL), *theirs = forge_key("P-256", NULL);
  char *jwk = forge_jwk(theirs, "a");
  verifying_publish("", ours, "a", NULL, NULL);
  char *path = test_file_text(v.folder, "keys.json", jwk);
  /* The second issuer's keys cannot be fetched: its tokens must not pass by the first's. */
  ck_assert_int_eq(verifying_open("jwt",
                                  "issuers = (\"%s\", \"http://127.0.0.1:1\"); audiences = "
                                  "(\"datahub\"); algorithms = (\"ES256\");",
                                  test_server_url(v.server)),
                   DH_OK);
  ck_assert_int_eq(verifying_check_issued(ours, "a"), DH_OK);
  ck_assert_int_eq(verifying_check_issued(theirs, "a"), DH_DENIED);
  char claims[256];
  snprintf(claims, sizeof(claims),
           "{\"iss\":\"http://127.0.0.1:1\",\"aud\":\"datahub\",\"sub\":\"x\",\"exp\":%lld}",
           (long long)(verifying_wall_ms() / 1000 + 600));
  char *token =
      forge_signed("{\"alg\":\"ES256\",\"kid\":\"a\"}", claims, strlen(claims), ours, "ES256");
  ck_assert_int_ne(verifying_check("Bearer", token, NULL), DH_OK);
  free(token);
  free(path);
  free(jwk);
  dh_key_unref(ours);
  dh_key_unref(theirs);
}
END_TEST

static const struct {
  const char *more; /* claims that follow; a member that stands twice is malformed */
  dh_status status;
} odd[] = {
    {"", DH_OK},
    {",\"nbf\":4000000000", DH_DENIED},
    {",\"sub\":\"x\"", DH_MALFORMED},
    {",\"nbf\":\"1\"", DH_MALFORMED},
};

START_TEST(claims_are_judged_by_the_module)
{
  dh_key *key = forge_key("P-256", NULL);
  verifying_publish("", key, "a", NULL, NULL);
  verifying_open_jwt("");
  char *token = verifying_issue(key, "a", odd[_i].more);
  ck_assert_int_eq(verifying_check("Bearer", token, NULL), odd[_i].status);
  free(token);
  dh_key_unref(key);
}
END_TEST

START_TEST(a_file_of_keys_serves)
{
  dh_key *key = forge_key("P-256", NULL);
  char *pem = forge_pem(key), *path = test_file_text(v.folder, "key.pem", pem);
  ck_assert_int_eq(
      verifying_open("jwt", VERIFYING_JWT "jwks_file = \"%s\";", test_server_url(v.server), path),
      DH_OK);
  ck_assert_int_eq(verifying_check_issued(key, "any"), DH_OK);
  ck_assert_uint_eq(test_server_count(v.server), 0);
  free(path);
  free(pem);
  dh_key_unref(key);
}
END_TEST

static const char *const bad_jwt[] = {
    "audiences = (\"x\");",
    "issuers = ();",
    "issuers = (\"no-url\");",
    "issuers = (\"https://a\"); algorithms = (\"none\");",
    "issuers = (\"https://a\"); algorithms = (\"HS256\");",
    "issuers = (\"https://a\"); jwks_url = \"https://a/\"; jwks_file = \"/x\";",
    "issuers = (\"https://a\"); jwks_url = \"https://a/\"; refresh_min = \"2h\";",
};

START_TEST(a_wrong_jwt_configuration_is_refused)
{
  ck_assert_int_eq(verifying_open("jwt", "%s", bad_jwt[_i]), DH_MISCONFIGURED);
}
END_TEST

static const struct {
  const char *config; /* beside the issuer and its keys */
  const char *claims;
  dh_status status;
} rules[] = {
    {"", "", DH_OK},
    {"audiences = (\"datahub\");", "", DH_OK},
    {"audiences = (\"else\", \"other\");", "", DH_OK},
    {"audiences = (\"else\");", "", DH_DENIED},
    {"algorithms = (\"RS256\");", "", DH_DENIED},
    {"required_claims = (\"groups\");", "", DH_DENIED},
    {"required_claims = (\"groups\");", ",\"groups\":[]", DH_OK},
    {"claims = { groups = \"writers\"; };", "", DH_DENIED},
    {"claims = { groups = \"writers\"; };", ",\"groups\":\"readers\"", DH_DENIED},
    {"claims = { groups = \"writers\"; };", ",\"groups\":[\"readers\",\"writers\"]", DH_OK},
    {"subject_claim = \"user\";", "", DH_DENIED},
    {"subject_claim = \"user\";", ",\"user\":7", DH_DENIED},
    {"subject_claim = \"user\";", ",\"user\":\"jane\"", DH_OK},
};

/* The same with a PEM file, so that nothing is fetched. */
static void open_rules(const char *issuer, const dh_key *key, const char *config)
{
  char *pem = forge_pem(key), *path = test_file_text(v.folder, "key.pem", pem);
  char *algorithms = strstr(config, "algorithms") ? "" : "algorithms = (\"ES256\");";
  ck_assert_int_eq(verifying_open("jwt", "issuers = (\"%s\"); jwks_file = \"%s\"; %s %s", issuer,
                                  path, algorithms, config),
                   DH_OK);
  free(path);
  free(pem);
}

START_TEST(rules_of_the_configuration_are_held_to)
{
  dh_key *key = forge_key("P-256", NULL);
  open_rules(test_server_url(v.server), key, rules[_i].config);
  char *token = verifying_issue(key, "a", rules[_i].claims);
  ck_assert_msg(verifying_check("Bearer", token, NULL) == rules[_i].status, "%s with %s",
                rules[_i].config, rules[_i].claims);
  free(token);
  dh_key_unref(key);
}
END_TEST

START_TEST(an_issuer_that_is_not_named_is_denied)
{
  dh_key *key = forge_key("P-256", NULL);
  open_rules("https://idp.example.com", key, "");
  ck_assert_int_eq(verifying_check_issued(key, "a"), DH_DENIED);
  dh_key_unref(key);
}
END_TEST

static const struct {
  const char *config;
  dh_status status;
} leeways[] = {{"leeway = \"60s\";", DH_OK}, {"leeway = \"0s\";", DH_EXPIRED}};

START_TEST(clocks_may_differ_by_the_leeway)
{
  dh_key *key = forge_key("P-256", NULL);
  open_rules(test_server_url(v.server), key, leeways[_i].config);
  char *token = verifying_issue(key, "a", "");
  verifying_pass(602000); /* two seconds beyond its end */
  ck_assert_int_eq(verifying_check("Bearer", token, NULL), leeways[_i].status);
  free(token);
  dh_key_unref(key);
}
END_TEST

static const struct {
  const char *config;
  dh_status status;
} endless[] = {{"", DH_DENIED}, {"require_expiry = false;", DH_OK}};

START_TEST(a_token_without_an_end_is_denied_unless_allowed)
{
  static const char claims[] = "{\"iss\":\"https://idp.example.com\",\"sub\":\"jdoe\"}";
  dh_key *key = forge_key("P-256", NULL);
  open_rules("https://idp.example.com", key, endless[_i].config);
  char *token = forge_signed("{\"alg\":\"ES256\"}", claims, strlen(claims), key, "ES256");
  ck_assert_int_eq(verifying_check("Bearer", token, NULL), endless[_i].status);
  free(token);
  dh_key_unref(key);
}
END_TEST

/* The attacker's own key, at a place that answers. */
START_TEST(keys_that_a_token_brings_are_not_fetched)
{
  char head[2048], claims[256];
  dh_key *ours = forge_key("P-256", NULL), *theirs = forge_key("P-256", NULL);
  const char *url = test_server_url(v.server);
  char *jwk = forge_jwk(theirs, "a");
  open_rules(url, ours, "");
  verifying_publish("", theirs, "a", NULL, NULL);
  snprintf(head, sizeof(head),
           "{\"alg\":\"ES256\",\"kid\":\"a\",\"jku\":\"%s/evil\",\"x5u\":\"%s/evil\",\"jwk\":%s}",
           url, url, jwk);
  snprintf(claims, sizeof(claims), "{\"iss\":\"%s\",\"sub\":\"jdoe\",\"exp\":4000000000}", url);
  char *token = forge_signed(head, claims, strlen(claims), theirs, "ES256");
  ck_assert_int_eq(verifying_check("Bearer", token, NULL), DH_DENIED);
  ck_assert_uint_eq(test_server_count(v.server), 0);
  free(token);
  free(jwk);
  dh_key_unref(ours);
  dh_key_unref(theirs);
}
END_TEST

static TCase *jwt_case(void)
{
  TCase *tests = verifying_case("jwt");
  tcase_add_test(tests, a_jwt_names_its_actor_as_gms_does);
  tcase_add_test(tests, a_jwt_may_name_its_actor_plainly);
  tcase_add_test(tests, discovery_finds_the_keys);
  tcase_add_test(tests, each_of_two_issuers_has_its_own_keys);
  tcase_add_loop_test(tests, claims_are_judged_by_the_module, 0, sizeof(odd) / sizeof(odd[0]));
  tcase_add_test(tests, a_file_of_keys_serves);
  tcase_add_loop_test(tests, rules_of_the_configuration_are_held_to, 0,
                      sizeof(rules) / sizeof(rules[0]));
  tcase_add_test(tests, an_issuer_that_is_not_named_is_denied);
  tcase_add_loop_test(tests, clocks_may_differ_by_the_leeway, 0, 2);
  tcase_add_loop_test(tests, a_token_without_an_end_is_denied_unless_allowed, 0, 2);
  tcase_add_test(tests, keys_that_a_token_brings_are_not_fetched);
  tcase_add_loop_test(tests, a_wrong_jwt_configuration_is_refused, 0,
                      sizeof(bad_jwt) / sizeof(bad_jwt[0]));
  return tests;
}

SUITE("jwt", jwt_case())
