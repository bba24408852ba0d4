/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the sub-commands that manage tokens on a server share: options, and finding tokens.
 */
#ifndef DHUB_TOKEN_MANAGE_H
#define DHUB_TOKEN_MANAGE_H

#include "command.h"
#include "connect.h"
#include "graphql.h"

typedef struct token_command {
  dhub_connection connection;
  const char *name, *duration, *actor, *description, *service_account;
  const char *save; /* a file */
  bool save_env, json, all, expired;
  const char *filter_field;
  char *filter_value; /* in argv */
} token_command;

#define TOKEN_COMMAND_INIT(name)                                                                   \
  {                                                                                                \
    .connection = DHUB_CONNECTION_INIT(name)                                                       \
  }

/* For dhub_parse(): takes the options of every sub-command, `arg` being a token_command. */
bool token_set_option(void *arg, const dhub_option *option, char *value);

#define TOKEN_GENERATE "Generate Personal Access Tokens"
#define TOKEN_MANAGE_ALL "Manage All Access Tokens"
#define TOKEN_MANAGE_SERVICE "Manage Service Accounts"
#define TOKEN_USER "urn:li:corpuser:"

/* Who the credential is of: {"corpUser": {urn, username}, "platformPrivileges": {...}}. */
int token_who(token_command *command, json_object **me);
/* The tokens that were made by `owner` (NULL: by anyone), an array of their metadata. */
int token_list(token_command *command, const char *owner, json_object **tokens);
int token_revoke_id(token_command *command, const char *id);
/* "30d", "ONE_MONTH" -> DataHub's name of a duration, or NULL after a message. */
const char *token_duration(const char *command, const char *text);
/* The nearest duration that is not shorter than a lifetime. */
const char *token_duration_of(int64_t lifetime_ms);
/* Makes a token: `input` (taken over) is CreateAccessTokenInput; `*made` {accessToken, metadata}.
 */
int token_make(token_command *command, json_object *input, const char *privilege,
               json_object **made);

bool token_is_expired(json_object *token, int64_t now_ms);
/* "urn:li:corpuser:jdoe" -> "jdoe". */
const char *token_short(const char *urn);
/* A date for a person, UTC; "never" for 0. */
void token_date(int64_t ms, char out[32]);
int64_t token_time(json_object *token, const char *field);

#endif
