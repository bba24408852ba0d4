/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emitter's credential: one that is refused, one that is not there, one whose user may
 * not; where it may be sent.
 */
#include "emit/stage.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static script well;

START_TEST(test_401_for_good)
{
  dh_error error;
  START({STEP_STATUS, 401, NULL, "<title>Unauthorized to perform this action.</title>"},
        {STEP_STATUS, 401, NULL, "<title>Unauthorized to perform this action.</title>"});
  fixture_set(&f, "token", "test-token-not-real");
  fixture_open(&f);
  fixture_emit_many(&f, 10, 3);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_DENIED);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 10);
  ck_assert_ptr_nonnull(strstr(error.message, "401 (Unauthorized to perform this action.)"));
  ck_assert_ptr_nonnull(strstr(error.message, "the token in the configuration"));
  ck_assert_ptr_null(strstr(error.message, "test-token"));
  ck_assert_uint_eq(test_server_count(server), 2);
}
END_TEST

START_TEST(test_401_without_a_credential)
{
  dh_error error;
  START({STEP_STATUS, 401, NULL, "<title>Error 401 Unauthorized to perform this action.</title>"});
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_DENIED);
  ck_assert_ptr_nonnull(strstr(error.message, "401 (Unauthorized to perform this action.): no "
                                              "token was sent, because none is configured"));
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

static char *token_file;

/* A clock that is moved by hand. */
static int64_t moved(void *arg)
{
  return atomic_load((atomic_llong *)arg);
}

static void wait_for_log(const char *words)
{
  while (!fixture_logged(&f, words))
    usleep(1000);
}

/* A path that is wrong is told at once and given up soon; nothing is sent without it. */
START_TEST(test_token_file_that_is_not_there)
{
  static atomic_llong at = 1767225600000;
  static const dh_clock clock = {.wall_ms = moved, .mono_ms = moved, .arg = &at};
  dh_error error;
  server = test_server_start(script_handler, &well);
  fixture_init_clock(&f, "datahub-rest", test_server_url(server), &clock);
  fixture_set(&f, "auth.type", "file");
  fixture_set(&f, "auth.config.path", "/nonexistent/token");
  fixture_set(&f, "linger", "0");
  fixture_open(&f);
  fixture_emit_many(&f, 3, 3);
  wait_for_log("no credential yet, trying for 10 s: ");
  atomic_fetch_add(&at, 10000);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_DENIED);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 3);
  ck_assert_msg(strstr(error.message, "no credential: ") != NULL, "%s", error.message);
  ck_assert_ptr_nonnull(strstr(error.message, "/nonexistent/token"));
  ck_assert_uint_eq(test_server_count(server), 0);
}
END_TEST

/* The file comes a little later, as a mount does. */
START_TEST(test_token_file_that_comes_later)
{
  dh_error error;
  START({.what = STEP_OK});
  ck_assert_int_gt(asprintf(&token_file, "%s/late", dir), 0);
  fixture_set(&f, "auth.type", "file");
  fixture_set(&f, "auth.config.path", token_file);
  fixture_open(&f);
  fixture_emit_many(&f, 3, 3);
  wait_for_log("no credential yet");
  free(test_file(dir, "late", "late-not-real", 13, 0600));
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 3);
  free(token_file);
}
END_TEST

/* Knows one token only, which is in the file from the first 401 on. */
static void renewing(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  const char *sent = test_request_header(request, "Authorization");
  if (sent && !strcmp(sent, "Bearer second-not-real")) {
    test_reply_text(conn, 200, "{}");
    return;
  }
  free(test_file(dir, "token", "second-not-real", 15, 0600));
  test_reply(conn, 401, NULL, "", 0);
}

START_TEST(test_401_then_fresh)
{
  dh_error error;
  server = test_server_start(renewing, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  token_file = test_file(dir, "token", "first-not-real", 14, 0600);
  fixture_set(&f, "auth.type", "file");
  fixture_set(&f, "auth.config.path", token_file);
  fixture_open(&f);
  fixture_emit_many(&f, 10, 3);
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 10);
  ck_assert_uint_eq(test_server_count(server), 2);
  free(token_file);
}
END_TEST

