/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The OAuth modules against an identity provider on a real socket: what goes out on the
 * wire, and what is made of each answer, good and bad.
 */
#include "plugins/idp.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static idp_fixture idp;

static void setup(void)
{
  idp_setup(&idp);
}

static void teardown(void)
{
  idp_teardown(&idp);
}

#define CC_OPTIONS                                                                                 \
  "token_endpoint = \"%s/token\"; client_id = \"app\"; client_secret = \"s3cr&t=\";"

static const char *cc(void)
{
  return idp_once(&idp, "client-credentials", CC_OPTIONS);
}

/* --- what goes out --- */

START_TEST(basic_proof_is_encoded_before_it_is_joined)
{
  ck_assert_str_eq(cc(), "Bearer new-token");
  ck_assert_str_eq(idp_asked(&idp, 0)->target, "/token");
  ck_assert_str_eq(idp_asked(&idp, 0)->body, "grant_type=client_credentials");
  /* base64("app:s3cr%26t%3D") */
  ck_assert_str_eq(test_request_header(idp_asked(&idp, 0), "Authorization"),
                   "Basic YXBwOnMzY3IlMjZ0JTNE");
}
END_TEST

START_TEST(post_proof_is_in_the_body)
{
  idp_once(&idp, "oidc_client_credentials", CC_OPTIONS "scope = \"a b\"; audience = \"gms\";");
  ck_assert_str_eq(idp_asked(&idp, 0)->body,
                   "grant_type=client_credentials&scope=a%20b&audience=gms&"
                   "client_id=app&client_secret=s3cr%26t%3D");
  ck_assert_ptr_null(test_request_header(idp_asked(&idp, 0), "Authorization"));
}
END_TEST

START_TEST(audience_resource_and_parameters_are_repeatable)
{
  idp_once(&idp, "client-credentials",
           CC_OPTIONS "audience = (\"a\", \"b\"); resource = (\"urn:r\", "
                      "\"urn:s\"); parameters = {tenant = \"t\";};");
  ck_assert_str_eq(idp_asked(&idp, 0)->body, "grant_type=client_credentials&audience=a&audience=b&"
                                             "resource=urn%3Ar&resource=urn%3As&tenant=t");
}
END_TEST

START_TEST(endpoint_is_discovered_from_the_issuer)
{
  idp.discovery = "{\"issuer\":\"%s\",\"token_endpoint\":\"%s/found\"}";
  ck_assert_str_eq(idp_once(&idp, "client-credentials",
                            "issuer = \"%s/\"; client_id = \"app\"; "
                            "client_secret = \"secret\";"),
                   "Bearer new-token");
  ck_assert_str_eq(idp_asked(&idp, 0)->target, "/.well-known/openid-configuration");
  ck_assert_str_eq(idp_asked(&idp, 1)->target, "/found");
}
END_TEST

START_TEST(discovery_for_another_issuer_is_refused)
{
  idp.discovery = "{\"issuer\":\"https://evil.example.com\",\"token_endpoint\":\"%s/found\"}";
  ck_has(idp_once(&idp, "client-credentials",
                  "issuer = \"%s\"; client_id = \"app\"; client_secret = "
                  "\"secret\";"),
         "speaks for the issuer https://evil.example.com");
  ck_assert_int_eq(idp.auth.error.status, DH_DENIED);
}
END_TEST

START_TEST(discovery_that_is_not_served)
{
  ck_has(idp_once(&idp, "client-credentials",
                  "issuer = \"%s\"; client_id = \"app\"; client_secret = "
                  "\"secret\";"),
         "give token_endpoint instead");
  ck_assert_str_eq(idp_asked(&idp, 1)->target, "/.well-known/oauth-authorization-server");
}
END_TEST

/* What stands before "@" is no host. */
static const char *const elsewhere[] = {
    "http://idp.example.com/t",           "http://localhost:x@idp.example.com/t",
    "http://127.0.0.1@idp.example.com/t", "http://[::1]@idp.example.com/t",
    "http://localhost.example.com/t",     "http://127.0.0.1.example.com/t"};

START_TEST(plain_http_elsewhere_is_refused)
{
  char sink[512];
  snprintf(sink, sizeof(sink),
           "auth = {type = \"client-credentials\"; config = {token_endpoint = \"%s\"; client_id = "
           "\"a\"; client_secret = \"secret\";};};",
           elsewhere[_i]);
  auth_open_fails(&idp.auth, sink, IDP_GMS, DH_MISCONFIGURED, "");
}
END_TEST

