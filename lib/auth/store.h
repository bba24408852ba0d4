/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A credential that all processes of one user share: a file in $XDG_RUNTIME_DIR, which is
 * in memory and this user's alone. Whoever has it open has it locked.
 */
#ifndef DH_AUTH_STORE_H
#define DH_AUTH_STORE_H

#include <datahub/credential.h>

#include <stdbool.h>

/*
 * Opens the file of that name, made where it is not there, and waits for its lock: for half of
 * the time until `deadline_ms` (monotonic), so that the other half is left to ask without it. The
 * descriptor, ended with dh_store_close(); -1 with `error`, whose message says why there is
 * no sharing: no XDG_RUNTIME_DIR, a file or folder that others could use, a lock that did
 * not come.
 */
int dh_store_open(const dh_context *context, const char *name, int64_t deadline_ms,
                  dh_error *error);
void dh_store_close(int store);

/* The credential in it, or NULL: none, over, or not readable as one. `*due`: a new one
 * should be obtained. */
dh_credential *dh_store_read(dh_context *context, int store, bool *due);
/* Keeps one whose end is known; NULL empties it. A failure leaves it empty. */
void dh_store_write(int store, const dh_credential *credential, int64_t now_ms);

#endif
