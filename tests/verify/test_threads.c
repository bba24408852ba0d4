/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight threads check while published keys rotate, tokens are revoked and the configuration
 * is reloaded: for ThreadSanitizer, and for the rules that hold whatever the threads do
 * meanwhile. A token of a key that was published and seen passes; one of a key that is not
 * published yet, or that was seen to be gone, does not; nor does a revoked one; and no check
 * is ever undecided.
 *
 * One thread changes things, and moves the clock on where something has to be due. It waits for
 * what comes of a change, not for a time.
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
#include <time.h>

#define THREADS 8
#define ROUNDS 8
#define KEY "an-example-signing-key-of-the-tests"
#define SALT "an-example-salt"
#define REFRESH_MS 1000
#define REVOCATION_MS 5000

/* What the changing thread knows of a token. On the way from one to the other it is CHANGING,
 * and either answer is right. */
typedef enum stage { REFUSED, CHANGING, ACCEPTED } stage;

typedef struct token {
  char *header, *jwk; /* of a PAT no jwk */
  char id[DH_PAT_ID_SIZE];
  _Atomic(stage) is;
} token;

static dh_context *context;
static dh_verifier *verifier;
static dh_pat_store *store;
static test_server *server;
static char *folder, config_text[2048];
static token jwts[ROUNDS + 1], pats[ROUNDS];
static char published[2048]; /* behind the server's lock */
static atomic_int_least64_t ahead;
static atomic_bool stop;
static atomic_uint_least64_t done;
static char wrong[256]; /* the first wrong answer */
static pthread_mutex_t wrong_lock = PTHREAD_MUTEX_INITIALIZER;

/* --- time --- */

