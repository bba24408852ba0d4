/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a stack: its entries, includes spliced in and skips made absolute.
 */
#ifndef DH_STACK_LIST_H
#define DH_STACK_LIST_H

#include "stack/stack.h"

/* Entries once includes are spliced in, and how deep includes may nest. */
#define DH_STACK_MAX_ENTRIES 256
#define DH_STACK_MAX_INCLUDES 16

struct dh_stack {
  dh_stack_entry *entries;
  size_t count;
};

#endif
