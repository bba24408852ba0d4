/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a verifier decides without waiting, and whether it is ready to.
 */
#include "suite.h"
#include "support/server.h"
#include "support/tmpdir.h"

#include <datahub/token.h>
#include <datahub/verifier.h>

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define KEY "an-example-signing-key-of-the-tests"
#define SALT "an-example-salt"

static dh_context *context;
static dh_verifier *verifier;
static char *folder, *path;

static void setup(void)
{
  dh_context_options options = {.struct_size = sizeof(options),
                                .plugin_path = BUILDDIR "/plugins/.libs"};
  context = dh_context_new(&options, NULL);
  folder = test_tmpdir_new();
  path = test_path(folder, "tokens.db");
  verifier = NULL;
}

static void teardown(void)
{
  dh_verifier_close(verifier);
  dh_context_free(context);
  free(path);
  test_tmpdir_remove(folder);
}

/* With this stack, of which `url` is a part. */
static void open_stack(const char *format, const char *url)
{
  char text[2048];
  dh_error error;
  int size = snprintf(text, sizeof(text), "stack = (");
  size += snprintf(text + size, sizeof(text) - (size_t)size, format, url);
  snprintf(text + size, sizeof(text) - (size_t)size, ");");
  dh_config *config =
      dh_config_parse(context, DH_CONFIG_LIBCONFIG, text, strlen(text), "test.cfg", &error);
  ck_assert_msg(config != NULL, "%s", error.message);
  verifier = dh_verifier_open(context, config, &error);
  ck_assert_msg(verifier != NULL, "%s", error.message);
  dh_config_free(config);
}

/* "Bearer ..." with a PAT that no store knows. */
static char *mint(const char *version)
{
  const dh_pat_claims claims = {.struct_size = sizeof(claims),
                                .type = "PERSONAL",
                                .version = version,
                                .actor_type = "USER",
                                .actor_id = "jdoe"};
  dh_secret *key = dh_secret_new(context, KEY, strlen(KEY));
  dh_secret *token = dh_pat_mint(context, key, &claims, NULL);
  char *header = malloc(4096);
  snprintf(header, 4096, "Bearer %s", dh_secret_bytes(token, NULL));
  dh_secret_free(token);
  dh_secret_free(key);
  return header;
}

static dh_status ask(dh_status (*how)(dh_verifier *, const char *, dh_principal **, dh_error *),
                     const char *header, dh_error *error)
{
  dh_principal *principal = NULL;
  dh_status status = how(verifier, header, &principal, error);
  ck_assert_int_eq(status == DH_OK, principal != NULL);
  ck_assert_int_eq(error->status, status == DH_IGNORE ? DH_OK : status);
  dh_principal_unref(principal);
  return status;
}

static dh_status ask_now(const char *header)
{
  dh_error error;
  return ask(dh_verifier_check_now, header, &error);
}

static uint64_t checks(void)
{
  dh_verifier_stats stats = {.struct_size = sizeof(stats)};
  dh_verifier_get_stats(verifier, &stats);
  return stats.checks;
}

#define PAT                                                                                        \
  "{ control = \"[ok=done expired=die default=ignore]\"; plugin = \"pat\"; config = { "            \
  "signing_key = \"" KEY "\"; salt = \"" SALT "\"; }; }, "
#define INTROSPECT                                                                                 \
  "{ control = \"[ok=done expired=die default=ignore]\"; plugin = \"introspect\"; config = { "     \
  "endpoint = \"%s/introspect\"; }; }"
#define DENY ", { control = \"required\"; plugin = \"deny\"; }"
#define JWT                                                                                        \
  "{ control = \"required\"; plugin = \"jwt\"; config = { issuers = (\"https://idp.example\"); "   \
  "jwks_url = \"%s/keys\"; }; }"

static void stall(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_stall(conn);
}

