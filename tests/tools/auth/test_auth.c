/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub auth against a scripted GMS: what each answer is said to mean.
 */
#include "suite.h"
#include "tools/emit/gms_script.h"

#include <stdio.h>
#include <string.h>

/* {"alg":"none"} and {"iss":ISSUER,"exp":...}, signed with "sig". */
#define EXPIRED "eyJhbGciOiJub25lIn0.eyJpc3MiOiJkYXRhaHViLW1ldGFkYXRhLXNlcnZpY2UiLCJleHAiOjF9.c2ln"
#define FOREIGN                                                                                    \
  "eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlLmNvbSIsImF1ZCI6Imdtcy1hIn0.c2ln"
#define OWN "eyJhbGciOiJub25lIn0.eyJpc3MiOiJkYXRhaHViLW1ldGFkYXRhLXNlcnZpY2UifQ.c2ln"

static const char *config_body;
static int without, with; /* the status without and with a credential */
static const char *with_body, *date;
static test_server *gms;

static void answer(void *arg, const test_request *request, test_conn *conn)
{
  bool has = test_request_header(request, "Authorization") != NULL;
  (void)arg;
  if (!strcmp(request->target, "/config"))
    test_reply_text(conn, 200, config_body);
  else
    test_reply(conn, has ? with : without, date, has ? with_body : "", has ? strlen(with_body) : 0);
}

static void setup(void)
{
  config_body =
      "{\"noCode\":\"true\",\"versions\":{\"acryldata/datahub\":{\"version\":\"v1.6.0\"}}}";
  without = 401;
  with = 200;
  with_body = "{\"data\":{\"me\":{\"corpUser\":{\"urn\":\"urn:li:corpuser:jdoe\"}}}}";
  date = NULL;
  setenv("HOME", "/nonexistent", 1);
  gms = test_server_start(answer, NULL);
}

static void teardown(void)
{
  test_server_stop(gms);
}

static void expect(const char *token, int code, const char *words)
{
  test_program p;
  if (token)
    setenv("DATAHUB_GMS_TOKEN", token, 1);
  else
    unsetenv("DATAHUB_GMS_TOKEN");
  DHUB(&p, "auth", "test", "-s", test_server_url(gms));
  ck_assert_msg(p.code == code && strstr(p.out, words), "%d: %s%s", p.code, p.out, p.err);
  ck_assert(!token || (!strstr(p.out, token) && !strstr(p.err, token)));
  test_program_clear(&p);
}

START_TEST(accepted_names_the_user)
{
  expect("opaque-token", 0, "accepted: you are urn:li:corpuser:jdoe");
}
END_TEST

START_TEST(origin_scheme_and_claims_are_shown)
{
  expect(FOREIGN, 0, "credential: Bearer, from the environment variable DATAHUB_GMS_TOKEN");
  expect(FOREIGN, 0, "\"aud\": \"gms-a\"");
}
END_TEST

START_TEST(absent)
{
  expect(NULL, 3, "absent: no credential was sent");
}
END_TEST

START_TEST(expired_by_its_own_claim)
{
  with = 401;
  expect(EXPIRED, 3, "expired: by its own claim `exp` the token ended ");
}
END_TEST

START_TEST(wrong_issuer)
{
  with = 401;
  expect(FOREIGN, 3, "the token is by https://idp.example.com, for the audience gms-a");
}
END_TEST

START_TEST(revoked)
{
  with = 401;
  expect(OWN, 3, "revoked, or of another DataHub");
}
END_TEST

START_TEST(clock_that_is_off)
{
  with = 401;
  date = "Date: Thu, 01 Jan 2015 00:00:00 GMT\r\n";
  expect(OWN, 3, "ahead of the server's");
}
END_TEST

START_TEST(forbidden)
{
  with = 403;
  with_body = "{\"message\":\"User urn:li:corpuser:x is unauthorized to read\"}";
  expect(OWN, 3, "User urn:li:corpuser:x is unauthorized to read");
}
END_TEST

START_TEST(frontend)
{
  config_body = "<html>DataHub</html>";
  expect(OWN, 4, "add /api/gms");
}
END_TEST

START_TEST(switched_off)
{
  without = 200;
  expect(OWN, 0, "authentication is switched off");
}
END_TEST

START_TEST(unreachable)
{
  test_server_down(gms);
  expect(OWN, 4, "credential: Bearer");
}
END_TEST

START_TEST(explain_tells_all_sources)
{
  test_program p;
  setenv("DATAHUB_GMS_TOKEN", OWN, 1);
  DHUB(&p, "auth", "explain", "-s", test_server_url(gms));
  ck_assert_int_eq(p.code, 0);
  ck_assert_ptr_nonnull(strstr(p.out, "  the sink's token: not set\n"
                                      "  the sink's auth: not set\n"
                                      "  DATAHUB_AUTH_TYPE: not set\n"
                                      "  DATAHUB_GMS_TOKEN: taken\n"
                                      "  DATAHUB_SYSTEM_CLIENT_ID: not looked at\n"
                                      "  ~/.datahubenv: not looked at\n"));
  ck_assert_uint_eq(test_server_count(gms), 0);
  test_program_clear(&p);
}
END_TEST

START_TEST(word_that_is_unknown_is_2)
{
  test_program p;
  DHUB(&p, "auth", "tset");
  ended(&p, 2, "one of `test` and `explain`");
  test_program_clear(&p);
}
END_TEST

static TCase *case_auth(void)
{
  TCase *c = tcase_create("auth");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, accepted_names_the_user);
  tcase_add_test(c, origin_scheme_and_claims_are_shown);
  tcase_add_test(c, absent);
  tcase_add_test(c, expired_by_its_own_claim);
  tcase_add_test(c, wrong_issuer);
  tcase_add_test(c, revoked);
  tcase_add_test(c, clock_that_is_off);
  tcase_add_test(c, forbidden);
  tcase_add_test(c, frontend);
  tcase_add_test(c, switched_off);
  tcase_add_test(c, unreachable);
  tcase_add_test(c, explain_tells_all_sources);
  tcase_add_test(c, word_that_is_unknown_is_2);
  return c;
}

SUITE("dhub auth", case_auth())
