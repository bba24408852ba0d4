/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options of a command: one table makes the parser and the help.
 */
#ifndef DHUB_OPTIONS_H
#define DHUB_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* A table ends with a NULL name. */
typedef struct dhub_option {
  const char *name;     /* long: "server" */
  char letter;          /* short, or 0 */
  const char *argument; /* "URL", or NULL where it takes none */
  const char *help;     /* may hold line breaks; no full stop needed */
} dhub_option;

typedef struct dhub_usage {
  const char *command;              /* "emit" */
  const char *arguments;            /* "[FILE]...", or NULL */
  const char *summary;              /* a sentence or two */
  const dhub_option *const *tables; /* ended by NULL, in the order of the help */
  const char *notes;                /* after the options: exit status, examples; or NULL */
} dhub_usage;

/* Takes one option; false where the value is wrong (a message has been printed). `value`
 * points into argv, or is NULL. */
typedef bool (*dhub_option_set)(void *arg, const dhub_option *option, char *value);

#define DHUB_PARSE_HELP (-1)  /* --help or --version was printed: exit with DHUB_OK */
#define DHUB_PARSE_WRONG (-2) /* a message was printed: exit with DHUB_USAGE */

/* Parses argv (argv[0] is the command) and returns the index of the first argument that is
 * no option, or one of the above. --help and --version are known to every command. */
int dhub_parse(const dhub_usage *usage, int argc, char **argv, dhub_option_set set, void *arg);

/* "dhub 0.1.0" */
void dhub_print_version(void);

/* One line about a wrong command line, and where to read more. Returns DHUB_USAGE. */
int dhub_usage_error(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
