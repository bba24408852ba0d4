/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verifier modules in a real stack, against issuers that rotate, stumble and lie.
 */
#include "suite.h"
#include "support/server.h"
#include "support/tmpdir.h"

#include "token/forge.h"

#include <datahub/verifier.h>

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Runs on by hand from the real time, so that waits in the library see time pass. */
static atomic_int_least64_t ahead;
static dh_context *context;
static dh_verifier *verifier;
static test_server *server;
static char body[8192], headers[256]; /* what the server answers */
static int status;
static char *folder;

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

static void handler(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  test_server_lock(test_conn_server(conn));
  char answer[sizeof(body)], extra[sizeof(headers)];
  int code = status;
  strcpy(answer, body);
  strcpy(extra, headers);
  test_server_unlock(test_conn_server(conn));
  if (strstr(request->target, "openid-configuration")) {
    snprintf(answer, sizeof(answer), "{\"issuer\":\"%s\",\"jwks_uri\":\"%s/keys\"}",
             test_server_url(test_conn_server(conn)), test_server_url(test_conn_server(conn)));
    *extra = '\0';
  }
  test_reply(conn, code, *extra ? extra : NULL, answer, strlen(answer));
}

static void answer(int code, const char *extra, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void answer(int code, const char *extra, const char *format, ...)
{
  va_list ap;
  test_server_lock(server);
  va_start(ap, format);
  vsnprintf(body, sizeof(body), format, ap);
  va_end(ap);
  strcpy(headers, extra);
  status = code;
  test_server_unlock(server);
}

static pthread_mutex_t said_lock = PTHREAD_MUTEX_INITIALIZER; /* keys are fetched by a thread */
static char said[8192];                                       /* what was logged from warnings on */

static void keep_line(void *arg, dh_log_level level, const char *line)
{
  (void)arg;
  pthread_mutex_lock(&said_lock);
  size_t used = strlen(said);
  if (level <= DH_LOG_WARNING)
    snprintf(said + used, sizeof(said) - used, "%s\n", line);
  pthread_mutex_unlock(&said_lock);
}

static void setup(void)
{
  static const dh_clock clock = {read_wall, read_mono, NULL};
  dh_context_options options = {.struct_size = sizeof(options),
                                .clock = &clock,
                                .plugin_path = BUILDDIR "/plugins/.libs",
                                .log_level = DH_LOG_WARNING,
                                .log = keep_line};
  said[0] = '\0';
  atomic_store(&ahead, 0);
  context = dh_context_new(&options, NULL);
  server = test_server_start(handler, NULL);
  folder = test_tmpdir_new();
  verifier = NULL;
  answer(200, "", "{}");
}

static void teardown(void)
{
  dh_verifier_close(verifier);
  test_server_stop(server);
  dh_context_free(context);
  test_tmpdir_remove(folder);
}

/* One required module, nothing remembered. */
static dh_status open_module(const char *plugin, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static dh_status open_module(const char *plugin, const char *format, ...)
{
  char config[2048], text[4096];
  va_list ap;
  dh_error error = {.status = DH_OK};
  va_start(ap, format);
  vsnprintf(config, sizeof(config), format, ap);
  va_end(ap);
  snprintf(text, sizeof(text),
           "stack = ({ control = \"required\"; plugin = \"%s\"; config = { %s }; });\n"
           "cache = { max_entries = 0; };",
           plugin, config);
  dh_config *tree =
      dh_config_parse(context, DH_CONFIG_LIBCONFIG, text, strlen(text), "test.cfg", &error);
  ck_assert_msg(tree != NULL, "%s", error.message);
  verifier = dh_verifier_open(context, tree, &error);
  dh_config_free(tree);
  return verifier ? DH_OK : error.status;
}

static dh_status check(const char *scheme, const char *token, dh_principal **who)
{
  char header[8192];
  dh_principal *mine = NULL;
  snprintf(header, sizeof(header), "%s %s", scheme, token);
  dh_status result = dh_verifier_check(verifier, header, who ? who : &mine, NULL);
  dh_principal_unref(mine);
  return result;
}

/* --- jwt --- */

/* A token of this server's, signed by `key` under `kid`. */
static char *issue(const dh_key *key, const char *kid, const char *more)
{
  char head[128], claims[1024];
  snprintf(head, sizeof(head), "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid);
  snprintf(claims, sizeof(claims),
           "{\"iss\":\"%s\",\"aud\":[\"other\",\"datahub\"],\"sub\":\"jdoe\",\"jti\":\"7\",\"exp\":"
           "%lld%s}",
           test_server_url(server), (long long)(read_wall(NULL) / 1000 + 600), more);
  return forge_signed(head, claims, strlen(claims), key, "ES256");
}

static dh_status check_issued(const dh_key *key, const char *kid)
{
  char *token = issue(key, kid, "");
  dh_status result = check("Bearer", token, NULL);
  free(token);
  return result;
}

static void publish(const char *extra, const dh_key *first, const char *first_kid,
                    const dh_key *second, const char *second_kid)
{
  char *a = forge_jwk(first, first_kid), *b = second ? forge_jwk(second, second_kid) : NULL;
  answer(200, extra, "{\"keys\":[%s%s%s]}", a, b ? "," : "", b ? b : "");
  free(a);
  free(b);
}

#define JWT "issuers = (\"%s\"); audiences = (\"datahub\"); algorithms = (\"ES256\", \"RS256\"); "

static void open_jwt(const char *more)
{
  const char *url = test_server_url(server);
  ck_assert_int_eq(open_module("jwt", JWT "jwks_url = \"%s/keys\"; %s", url, url, more), DH_OK);
}

START_TEST(a_jwt_names_its_actor_as_gms_does)
{
  dh_principal *who;
  char expected[256], name[128];
  dh_key *key = forge_key("P-256", NULL);
  publish("", key, "a", NULL, NULL);
  open_jwt("");
  char *token = issue(key, "a", "");
  ck_assert_int_eq(check("Bearer", token, &who), DH_OK);
  snprintf(name, sizeof(name), "%s", test_server_url(server));
  for (char *p = name; *p; p++)
    if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9')))
      *p = '_';
  snprintf(expected, sizeof(expected), "urn:li:corpuser:__oauth_%s_jdoe", name);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ACTOR), expected);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_TOKEN_TYPE), "JWT");
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_TOKEN_ID), "7");
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ISSUER), test_server_url(server));
  ck_assert_str_eq(dh_principal_audience(who, 1), "datahub");
  dh_principal_unref(who);
  free(token);
  dh_key_unref(key);
}
END_TEST

