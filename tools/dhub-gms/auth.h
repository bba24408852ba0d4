/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks, and what they may: the verifier stack in front of every closed path, the users
 * and policies behind it, and the service that issues tokens.
 */
#ifndef GMS_AUTH_H
#define GMS_AUTH_H

#include "request.h"
#include "token_service.h"
#include "users.h"

#include <datahub/config.h>

/* Who asks where nobody is asked who they are; and GMS's own clients. */
#define GMS_SYSTEM_ACTOR "urn:li:corpuser:__datahub_system"

/* Thread-safe but for open and close. */
typedef struct gms_auth gms_auth;

/*
 * Reads the maps `token_service`, `verifier` and `system_client` and the lists `users` and
 * `policies` of `config` (NULL: none of them). Keys and the table of tokens are in `folder`.
 * `enabled` false: everyone is the system's own actor.
 */
gms_auth *gms_auth_open(dh_context *context, bool enabled, const dh_config *config,
                        const char *folder, dh_error *error);
void gms_auth_close(gms_auth *auth);
bool gms_auth_enabled(const gms_auth *auth);
gms_token_service *gms_auth_tokens(gms_auth *auth);

/* Takes users and policies anew; on an error the old ones stay. */
dh_status gms_auth_reload(gms_auth *auth, const dh_config *config, dh_error *error);

/* Finds out who asks and sets the request's actor; false: the request is refused, and the
 * answer is set. */
bool gms_auth_admit(gms_auth *auth, gms_request *request);

/* Whether the value of an Authorization header would be taken. */
bool gms_auth_check(gms_auth *auth, const char *authorization);

bool gms_auth_may(gms_auth *auth, const char *actor, gms_privilege privilege, const char *entity);
/* Whether anyone of that URN may use a token: a user of the file who is active, or a
 * service account. */
bool gms_auth_knows(gms_auth *auth, gms_request *request, const char *urn);
/* Checks a password; for the web page's sign-in. */
bool gms_auth_password(gms_auth *auth, const char *name, const char *password);
bool gms_auth_has_passwords(gms_auth *auth);
/* How the user is shown, copied; NULL where unknown. */
char *gms_auth_display(gms_auth *auth, const char *urn);

/* Calls `each` with each user of the file. */
void gms_auth_each_user(gms_auth *auth, void (*each)(void *arg, const char *urn, bool active),
                        void *arg);

/* A token was revoked, or a user changed: nothing that was verified before counts. */
void gms_auth_forget(gms_auth *auth);

#endif
