/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server's answer to a credential means, in words.
 */
#ifndef DHUB_AUTH_WORDS_H
#define DHUB_AUTH_WORDS_H

#include "auth_claims.h"
#include "request.h"

/* Prints why GMS may have refused the credential (NULL: none was sent) with 401, the
 * likeliest cause first. `now` is this machine's clock. */
void auth_explain_401(const dh_credential *credential, const auth_claims *claims,
                      const dhub_reply *reply, int64_t now);
/* Prints which user lacks which privilege, as far as the answer says. */
void auth_explain_403(const dhub_reply *reply);
/* Prints whether that user may write datasets, out of the answer to getGrantedPrivileges;
 * nothing where the answer does not say. */
void auth_explain_privileges(const char *user, const dhub_reply *reply);
/* Prints what the answer to /config says; false where it is no GMS. */
bool auth_explain_config(const dhub_reply *reply);
/* "in 3599 s (2026-01-01T01:00:00Z)", "12 s ago (...)". */
void auth_print_time(const char *what, int64_t at, int64_t now);

#endif
