/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The YAML of ~/.datahubenv: gms.server, gms.token, and of `datahub init --oauth` the
 * session under oauth.
 */
#ifndef DH_DATAHUBENV_FILE_H
#define DH_DATAHUBENV_FILE_H

#include "base/buf.h"

/* All secret buffers; size 0 where absent. */
typedef struct env_file {
  dh_buf server, token, client_id, refresh_token, token_endpoint;
} env_file;

void env_file_init(env_file *file);
void env_file_clear(env_file *file);

/* False with a clause in `why`. */
bool env_file_read(env_file *file, const char *text, size_t size, char *why, size_t why_size);

/*
 * Writes the text again with another gms.token and oauth.refresh_token; all else stays as
 * it is, comments apart. False where it cannot be (no memory, no YAML).
 */
bool env_file_rewrite(const char *text, size_t size, const dh_buf *token,
                      const dh_buf *refresh_token, dh_buf *out);

#endif
