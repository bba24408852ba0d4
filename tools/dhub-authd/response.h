/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers as libmicrohttpd sends them. Those that never change are made once; those that
 * accept a caller are kept for as long as the verifier's cache hands out the same principal.
 */
#ifndef AUTHD_RESPONSE_H
#define AUTHD_RESPONSE_H

#include "answer.h"

#include <microhttpd.h>
#include <stdatomic.h>

/* NULL where a header could not be taken: an answer is sent whole or not at all. */
struct MHD_Response *authd_response_of(const authd_answer *answer);
/* A text that lives as long as the program. `header` and `value` may be NULL. */
struct MHD_Response *authd_response_text(const char *text, const char *header, const char *value);

/* Answers of 200 by their principal, of which it holds a reference. */
#define AUTHD_KEPT 256
typedef struct authd_kept {
  struct authd_kept_place {
    atomic_flag busy; /* held for a few instructions; who finds it held does without */
    unsigned generation;
    dh_principal *principal;
    struct MHD_Response *response;
  } place[AUTHD_KEPT];
} authd_kept;

void authd_kept_clear(authd_kept *kept);

/*
 * Queues the answer that accepts `principal`: one that is kept under this generation of the
 * policy, or a new one, which is kept. MHD_NO where it cannot be made. Thread-safe.
 */
enum MHD_Result authd_kept_queue(authd_kept *kept, struct MHD_Connection *connection,
                                 const authd_policy *policy, unsigned generation,
                                 dh_principal *principal);

#endif
