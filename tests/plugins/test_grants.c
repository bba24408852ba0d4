/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each OAuth grant adds to the common core.
 */
#include "plugins/idp.h"
#include "support/certs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* --- token-exchange --- */

#define ISSUED(type)                                                                               \
  "{\"access_token\":\"new-token\",\"token_type\":\"Bearer\",\"expires_in\":3600,"                 \
  "\"issued_token_type\":\"urn:ietf:params:oauth:token-type:" type "\"}"

static const char *exchange(const char *more)
{
  char options[1024];
  setenv("SUBJECT", "old-token", 1);
  snprintf(options, sizeof(options), "token_endpoint = \"%%s/t\"; %s",
           strstr(more, "subject_token_") ? "" : "subject_token_env = \"SUBJECT\"; ");
  strncat(options, more, sizeof(options) - strlen(options) - 1);
  return idp_once(&idp, "token-exchange", options);
}

START_TEST(exchange_sends_what_rfc_8693_asks_for)
{
  idp.body = ISSUED("access_token");
  ck_assert_str_eq(exchange("audience = \"gms\"; requested_token_type = \"access_token\";"),
                   "Bearer new-token");
  ck_assert_str_eq(idp_asked(&idp, 0)->body,
                   "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange"
                   "&subject_token=old-token"
                   "&subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
                   "&requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token"
                   "&audience=gms");
}
END_TEST

START_TEST(exchange_with_an_actor)
{
  idp.body = ISSUED("access_token");
  setenv("ACTOR", "actor-token", 1);
  exchange("actor_token_env = \"ACTOR\"; actor_token_type = \"jwt\";");
  ck_has(
      idp_asked(&idp, 0)->body,
      "&actor_token=actor-token&actor_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt");
}
END_TEST

START_TEST(exchange_of_a_commands_token)
{
  idp.body = ISSUED("access_token");
  exchange(
      "subject_token_command = (\"echo\", \"from-command\"); subject_token_type = \"urn:x:y\";");
  ck_has(idp_asked(&idp, 0)->body, "&subject_token=from-command&subject_token_type=urn%3Ax%3Ay");
}
END_TEST

START_TEST(exchange_without_a_subject)
{
  ck_has(idp_once(&idp, "token-exchange", "token_endpoint = \"%s/t\";"),
         "there is no subject token");
  ck_assert_uint_eq(test_server_count(idp.server), 0);
}
END_TEST

static const struct {
  const char *body, *more, *words;
} misissued[] = {
    {"{\"access_token\":\"t\",\"token_type\":\"Bearer\"}", "", "no issued_token_type"},
    {ISSUED("jwt"), "requested_token_type = \"access_token\";", "access_token was asked for"},
    {ISSUED("saml2"), "", "cannot be sent to DataHub"},
    {ISSUED("refresh_token"), "", "cannot be sent to DataHub"},
};

START_TEST(exchange_checks_what_was_issued)
{
  idp.body = misissued[_i].body;
  ck_has(exchange(misissued[_i].more), misissued[_i].words);
  ck_assert_int_eq(idp.auth.error.status, DH_MALFORMED);
}
END_TEST

START_TEST(exchange_takes_a_jwt_that_is_no_access_token)
{
  idp.body = "{\"access_token\":\"new-token\",\"token_type\":\"N_A\",\"issued_token_type\":"
             "\"urn:ietf:params:oauth:token-type:jwt\",\"expires_in\":60}";
  ck_assert_str_eq(exchange("requested_token_type = \"jwt\";"), "Bearer new-token");
}
END_TEST

static void issue(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg, (void)request;
  test_reply_text(conn, 200, ISSUED("access_token"));
}

START_TEST(exchange_over_mutual_tls)
{
  char path[4][256], sink[2048];
  static const char *const names[] = {"good.pem", "good.key", "ca.pem", "client.pem"};
  test_certs_make(idp.dir);
  for (int i = 0; i < 4; i++)
    snprintf(path[i], sizeof(path[i]), "%s/%s", idp.dir, names[i]);
  test_server *tls = test_server_start_tls(issue, NULL, path[0], path[1], path[2]);
  setenv("SUBJECT", "old-token", 1);
  snprintf(sink, sizeof(sink),
           "auth = {type = \"token-exchange\"; config = {token_endpoint = \"%s/t\"; client_id = "
           "\"app\"; client_auth = \"tls_client_auth\"; cert_file = \"%s\"; key_file = "
           "\"%s/client.key\"; ca_file = \"%s\"; subject_token_env = \"SUBJECT\";};};",
           test_server_url(tls), path[3], idp.dir, path[2]);
  dh_credentials *credentials = auth_open(&idp.auth, sink, IDP_GMS);
  ck_assert_str_eq(auth_get(&idp.auth, credentials), "Bearer new-token");
  ck_has(test_server_request(tls, 0)->body, "&client_id=app");
  dh_credentials_close(credentials);
  test_server_stop(tls);
}
END_TEST

