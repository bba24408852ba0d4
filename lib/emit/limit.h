/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many requests may be under way: additive increase, multiplicative decrease. One
 * bad spell halves it once, however many answers tell of it: those of requests that
 * were sent before the last halving say nothing new.
 */
#ifndef DH_EMIT_LIMIT_H
#define DH_EMIT_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct dh_limit {
  double window;
  double max;
  uint64_t sent; /* requests so far: a clock that counts requests */
  uint64_t halved_at;
} dh_limit;

void dh_limit_init(dh_limit *limit, size_t max);
/* How many requests may be under way now. */
size_t dh_limit_now(const dh_limit *limit);
/* A request goes out; the number is given back with its answer. */
uint64_t dh_limit_sent(dh_limit *limit);
void dh_limit_good(dh_limit *limit);
/* The server is overloaded, or slow. */
void dh_limit_bad(dh_limit *limit, uint64_t number);

#endif
