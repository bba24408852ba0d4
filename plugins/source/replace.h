/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that several processes rewrite: one at a time, and never half.
 */
#ifndef DH_SOURCE_REPLACE_H
#define DH_SOURCE_REPLACE_H

#include <datahub/plugin.h>

/*
 * Takes the lock PATH.lock (made with mode 0600, and signed with our process id), waiting until
 * `deadline_ms` of the host's monotonic clock at most. `*lock` is freed with replace_unlock(),
 * which takes -1 too. DH_TIMEOUT (another process holds it, which is named), DH_UNAVAILABLE (it
 * cannot be made), DH_NO_MEMORY.
 */
dh_status replace_lock(const dh_host *host, const char *path, int64_t deadline_ms, int *lock,
                       dh_error *error);
void replace_unlock(int lock);

/* Writes a file of mode 0600 beside it and renames it into place. DH_UNAVAILABLE where
 * the folder cannot be written. */
dh_status replace_file(const dh_host *host, const char *path, const void *bytes, size_t size,
                       dh_error *error);

#endif
