/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Secrets of a verifier: from an option, a file, or the environment of the process.
 */
#ifndef DH_CHECK_SETTINGS_H
#define DH_CHECK_SETTINGS_H

#include <datahub/plugin.h>

/* Where a secret may stand. NULL for a way that a module does not offer. */
typedef struct setting {
  const char *option;   /* a SECRET */
  const char *file;     /* a PATH; one newline at the file's end is dropped */
  const char *variable; /* of the environment; set-id programs ignore it */
} setting;

/*
 * Reads the first of these that was given. `*out` is NULL where none was. DH_MISCONFIGURED
 * (both option and file; an empty value), DH_UNAVAILABLE (a file that cannot be read),
 * DH_DENIED (a file that others may read), DH_NO_MEMORY. The caller frees.
 */
dh_status setting_secret(const dh_host *host, const dh_options *options, const setting *from,
                         dh_secret **out, dh_error *error);

/* Reads a file whole, up to `max` bytes, NUL-terminated; freed by the caller. NULL and
 * `error` (DH_UNAVAILABLE, DH_DENIED where `secret` and others may read it, DH_NO_MEMORY). */
char *setting_file(const dh_host *host, const char *path, size_t max, int secret, size_t *size,
                   dh_error *error);

#endif