START_TEST(a_jwt_may_name_its_actor_plainly)
{
  dh_principal *who;
  dh_key *key = forge_key("P-256", NULL);
  publish("", key, "a", NULL, NULL);
  open_jwt("actor = \"subject\"; subject_claim = \"user\";");
  char *token = issue(key, "a", ",\"user\":\"jane\"");
  ck_assert_int_eq(check("Bearer", token, &who), DH_OK);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ACTOR), "urn:li:corpuser:jane");
  dh_principal_unref(who);
  free(token);
  dh_key_unref(key);
}
END_TEST

START_TEST(discovery_finds_the_keys)
{
  dh_key *key = forge_key("P-256", NULL);
  publish("", key, "a", NULL, NULL);
  ck_assert_int_eq(open_module("jwt", JWT, test_server_url(server)), DH_OK);
  ck_assert_int_eq(check_issued(key, "a"), DH_OK);
  ck_assert_str_eq(test_server_request(server, 0)->target, "/.well-known/openid-configuration");
  ck_assert_str_eq(test_server_request(server, 1)->target, "/keys");
  dh_key_unref(key);
}
END_TEST

START_TEST(each_of_two_issuers_has_its_own_keys)
{
  dh_key *ours = forge_key("P-256", NULL), *theirs = forge_key("P-256", NULL);
  char *jwk = forge_jwk(theirs, "a");
  publish("", ours, "a", NULL, NULL);
  char *path = test_file_text(folder, "keys.json", jwk);
  /* The second issuer's keys cannot be fetched: its tokens must not pass by the first's. */
  ck_assert_int_eq(open_module("jwt",
                               "issuers = (\"%s\", \"http://127.0.0.1:1\"); audiences = "
                               "(\"datahub\"); algorithms = (\"ES256\");",
                               test_server_url(server)),
                   DH_OK);
  ck_assert_int_eq(check_issued(ours, "a"), DH_OK);
  ck_assert_int_eq(check_issued(theirs, "a"), DH_DENIED);
  char claims[256];
  snprintf(claims, sizeof(claims),
           "{\"iss\":\"http://127.0.0.1:1\",\"aud\":\"datahub\",\"sub\":\"x\",\"exp\":%lld}",
           (long long)(read_wall(NULL) / 1000 + 600));
  char *token =
      forge_signed("{\"alg\":\"ES256\",\"kid\":\"a\"}", claims, strlen(claims), ours, "ES256");
  ck_assert_int_ne(check("Bearer", token, NULL), DH_OK);
  free(token);
  free(path);
  free(jwk);
  dh_key_unref(ours);
  dh_key_unref(theirs);
}
END_TEST

