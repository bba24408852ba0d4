/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a checker asks of the claims of a token whose signature is good.
 */
#include "suite.h"

#include "token/checker.h"
#include "token/forge.h"

#include <stdio.h>
#include <string.h>

#define NOW INT64_C(1800000000000)

static dh_status check(const dh_checker_options *options, const char *payload, size_t size)
{
  dh_keys *keys = dh_keys_new(NULL);
  dh_key *key = forge_key("oct", NULL);
  dh_keys_take(keys, dh_key_ref(key), NULL);
  dh_checker *checker = dh_checker_new(keys, options, NULL);
  char *token = forge_signed("{\"alg\":\"HS256\"}", payload, size, key, "HS256");
  dh_status status = dh_checker_check(checker, token, strlen(token), NOW, NULL, NULL);
  free(token);
  dh_checker_free(checker);
  dh_keys_unref(keys);
  dh_key_unref(key);
  return status;
}

static const char *const hs256[] = {"HS256", NULL};
static const char *const issuers[] = {"https://idp.example.com", "https://other.example.com", NULL};
static const char *const audiences[] = {"datahub", NULL};
static const char *const required[] = {"sub", NULL};
static const char *const names[] = {"groups", NULL}, *const values[] = {"writers", NULL};

static const struct {
  const char *payload;
  dh_status status;
} dates[] = {
    {"{}", DH_OK},
    {"{\"exp\":1800000001}", DH_OK},
    {"{\"exp\":1800000000}", DH_EXPIRED},
    {"{\"exp\":1}", DH_EXPIRED},
    {"{\"nbf\":1800000000}", DH_OK},
    {"{\"nbf\":1800000001}", DH_DENIED},
    {"{\"iat\":1800000001}", DH_OK},
    {"{\"exp\":\"1900000000\"}", DH_MALFORMED},
    {"{\"exp\":1900000000.0}", DH_MALFORMED},
    {"{\"exp\":19e8}", DH_MALFORMED},
    {"{\"exp\":1e400}", DH_MALFORMED},
    {"{\"exp\":-1}", DH_MALFORMED},
    {"{\"exp\":0}", DH_MALFORMED},
    {"{\"exp\":-0}", DH_MALFORMED},
    {"{\"exp\":99999999999999999999999}", DH_MALFORMED},
    {"{\"exp\":9223372036854775807}", DH_MALFORMED},
    {"{\"exp\":253402300800}", DH_MALFORMED},
    {"{\"exp\":null}", DH_MALFORMED},
    {"{\"exp\":true}", DH_MALFORMED},
    {"{\"exp\":[1900000000]}", DH_MALFORMED},
    {"{\"exp\":{}}", DH_MALFORMED},
    {"{\"nbf\":\"1\"}", DH_MALFORMED},
    {"{\"iat\":\"1\"}", DH_MALFORMED},
    {"{\"exp\":1,\"exp\":1900000000}", DH_MALFORMED},
    {"{\"exp\":1900000000,\"\\u0065xp\":1}", DH_MALFORMED},
    {"{\"a\":{\"b\":1,\"b\":2}}", DH_MALFORMED},
    {"{\"a\":[{\"b\":1,\"b\":2}]}", DH_MALFORMED},
    {"{\"a\":\"\\u0000\"}", DH_MALFORMED},
    {"{\"a\":\"\xff\"}", DH_MALFORMED},
    {"{\"\xc0\xaf\":1}", DH_MALFORMED},
    {"{\"iss\":7}", DH_MALFORMED},
    {"[]", DH_MALFORMED},
    {"null", DH_MALFORMED},
    {"", DH_MALFORMED},
};

START_TEST(dates_are_judged)
{
  const dh_checker_options options = {.struct_size = sizeof(options), .algorithms = hs256};
  ck_assert_msg(check(&options, dates[_i].payload, strlen(dates[_i].payload)) == dates[_i].status,
                "%s", dates[_i].payload);
}
END_TEST

START_TEST(a_leeway_is_granted)
{
  const dh_checker_options options = {
      .struct_size = sizeof(options), .algorithms = hs256, .leeway_ms = 10000};
  ck_assert_int_eq(check(&options, "{\"exp\":1799999991}", 18), DH_OK);
  ck_assert_int_eq(check(&options, "{\"exp\":1799999990}", 18), DH_EXPIRED);
  ck_assert_int_eq(check(&options, "{\"nbf\":1800000010}", 18), DH_OK);
  ck_assert_int_eq(check(&options, "{\"nbf\":1800000011}", 18), DH_DENIED);
}
END_TEST

