/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what on dhub-gms: tokens, users, policies, and the GraphQL that manages them.
 * The flows are those of DataHub's own tests of revocable tokens.
 */
#include "suite.h"
#include "support/tmpdir.h"
#include "tools/gms/process.h"

#include <datahub/token.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY "a signing key for tests only"
#define SALT "a salt for tests only"
#define USER "urn:li:corpuser:"

static const char config_text[] =
    "token_service = { signing_key = \"" KEY "\"; salt = \"" SALT "\"; };\n"
    "system_client = { id = \"__datahub_system\"; secret = \"a secret for tests only\"; };\n"
    "users = ( { name = \"datahub\"; groups = ( \"admins\" ); }, { name = \"jdoe\"; },\n"
    "  { name = \"other\"; }, { name = \"old\"; active = false; } );\n"
    "policies = (\n"
    "  { name = \"a\"; groups = ( \"admins\" ); privileges = ( \"Generate Personal Access "
    "Tokens\",\n"
    "    \"Manage All Access Tokens\", \"Manage Service Accounts\", \"Edit Entity\" ); },\n"
    "  { name = \"b\"; users = ( \"jdoe\" ); privileges = ( \"Generate Personal Access Tokens\" ); "
    "},\n"
    "  { name = \"c\"; users = ( \"jdoe\", \"service_*\" ); privileges = ( \"Edit Entity\" );\n"
    "    entities = ( \"tag\" ); } );\n";

static gms_process gms;
static char *dir, *config, *admin_file, *admin;

static void start(void)
{
  const char *const arguments[] = {"--config", config, "--data", dir, "--bootstrap-token-file",
                                   admin_file, NULL};
  gms_start(&gms, arguments);
  admin = test_read(admin_file, NULL);
  admin[strcspn(admin, "\n")] = '\0';
}

static void setup(void)
{
  dir = test_tmpdir_new();
  config = test_file(dir, "gms.cfg", config_text, strlen(config_text), 0600);
  admin_file = test_path(dir, "admin.token");
  start();
}

static void teardown(void)
{
  ck_assert_int_eq(gms_stop(&gms), 0);
  free(admin);
  free(admin_file);
  free(config);
  test_tmpdir_remove(dir);
}

/* A token as GMS signs them, listed nowhere: of version 1 where `version` says so. */
static char *mint(const char *user, const char *version, int64_t expires_at_ms, const char *key)
{
  dh_error error;
  dh_context *context = dh_context_new(NULL, &error);
  dh_secret *secret = dh_secret_new(context, key, strlen(key));
  dh_pat_claims claims = {.struct_size = sizeof(claims),
                          .type = "PERSONAL",
                          .version = version,
                          .actor_type = "USER",
                          .actor_id = user,
                          .expires_at_ms = expires_at_ms};
  dh_secret *token = dh_pat_mint(context, secret, &claims, &error);
  ck_assert_ptr_nonnull(token);
  char *out = strdup(dh_secret_bytes(token, NULL));
  dh_secret_free(token);
  dh_secret_free(secret);
  dh_context_free(context);
  return out;
}

/* A GraphQL request; `variables` is JSON, or NULL. */
static gms_answer graphql(const char *token, const char *query, const char *variables)
{
  json_object *body = json_object_new_object();
  json_object_object_add(body, "query", json_object_new_string(query));
  if (variables)
    json_object_object_add(body, "variables", json_tokener_parse(variables));
  gms_answer answer = gms_call(&gms, "POST", "/api/graphql", token,
                               json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN));
  json_object_put(body);
  return answer;
}

