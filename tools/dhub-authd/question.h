/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A gateway's question about its caller, from the request to the answer: decided at once from
 * the cache, or with the connection put aside while the pool decides it.
 */
#ifndef AUTHD_QUESTION_H
#define AUTHD_QUESTION_H

#include "server.h"

/* The path of questions, and of what is below it. */
#define AUTHD_QUESTION_PATH "/auth"

/* One that waits for its answer. */
typedef struct authd_asking authd_asking;

/* Answers, or puts the connection aside and sets `*asking`: libmicrohttpd comes again when it
 * can be finished. */
enum MHD_Result authd_ask(authd_server *server, struct MHD_Connection *connection, const char *path,
                          const char *method, authd_asking **asking);
enum MHD_Result authd_finish(authd_asking *asking, const char *path, const char *method);
/* NULL is accepted. */
void authd_asking_free(authd_asking *asking);

#endif
