/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for secrets: pages of their own, locked, left out of core files, wiped before they
 * are given back.
 */
#ifndef DH_LOCKED_H
#define DH_LOCKED_H

#include <stddef.h>

/* Zeroed, aligned to a page. NULL when out of memory. */
void *dh_locked_new(size_t size);
/* `size` as it was asked for. NULL is accepted. */
void dh_locked_free(void *memory, size_t size);

#endif
