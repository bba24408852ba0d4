/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emitter on a scripted server, and a ledger of what became of each record.
 */
#ifndef DH_TESTS_EMIT_FIXTURE_H
#define DH_TESTS_EMIT_FIXTURE_H

#include "support/server.h"

#include <datahub/datahub.h>

#include <pthread.h>

#define LEDGER_MAX 20000

/* One line for each record, by its number. */
typedef struct ledger_line {
  unsigned told; /* how often a fate was told: once, or something is wrong */
  dh_fate fate;
  char words[DH_ERROR_MESSAGE_SIZE];
  dh_status status;
} ledger_line;

typedef struct ledger {
  pthread_mutex_t lock;
  ledger_line line[LEDGER_MAX];
  size_t told;
  size_t snapshots; /* of the statistics, where they were asked for */
  dh_emitter_stats snapshot;
  char *log; /* what the library logged, one line each */
  size_t log_size;
} ledger;

typedef struct fixture {
  ledger *ledger;
  dh_context *context;
  dh_config *sink;
  dh_emitter *emitter;
  size_t emitted;            /* records, numbered from 0 */
  int64_t stats_interval_ms; /* > 0: snapshots go into the ledger */
  size_t padding;            /* bytes that each is made larger by */
} fixture;

/* A sink of this type; nothing is opened yet. Retries are quick (`retry_backoff` 1 ms). */
void fixture_init(fixture *f, const char *type, const char *server);
/* The same under this clock. */
void fixture_init_clock(fixture *f, const char *type, const char *server, const dh_clock *clock);
/* A key of the sink's `config`. */
void fixture_set(fixture *f, const char *key, const char *value);
/* Opens the emitter, which must succeed. */
void fixture_open(fixture *f);
/* Emits one record: an UPSERT of `status` of this URN with a number. Returns what emit did. */
dh_status fixture_emit(fixture *f, const char *urn, dh_error *error);
/* `count` records over `urns` datasets in turn; each must be accepted. */
void fixture_emit_many(fixture *f, size_t count, size_t urns);
/* Closes and checks that each record was accounted for once. */
dh_status fixture_close(fixture *f, int64_t timeout_ms, dh_error *error);
/* How many records have this fate. */
size_t fixture_count(fixture *f, dh_fate fate);
/* How many snapshots came; the last one. */
size_t fixture_snapshots(fixture *f, dh_emitter_stats *last);
const ledger_line *fixture_line(fixture *f, size_t number);
/* Whether the log has a line with these words. */
int fixture_logged(fixture *f, const char *words);
void fixture_end(fixture *f);

/* The number within a proposal or body from `at` on ("number\":N"), -1 where there is none;
 * *next is behind it. */
long fixture_number(const char *at, const char **next);

#endif
