/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub auth: where the credential comes from, what it says of itself, and what the server
 * makes of it. Never the credential.
 */
#include "auth_words.h"
#include "command.h"
#include "graphql.h"

#include "metadata/json.h"

#include <datahub/emitter.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 60000

typedef struct auth_command {
  dhub_connection connection;
  char *server;
  dh_credentials *credentials;
  dh_credential *credential; /* NULL: none is configured */
  auth_claims claims;
} auth_command;

static const dhub_option *const tables[] = {dhub_connection_options, NULL};

static const dhub_usage usage = {
    .command = "auth",
    .arguments = "test|explain",
    .summary = "explain: says which source the credential is taken from, and why not from the "
               "others.\ntest: obtains it, shows what it says of itself, and tries it on the "
               "server.",
    .tables = tables,
    .notes =
        "The credential itself is never shown.\n\n"
        "Exit status: 0 the server takes it (or wants none); 2 usage or configuration; 3 there "
        "is\nnone, or it is refused; 4 the server cannot be reached, or is no GMS.",
};

static bool set_option(void *arg, const dhub_option *option, char *value)
{
  auth_command *command = arg;
  return dhub_connection_set(&command->connection, option, value);
}

static int64_t now_of(const auth_command *command)
{
  return dh_wall_ms(command->connection.context) / 1000;
}

static int open_credentials(auth_command *command)
{
  dh_error error;
  dhub_connection *connection = &command->connection;
  const dh_config *sink = dhub_sink_config(connection);
  command->server = dh_server_of(connection->context, sink, &error);
  if (!command->server)
    return dhub_fail(&connection->output, &error);
  printf("server: %s\n", command->server);
  command->credentials = dh_credentials_open(connection->context, sink, command->server, &error);
  return command->credentials ? DHUB_OK : dhub_fail(&connection->output, &error);
}

static void print_line(void *arg, const char *text)
{
  (void)arg;
  printf("  %s\n", text);
}

static int explain(auth_command *command)
{
  printf("sources, in the order in which they are looked at:\n");
  dh_credentials_explain(command->credentials, print_line, NULL);
  return DHUB_OK;
}

/* --- the credential --- */

static void print_claims(const auth_claims *claims)
{
  struct json_object *alg = NULL;
  json_object_object_get_ex(claims->header, "alg", &alg);
  printf("JWT: signed %s; its claims (not verified here):\n%s\n",
         alg ? json_object_get_string(alg) : "by no algorithm",
         json_object_to_json_string_ext(claims->payload, JSON_C_TO_STRING_PRETTY |
                                                             JSON_C_TO_STRING_SPACED |
                                                             JSON_C_TO_STRING_NOSLASHESCAPE));
}

static int obtain(auth_command *command)
{
  dh_error error;
  dh_status status =
      dh_credentials_get(command->credentials, WAIT_MS, &command->credential, &error);
  if (status != DH_OK) {
    int code = dhub_fail(&command->connection.output, &error);
    return code == DHUB_UNREACHABLE ? DHUB_AUTH : code;
  }
  const dh_credential *credential = command->credential;
  if (!credential) {
    printf("credential: none is configured\n");
    return DHUB_OK;
  }
  printf("credential: %s, from %s\n", dh_credential_scheme(credential),
         dh_credential_origin(credential));
  if (dh_credential_expiry(credential))
    auth_print_time("expires: ", dh_credential_expiry(credential) / 1000, now_of(command));
  else
    printf("expires: not said by its source\n");
  if (auth_claims_read(&command->claims, dh_secret_bytes(dh_credential_value(credential), NULL)))
    print_claims(&command->claims);
  return DHUB_OK;
}

/* --- the server --- */

static int send(auth_command *command, const char *method, const char *path, const char *body,
                const dh_credential *credential, dhub_reply *reply)
{
  dh_error error;
  memset(reply, 0, sizeof(*reply));
  if (asprintf(&reply->url, "%s%s", command->server, path) < 0) {
    reply->url = NULL;
    return DHUB_INTERNAL;
  }
  if (dhub_send(&command->connection, method, body, credential, reply, &error) == DH_OK)
    return DHUB_OK;
  return dhub_fail(&command->connection.output, &error);
}

static int try_config(auth_command *command)
{
  dhub_reply reply;
  int code = send(command, "GET", "/config", NULL, NULL, &reply);
  if (code == DHUB_OK && !auth_explain_config(&reply))
    code = DHUB_UNREACHABLE;
  dhub_reply_free(&reply);
  return code;
}

