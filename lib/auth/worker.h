/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that does one kind of work when it is told to. Started at the first post; it
 * takes no signals, which are the program's.
 */
#ifndef DH_AUTH_WORKER_H
#define DH_AUTH_WORKER_H

typedef struct dh_worker dh_worker;

dh_worker *dh_worker_new(void (*work)(void *arg), void *arg);
/* Has `work` called once; posts that come before it began count as one. Non-zero with
 * errno where no thread can be started. */
int dh_worker_post(dh_worker *worker);
/* Waits for the work under way. NULL is accepted. */
void dh_worker_free(dh_worker *worker);

#endif
