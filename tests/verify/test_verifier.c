/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"
#include "support/tmpdir.h"

#include <datahub/token.h>
#include <datahub/verifier.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define KEY "an-example-signing-key-of-the-tests"
#define SALT "an-example-salt"
#define START INT64_C(1800000000000)

static atomic_int_least64_t wall, mono;
static dh_context *context;
static dh_verifier *verifier;
static dh_pat_store *store;
static char *folder, path[256];

static int64_t read_wall(void *arg)
{
  (void)arg;
  return atomic_load(&wall);
}

static int64_t read_mono(void *arg)
{
  (void)arg;
  return atomic_load(&mono);
}

static void pass(int64_t ms)
{
  atomic_fetch_add(&wall, ms);
  atomic_fetch_add(&mono, ms);
}

static dh_config *parse(const char *text)
{
  dh_error error;
  dh_config *config =
      dh_config_parse(context, DH_CONFIG_LIBCONFIG, text, strlen(text), "test.cfg", &error);
  ck_assert_msg(config != NULL, "%s", error.message);
  return config;
}

static dh_verifier *open_text(const char *text, dh_error *error)
{
  dh_config *config = parse(text);
  dh_verifier *made = dh_verifier_open(context, config, error);
  dh_config_free(config);
  return made;
}

/* A verifier of PATs with the store of this test. */
static void open_with_store(const char *cache)
{
  char text[1024];
  dh_error error;
  snprintf(text, sizeof(text),
           "stack = ({ control = \"required\"; plugin = \"pat\"; config = { signing_key = \"" KEY
           "\"; salt = \"" SALT "\"; store = \"%s\"; }; });\n%s",
           path, cache);
  verifier = open_text(text, &error);
  ck_assert_msg(verifier != NULL, "%s", error.message);
}

static void setup(void)
{
  static const dh_clock clock = {read_wall, read_mono, NULL};
  dh_context_options options = {
      .struct_size = sizeof(options), .clock = &clock, .plugin_path = BUILDDIR "/plugins/.libs"};
  atomic_store(&wall, START);
  atomic_store(&mono, 1000);
  context = dh_context_new(&options, NULL);
  folder = test_tmpdir_new();
  snprintf(path, sizeof(path), "%s/tokens.db", folder);
  store = dh_pat_store_open(path, DH_PAT_STORE_CREATE, NULL);
  ck_assert_ptr_nonnull(store);
  verifier = NULL;
}

static void teardown(void)
{
  unsetenv("DATAHUB_TOKEN_SERVICE_SIGNING_KEY");
  unsetenv("DATAHUB_TOKEN_SERVICE_SALT");
  unsetenv("DATAHUB_SYSTEM_CLIENT_SECRET");
  dh_verifier_close(verifier);
  dh_pat_store_close(store);
  dh_context_free(context);
  test_tmpdir_remove(folder);
}

/* "Bearer ..." for a new PAT, entered in the store; the caller frees. */
static char *issue(const char *version, const char *actor, int64_t expires_at_ms,
                   char id[DH_PAT_ID_SIZE])
{
  char urn[64];
  dh_pat_claims claims = {.struct_size = sizeof(claims),
                          .type = "PERSONAL",
                          .version = version,
                          .actor_type = "USER",
                          .actor_id = actor,
                          .expires_at_ms = expires_at_ms};
  dh_secret *key = dh_secret_new(context, KEY, strlen(KEY));
  dh_secret *token = dh_pat_mint(context, key, &claims, NULL);
  size_t size;
  const char *text = dh_secret_bytes(token, &size);
  dh_pat_id(text, size, SALT, id, NULL);
  snprintf(urn, sizeof(urn), "urn:li:corpuser:%s", actor);
  dh_pat_record record = {.struct_size = sizeof(record),
                          .id = id,
                          .name = "a test's",
                          .type = "PERSONAL",
                          .actor_urn = urn,
                          .owner_urn = urn,
                          .created_at_ms = START,
                          .expires_at_ms = expires_at_ms};
  ck_assert_int_eq(dh_pat_store_insert(store, &record, NULL), DH_OK);
  char *header = malloc(size + 8);
  sprintf(header, "Bearer %s", text);
  dh_secret_free(token);
  dh_secret_free(key);
  return header;
}

