/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub: the command line client. This file only finds the command.
 */
#include "command.h"
#include "options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

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

static int no_such(const char *name)
{
  fprintf(stderr, "dhub: there is no command '%s'; `dhub help` lists them\n", name);
  return DHUB_USAGE;
}

/* `dhub help NAME` is `dhub NAME --help`. */
static int help(int argc, char **argv)
{
  const dhub_command *command = argc > 2 ? find(argv[2]) : NULL;
  if (argc > 2 && !command)
    return no_such(argv[2]);
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

/* A file that is opened must not become a standard stream that the caller has closed. What
 * stands in its place fails when it is used. */
static void fill_standard_files(void)
{
  static const int modes[] = {O_WRONLY, O_RDONLY, O_WRONLY};
  for (int fd = 0; fd < 3; fd++)
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", modes[fd]) != fd)
      _exit(DHUB_INTERNAL);
}

/* What was printed may stand in a buffer until now, and the disk be full. */
static int close_output(int code)
{
  bool lost = ferror(stdout) != 0;
  errno = 0;
  if (!fflush(stdout) && !lost)
    return code;
  fprintf(stderr, "dhub: cannot write to standard output%s%s; what was printed is not complete\n",
          errno ? ": " : "", errno ? strerror(errno) : "");
  return code == DHUB_OK ? DHUB_INTERNAL : code;
}

static int run(int argc, char **argv)
{
  if (argc < 2) {
    print_usage(stderr);
    return DHUB_USAGE;
  }
  if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
    dhub_print_version();
    return DHUB_OK;
  }
  if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
    return help(argc, argv);
  const dhub_command *command = find(argv[1]);
  return command ? command->run(argc - 1, argv + 1) : no_such(argv[1]);
}

int main(int argc, char **argv)
{
  keep_to_itself();
  fill_standard_files();
  return close_output(run(argc, argv));
}