START_TEST(proof_that_is_missing_is_named)
{
  auth_open_fails(&idp.auth,
                  "auth = {type = \"client-credentials\"; config = {token_endpoint = "
                  "\"https://idp.example.com/t\"; client_id = \"a\";};};",
                  IDP_GMS, DH_MISCONFIGURED, "client_secret");
}
END_TEST

/* --- what is made of an answer --- */

START_TEST(expiry_is_counted_from_the_asking)
{
  dh_credential *credential;
  dh_credentials *credentials = idp_open(&idp, "client-credentials", CC_OPTIONS);
  ck_assert_int_eq(dh_credentials_get(credentials, 20000, &credential, NULL), DH_OK);
  ck_assert_int_eq(dh_credential_expiry(credential), idp.auth.wall_ms + 3600000);
  ck_has(dh_credential_origin(credential), "client-credentials at http://127.0.0.1:");
  dh_credential_unref(credential);
  dh_credentials_close(credentials);
}
END_TEST

START_TEST(token_is_asked_for_once_until_it_is_due)
{
  dh_credentials *credentials = idp_open(&idp, "client-credentials", CC_OPTIONS);
  for (int i = 0; i < 10; i++)
    auth_get(&idp.auth, credentials);
  ck_assert_uint_eq(test_server_count(idp.server), 1);
  auth_advance(&idp.auth, 3600000);
  auth_get(&idp.auth, credentials);
  ck_assert_uint_eq(test_server_count(idp.server), 2);
  dh_credentials_close(credentials);
}
END_TEST

START_TEST(emitters_that_are_alike_ask_once)
{
  dh_credentials *a = idp_open(&idp, "client-credentials", CC_OPTIONS);
  dh_credentials *b = idp_open(&idp, "client-credentials", CC_OPTIONS);
  dh_credentials *other = idp_open(&idp, "client-credentials", CC_OPTIONS "scope = \"x\";");
  auth_get(&idp.auth, a);
  auth_get(&idp.auth, b);
  ck_assert_uint_eq(test_server_count(idp.server), 1);
  auth_get(&idp.auth, other);
  ck_assert_uint_eq(test_server_count(idp.server), 2);
  dh_credentials_close(a);
  dh_credentials_close(b);
  dh_credentials_close(other);
}
END_TEST

static int is_visible(const struct dirent *entry)
{
  return entry->d_name[0] != '.';
}

/* Two contexts stand for two processes: they share nothing but the file. */
START_TEST(processes_share_through_a_file)
{
  static auth_fixture other;
  char path[512], sink[1024];
  setenv("XDG_RUNTIME_DIR", idp.dir, 1);
  snprintf(sink, sizeof(sink),
           "auth_cache = true; auth = {type = \"client-credentials\"; config = {token_endpoint = "
           "\"%s/t\"; client_id = \"app\"; client_secret = \"secret\";};};",
           test_server_url(idp.server));
  auth_setup(&other);
  dh_credentials *a = auth_open(&idp.auth, sink, IDP_GMS), *b = auth_open(&other, sink, IDP_GMS);
  dh_credential *credential;
  auth_get(&idp.auth, a);
  ck_assert_str_eq(auth_get(&other, b), "Bearer new-token");
  ck_assert_uint_eq(test_server_count(idp.server), 1);
  /* Refused: it is not taken from the file again. */
  idp.body = "{\"access_token\":\"newer\",\"token_type\":\"Bearer\",\"expires_in\":60}";
  ck_assert_int_eq(dh_credentials_get(b, 20000, &credential, NULL), DH_OK);
  dh_credentials_reject(b, credential);
  dh_credential_unref(credential);
  ck_assert_str_eq(auth_get(&other, b), "Bearer newer");
  snprintf(path, sizeof(path), "%s/libdatahub", idp.dir);
  struct stat st;
  ck_assert_int_eq(stat(path, &st), 0);
  ck_assert_uint_eq(st.st_mode & 0777, 0700);
  dh_credentials_close(a);
  dh_credentials_close(b);
  auth_teardown(&other);
}
END_TEST