static dh_status check(const char *header)
{
  dh_principal *principal = NULL;
  dh_status status = dh_verifier_check(verifier, header, &principal, NULL);
  ck_assert_int_eq(status == DH_OK, principal != NULL);
  dh_principal_unref(principal);
  return status;
}

static dh_verifier_stats stats(void)
{
  dh_verifier_stats now = {.struct_size = sizeof(now)};
  dh_verifier_get_stats(verifier, &now);
  return now;
}

/* --- who it is --- */

START_TEST(the_principal_says_who)
{
  char id[DH_PAT_ID_SIZE];
  dh_principal *who;
  open_with_store("");
  char *header = issue("2", "jdoe", START + 60000, id);
  ck_assert_int_eq(dh_verifier_check(verifier, header, &who, NULL), DH_OK);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ACTOR), "urn:li:corpuser:jdoe");
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ACTOR_TYPE), "USER");
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_TOKEN_TYPE), "PERSONAL");
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ISSUER), "datahub-metadata-service");
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_TOKEN_ID), id);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_METHOD), "pat");
  ck_assert_ptr_nonnull(strstr(dh_principal_text(who, DH_PRINCIPAL_CLAIMS), "\"actorId\""));
  ck_assert_int_eq(dh_principal_expiry(who), START + 60000);
  dh_principal_unref(who);
  free(header);
}
END_TEST

/* --- what is told apart --- */

static const struct {
  const char *header;
  dh_status status;
} headers[] = {
    {NULL, DH_DENIED},
    {"", DH_DENIED},
    {"Bearer", DH_MALFORMED},
    {"Bearer ", DH_MALFORMED},
    {" token", DH_MALFORMED},
    {"Bearer not-a-token", DH_MALFORMED},
    {"Bearer a\rb", DH_MALFORMED},
    {"BEARER x", DH_DENIED},
    {"Basic x:y", DH_DENIED},
};

START_TEST(headers_are_told_apart)
{
  open_with_store("");
  ck_assert_int_eq(check(headers[_i].header), headers[_i].status);
}
END_TEST

START_TEST(a_small_bearer_is_accepted_as_gms_does)
{
  char id[DH_PAT_ID_SIZE];
  open_with_store("");
  char *header = issue("1", "jdoe", 0, id);
  header[0] = 'b';
  ck_assert_int_eq(check(header), DH_OK);
  free(header);
}
END_TEST

START_TEST(a_header_beyond_the_bound_is_malformed)
{
  open_with_store("");
  char *header = malloc(1 << 20);
  memset(header, 'a', 1 << 20);
  memcpy(header, "Bearer ", 7);
  header[(1 << 20) - 1] = '\0';
  ck_assert_int_eq(check(header), DH_MALFORMED);
  free(header);
}
END_TEST

START_TEST(a_revoked_token_is_revoked_within_the_delay)
{
  char id[DH_PAT_ID_SIZE];
  open_with_store("");
  char *header = issue("2", "jdoe", 0, id);
  ck_assert_int_eq(check(header), DH_OK);
  dh_pat_store_revoke(store, id, START, NULL);
  pass(4999);
  ck_assert_int_eq(check(header), DH_OK);
  pass(1);
  ck_assert_int_eq(check(header), DH_REVOKED);
  free(header);
}
END_TEST

START_TEST(forgetting_makes_a_revocation_immediate)
{
  char id[DH_PAT_ID_SIZE];
  open_with_store("");
  char *header = issue("2", "jdoe", 0, id);
  for (int i = 0; i < 10; i++) /* often enough to be copied near the thread */
    ck_assert_int_eq(check(header), DH_OK);
  dh_pat_store_revoke(store, id, START, NULL);
  dh_verifier_forget(verifier);
  ck_assert_int_eq(check(header), DH_REVOKED);
  free(header);
}
END_TEST

