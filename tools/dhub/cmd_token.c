/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub token: tokens by hand. This file only finds the sub-command; a new one is a line in
 * the table and a function of token_command.h in a file of its own.
 */
#include "command.h"
#include "options.h"
#include "token_command.h"

#include <stdio.h>
#include <string.h>

static const dhub_command commands[] = {
    {"create", "make a token on the server, and print or keep it", dhub_token_create},
    {"list", "list your tokens, or everyone's", dhub_token_list},
    {"show", "print what the server knows of one token", dhub_token_show},
    {"revoke", "withdraw tokens: they stop working at once", dhub_token_revoke},
    {"rotate", "replace the token in a file, and revoke the old one", dhub_token_rotate},
    {"whoami", "print whose token you use, and what it may do with tokens", dhub_token_whoami},
    {"inspect", "show what a token says, without believing it", dhub_token_inspect},
    {"verify", "check a token against keys", dhub_token_verify},
    {"mint", "sign a token", dhub_token_mint},
    {"hash", "print the id of a personal access token", dhub_token_hash},
    {NULL, NULL, NULL},
};

static void print_usage(FILE *to)
{
  fprintf(to, "Usage: dhub token COMMAND [OPTION]... [ARGUMENT]...\n\n"
              "Tokens are read from a file or standard input, never from the command line, which "
              "`ps` shows.\n\nCommands:\n");
  for (const dhub_command *c = commands; c->name; c++)
    fprintf(to, "  %-10s %s\n", c->name, c->summary);
  fprintf(to, "\n`dhub token COMMAND --help` says more.\n");
}

int dhub_cmd_token(int argc, char **argv)
{
  if (argc < 2) {
    print_usage(stderr);
    return DHUB_USAGE;
  }
  if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
    print_usage(stdout);
    return DHUB_OK;
  }
  if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
    dhub_print_version();
    return DHUB_OK;
  }
  for (const dhub_command *c = commands; c->name; c++)
    if (!strcmp(c->name, argv[1]))
      return c->run(argc - 1, argv + 1);
  return dhub_usage_error("token", "there is no token command '%s'", argv[1]);
}