/* The issuer behind it never answers, and is never asked. */
START_TEST(token_of_a_module_before_the_slow_one_is_decided)
{
  test_server *issuer = test_server_start(stall, NULL);
  open_stack(PAT INTROSPECT DENY, test_server_url(issuer));
  char *token = mint("1");
  ck_assert_int_eq(ask_now(token), DH_OK);
  ck_assert_uint_eq(checks(), 1);
  ck_assert_uint_eq(test_server_count(issuer), 0);
  free(token);
  test_server_stop(issuer);
}
END_TEST

START_TEST(token_that_the_issuer_must_be_asked_about_is_not)
{
  test_server *issuer = test_server_start(stall, NULL);
  open_stack(PAT INTROSPECT DENY, test_server_url(issuer));
  ck_assert_int_eq(ask_now("Bearer opaque"), DH_IGNORE);
  ck_assert_uint_eq(checks(), 0);
  ck_assert_uint_eq(test_server_count(issuer), 0);
  test_server_stop(issuer);
}
END_TEST

/* The slow one might have said something else. */
START_TEST(token_of_a_module_behind_the_slow_one_is_not_decided)
{
  test_server *issuer = test_server_start(stall, NULL);
  open_stack(INTROSPECT ", { control = \"required\"; plugin = \"permit\"; }",
             test_server_url(issuer));
  ck_assert_int_eq(ask_now("Bearer opaque"), DH_IGNORE);
  test_server_stop(issuer);
}
END_TEST

START_TEST(pat_that_a_gms_must_be_asked_about_is_not_decided)
{
  test_server *gms = test_server_start(stall, NULL);
  open_stack("{ control = \"required\"; plugin = \"pat\"; config = { signing_key = \"" KEY
             "\"; salt = \"" SALT "\"; gms = \"%s\"; gms_token = \"a-made-up-token\"; }; }",
             test_server_url(gms));
  char *token = mint("2");
  ck_assert_int_eq(ask_now(token), DH_IGNORE);
  ck_assert_int_eq(ask_now("Bearer a.b.c"), DH_MALFORMED); /* whatever GMS would say */
  ck_assert_uint_eq(test_server_count(gms), 0);
  free(token);
  test_server_stop(gms);
}
END_TEST

START_TEST(keys_on_their_way_are_not_waited_for)
{
  dh_error error;
  static const char token[] = "Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA";
  test_server *issuer = test_server_start(stall, NULL);
  open_stack(JWT, test_server_url(issuer));
  ck_assert(test_server_wait(issuer, 1));
  ck_assert_int_eq(ask_now(token), DH_IGNORE);
  ck_assert_int_eq(dh_verifier_ready(verifier, &error), DH_TIMEOUT);
  ck_assert_msg(strstr(error.message, "not here yet") != NULL, "%s", error.message);
  test_server_stop(issuer);
}
END_TEST

static void no_keys(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply_text(conn, 500, "{}");
}

START_TEST(issuer_without_keys_makes_it_unready)
{
  dh_error error;
  test_server *issuer = test_server_start(no_keys, NULL);
  open_stack(JWT, test_server_url(issuer));
  ask(dh_verifier_check, "Bearer eyJhbGciOiJSUzI1NiJ9.e30.AAAA", &error); /* waits for them */
  ck_assert_int_eq(dh_verifier_ready(verifier, &error), DH_UNAVAILABLE);
  ck_assert_msg(strstr(error.message, "jwt: ") == error.message, "%s", error.message);
  test_server_stop(issuer);
}
END_TEST

/* --- the token store --- */

/* A store whose readers a writer can lock out, which those in WAL mode do not. */
static void make_store(void)
{
  sqlite3 *db;
  dh_pat_store *store = dh_pat_store_open(path, DH_PAT_STORE_CREATE, NULL);
  ck_assert_ptr_nonnull(store);
  dh_pat_store_close(store);
  ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
  ck_assert_int_eq(sqlite3_exec(db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL), SQLITE_OK);
  sqlite3_close(db);
}

