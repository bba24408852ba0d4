/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks, and whether they may: the verifier stack in front of every closed path.
 */
#ifndef GMS_AUTH_H
#define GMS_AUTH_H

#include "request.h"

#include <datahub/config.h>

typedef struct gms_auth gms_auth;

/* `enabled` false: everyone is the system's own actor. */
gms_auth *gms_auth_open(dh_context *context, bool enabled, const dh_config *config,
                        dh_error *error);
void gms_auth_close(gms_auth *auth);
bool gms_auth_enabled(const gms_auth *auth);

/* Finds out who asks and sets the request's actor; false: the request is refused, and the
 * answer is set. */
bool gms_auth_admit(gms_auth *auth, gms_request *request);

/* Whether the actor may write entities. */
bool gms_auth_may_write(const gms_auth *auth, const gms_request *request);

#endif