/* Makes a token for `user` as `token` may; its text goes to `made`, its id to `id`. */
static int create_for(const char *token, const char *user, char made[2048], char id[64])
{
  char query[512];
  snprintf(query, sizeof(query),
           "mutation { createAccessToken(input: {type: PERSONAL, actorUrn: \"" USER
           "%s\", duration: ONE_HOUR, name: \"t\"}) { accessToken metadata { id } } }",
           user);
  gms_answer answer = graphql(token, query, NULL);
  ck_assert_int_eq(answer.status, 200);
  snprintf(made, 2048, "%s", gms_at(&answer, "data/createAccessToken/accessToken"));
  snprintf(id, 64, "%s", gms_at(&answer, "data/createAccessToken/metadata/id"));
  int code = atoi(gms_at(&answer, "errors/0/extensions/code"));
  gms_answer_clear(&answer);
  return code;
}

static int revoke_token(const char *token, const char *id)
{
  char variables[128];
  snprintf(variables, sizeof(variables), "{\"id\":\"%s\"}", id);
  gms_answer answer =
      graphql(token, "mutation R($id: String!) { revokeAccessToken(tokenId: $id) }", variables);
  int code = atoi(gms_at(&answer, "errors/0/extensions/code"));
  if (!code)
    ck_assert_str_eq(gms_at(&answer, "data/revokeAccessToken"), "true");
  gms_answer_clear(&answer);
  return code;
}

static int status_of(const char *method, const char *path, const char *token, const char *body)
{
  gms_answer answer = gms_call(&gms, method, path, token, body);
  int status = answer.status;
  gms_answer_clear(&answer);
  return status;
}

static int me(const char *token)
{
  return status_of("POST", "/api/graphql", token, "{\"query\":\"{ me { corpUser { urn } } }\"}");
}

static void write_is(int expected, const char *token, const char *urn)
{
  char body[512], type[32];
  sscanf(urn, "urn:li:%31[^:]", type);
  snprintf(body, sizeof(body),
           "{\"proposal\":{\"entityType\":\"%s\",\"entityUrn\":\"%s\",\"changeType\":\"UPSERT\","
           "\"aspectName\":\"status\",\"aspect\":{\"contentType\":\"application/json\",\"value\":"
           "\"{\\\"removed\\\":false}\"}}}",
           type, urn);
  gms_answer answer = gms_call(&gms, "POST", "/aspects?action=ingestProposal", token, body);
  ck_assert_msg(answer.status == expected, "%d %s", answer.status, answer.text);
  if (expected == 403)
    ck_assert_ptr_nonnull(strstr(gms_at(&answer, "message"), "is unauthorized to modify entity"));
  gms_answer_clear(&answer);
}

static const struct {
  const char *method, *path;
} closed[] = {
    {"POST", "/aspects?action=ingestProposal"},
    {"POST", "/aspects?action=ingestProposalBatch"},
    {"POST", "/entities?action=ingest"},
    {"POST", "/entities?action=delete"},
    {"POST", "/usageStats?action=batchIngest"},
    {"GET", "/entities/urn:li:corpuser:datahub"},
    {"GET", "/entitiesV2/urn:li:corpuser:datahub"},
    {"GET", "/aspects/urn:li:corpuser:datahub?aspect=status"},
    {"GET", "/openapi/v3/entity/corpuser/urn:li:corpuser:datahub"},
    {"POST", "/openapi/v3/entity/corpuser"},
    {"POST", "/openapi/v1/trace/write/00000000000000000000000000000000"},
    {"POST", "/api/graphql"},
    {"POST", "/api/v2/graphql"},
    {"GET", "/api/gms/entities/urn:li:corpuser:datahub"},
    {"GET", "/nowhere"},
};
#define CLOSED (int)(sizeof(closed) / sizeof(closed[0]))

static void refused_everywhere(const char *token)
{
  for (int i = 0; i < CLOSED; i++) {
    bool post = !strcmp(closed[i].method, "POST");
    gms_answer answer = gms_call(&gms, closed[i].method, closed[i].path, token, post ? "{}" : NULL);
    ck_assert_msg(answer.status == 401, "%s: %d", closed[i].path, answer.status);
    ck_assert_ptr_nonnull(strstr(answer.text, "Unauthorized to perform this action."));
    gms_answer_clear(&answer);
  }
}