START_TEST(a_cached_token_expires_on_time)
{
  char id[DH_PAT_ID_SIZE];
  open_with_store("");
  char *header = issue("2", "jdoe", START + 2000, id);
  for (int i = 0; i < 10; i++)
    ck_assert_int_eq(check(header), DH_OK);
  pass(2000);
  ck_assert_int_eq(check(header), DH_EXPIRED);
  free(header);
}
END_TEST

START_TEST(a_refusal_is_remembered_with_its_words)
{
  dh_principal *who;
  dh_error first, second;
  open_with_store("");
  ck_assert_int_eq(dh_verifier_check(verifier, "Bearer a.b", &who, &first), DH_MALFORMED);
  ck_assert_int_eq(dh_verifier_check(verifier, "Bearer a.b", &who, &second), DH_MALFORMED);
  ck_assert_str_eq(first.message, second.message);
  ck_assert_uint_eq(stats().negative_hits, 1);
}
END_TEST

START_TEST(a_refused_token_passes_once_it_is_issued)
{
  char id[DH_PAT_ID_SIZE];
  open_with_store("");
  char *header = issue("1", "jdoe", 0, id);
  dh_pat_store_set_actor(store, "urn:li:corpuser:jdoe", 0, NULL);
  ck_assert_int_eq(check(header), DH_DENIED);
  dh_pat_store_set_actor(store, "urn:li:corpuser:jdoe", 1, NULL);
  ck_assert_int_eq(check(header), DH_DENIED);
  pass(5000);
  ck_assert_int_eq(check(header), DH_OK);
  free(header);
}
END_TEST

START_TEST(what_could_not_be_decided_is_not_remembered)
{
  char text[512], id[DH_PAT_ID_SIZE];
  snprintf(text, sizeof(text),
           "stack = ({ control = \"required\"; plugin = \"pat\"; config = { signing_key = \"" KEY
           "\"; salt = \"" SALT "\"; store = \"%s/late.db\"; }; });",
           folder);
  verifier = open_text(text, NULL);
  char *header = issue("2", "jdoe", 0, id);
  ck_assert_int_eq(check(header), DH_UNAVAILABLE);
  snprintf(text, sizeof(text), "%s/late.db", folder);
  dh_pat_store_close(dh_pat_store_open(text, DH_PAT_STORE_CREATE, NULL));
  ck_assert_int_eq(check(header), DH_REVOKED);
  ck_assert_uint_eq(stats().undecided, 1);
  free(header);
}
END_TEST

/* --- without waiting --- */

static dh_status check_cached(const char *header)
{
  dh_error error;
  dh_principal *principal = NULL;
  dh_status status = dh_verifier_check_cached(verifier, header, &principal, &error);
  ck_assert_int_eq(status == DH_OK, principal != NULL);
  ck_assert_int_eq(error.status, status == DH_IGNORE ? DH_OK : status);
  dh_principal_unref(principal);
  return status;
}

START_TEST(what_is_not_known_would_wait)
{
  char id[DH_PAT_ID_SIZE];
  open_with_store("");
  char *header = issue("2", "jdoe", 0, id);
  ck_assert_int_eq(check_cached(header), DH_IGNORE);
  ck_assert_uint_eq(stats().checks, 0);
  free(header);
}
END_TEST

START_TEST(what_was_accepted_is_known)
{
  char id[DH_PAT_ID_SIZE];
  open_with_store("");
  char *header = issue("2", "jdoe", 0, id);
  ck_assert_int_eq(check(header), DH_OK);
  for (int i = 0; i < 10; i++) /* from the common table and from near the thread */
    ck_assert_int_eq(check_cached(header), DH_OK);
  ck_assert_uint_eq(stats().hits, 10);
  pass(5000);
  ck_assert_int_eq(check_cached(header), DH_IGNORE);
  free(header);
}
END_TEST