START_TEST(keys_are_fetched_once_for_many_tokens)
{
  dh_key *key = forge_key("P-256", NULL);
  publish("", key, "a", NULL, NULL);
  open_jwt("");
  for (int i = 0; i < 50; i++)
    ck_assert_int_eq(check_issued(key, "a"), DH_OK);
  ck_assert_uint_eq(test_server_count(server), 1);
  dh_key_unref(key);
}
END_TEST

START_TEST(an_unknown_kid_fetches_once_an_interval)
{
  dh_key *old = forge_key("P-256", NULL), *new = forge_key("P-256", NULL);
  publish("", old, "a", NULL, NULL);
  open_jwt("refresh_min = \"30s\";");
  ck_assert_int_eq(check_issued(old, "a"), DH_OK);
  /* Too soon after the first fetch: refused from what is known. */
  for (int i = 0; i < 20; i++)
    ck_assert_int_eq(check_issued(new, "b"), DH_DENIED);
  ck_assert_uint_eq(test_server_count(server), 1);
  atomic_fetch_add(&ahead, 31000);
  for (int i = 0; i < 20; i++)
    ck_assert_int_eq(check_issued(new, "b"), DH_DENIED);
  ck_assert_uint_eq(test_server_count(server), 2);
  dh_key_unref(old);
  dh_key_unref(new);
}
END_TEST

START_TEST(a_rotated_key_is_found)
{
  dh_key *old = forge_key("P-256", NULL), *new = forge_key("P-256", NULL);
  publish("", old, "a", NULL, NULL);
  open_jwt("refresh_min = \"30s\";");
  ck_assert_int_eq(check_issued(old, "a"), DH_OK);
  publish("", new, "b", old, "a");
  atomic_fetch_add(&ahead, 31000);
  ck_assert_int_eq(check_issued(new, "b"), DH_OK);
  ck_assert_int_eq(check_issued(old, "a"), DH_OK);
  ck_assert_uint_eq(test_server_count(server), 2);
  dh_key_unref(old);
  dh_key_unref(new);
}
END_TEST

START_TEST(keys_are_fetched_ahead_of_their_end)
{
  dh_key *key = forge_key("P-256", NULL);
  publish("Cache-Control: public, max-age=1000\r\n", key, "a", NULL, NULL);
  open_jwt("");
  ck_assert_int_eq(check_issued(key, "a"), DH_OK);
  atomic_fetch_add(&ahead, 700000);
  ck_assert_int_eq(check_issued(key, "a"), DH_OK);
  ck_assert_uint_eq(test_server_count(server), 1);
  atomic_fetch_add(&ahead, 60000); /* three quarters have passed */
  ck_assert_int_eq(check_issued(key, "a"), DH_OK);
  ck_assert(test_server_wait(server, 2));
  dh_key_unref(key);
}
END_TEST

START_TEST(keys_serve_on_while_the_issuer_is_down)
{
  dh_key *key = forge_key("P-256", NULL);
  publish("Cache-Control: max-age=60\r\n", key, "a", NULL, NULL);
  open_jwt("stale_max = \"1h\";");
  ck_assert_int_eq(check_issued(key, "a"), DH_OK);
  answer(404, "", "gone");
  atomic_fetch_add(&ahead, 120000);
  ck_assert_int_eq(check_issued(key, "a"), DH_OK);
  ck_assert(test_server_wait(server, 2));
  ck_assert_int_eq(check_issued(key, "a"), DH_OK);
  dh_key_unref(key);
}
END_TEST

START_TEST(without_any_keys_it_cannot_be_decided)
{
  dh_key *key = forge_key("P-256", NULL);
  answer(404, "", "not yet");
  open_jwt("");
  ck_assert_int_eq(check_issued(key, "a"), DH_UNAVAILABLE);
  dh_key_unref(key);
}
END_TEST

static const struct {
  const char *more; /* claims that follow; a member that stands twice is malformed */
  dh_status status;
} odd[] = {
    {"", DH_OK},
    {",\"nbf\":4000000000", DH_DENIED},
    {",\"sub\":\"x\"", DH_MALFORMED},
    {",\"nbf\":\"1\"", DH_MALFORMED},
};

