/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of issued PATs. One connection under a mutex: a lookup is a few
 * microseconds, and the verifier's cache stands before it.
 */
#include <datahub/token.h>

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SCHEMA_VERSION 1
#define BUSY_MS 2000
/* What is short of all checks under way, and no wait. */
#define ENTER_NS 50000000L

static const char SCHEMA[] =
    "CREATE TABLE IF NOT EXISTS tokens(id TEXT PRIMARY KEY NOT NULL, name TEXT NOT NULL,"
    " description TEXT, type TEXT NOT NULL, actor_urn TEXT NOT NULL, owner_urn TEXT NOT NULL,"
    " created_at INTEGER NOT NULL, expires_at INTEGER, revoked_at INTEGER) WITHOUT ROWID;"
    "CREATE INDEX IF NOT EXISTS tokens_owner ON tokens(owner_urn);"
    "CREATE TABLE IF NOT EXISTS actors(urn TEXT PRIMARY KEY NOT NULL, active INTEGER NOT NULL)"
    " WITHOUT ROWID;"
    "PRAGMA user_version=1;";

/* `revoked` and `active` are NULL where there is no row; one query for both questions. */
static const char CHECK[] =
    "SELECT t.id IS NOT NULL, t.revoked_at IS NOT NULL, t.actor_urn = ?2, a.active"
    " FROM (SELECT 1) LEFT JOIN tokens t ON t.id = ?1 LEFT JOIN actors a ON a.urn = ?2";

struct dh_pat_store {
  pthread_mutex_t lock;
  atomic_int patient; /* checks that wait as long as it takes */
  sqlite3 *db;
  sqlite3_stmt *check;
};

/* What a person can do about it. */
static const char *cure(int code)
{
  switch (code & 0xff) {
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return ": another program holds it: end the backup or the sqlite3 shell that keeps a "
           "transaction open (fuser names it)";
  case SQLITE_CANTOPEN:
  case SQLITE_PERM:
  case SQLITE_READONLY:
    return ": this user must be able to read and write the file and its folder";
  case SQLITE_NOTADB:
  case SQLITE_CORRUPT:
    return ": restore it from a backup";
  case SQLITE_IOERR:
  case SQLITE_FULL:
    return ": look at the disk";
  default:
    return "";
  }
}

static dh_status failed(dh_pat_store *store, const char *what, dh_error *error)
{
  int code = sqlite3_errcode(store->db);
  return dh_error_set(error,
                      code == SQLITE_NOMEM                              ? DH_NO_MEMORY
                      : code == SQLITE_NOTADB || code == SQLITE_CORRUPT ? DH_MISCONFIGURED
                                                                        : DH_UNAVAILABLE,
                      "the token store: %s: %s%s", what, sqlite3_errmsg(store->db), cure(code));
}

static dh_status user_version(dh_pat_store *store, int *out, dh_error *error)
{
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(store->db, "PRAGMA user_version", -1, &statement, NULL) != SQLITE_OK ||
      sqlite3_step(statement) != SQLITE_ROW) {
    dh_status status = failed(store, "cannot be read", error);
    sqlite3_finalize(statement);
    return status;
  }
  *out = sqlite3_column_int(statement, 0);
  sqlite3_finalize(statement);
  return DH_OK;
}

static dh_status prepare_tables(dh_pat_store *store, unsigned flags, dh_error *error)
{
  int version = 0;
  sqlite3_busy_timeout(store->db, flags & DH_PAT_STORE_NOW ? 0 : BUSY_MS);
  dh_status status = user_version(store, &version, error);
  if (status != DH_OK)
    return status;
  if (version > SCHEMA_VERSION)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "the token store is of version %d, newer than this program's %d: "
                        "install the newer libdatahub here too",
                        version, SCHEMA_VERSION);
  if (!version && !(flags & DH_PAT_STORE_CREATE))
    return dh_error_set(error, DH_UNAVAILABLE,
                        "the token store has no tables yet: who issues the tokens makes them");
  if (!version && (sqlite3_exec(store->db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL) ||
                   sqlite3_exec(store->db, SCHEMA, NULL, NULL, NULL)))
    return failed(store, "cannot be made", error);
  if (sqlite3_prepare_v3(store->db, CHECK, -1, SQLITE_PREPARE_PERSISTENT, &store->check, NULL))
    return failed(store, "cannot be read", error);
  sqlite3_busy_timeout(store->db, BUSY_MS);
  return DH_OK;
}

