/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a proxy is told: the status and the headers for a check's result.
 */
#ifndef AUTHD_ANSWER_H
#define AUTHD_ANSWER_H

#include <datahub/verifier.h>

#include <stdbool.h>

#define AUTHD_MAX_CLAIMS 32

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
  char *claim_headers[AUTHD_MAX_CLAIMS]; /* "X-DataHub-Claim-email" */
} authd_policy;

/* From the options `realm` and `claims`. DH_MISCONFIGURED, DH_NO_MEMORY. */
dh_status authd_policy_make(authd_policy *policy, const dh_options *options, dh_error *error);
void authd_policy_free(authd_policy *policy);

/* All headers are there in each answer of 200, empty where there is nothing to say: a
 * proxy that copies them overwrites what a caller may have forged. */
#define AUTHD_MAX_HEADERS (6 + AUTHD_MAX_CLAIMS)
typedef struct authd_answer {
  int status;
  size_t count;
  authd_header headers[AUTHD_MAX_HEADERS];
} authd_answer;

/* Fills an answer; false when out of memory. `presented` says whether there was an
 * Authorization header at all. */
bool authd_answer_make(authd_answer *answer, const authd_policy *policy, dh_status result,
                       bool presented, const dh_principal *principal);
void authd_answer_free(authd_answer *answer);

/* A copy that can stand in a header: bytes outside printable ASCII become %XX. */
char *authd_header_value(const char *text);

#endif