START_TEST(what_was_refused_is_known)
{
  open_with_store("");
  ck_assert_int_eq(check("Bearer a.b"), DH_MALFORMED);
  ck_assert_int_eq(check_cached("Bearer a.b"), DH_MALFORMED);
  ck_assert_uint_eq(stats().negative_hits, 1);
}
END_TEST

START_TEST(what_is_no_header_needs_no_wait)
{
  open_with_store("");
  ck_assert_int_eq(check_cached(NULL), DH_DENIED);
  ck_assert_int_eq(check_cached("Bearer"), DH_MALFORMED);
  ck_assert_uint_eq(stats().refused, 2);
}
END_TEST

/* --- the cache --- */

START_TEST(a_second_check_is_a_hit)
{
  char id[DH_PAT_ID_SIZE];
  open_with_store("");
  char *header = issue("2", "jdoe", 0, id);
  for (int i = 0; i < 10; i++)
    check(header);
  dh_verifier_stats now = stats();
  ck_assert_uint_eq(now.checks, 10);
  ck_assert_uint_eq(now.hits, 9);
  ck_assert_uint_eq(now.accepted, 10);
  ck_assert_uint_eq(now.entries, 1);
  free(header);
}
END_TEST

START_TEST(without_entries_nothing_is_remembered)
{
  char id[DH_PAT_ID_SIZE];
  open_with_store("cache = { max_entries = 0; };");
  char *header = issue("2", "jdoe", 0, id);
  for (int i = 0; i < 10; i++)
    ck_assert_int_eq(check(header), DH_OK);
  ck_assert_uint_eq(stats().hits, 0);
  free(header);
}
END_TEST

START_TEST(the_cache_is_bounded)
{
  char header[64];
  open_with_store("cache = { max_entries = 64; };");
  for (int i = 0; i < 1000; i++) {
    snprintf(header, sizeof(header), "Bearer %d.a.b", i);
    check(header);
  }
  ck_assert_uint_le(stats().entries, 64);
}
END_TEST

START_TEST(the_cache_of_good_tokens_is_bounded)
{
  char id[DH_PAT_ID_SIZE];
  open_with_store("cache = { max_entries = 64; };");
  for (int i = 0; i < 300; i++) {
    char *header = issue("1", "jdoe", 0, id);
    ck_assert_int_eq(check(header), DH_OK);
    free(header);
  }
  ck_assert_uint_ge(stats().entries, 32);
  ck_assert_uint_le(stats().entries, 64);
}
END_TEST

START_TEST(rubbish_does_not_push_out_good_tokens)
{
  char header[64], id[DH_PAT_ID_SIZE];
  open_with_store("cache = { max_entries = 64; };");
  char *good = issue("2", "jdoe", 0, id);
  check(good);
  for (int i = 0; i < 1000; i++) {
    snprintf(header, sizeof(header), "Bearer %d.a.b", i);
    check(header);
  }
  check(good);
  ck_assert_uint_eq(stats().hits, 1);
  free(good);
}
END_TEST

/* --- configuration --- */

static const struct {
  const char *text, *words;
} bad[] = {
    {"cache = { };", "needs a stack"},
    {"stack = (); stak = ();", "stack?"},
    {"stack = ({ control = \"required\"; plugin = \"static\"; config = { token = \"x\"; }; });",
     "not a verifier"},
    {"stack = ({ control = \"required\"; plugin = \"no-such\"; });", "no-such"},
    {"stack = ({ control = \"required\"; plugin = \"pat\"; });", "signing_key"},
    {"stack = ({ control = \"required\"; plugin = \"pat\"; config = { signing_kee = \"x\"; }; });",
     "signing_key"},
    {"stack = ({ control = \"required\"; plugin = \"pat\"; config = { signing_key = \"\"; }; });",
     "no signing key"},
    {"stack = (); cache = { max_entries = -1; };", "max_entries"},
};