/* The stack of the design: nothing in the environment, a projected file, an exchange. */
START_TEST(stack_from_environment_to_file_to_exchange)
{
  char sink[2048];
  idp.body = ISSUED("access_token");
  char *path = test_file_text(idp.dir, "projected", "projected-token\n");
  unsetenv("NO_SUCH_TOKEN");
  snprintf(sink, sizeof(sink),
           "auth = ({control = \"sufficient\"; plugin = \"env\"; config = {variable = "
           "\"NO_SUCH_TOKEN\";};}, {control = \"required\"; plugin = \"file\"; config = {path = "
           "\"%s\";};}, {control = \"required\"; plugin = \"token-exchange\"; config = "
           "{token_endpoint = \"%s/t\"; audience = \"datahub-gms\";};});",
           path, test_server_url(idp.server));
  dh_credentials *credentials = auth_open(&idp.auth, sink, IDP_GMS);
  ck_assert_str_eq(auth_get(&idp.auth, credentials), "Bearer new-token");
  ck_has(idp_asked(&idp, 0)->body, "&subject_token=projected-token&");
  dh_credentials_close(credentials);
  free(path);
}
END_TEST

/* --- refresh-token --- */

START_TEST(refresh_keeps_the_token_it_is_given_next)
{
  char options[1024];
  char *path = test_file_text(idp.dir, "refresh", "first\n");
  idp.body = "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":60,"
             "\"refresh_token\":\"second\"}";
  snprintf(options, sizeof(options),
           "token_endpoint = \"%%s/t\"; client_id = \"cli\"; refresh_token_file = \"%s\";", path);
  ck_assert_str_eq(idp_once(&idp, "refresh-token", options), "Bearer a");
  ck_assert_str_eq(idp_asked(&idp, 0)->body,
                   "grant_type=refresh_token&refresh_token=first&client_id=cli");
  char *kept = test_read(path, NULL);
  ck_assert_str_eq(kept, "second");
  free(kept);
  free(path);
}
END_TEST

START_TEST(refresh_waits_for_a_lock_no_longer_than_it_may)
{
  char options[1024];
  char *path = test_file_text(idp.dir, "refresh", "first");
  int lock = test_lock_held(idp.dir, "refresh.lock", "4711\n");
  idp.auth.tick_ms = 1000;
  snprintf(options, sizeof(options),
           "token_endpoint = \"%%s/t\"; client_id = \"cli\"; refresh_token_file = \"%s\";", path);
  const char *got = idp_once(&idp, "refresh-token", options);
  ck_assert_int_eq(idp.auth.error.status, DH_TIMEOUT);
  ck_has(got, "/refresh.lock did not come free in time: process 4711 holds it");
  ck_assert_uint_eq(test_server_count(idp.server), 0);
  close(lock);
  /* Free again, it is taken, and says who has it. */
  char *kept = NULL;
  ck_assert_str_eq(idp_once(&idp, "refresh-token", options), "Bearer new-token");
  free(path);
  path = test_path(idp.dir, "refresh.lock");
  kept = test_read(path, NULL);
  ck_assert_int_eq(atol(kept), getpid());
  free(kept);
  free(path);
}
END_TEST

START_TEST(refresh_from_the_configuration_rotates_in_memory)
{
  dh_credentials *credentials =
      idp_open(&idp, "refresh-token",
               "token_endpoint = \"%s/t\"; client_id = \"cli\"; refresh_token = \"first\";");
  idp.body = "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":60,"
             "\"refresh_token\":\"second\"}";
  auth_get(&idp.auth, credentials);
  auth_advance(&idp.auth, 60000);
  auth_get(&idp.auth, credentials);
  ck_has(idp_asked(&idp, 1)->body, "&refresh_token=second&");
  dh_credentials_close(credentials);
}
END_TEST