START_TEST(open_paths_ask_nothing)
{
  ck_assert_int_eq(status_of("GET", "/health", NULL, NULL), 200);
  ck_assert_int_eq(status_of("GET", "/config", NULL, NULL), 200);
  ck_assert_int_eq(status_of("GET", "/api/gms/config", NULL, NULL), 200);
}
END_TEST

START_TEST(no_credential_is_401_everywhere)
{
  refused_everywhere(NULL);
}
END_TEST

START_TEST(words_that_are_no_token_are_401)
{
  static const char *const values[] = {"Bearer", "Bearer x", "Basic datahub:x", "Token x y",
                                       "BEARER x"};
  for (size_t i = 0; i < 5; i++)
    ck_assert_int_eq(me(values[i]), 401);
}
END_TEST

START_TEST(expired_token_is_401_everywhere)
{
  char *token = mint("datahub", "2", 1000, KEY);
  refused_everywhere(token);
  free(token);
}
END_TEST

START_TEST(revoked_token_is_401_everywhere_at_once)
{
  char token[2048], id[64];
  ck_assert_int_eq(create_for(admin, "datahub", token, id), 0);
  ck_assert_int_eq(me(token), 200);
  ck_assert_int_eq(revoke_token(admin, id), 0);
  refused_everywhere(token);
}
END_TEST

START_TEST(token_of_another_key_is_401)
{
  char *token = mint("datahub", "1", 0, "another key altogether");
  ck_assert_int_eq(me(token), 401);
  free(token);
}
END_TEST

START_TEST(unlisted_token_of_version_2_is_401_and_of_version_1_good)
{
  char *two = mint("datahub", "2", 0, KEY), *one = mint("datahub", "1", 0, KEY);
  ck_assert_int_eq(me(two), 401);
  ck_assert_int_eq(me(one), 200);
  free(one);
  free(two);
}
END_TEST

START_TEST(unknown_and_deactivated_users_are_401)
{
  char *old = mint("old", "1", 0, KEY), *nobody = mint("nobody", "1", 0, KEY);
  ck_assert_int_eq(me(old), 401);
  ck_assert_int_eq(me(nobody), 401);
  free(old);
  free(nobody);
}
END_TEST

START_TEST(system_client_is_let_in_by_its_pair)
{
  ck_assert_int_eq(me("Basic __datahub_system:a secret for tests only"), 200);
  ck_assert_int_eq(me("Basic __datahub_system:another"), 401);
  write_is(200, "Basic __datahub_system:a secret for tests only", "urn:li:tag:a");
}
END_TEST

START_TEST(old_expired_tokens_are_purged)
{
  dh_error error;
  char *path = test_path(dir, "tokens.db");
  ck_assert_int_eq(gms_stop(&gms), 0);
  dh_pat_store *store = dh_pat_store_open(path, 0, &error);
  const dh_pat_record old = {.struct_size = sizeof(old),
                             .id = "long ago",
                             .name = "long ago",
                             .type = "PERSONAL",
                             .actor_urn = USER "datahub",
                             .owner_urn = USER "datahub",
                             .created_at_ms = 1,
                             .expires_at_ms = 2};
  ck_assert_int_eq(dh_pat_store_insert(store, &old, &error), DH_OK);
  dh_pat_store_close(store);
  free(path);
  free(admin);
  start();
  gms_answer answer = graphql(admin, "{ listAccessTokens(input: {}) { tokens { name } } }", NULL);
  ck_assert_ptr_null(strstr(answer.text, "long ago"));
  ck_assert_ptr_nonnull(strstr(answer.text, "bootstrap"));
  gms_answer_clear(&answer);
}
END_TEST

/* The first curl line of DataHub's page on personal access tokens. */
START_TEST(documented_entity_is_there)
{
  static const char at[] = "value/com.linkedin.metadata.snapshot.CorpUserSnapshot/urn";
  static const char *const paths[] = {"/entities/urn:li:corpuser:datahub",
                                      "/api/gms/entities/urn:li:corpuser:datahub"};
  for (size_t i = 0; i < 2; i++) {
    gms_answer answer = gms_call(&gms, "GET", paths[i], admin, NULL);
    ck_assert_int_eq(answer.status, 200);
    ck_assert_str_eq(gms_at(&answer, at), USER "datahub");
    gms_answer_clear(&answer);
  }
}
END_TEST

