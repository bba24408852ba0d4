/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads for checks that the cache cannot answer, so that the threads that serve never wait.
 *
 * There are two lanes. A check begins in the near one, which computes and reads what is at
 * hand (dh_verifier_check_now()); where that does not decide it, it goes on in the far one,
 * which waits for issuers, a GMS, a lock (dh_verifier_check()). A slow issuer fills the far
 * lane, and holds up nobody whom it need not be asked about.
 *
 * Questions about one credential share a check as long as that has not begun in its lane when
 * they come: no answer is older than its question by more than a check. Of one credential one
 * check runs at a time: a token that many present takes one thread.
 *
 * Each question that is taken is answered once, whatever happens: with the check's result, with
 * DH_TIMEOUT when its time is over, with DH_UNAVAILABLE where the far lane is full or the pool
 * ends.
 */
#ifndef AUTHD_POOL_H
#define AUTHD_POOL_H

#include <datahub/verifier.h>

#include <stdbool.h>
#include <sys/queue.h>

typedef struct authd_pool authd_pool;
typedef struct authd_job authd_job;

typedef struct authd_question {
  /* Set by whoever asks. Called on a thread of the pool, which is done with the question then. */
  void (*answered)(struct authd_question *question);
  /* The answer. The reference to the principal is the asker's. */
  dh_status result;
  dh_principal *principal;
  dh_error error;
  bool turned_away; /* there were too many */
  /* The pool's own. */
  authd_job *job;
  int64_t end_ms;
  TAILQ_ENTRY(authd_question) in_job, in_time;
} authd_question;

typedef struct authd_pool_options {
  dh_verifier *verifier;
  unsigned near_threads, far_threads;
  size_t most;        /* questions in a lane */
  int64_t timeout_ms; /* of a question */
} authd_pool_options;

/* Starts the threads. NULL and `error`: DH_NO_MEMORY, DH_INTERNAL. */
authd_pool *authd_pool_open(const authd_pool_options *options, dh_error *error);

/* Takes a question about a credential, which is copied. False: it is not taken, as there are too
 * many in the near lane, or the pool ends; `question` then holds the answer. Thread-safe. */
bool authd_pool_ask(authd_pool *pool, const char *authorization, authd_question *question);

/* Questions that wait for their answer in the far lane. */
size_t authd_pool_waiting(authd_pool *pool);

/* Answers all that wait and takes no more; checks under way go on. */
void authd_pool_end(authd_pool *pool);
/* The same, waits for checks under way, and frees. NULL is accepted. */
void authd_pool_close(authd_pool *pool);

#endif
