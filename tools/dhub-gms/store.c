/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum statement {
  S_BEGIN,
  S_COMMIT,
  S_ROLLBACK,
  S_GET,
  S_HAS,
  S_NEXT,
  S_MOVE,
  S_PUT,
  S_APPEND,
  S_REMOVE_ASPECT,
  S_REMOVE_SERIES,
  S_REMOVE_ENTITY,
  S_REMOVE_ENTITY_SERIES,
  S_EACH,
  S_EACH_OF,
  S_TRACED,
  S_TRACED_SERIES,
  S_SERIES,
  S_COUNT
};

#define ROW "urn, name, value, system, actor, trace, at, version"

static const char *const sql[S_COUNT] = {
    [S_BEGIN] = "BEGIN IMMEDIATE",
    [S_COMMIT] = "COMMIT",
    [S_ROLLBACK] = "ROLLBACK",
    [S_GET] = "SELECT " ROW " FROM aspect WHERE urn = ?1 AND name = ?2 AND version = ?3",
    [S_HAS] = "SELECT 1 FROM aspect WHERE urn = ?1 AND version = 0 LIMIT 1",
    [S_NEXT] = "SELECT max(version) + 1 FROM aspect WHERE urn = ?1 AND name = ?2",
    [S_MOVE] = "UPDATE aspect SET version = ?3 WHERE urn = ?1 AND name = ?2 AND version = 0",
    [S_PUT] = "INSERT OR REPLACE INTO aspect (" ROW ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
    [S_APPEND] = "INSERT OR REPLACE INTO series (urn, name, value, system, actor, trace, at, key)"
                 " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    [S_REMOVE_ASPECT] = "DELETE FROM aspect WHERE urn = ?1 AND name = ?2",
    [S_REMOVE_SERIES] = "DELETE FROM series WHERE urn = ?1 AND name = ?2",
    [S_REMOVE_ENTITY] = "DELETE FROM aspect WHERE urn = ?1",
    [S_REMOVE_ENTITY_SERIES] = "DELETE FROM series WHERE urn = ?1",
    [S_EACH] = "SELECT " ROW " FROM aspect WHERE urn = ?1 AND version = 0 ORDER BY name",
    [S_EACH_OF] = "SELECT " ROW " FROM aspect WHERE name = ?1 AND version = 0 ORDER BY urn",
    [S_TRACED] = "SELECT min(version) FROM aspect WHERE urn = ?1 AND name = ?2 AND trace = ?3",
    [S_TRACED_SERIES] = "SELECT 1 FROM series WHERE urn = ?1 AND name = ?2 AND trace = ?3 LIMIT 1",
    [S_SERIES] = "SELECT urn, name, value, system, actor, trace, at, 0 FROM series"
                 " WHERE urn = ?1 AND name = ?2 AND at BETWEEN ?3 AND ?4"
                 " ORDER BY at DESC, id DESC LIMIT ?5",
};

static const char schema[] =
    "CREATE TABLE IF NOT EXISTS aspect (urn TEXT NOT NULL, name TEXT NOT NULL,"
    " version INTEGER NOT NULL, value TEXT NOT NULL, system TEXT NOT NULL, actor TEXT NOT NULL,"
    " trace TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (urn, name, version));"
    "CREATE INDEX IF NOT EXISTS aspect_name ON aspect (name, urn) WHERE version = 0;"
    "CREATE TABLE IF NOT EXISTS series (id INTEGER PRIMARY KEY, urn TEXT NOT NULL,"
    " name TEXT NOT NULL, at INTEGER NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
    " system TEXT NOT NULL, actor TEXT NOT NULL, trace TEXT NOT NULL, UNIQUE (urn, name, key));"
    "CREATE INDEX IF NOT EXISTS series_at ON series (urn, name, at);";

struct gms_store {
  sqlite3 *db;
  pthread_mutex_t lock;
  bool writing;
  sqlite3_stmt *prepared[S_COUNT];
};

void gms_row_clear(gms_row *row)
{
  free(row->urn);
  free(row->name);
  free(row->value);
  free(row->system);
  free(row->actor);
  free(row->trace);
  memset(row, 0, sizeof(*row));
}

static dh_status failed(gms_store *store, dh_error *error)
{
  int code = sqlite3_errcode(store->db);
  return dh_error_set(error, code == SQLITE_NOMEM ? DH_NO_MEMORY : DH_UNAVAILABLE,
                      "the metadata store failed: %s", sqlite3_errmsg(store->db));
}

static sqlite3_stmt *use(gms_store *store, enum statement which)
{
  sqlite3_stmt *statement = store->prepared[which];
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return statement;
}

static void bind(sqlite3_stmt *statement, int index, const char *text)
{
  if (text)
    sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC);
}

