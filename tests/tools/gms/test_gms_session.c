/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing in to the web page, without a browser: cookies, forged requests, guessed passwords.
 */
#include "suite.h"
#include "support/tmpdir.h"
#include "tools/gms/process.h"

#include "dhub-gms/password.h"

#include <stdio.h>
#include <string.h>

#define GRAPHQL "{\"query\":\"{ me { corpUser { username } } }\"}"
#define RIGHT "{\"username\":\"jdoe\",\"password\":\"right\"}"
#define WRONG "{\"username\":\"jdoe\",\"password\":\"wrong\"}"

static gms_process gms;
static char *dir, *config;

static void setup(void)
{
  char hash[GMS_PASSWORD_HASH_SIZE], text[512];
  ck_assert_int_eq(gms_password_hash("right", hash), 1);
  snprintf(text, sizeof(text),
           "users = ( { name = \"jdoe\"; password_hash = \"%s\"; },\n"
           "  { name = \"old\"; password_hash = \"%s\"; active = false; } );\n",
           hash, hash);
  dir = test_tmpdir_new();
  config = test_file(dir, "gms.cfg", text, strlen(text), 0600);
  const char *const arguments[] = {"--config", config, NULL};
  gms_start(&gms, arguments);
}

static void teardown(void)
{
  ck_assert_int_eq(gms_stop(&gms), 0);
  free(config);
  test_tmpdir_remove(dir);
}

/* Signs in; the cookie and the header of the session. */
static void sign_in(char cookie[256], char csrf[128])
{
  gms_answer answer = gms_call(&gms, "POST", "/web/session", NULL, RIGHT);
  ck_assert_int_eq(answer.status, 200);
  ck_assert_ptr_nonnull(answer.cookie);
  snprintf(cookie, 256, "%.*s", (int)strcspn(answer.cookie, ";"), answer.cookie);
  snprintf(csrf, 128, "%s", gms_at(&answer, "csrf"));
  gms_answer_clear(&answer);
}

static int ask(const char *cookie, const char *csrf)
{
  const dh_http_header headers[] = {
      {"Cookie", cookie}, {csrf ? "X-CSRF-Token" : NULL, csrf}, {NULL, NULL}};
  gms_answer answer = gms_call_with(&gms, "POST", "/api/v2/graphql", NULL, GRAPHQL, headers);
  int status = answer.status;
  if (status == 200)
    ck_assert_str_eq(gms_at(&answer, "data/me/corpUser/username"), "jdoe");
  gms_answer_clear(&answer);
  return status;
}

