/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a proxy is told: the status for a check's result, and the headers of who it is.
 */
#ifndef AUTHD_ANSWER_H
#define AUTHD_ANSWER_H

#include <datahub/verifier.h>

#include <stdbool.h>

#define AUTHD_MAX_CLAIMS 32
#define AUTHD_MAX_CLAIM_NAME 128

typedef struct authd_header {
  const char *name; /* owned by the policy, or static */
  char *value;      /* owned by the answer */
} authd_header;

/* What does not change between requests. */
typedef struct authd_policy {
  char *challenge_absent;  /* WWW-Authenticate where nothing was presented */
  char *challenge_invalid; /* and where what was presented was refused */
  size_t claim_count;
  char *claims[AUTHD_MAX_CLAIMS];        /* names in the token */
  char *claim_headers[AUTHD_MAX_CLAIMS]; /* "X-DataHub-Claim-email", no two alike */
} authd_policy;

/* From the options `realm` and `claims`. DH_MISCONFIGURED, DH_NO_MEMORY. */
dh_status authd_policy_make(authd_policy *policy, const dh_options *options, dh_error *error);
void authd_policy_free(authd_policy *policy);

/*
 * What a proxy is answered for a result: 200, 401 (the credential is refused, or there is none)
 * or 503 (it could not be decided). nginx's auth_request passes on 401 and 403 and nothing else,
 * so that what RFC 6750 would answer with 400 is a 401 too.
 */
int authd_answer_status(dh_status result);

/* The headers of a 200. All are there in each, empty where there is nothing to say: a proxy
 * that copies them overwrites what a caller may have forged. */
#define AUTHD_MAX_HEADERS (6 + AUTHD_MAX_CLAIMS)
typedef struct authd_answer {
  size_t count;
  authd_header headers[AUTHD_MAX_HEADERS];
} authd_answer;

/* Fills an answer, to be freed in any case; false when out of memory. */
bool authd_answer_make(authd_answer *answer, const authd_policy *policy,
                       const dh_principal *principal);
void authd_answer_free(authd_answer *answer);

/*
 * A copy that can stand in a header, which tells any two texts apart: '%', bytes outside
 * printable ASCII, and a space at an end become %XX. NULL when out of memory.
 */
char *authd_header_value(const char *text, size_t size);

#endif
