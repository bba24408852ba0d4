/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of the emitter. doc/internals/emitter.md tells the rules.
 *
 * emitter.c  opening, closing, what callers call
 * intake.c   from a caller's record to the queue; flush and the wait for room
 * io.c       the I/O thread: what is sent when
 * settle.c   what becomes of a batch that the sink has answered
 * services.c what the sink may ask of its host
 */
#ifndef DH_EMIT_ENGINE_H
#define DH_EMIT_ENGINE_H

#include "emit/batch.h"
#include "emit/dead_letter.h"
#include "emit/limit.h"
#include "emit/order.h"
#include "emit/own_credential.h"
#include "emit/settings.h"
#include "emit/spool.h"
#include "emit/transport.h"
#include "module/module.h"

#include <datahub/emitter.h>

#include <pthread.h>

#define DH_EPOCHS 8u

/* A list as an array: who walks it can have the records fetched that come next. They were
 * written by another core. */
typedef struct dh_intake {
  dh_entry **entries;
  size_t count, capacity;
} dh_intake;

struct dh_emitter {
  dh_context *context;
  dh_settings settings;
  char *component, *client_mode;
  dh_delivery_fn delivered;
  dh_stats_fn stats_fn;
  void *arg; /* of both */
  int64_t stats_interval_ms;

  dh_module *module;
  dh_options *sink_options;
  const dh_sink_role *role;
  dh_instance instance;
  void *sink; /* the sink's self */
  bool sink_open;

  dh_transport transport;
  dh_own_credential own_credential;
  dh_dead_letter *dead_letter; /* or NULL */
  dh_spool *spool;             /* or NULL */
  pthread_t thread;
  bool started;

  /* Guarded by `lock`. */
  pthread_mutex_t lock;
  pthread_cond_t room;    /* a caller waits for room in the queue */
  pthread_cond_t settled; /* a caller waits for records' fates */
  dh_arena arena;
  dh_intake intake;   /* accepted, not yet seen by the I/O thread */
  size_t wake_at;     /* how many of them wake it */
  size_t outstanding; /* accepted, fate unknown */
  uint64_t outstanding_bytes;
  size_t reserved; /* room promised to callers who write to the spool */
  size_t in_epoch[DH_EPOCHS];
  uint32_t epoch;
  size_t flushers, waiters;
  uint64_t sequence;
  bool closing; /* no more records */
  bool quit;    /* the I/O thread ends */
  dh_status stopped;
  dh_error stop_error;
  dh_batch *answered; /* by the sink, to be settled */
  dh_emitter_stats stats;

  /* The I/O thread's own. */
  dh_intake taken; /* what it looks at; exchanged for `intake` */
  dh_order order;
  dh_limit limit;
  dh_batch *waiting; /* for their time to be sent again */
  dh_batch *spare;
  size_t with_sink, waiting_count;
  int64_t ripe_ms;      /* when what is ready has lingered long enough; -1: nothing is */
  int64_t last_good_ms; /* the last success, or the start */
  uint64_t goods;       /* successes so far: a clock could not tell which came first */
  size_t forbidden;     /* records that were refused alone with a 403 */
  int64_t next_poll_ms; /* of the sink */
  int64_t next_stats_ms;
  uint64_t jitter;                 /* state of the dice */
  uint64_t done_first, done_count; /* tickets not yet given back to the spool */
  bool loading;                    /* the spool has more of an earlier run */
};

/* intake.c */
void dh_emitter_unlock_and_wake(dh_emitter *e, bool wake);
/* Copies a record of the spool into the queue's memory. NULL when out of memory. */
dh_entry *dh_emitter_admit(dh_emitter *e, const dh_record *record, uint64_t ticket);

/* io.c */
void *dh_emitter_main(void *arg);
/* Ends the run: what is not delivered stays so. Any thread. */
void dh_emitter_stop(dh_emitter *e, const dh_error *why);
bool dh_emitter_has_stopped(dh_emitter *e);
/* Settles what the sink has said and gives up all that is not with it: the I/O thread at its
 * end, and who closes after that. */
void dh_emitter_wind_up(dh_emitter *e);

/* settle.c */
/* What has no batch and will have none: its fate is final. The I/O thread. */
void dh_emitter_finish(dh_emitter *e, dh_entry *entry, dh_fate fate, const dh_error *error);
/* Takes the sink's answer to the window. True where the batch has something left to send. */
bool dh_emitter_settle(dh_emitter *e, dh_batch *batch);
void dh_emitter_spool_flush(dh_emitter *e);

/* services.c */
extern const dh_host_ops dh_emitter_services;

/* stats.c */
/* Brings what the I/O thread counts into `stats`; it calls this with the lock held. */
void dh_emitter_note_counts(dh_emitter *e);

#endif