START_TEST(claims_are_judged_by_the_module)
{
  dh_key *key = forge_key("P-256", NULL);
  publish("", key, "a", NULL, NULL);
  open_jwt("");
  char *token = issue(key, "a", odd[_i].more);
  ck_assert_int_eq(check("Bearer", token, NULL), odd[_i].status);
  free(token);
  dh_key_unref(key);
}
END_TEST

START_TEST(a_file_of_keys_serves)
{
  dh_key *key = forge_key("P-256", NULL);
  char *pem = forge_pem(key), *path = test_file_text(folder, "key.pem", pem);
  ck_assert_int_eq(open_module("jwt", JWT "jwks_file = \"%s\";", test_server_url(server), path),
                   DH_OK);
  ck_assert_int_eq(check_issued(key, "any"), DH_OK);
  ck_assert_uint_eq(test_server_count(server), 0);
  free(path);
  free(pem);
  dh_key_unref(key);
}
END_TEST

static const char *const bad_jwt[] = {
    "audiences = (\"x\");",
    "issuers = ();",
    "issuers = (\"no-url\");",
    "issuers = (\"https://a\"); algorithms = (\"none\");",
    "issuers = (\"https://a\"); algorithms = (\"HS256\");",
    "issuers = (\"https://a\"); jwks_url = \"https://a/\"; jwks_file = \"/x\";",
    "issuers = (\"https://a\"); jwks_url = \"https://a/\"; refresh_min = \"2h\";",
};

START_TEST(a_wrong_jwt_configuration_is_refused)
{
  ck_assert_int_eq(open_module("jwt", "%s", bad_jwt[_i]), DH_MISCONFIGURED);
}
END_TEST

/* --- introspect --- */

static void open_introspect(const char *more)
{
  ck_assert_int_eq(open_module("introspect",
                               "endpoint = \"%s/introspect\"; client_id = \"me\"; client_secret = "
                               "\"an:example secret\"; timeout = \"20s\"; %s",
                               test_server_url(server), more),
                   DH_OK);
}

START_TEST(an_active_token_passes)
{
  dh_principal *who;
  long long later = (long long)(read_wall(NULL) / 1000 + 600);
  answer(200, "",
         "{\"active\":true,\"sub\":\"jdoe\",\"iss\":\"i\",\"aud\":\"datahub\",\"exp\":%lld}",
         later);
  open_introspect("");
  ck_assert_int_eq(check("Bearer", "opaque+token", &who), DH_OK);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ACTOR), "urn:li:corpuser:jdoe");
  ck_assert_int_eq(dh_principal_expiry(who), later * 1000);
  const test_request *seen = test_server_request(server, 0);
  ck_assert_str_eq(seen->body, "token=opaque%2Btoken&token_type_hint=access_token");
  /* me:an%3Aexample%20secret */
  ck_assert_str_eq(test_request_header(seen, "Authorization"),
                   "Basic bWU6YW4lM0FleGFtcGxlJTIwc2VjcmV0");
  dh_principal_unref(who);
}
END_TEST

static const struct {
  int code;
  const char *body;
  dh_status status;
} introspections[] = {
    {200, "{\"active\":false}", DH_DENIED},
    {200, "{\"active\":true}", DH_DENIED},
    {200, "{\"active\":true,\"sub\":\"a\",\"exp\":1}", DH_EXPIRED},
    {200, "{\"active\":\"true\",\"sub\":\"a\"}", DH_UNAVAILABLE},
    {200, "{}", DH_UNAVAILABLE},
    {200, "<html>", DH_UNAVAILABLE},
    {401, "", DH_MISCONFIGURED},
    {404, "", DH_UNAVAILABLE},
};

START_TEST(introspection_answers_are_told_apart)
{
  answer(introspections[_i].code, "", "%s", introspections[_i].body);
  open_introspect("");
  ck_assert_int_eq(check("Bearer", "x", NULL), introspections[_i].status);
}
END_TEST

START_TEST(an_introspected_audience_is_held_to)
{
  answer(200, "", "{\"active\":true,\"sub\":\"a\",\"aud\":[\"other\"]}");
  open_introspect("audiences = (\"datahub\");");
  ck_assert_int_eq(check("Bearer", "x", NULL), DH_DENIED);
}
END_TEST

/* --- basic, permit, deny --- */

#define BASIC "client_id = \"__datahub_system\"; client_secret = \"an-example-secret\";"

