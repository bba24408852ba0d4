/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a checker: built first, with its keys and rules, and only then shown tokens,
 * so that no token chooses how it is checked. The public half is in <datahub/token.h>.
 */
#ifndef DH_CHECKER_H
#define DH_CHECKER_H

#include "token/jws.h"
#include "token/keys.h"

/* A token that was shown. The slices point into `jws`. */
typedef struct dh_checked_token {
  dh_jws jws;
  dh_json_object claims;
  int64_t expires_at_ms; /* with the leeway; 0: never */
} dh_checked_token;

/*
 * As dh_checker_check(), into a structure of the caller's own, on the stack. `keys` NULL:
 * those of the checker. `kid_unknown` (may be NULL) is set where no key has the token's kid:
 * fresher keys might. Cleared with dh_jws_clear(&token->jws) whatever came of it.
 */
dh_status dh_checker_run(const dh_checker *checker, const dh_keys *keys, const char *text,
                         size_t size, int64_t now_ms, dh_checked_token *token, bool *kid_unknown,
                         dh_error *error);

#endif