START_TEST(process_that_keeps_the_file_locked_is_not_waited_for_for_ever)
{
  static auth_fixture other;
  char folder[512], sink[1024];
  struct dirent **names;
  setenv("XDG_RUNTIME_DIR", idp.dir, 1);
  snprintf(sink, sizeof(sink),
           "auth_cache = true; auth = {type = \"client-credentials\"; config = {token_endpoint = "
           "\"%s/t\"; client_id = \"app\"; client_secret = \"secret\";};};",
           test_server_url(idp.server));
  auth_setup(&other);
  other.tick_ms = 1000;
  dh_credentials *a = auth_open(&idp.auth, sink, IDP_GMS), *b = auth_open(&other, sink, IDP_GMS);
  auth_get(&idp.auth, a);
  snprintf(folder, sizeof(folder), "%s/libdatahub", idp.dir);
  ck_assert_int_eq(scandir(folder, &names, is_visible, NULL), 1);
  int lock = test_lock_held(folder, names[0]->d_name, NULL);
  ck_assert_str_eq(auth_get(&other, b), "Bearer new-token");
  ck_assert_uint_eq(test_server_count(idp.server), 2);
  ck_has(other.log, "/libdatahub/");
  ck_has(other.log, "another process has kept it locked for long");
  close(lock);
  free(names[0]);
  free(names);
  dh_credentials_close(a);
  dh_credentials_close(b);
  auth_teardown(&other);
}
END_TEST

START_TEST(folder_that_others_may_use_is_not_shared_through)
{
  char path[512];
  setenv("XDG_RUNTIME_DIR", idp.dir, 1);
  snprintf(path, sizeof(path), "%s/libdatahub", idp.dir);
  ck_assert_int_eq(mkdir(path, 0755), 0);
  char sink[1024];
  snprintf(sink, sizeof(sink),
           "auth_cache = true; auth = {type = \"client-credentials\"; config = {token_endpoint = "
           "\"%s/t\"; client_id = \"app\"; client_secret = \"secret\";};};",
           test_server_url(idp.server));
  dh_credentials *credentials = auth_open(&idp.auth, sink, IDP_GMS);
  ck_assert_str_eq(auth_get(&idp.auth, credentials), "Bearer new-token");
  ck_has(idp.auth.log, "not shared with other processes");
  dh_credentials_close(credentials);
}
END_TEST

typedef struct bad_answer {
  const char *body;
  const char *words;
} bad_answer;

#define TOKEN "\"access_token\":\"t-o-k-e-n\","
static const bad_answer bad_answers[] = {
    {"", "no JSON object"},
    {"<html>sign in</html>", "no JSON object"},
    {"{\"access_token\":\"t-o-k-e-n\"", "no JSON object"},
    {"[]", "no JSON object"},
    {"{\"token_type\":\"Bearer\"}", "it has no access_token"},
    {"{" TOKEN "\"expires_in\":5}", "it has no token_type"},
    {"{\"access_token\":null,\"token_type\":\"Bearer\"}", "it has no access_token"},
    {"{\"access_token\":\"\",\"token_type\":\"Bearer\"}", "it has no access_token"},
    {"{\"access_token\":7,\"token_type\":\"Bearer\"}", "its access_token is not a string"},
    {"{\"access_token\":\"a\\nb\",\"token_type\":\"Bearer\"}", "a line break"},
    {"{\"access_token\":\"token\\n\",\"token_type\":\"Bearer\"}", "a line break"},
    {"{" TOKEN "\"token_type\":\"DPoP\"}", "of type DPoP"},
    {"{" TOKEN "\"token_type\":\"Bearer\",\"expires_in\":0}", "expires_in is 0"},
    {"{" TOKEN "\"token_type\":\"Bearer\",\"expires_in\":-60}", "expires_in is -60"},
    {"{" TOKEN "\"token_type\":\"Bearer\",\"expires_in\":\"0.5\"}", "expires_in is 0.5"},
    {"{" TOKEN "\"token_type\":\"Bearer\",\"expires_in\":\"soon\"}", "not a number of seconds"},
    {"{" TOKEN "\"token_type\":\"Bearer\",\"expires_in\":\"\"}", "not a number of seconds"},
    {"{" TOKEN "\"token_type\":\"Bearer\",\"expires_in\":true}", "not a number of seconds"},
    {"{" TOKEN "\"token_type\":\"Bearer\",\"expires_in\":\"nan\"}", "not a number of seconds"},
};

