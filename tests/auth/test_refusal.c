/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of a credential that was answered 401.
 */
#include "auth/support.h"

#include <datahub/token.h>

#include <stdio.h>
#include <string.h>

#define GMS "https://gms.example.com:8080/api/gms"
#define NOW INT64_C(1767225600000) /* where auth_setup() starts the clock: 2026-01-01 */

static auth_fixture f;

static void setup(void)
{
  auth_setup(&f);
}

static void teardown(void)
{
  auth_teardown(&f);
}

/* The words for the credential of this sink. */
static const char *said_of(const char *sink)
{
  static char words[DH_ERROR_MESSAGE_SIZE];
  dh_credential *credential = NULL;
  dh_credentials *credentials = auth_open(&f, sink, GMS);
  ck_assert_int_eq(dh_credentials_get(credentials, -1, &credential, &f.error), DH_OK);
  size_t size = dh_credential_explain_refusal(credential, NOW, words, sizeof(words));
  ck_assert_uint_eq(size, strlen(words));
  dh_credential_unref(credential);
  dh_credentials_close(credentials);
  return words;
}

/* The same for a token with these claims, which is nowhere in the words. */
static const char *said_of_claims(const char *claims)
{
  char *sink;
  dh_keys *keys = dh_keys_new(&f.error);
  static const char key[] = "a key of no server at all, for tests";
  ck_assert_int_eq(dh_keys_add_secret(keys, key, sizeof(key) - 1, NULL, NULL, &f.error), DH_OK);
  dh_secret *token =
      dh_token_sign(f.context, keys, NULL, "HS256", NULL, claims, strlen(claims), &f.error);
  ck_assert_msg(token != NULL, "%s", f.error.message);
  ck_assert_int_gt(asprintf(&sink, "token = \"%s\";", dh_secret_bytes(token, NULL)), 0);
  const char *words = said_of(sink);
  ck_assert_ptr_null(strstr(words, dh_secret_bytes(token, NULL)));
  ck_assert_ptr_null(strstr(words, "eyJ"));
  free(sink);
  dh_secret_free(token);
  dh_keys_unref(keys);
  return words;
}

#define ck_assert_says(words, part) ck_assert_msg(strstr(words, part) != NULL, "%s", words)

START_TEST(none_was_sent)
{
  const char *words = said_of("");
  ck_assert_says(words, "no token was sent");
  ck_assert_says(words, "`auth`");
  ck_assert_says(words, "DATAHUB_GMS_TOKEN");
  ck_assert_says(words, "~/.datahubenv");
  ck_assert_says(words, "--token-file");
  ck_assert_says(words, "dhub auth explain");
}
END_TEST

START_TEST(expired_with_its_time)
{
  const char *words = said_of_claims("{\"iss\":\"datahub-metadata-service\",\"exp\":1767222000}");
  ck_assert_says(words, "(the token in the configuration) expired at 2025-12-31 23:00:00 UTC");
  ck_assert_says(words, "60 minutes ago");
}
END_TEST

START_TEST(another_issuer)
{
  const char *words = said_of_claims("{\"iss\":\"https://idp.example.com\",\"exp\":1767229200}");
  ck_assert_says(words, "is by https://idp.example.com, not by DataHub");
  ck_assert_says(words, "has not expired");
  ck_assert_says(words, "EXTERNAL_OAUTH_TRUSTED_ISSUERS");
}
END_TEST

START_TEST(an_issuer_with_control_characters)
{
  const char *words = said_of_claims("{\"iss\":\"a\\u001b[31m\\nb\"}");
  ck_assert_says(words, "is by a?[31m?b,");
}
END_TEST

START_TEST(no_issuer)
{
  ck_assert_says(said_of_claims("{\"sub\":\"x\"}"), "names no issuer");
}
END_TEST

START_TEST(of_datahub_and_in_time)
{
  const char *words = said_of_claims("{\"iss\":\"datahub-metadata-service\",\"exp\":1767229200}");
  ck_assert_says(words, "revoked, or is of another DataHub");
}
END_TEST

START_TEST(without_an_end)
{
  ck_assert_says(said_of_claims("{\"iss\":\"datahub-metadata-service\"}"), "has not expired");
}
END_TEST

START_TEST(no_jwt)
{
  const char *words = said_of("token = \"not-a-jwt-not-real\";");
  ck_assert_says(words, "is no JWT");
  ck_assert_ptr_null(strstr(words, "not-a-jwt-not-real"));
}
END_TEST

START_TEST(system_client)
{
  const char *words = said_of("auth = ({control = \"required\"; plugin = \"basic\"; config = "
                              "{client_id = \"id\"; client_secret = \"not-real\";};});");
  ck_assert_says(words, "DATAHUB_SYSTEM_CLIENT_SECRET");
}
END_TEST

START_TEST(cut_as_snprintf_cuts)
{
  char words[10];
  ck_assert_uint_gt(dh_credential_explain_refusal(NULL, NOW, words, sizeof(words)), 100);
  ck_assert_str_eq(words, "no token ");
  ck_assert_uint_gt(dh_credential_explain_refusal(NULL, NOW, NULL, 0), 100);
}
END_TEST

static TCase *case_refusal(void)
{
  TCase *tcase = tcase_create("refusal");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_add_test(tcase, none_was_sent);
  tcase_add_test(tcase, expired_with_its_time);
  tcase_add_test(tcase, another_issuer);
  tcase_add_test(tcase, an_issuer_with_control_characters);
  tcase_add_test(tcase, no_issuer);
  tcase_add_test(tcase, of_datahub_and_in_time);
  tcase_add_test(tcase, without_an_end);
  tcase_add_test(tcase, no_jwt);
  tcase_add_test(tcase, system_client);
  tcase_add_test(tcase, cut_as_snprintf_cuts);
  return tcase;
}

SUITE("refusal", case_refusal())