static sqlite3 *lock_store(void)
{
  sqlite3 *db;
  ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
  ck_assert_int_eq(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
  return db;
}

#define WITH_STORE                                                                                 \
  "{ control = \"required\"; plugin = \"pat\"; config = { signing_key = \"" KEY                    \
  "\"; salt = \"" SALT "\"; store = \"%s\"; }; }"

START_TEST(store_is_asked_at_once)
{
  dh_error error;
  make_store();
  open_stack(WITH_STORE, path);
  char *token = mint("2");
  ck_assert_int_eq(ask_now(token), DH_REVOKED);
  ck_assert_int_eq(dh_verifier_ready(verifier, &error), DH_OK);
  free(token);
}
END_TEST

START_TEST(locked_store_is_not_waited_for)
{
  dh_error error;
  make_store();
  open_stack(WITH_STORE, path);
  char *token = mint("2");
  sqlite3 *db = lock_store();
  ck_assert_int_eq(ask_now(token), DH_IGNORE);
  ck_assert_int_eq(dh_verifier_ready(verifier, &error), DH_UNAVAILABLE);
  ck_assert_int_eq(ask(dh_verifier_check, token, &error), DH_UNAVAILABLE);
  ck_assert_msg(strstr(error.message, "another program holds it") != NULL, "%s", error.message);
  sqlite3_close(db);
  ck_assert_int_eq(ask_now(token), DH_REVOKED);
  ck_assert_int_eq(dh_verifier_ready(verifier, &error), DH_OK);
  free(token);
}
END_TEST

/* Undecided, and neither a refusal nor the end of it: a server that starts during a backup. */
START_TEST(store_that_is_locked_at_the_start_is_opened_later)
{
  dh_error error;
  make_store();
  sqlite3 *db = lock_store();
  open_stack(WITH_STORE, path);
  char *token = mint("2");
  ck_assert_int_eq(ask(dh_verifier_check, token, &error), DH_UNAVAILABLE);
  ck_assert_msg(strstr(error.message, "another program holds it") != NULL, "%s", error.message);
  sqlite3_close(db);
  ck_assert_int_eq(ask(dh_verifier_check, token, &error), DH_REVOKED);
  free(token);
}
END_TEST

/* As whoever issues tokens leaves it: a writer keeps no reader out. */
START_TEST(store_that_is_being_written_is_read)
{
  dh_error error;
  sqlite3 *db;
  dh_pat_store *store = dh_pat_store_open(path, DH_PAT_STORE_CREATE, NULL);
  ck_assert_ptr_nonnull(store);
  ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
  ck_assert_int_eq(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
  open_stack(WITH_STORE, path);
  char *token = mint("2");
  ck_assert_int_eq(ask(dh_verifier_check, token, &error), DH_REVOKED);
  free(token);
  sqlite3_close(db);
  dh_pat_store_close(store);
}
END_TEST

START_TEST(store_that_is_not_there_makes_it_unready_until_it_is)
{
  dh_error error;
  open_stack(WITH_STORE, path);
  ck_assert_int_eq(dh_verifier_ready(verifier, &error), DH_UNAVAILABLE);
  ck_assert_msg(strstr(error.message, path) != NULL, "%s", error.message);
  make_store();
  ck_assert_int_eq(dh_verifier_ready(verifier, &error), DH_OK);
}
END_TEST

static TCase *now_case(void)
{
  TCase *tests = tcase_create("now");
  tcase_set_timeout(tests, 60);
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, token_of_a_module_before_the_slow_one_is_decided);
  tcase_add_test(tests, token_that_the_issuer_must_be_asked_about_is_not);
  tcase_add_test(tests, token_of_a_module_behind_the_slow_one_is_not_decided);
  tcase_add_test(tests, pat_that_a_gms_must_be_asked_about_is_not_decided);
  tcase_add_test(tests, keys_on_their_way_are_not_waited_for);
  tcase_add_test(tests, issuer_without_keys_makes_it_unready);
  tcase_add_test(tests, store_is_asked_at_once);
  tcase_add_test(tests, locked_store_is_not_waited_for);
  tcase_add_test(tests, store_that_is_locked_at_the_start_is_opened_later);
  tcase_add_test(tests, store_that_is_being_written_is_read);
  tcase_add_test(tests, store_that_is_not_there_makes_it_unready_until_it_is);
  return tests;
}

SUITE("now", now_case())