/* A read that wants authentication, without any: whether GMS asks for it at all. */
static int try_without(auth_command *command, bool *is_off)
{
  dhub_reply reply;
  int code = send(command, "GET", "/entitiesV2/urn%3Ali%3Acorpuser%3Adatahub", NULL, NULL, &reply);
  *is_off = code == DHUB_OK && (reply.status == 200 || reply.status == 404);
  if (*is_off)
    printf("authentication is switched off on this server: it answers to anyone, whatever token is "
           "sent (METADATA_SERVICE_AUTH_ENABLED on GMS)\n");
  dhub_reply_free(&reply);
  return code;
}

/* What the user may not do is told apart from who it is: the server takes the token all the
 * same. System clients are above all policies. */
static void try_privileges(auth_command *command, const char *urn)
{
  char body[1024];
  dhub_reply reply;
  if (!strcmp(dh_credential_scheme(command->credential), "Basic"))
    return;
  struct json_object *actor = json_object_new_string(urn);
  snprintf(body, sizeof(body),
           "{\"query\":\"query p($actor: String!) { getGrantedPrivileges(input: {actorUrn: $actor, "
           "resourceSpec: {resourceType: DATASET, resourceUrn: "
           "\\\"urn:li:dataset:(urn:li:dataPlatform:dhub,auth-test,PROD)\\\"}}) { privileges } }\","
           "\"variables\":{\"actor\":%s}}",
           json_object_to_json_string_ext(actor, JSON_C_TO_STRING_PLAIN));
  json_object_put(actor);
  if (send(command, "POST", "/api/graphql", body, command->credential, &reply) == DHUB_OK)
    auth_explain_privileges(urn, &reply);
  dhub_reply_free(&reply);
}

static int judge(auth_command *command, const dhub_reply *reply)
{
  struct json_object *tree = NULL;
  if (reply->status == 401) {
    auth_explain_401(command->credential, &command->claims, reply, now_of(command));
    return DHUB_AUTH;
  }
  if (reply->status == 403) {
    auth_explain_403(reply);
    return DHUB_AUTH;
  }
  if (reply->status != 200 && reply->status != 404) {
    printf("undecided: %s answers %ld\n", reply->url, reply->status);
    return DHUB_UNREACHABLE;
  }
  if (reply->status == 200)
    tree = dh_json_tree(reply->body, reply->size);
  const char *urn = dhub_text_at(tree, "data/me/corpUser/urn");
  printf("accepted%s%s\n", urn ? ": you are " : "", urn ? urn : "");
  if (urn && command->credential)
    try_privileges(command, urn);
  json_object_put(tree);
  return DHUB_OK;
}

static int try_with(auth_command *command)
{
  dhub_reply reply;
  int code = send(command, "POST", "/api/graphql",
                  "{\"query\":\"query me { me { corpUser { urn } } }\",\"variables\":{}}",
                  command->credential, &reply);
  /* A GMS without GraphQL: any read that wants authentication will do. */
  if (code == DHUB_OK && (reply.status == 404 || reply.status == 405)) {
    dhub_reply_free(&reply);
    code = send(command, "GET", "/entitiesV2/urn%3Ali%3Acorpuser%3Adatahub", NULL,
                command->credential, &reply);
  }
  if (code == DHUB_OK)
    code = judge(command, &reply);
  dhub_reply_free(&reply);
  return code;
}

static int test(auth_command *command)
{
  bool is_off = false;
  int code = obtain(command);
  if (code == DHUB_OK)
    code = try_config(command);
  if (code == DHUB_OK)
    code = try_without(command, &is_off);
  return code == DHUB_OK && !is_off ? try_with(command) : code;
}

int dhub_cmd_auth(int argc, char **argv)
{
  auth_command command = {.connection = DHUB_CONNECTION_INIT("auth")};
  int first = dhub_parse(&usage, argc, argv, set_option, &command);
  if (first < 0)
    return first == DHUB_PARSE_HELP ? DHUB_OK : DHUB_USAGE;
  const char *what = argc - first == 1 ? argv[first] : "";
  bool is_test = !strcmp(what, "test");
  if (!is_test && strcmp(what, "explain"))
    return dhub_usage_error("auth", "one of `test` and `explain` is wanted");
  int code = dhub_connect(&command.connection);
  if (code == DHUB_OK)
    code = open_credentials(&command);
  if (code == DHUB_OK)
    code = is_test ? test(&command) : explain(&command);
  auth_claims_clear(&command.claims);
  dh_credential_unref(command.credential);
  dh_credentials_close(command.credentials);
  free(command.server);
  dhub_disconnect(&command.connection);
  return code;
}
