/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which DataHub user a token of another issuer acts as.
 */
#ifndef DH_JWT_ACTOR_H
#define DH_JWT_ACTOR_H

#include "base/buf.h"

/* As GMS names it: "__oauth_", the issuer without its "https://" and with every character
 * outside A-Za-z0-9 made "_", "_", the subject as it is. Appended. */
void actor_oauth(dh_buf *out, const char *issuer, const char *subject);

#endif
