/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a value ends, by its brackets and quotes alone, byte after byte as they come:
 * to wait for the rest of a record, to skip one that is too large, and to find what
 * follows one that is malformed. It is distrustful: what no JSON has outside a string,
 * or within one, ends the search, for what it would find after that is no record.
 */
#ifndef DH_METADATA_FRAME_H
#define DH_METADATA_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#define DH_FRAME_DEPTH 1024

typedef struct dh_frame {
  unsigned depth;
  bool in_string, escaped;
  char closers[DH_FRAME_DEPTH];
} dh_frame;

typedef enum dh_frame_result {
  DH_FRAME_END,  /* *used bytes end it */
  DH_FRAME_MORE, /* all bytes are used, and it goes on */
  DH_FRAME_LOST
} dh_frame_result;

void dh_frame_begin(dh_frame *frame);
/* The value must be an object or an array, and `bytes` begin with its bracket. */
dh_frame_result dh_frame_scan(dh_frame *frame, const char *bytes, size_t size, size_t *used);

#endif
