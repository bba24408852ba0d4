/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small number for each thread, so that what is kept once per slot (a counter, a context)
 * is rarely touched by two threads at once. Threads may share one: guard the slot all the same.
 */
#ifndef DH_SLOT_H
#define DH_SLOT_H

/* A slot's share of memory is aligned to this, so that slots do not share a cache line. */
#define DH_SLOT_ALIGN 64
#define DH_SLOTS 16

/* 0 .. DH_SLOTS - 1, the same for each call of one thread. */
unsigned dh_thread_slot(void);

#endif