static dh_status run(gms_store *store, sqlite3_stmt *statement, dh_error *error)
{
  int code = sqlite3_step(statement);
  dh_status status = DH_OK;
  if (code != SQLITE_DONE && code != SQLITE_ROW)
    status = failed(store, error);
  sqlite3_reset(statement);
  return status;
}

/* The file is made here, so that it is private from its first byte. */
static dh_status make_private(const char *path, dh_error *error)
{
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return dh_error_set(error, DH_UNAVAILABLE, "cannot open the metadata store %s: %m", path);
  close(fd);
  return DH_OK;
}

static dh_status prepare(gms_store *store, const char *path, dh_error *error)
{
  static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                                "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;";
  if (path && make_private(path, error))
    return error ? error->status : DH_UNAVAILABLE;
  if (sqlite3_open(path ? path : ":memory:", &store->db))
    return dh_error_set(error, DH_UNAVAILABLE, "cannot open the metadata store %s: %s",
                        path ? path : "in memory",
                        store->db ? sqlite3_errmsg(store->db) : "out of memory");
  sqlite3_busy_timeout(store->db, 10000);
  if (sqlite3_exec(store->db, pragmas, NULL, NULL, NULL) ||
      sqlite3_exec(store->db, schema, NULL, NULL, NULL))
    return failed(store, error);
  for (int i = 0; i < S_COUNT; i++)
    if (sqlite3_prepare_v3(store->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &store->prepared[i],
                           NULL))
      return failed(store, error);
  return DH_OK;
}

gms_store *gms_store_open(const char *path, dh_error *error)
{
  gms_store *store = calloc(1, sizeof(*store));
  if (!store || pthread_mutex_init(&store->lock, NULL)) {
    free(store);
    dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the metadata store");
    return NULL;
  }
  if (prepare(store, path, error)) {
    gms_store_close(store);
    return NULL;
  }
  return store;
}

void gms_store_close(gms_store *store)
{
  if (!store)
    return;
  for (int i = 0; i < S_COUNT; i++)
    sqlite3_finalize(store->prepared[i]);
  sqlite3_close(store->db);
  pthread_mutex_destroy(&store->lock);
  free(store);
}

dh_status gms_store_begin(gms_store *store, bool write, dh_error *error)
{
  pthread_mutex_lock(&store->lock);
  store->writing = write;
  dh_status status = write ? run(store, use(store, S_BEGIN), error) : DH_OK;
  if (status)
    pthread_mutex_unlock(&store->lock);
  return status;
}

dh_status gms_store_end(gms_store *store, bool keep, dh_error *error)
{
  dh_status status = DH_OK;
  if (store->writing && keep)
    status = run(store, use(store, S_COMMIT), error);
  if (store->writing && (!keep || status))
    run(store, use(store, S_ROLLBACK), NULL);
  pthread_mutex_unlock(&store->lock);
  return status;
}

static char *column(sqlite3_stmt *statement, int index)
{
  const unsigned char *text = sqlite3_column_text(statement, index);
  return strdup(text ? (const char *)text : "");
}

static bool read_row(sqlite3_stmt *statement, gms_row *row)
{
  row->urn = column(statement, 0);
  row->name = column(statement, 1);
  row->value = column(statement, 2);
  row->system = column(statement, 3);
  row->actor = column(statement, 4);
  row->trace = column(statement, 5);
  row->at = sqlite3_column_int64(statement, 6);
  row->version = sqlite3_column_int64(statement, 7);
  return row->urn && row->name && row->value && row->system && row->actor && row->trace;
}

static dh_status each_row(gms_store *store, sqlite3_stmt *statement, gms_row_fn each, void *arg,
                          dh_error *error)
{
  dh_status status = DH_OK;
  bool more = true;
  int code = SQLITE_DONE;
  while (more && (code = sqlite3_step(statement)) == SQLITE_ROW) {
    gms_row row = {0};
    if (!read_row(statement, &row)) {
      status = dh_error_set(error, DH_NO_MEMORY, "out of memory while reading an aspect");
      more = false;
    } else
      more = each(arg, &row);
    gms_row_clear(&row);
  }
  if (!status && code != SQLITE_ROW && code != SQLITE_DONE)
    status = failed(store, error);
  sqlite3_reset(statement);
  return status;
}

static bool take_row(void *arg, gms_row *row)
{
  gms_row *out = arg;
  *out = *row;
  memset(row, 0, sizeof(*row));
  return false;
}

dh_status gms_store_get(gms_store *store, const char *urn, const char *name, int64_t version,
                        gms_row *out, dh_error *error)
{
  gms_row found = {0};
  sqlite3_stmt *statement = use(store, S_GET);
  bind(statement, 1, urn);
  bind(statement, 2, name);
  sqlite3_bind_int64(statement, 3, version);
  dh_status status = each_row(store, statement, take_row, &found, error);
  if (!status && !found.urn)
    status = DH_IGNORE;
  if (status || !out)
    gms_row_clear(&found);
  if (out)
    *out = found;
  return status;
}

