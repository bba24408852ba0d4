/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub token create.
 */
#include "token_command.h"
#include "token_manage.h"
#include "token_save.h"

#include <datahub/credential.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const dhub_option options[] = {
    {"name", 'n', "NAME", "what the token is called; required"},
    {"duration", 'd', "TIME", "1h, 1d, 7d, 30d (default), 90d, 180d, 365d or never"},
    {"actor", 0, "USER", "whom it acts as; needs \"Manage All Access Tokens\"\n(default: you)"},
    {"description", 0, "TEXT", "what it is for"},
    {"service-account", 0, "NAME",
     "for a service account, by its name or URN; one of that\nname is made where there is none"},
    {"save", 0, "FILE", "keep it in FILE, mode 0600, as the module `file` reads it"},
    {"save-env", 0, NULL, "keep server and token in ~/.datahubenv"},
    {"json", 0, NULL, "print token and metadata as JSON"},
    {NULL, 0, NULL, NULL},
};
static const dhub_option *const tables[] = {options, dhub_connection_options, NULL};
static const dhub_usage usage = {
    .command = "token create",
    .arguments = "--name NAME",
    .summary = "Makes a personal access token and prints it, once, on standard output.",
    .tables = tables,
    .notes =
        "It needs a credential to begin with: an older token, or the first one of the server.\n\n"
        "  dhub token create --name pipeline --duration 90d --save /etc/datahub/token",
};

/* The URN of a service account by its name, made where there is none. */
static int find_account(token_command *c, char **urn)
{
  json_object *data = NULL, *variables = json_object_new_object(),
              *input = json_object_new_object();
  json_object_object_add(input, "start", json_object_new_int(0));
  json_object_object_add(input, "count", json_object_new_int(1000));
  json_object_object_add(variables, "input", input);
  int code = dhub_graphql(&c->connection,
                          "query L($input: ListServiceAccountsInput!) { "
                          "listServiceAccounts(input: $input) { serviceAccounts { urn displayName "
                          "} } }",
                          variables, TOKEN_MANAGE_SERVICE, &data);
  json_object *list = dhub_json_at(data, "listServiceAccounts/serviceAccounts");
  for (size_t i = 0; list && !*urn && i < json_object_array_length(list); i++) {
    json_object *account = json_object_array_get_idx(list, i);
    const char *name = dhub_text_at(account, "displayName");
    if (name && !strcmp(name, c->service_account))
      *urn = strdup(dhub_text_at(account, "urn"));
  }
  json_object_put(data);
  return code;
}

static int make_account(token_command *c, char **urn)
{
  json_object *data = NULL, *variables = json_object_new_object(),
              *input = json_object_new_object();
  json_object_object_add(input, "displayName", json_object_new_string(c->service_account));
  json_object_object_add(variables, "input", input);
  int code = dhub_graphql(&c->connection,
                          "mutation A($input: CreateServiceAccountInput!) { "
                          "createServiceAccount(input: $input) { urn } }",
                          variables, TOKEN_MANAGE_SERVICE, &data);
  const char *made = dhub_text_at(data, "createServiceAccount/urn");
  *urn = made ? strdup(made) : NULL;
  json_object_put(data);
  if (code == DHUB_OK && *urn)
    dhub_say(&c->connection.output, "made the service account %s, %s", c->service_account, *urn);
  return code;
}

/* Whom the token is to act as, malloc'ed. */
static int find_actor(token_command *c, const char **privilege, char **urn)
{
  int code = DHUB_OK;
  *urn = NULL;
  *privilege = c->actor ? TOKEN_MANAGE_ALL : TOKEN_GENERATE;
  if (c->service_account) {
    *privilege = TOKEN_MANAGE_SERVICE;
    if (!strncmp(c->service_account, "urn:", 4)) {
      *urn = strdup(c->service_account);
      return DHUB_OK;
    }
    code = find_account(c, urn);
    return code == DHUB_OK && !*urn ? make_account(c, urn) : code;
  }
  if (c->actor) {
    bool whole = !strncmp(c->actor, "urn:", 4);
    return asprintf(urn, "%s%s", whole ? "" : TOKEN_USER, c->actor) < 0 ? DHUB_INTERNAL : DHUB_OK;
  }
  json_object *me = NULL;
  code = token_who(c, &me);
  if (code == DHUB_OK)
    *urn = strdup(dhub_text_at(me, "corpUser/urn"));
  json_object_put(me);
  return code;
}

static int keep(token_command *c, json_object *made)
{
  const char *token = dhub_text_at(made, "accessToken");
  dh_error error;
  int code = DHUB_OK;
  if (c->json)
    puts(json_object_to_json_string_ext(made, JSON_C_TO_STRING_PRETTY));
  else if (!c->save && !c->save_env)
    puts(token);
  if (c->save) {
    code = dhub_save_token(&c->connection.output, c->save, token);
    if (code == DHUB_OK)
      dhub_say(&c->connection.output, "the token is in %s", c->save);
  }
  if (code == DHUB_OK && c->save_env) {
    char *server = dh_server_of(c->connection.context, dhub_sink_config(&c->connection), &error);
    code = server ? dhub_save_env(&c->connection.output, server, token)
                  : dhub_fail(&c->connection.output, &error);
    free(server);
  }
  /* It must not be lost: nobody can show it again. */
  if (code != DHUB_OK && !c->json)
    puts(token);
  return code;
}

static int create(token_command *c, const char *duration)
{
  const char *privilege;
  char *actor = NULL;
  json_object *made = NULL;
  int code = find_actor(c, &privilege, &actor);
  if (code == DHUB_OK && !actor)
    code = DHUB_INTERNAL;
  if (code == DHUB_OK) {
    json_object *input = json_object_new_object();
    json_object_object_add(
        input, "type", json_object_new_string(c->service_account ? "SERVICE_ACCOUNT" : "PERSONAL"));
    json_object_object_add(input, "actorUrn", json_object_new_string(actor));
    json_object_object_add(input, "duration", json_object_new_string(duration));
    json_object_object_add(input, "name", json_object_new_string(c->name));
    if (c->description)
      json_object_object_add(input, "description", json_object_new_string(c->description));
    code = token_make(c, input, privilege, &made);
  }
  if (code == DHUB_OK)
    code = keep(c, made);
  json_object_put(made);
  free(actor);
  return code;
}

int dhub_token_create(int argc, char **argv)
{
  token_command c = TOKEN_COMMAND_INIT("token create");
  int first = dhub_parse(&usage, argc, argv, token_set_option, &c);
  if (first < 0)
    return first == DHUB_PARSE_HELP ? DHUB_OK : DHUB_USAGE;
  if (first != argc)
    return dhub_usage_error(usage.command, "unexpected argument '%s'", argv[first]);
  if (!c.name || !*c.name)
    return dhub_usage_error(usage.command, "--name is missing: say what the token is to be called");
  if (c.actor && c.service_account)
    return dhub_usage_error(usage.command, "--actor and --service-account: give one of them");
  const char *duration = token_duration(usage.command, c.duration);
  if (!duration)
    return DHUB_USAGE;
  int code = dhub_connect(&c.connection);
  if (code == DHUB_OK && c.save)
    code = dhub_save_check(&c.connection.output, c.save);
  if (code == DHUB_OK)
    code = create(&c, duration);
  dhub_disconnect(&c.connection);
  return code;
}