dh_pat_store *dh_pat_store_open(const char *path, unsigned flags, dh_error *error)
{
  int create = flags & DH_PAT_STORE_CREATE ? SQLITE_OPEN_CREATE : 0;
  dh_pat_store *store = calloc(1, sizeof(*store));
  if (!store || pthread_mutex_init(&store->lock, NULL)) {
    free(store);
    dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the token store");
    return NULL;
  }
  dh_status status = DH_OK;
  if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | create,
                      NULL) != SQLITE_OK)
    status = failed(store, "cannot be opened", error);
  else
    status = prepare_tables(store, flags, error);
  if (status == DH_OK)
    return store;
  dh_error_prefix(error, "%s: ", path);
  dh_pat_store_close(store);
  return NULL;
}

void dh_pat_store_close(dh_pat_store *store)
{
  if (!store)
    return;
  sqlite3_finalize(store->check);
  sqlite3_close(store->db);
  pthread_mutex_destroy(&store->lock);
  free(store);
}

/* --- statements --- */

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
  sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

static void bind_time(sqlite3_stmt *statement, int index, int64_t ms)
{
  if (ms)
    sqlite3_bind_int64(statement, index, ms);
  else
    sqlite3_bind_null(statement, index);
}

/* Prepares with the store locked; NULL and `error` where it cannot be. */
static sqlite3_stmt *prepare(dh_pat_store *store, const char *sql, dh_error *error)
{
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
    failed(store, "cannot be used", error);
  return statement;
}

dh_status dh_pat_store_insert(dh_pat_store *store, const dh_pat_record *record, dh_error *error)
{
  dh_status status = DH_UNAVAILABLE;
  pthread_mutex_lock(&store->lock);
  sqlite3_stmt *statement =
      prepare(store, "INSERT INTO tokens VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", error);
  if (!statement)
    goto out;
  bind_text(statement, 1, record->id);
  bind_text(statement, 2, record->name);
  bind_text(statement, 3, record->description);
  bind_text(statement, 4, record->type);
  bind_text(statement, 5, record->actor_urn);
  bind_text(statement, 6, record->owner_urn);
  sqlite3_bind_int64(statement, 7, record->created_at_ms);
  bind_time(statement, 8, record->expires_at_ms);
  bind_time(statement, 9, record->revoked_at_ms);
  if (sqlite3_step(statement) == SQLITE_DONE)
    status = DH_OK;
  else if (sqlite3_extended_errcode(store->db) == SQLITE_CONSTRAINT_PRIMARYKEY)
    status = dh_error_set(error, DH_DENIED, "the token store has a token of this id already");
  else
    status = failed(store, "the token was not added", error);

out:
  sqlite3_finalize(statement);
  pthread_mutex_unlock(&store->lock);
  return status;
}

#define COLUMNS                                                                                    \
  "SELECT id, name, description, type, actor_urn, owner_urn, created_at, expires_at, revoked_at"

static const char *column_text(sqlite3_stmt *statement, int index)
{
  return (const char *)sqlite3_column_text(statement, index);
}

static int hand_over(sqlite3_stmt *statement, dh_pat_record_fn each, void *arg)
{
  dh_pat_record record = {
      .struct_size = sizeof(record),
      .id = column_text(statement, 0),
      .name = column_text(statement, 1),
      .description = column_text(statement, 2),
      .type = column_text(statement, 3),
      .actor_urn = column_text(statement, 4),
      .owner_urn = column_text(statement, 5),
      .created_at_ms = sqlite3_column_int64(statement, 6),
      .expires_at_ms = sqlite3_column_int64(statement, 7),
      .revoked_at_ms = sqlite3_column_int64(statement, 8),
  };
  return each(arg, &record);
}

