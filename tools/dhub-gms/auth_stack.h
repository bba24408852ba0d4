/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GMS_AUTH_STACK_H
#define GMS_AUTH_STACK_H

#include "token_service.h"

/* The configuration of the verifier: the map `verifier` of `config`, or what GMS has by
 * default: its tokens, then its system client where one is configured, then nobody. The caller
 * frees it. */
dh_config *gms_auth_stack(dh_context *context, const dh_config *config,
                          const gms_token_service *tokens, dh_error *error);

#endif
