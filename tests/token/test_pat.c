/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "token/pat.h"

#include <stdio.h>
#include <string.h>

static const char KEY[] = "an-example-signing-key-of-the-tests";
static const int64_t NOW = INT64_C(1800000000000);

static dh_context *context;
static dh_secret *signing_key;
static dh_key *key;

static void setup(void)
{
  context = dh_context_new(NULL, NULL);
  signing_key = dh_secret_new(context, KEY, strlen(KEY));
  key = dh_key_from_secret(KEY, strlen(KEY), NULL, dh_alg_find("HS256", 5), NULL);
}

static void teardown(void)
{
  dh_key_unref(key);
  dh_secret_free(signing_key);
  dh_context_free(context);
}

static dh_pat_claims good_claims(void)
{
  return (dh_pat_claims){.struct_size = sizeof(dh_pat_claims),
                         .type = "PERSONAL",
                         .version = "2",
                         .actor_type = "USER",
                         .actor_id = "datahub",
                         .expires_at_ms = NOW + 60000};
}

/* The result for a token with that payload, signed with the right key. */
static dh_status check_payload(const char *payload, const char *issuer, dh_pat *pat)
{
  dh_jws jws;
  dh_buf token;
  dh_buf_init(&token);
  ck_assert_int_eq(dh_jws_sign(key, key->alg, NULL, payload, strlen(payload), &token, NULL), DH_OK);
  dh_status status = dh_pat_check(&jws, key, token.data, token.size, issuer, NOW, pat, NULL);
  dh_jws_clear(&jws);
  dh_buf_free(&token);
  return status;
}

static dh_status check_text(const char *token)
{
  dh_jws jws;
  dh_pat pat;
  dh_status status = dh_pat_check(&jws, key, token, strlen(token), NULL, NOW, &pat, NULL);
  dh_jws_clear(&jws);
  return status;
}

START_TEST(a_minted_token_passes)
{
  dh_jws jws;
  dh_pat pat;
  size_t size;
  dh_pat_claims claims = good_claims();
  dh_secret *token = dh_pat_mint(context, signing_key, &claims, NULL);
  const char *text = dh_secret_bytes(token, &size);
  ck_assert_int_eq(dh_pat_check(&jws, key, text, size, DH_PAT_ISSUER, NOW, &pat, NULL), DH_OK);
  ck_assert(dh_json_is(&pat.actor_id, "datahub", 7));
  ck_assert(dh_json_is(&pat.type, "PERSONAL", 8));
  ck_assert_uint_eq(pat.jti.len, 36);
  ck_assert_int_eq(pat.expires_at_ms, NOW + 60000);
  dh_jws_clear(&jws);
  dh_secret_free(token);
}
END_TEST

START_TEST(a_minted_token_has_the_header_of_datahub)
{
  dh_pat_claims claims = good_claims();
  dh_secret *token = dh_pat_mint(context, signing_key, &claims, NULL);
  /* {"alg":"HS256"} */
  ck_assert(!strncmp(dh_secret_bytes(token, NULL), "eyJhbGciOiJIUzI1NiJ9.", 21));
  dh_secret_free(token);
}
END_TEST

START_TEST(an_actor_with_a_backslash_comes_back_whole)
{
  dh_jws jws;
  dh_pat pat;
  size_t size;
  dh_pat_claims claims = good_claims();
  claims.actor_id = "CORP\\jo\"e";
  dh_secret *token = dh_pat_mint(context, signing_key, &claims, NULL);
  const char *text = dh_secret_bytes(token, &size);
  ck_assert_int_eq(dh_pat_check(&jws, key, text, size, NULL, NOW, &pat, NULL), DH_OK);
  char *actor = dh_json_dup(&pat.actor_id);
  ck_assert_str_eq(actor, "CORP\\jo\"e");
  free(actor);
  dh_jws_clear(&jws);
  dh_secret_free(token);
}
END_TEST

