/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a credential holds, and when its successor is due.
 */
#ifndef DH_AUTH_SPAN_H
#define DH_AUTH_SPAN_H

#include <stdbool.h>
#include <stdint.h>

/* Renewed so long before the end, or at half of a shorter life. */
#define DH_SPAN_AHEAD_MS 300000

/* A credential for one use that nobody has used by then is asked for anew. */
#define DH_SPAN_UNUSED_MS 10000

typedef enum dh_span_state {
  DH_SPAN_GOOD, /* to be used */
  DH_SPAN_DUE,  /* to be used while the next one is obtained */
  DH_SPAN_OVER  /* not to be used before it was asked for anew */
} dh_span_state;

/* Times on both clocks: the wall clock steps, the monotonic one stands still while the
 * machine sleeps; whichever says first that the time has come is believed. */
typedef struct dh_span {
  int64_t due_wall, due_mono;
  int64_t end_wall, end_mono;
  bool once; /* good for one use */
  bool used;
} dh_span;

/*
 * `expiry_ms`: wall, 0 unknown; then `recheck_ms` counts: 0 after each use, -1 never.
 * `spread` in 0..65535 picks the jitter: up to a tenth of the time ahead, earlier.
 */
dh_span dh_span_make(int64_t wall_ms, int64_t mono_ms, int64_t expiry_ms, int64_t recheck_ms,
                     unsigned spread);
dh_span_state dh_span_look(const dh_span *span, int64_t wall_ms, int64_t mono_ms);
/* ms until its end; INT64_MAX where it has none. */
int64_t dh_span_left(const dh_span *span, int64_t wall_ms, int64_t mono_ms);

/* How long to wait after the nth failure in a row (from 1): 1 s doubling to a minute. */
int64_t dh_span_backoff(unsigned failures, unsigned spread);

#endif
