/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeping a token: in a file of its own, as the module `file` reads one, or in
 * ~/.datahubenv, as DataHub's own client does.
 */
#ifndef DHUB_TOKEN_SAVE_H
#define DHUB_TOKEN_SAVE_H

#include "output.h"

/* Whether a token could be kept in the file, as far as can be told before there is one. Returns
 * DHUB_OK, or the exit code after having printed why not. */
int dhub_save_check(dhub_output *output, const char *path);

/* Replaces the file in one step, mode 0600; one that was there keeps its owner, and its group's
 * right to read. Returns DHUB_OK, or the exit code after having
 * printed why not. */
int dhub_save_token(dhub_output *output, const char *path, const char *token);

/* Sets gms.server and gms.token in ~/.datahubenv and leaves the rest of it as it is. */
int dhub_save_env(dhub_output *output, const char *server, const char *token);

/* The file's token, without the newline at its end; wiped and freed by the caller; NULL after
 * having printed why not. */
char *dhub_read_token(dhub_output *output, const char *path);

#endif
