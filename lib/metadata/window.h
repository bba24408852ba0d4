/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of the input that is in memory: it slides over the input in large reads, and
 * grows only for a record that does not fit. Behind its last byte stand DH_WINDOW_PAD
 * zero bytes, so that a scanner stops there, and may load past it, without asking.
 */
#ifndef DH_METADATA_WINDOW_H
#define DH_METADATA_WINDOW_H

#include <datahub/metadata.h>

#include <stdbool.h>

#define DH_WINDOW_PAD 64

typedef struct dh_window {
  dh_read_fn read;
  void *arg;
  char *data;
  size_t begin, end; /* what has been read and not yet used */
  size_t capacity;   /* without the pad */
  bool eof;
} dh_window;

typedef enum dh_window_result {
  DH_WINDOW_MORE,  /* there are more bytes than before; all pointers into it are void */
  DH_WINDOW_END,   /* the input has ended */
  DH_WINDOW_ERROR, /* read failed: errno */
  DH_WINDOW_NO_MEMORY
} dh_window_result;

dh_window_result dh_window_init(dh_window *window, dh_read_fn read, void *arg);
void dh_window_free(dh_window *window);
dh_window_result dh_window_more(dh_window *window);

static inline const char *dh_window_at(const dh_window *window)
{
  return window->data + window->begin;
}

static inline size_t dh_window_size(const dh_window *window)
{
  return window->end - window->begin;
}

#endif
