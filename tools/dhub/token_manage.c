/* SPDX-License-Identifier: Apache-2.0 */
#include "token_manage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define MOST 10000

bool token_set_option(void *arg, const dhub_option *option, char *value)
{
  token_command *c = arg;
  const struct {
    const char *name;
    const char **text;
    bool *flag;
  } known[] = {{"name", &c->name, NULL},
               {"duration", &c->duration, NULL},
               {"actor", &c->actor, NULL},
               {"description", &c->description, NULL},
               {"service-account", &c->service_account, NULL},
               {"save", &c->save, NULL},
               {"save-env", NULL, &c->save_env},
               {"json", NULL, &c->json},
               {"all", NULL, &c->all},
               {"expired", NULL, &c->expired}};
  if (dhub_connection_set(&c->connection, option, value))
    return true;
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
    if (strcmp(known[i].name, option->name))
      continue;
    if (known[i].text)
      *known[i].text = value;
    else
      *known[i].flag = true;
    return true;
  }
  char *equals = strchr(value, '='); /* --filter */
  if (!equals || equals == value) {
    dhub_usage_error(c->connection.command, "--filter wants FIELD=VALUE, not '%s'", value);
    return false;
  }
  *equals = '\0';
  c->filter_field = value;
  c->filter_value = equals + 1;
  return true;
}

int token_who(token_command *command, json_object **me)
{
  json_object *data = NULL;
  int code = dhub_graphql(&command->connection,
                          "{ me { corpUser { urn username } platformPrivileges { "
                          "generatePersonalAccessTokens manageTokens } } }",
                          NULL, NULL, &data);
  *me = json_object_get(dhub_json_at(data, "me"));
  json_object_put(data);
  if (code == DHUB_OK && !dhub_text_at(*me, "corpUser/urn")) {
    dhub_say(&command->connection.output, "DataHub does not say who you are");
    code = DHUB_UNREACHABLE;
  }
  return code;
}

static void add_filter(json_object *filters, const char *field, const char *value)
{
  json_object *filter = json_object_new_object(), *values = json_object_new_array();
  json_object_array_add(values, json_object_new_string(value));
  json_object_object_add(filter, "field", json_object_new_string(field));
  json_object_object_add(filter, "values", values);
  json_object_array_add(filters, filter);
}

int token_list(token_command *command, const char *owner, json_object **tokens)
{
  json_object *variables = json_object_new_object(), *input = json_object_new_object();
  json_object *filters = json_object_new_array(), *data = NULL;
  if (owner)
    add_filter(filters, "ownerUrn", owner);
  if (command->filter_field)
    add_filter(filters, command->filter_field, command->filter_value);
  json_object_object_add(input, "start", json_object_new_int(0));
  json_object_object_add(input, "count", json_object_new_int(MOST));
  json_object_object_add(input, "filters", filters);
  json_object_object_add(variables, "input", input);
  int code = dhub_graphql(
      &command->connection,
      "query List($input: ListAccessTokenInput!) { listAccessTokens(input: $input) { total tokens "
      "{ urn id name description actorUrn ownerUrn createdAt expiresAt } } }",
      variables, owner ? TOKEN_GENERATE : TOKEN_MANAGE_ALL, &data);
  *tokens = json_object_get(dhub_json_at(data, "listAccessTokens/tokens"));
  json_object_put(data);
  return code;
}

int token_revoke_id(token_command *command, const char *id)
{
  json_object *variables = json_object_new_object(), *data = NULL;
  json_object_object_add(variables, "id", json_object_new_string(id));
  int code = dhub_graphql(&command->connection,
                          "mutation Revoke($id: String!) { revokeAccessToken(tokenId: $id) }",
                          variables, TOKEN_MANAGE_ALL, &data);
  json_object_put(data);
  return code;
}

int token_make(token_command *command, json_object *input, const char *privilege,
               json_object **made)
{
  json_object *variables = json_object_new_object(), *data = NULL;
  json_object_object_add(variables, "input", input);
  int code = dhub_graphql(&command->connection,
                          "mutation Create($input: CreateAccessTokenInput!) { "
                          "createAccessToken(input: $input) { accessToken metadata { urn } } }",
                          variables, privilege, &data);
  *made = json_object_get(dhub_json_at(data, "createAccessToken"));
  json_object_put(data);
  if (code == DHUB_OK && !dhub_text_at(*made, "accessToken")) {
    dhub_say(&command->connection.output, "DataHub's answer holds no token");
    code = DHUB_UNREACHABLE;
  }
  return code;
}

/* --- durations --- */

static const struct {
  const char *name, *word;
  int64_t hours;
} durations[] = {{"ONE_HOUR", "1h", 1},         {"ONE_DAY", "1d", 24},
                 {"ONE_WEEK", "7d", 168},       {"ONE_MONTH", "30d", 720},
                 {"THREE_MONTHS", "90d", 2160}, {"SIX_MONTHS", "180d", 4320},
                 {"ONE_YEAR", "365d", 8760},    {"NO_EXPIRY", "never", 0}};
#define DURATIONS (sizeof(durations) / sizeof(durations[0]))

const char *token_duration(const char *command, const char *text)
{
  if (!text)
    return "ONE_MONTH";
  for (size_t i = 0; i < DURATIONS; i++)
    if (!strcasecmp(text, durations[i].name) || !strcasecmp(text, durations[i].word))
      return durations[i].name;
  dhub_usage_error(command, "--duration %s: use 1h, 1d, 7d, 30d, 90d, 180d, 365d or never", text);
  return NULL;
}

const char *token_duration_of(int64_t lifetime_ms)
{
  for (size_t i = 0; lifetime_ms > 0 && i < DURATIONS - 1; i++)
    if (lifetime_ms <= durations[i].hours * INT64_C(3600000) + 60000)
      return durations[i].name;
  return "NO_EXPIRY";
}

/* --- reading metadata --- */

int64_t token_time(json_object *token, const char *field)
{
  return json_object_get_int64(dhub_json_at(token, field));
}

bool token_is_expired(json_object *token, int64_t now_ms)
{
  int64_t ends = token_time(token, "expiresAt");
  return ends && ends <= now_ms;
}

const char *token_short(const char *urn)
{
  size_t size = strlen(TOKEN_USER);
  return urn && !strncmp(urn, TOKEN_USER, size) ? urn + size : urn ? urn : "";
}

void token_date(int64_t ms, char out[32])
{
  time_t seconds = (time_t)(ms / 1000);
  struct tm parts;
  if (!ms || !gmtime_r(&seconds, &parts))
    snprintf(out, 32, "never");
  else
    strftime(out, 32, "%Y-%m-%d %H:%MZ", &parts);
}
