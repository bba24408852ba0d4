/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch: records on their way to the sink, until each one's fate is final.
 *
 * `entries` are the records of the batch that are not final. `ranges` is a stack of
 * what is still to be sent, the next on top; the sink sees the one range that was
 * popped, the window. A refused window is pushed back as two halves, so that they are sent one
 * after the other and the order within a URN is kept.
 */
#ifndef DH_EMIT_BATCH_H
#define DH_EMIT_BATCH_H

#include "emit/entry.h"

#include <stdatomic.h>
#include <stdbool.h>

typedef struct dh_range {
  size_t from, count;
} dh_range;

#define DH_FATE_UNKNOWN ((uint8_t)0xff)

/* How the fates of a window are told: one by one, or, as most are, all in one report. */
typedef enum dh_telling { DH_UNTOLD, DH_ONE_BY_ONE, DH_ALL_AT_ONCE } dh_telling;

struct dh_batch {
  struct dh_batch *next; /* in the one list that it is on */
  size_t max;
  dh_entry **entries;
  size_t count;
  dh_range *ranges;
  size_t depth;
  dh_range window;

  /* What the sink said of the window's records; written by any thread, each place once. */
  atomic_uchar telling; /* a dh_telling */
  atomic_uchar *fates;
  dh_error **errors; /* of its own, or NULL: `common` */
  dh_error common;   /* said with all at once */
  atomic_bool has_common;
  atomic_size_t left;

  char **aspects;    /* made for the sink, by index */
  atomic_bool noted; /* there are errors or aspects */

  uint64_t number;        /* of the request, for the limit */
  uint64_t sent_goods;    /* the emitter's successes when the window was submitted */
  int64_t cost;           /* of the failed tries so far, in fractions of one */
  unsigned tries;         /* failed ones */
  uint64_t failing_goods; /* the same when the first failed try was submitted */
  int64_t due_ms;         /* when it may be sent again */
  bool spent;             /* its tries are used up: what fails from now on is split */
};

dh_batch *dh_batch_new(size_t max);
void dh_batch_free(dh_batch *batch);
/* Empties it for reuse. */
void dh_batch_reset(dh_batch *batch);

void dh_batch_push(dh_batch *batch, size_t from, size_t count);
/* Makes the top range the window. False where there is none. */
bool dh_batch_pop(dh_batch *batch);
/* Forgets what was said of the window. */
void dh_batch_forget(dh_batch *batch);

/* The sink's reports. True where it was the window's last. A second report of one
 * record is ignored. */
bool dh_batch_report(dh_batch *batch, size_t index, dh_fate fate, const dh_error *error);
bool dh_batch_report_all(dh_batch *batch, dh_fate fate, const dh_error *error);

static inline dh_fate dh_batch_fate(const dh_batch *batch, size_t index)
{
  return (dh_fate)atomic_load_explicit(&batch->fates[index], memory_order_acquire);
}
/* What was said with it, or NULL. */
const dh_error *dh_batch_error(const dh_batch *batch, size_t index);
dh_slice dh_batch_aspect_of(dh_batch *batch, size_t index);

#endif