static void bind_filter(sqlite3_stmt *statement, const dh_pat_filter *filter)
{
  bind_text(statement, 1, filter->owner_urn);
  bind_text(statement, 2, filter->actor_urn);
  sqlite3_bind_int(statement, 3, filter->with_revoked != 0);
}

#define RESTRICTED                                                                                 \
  " FROM tokens WHERE (?1 IS NULL OR owner_urn = ?1) AND (?2 IS NULL OR actor_urn = ?2)"           \
  " AND (?3 OR revoked_at IS NULL)"

static dh_status count_tokens(dh_pat_store *store, const dh_pat_filter *filter, size_t *total,
                              dh_error *error)
{
  sqlite3_stmt *statement = prepare(store, "SELECT count(*)" RESTRICTED, error);
  if (!statement)
    return DH_UNAVAILABLE;
  bind_filter(statement, filter);
  dh_status status = DH_OK;
  if (sqlite3_step(statement) == SQLITE_ROW)
    *total = (size_t)sqlite3_column_int64(statement, 0);
  else
    status = failed(store, "cannot be read", error);
  sqlite3_finalize(statement);
  return status;
}

static dh_status list_tokens(dh_pat_store *store, const dh_pat_filter *filter,
                             dh_pat_record_fn each, void *arg, dh_error *error)
{
  int step;
  dh_status status = DH_OK;
  sqlite3_stmt *statement =
      prepare(store,
              COLUMNS RESTRICTED " ORDER BY expires_at IS NOT NULL, expires_at DESC, id"
                                 " LIMIT ?4 OFFSET ?5",
              error);
  if (!statement)
    return DH_UNAVAILABLE;
  bind_filter(statement, filter);
  sqlite3_bind_int64(statement, 4, filter->count ? (sqlite3_int64)filter->count : -1);
  sqlite3_bind_int64(statement, 5, (sqlite3_int64)filter->start);
  while ((step = sqlite3_step(statement)) == SQLITE_ROW)
    if (hand_over(statement, each, arg))
      break;
  if (step != SQLITE_DONE && step != SQLITE_ROW)
    status = failed(store, "cannot be read", error);
  sqlite3_finalize(statement);
  return status;
}

dh_status dh_pat_store_list(dh_pat_store *store, const dh_pat_filter *filter, dh_pat_record_fn each,
                            void *arg, size_t *total, dh_error *error)
{
  static const dh_pat_filter all = {.struct_size = sizeof(all)};
  dh_status status = DH_OK;
  if (!filter)
    filter = &all;
  pthread_mutex_lock(&store->lock);
  if (total)
    status = count_tokens(store, filter, total, error);
  if (status == DH_OK)
    status = list_tokens(store, filter, each, arg, error);
  pthread_mutex_unlock(&store->lock);
  return status;
}

dh_status dh_pat_store_get(dh_pat_store *store, const char *id, dh_pat_record_fn each, void *arg,
                           dh_error *error)
{
  dh_status status = DH_UNAVAILABLE;
  pthread_mutex_lock(&store->lock);
  sqlite3_stmt *statement = prepare(store, COLUMNS " FROM tokens WHERE id = ?1", error);
  if (!statement)
    goto out;
  bind_text(statement, 1, id);
  int step = sqlite3_step(statement);
  if (step == SQLITE_ROW) {
    hand_over(statement, each, arg);
    status = DH_OK;
  } else if (step == SQLITE_DONE)
    status = dh_error_set(error, DH_DENIED, "the token store has no token of this id");
  else
    status = failed(store, "cannot be read", error);

out:
  sqlite3_finalize(statement);
  pthread_mutex_unlock(&store->lock);
  return status;
}

static int was_revoked(void *arg, const dh_pat_record *record)
{
  *(int *)arg = record->revoked_at_ms != 0;
  return 0;
}

