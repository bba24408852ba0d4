/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a token endpoint answers (RFC 6749, section 5; RFC 8693, section 2.2), read
 * strictly: a member that is there has the type that it must have, and no token holds
 * what no header may.
 */
#ifndef DH_OAUTH_ANSWER_H
#define DH_OAUTH_ANSWER_H

#include "base/buf.h"

#include <datahub/plugin.h>

/* A lifetime beyond this is taken for it: ten years. */
#define OAUTH_LONGEST_S ((int64_t)10 * 366 * 86400)

typedef struct oauth_answer {
  dh_buf access_token;  /* wiped by oauth_answer_clear(), as all of them */
  dh_buf refresh_token; /* size 0 where absent */
  dh_buf token_type;
  dh_buf issued_token_type;
  int64_t expires_in; /* seconds, > 0; -1: not said */
} oauth_answer;

void oauth_answer_init(oauth_answer *answer);
void oauth_answer_clear(oauth_answer *answer);

/* Reads the body of a good answer. False, and in `why` a clause that says what is wrong
 * with it ("it has no access_token"). */
bool oauth_answer_read(oauth_answer *answer, const char *body, size_t size, char *why,
                       size_t why_size);

/* An error body of RFC 6749, section 5.2. */
typedef struct oauth_refusal {
  char code[64];         /* "invalid_grant"; "" where the body is no such thing */
  char description[256]; /* one line of printable text, or "" */
} oauth_refusal;

void oauth_refusal_read(oauth_refusal *refusal, const char *body, size_t size);
/* What the code means and what to do about it, in words; NULL for one that is not known. */
const char *oauth_refusal_words(const char *code);
/* What a stack is told. */
dh_status oauth_refusal_status(const char *code, int http_status);

#endif