static const struct {
  const char *payload;
  dh_status status;
} parties[] = {
    {"{\"iss\":\"https://"
     "idp.example.com\",\"aud\":\"datahub\",\"sub\":\"a\",\"groups\":\"writers\","
     "\"exp\":1900000000}",
     DH_OK},
    {"{\"iss\":\"https:\\/\\/"
     "other.example.com\",\"aud\":[\"x\",\"datahub\"],\"sub\":\"a\",\"groups\":["
     "\"readers\",\"writers\"],\"exp\":1900000000}",
     DH_OK},
    {"{\"iss\":\"https://idp.example.com/"
     "\",\"aud\":\"datahub\",\"sub\":\"a\",\"groups\":\"writers\","
     "\"exp\":1900000000}",
     DH_DENIED},
    {"{\"aud\":\"datahub\",\"sub\":\"a\",\"groups\":\"writers\",\"exp\":1900000000}", DH_DENIED},
    {"{\"iss\":\"https://"
     "idp.example.com\",\"aud\":\"Datahub\",\"sub\":\"a\",\"groups\":\"writers\","
     "\"exp\":1900000000}",
     DH_DENIED},
    {"{\"iss\":\"https://idp.example.com\",\"aud\":[],\"sub\":\"a\",\"groups\":\"writers\",\"exp\":"
     "1900000000}",
     DH_DENIED},
    {"{\"iss\":\"https://"
     "idp.example.com\",\"sub\":\"a\",\"groups\":\"writers\",\"exp\":1900000000}",
     DH_DENIED},
    {"{\"iss\":\"https://idp.example.com\",\"aud\":\"datahub\",\"groups\":\"writers\",\"exp\":"
     "1900000000}",
     DH_DENIED},
    {"{\"iss\":\"https://"
     "idp.example.com\",\"aud\":\"datahub\",\"sub\":\"a\",\"groups\":\"readers\","
     "\"exp\":1900000000}",
     DH_DENIED},
    {"{\"iss\":\"https://"
     "idp.example.com\",\"aud\":\"datahub\",\"sub\":\"a\",\"groups\":\"writers\"}",
     DH_DENIED},
};

START_TEST(parties_and_requirements_are_judged)
{
  const dh_checker_options options = {.struct_size = sizeof(options),
                                      .algorithms = hs256,
                                      .issuers = issuers,
                                      .audiences = audiences,
                                      .required = required,
                                      .claim_names = names,
                                      .claim_values = values,
                                      .flags = DH_CHECKER_EXPIRY};
  ck_assert_msg(check(&options, parties[_i].payload, strlen(parties[_i].payload)) ==
                    parties[_i].status,
                "%s", parties[_i].payload);
}
END_TEST

START_TEST(a_raw_null_byte_is_malformed)
{
  const dh_checker_options options = {.struct_size = sizeof(options), .algorithms = hs256};
  ck_assert_int_eq(check(&options, "{\"a\":\"b\0c\"}", 11), DH_MALFORMED);
  ck_assert_int_eq(check(&options, "{}\0", 3), DH_MALFORMED);
}
END_TEST

START_TEST(deep_nesting_is_malformed)
{
  const dh_checker_options options = {.struct_size = sizeof(options), .algorithms = hs256};
  char text[20000];
  memset(text, '[', sizeof(text));
  memcpy(text, "{\"a\":", 5);
  ck_assert_int_eq(check(&options, text, sizeof(text)), DH_MALFORMED);
}
END_TEST

START_TEST(a_thousand_claims_are_malformed)
{
  const dh_checker_options options = {.struct_size = sizeof(options), .algorithms = hs256};
  char text[20000] = "{";
  for (int i = 0; i < 1000; i++)
    sprintf(text + strlen(text), "%s\"c%d\":0", i ? "," : "", i);
  strcat(text, "}");
  ck_assert_int_eq(check(&options, text, strlen(text)), DH_MALFORMED);
}
END_TEST

START_TEST(a_decoded_token_shows_its_claims)
{
  static const char payload[] = "{\"sub\":\"a\\u00e9\\n\",\"exp\":1900000000,\"n\":1}";
  size_t size;
  dh_key *key = forge_key("oct", NULL);
  char *text = forge_signed("{\"alg\":\"HS256\"}", payload, strlen(payload), key, "HS256");
  dh_token *token = dh_token_decode(text, strlen(text), NULL);
  ck_assert_str_eq(dh_token_header(token), "{\"alg\":\"HS256\"}");
  ck_assert_str_eq(dh_token_claim(token, "sub"), "a\xc3\xa9\n");
  ck_assert_ptr_null(dh_token_claim(token, "n"));
  ck_assert_int_eq(dh_token_expiry(token), INT64_C(1900000000000));
  dh_token_payload(token, &size);
  ck_assert_uint_eq(size, strlen(payload));
  dh_token_free(token);
  free(text);
  dh_key_unref(key);
}
END_TEST

static TCase *claims_case(void)
{
  TCase *tests = tcase_create("claims");
  tcase_add_loop_test(tests, dates_are_judged, 0, sizeof(dates) / sizeof(dates[0]));
  tcase_add_test(tests, a_leeway_is_granted);
  tcase_add_loop_test(tests, parties_and_requirements_are_judged, 0,
                      sizeof(parties) / sizeof(parties[0]));
  tcase_add_test(tests, a_raw_null_byte_is_malformed);
  tcase_add_test(tests, deep_nesting_is_malformed);
  tcase_add_test(tests, a_thousand_claims_are_malformed);
  tcase_add_test(tests, a_decoded_token_shows_its_claims);
  return tests;
}

SUITE("claims", claims_case())
