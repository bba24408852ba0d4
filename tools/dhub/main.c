/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub: the command line client. This file only finds the command.
 */
#include "command.h"

#include <datahub/context.h>

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static const dhub_command commands[] = {
    {"emit", "send metadata from files", dhub_cmd_emit},
    {"get", "print the aspects of an entity", dhub_cmd_get},
    {"auth", "show where the credential comes from, and try it", dhub_cmd_auth},
    {"spool", "print what waits in a spool, also a damaged one", dhub_cmd_spool},
    {"plugin", "list, explain and check modules", dhub_cmd_plugin},
    {"token", "make, list, revoke, rotate, inspect and check tokens", dhub_cmd_token},
    {NULL, NULL, NULL},
};

static void print_usage(FILE *to)
{
  fprintf(to, "Usage: dhub COMMAND [OPTION]... [ARGUMENT]...\n\nCommands:\n");
  for (const dhub_command *c = commands; c->name; c++)
    fprintf(to, "  %-10s %s\n", c->name, c->summary);
  fprintf(to, "\n`dhub COMMAND --help` says more. `dhub --version` prints the version.\n");
}

static const dhub_command *find(const char *name)
{
  for (const dhub_command *c = commands; c->name; c++)
    if (!strcmp(c->name, name))
      return c;
  return NULL;
}

/* `dhub help NAME` is `dhub NAME --help`. */
static int help(int argc, char **argv)
{
  const dhub_command *command = argc > 2 ? find(argv[2]) : NULL;
  if (command) {
    char option[] = "--help";
    char *args[] = {argv[2], option, NULL};
    return command->run(2, args);
  }
  print_usage(stdout);
  return DHUB_OK;
}

/* What this process holds in memory is nobody else's: no core file, no ptrace by others.
 * LeakSanitizer is such another, so a sanitized build lets it. */
static void keep_to_itself(void)
{
  const struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

int main(int argc, char **argv)
{
  keep_to_itself();
  if (argc < 2) {
    print_usage(stderr);
    return DHUB_USAGE;
  }
  if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
    printf("dhub %s\n", dh_version());
    return DHUB_OK;
  }
  if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
    return help(argc, argv);
  const dhub_command *command = find(argv[1]);
  if (!command) {
    fprintf(stderr, "dhub: there is no command '%s'; `dhub help` lists them\n", argv[1]);
    return DHUB_USAGE;
  }
  return command->run(argc - 1, argv + 1);
}
