/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that several processes rewrite: one at a time, and never half.
 */
#ifndef DH_SOURCE_REPLACE_H
#define DH_SOURCE_REPLACE_H

#include <datahub/plugin.h>

/* Takes the lock PATH.lock (made with mode 0600), waiting until `deadline_ms` of the host's
 * monotonic clock at most. The descriptor, closed with replace_unlock(), or -1 and `error`. */
int replace_lock(const dh_host *host, const char *path, int64_t deadline_ms, dh_error *error);
void replace_unlock(int lock);

/* Writes a file of mode 0600 beside it and renames it into place. DH_UNAVAILABLE where
 * the folder cannot be written. */
dh_status replace_file(const dh_host *host, const char *path, const void *bytes, size_t size,
                       dh_error *error);

#endif