/* --- jwt-bearer --- */

START_TEST(jwt_bearer_sends_its_assertion)
{
  setenv("ASSERTION", "eyJhIjoxfQ.eyJiIjoyfQ.c2ln", 1);
  ck_assert_str_eq(
      idp_once(&idp, "jwt-bearer",
               "token_endpoint = \"%s/t\"; assertion_env = \"ASSERTION\"; scope = \"s\";"),
      "Bearer new-token");
  ck_assert_str_eq(idp_asked(&idp, 0)->body,
                   "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"
                   "&assertion=eyJhIjoxfQ.eyJiIjoyfQ.c2ln&scope=s");
}
END_TEST

START_TEST(jwt_bearer_signs_its_assertion)
{
  char options[1024];
  idp_make_key(&idp);
  snprintf(options, sizeof(options),
           "token_endpoint = \"%%s/t\"; assertion_issuer = \"me\"; private_key_file = "
           "\"%s/client.key\";",
           idp.dir);
  ck_assert_str_eq(idp_once(&idp, "jwt-bearer", options), "Bearer new-token");
  ck_has(idp_asked(&idp, 0)->body, "&assertion=eyJ");
}
END_TEST

/* --- azure_entra --- */

START_TEST(azure_with_a_secret)
{
  ck_assert_str_eq(idp_once(&idp, "azure_entra",
                            "authority_host = \"%s/\"; tenant_id = \"t-1\"; client_id = \"app\"; "
                            "client_secret = \"secret\"; scope = \"api://x/.default\";"),
                   "Bearer new-token");
  ck_assert_str_eq(idp_asked(&idp, 0)->target, "/t-1/oauth2/v2.0/token");
  ck_assert_str_eq(idp_asked(&idp, 0)->body,
                   "grant_type=client_credentials&scope=api%3A%2F%2Fx%2F.default&client_id=app&"
                   "client_secret=secret");
}
END_TEST

START_TEST(azure_with_workload_identity)
{
  char *path = test_file(idp.dir, "federated", "projected\n", 10, 0644);
  setenv("AZURE_FEDERATED_TOKEN_FILE", path, 1);
  setenv("AZURE_AUTHORITY_HOST", test_server_url(idp.server), 1);
  setenv("AZURE_TENANT_ID", "t-2", 1);
  ck_assert_str_eq(idp_once(&idp, "azure_entra", "client_id = \"app\"; scope = \"s\";"),
                   "Bearer new-token");
  ck_has(idp_asked(&idp, 0)->body, "&client_assertion=projected&client_id=app");
  free(path);
}
END_TEST

START_TEST(azure_without_a_proof)
{
  auth_open_fails(&idp.auth,
                  "auth = {type = \"azure_entra\"; config = {tenant_id = \"t\"; client_id = \"a\"; "
                  "scope = \"s\";};};",
                  IDP_GMS, DH_MISCONFIGURED, "workload identity");
}
END_TEST

static TCase *case_exchange(void)
{
  TCase *c = tcase_create("token-exchange");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, exchange_sends_what_rfc_8693_asks_for);
  tcase_add_test(c, exchange_with_an_actor);
  tcase_add_test(c, exchange_of_a_commands_token);
  tcase_add_test(c, exchange_without_a_subject);
  tcase_add_loop_test(c, exchange_checks_what_was_issued, 0, 4);
  tcase_add_test(c, exchange_takes_a_jwt_that_is_no_access_token);
  tcase_add_test(c, exchange_over_mutual_tls);
  tcase_add_test(c, stack_from_environment_to_file_to_exchange);
  return c;
}

static TCase *case_others(void)
{
  TCase *c = tcase_create("others");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, refresh_keeps_the_token_it_is_given_next);
  tcase_add_test(c, refresh_waits_for_a_lock_no_longer_than_it_may);
  tcase_add_test(c, refresh_from_the_configuration_rotates_in_memory);
  tcase_add_test(c, jwt_bearer_sends_its_assertion);
  tcase_add_test(c, jwt_bearer_signs_its_assertion);
  tcase_add_test(c, azure_with_a_secret);
  tcase_add_test(c, azure_with_workload_identity);
  tcase_add_test(c, azure_without_a_proof);
  return c;
}

SUITE("grants", case_exchange(), case_others())
