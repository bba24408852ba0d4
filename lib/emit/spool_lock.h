/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One process at a time on a spool: PATH.lock, held with flock(2) while it is open. The
 * file stays; what it says is the last holder's pid and whether a spool was ever made.
 */
#ifndef DH_SPOOL_LOCK_H
#define DH_SPOOL_LOCK_H

#include <datahub/error.h>

#include <stdbool.h>

/* Locks; `*fd` is to be closed to unlock. `*made`: a spool was made here before. */
dh_status dh_spool_lock(const char *path, int *fd, bool *made, dh_error *error);

/* Notes that there is a spool now. */
void dh_spool_lock_made(int fd);

#endif
