/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One credential for all emitters of a context that are configured alike, so that the
 * identity provider is asked once.
 */
#ifndef DH_AUTH_SHARE_H
#define DH_AUTH_SHARE_H

#include "auth/life.h"
#include "auth/pick.h"

typedef struct dh_shared dh_shared;

/* Opens the modules of a pick, or joins those that are open. `stored`: share with this
 * user's other processes too (store.h). NULL and `error`. */
dh_shared *dh_shared_take(dh_context *context, const dh_pick *pick, bool stored, dh_error *error);
/* Valid until it is given back. */
dh_life *dh_shared_life(dh_shared *shared);
/* The last one closes the modules; it waits for an acquisition under way. */
void dh_shared_drop(dh_context *context, dh_shared *shared);

#endif