static int64_t read_clock(clockid_t id)
{
  struct timespec now;
  clock_gettime(id, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + atomic_load(&ahead);
}

static int64_t read_wall(void *arg)
{
  (void)arg;
  return read_clock(CLOCK_REALTIME);
}

static int64_t read_mono(void *arg)
{
  (void)arg;
  return read_clock(CLOCK_MONOTONIC);
}

/* --- the issuers --- */

static void handler(void *arg, const test_request *request, test_conn *conn)
{
  char body[sizeof(published)];
  (void)arg, (void)request;
  test_server_lock(test_conn_server(conn));
  strcpy(body, published);
  test_server_unlock(test_conn_server(conn));
  test_reply_text(conn, 200, body);
}

/* One key, or two. */
static void publish(const token *first, const token *second)
{
  test_server_lock(server);
  snprintf(published, sizeof(published), "{\"keys\":[%s%s%s]}", first->jwk, second ? "," : "",
           second ? second->jwk : "");
  test_server_unlock(server);
}

static char *bearer(const char *text)
{
  char *header = malloc(strlen(text) + 8);
  sprintf(header, "Bearer %s", text);
  return header;
}

static void make_jwt(token *to, size_t index)
{
  static const char claims[] =
      "{\"iss\":\"https://"
      "idp.example.com\",\"aud\":\"datahub\",\"sub\":\"jdoe\",\"exp\":4000000000}";
  char kid[16], start[64];
  snprintf(kid, sizeof(kid), "key-%zu", index);
  snprintf(start, sizeof(start), "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid);
  dh_key *key = forge_key("P-256", NULL);
  char *text = forge_signed(start, claims, strlen(claims), key, "ES256");
  to->jwk = forge_jwk(key, kid);
  to->header = bearer(text);
  free(text);
  dh_key_unref(key);
}

static void make_pat(token *to, size_t index)
{
  char actor[32], urn[64];
  size_t size;
  snprintf(actor, sizeof(actor), "user-%zu", index);
  snprintf(urn, sizeof(urn), "urn:li:corpuser:%s", actor);
  const dh_pat_claims claims = {.struct_size = sizeof(claims),
                                .type = "PERSONAL",
                                .version = "2",
                                .actor_type = "USER",
                                .actor_id = actor};
  dh_secret *key = dh_secret_new(context, KEY, strlen(KEY));
  dh_secret *secret = dh_pat_mint(context, key, &claims, NULL);
  const char *text = dh_secret_bytes(secret, &size);
  dh_pat_id(text, size, SALT, to->id, NULL);
  const dh_pat_record record = {.struct_size = sizeof(record),
                                .id = to->id,
                                .name = "n",
                                .type = "PERSONAL",
                                .actor_urn = urn,
                                .owner_urn = urn,
                                .created_at_ms = 1};
  ck_assert_int_eq(dh_pat_store_insert(store, &record, NULL), DH_OK);
  to->header = bearer(text);
  atomic_store(&to->is, ACCEPTED);
  dh_secret_free(secret);
  dh_secret_free(key);
}

/* --- those who check --- */

/* As an event loop does: first what can be told without waiting. */
static dh_status ask(size_t how, const char *header, dh_principal **who, dh_error *error)
{
  dh_status status = DH_IGNORE;
  if (how % 3 == 1)
    status = dh_verifier_check_cached(verifier, header, who, error);
  else if (how % 3 == 2)
    status = dh_verifier_check_now(verifier, header, who, error);
  return status == DH_IGNORE ? dh_verifier_check(verifier, header, who, error) : status;
}

static bool is_right(stage before, stage after, dh_status status, dh_status refusal)
{
  bool decided = status == DH_OK || status == refusal;
  if (before != after || before == CHANGING)
    return decided;
  return status == (before == ACCEPTED ? DH_OK : refusal);
}

static void complain(const token *of, stage before, stage after, dh_status status, const char *why)
{
  pthread_mutex_lock(&wrong_lock);
  if (!*wrong)
    snprintf(wrong, sizeof(wrong), "%s %.8s: stage %d then %d, got %s: %.150s",
             of->jwk ? "the JWT of" : "the PAT", of->jwk ? of->jwk + 8 : of->id, (int)before,
             (int)after, dh_status_name(status), why);
  pthread_mutex_unlock(&wrong_lock);
}

static void check_one(size_t how, const token *of, dh_status refusal)
{
  dh_principal *who;
  dh_error error;
  stage before = atomic_load(&of->is);
  dh_status status = ask(how, of->header, &who, &error);
  stage after = atomic_load(&of->is);
  bool named = !who || dh_principal_text(who, DH_PRINCIPAL_ACTOR);
  if (!is_right(before, after, status, refusal) || !named)
    complain(of, before, after, status, status == DH_OK ? "" : error.message);
  dh_principal_unref(who);
  atomic_fetch_add(&done, 1);
}

static void *work(void *arg)
{
  for (size_t i = (size_t)(uintptr_t)arg; !atomic_load(&stop); i++) {
    check_one(i, &jwts[i % (ROUNDS + 1)], DH_DENIED);
    check_one(i, &pats[i % ROUNDS], DH_REVOKED);
  }
  return NULL;
}

/* --- the one who changes --- */

static void let_them_check(uint64_t more)
{
  uint64_t until = atomic_load(&done) + more;
  while (atomic_load(&done) < until)
    sched_yield();
}

/* Moves the clock on until that comes of a check: a fetch that was under way when the keys
 * changed may still have brought the old ones. Its time limit is the test's. */
static void wait_for(const token *of, dh_status expected)
{
  dh_principal *who;
  dh_status status;
  do {
    atomic_fetch_add(&ahead, REFRESH_MS);
    status = dh_verifier_check(verifier, of->header, &who, NULL);
    dh_principal_unref(who);
    if (status != expected)
      let_them_check(1);
  } while (status != expected && !*wrong);
}

static void reload(void)
{
  dh_error error;
  dh_config *config =
      dh_config_parse(context, DH_CONFIG_LIBCONFIG, config_text, strlen(config_text), "test", NULL);
  ck_assert_msg(dh_verifier_reload(verifier, config, &error) == DH_OK, "%s", error.message);
  dh_config_free(config);
}

/* The key of `next` appears, and then that of `last` goes. */
static void rotate(token *last, token *next)
{
  atomic_store(&next->is, CHANGING);
  publish(last, next);
  wait_for(next, DH_OK);
  atomic_store(&next->is, ACCEPTED);
  let_them_check(100);
  atomic_store(&last->is, CHANGING);
  publish(next, NULL);
  wait_for(last, DH_DENIED);
  atomic_store(&last->is, REFUSED);
  let_them_check(100);
}

static void revoke(token *of)
{
  dh_principal *who;
  atomic_store(&of->is, CHANGING);
  ck_assert_int_eq(dh_pat_store_revoke(store, of->id, 1, NULL), DH_OK);
  atomic_fetch_add(&ahead, REVOCATION_MS); /* it takes effect within it: at once, then */
  ck_assert_int_eq(dh_verifier_check(verifier, of->header, &who, NULL), DH_REVOKED);
  atomic_store(&of->is, REFUSED);
}

START_TEST(answers_are_right_while_all_changes)
{
  pthread_t threads[THREADS];
  for (size_t i = 0; i < THREADS; i++)
    pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)i);
  for (int round = 0; round < ROUNDS; round++) {
    dh_verifier_stats stats = {.struct_size = sizeof(stats)};
    rotate(&jwts[round], &jwts[round + 1]);
    revoke(&pats[round]);
    if (round % 3 == 0)
      dh_verifier_forget(verifier);
    else
      reload();
    dh_verifier_get_stats(verifier, &stats);
    ck_assert_uint_eq(stats.undecided, 0);
    let_them_check(100);
  }
  atomic_store(&stop, true);
  for (size_t i = 0; i < THREADS; i++)
    pthread_join(threads[i], NULL);
  ck_assert_msg(!*wrong, "%s", wrong);
}
END_TEST

