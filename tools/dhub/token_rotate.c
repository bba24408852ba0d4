/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub token rotate: a new token takes the old one's place in a file, and only then is the old
 * one revoked. Whoever reads the file at any moment finds a token that works.
 */
#include "auth_claims.h"
#include "token_command.h"
#include "token_manage.h"
#include "token_save.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How the names of DataHub's service accounts begin. */
#define SERVICE "service_"

static const dhub_option options[] = {
    {"name", 'n', "NAME", "what the new one is called (default: as the old one)"},
    {"duration", 'd', "TIME",
     "1h, 1d, 7d, 30d, 90d, 180d, 365d or never\n(default: as the old one)"},
    {"description", 0, "TEXT", "(default: as the old one)"},
    {NULL, 0, NULL, NULL},
};
static const dhub_option *const tables[] = {options, dhub_connection_options, NULL};
static const dhub_usage usage = {
    .command = "token rotate",
    .arguments = "FILE",
    .summary =
        "Replaces the token in FILE by a new one of the same user, then revokes the old one.",
    .tables = tables,
    .notes = "The credential is the token in FILE itself, where no other is given.\n"
             "A pipeline that reads FILE (auth module `file`) notices by itself.\n\n"
             "  dhub token rotate --server https://datahub.example.com/api/gms /etc/datahub/token",
};

/* The claims of a token, unchecked: only to tell which of the listed ones it is. */
static json_object *claims_of(const char *token)
{
  const char *dot = strchr(token, '.');
  return dot ? auth_claims_part(dot + 1, strcspn(dot + 1, ".")) : NULL;
}

/* What DataHub says of the token: it tells only those who manage all tokens. */
static int ask_metadata(token_command *c, const char *token, json_object **out)
{
  json_object *variables = json_object_new_object(), *data = NULL;
  json_object_object_add(variables, "token", json_object_new_string(token));
  int code = dhub_graphql_quiet(
      &c->connection,
      "query M($token: String!) { getAccessTokenMetadata(token: $token) { id name "
      "description actorUrn ownerUrn createdAt expiresAt } }",
      variables, 403, &data);
  *out = json_object_get(dhub_json_at(data, "getAccessTokenMetadata"));
  json_object_put(data);
  return code;
}

/* Else it is the one of the caller's own that ends in the same second, for the same user. */
static int look_up(token_command *c, const char *token, const char *me, json_object **out)
{
  json_object *tokens = NULL, *claims = claims_of(token);
  int64_t ends = json_object_get_int64(dhub_json_at(claims, "exp"));
  const char *actor = dhub_text_at(claims, "actorId");
  size_t matches = 0;
  int code = actor ? token_list(c, me, &tokens) : DHUB_SOME_REJECTED;
  for (size_t i = 0; tokens && i < json_object_array_length(tokens); i++) {
    json_object *item = json_object_array_get_idx(tokens, i);
    if (token_time(item, "expiresAt") / 1000 != ends ||
        strcmp(token_short(dhub_text_at(item, "actorUrn")), actor))
      continue;
    matches++;
    json_object_put(*out);
    *out = json_object_get(item);
  }
  json_object_put(tokens);
  json_object_put(claims);
  if (code == DHUB_OK && matches != 1) {
    dhub_say(&c->connection.output,
             "%s: it cannot be told which; make a new one with `dhub token create --save FILE` and "
             "revoke the old one with `dhub token revoke ID`",
             matches ? "several of your tokens could be the one in the file"
                     : "none of your tokens is the one in the file");
    code = DHUB_SOME_REJECTED;
  } else if (!actor)
    dhub_say(&c->connection.output, "what the file holds is no personal access token");
  if (code != DHUB_OK) {
    json_object_put(*out);
    *out = NULL;
  }
  return code;
}