START_TEST(bad_answer_is_malformed)
{
  idp.body = bad_answers[_i].body;
  ck_has(cc(), bad_answers[_i].words);
  ck_assert_int_eq(idp.auth.error.status, DH_MALFORMED);
  ck_assert_ptr_null(strstr(idp.auth.error.message, "t-o-k-e-n"));
  ck_assert_ptr_null(strstr(idp.auth.log, "t-o-k-e-n"));
}
END_TEST

static const struct {
  const char *expires_in;
  long long seconds;
} lifetimes[] = {{"\"3600\"", 3600},
                 {"3599.7", 3599},
                 {"1e3", 1000},
                 {"1e300", 316224000},
                 {"99999999999999999999", 316224000}};

START_TEST(lifetime_is_read)
{
  char body[256];
  dh_credential *credential;
  snprintf(body, sizeof(body), "{" TOKEN "\"token_type\":\"bearer\",\"expires_in\":%s}",
           lifetimes[_i].expires_in);
  idp.body = body;
  dh_credentials *credentials = idp_open(&idp, "client-credentials", CC_OPTIONS);
  ck_assert_int_eq(dh_credentials_get(credentials, 20000, &credential, NULL), DH_OK);
  ck_assert_int_eq(dh_credential_expiry(credential) - idp.auth.wall_ms,
                   lifetimes[_i].seconds * 1000);
  dh_credential_unref(credential);
  dh_credentials_close(credentials);
}
END_TEST

START_TEST(without_lifetime_it_is_asked_for_at_each_use)
{
  idp.body = "{" TOKEN "\"token_type\":\"Bearer\"}";
  dh_credentials *credentials = idp_open(&idp, "client-credentials", CC_OPTIONS);
  auth_get(&idp.auth, credentials);
  auth_get(&idp.auth, credentials);
  ck_assert_uint_eq(test_server_count(idp.server), 2);
  dh_credentials_close(credentials);
}
END_TEST

static const struct {
  int http;
  const char *body;
  dh_status status;
  const char *words;
} refusals[] = {
    {401, "{\"error\":\"invalid_client\"}", DH_DENIED, "check client_id"},
    {400, "{\"error\":\"invalid_grant\",\"error_description\":\"no more\"}", DH_DENIED,
     "it says: no more"},
    {400, "{\"error\":\"unauthorized_client\"}", DH_MISCONFIGURED, "allow it at the identity"},
    {400, "{\"error\":\"unsupported_grant_type\"}", DH_MISCONFIGURED, "does not know this grant"},
    {400, "{\"error\":\"invalid_scope\"}", DH_MISCONFIGURED, "scope"},
    {400, "{\"error\":\"invalid_target\"}", DH_MISCONFIGURED, "audience or resource"},
    {400, "{\"error\":\"invalid_request\"}", DH_MISCONFIGURED, "parameter"},
    {400, "not even JSON", DH_DENIED, "HTTP 400"},
    {404, "<h1>Not found</h1>", DH_MISCONFIGURED, "no token endpoint at this address"},
    {500, "", DH_UNAVAILABLE, "HTTP 500"},
    {503, "{\"error\":\"temporarily_unavailable\"}", DH_UNAVAILABLE, "overloaded"},
    {429, "", DH_UNAVAILABLE, "HTTP 429"},
    {200, "{\"error\":\"invalid_grant\"}", DH_DENIED, "invalid_grant"},
};

START_TEST(refusal_in_words)
{
  idp.status = refusals[_i].http;
  idp.body = refusals[_i].body;
  ck_has(cc(), refusals[_i].words);
  ck_assert_int_eq(idp.auth.error.status, refusals[_i].status);
  ck_assert_int_eq(idp.auth.error.http_status, refusals[_i].http);
}
END_TEST

START_TEST(redirect_is_not_followed_with_a_secret)
{
  idp.status = 307;
  idp.body = "";
  idp.extra = "Location: /elsewhere\r\n";
  ck_has(cc(), "redirect");
  ck_assert_uint_eq(test_server_count(idp.server), 1);
}
END_TEST

START_TEST(retry_after_is_heeded)
{
  idp.status = 503;
  idp.body = "";
  idp.extra = "Retry-After: 120\r\n";
  cc();
  ck_assert_int_eq(idp.auth.error.retry_after_ms, 120000);
}
END_TEST

