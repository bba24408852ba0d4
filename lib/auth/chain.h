/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credential modules, opened, and run as a stack: each gets what the ones before it came
 * to as `prior`, the last one standing is the result. A single module is a stack of one.
 */
#ifndef DH_AUTH_CHAIN_H
#define DH_AUTH_CHAIN_H

#include <datahub/credential.h>

typedef struct dh_chain dh_chain;

/* `server` is the origin that the credential is for. Both: NULL and `error`. */
dh_chain *dh_chain_open_list(dh_context *context, const dh_config *list, const dh_config *stacks,
                             const char *server, dh_error *error);
dh_chain *dh_chain_open_one(dh_context *context, const char *plugin, const dh_config *config,
                            const char *server, dh_error *error);

/* One at a time, as plugin.h promises to modules. */
dh_status dh_chain_acquire(dh_chain *chain, int64_t deadline_ms, dh_credential **out,
                           dh_error *error);
void dh_chain_invalidate(dh_chain *chain, const dh_credential *rejected);
/* Calls each module's name and where it was configured, for explanations. */
size_t dh_chain_count(const dh_chain *chain);
const char *dh_chain_plugin(const dh_chain *chain, size_t index);
const char *dh_chain_where(const dh_chain *chain, size_t index);
void dh_chain_free(dh_chain *chain);

#endif
