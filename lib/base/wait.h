/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waiting on a condition for a time that no setting of the wall clock changes.
 */
#ifndef DH_WAIT_H
#define DH_WAIT_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* A condition for pthread_cond_timedwait() with dh_wait_until(). 0, or what
 * pthread_cond_init() says. */
int dh_wait_init(pthread_cond_t *condition);
/* The moment that is `ms` (0 or more) from now. */
struct timespec dh_wait_until(int64_t ms);

#endif
