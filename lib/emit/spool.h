/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool: records on disk from before they are acknowledged until their fate is
 * final. doc/internals/spool.md has the rules.
 *
 * Each record gets a ticket; tickets count up by one in the order of appending, across
 * restarts. An append is one row of many records. What is done is kept record by
 * record, so that a later record of a URN is never forgotten before an earlier one:
 * after a crash nothing old is sent over something newer.
 *
 * Threads: every function may be called from any thread, open and close excepted.
 * dh_spool_done() never blocks on the disk and never fails; the others may wait for it.
 * Who appends writes; appends that come meanwhile share the next transaction.
 */
#ifndef DH_SPOOL_H
#define DH_SPOOL_H

#include <datahub/context.h>

#include <stdbool.h>
#include <stdint.h>

/* What "acknowledged" means: what an append survives once it has returned. */
typedef enum dh_spool_sync {
  DH_SPOOL_FULL = 0,   /* a power failure: one fsync for each group of appends */
  DH_SPOOL_NORMAL = 1, /* the death of the process at any instant; a power failure may take
                          the last appends, never the spool's integrity */
  DH_SPOOL_OFF = 2     /* the death of the process; a power failure may damage the spool */
} dh_spool_sync;

typedef struct dh_spool dh_spool;

/* Records read back. One block of memory; free with dh_spool_batch_free(). */
typedef struct dh_spool_batch {
  size_t count;
  uint64_t *tickets; /* ascending; those that were done are left out */
  dh_record *records;
} dh_spool_batch;

/* "full", "normal", "off", any case; false on anything else. */
bool dh_spool_sync_of(const char *name, dh_spool_sync *out);

/*
 * Opens a spool, making it where there is none (mode 0600; PATH.lock beside it).
 * NULL and `error`: DH_UNAVAILABLE (another process holds it: its pid is named; cannot
 * be made or read), DH_MALFORMED (damaged, or no spool: it is left untouched and the
 * message says how to salvage), DH_MISCONFIGURED (made by a newer version), DH_NO_MEMORY.
 */
dh_spool *dh_spool_open(dh_context *context, const char *path, dh_spool_sync sync, dh_error *error);

/*
 * Writes records in order and returns once they are as safe as the policy says.
 * All or none. `*first` is the ticket of records[0]; records[i] has *first + i.
 * DH_UNAVAILABLE: the disk is full or failing; nothing of these was kept, what was
 * spooled before stays. DH_NO_MEMORY.
 */
dh_status dh_spool_append(dh_spool *spool, const dh_record *records, size_t count, uint64_t *first,
                          dh_error *error);

/* The fate of `count` records from ticket `first` on is final: they may go. Written out
 * soon after, in the order of the calls; a crash before that sends them again. */
void dh_spool_done(dh_spool *spool, uint64_t first, size_t count);

/*
 * Reads on in what an earlier run left, oldest first, at most one row's records (those of
 * one append) a call. DH_OK with `*batch` NULL at the end. DH_MALFORMED: a damaged row, as
 * for dh_spool_open(). Does not wait for appends. Not from two threads at once.
 */
dh_status dh_spool_load(dh_spool *spool, dh_spool_batch **batch, dh_error *error);
void dh_spool_batch_free(dh_spool_batch *batch);

/* How many records are on disk and not done. */
uint64_t dh_spool_pending(dh_spool *spool);
/* How many of them are left by an earlier run and not loaded yet: while there are any,
 * records newly appended must wait behind them. */
uint64_t dh_spool_unloaded(dh_spool *spool);

/* Waits until what was done so far is written. DH_UNAVAILABLE: it cannot be (disk). */
dh_status dh_spool_flush(dh_spool *spool, dh_error *error);

/* Flushes, closes, unlocks. What is not done stays for the next run. NULL is accepted.
 * A failed flush is returned: some delivered records will be sent again. */
dh_status dh_spool_close(dh_spool *spool, dh_error *error);

#endif