START_TEST(admin_creates_lists_and_revokes)
{
  char token[2048], id[64];
  ck_assert_int_eq(create_for(admin, "datahub", token, id), 0);
  gms_answer answer = graphql(
      admin, "{ listAccessTokens(input: {start: 0, count: 20}) { total tokens { id } } }", NULL);
  ck_assert_str_eq(gms_at(&answer, "data/listAccessTokens/total"), "2"); /* and the first */
  gms_answer_clear(&answer);
  ck_assert_int_eq(revoke_token(admin, id), 0);
  answer = graphql(
      admin, "{ listAccessTokens(input: {start: 0, count: 20}) { total tokens { id } } }", NULL);
  ck_assert_str_eq(gms_at(&answer, "data/listAccessTokens/total"), "1");
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(admin_creates_for_another_and_revokes)
{
  char token[2048], id[64];
  ck_assert_int_eq(create_for(admin, "other", token, id), 0);
  gms_answer answer = graphql(token, "{ me { corpUser { username } } }", NULL);
  ck_assert_str_eq(gms_at(&answer, "data/me/corpUser/username"), "other");
  gms_answer_clear(&answer);
  ck_assert_int_eq(revoke_token(admin, id), 0);
  ck_assert_int_eq(me(token), 401);
}
END_TEST

START_TEST(user_creates_for_himself_only)
{
  char *jdoe = mint("jdoe", "1", 0, KEY), token[2048], id[64];
  ck_assert_int_eq(create_for(jdoe, "datahub", token, id), 403);
  ck_assert_str_eq(token, "");
  ck_assert_int_eq(create_for(jdoe, "jdoe", token, id), 0);
  ck_assert_int_eq(me(token), 200);
  free(jdoe);
}
END_TEST

START_TEST(user_without_the_privilege_creates_none)
{
  char *other = mint("other", "1", 0, KEY), token[2048], id[64];
  ck_assert_int_eq(create_for(other, "other", token, id), 403);
  free(other);
}
END_TEST

/* As GMS: who may make none has none to list. */
START_TEST(user_without_the_privilege_lists_none)
{
  char *other = mint("other", "1", 0, KEY);
  gms_answer answer =
      graphql(other,
              "{ listAccessTokens(input: {filters: [{field: \"ownerUrn\", values: [\"" USER
              "other\"]}]}) { total } }",
              NULL);
  ck_assert_str_eq(gms_at(&answer, "errors/0/extensions/code"), "403");
  gms_answer_clear(&answer);
  free(other);
}
END_TEST

static void check_granted(const char *token, const char *actor, const char *resource,
                          const char *path, const char *wanted)
{
  char query[600];
  snprintf(query, sizeof(query),
           "{ getGrantedPrivileges(input: {actorUrn: \"%s\"%s}) { privileges } }", actor, resource);
  gms_answer answer = graphql(token, query, NULL);
  ck_assert_msg(!strcmp(gms_at(&answer, path), wanted), "%s", answer.text);
  gms_answer_clear(&answer);
}

START_TEST(privileges_are_told_to_oneself)
{
  static const char dataset[] = ", resourceSpec: {resourceType: DATASET, resourceUrn: "
                                "\"urn:li:dataset:(urn:li:dataPlatform:x,y,PROD)\"}";
  static const char first[] = "data/getGrantedPrivileges/privileges/0";
  char *jdoe = mint("jdoe", "1", 0, KEY), *other = mint("other", "1", 0, KEY);
  check_granted(admin, USER "datahub", dataset, first, "EDIT_ENTITY");
  check_granted(other, USER "other", dataset, first, "");
  check_granted(jdoe, USER "jdoe", "", first, "GENERATE_PERSONAL_ACCESS_TOKENS");
  check_granted(jdoe, USER "other", "", "errors/0/extensions/code", "403");
  free(jdoe);
  free(other);
}
END_TEST

START_TEST(user_lists_his_own_only)
{
  char *jdoe = mint("jdoe", "1", 0, KEY), token[2048], id[64];
  ck_assert_int_eq(create_for(jdoe, "jdoe", token, id), 0);
  gms_answer answer = graphql(jdoe, "{ listAccessTokens(input: {}) { total } }", NULL);
  ck_assert_str_eq(gms_at(&answer, "errors/0/extensions/type"), "UNAUTHORIZED");
  ck_assert_str_eq(gms_at(&answer, "data"), "");
  gms_answer_clear(&answer);
  answer = graphql(jdoe,
                   "{ listAccessTokens(input: {filters: [{field: \"ownerUrn\", values: [\"" USER
                   "jdoe\"]}]}) { total tokens { ownerUrn } } }",
                   NULL);
  ck_assert_str_eq(gms_at(&answer, "data/listAccessTokens/total"), "1");
  ck_assert_str_eq(gms_at(&answer, "data/listAccessTokens/tokens/0/ownerUrn"), USER "jdoe");
  gms_answer_clear(&answer);
  answer = graphql(jdoe,
                   "{ listAccessTokens(input: {filters: [{field: \"ownerUrn\", values: [\"" USER
                   "jdoe\", \"" USER "datahub\"]}]}) { total } }",
                   NULL);
  ck_assert_str_eq(gms_at(&answer, "errors/0/extensions/code"), "403");
  gms_answer_clear(&answer);
  free(jdoe);
}
END_TEST

START_TEST(user_revokes_his_own_only)
{
  char *jdoe = mint("jdoe", "1", 0, KEY), theirs[2048], their_id[64], own[2048], own_id[64];
  ck_assert_int_eq(create_for(admin, "other", theirs, their_id), 0);
  ck_assert_int_eq(create_for(jdoe, "jdoe", own, own_id), 0);
  ck_assert_int_eq(revoke_token(jdoe, their_id), 403);
  ck_assert_int_eq(me(theirs), 200);
  ck_assert_int_eq(revoke_token(jdoe, own_id), 0);
  ck_assert_int_eq(me(own), 401);
  free(jdoe);
}
END_TEST

START_TEST(metadata_of_a_token_is_for_managers)
{
  char *jdoe = mint("jdoe", "1", 0, KEY), token[2048], id[64], query[2200];
  ck_assert_int_eq(create_for(admin, "other", token, id), 0);
  snprintf(query, sizeof(query), "{ getAccessTokenMetadata(token: \"%s\") { id actorUrn } }",
           token);
  gms_answer answer = graphql(admin, query, NULL);
  ck_assert_str_eq(gms_at(&answer, "data/getAccessTokenMetadata/id"), id);
  ck_assert_str_eq(gms_at(&answer, "data/getAccessTokenMetadata/actorUrn"), USER "other");
  gms_answer_clear(&answer);
  answer = graphql(jdoe, query, NULL);
  ck_assert_str_eq(gms_at(&answer, "errors/0/extensions/code"), "403");
  gms_answer_clear(&answer);
  free(jdoe);
}
END_TEST

START_TEST(token_is_an_entity_until_it_is_revoked)
{
  char token[2048], id[64], path[256] = "/entitiesV2/urn%3Ali%3AdataHubAccessToken%3A";
  ck_assert_int_eq(create_for(admin, "datahub", token, id), 0);
  for (const char *c = id; *c; c++)
    sprintf(path + strlen(path), "%%%02X", (unsigned char)*c);
  gms_answer answer = gms_call(&gms, "GET", path, admin, NULL);
  ck_assert_int_eq(answer.status, 200);
  ck_assert_str_eq(gms_at(&answer, "aspects/dataHubAccessTokenInfo/value/actorUrn"),
                   USER "datahub");
  ck_assert_str_eq(gms_at(&answer, "aspects/dataHubAccessTokenKey/value/id"), id);
  gms_answer_clear(&answer);
  ck_assert_int_eq(revoke_token(admin, id), 0);
  ck_assert_int_eq(status_of("GET", path, admin, NULL), 404);
}
END_TEST

START_TEST(service_account_has_tokens_until_it_is_deleted)
{
  char urn[128], query[512], token[2048];
  gms_answer answer = graphql(
      admin, "mutation { createServiceAccount(input: {displayName: \"ci\"}) { urn } }", NULL);
  snprintf(urn, sizeof(urn), "%s", gms_at(&answer, "data/createServiceAccount/urn"));
  gms_answer_clear(&answer);
  snprintf(query, sizeof(query),
           "mutation { createAccessToken(input: {type: SERVICE_ACCOUNT, actorUrn: \"%s\", "
           "duration: NO_EXPIRY, name: \"ci\"}) { accessToken metadata { expiresAt } } }",
           urn);
  answer = graphql(admin, query, NULL);
  snprintf(token, sizeof(token), "%s", gms_at(&answer, "data/createAccessToken/accessToken"));
  ck_assert_str_eq(gms_at(&answer, "data/createAccessToken/metadata/expiresAt"), "");
  gms_answer_clear(&answer);
  ck_assert_int_eq(me(token), 200);
  write_is(200, token, "urn:li:tag:a");
  answer = graphql(
      admin, "{ listServiceAccounts(input: {}) { total serviceAccounts { displayName } } }", NULL);
  ck_assert_str_eq(gms_at(&answer, "data/listServiceAccounts/serviceAccounts/0/displayName"), "ci");
  gms_answer_clear(&answer);
  snprintf(query, sizeof(query), "mutation { deleteServiceAccount(urn: \"%s\") }", urn);
  answer = graphql(admin, query, NULL);
  ck_assert_str_eq(gms_at(&answer, "data/deleteServiceAccount"), "true");
  gms_answer_clear(&answer);
  ck_assert_int_eq(me(token), 401);
}
END_TEST

START_TEST(writing_needs_the_privilege_on_that_type)
{
  char *jdoe = mint("jdoe", "1", 0, KEY), *other = mint("other", "1", 0, KEY);
  write_is(200, jdoe, "urn:li:tag:a");
  write_is(403, jdoe, "urn:li:corpuser:jdoe");
  write_is(403, other, "urn:li:tag:a");
  write_is(200, admin, "urn:li:corpuser:jdoe");
  free(jdoe);
  free(other);
}
END_TEST

/* Whoever edits entities must not list tokens as good that were never issued. */
START_TEST(token_entities_are_the_servers_own)
{
  ck_assert_int_eq(status_of("POST", "/entities?action=delete", admin,
                             "{\"urn\":\"urn:li:dataHubAccessToken:x\"}"),
                   403);
}
END_TEST

START_TEST(users_are_read_anew_on_sighup)
{
  char *jdoe = mint("jdoe", "1", 0, KEY);
  ck_assert_int_eq(me(jdoe), 200);
  free(
      test_file_text(dir, "gms.cfg",
                     "users = ( { name = \"datahub\"; }, { name = \"jdoe\"; active = false; } );"));
  kill(gms.pid, SIGHUP);
  /* It says nothing when it is done: the answer changes once, and only then. */
  for (int i = 0; i < 600 && me(jdoe) == 200; i++)
    usleep(10000);
  ck_assert_int_eq(me(jdoe), 401);
  free(jdoe);
}
END_TEST

START_TEST(first_token_and_keys_outlive_a_restart)
{
  char *before = strdup(admin);
  ck_assert_int_eq(gms_stop(&gms), 0);
  free(admin);
  start();
  ck_assert_str_eq(admin, before);
  ck_assert_int_eq(me(admin), 200);
  free(before);
}
END_TEST

/* The file that is shown to everyone works as it is. */
START_TEST(example_of_users_is_taken)
{
  static const char *const arguments[] = {"--config", SRCDIR "/examples/config/users.cfg", NULL};
  gms_process other;
  gms_start(&other, arguments);
  ck_assert_int_eq(gms_stop(&other), 0);
}
END_TEST

START_TEST(deprecated_get_access_token_works)
{
  char token[2048];
  gms_answer answer = graphql(admin,
                              "{ getAccessToken(input: {type: PERSONAL, actorUrn: \"" USER
                              "datahub\", duration: ONE_DAY}) { accessToken } }",
                              NULL);
  snprintf(token, sizeof(token), "%s", gms_at(&answer, "data/getAccessToken/accessToken"));
  gms_answer_clear(&answer);
  ck_assert_int_eq(me(token), 200);
}
END_TEST

START_TEST(first_token_is_closed_to_others)
{
  struct stat st;
  ck_assert_int_eq(stat(admin_file, &st), 0);
  ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(no_token_is_made_without_authentication)
{
  static const char *const arguments[] = {"--auth", "off", NULL};
  char token[2048], id[64];
  gms_process on = gms;
  gms_start(&gms, arguments);
  ck_assert_int_eq(create_for(NULL, "datahub", token, id), 400);
  gms_answer answer = graphql(NULL,
                              "mutation { createAccessToken(input: {type: PERSONAL, actorUrn: "
                              "\"" USER "datahub\", duration: ONE_DAY, name: \"t\"}) { "
                              "accessToken } }",
                              NULL);
  ck_assert_str_eq(gms_at(&answer, "errors/0/message"),
                   "Token based authentication is currently disabled. Contact your DataHub "
                   "administrator to enable this feature.");
  gms_answer_clear(&answer);
  ck_assert_int_eq(gms_stop(&gms), 0);
  gms = on;
}
END_TEST

static TCase *all_cases(void)
{
  TCase *tc = tcase_create("auth");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, open_paths_ask_nothing);
  tcase_add_test(tc, no_credential_is_401_everywhere);
  tcase_add_test(tc, words_that_are_no_token_are_401);
  tcase_add_test(tc, expired_token_is_401_everywhere);
  tcase_add_test(tc, revoked_token_is_401_everywhere_at_once);
  tcase_add_test(tc, token_of_another_key_is_401);
  tcase_add_test(tc, unlisted_token_of_version_2_is_401_and_of_version_1_good);
  tcase_add_test(tc, unknown_and_deactivated_users_are_401);
  tcase_add_test(tc, system_client_is_let_in_by_its_pair);
  tcase_add_test(tc, old_expired_tokens_are_purged);
  tcase_add_test(tc, documented_entity_is_there);
  tcase_add_test(tc, admin_creates_lists_and_revokes);
  tcase_add_test(tc, admin_creates_for_another_and_revokes);
  tcase_add_test(tc, user_creates_for_himself_only);
  tcase_add_test(tc, user_without_the_privilege_creates_none);
  tcase_add_test(tc, user_lists_his_own_only);
  tcase_add_test(tc, user_without_the_privilege_lists_none);
  tcase_add_test(tc, privileges_are_told_to_oneself);
  tcase_add_test(tc, user_revokes_his_own_only);
  tcase_add_test(tc, metadata_of_a_token_is_for_managers);
  tcase_add_test(tc, token_is_an_entity_until_it_is_revoked);
  tcase_add_test(tc, service_account_has_tokens_until_it_is_deleted);
  tcase_add_test(tc, writing_needs_the_privilege_on_that_type);
  tcase_add_test(tc, token_entities_are_the_servers_own);
  tcase_add_test(tc, users_are_read_anew_on_sighup);
  tcase_add_test(tc, first_token_and_keys_outlive_a_restart);
  tcase_add_test(tc, example_of_users_is_taken);
  tcase_add_test(tc, deprecated_get_access_token_works);
  tcase_add_test(tc, first_token_is_closed_to_others);
  tcase_add_test(tc, no_token_is_made_without_authentication);
  return tc;
}

SUITE("gms_auth", all_cases())
