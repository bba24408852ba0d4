/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight threads check while keys rotate, tokens are revoked and the configuration is
 * reloaded: for ThreadSanitizer above all, and for the rule that no check of a good
 * token ever fails meanwhile.
 */
#include "suite.h"
#include "support/server.h"
#include "support/tmpdir.h"

#include "token/forge.h"

#include <datahub/token.h>
#include <datahub/verifier.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define THREADS 8
#define ROUNDS 12
#define KEY "an-example-signing-key-of-the-tests"
#define SALT "an-example-salt"

static dh_context *context;
static dh_verifier *verifier;
static dh_pat_store *store;
static test_server *server;
static char *folder, *good_pat, *bad_pat, *good_jwt, *set;
static char bad_id[DH_PAT_ID_SIZE], config_text[2048];
static atomic_bool stop;
static atomic_int wrong;
static atomic_uint_least64_t done;

static void handler(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg, (void)request;
  test_reply_text(conn, 200, set);
}

static char *issue_pat(const char *actor, char id[DH_PAT_ID_SIZE])
{
  size_t size;
  char urn[64];
  const dh_pat_claims claims = {.struct_size = sizeof(claims),
                                .type = "PERSONAL",
                                .version = "2",
                                .actor_type = "USER",
                                .actor_id = actor};
  dh_secret *key = dh_secret_new(context, KEY, strlen(KEY));
  dh_secret *token = dh_pat_mint(context, key, &claims, NULL);
  const char *text = dh_secret_bytes(token, &size);
  dh_pat_id(text, size, SALT, id, NULL);
  snprintf(urn, sizeof(urn), "urn:li:corpuser:%s", actor);
  const dh_pat_record record = {.struct_size = sizeof(record),
                                .id = id,
                                .name = "n",
                                .type = "PERSONAL",
                                .actor_urn = urn,
                                .owner_urn = urn,
                                .created_at_ms = 1};
  ck_assert_int_eq(dh_pat_store_insert(store, &record, NULL), DH_OK);
  char *header = malloc(size + 8);
  sprintf(header, "Bearer %s", text);
  dh_secret_free(token);
  dh_secret_free(key);
  return header;
}

static void make_jwt(void)
{
  static const char claims[] =
      "{\"iss\":\"https://"
      "idp.example.com\",\"aud\":\"datahub\",\"sub\":\"jdoe\",\"exp\":4000000000}";
  dh_key *key = forge_key("P-256", NULL);
  char *jwk = forge_jwk(key, "a");
  char *token =
      forge_signed("{\"alg\":\"ES256\",\"kid\":\"a\"}", claims, strlen(claims), key, "ES256");
  set = malloc(strlen(jwk) + 16);
  sprintf(set, "{\"keys\":[%s]}", jwk);
  good_jwt = malloc(strlen(token) + 8);
  sprintf(good_jwt, "Bearer %s", token);
  free(token);
  free(jwk);
  dh_key_unref(key);
}

static dh_config *configuration(void)
{
  return dh_config_parse(context, DH_CONFIG_LIBCONFIG, config_text, strlen(config_text), "test",
                         NULL);
}

static void *work(void *arg)
{
  const char *const headers[] = {good_pat, good_jwt, bad_pat, "Bearer rubbish"};
  size_t i = (size_t)(uintptr_t)arg;
  while (!atomic_load(&stop)) {
    size_t which = i++ % 4;
    dh_principal *who;
    dh_error error;
    dh_status status = dh_verifier_check(verifier, headers[which], &who, &error);
    if (which < 2 ? status != DH_OK : which == 3 ? status == DH_OK : 0)
      atomic_fetch_add(&wrong, 1);
    if (status == DH_OK && !dh_principal_text(who, DH_PRINCIPAL_ACTOR))
      atomic_fetch_add(&wrong, 1);
    dh_principal_unref(who);
    atomic_fetch_add(&done, 1);
  }
  return NULL;
}

/* Waits for work, not for time: until so many more checks were made. */
static void let_them_check(uint64_t more)
{
  uint64_t until = atomic_load(&done) + more;
  while (atomic_load(&done) < until)
    sched_yield();
}

START_TEST(checks_go_on_while_all_changes)
{
  pthread_t threads[THREADS];
  for (size_t i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i);
  for (int round = 0; round < ROUNDS; round++) {
    dh_config *config = configuration();
    let_them_check(200);
    if (round == ROUNDS / 2)
      ck_assert_int_eq(dh_pat_store_revoke(store, bad_id, 1, NULL), DH_OK);
    if (round % 3 == 0)
      dh_verifier_forget(verifier);
    else
      ck_assert_int_eq(dh_verifier_reload(verifier, config, NULL), DH_OK);
    dh_verifier_stats stats = {.struct_size = sizeof(stats)};
    dh_verifier_get_stats(verifier, &stats);
    dh_config_free(config);
  }
  dh_principal *who;
  ck_assert_int_eq(dh_verifier_check(verifier, bad_pat, &who, NULL), DH_REVOKED);
  atomic_store(&stop, true);
  for (size_t i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  ck_assert_int_eq(atomic_load(&wrong), 0);
}
END_TEST

static void setup(void)
{
  char id[DH_PAT_ID_SIZE];
  dh_error error;
  const dh_context_options options = {.struct_size = sizeof(options),
                                      .plugin_path = BUILDDIR "/plugins/.libs"};
  context = dh_context_new(&options, NULL);
  folder = test_tmpdir_new();
  char *path = test_path(folder, "tokens.db");
  store = dh_pat_store_open(path, DH_PAT_STORE_CREATE, NULL);
  good_pat = issue_pat("jdoe", id);
  bad_pat = issue_pat("mallory", bad_id);
  make_jwt();
  server = test_server_start(handler, NULL);
  snprintf(
      config_text, sizeof(config_text),
      "stack = ({ control = \"[ok=done expired=die revoked=die default=ignore]\"; plugin = "
      "\"pat\"; config = { signing_key = \"" KEY "\"; salt = \"" SALT "\"; store = \"%s\"; }; },\n"
      "{ control = \"[ok=done expired=die default=ignore]\"; plugin = \"jwt\"; config = { issuers "
      "= (\"https://idp.example.com\"); audiences = (\"datahub\"); algorithms = (\"ES256\"); "
      "jwks_url = \"%s\"; refresh_min = \"1s\"; refresh_max = \"1s\"; }; },\n"
      "{ control = \"required\"; plugin = \"deny\"; });\n"
      "cache = { revocation_delay = \"1ms\"; };",
      path, test_server_url(server));
  free(path);
  dh_config *config = configuration();
  verifier = dh_verifier_open(context, config, &error);
  ck_assert_msg(verifier != NULL, "%s", error.message);
  dh_config_free(config);
}

static void teardown(void)
{
  dh_verifier_close(verifier);
  test_server_stop(server);
  dh_pat_store_close(store);
  dh_context_free(context);
  test_tmpdir_remove(folder);
  free(good_pat);
  free(bad_pat);
  free(good_jwt);
  free(set);
}

static TCase *threads_case(void)
{
  TCase *tests = tcase_create("threads");
  tcase_set_timeout(tests, 300);
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, checks_go_on_while_all_changes);
  return tests;
}

SUITE("verifier threads", threads_case())
