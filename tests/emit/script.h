/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server that goes through a list of faults, one a request, and is well afterwards.
 */
#ifndef DH_TESTS_EMIT_SCRIPT_H
#define DH_TESTS_EMIT_SCRIPT_H

#include "support/server.h"

typedef struct step {
  enum {
    STEP_OK,
    STEP_STATUS,     /* `status` with the header lines `extra` and `body` */
    STEP_RESET,      /* reads the request and resets */
    STEP_CLOSE,      /* reads the request and closes */
    STEP_HEAD_RESET, /* sends the head of an answer and resets */
    STEP_TRUNCATE,   /* closes in the middle of the body */
    STEP_STALL,      /* says nothing more */
    STEP_LATE,       /* answers only when another request has come */
    STEP_GARBAGE     /* is no HTTP server */
  } what;
  int status;
  const char *extra, *body;
} step;

typedef struct script {
  const step *steps;
  size_t count;
} script;

void script_handler(void *arg, const test_request *request, test_conn *conn);

#endif
