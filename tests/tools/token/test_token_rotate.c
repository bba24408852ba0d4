/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub token rotate against a DataHub that fails at each step: the file holds a token that
 * works whatever happens, and what is left behind is told.
 */
#include "suite.h"
#include "support/program.h"
#include "support/server.h"
#include "support/tmpdir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* {"alg":"none"} and claims of datahub, signed with "old" and "new". */
#define PARTS "eyJhbGciOiJub25lIn0.eyJhY3RvcklkIjoiZGF0YWh1YiJ9."
#define OLD PARTS "b2xk"
#define NEW PARTS "bmV3"

#define METADATA                                                                                   \
  "{\"id\":\"OLD-ID\",\"name\":\"nightly\",\"actorUrn\":\"urn:li:corpuser:datahub\","              \
  "\"ownerUrn\":\"urn:li:corpuser:datahub\",\"createdAt\":1000,\"expiresAt\":2592001000}"
#define ME                                                                                         \
  "{\"data\":{\"me\":{\"corpUser\":{\"urn\":\"urn:li:corpuser:datahub\"},"                         \
  "\"platformPrivileges\":{\"generatePersonalAccessTokens\":true,"                                 \
  "\"manageTokens\":true,\"manageServiceAccounts\":true}}}}"
#define MADE                                                                                       \
  "{\"data\":{\"createAccessToken\":{\"accessToken\":\"" NEW "\",\"metadata\":{"                   \
  "\"urn\":\"urn:li:dataHubAccessToken:NEW-ID\"}}}}"

static test_server *gms;
static char *folder, *file;
static const char *failing; /* the operation that is answered 500 */

static void answer(void *arg, const test_request *request, test_conn *conn)
{
  static const struct {
    const char *operation, *body;
  } answers[] = {{"getAccessTokenMetadata", "{\"data\":{\"getAccessTokenMetadata\":" METADATA "}}"},
                 {"createAccessToken", MADE},
                 {"revokeAccessToken", "{\"data\":{\"revokeAccessToken\":true}}"},
                 {"corpUser", ME}};
  (void)arg;
  for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
    if (!strstr(request->body, answers[i].operation))
      continue;
    bool fails = failing && !strcmp(failing, answers[i].operation);
    test_reply_text(conn, fails ? 500 : 200, fails ? "{}" : answers[i].body);
    return;
  }
  test_reply_text(conn, 404, "{}");
}

static void setup(void)
{
  failing = NULL;
  folder = test_tmpdir_new();
  file = test_file(folder, "token", OLD "\n", strlen(OLD) + 1, 0600);
  gms = test_server_start(answer, NULL);
}

static void teardown(void)
{
  test_server_stop(gms);
  test_tmpdir_remove(folder);
  free(file);
}

static void rotated(bool succeeds, const char *token, const char *words)
{
  char held[256] = "";
  test_program p;
  test_program_run(&p, NULL,
                   (const char *const[]){"dhub", "token", "rotate", "--server",
                                         test_server_url(gms), file, NULL});
  ck_assert_msg(!p.code == succeeds && strstr(p.err, words), "%d: %s%s", p.code, p.out, p.err);
  ck_assert_msg(!strstr(p.err, OLD) && !strstr(p.err, NEW) && !strstr(p.out, OLD),
                "a token is shown");
  test_program_clear(&p);
  FILE *from = fopen(file, "r");
  ck_assert_ptr_nonnull(from);
  ck_assert_ptr_nonnull(fgets(held, sizeof(held), from));
  fclose(from);
  held[strcspn(held, "\n")] = '\0';
  ck_assert_str_eq(held, token);
}

/* How many requests named that id to be revoked. */
static size_t revoked(const char *id)
{
  size_t count = 0;
  for (size_t i = 0; i < test_server_count(gms); i++) {
    const test_request *request = test_server_request(gms, i);
    count += strstr(request->body, "revokeAccessToken") && strstr(request->body, id);
  }
  return count;
}

START_TEST(new_is_kept_before_the_old_is_revoked)
{
  rotated(true, NEW, "the old one is revoked");
  ck_assert_uint_eq(revoked("OLD-ID"), 1);
  ck_assert_uint_eq(revoked("NEW-ID"), 0);
}
END_TEST

START_TEST(who_asks_cannot_be_found_out)
{
  failing = "corpUser";
  rotated(false, OLD, "500");
  ck_assert_uint_eq(revoked("OLD-ID"), 0);
}
END_TEST

START_TEST(old_cannot_be_looked_up)
{
  failing = "getAccessTokenMetadata";
  rotated(false, OLD, "500");
  ck_assert_uint_eq(revoked("OLD-ID"), 0);
}
END_TEST

START_TEST(new_cannot_be_made)
{
  failing = "createAccessToken";
  rotated(false, OLD, "500");
  ck_assert_uint_eq(revoked("OLD-ID"), 0);
}
END_TEST

START_TEST(new_cannot_be_kept)
{
  char longest[300], *old = file;
  memset(longest, 'x', 250);
  longest[250] = '\0';
  file = test_file(folder, longest, OLD "\n", strlen(OLD) + 1, 0600);
  rotated(false, OLD, "make a file beside");
  ck_assert_uint_eq(revoked("OLD-ID"), 0);
  ck_assert_uint_eq(revoked("NEW-ID"), 1);
  free(old);
}
END_TEST

START_TEST(old_cannot_be_revoked)
{
  failing = "revokeAccessToken";
  rotated(false, NEW, "the old one is still good: revoke it");
  ck_assert_uint_ge(revoked("OLD-ID"), 1);
}
END_TEST

static TCase *case_rotate(void)
{
  TCase *c = tcase_create("rotate");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, new_is_kept_before_the_old_is_revoked);
  tcase_add_test(c, who_asks_cannot_be_found_out);
  tcase_add_test(c, old_cannot_be_looked_up);
  tcase_add_test(c, new_cannot_be_made);
  tcase_add_test(c, new_cannot_be_kept);
  tcase_add_test(c, old_cannot_be_revoked);
  return c;
}

SUITE("dhub token rotate", case_rotate())
