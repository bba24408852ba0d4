/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A command that prints a token: run without a shell, in a clean environment, for a
 * limited time, with nothing open but its three standard files.
 */
#ifndef DH_SOURCE_COMMAND_H
#define DH_SOURCE_COMMAND_H

#include <datahub/plugin.h>

/* What a helper may print at most. */
#define COMMAND_OUTPUT_MAX 65536

typedef struct command {
  const dh_host *host;
  const char *const *argv; /* NULL-ended; a name without a slash is searched in PATH */
  const char *const *env;  /* "NAME=VALUE" beside PATH, HOME, USER, LOGNAME, LANG, LC_ALL, TMPDIR,
                              TZ, which are passed on; NULL-ended, or NULL */
  const char *const *pass; /* names of more variables to pass on; NULL-ended, or NULL */
  int64_t timeout_ms;
} command;

/*
 * Runs it to its end. `*output` is what it printed, freed by the caller. DH_MISCONFIGURED
 * (cannot be started), DH_TIMEOUT (it and what it started were killed), DH_UNAVAILABLE
 * (it failed; its first words on standard error are in the message), DH_MALFORMED (it
 * printed too much), DH_NO_MEMORY.
 */
dh_status command_run(const command *how, dh_secret **output, dh_error *error);

#endif
