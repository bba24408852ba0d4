/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A verifier's stack with its modules loaded and opened: what one configuration became.
 * Read-only once open; run from many threads.
 */
#ifndef DH_VERIFY_CHAIN_H
#define DH_VERIFY_CHAIN_H

#include "verify/closing.h"

#include <datahub/verifier.h>

typedef struct dh_chain dh_chain;

/* Loads and opens the modules of `stack`, with `stacks` for its includes; `closing` is where they
 * are closed in the end. One reference, or NULL and `error`, which names the entry's file and
 * line. */
dh_chain *dh_chain_open(dh_context *context, const dh_config *stack, const dh_config *stacks,
                        dh_closing *closing, dh_error *error);
dh_chain *dh_chain_ref(dh_chain *chain);
/* With the last one the modules are closed, on another thread. NULL is accepted. */
void dh_chain_unref(dh_chain *chain);

/*
 * Runs the stack. On DH_OK `*out` is a new principal, else NULL. `*settled` is whether the
 * same would come of it in a moment: 0 where a module could not decide (a store out of reach),
 * whatever its control made of that.
 *
 * Where `presented` says DH_PRESENTED_NOW, DH_IGNORE says that a module would have to wait.
 */
dh_status dh_chain_check(const dh_chain *chain, const dh_presented *presented, dh_principal **out,
                         int *settled, dh_error *error);

/* Asks each module that can tell whether it could decide: DH_OK, or the first one's fault. */
dh_status dh_chain_probe(const dh_chain *chain, dh_error *error);

/* Whether a result says that the credential is refused: rather than that it is good, or that
 * nobody could tell. */
int dh_is_refusal(dh_status status);

#endif