static void setup(void)
{
  static const dh_clock clock = {read_wall, read_mono, NULL};
  dh_error error;
  const dh_context_options options = {
      .struct_size = sizeof(options), .clock = &clock, .plugin_path = BUILDDIR "/plugins/.libs"};
  context = dh_context_new(&options, NULL);
  folder = test_tmpdir_new();
  char *path = test_path(folder, "tokens.db");
  store = dh_pat_store_open(path, DH_PAT_STORE_CREATE, NULL);
  for (size_t i = 0; i < ROUNDS; i++)
    make_pat(&pats[i], i);
  for (size_t i = 0; i <= ROUNDS; i++)
    make_jwt(&jwts[i], i);
  server = test_server_start(handler, NULL);
  publish(&jwts[0], NULL);
  atomic_store(&jwts[0].is, ACCEPTED);
  snprintf(
      config_text, sizeof(config_text),
      "stack = ({ control = \"[ok=done expired=die revoked=die default=ignore]\"; plugin = "
      "\"pat\"; config = { signing_key = \"" KEY "\"; salt = \"" SALT "\"; store = \"%s\"; }; },\n"
      "{ control = \"[ok=done expired=die default=ignore]\"; plugin = \"jwt\"; config = { issuers "
      "= (\"https://idp.example.com\"); audiences = (\"datahub\"); algorithms = (\"ES256\"); "
      "jwks_url = \"%s\"; refresh_min = \"%dms\"; refresh_max = \"%dms\"; }; },\n"
      "{ control = \"required\"; plugin = \"deny\"; });\n"
      "cache = { revocation_delay = \"%dms\"; negative_ttl = \"100ms\"; };",
      path, test_server_url(server), REFRESH_MS, REFRESH_MS, REVOCATION_MS);
  free(path);
  dh_config *config =
      dh_config_parse(context, DH_CONFIG_LIBCONFIG, config_text, strlen(config_text), "test", NULL);
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
  for (size_t i = 0; i < ROUNDS; i++)
    free(pats[i].header);
  for (size_t i = 0; i <= ROUNDS; i++) {
    free(jwts[i].header);
    free(jwts[i].jwk);
  }
}

static TCase *threads_case(void)
{
  TCase *tests = tcase_create("threads");
  tcase_set_timeout(tests, 300);
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, answers_are_right_while_all_changes);
  return tests;
}

SUITE("verifier threads", threads_case())
