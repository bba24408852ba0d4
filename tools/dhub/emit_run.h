/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of `dhub emit`: records from inputs into an emitter, and what became of them.
 */
#ifndef DHUB_EMIT_RUN_H
#define DHUB_EMIT_RUN_H

#include "dead_letter.h"
#include "output.h"

#include <datahub/emitter.h>

#include <pthread.h>
#include <stdatomic.h>

typedef struct emit_run {
  /* set by the caller */
  dhub_output *output;
  dh_context *context;
  const char *command_line_run_id; /* for systemMetadata, or NULL */
  bool for_datahub;                /* the sink is DataHub: records say which client sent them */
  bool quiet;                      /* says what went wrong and nothing else */
  bool show_progress;
  int64_t stats_ms;    /* between two lines of statistics; 0: none */
  int64_t grace_ms;    /* how long an interrupted run may still send */
  bool spooled;        /* what is not delivered is kept on disk */
  dead_letter *letter; /* or NULL */

  /* what came of it; the first group is counted by the emitter's thread, on a line of its own of
   * the cache: the others are counted by this one, for each record */
  _Alignas(64) atomic_uint_fast64_t delivered;
  atomic_uint_fast64_t rejected, undelivered;
  _Alignas(64) uint64_t inputs;
  uint64_t unreadable, records;
  uint64_t left_behind; /* of the undelivered: those that never came into the queue */
  dh_emitter_stats stats;
  double seconds;
  dh_error failure;       /* why the run ended early; DH_OK: it did not */
  bool input_failed;      /* it was an input that could not be read on */
  const char *stopped_in; /* an interrupted run: the input that was not read to its end */

  /* the run's own */
  dh_emitter *emitter; /* NULL: a dry run */
  struct emit_buffer *buffer;
  int64_t started_ms, last_shown_ms, last_stats_ms;
  pthread_mutex_t room_lock;
  pthread_cond_t room; /* as many fates as `wake_at` are known: there is room in the queue */
  atomic_bool waiting;
  atomic_uint_fast64_t wake_at; /* fates that are worth waking for */
  uint64_t queued;              /* records that came into the queue */
} emit_run;

void emit_run_init(emit_run *run);
void emit_run_free(emit_run *run);

/* The dh_delivery_fn of the run's emitter; `arg` is the emit_run. */
void emit_run_fate(void *arg, const dh_record *record, void *opaque, dh_fate fate,
                   const dh_error *error);

/* Reads one input ("-": standard input) and emits its records, or prints them where there
 * is no emitter. False: the run is over. */
bool emit_run_input(emit_run *run, const char *path);

/* Waits for all fates, closes the emitter and takes its last figures. */
void emit_run_finish(emit_run *run);

#endif
