/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of dhub. Each has a file cmd_NAME.c with one function, and a line in
 * the table of main.c.
 */
#ifndef DHUB_COMMAND_H
#define DHUB_COMMAND_H

/* What the shell is told. Stable: scripts depend on it. */
enum {
  DHUB_OK = 0,
  DHUB_SOME_REJECTED = 1, /* or: the thing asked for is not there, the check found faults */
  DHUB_USAGE = 2,         /* usage or configuration */
  DHUB_AUTH = 3,          /* no credential, or it was refused */
  DHUB_UNREACHABLE = 4,   /* the server cannot be reached */
  DHUB_INTERNAL = 5       /* out of memory, a fault of this program */
};

/* argv[0] is the command's own name, so that getopt_long() works on it. */
typedef int (*dhub_run)(int argc, char **argv);

typedef struct dhub_command {
  const char *name;
  const char *summary; /* one line for `dhub help` */
  dhub_run run;
} dhub_command;

/* One for each file cmd_NAME.c. */
int dhub_cmd_emit(int argc, char **argv);
int dhub_cmd_get(int argc, char **argv);
int dhub_cmd_auth(int argc, char **argv);
int dhub_cmd_spool(int argc, char **argv);
int dhub_cmd_plugin(int argc, char **argv);
int dhub_cmd_token(int argc, char **argv);

#endif