START_TEST(the_system_client_passes)
{
  dh_principal *who;
  open_module("basic", "%s", BASIC);
  ck_assert_int_eq(check("Basic", "__datahub_system:an-example-secret", &who), DH_OK);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ACTOR), "urn:li:corpuser:__datahub_system");
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_TOKEN_TYPE), "SYSTEM");
  dh_principal_unref(who);
}
END_TEST

static const char *const bad_pairs[] = {"__datahub_system:an-example-secreT",
                                        "__datahub_system:",
                                        "__datahub_system",
                                        ":an-example-secret",
                                        ":",
                                        "X19kYXRhaHViX3N5c3RlbTphbi1leGFtcGxlLXNlY3JldA=="};

START_TEST(another_pair_is_denied)
{
  open_module("basic", "%s", BASIC);
  ck_assert_int_eq(check("Basic", bad_pairs[_i], NULL), DH_DENIED);
}
END_TEST

START_TEST(basic_without_a_secret_is_misconfigured)
{
  ck_assert_int_eq(open_module("basic", "client_id = \"x\";"), DH_MISCONFIGURED);
}
END_TEST

START_TEST(permit_permits)
{
  dh_principal *who;
  open_module("permit", "actor = \"urn:li:corpuser:guest\";");
  ck_assert_int_eq(check("Whatever", "x", &who), DH_OK);
  ck_assert_str_eq(dh_principal_text(who, DH_PRINCIPAL_ACTOR), "urn:li:corpuser:guest");
  dh_principal_unref(who);
}
END_TEST

START_TEST(deny_denies)
{
  open_module("deny", " ");
  ck_assert_int_eq(check("Bearer", "x", NULL), DH_DENIED);
}
END_TEST

/* --- pat, asking a GMS --- */

#define KEY "an-example-signing-key-of-the-tests"

static const struct {
  int code;
  const char *body;
  dh_status status;
} gms_answers[] = {
    {200,
     "{\"urn\":\"u\",\"aspects\":{\"dataHubAccessTokenInfo\":{\"value\":{\"actorUrn\":\"urn:li:"
     "corpuser:"
     "jdoe\"}}}}",
     DH_OK},
    {200,
     "{\"aspects\":{\"dataHubAccessTokenInfo\":{\"value\":{\"actorUrn\":\"urn:li:corpuser:x\"}}}}",
     DH_DENIED},
    {200, "{\"urn\":\"u\",\"aspects\":{\"dataHubAccessTokenKey\":{}}}", DH_REVOKED},
    {404, "{}", DH_REVOKED},
    {401, "", DH_MISCONFIGURED},
    {403, "", DH_MISCONFIGURED},
    {400, "", DH_UNAVAILABLE},
    {200, "<html>", DH_UNAVAILABLE},
};

static char *issue_pat(void)
{
  static const char claims[] = "{\"actorType\":\"USER\",\"actorId\":\"jdoe\",\"type\":\"PERSONAL\","
                               "\"version\":\"2\",\"iss\":\"datahub-metadata-service\"}";
  dh_key *key = dh_key_from_secret(KEY, strlen(KEY), NULL, NULL, NULL);
  char *token = forge_signed("{\"alg\":\"HS256\"}", claims, strlen(claims), key, "HS256");
  dh_key_unref(key);
  return token;
}

START_TEST(gms_is_asked_about_a_token)
{
  answer(gms_answers[_i].code, "", "%s", gms_answers[_i].body);
  open_module("pat",
              "signing_key = \"" KEY "\"; salt = \"s\"; gms = \"%s/\"; gms_client_id = \"id\"; "
              "gms_client_secret = \"an-example-secret\"; timeout = \"20s\";",
              test_server_url(server));
  char *token = issue_pat();
  ck_assert_int_eq(check("Bearer", token, NULL), gms_answers[_i].status);
  const test_request *seen = test_server_request(server, 0);
  ck_assert_str_eq(test_request_header(seen, "Authorization"), "Basic id:an-example-secret");
  ck_assert(!strncmp(seen->target, "/entitiesV2/urn%3Ali%3AdataHubAccessToken%3A", 44));
  free(token);
}
END_TEST

START_TEST(a_key_file_open_to_others_is_refused)
{
  char *path = test_file(folder, "key", KEY, strlen(KEY), 0644);
  ck_assert_int_eq(open_module("pat", "signing_key_file = \"%s\";", path), DH_DENIED);
  free(path);
}
END_TEST