START_TEST(a_wrong_configuration_is_named)
{
  dh_error error;
  dh_error_clear(&error);
  ck_assert_ptr_null(open_text(bad[_i].text, &error));
  ck_assert_msg(strstr(error.message, bad[_i].words) != NULL, "%s", error.message);
  ck_assert_msg(strstr(error.message, "test.cfg:") != NULL || _i == 0, "%s", error.message);
}
END_TEST

START_TEST(an_empty_stack_denies)
{
  verifier = open_text("stack = ();", NULL);
  ck_assert_int_eq(check("Bearer x"), DH_DENIED);
}
END_TEST

/* --- reload --- */

static dh_status reload_with(const char *key, const char *cache)
{
  char text[1024];
  snprintf(text, sizeof(text),
           "stack = ({ control = \"required\"; plugin = \"pat\"; config = { signing_key = \"%s\"; "
           "salt = \"" SALT "\"; store = \"%s\"; }; });\n%s",
           key, path, cache);
  dh_config *config = parse(text);
  dh_status status = dh_verifier_reload(verifier, config, NULL);
  dh_config_free(config);
  return status;
}

static dh_status reload(const char *key)
{
  return reload_with(key, "");
}

START_TEST(a_reload_voids_what_the_old_configuration_said)
{
  char id[DH_PAT_ID_SIZE];
  open_with_store("");
  char *header = issue("2", "jdoe", 0, id);
  for (int i = 0; i < 10; i++)
    ck_assert_int_eq(check(header), DH_OK);
  ck_assert_int_eq(reload("another-example-key"), DH_OK);
  ck_assert_int_eq(check(header), DH_DENIED);
  ck_assert_int_eq(reload(KEY), DH_OK);
  ck_assert_int_eq(check(header), DH_OK);
  free(header);
}
END_TEST

START_TEST(a_wrong_reload_leaves_the_old_configuration)
{
  char id[DH_PAT_ID_SIZE];
  open_with_store("");
  char *header = issue("2", "jdoe", 0, id);
  ck_assert_int_eq(reload(""), DH_MISCONFIGURED);
  ck_assert_int_eq(check(header), DH_OK);
  free(header);
}
END_TEST

/* Refused headers, so many that both tables of this size would be full. */
static void fill_cache(void)
{
  char header[64];
  for (int i = 0; i < 6000; i++) {
    snprintf(header, sizeof(header), "Bearer %d.a.b", i);
    check(header);
  }
}

static const struct {
  const char *before, *after;
  uint64_t at_least, at_most; /* entries after the reload, of the refused */
} sizes[] = {
    {"cache = { max_entries = 512; };", "cache = { max_entries = 16384; };", 1500, 2048},
    {"cache = { max_entries = 16384; };", "cache = { max_entries = 512; };", 33, 64},
    {"cache = { max_entries = 0; };", "cache = { max_entries = 512; };", 33, 64},
    {"cache = { max_entries = 512; };", "cache = { max_entries = 0; };", 0, 0},
    {"cache = { max_entries = 512; };", "", 4000, 12800},
};

START_TEST(a_reload_takes_another_bound)
{
  open_with_store(sizes[_i].before);
  fill_cache();
  ck_assert_int_eq(reload_with(KEY, sizes[_i].after), DH_OK);
  ck_assert_uint_eq(stats().entries, 0);
  fill_cache();
  ck_assert_uint_ge(stats().entries, sizes[_i].at_least);
  ck_assert_uint_le(stats().entries, sizes[_i].at_most);
}
END_TEST

START_TEST(a_wrong_reload_leaves_the_old_bound)
{
  open_with_store("cache = { max_entries = 512; };");
  ck_assert_int_eq(reload_with("", "cache = { max_entries = 16384; };"), DH_MISCONFIGURED);
  fill_cache();
  ck_assert_uint_le(stats().entries, 64);
}
END_TEST

