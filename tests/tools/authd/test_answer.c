/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "answer.h"
#include "module/module.h"
#include "settings.h"

#include <stdio.h>
#include <string.h>

static dh_context *context;
static dh_principal *principal;
static authd_policy policy;
static authd_answer answer;

static dh_status take(const char *text, dh_error *error)
{
  dh_config *config =
      dh_config_parse(context, DH_CONFIG_LIBCONFIG, text, strlen(text), "test.cfg", error);
  ck_assert_ptr_nonnull(config);
  dh_options *options =
      dh_options_check(context, authd_option_table, "dhub-authd", config, NULL, error);
  ck_assert_msg(options != NULL, "%s", error->message);
  dh_status status = authd_policy_make(&policy, options, error);
  dh_options_free(options);
  dh_config_free(config);
  return status;
}

static void refused(const char *text, const char *words)
{
  dh_error error;
  ck_assert_int_eq(take(text, &error), DH_MISCONFIGURED);
  ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
  ck_assert_ptr_nonnull(strstr(error.message, "test.cfg:1"));
}

/* An answer for a principal of these claims, under the policy of this text. */
static void answer_for(const char *text, const char *claims)
{
  dh_error error;
  dh_status status = take(text, &error);
  ck_assert_msg(status == DH_OK, "%s", error.message);
  if (claims)
    ck_assert_int_eq(dh_principal_set(principal, DH_PRINCIPAL_CLAIMS, claims), DH_OK);
  ck_assert(authd_answer_make(&answer, &policy, principal));
}

static const char *value_of(const char *name)
{
  for (size_t i = 0; i < answer.count; i++)
    if (!strcmp(answer.headers[i].name, name))
      return answer.headers[i].value;
  return NULL;
}

static void setup(void)
{
  context = dh_context_new(NULL, NULL);
  principal = dh_principal_new();
  memset(&policy, 0, sizeof(policy));
  memset(&answer, 0, sizeof(answer));
}

static void teardown(void)
{
  authd_answer_free(&answer);
  authd_policy_free(&policy);
  dh_principal_unref(principal);
  dh_context_free(context);
}

/* --- values --- */

static const struct {
  const char *text;
  size_t size;
  const char *value;
} values[] = {
    {"", 0, ""},
    {"urn:li:corpuser:jdoe", 20, "urn:li:corpuser:jdoe"},
    {"Jane Doe", 8, "Jane Doe"},
    {" jdoe", 5, "%20jdoe"},
    {"jdoe ", 5, "jdoe%20"},
    {" ", 1, "%20"},
    {"a%41", 4, "a%2541"},
    {"a\r\nX-DataHub-Actor: b", 21, "a%0D%0AX-DataHub-Actor: b"},
    {"admin\0x", 7, "admin%00x"},
    {"\xc3\xa9", 2, "%C3%A9"},
    {"\t", 1, "%09"},
    {"\x7f", 1, "%7F"},
};

START_TEST(value_stands_in_a_header)
{
  char *value = authd_header_value(values[_i].text, values[_i].size);
  ck_assert_str_eq(value, values[_i].value);
  free(value);
}
END_TEST

/* --- statuses --- */

static const struct {
  dh_status result;
  int status;
} statuses[] = {
    {DH_OK, 200},       {DH_IGNORE, 401},        {DH_DENIED, 401},    {DH_EXPIRED, 401},
    {DH_REVOKED, 401},  {DH_MALFORMED, 401},     {DH_TIMEOUT, 503},   {DH_UNAVAILABLE, 503},
    {DH_INTERNAL, 503}, {DH_MISCONFIGURED, 503}, {DH_NO_MEMORY, 503},
};

START_TEST(status_of_each_result)
{
  ck_assert_int_eq(authd_answer_status(statuses[_i].result), statuses[_i].status);
}
END_TEST

START_TEST(status_of_an_unknown_result_accepts_nobody)
{
  ck_assert_int_eq(authd_answer_status((dh_status)4711), 503);
}
END_TEST

/* --- the challenge --- */

START_TEST(challenge_without_a_credential_names_no_error)
{
  answer_for("realm = \"shop\";", NULL);
  ck_assert_str_eq(policy.challenge_absent, "Bearer realm=\"shop\"");
}
END_TEST

START_TEST(challenge_for_a_refused_token_is_that_of_rfc_6750)
{
  answer_for("", NULL);
  ck_assert_str_eq(policy.challenge_invalid,
                   "Bearer realm=\"datahub\", error=\"invalid_token\", error_description=\"The "
                   "access token is not valid or no longer valid\"");
}
END_TEST

START_TEST(realm_that_would_end_its_quotes_is_refused)
{
  refused("realm = \"a\\\", error=\\\"x\";", "realm");
}
END_TEST

START_TEST(realm_with_a_line_break_is_refused)
{
  refused("realm = \"a\\r\\nb\";", "realm");
}
END_TEST

/* --- who it is --- */

START_TEST(every_header_is_there_for_a_bare_principal)
{
  static const char *const names[] = {
      "X-DataHub-Actor",  "X-DataHub-Actor-Type", "X-DataHub-Token-Type", "X-DataHub-Token-Id",
      "X-DataHub-Issuer", "X-DataHub-Expires",    "X-DataHub-Claim-email"};
  answer_for("claims = (\"email\");", NULL);
  ck_assert_uint_eq(answer.count, 7);
  for (size_t i = 0; i < 7; i++)
    ck_assert_str_eq(value_of(names[i]), "");
}
END_TEST