START_TEST(a_key_file_is_read_without_its_newline)
{
  char *path = test_file(folder, "key", KEY "\n", strlen(KEY) + 1, 0600);
  ck_assert_int_eq(open_module("pat", "signing_key_file = \"%s\";", path), DH_OK);
  char *token = issue_pat();
  ck_assert_int_eq(check("Bearer", token, NULL), DH_OK);
  free(token);
  free(path);
}
END_TEST

static TCase *new_case(const char *name)
{
  TCase *tests = tcase_create(name);
  tcase_set_timeout(tests, 60);
  tcase_add_checked_fixture(tests, setup, teardown);
  return tests;
}

static TCase *jwt_case(void)
{
  TCase *tests = new_case("jwt");
  tcase_add_test(tests, a_jwt_names_its_actor_as_gms_does);
  tcase_add_test(tests, a_jwt_may_name_its_actor_plainly);
  tcase_add_test(tests, discovery_finds_the_keys);
  tcase_add_test(tests, each_of_two_issuers_has_its_own_keys);
  tcase_add_test(tests, keys_are_fetched_once_for_many_tokens);
  tcase_add_test(tests, an_unknown_kid_fetches_once_an_interval);
  tcase_add_test(tests, a_rotated_key_is_found);
  tcase_add_test(tests, keys_are_fetched_ahead_of_their_end);
  tcase_add_test(tests, keys_serve_on_while_the_issuer_is_down);
  tcase_add_test(tests, without_any_keys_it_cannot_be_decided);
  tcase_add_loop_test(tests, claims_are_judged_by_the_module, 0, sizeof(odd) / sizeof(odd[0]));
  tcase_add_test(tests, a_file_of_keys_serves);
  tcase_add_loop_test(tests, a_wrong_jwt_configuration_is_refused, 0,
                      sizeof(bad_jwt) / sizeof(bad_jwt[0]));
  return tests;
}

/* "localhost." with its dot is no name that is known to be this host. */
static const struct {
  const char *module, *config, *words;
} exposed[] = {
    {"introspect", "endpoint = \"http://localhost.:1/introspect\";", "can read the tokens"},
    {"jwt", "issuers = \"https://idp\"; jwks_url = \"http://localhost.:1/keys\";",
     "sign any token"},
    {"jwt", "issuers = \"http://localhost.:1\";", "sign any token"},
    {"pat",
     "signing_key = \"made-up-key\"; gms = \"http://localhost.:1\"; gms_token = \"made-up\";",
     "say that a token is good"},
};

START_TEST(plain_http_to_another_host_is_warned_of)
{
  ck_assert_int_eq(open_module(exposed[_i].module, "%s", exposed[_i].config), DH_OK);
  pthread_mutex_lock(&said_lock);
  ck_assert_msg(strstr(said, "http://localhost.:1") && strstr(said, "is plain HTTP") &&
                    strstr(said, exposed[_i].words),
                "%s", said);
  pthread_mutex_unlock(&said_lock);
}
END_TEST

START_TEST(plain_http_to_this_host_is_not)
{
  ck_assert_int_eq(open_module("introspect", "endpoint = \"http://127.0.0.1:1/introspect\";"),
                   DH_OK);
  ck_assert_str_eq(said, "");
}
END_TEST

static TCase *other_case(void)
{
  TCase *tests = new_case("others");
  tcase_add_test(tests, an_active_token_passes);
  tcase_add_loop_test(tests, introspection_answers_are_told_apart, 0,
                      sizeof(introspections) / sizeof(introspections[0]));
  tcase_add_test(tests, an_introspected_audience_is_held_to);
  tcase_add_loop_test(tests, plain_http_to_another_host_is_warned_of, 0,
                      sizeof(exposed) / sizeof(exposed[0]));
  tcase_add_test(tests, plain_http_to_this_host_is_not);
  tcase_add_test(tests, the_system_client_passes);
  tcase_add_loop_test(tests, another_pair_is_denied, 0, sizeof(bad_pairs) / sizeof(bad_pairs[0]));
  tcase_add_test(tests, basic_without_a_secret_is_misconfigured);
  tcase_add_test(tests, permit_permits);
  tcase_add_test(tests, deny_denies);
  return tests;
}

static TCase *pat_case(void)
{
  TCase *tests = new_case("pat");
  tcase_add_loop_test(tests, gms_is_asked_about_a_token, 0,
                      sizeof(gms_answers) / sizeof(gms_answers[0]));
  tcase_add_test(tests, a_key_file_open_to_others_is_refused);
  tcase_add_test(tests, a_key_file_is_read_without_its_newline);
  return tests;
}

SUITE("verifiers", jwt_case(), other_case(), pat_case())
