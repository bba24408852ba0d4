/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the aspects are: one SQLite database, in a file or in memory.
 *
 * Version 0 of an aspect is the latest; what it replaces moves to the next free version,
 * so that 1 is the oldest. Timeseries aspects have no versions: each is a row of its own.
 *
 * One connection behind one lock: everything but open and close happens between
 * gms_store_begin() and gms_store_end(), on one thread.
 */
#ifndef GMS_STORE_H
#define GMS_STORE_H

#include <datahub/error.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct gms_store gms_store;

/* One aspect of one entity. Reading: all text is malloc'ed, see gms_row_clear(). */
typedef struct gms_row {
  char *urn;
  char *name;   /* the aspect's */
  char *value;  /* its JSON */
  char *system; /* systemMetadata, a JSON object */
  char *actor;  /* who wrote it */
  char *trace;  /* the trace id of the write */
  int64_t at;   /* when it was written; of a timeseries, what it tells of; wall ms */
  int64_t version;
} gms_row;
void gms_row_clear(gms_row *row);

/* `path` NULL: in memory. DH_UNAVAILABLE names the file. */
gms_store *gms_store_open(const char *path, dh_error *error);
void gms_store_close(gms_store *store);

/* Locks, and begins a transaction where `write`. On an error it is not locked. */
dh_status gms_store_begin(gms_store *store, bool write, dh_error *error);
/* Ends it, keeping what was written where `keep`, and unlocks. */
dh_status gms_store_end(gms_store *store, bool keep, dh_error *error);

/* DH_OK and `out` filled; DH_IGNORE: there is none. `out` may be NULL. */
dh_status gms_store_get(gms_store *store, const char *urn, const char *name, int64_t version,
                        gms_row *out, dh_error *error);
/* Whether the entity has any versioned aspect. DH_OK, DH_IGNORE. */
dh_status gms_store_has(gms_store *store, const char *urn, dh_error *error);
/* Makes `row` version 0, and keeps the one before where `keep_old`. */
dh_status gms_store_put(gms_store *store, const gms_row *row, bool keep_old, dh_error *error);
/* Adds to a timeseries; a row of the same `key` is replaced: it is the same event sent again. */
dh_status gms_store_append(gms_store *store, const gms_row *row, const char *key, dh_error *error);
/* Removes one aspect with its history (versioned or timeseries), or the entity where `name` is
 * NULL. Counts what went. */
dh_status gms_store_remove(gms_store *store, const char *urn, const char *name, int64_t *versioned,
                           int64_t *timeseries, dh_error *error);

/* Stops where `each` returns false. */
typedef bool (*gms_row_fn)(void *arg, gms_row *row);
/* The latest of each versioned aspect of an entity, by name. */
dh_status gms_store_each(gms_store *store, const char *urn, gms_row_fn each, void *arg,
                         dh_error *error);
/* The latest of one aspect, over all entities, by URN; for what the server itself keeps. */
dh_status gms_store_each_of(gms_store *store, const char *name, gms_row_fn each, void *arg,
                            dh_error *error);
/* Every version of an aspect that a write of that trace left, versioned ones only. */
dh_status gms_store_traced(gms_store *store, const char *urn, const char *name, const char *trace,
                           int64_t *version, bool *timeseries, dh_error *error);
/* A timeseries from `from` to `to` (ms, inclusive), newest first, at most `limit`. */
dh_status gms_store_series(gms_store *store, const char *urn, const char *name, int64_t from,
                           int64_t to, int64_t limit, gms_row_fn each, void *arg, dh_error *error);

#endif
