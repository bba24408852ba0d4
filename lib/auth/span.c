/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/span.h"

#define NEVER INT64_MAX

static int64_t plus(int64_t a, int64_t b)
{
  return b > NEVER - a ? NEVER : a + b;
}

static dh_span forever(void)
{
  return (dh_span){.due_wall = NEVER, .due_mono = NEVER, .end_wall = NEVER, .end_mono = NEVER};
}

dh_span dh_span_make(int64_t wall_ms, int64_t mono_ms, int64_t expiry_ms, int64_t recheck_ms,
                     unsigned spread)
{
  dh_span span = forever();
  if (expiry_ms) {
    int64_t left = expiry_ms > wall_ms ? expiry_ms - wall_ms : 0;
    int64_t ahead = left / 2 < DH_SPAN_AHEAD_MS ? left / 2 : DH_SPAN_AHEAD_MS;
    int64_t early = ahead + ahead / 10 * (int64_t)(spread & 0xffff) / 0xffff;
    span.end_wall = wall_ms + left;
    span.end_mono = plus(mono_ms, left);
    span.due_wall = span.end_wall - early;
    span.due_mono = plus(mono_ms, left - early);
  } else if (!recheck_ms) {
    span.once = true;
    span.end_mono = plus(mono_ms, DH_SPAN_UNUSED_MS);
  } else if (recheck_ms > 0) {
    /* One that is used steadily is looked at in the background; one that lay idle is
     * looked at before it is used: it may be long out of date. */
    span.due_mono = plus(mono_ms, recheck_ms);
    span.end_mono = plus(span.due_mono, recheck_ms);
  }
  return span;
}

dh_span_state dh_span_look(const dh_span *span, int64_t wall_ms, int64_t mono_ms)
{
  if ((span->once && span->used) || wall_ms >= span->end_wall || mono_ms >= span->end_mono)
    return DH_SPAN_OVER;
  return wall_ms >= span->due_wall || mono_ms >= span->due_mono ? DH_SPAN_DUE : DH_SPAN_GOOD;
}

int64_t dh_span_left(const dh_span *span, int64_t wall_ms, int64_t mono_ms)
{
  int64_t wall = span->end_wall == NEVER ? NEVER : span->end_wall - wall_ms;
  int64_t mono = span->end_mono == NEVER ? NEVER : span->end_mono - mono_ms;
  return wall < mono ? wall : mono;
}

int64_t dh_span_backoff(unsigned failures, unsigned spread)
{
  unsigned step = failures < 1 ? 0 : failures - 1;
  int64_t ms = (int64_t)1000 << (step < 6 ? step : 6);
  if (ms > 60000)
    ms = 60000;
  /* Between a half and the whole: many clients that failed together come back apart. */
  return ms / 2 + ms / 2 * (int64_t)(spread & 0xffff) / 0xffff;
}
