/* SPDX-License-Identifier: Apache-2.0 */
#ifndef GMS_TOKEN_PURGE_H
#define GMS_TOKEN_PURGE_H

#include "request.h"

/* How long an expired token stays listed, for who wonders why it stopped working. */
#define GMS_KEEP_EXPIRED_MS INT64_C(604800000) /* a week */

/* Removes tokens that expired longer ago than that, from the table and from the entities; at most
 * once an hour. What goes wrong is logged: nobody waits for it. */
void gms_token_purge(gms_request *request);

#endif
