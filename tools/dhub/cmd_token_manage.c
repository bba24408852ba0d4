/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub token list, show, revoke and whoami.
 */
#include "token_command.h"
#include "token_manage.h"
#include "token_save.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parses and connects; -1: go on, else the exit code. */
static int begin(const dhub_usage *usage, token_command *c, int argc, char **argv, int most,
                 int *first)
{
  *first = dhub_parse(usage, argc, argv, token_set_option, c);
  if (*first < 0)
    return *first == DHUB_PARSE_HELP ? DHUB_OK : DHUB_USAGE;
  if (argc - *first > most)
    return dhub_usage_error(usage->command, "unexpected argument '%s'", argv[*first + most]);
  int code = dhub_connect(&c->connection);
  return code == DHUB_OK ? -1 : code;
}

/* The tokens a command is about: the caller's own, or with --all everyone's. */
static int gather(token_command *c, json_object **tokens)
{
  json_object *me = NULL;
  if (c->all)
    return token_list(c, NULL, tokens);
  int code = token_who(c, &me);
  if (code == DHUB_OK)
    code = token_list(c, dhub_text_at(me, "corpUser/urn"), tokens);
  json_object_put(me);
  return code;
}

static void print_json(json_object *json)
{
  puts(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* --- list --- */

static const dhub_option list_options[] = {
    {"all", 'a', NULL, "everyone's; needs \"Manage All Access Tokens\""},
    {"filter", 0, "FIELD=VALUE", "only those: name, actorUrn, ownerUrn, description, ..."},
    {"expired", 0, NULL, "only those that have expired"},
    {"json", 0, NULL, "print JSON"},
    {NULL, 0, NULL, NULL},
};
static const dhub_option *const list_tables[] = {list_options, dhub_connection_options, NULL};
static const dhub_usage list_usage = {
    .command = "token list",
    .summary = "Lists the access tokens that you made, the latest to expire first.",
    .tables = list_tables,
};

static void print_row(json_object *token, int64_t now)
{
  char created[32], expires[32];
  token_date(token_time(token, "createdAt"), created);
  token_date(token_time(token, "expiresAt"), expires);
  printf("%-44s  %-24s  %-16s  %-16s  %-17s  %-17s  %s\n", dhub_text_at(token, "id"),
         dhub_text_at(token, "name"), token_short(dhub_text_at(token, "ownerUrn")),
         token_short(dhub_text_at(token, "actorUrn")), created, expires,
         token_is_expired(token, now) ? "expired" : "active");
}

static void print_list(token_command *c, json_object *tokens)
{
  int64_t now = dh_wall_ms(c->connection.context);
  json_object *shown = json_object_new_array();
  for (size_t i = 0; i < json_object_array_length(tokens); i++) {
    json_object *token = json_object_array_get_idx(tokens, i);
    if (!c->expired || token_is_expired(token, now))
      json_object_array_add(shown, json_object_get(token));
  }
  if (c->json)
    print_json(shown);
  else if (!json_object_array_length(shown))
    dhub_say(&c->connection.output, "no such tokens");
  else
    printf("%-44s  %-24s  %-16s  %-16s  %-17s  %-17s  %s\n", "ID", "NAME", "OWNER", "ACTS AS",
           "CREATED", "EXPIRES", "STATE");
  for (size_t i = 0; !c->json && i < json_object_array_length(shown); i++)
    print_row(json_object_array_get_idx(shown, i), now);
  json_object_put(shown);
}

int dhub_token_list(int argc, char **argv)
{
  token_command c = TOKEN_COMMAND_INIT("token list");
  int first;
  json_object *tokens = NULL;
  int code = begin(&list_usage, &c, argc, argv, 0, &first);
  if (code < 0 && (code = gather(&c, &tokens)) == DHUB_OK)
    print_list(&c, tokens);
  json_object_put(tokens);
  dhub_disconnect(&c.connection);
  return code;
}

/* --- show and revoke: which tokens are meant --- */

static bool is_meant(const token_command *c, const char *id, json_object *token, int64_t now)
{
  const char *name = dhub_text_at(token, "name");
  if (id && strcmp(dhub_text_at(token, "id"), id))
    return false;
  if (c->name && (!name || strcmp(name, c->name)))
    return false;
  return !c->expired || token_is_expired(token, now);
}

static int find(token_command *c, const char *id, json_object **found)
{
  json_object *tokens = NULL;
  int code = gather(c, &tokens);
  int64_t now = dh_wall_ms(c->connection.context);
  *found = json_object_new_array();
  for (size_t i = 0; tokens && i < json_object_array_length(tokens); i++) {
    json_object *token = json_object_array_get_idx(tokens, i);
    if (is_meant(c, id, token, now))
      json_object_array_add(*found, json_object_get(token));
  }
  json_object_put(tokens);
  if (code == DHUB_OK && !json_object_array_length(*found)) {
    if (c->expired && !id && !c->name)
      dhub_say(&c->connection.output, "no token has expired");
    else
      dhub_say(&c->connection.output,
               "there is no token %s%s; `dhub token list%s` shows those that there are",
               id ? id : c->name, c->all ? "" : " among yours", c->all ? " --all" : "");
    code = c->expired && !id && !c->name ? DHUB_OK : DHUB_SOME_REJECTED;
  }
  return code;
}

static const dhub_option show_options[] = {
    {"name", 'n', "NAME", "the token of that name"},
    {"all", 'a', NULL, "look among everyone's; needs \"Manage All Access Tokens\""},
    {NULL, 0, NULL, NULL},
};
static const dhub_option *const show_tables[] = {show_options, dhub_connection_options, NULL};
static const dhub_usage show_usage = {
    .command = "token show",
    .arguments = "ID | --name NAME",
    .summary = "Prints what DataHub knows of a token, as JSON. The token itself is kept nowhere.",
    .tables = show_tables,
};

int dhub_token_show(int argc, char **argv)
{
  token_command c = TOKEN_COMMAND_INIT("token show");
  int first;
  json_object *found = NULL;
  int code = begin(&show_usage, &c, argc, argv, 1, &first);
  if (code < 0) {
    const char *id = first < argc ? argv[first] : NULL;
    code = id || c.name ? find(&c, id, &found)
                        : dhub_usage_error(show_usage.command, "which? give an ID or --name");
  }
  for (size_t i = 0; code == DHUB_OK && found && i < json_object_array_length(found); i++)
    print_json(json_object_array_get_idx(found, i));
  json_object_put(found);
  dhub_disconnect(&c.connection);
  return code;
}

static const dhub_option revoke_options[] = {
    {"name", 'n', "NAME", "all tokens of that name"},
    {"expired", 0, NULL, "all that have expired"},
    {"all", 'a', NULL, "look among everyone's; needs \"Manage All Access Tokens\""},
    {NULL, 0, NULL, NULL},
};
static const dhub_option *const revoke_tables[] = {revoke_options, dhub_connection_options, NULL};
static const dhub_usage revoke_usage = {
    .command = "token revoke",
    .arguments = "ID | --name NAME | --expired",
    .summary = "Withdraws tokens. Programs that use them are refused from then on.",
    .tables = revoke_tables,
};

static int revoke_all(token_command *c, json_object *found)
{
  for (size_t i = 0; i < json_object_array_length(found); i++) {
    json_object *token = json_object_array_get_idx(found, i);
    int code = token_revoke_id(c, dhub_text_at(token, "id"));
    if (code != DHUB_OK)
      return code;
    printf("revoked %s (%s)\n", dhub_text_at(token, "id"), dhub_text_at(token, "name"));
  }
  return DHUB_OK;
}

int dhub_token_revoke(int argc, char **argv)
{
  token_command c = TOKEN_COMMAND_INIT("token revoke");
  int first;
  json_object *found = NULL;
  int code = begin(&revoke_usage, &c, argc, argv, 1, &first);
  if (code < 0) {
    const char *id = first < argc ? argv[first] : NULL;
    if (!id && !c.name && !c.expired)
      code = dhub_usage_error(revoke_usage.command, "which? give an ID, --name or --expired");
    else if (id && !c.name && !c.expired) {
      code = token_revoke_id(&c, id); /* an ID needs no looking up */
      if (code == DHUB_OK)
        printf("revoked %s\n", id);
    } else if ((code = find(&c, id, &found)) == DHUB_OK)
      code = revoke_all(&c, found);
  }
  json_object_put(found);
  dhub_disconnect(&c.connection);
  return code;
}

/* --- whoami --- */

static const dhub_option whoami_options[] = {{"json", 0, NULL, "print JSON"},
                                             {NULL, 0, NULL, NULL}};
static const dhub_option *const whoami_tables[] = {whoami_options, dhub_connection_options, NULL};
static const dhub_usage whoami_usage = {
    .command = "token whoami",
    .summary = "Prints the user of the credential in use, and what that user may do with tokens.",
    .tables = whoami_tables,
};

static const char *yes_no(json_object *me, const char *path)
{
  return json_object_get_boolean(dhub_json_at(me, path)) ? "yes" : "no";
}

static void print_who(json_object *me)
{
  printf("%s\n", dhub_text_at(me, "corpUser/urn"));
  printf("  %s: %s\n", TOKEN_GENERATE,
         yes_no(me, "platformPrivileges/generatePersonalAccessTokens"));
  printf("  %s: %s\n", TOKEN_MANAGE_ALL, yes_no(me, "platformPrivileges/manageTokens"));
}

int dhub_token_whoami(int argc, char **argv)
{
  token_command c = TOKEN_COMMAND_INIT("token whoami");
  int first;
  json_object *me = NULL;
  int code = begin(&whoami_usage, &c, argc, argv, 0, &first);
  if (code < 0 && (code = token_who(&c, &me)) == DHUB_OK) {
    if (c.json)
      print_json(me);
    else
      print_who(me);
  }
  json_object_put(me);
  dhub_disconnect(&c.connection);
  return code;
}
