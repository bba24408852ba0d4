/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token in a file that others replace while we run: read whole or not at all, and
 * again only when it has changed.
 *
 * A Kubernetes projected volume is replaced by renaming a symlink, an agent may write
 * the file in place. What was renamed is whole and is taken at once. What was written
 * in place is taken only when two looks in a row find it the same, and until then the
 * token held so far stands: half a token must never be sent.
 */
#ifndef DH_SOURCE_TOKEN_FILE_H
#define DH_SOURCE_TOKEN_FILE_H

#include <datahub/plugin.h>

#include <sys/types.h>
#include <time.h>

/* What tells one version of a file from the next. */
typedef struct token_file_mark {
  dev_t device;
  ino_t inode;
  off_t size;
  struct timespec changed, modified;
} token_file_mark;

typedef struct token_file {
  const dh_host *host;
  const char *path;
  int allow_readable;   /* a file that others may read is taken */
  dh_secret *value;     /* held so far, or NULL */
  token_file_mark mark; /* of the file that `value` was read from */
  token_file_mark seen; /* of a newer one, not yet taken */
  int has_seen;
  int hurry; /* the value was refused: take what is there at the first look */
} token_file;

void token_file_init(token_file *file, const dh_host *host, const char *path, int allow_readable);

/*
 * Looks at the file, and reads it where it changed. On DH_OK `file->value` is the
 * token. DH_UNAVAILABLE (absent, empty), DH_DENIED (its mode), DH_MALFORMED.
 */
dh_status token_file_look(token_file *file, dh_error *error);

/* The value was refused by its server. */
void token_file_refused(token_file *file);

void token_file_clear(token_file *file);

#endif
