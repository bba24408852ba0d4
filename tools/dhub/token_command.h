/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sub-commands of `dhub token`, and what they share.
 */
#ifndef DHUB_TOKEN_COMMAND_H
#define DHUB_TOKEN_COMMAND_H

#include <datahub/token.h>

#include <stddef.h>

/* One for each line of the table in cmd_token.c; argv[0] is the sub-command's name. */
int dhub_token_create(int argc, char **argv);
int dhub_token_list(int argc, char **argv);
int dhub_token_show(int argc, char **argv);
int dhub_token_revoke(int argc, char **argv);
int dhub_token_rotate(int argc, char **argv);
int dhub_token_whoami(int argc, char **argv);
int dhub_token_inspect(int argc, char **argv);
int dhub_token_verify(int argc, char **argv);
int dhub_token_mint(int argc, char **argv);
int dhub_token_hash(int argc, char **argv);

/*
 * A file read whole, NUL-terminated; NULL or "-" is standard input. White space at both
 * ends is dropped where `trim`. Wiped and freed by dhub_wipe_text(). NULL and `error`
 * (DH_UNAVAILABLE, DH_NO_MEMORY, DH_MALFORMED: too long).
 */
char *dhub_read_text(const char *path, int trim, size_t *size, dh_error *error);
void dhub_wipe_text(char *text);

/* The document at a URL, or a file: what the caller's `--jwks` named. */
char *dhub_read_document(const char *where, size_t *size, dh_error *error);

/* The key of personal access tokens: the file's bytes without a last newline, or
 * DATAHUB_TOKEN_SERVICE_SIGNING_KEY where `path` is NULL. NULL and `error`. */
char *dhub_read_pat_key(const char *path, size_t *size, dh_error *error);

/* Splits "a,b" into a NULL-ended array of pointers into `text`, which is changed. */
size_t dhub_split(char *text, const char **out, size_t max);

#endif
