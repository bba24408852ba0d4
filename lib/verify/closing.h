/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where chains end that a reload has replaced.
 *
 * The last one to let go of a chain may be a thread that serves and must not wait, and to close
 * a module may mean to wait: for a fetch of keys under way. So each is closed on a thread of
 * its own, and the verifier waits for those at its end.
 */
#ifndef DH_VERIFY_CLOSING_H
#define DH_VERIFY_CLOSING_H

#include <pthread.h>
#include <stddef.h>

typedef struct dh_closing {
  pthread_mutex_t lock;
  pthread_cond_t none;
  size_t count; /* threads under way */
} dh_closing;

void dh_closing_init(dh_closing *closing);
/* Waits for all. */
void dh_closing_clear(dh_closing *closing);
/* Calls `close` on a thread of its own; on this one where there is none to be had. */
void dh_closing_add(dh_closing *closing, void (*close)(void *thing), void *thing);

#endif