dh_status dh_pat_store_revoke(dh_pat_store *store, const char *id, int64_t now_ms, dh_error *error)
{
  int changed = 0, revoked = 0;
  dh_status status = DH_UNAVAILABLE;
  pthread_mutex_lock(&store->lock);
  sqlite3_stmt *statement = prepare(
      store, "UPDATE tokens SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL", error);
  if (statement) {
    bind_text(statement, 1, id);
    sqlite3_bind_int64(statement, 2, now_ms);
    if (sqlite3_step(statement) == SQLITE_DONE) {
      changed = sqlite3_changes(store->db);
      status = DH_OK;
    } else
      status = failed(store, "the token was not revoked", error);
  }
  sqlite3_finalize(statement);
  pthread_mutex_unlock(&store->lock);
  if (status != DH_OK || changed)
    return status;
  status = dh_pat_store_get(store, id, was_revoked, &revoked, error);
  if (status == DH_OK && revoked)
    status = dh_error_set(error, DH_REVOKED, "the token was revoked before");
  return status;
}

dh_status dh_pat_store_set_actor(dh_pat_store *store, const char *urn, int active, dh_error *error)
{
  dh_status status = DH_UNAVAILABLE;
  pthread_mutex_lock(&store->lock);
  sqlite3_stmt *statement = prepare(store, "INSERT OR REPLACE INTO actors VALUES(?1, ?2)", error);
  if (statement) {
    bind_text(statement, 1, urn);
    sqlite3_bind_int(statement, 2, active != 0);
    status = sqlite3_step(statement) == SQLITE_DONE
                 ? DH_OK
                 : failed(store, "the actor was not recorded", error);
  }
  sqlite3_finalize(statement);
  pthread_mutex_unlock(&store->lock);
  return status;
}

/* --- what a verifier asks --- */

static dh_status judge(sqlite3_stmt *row, const char *id, unsigned flags, dh_error *error)
{
  if (id && !sqlite3_column_int(row, 0))
    return dh_error_set(error, DH_REVOKED,
                        "the token is not in the token store: it was removed, or issued elsewhere");
  if (id && sqlite3_column_int(row, 1))
    return dh_error_set(error, DH_REVOKED, "the token has been revoked");
  if (id && !sqlite3_column_int(row, 2))
    return dh_error_set(error, DH_DENIED, "the token was issued for another actor");
  if (sqlite3_column_type(row, 3) == SQLITE_NULL)
    return flags & DH_PAT_STORE_KNOWN_ACTORS
               ? dh_error_set(error, DH_DENIED, "the token's actor is not known")
               : DH_OK;
  return sqlite3_column_int(row, 3)
             ? DH_OK
             : dh_error_set(error, DH_DENIED, "the token's actor is not active");
}

/* Those who do not wait are through in microseconds, and can be waited for; not so those who
 * wait for another program, with the store locked. */
static int enter_now(dh_pat_store *store)
{
  struct timespec until;
  if (atomic_load(&store->patient))
    return 0;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += ENTER_NS;
  if (until.tv_nsec >= 1000000000) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000;
  }
  if (pthread_mutex_timedlock(&store->lock, &until))
    return 0;
  sqlite3_busy_timeout(store->db, 0);
  return 1;
}

static int enter(dh_pat_store *store, unsigned flags)
{
  if (flags & DH_PAT_STORE_NOW)
    return enter_now(store);
  atomic_fetch_add(&store->patient, 1);
  pthread_mutex_lock(&store->lock);
  return 1;
}

static void leave(dh_pat_store *store, unsigned flags)
{
  if (flags & DH_PAT_STORE_NOW)
    sqlite3_busy_timeout(store->db, BUSY_MS);
  else
    atomic_fetch_sub(&store->patient, 1);
  pthread_mutex_unlock(&store->lock);
}

dh_status dh_pat_store_check(dh_pat_store *store, const char *id, const char *actor_urn,
                             unsigned flags, dh_error *error)
{
  dh_status status;
  if (!enter(store, flags))
    return dh_error_set(error, DH_UNAVAILABLE, "the token store is in use by another thread");
  sqlite3_bind_text(store->check, 1, id, -1, SQLITE_STATIC);
  sqlite3_bind_text(store->check, 2, actor_urn, -1, SQLITE_STATIC);
  if (sqlite3_step(store->check) == SQLITE_ROW)
    status = judge(store->check, id, flags, error);
  else
    status = failed(store, "cannot be read", error);
  sqlite3_reset(store->check);
  sqlite3_clear_bindings(store->check);
  leave(store, flags);
  return status;
}