START_TEST(test_403)
{
  START({STEP_STATUS, 403, NULL,
         "{\"message\":\"User URN is unauthorized to modify entity: x\",\"stackTrace\":\"at "
         "com.Secret\",\"status\":403}"});
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_REJECTED), 1);
  ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, "the token is good"));
  ck_assert_ptr_null(strstr(fixture_line(&f, 0)->words, "com.Secret"));
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

#define FORBIDDEN                                                                                  \
  {                                                                                                \
    STEP_STATUS, 403, NULL,                                                                        \
        "{\"message\":\"urn:li:corpuser:a is unauthorized to modify entity\",\"status\":403}"      \
  }
#define FORBIDDEN_5 FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN, FORBIDDEN
#define FORBIDDEN_25 FORBIDDEN_5, FORBIDDEN_5, FORBIDDEN_5, FORBIDDEN_5, FORBIDDEN_5
#define FORBIDDEN_125 FORBIDDEN_25, FORBIDDEN_25, FORBIDDEN_25, FORBIDDEN_25, FORBIDDEN_25

/* A user without any privilege: it is not found out once for each record. */
START_TEST(test_403_of_everything)
{
  dh_error error;
  START(FORBIDDEN_125, FORBIDDEN_125, FORBIDDEN_125, FORBIDDEN_125);
  fixture_set(&f, "max_per_batch", "200");
  fixture_set(&f, "linger", "60s"); /* nothing is sent before all is emitted */
  fixture_open(&f);
  fixture_emit_many(&f, 200, 200);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_DENIED);
  ck_assert_ptr_nonnull(strstr(error.message, "100 records were refused one by one"));
  ck_assert_ptr_nonnull(strstr(error.message, "urn:li:corpuser:a is unauthorized"));
  ck_assert_uint_eq(fixture_count(&f, DH_REJECTED), 99);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 101);
}
END_TEST

/* Of a user who may write some of it, all that is allowed is delivered. */
START_TEST(test_403_of_most)
{
  dh_error error;
  START({.what = STEP_OK}, FORBIDDEN_125, FORBIDDEN_125);
  fixture_set(&f, "max_threads", "1");
  fixture_set(&f, "max_per_batch", "1");
  fixture_open(&f);
  fixture_emit_many(&f, 300, 300);
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_REJECTED), 250);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 50);
}
END_TEST

START_TEST(test_require_tls)
{
  dh_error error;
  START({.what = STEP_OK});
  fixture_set(&f, "server", "http://datahub.example.com:8080");
  fixture_set(&f, "token", "test-token-not-real");
  fixture_set(&f, "require_tls", "true");
  ck_assert_ptr_null(dh_emitter_open(f.context, f.sink, NULL, &error));
  ck_assert_int_eq(error.status, DH_MISCONFIGURED);
  ck_assert_ptr_nonnull(strstr(error.message, "https"));
}
END_TEST

START_TEST(test_plain_http_warns)
{
  START({.what = STEP_OK});
  fixture_set(&f, "server", "http://datahub.example.com:8080");
  fixture_set(&f, "token", "test-token-not-real");
  fixture_open(&f);
  ck_assert(fixture_logged(&f, "over plain HTTP"));
  ck_assert_int_eq(fixture_close(&f, 0, NULL), DH_OK);
}
END_TEST

static TCase *case_credentials(void)
{
  TCase *c = stage_case("credentials");
  tcase_add_test(c, test_401_for_good);
  tcase_add_test(c, test_401_without_a_credential);
  tcase_add_test(c, test_token_file_that_is_not_there);
  tcase_add_test(c, test_token_file_that_comes_later);
  tcase_add_test(c, test_401_then_fresh);
  tcase_add_test(c, test_403);
  tcase_add_test(c, test_403_of_everything);
  tcase_add_test(c, test_403_of_most);
  tcase_add_test(c, test_require_tls);
  tcase_add_test(c, test_plain_http_warns);
  return c;
}

SUITE("credential", case_credentials())