/* Whether a query has a row at all; its first number goes to `value`, which stays as it is
 * where that is NULL. */
static dh_status has_row(gms_store *store, sqlite3_stmt *statement, int64_t *value, dh_error *error)
{
  dh_status status = DH_IGNORE;
  int code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    if (sqlite3_column_type(statement, 0) != SQLITE_NULL) {
      status = DH_OK;
      if (value)
        *value = sqlite3_column_int64(statement, 0);
    }
  } else if (code != SQLITE_DONE)
    status = failed(store, error);
  sqlite3_reset(statement);
  return status;
}

dh_status gms_store_has(gms_store *store, const char *urn, dh_error *error)
{
  sqlite3_stmt *statement = use(store, S_HAS);
  bind(statement, 1, urn);
  return has_row(store, statement, NULL, error);
}

static void bind_row(sqlite3_stmt *statement, const gms_row *row)
{
  bind(statement, 1, row->urn);
  bind(statement, 2, row->name);
  bind(statement, 3, row->value);
  bind(statement, 4, row->system);
  bind(statement, 5, row->actor);
  bind(statement, 6, row->trace);
  sqlite3_bind_int64(statement, 7, row->at);
}

static dh_status move_old(gms_store *store, const gms_row *row, dh_error *error)
{
  int64_t next = 1;
  sqlite3_stmt *statement = use(store, S_NEXT);
  bind(statement, 1, row->urn);
  bind(statement, 2, row->name);
  dh_status status = has_row(store, statement, &next, error);
  if (status == DH_IGNORE)
    return DH_OK; /* the first of its kind */
  if (status)
    return status;
  statement = use(store, S_MOVE);
  bind(statement, 1, row->urn);
  bind(statement, 2, row->name);
  sqlite3_bind_int64(statement, 3, next);
  return run(store, statement, error);
}

dh_status gms_store_put(gms_store *store, const gms_row *row, bool keep_old, dh_error *error)
{
  dh_status status = keep_old ? move_old(store, row, error) : DH_OK;
  if (status)
    return status;
  sqlite3_stmt *statement = use(store, S_PUT);
  bind_row(statement, row);
  return run(store, statement, error);
}

dh_status gms_store_append(gms_store *store, const gms_row *row, const char *key, dh_error *error)
{
  sqlite3_stmt *statement = use(store, S_APPEND);
  bind_row(statement, row);
  bind(statement, 8, key);
  return run(store, statement, error);
}

dh_status gms_store_remove(gms_store *store, const char *urn, const char *name, int64_t *versioned,
                           int64_t *timeseries, dh_error *error)
{
  sqlite3_stmt *statement = use(store, name ? S_REMOVE_ASPECT : S_REMOVE_ENTITY);
  bind(statement, 1, urn);
  bind(statement, 2, name);
  dh_status status = run(store, statement, error);
  *versioned = sqlite3_changes(store->db);
  if (status)
    return status;
  statement = use(store, name ? S_REMOVE_SERIES : S_REMOVE_ENTITY_SERIES);
  bind(statement, 1, urn);
  bind(statement, 2, name);
  status = run(store, statement, error);
  *timeseries = sqlite3_changes(store->db);
  return status;
}

dh_status gms_store_each(gms_store *store, const char *urn, gms_row_fn each, void *arg,
                         dh_error *error)
{
  sqlite3_stmt *statement = use(store, S_EACH);
  bind(statement, 1, urn);
  return each_row(store, statement, each, arg, error);
}

dh_status gms_store_each_of(gms_store *store, const char *name, gms_row_fn each, void *arg,
                            dh_error *error)
{
  sqlite3_stmt *statement = use(store, S_EACH_OF);
  bind(statement, 1, name);
  return each_row(store, statement, each, arg, error);
}

dh_status gms_store_traced(gms_store *store, const char *urn, const char *name, const char *trace,
                           int64_t *version, bool *timeseries, dh_error *error)
{
  for (int series = 0; series < 2; series++) {
    sqlite3_stmt *statement = use(store, series ? S_TRACED_SERIES : S_TRACED);
    bind(statement, 1, urn);
    bind(statement, 2, name);
    bind(statement, 3, trace);
    dh_status status = has_row(store, statement, version, error);
    *timeseries = series != 0;
    if (status != DH_IGNORE)
      return status;
  }
  return DH_IGNORE;
}

dh_status gms_store_series(gms_store *store, const char *urn, const char *name, int64_t from,
                           int64_t to, int64_t limit, gms_row_fn each, void *arg, dh_error *error)
{
  sqlite3_stmt *statement = use(store, S_SERIES);
  bind(statement, 1, urn);
  bind(statement, 2, name);
  sqlite3_bind_int64(statement, 3, from);
  sqlite3_bind_int64(statement, 4, to);
  sqlite3_bind_int64(statement, 5, limit);
  return each_row(store, statement, each, arg, error);
}
