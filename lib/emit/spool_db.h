/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool's SQLite file: rows of packed records, and which records of a row are done.
 * One thread at a time, but for dh_spool_db_load(), which has a connection of its own.
 */
#ifndef DH_SPOOL_DB_H
#define DH_SPOOL_DB_H

#include "emit/spool.h"

typedef struct dh_spool_db dh_spool_db;

/* Is told of each row that is there: `done` has a bit for each record, NULL: none is. */
typedef bool (*dh_spool_row_fn)(void *arg, uint64_t first, uint32_t count,
                                const unsigned char *done);

/* Opens or makes it, checks it whole, and tells of its rows in order. `made`: there was
 * a spool before, so that an empty file is a loss. */
dh_spool_db *dh_spool_db_open(const char *path, dh_spool_sync sync, bool made, dh_spool_row_fn row,
                              void *arg, dh_error *error);
void dh_spool_db_close(dh_spool_db *db);

/* A transaction. `durable`: as the policy says; otherwise it may be lost in a power
 * failure whatever the policy. After any failure the transaction is undone. */
dh_status dh_spool_db_begin(dh_spool_db *db, bool durable, dh_error *error);
/* `sum`: dh_spool_sum() of the bytes. */
dh_status dh_spool_db_insert(dh_spool_db *db, uint64_t first, uint32_t count, const void *bytes,
                             size_t size, int64_t sum, dh_error *error);
dh_status dh_spool_db_set_done(dh_spool_db *db, uint64_t first, const unsigned char *bits,
                               size_t size, dh_error *error);
/* `partly`: dh_spool_db_set_done() was called for it, now or by an earlier run. */
dh_status dh_spool_db_delete(dh_spool_db *db, uint64_t first, bool partly, dh_error *error);
dh_status dh_spool_db_commit(dh_spool_db *db, dh_error *error);

/* Writes the log back into the file, so that its room can be used again. */
void dh_spool_db_checkpoint(dh_spool_db *db);

/* One row's records. */
dh_spool_batch *dh_spool_db_load(dh_spool_db *db, uint64_t first, uint32_t count,
                                 const unsigned char *done, dh_error *error);
/* There is nothing more to load. */
void dh_spool_db_load_end(dh_spool_db *db);

#endif