static json_object *input_for(const token_command *c, json_object *old, const char *duration)
{
  json_object *input = json_object_new_object();
  const char *actor = dhub_text_at(old, "actorUrn");
  const char *name = c->name ? c->name : dhub_text_at(old, "name");
  const char *description = c->description ? c->description : dhub_text_at(old, "description");
  bool service = !strncmp(token_short(actor), SERVICE, strlen(SERVICE));
  json_object_object_add(input, "type",
                         json_object_new_string(service ? "SERVICE_ACCOUNT" : "PERSONAL"));
  json_object_object_add(input, "actorUrn", json_object_new_string(actor));
  json_object_object_add(input, "duration", json_object_new_string(duration));
  json_object_object_add(input, "name", json_object_new_string(name ? name : "rotated"));
  if (description)
    json_object_object_add(input, "description", json_object_new_string(description));
  return input;
}

/* GMS gives the URN of a new token and not its id. */
static void revoke_new(token_command *c, const char *urn)
{
  static const char prefix[] = "urn:li:dataHubAccessToken:";
  if (urn && !strncmp(urn, prefix, sizeof(prefix) - 1))
    token_revoke_id(c, urn + sizeof(prefix) - 1);
}

/* What a refusal to make the new one wants. */
static const char *privilege_for(json_object *old, const char *me)
{
  const char *actor = dhub_text_at(old, "actorUrn");
  if (!strncmp(token_short(actor), SERVICE, strlen(SERVICE)))
    return TOKEN_MANAGE_SERVICE;
  return me && !strcmp(actor, me) ? TOKEN_GENERATE : TOKEN_MANAGE_ALL;
}

static int replace(token_command *c, const char *file, json_object *old, const char *me)
{
  json_object *made = NULL;
  const char *duration = c->duration ? token_duration(usage.command, c->duration) : NULL;
  if (c->duration && !duration)
    return DHUB_USAGE;
  int64_t ends = token_time(old, "expiresAt");
  if (!duration)
    duration = token_duration_of(ends ? ends - token_time(old, "createdAt") : 0);
  int code = token_make(c, input_for(c, old, duration), privilege_for(old, me), &made);
  if (code == DHUB_OK) {
    code = dhub_save_token(&c->connection.output, file, dhub_text_at(made, "accessToken"));
    if (code != DHUB_OK) /* the old one stays, in the file and good */
      revoke_new(c, dhub_text_at(made, "metadata/urn"));
  }
  json_object_put(made);
  return code;
}

static int rotate(token_command *c, const char *file, const char *token)
{
  json_object *me = NULL, *old = NULL;
  int code = token_who(c, &me);
  if (code == DHUB_OK)
    code = ask_metadata(c, token, &old);
  if (code == DHUB_OK && !old)
    code = look_up(c, token, dhub_text_at(me, "corpUser/urn"), &old);
  if (code == DHUB_OK)
    code = replace(c, file, old, dhub_text_at(me, "corpUser/urn"));
  if (code == DHUB_OK) {
    code = token_revoke_id(c, dhub_text_at(old, "id"));
    dhub_say(&c->connection.output, "%s holds a new token; the old one %s", file,
             code == DHUB_OK ? "is revoked" : "is still good: revoke it");
  }
  json_object_put(old);
  json_object_put(me);
  return code;
}

int dhub_token_rotate(int argc, char **argv)
{
  token_command c = TOKEN_COMMAND_INIT("token rotate");
  int first = dhub_parse(&usage, argc, argv, token_set_option, &c);
  if (first < 0)
    return first == DHUB_PARSE_HELP ? DHUB_OK : DHUB_USAGE;
  if (argc - first != 1)
    return dhub_usage_error(usage.command, "one FILE is wanted, %d were given", argc - first);
  char *token = dhub_read_token(&c.connection.output, argv[first]);
  if (!token)
    return DHUB_USAGE;
  if (!c.connection.token_file && !c.connection.token && !c.connection.config)
    c.connection.token_file = argv[first];
  int code = dhub_connect(&c.connection);
  if (code == DHUB_OK)
    code = rotate(&c, argv[first], token);
  dhub_disconnect(&c.connection);
  dh_wipe(token, strlen(token));
  free(token);
  return code;
}