START_TEST(fields_of_the_principal_are_passed_on)
{
  dh_principal_set(principal, DH_PRINCIPAL_ACTOR, "urn:li:corpuser:jdoe");
  dh_principal_set(principal, DH_PRINCIPAL_ISSUER, "https://idp.example.com");
  answer_for("", NULL);
  ck_assert_str_eq(value_of("X-DataHub-Actor"), "urn:li:corpuser:jdoe");
  ck_assert_str_eq(value_of("X-DataHub-Issuer"), "https://idp.example.com");
}
END_TEST

START_TEST(expiry_is_rfc_3339)
{
  principal->expires_at_ms = INT64_C(1800000000999);
  answer_for("", NULL);
  ck_assert_str_eq(value_of("X-DataHub-Expires"), "2027-01-15T08:00:00Z");
}
END_TEST

/* --- claims --- */

START_TEST(claim_that_is_text_is_passed_on_as_it_is)
{
  answer_for("claims = (\"email\");", "{\"email\":\"jdoe@example.com\"}");
  ck_assert_str_eq(value_of("X-DataHub-Claim-email"), "jdoe@example.com");
}
END_TEST

START_TEST(claim_that_is_a_list_is_passed_on_as_json)
{
  answer_for("claims = (\"groups\");", "{\"groups\":[\"a\", \"b\"]}");
  ck_assert_str_eq(value_of("X-DataHub-Claim-groups"), "[\"a\",\"b\"]");
}
END_TEST

START_TEST(claim_with_a_zero_byte_is_not_cut)
{
  answer_for("claims = (\"sub\");", "{\"sub\":\"admin\\u0000x\"}");
  ck_assert_str_eq(value_of("X-DataHub-Claim-sub"), "admin%00x");
}
END_TEST

/* Not U+FFFD, as which several users would be one: json-c's own reader makes that of it. */
START_TEST(claim_with_an_escaped_character_is_that_character)
{
  answer_for("claims = (\"sub\");", "{\"sub\":\"\\ud877\\udc01\"}");
  ck_assert_str_eq(value_of("X-DataHub-Claim-sub"), "%F0%AD%B0%81");
}
END_TEST

START_TEST(claim_that_is_null_is_empty)
{
  answer_for("claims = (\"sub\");", "{\"sub\":null}");
  ck_assert_str_eq(value_of("X-DataHub-Claim-sub"), "");
}
END_TEST

START_TEST(claims_name_becomes_letters_digits_and_dashes)
{
  answer_for("claims = (\"https://example.com/team_name\");",
             "{\"https://example.com/team_name\":\"x\"}");
  ck_assert_str_eq(value_of("X-DataHub-Claim-https---example-com-team-name"), "x");
}
END_TEST

START_TEST(claims_that_share_a_header_are_refused)
{
  refused("claims = (\"user_name\", \"User-Name\");", "would both be passed on");
}
END_TEST

START_TEST(claim_without_a_name_is_refused)
{
  refused("claims = (\"\");", "claims");
}
END_TEST

START_TEST(too_many_claims_are_refused)
{
  char text[1024] = "claims = (";
  for (int i = 0; i <= AUTHD_MAX_CLAIMS; i++)
    sprintf(text + strlen(text), "%s\"c%d\"", i ? "," : "", i);
  strcat(text, ");");
  refused(text, "at most 32");
}
END_TEST

static TCase *case_answer(void)
{
  TCase *tc = tcase_create("answer");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_loop_test(tc, value_stands_in_a_header, 0, sizeof(values) / sizeof(values[0]));
  tcase_add_loop_test(tc, status_of_each_result, 0, sizeof(statuses) / sizeof(statuses[0]));
  tcase_add_test(tc, status_of_an_unknown_result_accepts_nobody);
  tcase_add_test(tc, challenge_without_a_credential_names_no_error);
  tcase_add_test(tc, challenge_for_a_refused_token_is_that_of_rfc_6750);
  tcase_add_test(tc, realm_that_would_end_its_quotes_is_refused);
  tcase_add_test(tc, realm_with_a_line_break_is_refused);
  tcase_add_test(tc, every_header_is_there_for_a_bare_principal);
  tcase_add_test(tc, fields_of_the_principal_are_passed_on);
  tcase_add_test(tc, expiry_is_rfc_3339);
  tcase_add_test(tc, claim_that_is_text_is_passed_on_as_it_is);
  tcase_add_test(tc, claim_that_is_a_list_is_passed_on_as_json);
  tcase_add_test(tc, claim_with_a_zero_byte_is_not_cut);
  tcase_add_test(tc, claim_with_an_escaped_character_is_that_character);
  tcase_add_test(tc, claim_that_is_null_is_empty);
  tcase_add_test(tc, claims_name_becomes_letters_digits_and_dashes);
  tcase_add_test(tc, claims_that_share_a_header_are_refused);
  tcase_add_test(tc, claim_without_a_name_is_refused);
  tcase_add_test(tc, too_many_claims_are_refused);
  return tc;
}

SUITE("authd_answer", case_answer())
