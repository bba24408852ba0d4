/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readings of claims that more than one kind of token needs.
 */
#ifndef DH_CLAIMS_H
#define DH_CLAIMS_H

#include "token/json.h"

/*
 * A NumericDate (RFC 7519, section 2) in whole seconds, as ms in `*out_ms`, 0 where it is
 * absent. DH_MALFORMED: a string, a fraction, an exponent, negative, zero, beyond the year
 * 9999.
 */
dh_status dh_claims_date(const dh_json_object *claims, const char *name, int64_t *out_ms,
                         dh_error *error);

/*
 * Judges `exp` and `nbf` at `now_ms`, `leeway_ms` to the token's favour; `*expires_at_ms` is
 * `exp`, 0 where absent. DH_EXPIRED, DH_DENIED (not yet), DH_MALFORMED.
 */
dh_status dh_claims_time(const dh_json_object *claims, int64_t now_ms, int64_t leeway_ms,
                         int64_t *expires_at_ms, dh_error *error);

/* Whether a claim is the string `text`, or an array that holds it. */
bool dh_claims_has(const dh_json_object *claims, const char *name, const char *text);

#endif