START_TEST(cookie_is_closed_to_scripts_and_other_sites)
{
  gms_answer answer = gms_call(&gms, "POST", "/web/session", NULL, RIGHT);
  ck_assert_ptr_nonnull(strstr(answer.cookie, "HttpOnly"));
  ck_assert_ptr_nonnull(strstr(answer.cookie, "SameSite=Strict"));
  ck_assert_ptr_null(strstr(answer.cookie, "Secure"));
  gms_answer_clear(&answer);
  const dh_http_header proxy[] = {{"X-Forwarded-Proto", "https"}, {NULL, NULL}};
  answer = gms_call_with(&gms, "POST", "/web/session", NULL, RIGHT, proxy);
  ck_assert_ptr_nonnull(strstr(answer.cookie, "Secure"));
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(cookie_alone_is_not_enough)
{
  char cookie[256], csrf[128];
  sign_in(cookie, csrf);
  ck_assert_int_eq(ask(cookie, csrf), 200);
  ck_assert_int_eq(ask(cookie, NULL), 401);
  csrf[0] = csrf[0] == '0' ? '1' : '0';
  ck_assert_int_eq(ask(cookie, csrf), 401);
}
END_TEST

START_TEST(session_is_for_graphql_only)
{
  char cookie[256], csrf[128];
  sign_in(cookie, csrf);
  const dh_http_header headers[] = {{"Cookie", cookie}, {"X-CSRF-Token", csrf}, {NULL, NULL}};
  gms_answer answer =
      gms_call_with(&gms, "GET", "/entities/urn:li:corpuser:jdoe", NULL, NULL, headers);
  ck_assert_int_eq(answer.status, 401);
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(signing_out_ends_the_session)
{
  char cookie[256], csrf[128];
  sign_in(cookie, csrf);
  const dh_http_header headers[] = {{"Cookie", cookie}, {"X-CSRF-Token", csrf}, {NULL, NULL}};
  gms_answer answer = gms_call_with(&gms, "DELETE", "/web/session", NULL, NULL, headers);
  ck_assert_int_eq(answer.status, 200);
  gms_answer_clear(&answer);
  ck_assert_int_eq(ask(cookie, csrf), 401);
}
END_TEST

static const char *const refused[] = {
    WRONG,
    "{\"username\":\"old\",\"password\":\"right\"}",
    "{\"username\":\"nobody\",\"password\":\"right\"}",
    "{\"username\":\"jdoe\"}",
    "{\"username\":\"jdoe\",\"password\":\"\"}",
};

START_TEST(wrong_password_is_refused_in_the_same_words)
{
  gms_answer answer = gms_call(&gms, "POST", "/web/session", NULL, refused[_i]);
  ck_assert_int_eq(answer.status, 401);
  ck_assert_ptr_null(answer.cookie);
  ck_assert_str_eq(gms_at(&answer, "message"),
                   "That is not a user name and password of this server.");
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(guessing_is_slowed_down)
{
  int status = 401;
  for (int i = 0; i < 30 && status == 401; i++) {
    gms_answer answer = gms_call(&gms, "POST", "/web/session", NULL, "{\"username\":\"jdoe\"}");
    status = answer.status;
    gms_answer_clear(&answer);
  }
  ck_assert_int_eq(status, 429);
}
END_TEST

START_TEST(page_loads_nothing_from_elsewhere)
{
  static const char *const paths[] = {"/settings/tokens", "/web/app.css", "/web/app.js"};
  for (size_t i = 0; i < 3; i++) {
    gms_answer answer = gms_call(&gms, "GET", paths[i], NULL, NULL);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_ptr_nonnull(strstr(answer.policy, "default-src 'none'"));
    ck_assert_ptr_null(strstr(answer.policy, "unsafe"));
    ck_assert_ptr_null(strstr(answer.text, "https://"));
    gms_answer_clear(&answer);
  }
}
END_TEST

START_TEST(hash_matches_its_password_only)
{
  char one[GMS_PASSWORD_HASH_SIZE], two[GMS_PASSWORD_HASH_SIZE];
  ck_assert_int_eq(gms_password_hash("secret", one), 1);
  ck_assert_int_eq(gms_password_hash("secret", two), 1);
  ck_assert_str_ne(one, two);
  ck_assert_int_eq(gms_password_matches("secret", one), 1);
  ck_assert_int_eq(gms_password_matches("Secret", one), 0);
  ck_assert_int_eq(gms_password_matches("", one), 0);
  one[strlen(one) - 5] ^= 1;
  ck_assert_int_eq(gms_password_matches("secret", one), 0);
}
END_TEST

static const char *const no_hashes[] = {
    "",
    "secret",
    "scrypt:16384:8:1:AAAA:BBBB",
    "scrypt:0:8:1:x:y",
    "scrypt:99999999999:8:1:x:y",
    "scrypt:16384:8:1:AAAAAAAAAAAAAAAAAAAAAA==",
};

START_TEST(what_is_no_hash_is_told)
{
  ck_assert_int_eq(gms_password_is_hash(no_hashes[_i]), 0);
}
END_TEST

static TCase *all_cases(void)
{
  TCase *tc = tcase_create("session");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, cookie_is_closed_to_scripts_and_other_sites);
  tcase_add_test(tc, cookie_alone_is_not_enough);
  tcase_add_test(tc, session_is_for_graphql_only);
  tcase_add_test(tc, signing_out_ends_the_session);
  tcase_add_loop_test(tc, wrong_password_is_refused_in_the_same_words, 0,
                      (int)(sizeof(refused) / sizeof(refused[0])));
  tcase_add_test(tc, guessing_is_slowed_down);
  tcase_add_test(tc, page_loads_nothing_from_elsewhere);
  return tc;
}

static TCase *hash_cases(void)
{
  TCase *tc = tcase_create("password");
  tcase_add_test(tc, hash_matches_its_password_only);
  tcase_add_loop_test(tc, what_is_no_hash_is_told, 0,
                      (int)(sizeof(no_hashes) / sizeof(no_hashes[0])));
  return tc;
}

SUITE("gms_session", all_cases(), hash_cases())