/* --- the example --- */

START_TEST(the_chain_of_datahub_works_as_shipped)
{
  char id[DH_PAT_ID_SIZE];
  dh_error error;
  setenv("DATAHUB_TOKEN_SERVICE_SIGNING_KEY", KEY, 1);
  setenv("DATAHUB_TOKEN_SERVICE_SALT", SALT, 1);
  setenv("DATAHUB_SYSTEM_CLIENT_SECRET", "an-example-secret", 1);
  char *text = test_read(SRCDIR "/examples/config/datahub-chain.cfg", NULL);
  /* Nothing listens there: a test asks nobody outside for keys. */
  static const char outside[] = "https://idp.example.com/realms/data";
  char *issuer = strstr(text, outside);
  ck_assert_ptr_nonnull(issuer);
  memcpy(issuer, "http://127.0.0.1:1/0000000000000000000", strlen(outside));
  dh_config *config = parse(text);
  free(text);
  verifier = dh_verifier_open(context, dh_config_get(config, "verifier"), &error);
  ck_assert_msg(verifier != NULL, "%s", error.message);
  char *header = issue("1", "jdoe", START - 1000, id);
  ck_assert_int_eq(check("Basic __datahub_system:an-example-secret"), DH_OK);
  ck_assert_int_eq(check("Basic __datahub_system:another"), DH_DENIED);
  ck_assert_int_eq(check(header), DH_EXPIRED);
  free(header);
  dh_config_free(config);
}
END_TEST

static TCase *verifier_case(void)
{
  TCase *tests = tcase_create("verifier");
  tcase_add_checked_fixture(tests, setup, teardown);
  tcase_add_test(tests, the_principal_says_who);
  tcase_add_loop_test(tests, headers_are_told_apart, 0, sizeof(headers) / sizeof(headers[0]));
  tcase_add_test(tests, a_small_bearer_is_accepted_as_gms_does);
  tcase_add_test(tests, a_header_beyond_the_bound_is_malformed);
  tcase_add_test(tests, a_revoked_token_is_revoked_within_the_delay);
  tcase_add_test(tests, forgetting_makes_a_revocation_immediate);
  tcase_add_test(tests, a_cached_token_expires_on_time);
  tcase_add_test(tests, a_refusal_is_remembered_with_its_words);
  tcase_add_test(tests, a_refused_token_passes_once_it_is_issued);
  tcase_add_test(tests, what_could_not_be_decided_is_not_remembered);
  tcase_add_test(tests, what_is_not_known_would_wait);
  tcase_add_test(tests, what_was_accepted_is_known);
  tcase_add_test(tests, what_was_refused_is_known);
  tcase_add_test(tests, what_is_no_header_needs_no_wait);
  tcase_add_test(tests, a_second_check_is_a_hit);
  tcase_add_test(tests, without_entries_nothing_is_remembered);
  tcase_add_test(tests, the_cache_is_bounded);
  tcase_add_test(tests, the_cache_of_good_tokens_is_bounded);
  tcase_add_test(tests, rubbish_does_not_push_out_good_tokens);
  tcase_add_loop_test(tests, a_wrong_configuration_is_named, 0, sizeof(bad) / sizeof(bad[0]));
  tcase_add_test(tests, an_empty_stack_denies);
  tcase_add_test(tests, a_reload_voids_what_the_old_configuration_said);
  tcase_add_loop_test(tests, a_reload_takes_another_bound, 0, sizeof(sizes) / sizeof(sizes[0]));
  tcase_add_test(tests, a_wrong_reload_leaves_the_old_bound);
  tcase_add_test(tests, the_chain_of_datahub_works_as_shipped);
  tcase_add_test(tests, a_wrong_reload_leaves_the_old_configuration);
  return tests;
}

SUITE("verifier", verifier_case())