static const struct {
  const char *payload;
  dh_status status;
} payloads[] = {
    {"{\"actorType\":\"USER\",\"actorId\":\"a\",\"type\":\"PERSONAL\",\"version\":\"1\"}", DH_OK},
    {"{\"actorType\":\"USER\",\"actorId\":\"a\",\"type\":\"PERSONAL\",\"version\":\"2\",\"exp\":"
     "1800000001}",
     DH_OK},
    {"{\"actorType\":\"USER\",\"actorId\":\"a\",\"type\":\"PERSONAL\",\"version\":\"2\",\"exp\":"
     "1800000000}",
     DH_EXPIRED},
    {"{\"actorType\":\"USER\",\"actorId\":\"a\",\"type\":\"PERSONAL\",\"version\":\"2\",\"nbf\":"
     "1800000001}",
     DH_DENIED},
    {"{\"actorType\":\"USER\",\"actorId\":\"a\",\"type\":\"PERSONAL\",\"version\":2}",
     DH_MALFORMED},
    {"{\"actorType\":\"USER\",\"actorId\":\"a\",\"type\":\"PERSONAL\",\"version\":\"3\"}",
     DH_MALFORMED},
    {"{\"actorType\":\"USER\",\"actorId\":\"a\",\"version\":\"1\"}", DH_MALFORMED},
    {"{\"actorType\":\"USER\",\"type\":\"PERSONAL\",\"version\":\"1\"}", DH_MALFORMED},
    {"{\"actorId\":\"a\",\"type\":\"PERSONAL\",\"version\":\"1\"}", DH_MALFORMED},
    {"{\"actorType\":\"USER\",\"actorId\":\"\",\"type\":\"PERSONAL\",\"version\":\"1\"}",
     DH_MALFORMED},
    {"{\"actorType\":\"USER\",\"actorId\":\"a\",\"type\":\"PERSONAL\",\"version\":\"2\",\"exp\":"
     "\"1900000000\"}",
     DH_MALFORMED},
    {"{\"actorType\":\"USER\",\"actorId\":\"a\",\"type\":\"PERSONAL\",\"version\":\"2\",\"exp\":"
     "1900000000.5}",
     DH_MALFORMED},
    {"{\"actorType\":\"USER\",\"actorId\":\"a\",\"type\":\"PERSONAL\",\"version\":\"2\",\"exp\":"
     "1e400}",
     DH_MALFORMED},
    {"{\"actorType\":\"USER\",\"actorId\":\"a\",\"type\":\"PERSONAL\",\"version\":\"2\",\"exp\":"
     "-1}",
     DH_MALFORMED},
    {"{\"actorType\":\"USER\",\"actorId\":\"a\",\"actorId\":\"b\",\"type\":\"PERSONAL\","
     "\"version\":\"1\"}",
     DH_MALFORMED},
    {"[]", DH_MALFORMED},
    {"", DH_MALFORMED},
};

START_TEST(claims_are_judged)
{
  dh_pat pat;
  ck_assert_int_eq(check_payload(payloads[_i].payload, NULL, &pat), payloads[_i].status);
}
END_TEST

START_TEST(another_issuer_is_denied)
{
  dh_pat pat;
  ck_assert_int_eq(check_payload("{\"actorType\":\"USER\",\"actorId\":\"a\",\"type\":\"PERSONAL\","
                                 "\"version\":\"1\",\"iss\":\"elsewhere\"}",
                                 DH_PAT_ISSUER, &pat),
                   DH_DENIED);
}
END_TEST

START_TEST(another_key_is_denied)
{
  dh_pat_claims claims = good_claims();
  dh_secret *other = dh_secret_new(context, "another-example-key-of-the-tests", 32);
  dh_secret *token = dh_pat_mint(context, other, &claims, NULL);
  ck_assert_int_eq(check_text(dh_secret_bytes(token, NULL)), DH_DENIED);
  dh_secret_free(token);
  dh_secret_free(other);
}
END_TEST

START_TEST(an_empty_key_mints_nothing)
{
  dh_error error;
  dh_pat_claims claims = good_claims();
  dh_secret *empty = dh_secret_new(context, "", 0);
  ck_assert_ptr_null(dh_pat_mint(context, empty, &claims, &error));
  ck_assert_int_eq(error.status, DH_MISCONFIGURED);
  dh_secret_free(empty);
}
END_TEST

START_TEST(the_id_is_that_of_datahub)
{
  char id[DH_PAT_ID_SIZE];
  /* printf tokensalt | openssl dgst -sha256 -binary | base64 */
  ck_assert_int_eq(dh_pat_id("token", 5, "salt", id, NULL), DH_OK);
  ck_assert_str_eq(id, "Pbq185gOo7YaBd1nbMp/HdWyHCsUdsP/K+yn2UIRQgA=");
}
END_TEST

static TCase *pat_case(void)
{
  TCase *tests = tcase_create("pat");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, a_minted_token_passes);
  tcase_add_test(tests, a_minted_token_has_the_header_of_datahub);
  tcase_add_test(tests, an_actor_with_a_backslash_comes_back_whole);
  tcase_add_loop_test(tests, claims_are_judged, 0, sizeof(payloads) / sizeof(payloads[0]));
  tcase_add_test(tests, another_issuer_is_denied);
  tcase_add_test(tests, another_key_is_denied);
  tcase_add_test(tests, an_empty_key_mints_nothing);
  tcase_add_test(tests, the_id_is_that_of_datahub);
  return tests;
}

SUITE("pat", pat_case())