START_TEST(secret_that_is_echoed_is_redacted)
{
  idp.status = 400;
  idp.body = "{\"error\":\"invalid_client\",\"error_description\":\"bad secret s3cr&t= given\"}";
  ck_has(cc(), "bad secret [redacted] given");
  ck_assert_ptr_null(strstr(idp.auth.log, "s3cr&t="));
}
END_TEST

static void stall(test_conn *conn)
{
  test_stall(conn);
}

static void reset(test_conn *conn)
{
  test_reset(conn);
}

START_TEST(slow_provider_is_a_timeout)
{
  idp.fault = stall;
  idp_once(&idp, "client-credentials", CC_OPTIONS "timeout = \"100ms\";");
  ck_assert_int_eq(idp.auth.error.status, DH_TIMEOUT);
}
END_TEST

START_TEST(provider_that_resets_is_unavailable)
{
  idp.fault = reset;
  cc();
  ck_assert_int_eq(idp.auth.error.status, DH_UNAVAILABLE);
}
END_TEST

START_TEST(provider_that_is_down_is_unavailable)
{
  test_server_down(idp.server);
  cc();
  ck_assert_int_eq(idp.auth.error.status, DH_UNAVAILABLE);
}
END_TEST

/* --- private_key_jwt --- */

START_TEST(private_key_signs_an_assertion)
{
  char options[1024];
  idp_make_key(&idp);
  snprintf(options, sizeof(options),
           "token_endpoint = \"%%s/token\"; client_id = \"app\"; private_key_file = "
           "\"%s/client.key\"; private_key_id = \"k1\";",
           idp.dir);
  ck_assert_str_eq(idp_once(&idp, "client-credentials", options), "Bearer new-token");
  ck_has(idp_asked(&idp, 0)->body, "client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-"
                                   "assertion-type%3Ajwt-bearer&client_assertion=eyJ");
}
END_TEST

static TCase *case_wire(void)
{
  TCase *c = tcase_create("wire");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, basic_proof_is_encoded_before_it_is_joined);
  tcase_add_test(c, post_proof_is_in_the_body);
  tcase_add_test(c, audience_resource_and_parameters_are_repeatable);
  tcase_add_test(c, endpoint_is_discovered_from_the_issuer);
  tcase_add_test(c, discovery_for_another_issuer_is_refused);
  tcase_add_test(c, discovery_that_is_not_served);
  tcase_add_loop_test(c, plain_http_elsewhere_is_refused, 0,
                      (int)(sizeof(elsewhere) / sizeof(elsewhere[0])));
  tcase_add_test(c, proof_that_is_missing_is_named);
  tcase_add_test(c, private_key_signs_an_assertion);
  return c;
}

static TCase *case_answer(void)
{
  TCase *c = tcase_create("answer");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, expiry_is_counted_from_the_asking);
  tcase_add_test(c, token_is_asked_for_once_until_it_is_due);
  tcase_add_test(c, emitters_that_are_alike_ask_once);
  tcase_add_test(c, processes_share_through_a_file);
  tcase_add_test(c, process_that_keeps_the_file_locked_is_not_waited_for_for_ever);
  tcase_add_test(c, folder_that_others_may_use_is_not_shared_through);
  tcase_add_loop_test(c, bad_answer_is_malformed, 0,
                      (int)(sizeof(bad_answers) / sizeof(bad_answers[0])));
  tcase_add_loop_test(c, lifetime_is_read, 0, (int)(sizeof(lifetimes) / sizeof(lifetimes[0])));
  tcase_add_test(c, without_lifetime_it_is_asked_for_at_each_use);
  tcase_add_loop_test(c, refusal_in_words, 0, (int)(sizeof(refusals) / sizeof(refusals[0])));
  tcase_add_test(c, redirect_is_not_followed_with_a_secret);
  tcase_add_test(c, retry_after_is_heeded);
  tcase_add_test(c, secret_that_is_echoed_is_redacted);
  tcase_add_test(c, slow_provider_is_a_timeout);
  tcase_add_test(c, provider_that_resets_is_unavailable);
  tcase_add_test(c, provider_that_is_down_is_unavailable);
  return c;
}

SUITE("oauth", case_wire(), case_answer())
