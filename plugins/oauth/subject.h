/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token that is given for another one: out of a file, the environment, a command, or
 * from the modules before this one in the stack.
 */
#ifndef DH_OAUTH_SUBJECT_H
#define DH_OAUTH_SUBJECT_H

#include "../source/token_file.h"

typedef struct oauth_subject {
  const dh_host *host;
  const char *what; /* "subject token", for messages */
  token_file file;  /* path NULL: no file */
  const char *variable;
  const char **command; /* NULL-ended; owned; the strings are the options' */
  int64_t command_timeout_ms;
} oauth_subject;

/*
 * Reads the options PREFIX_file, PREFIX_env and PREFIX_command, of which one at most may
 * be given (DH_MISCONFIGURED).
 */
dh_status oauth_subject_open(oauth_subject *subject, const dh_host *host, const dh_options *options,
                             const char *prefix, const char *what, dh_error *error);
/* Whether one of them was given. */
int oauth_subject_given(const oauth_subject *subject);
/* A copy, freed by the caller: from what was given, else from `prior`. DH_UNAVAILABLE
 * where there is none. */
dh_status oauth_subject_get(oauth_subject *subject, const dh_credential *prior, int64_t deadline_ms,
                            dh_secret **out, dh_error *error);
/* What it gave was refused. */
void oauth_subject_refused(oauth_subject *subject);
void oauth_subject_close(oauth_subject *subject);

/* The options, for a module's table. */
#define OAUTH_SUBJECT_OPTIONS(prefix, what)                                                        \
  {.name = prefix "_file",                                                                         \
   .type = DH_OPT_PATH,                                                                            \
   .help = "A file that holds the " what "; read again when it is replaced."},                     \
      {.name = prefix "_env",                                                                      \
       .type = DH_OPT_STRING,                                                                      \
       .help = "An environment variable that holds the " what "."},                                \
  {                                                                                                \
    .name = prefix "_command", .type = DH_OPT_LIST,                                                \
    .help = "A command, with its arguments, that prints the " what "; run without a shell."        \
  }

#endif
