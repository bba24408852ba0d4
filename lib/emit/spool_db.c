/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/spool_db.h"
#include "base/text.h"
#include "emit/spool_pack.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* In the file's header: what `file` and a stranger's sqlite3 see. "DHSP" */
#define APPLICATION_ID 0x44485350
#define FORMAT_VERSION 1
#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

struct dh_spool_db {
  char *path;
  dh_spool_sync sync;
  bool durable; /* of the transaction that is open, and how the connection is set */
  bool broken;  /* an fsync failed: what reached the disk is unknown from then on */
  sqlite3 *sqlite, *reader;
  sqlite3_stmt *begin, *insert, *set_done, *forget_done, *remove, *commit, *rollback, *load;
};

bool dh_spool_sync_of(const char *name, dh_spool_sync *out)
{
  static const char *const names[] = {"full", "normal", "off"};
  for (size_t i = 0; i < 3; i++) {
    if (!dh_text_casecmp(name, names[i])) {
      *out = (dh_spool_sync)i;
      return true;
    }
  }
  return false;
}

/* --- errors -------------------------------------------------------------- */

static dh_status damaged(const char *path, dh_error *error, const char *how)
{
  return dh_error_set(
      error, DH_MALFORMED,
      "spool %s is damaged: %s. It was left as it is, and what is in it has not been "
      "sent. Print what can be read of it with `dhub spool %s > FILE`, remove it "
      "with its -wal, and emit FILE",
      path, how, path);
}

static bool no_room(sqlite3 *sqlite, int code)
{
  int system = sqlite3_system_errno(sqlite);
  return (code & 0xff) == SQLITE_FULL ||
         ((code & 0xff) == SQLITE_IOERR &&
          (system == ENOSPC || system == EDQUOT || system == EFBIG));
}

static bool is_damage(int code)
{
  return (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
}

static dh_status fail(const dh_spool_db *db, sqlite3 *sqlite, dh_error *error)
{
  int code = sqlite3_extended_errcode(sqlite);
  int system = sqlite3_system_errno(sqlite);
  const char *why = sqlite3_errmsg(sqlite);
  if (no_room(sqlite, code))
    return dh_error_set(error, DH_UNAVAILABLE,
                        "no room for spool %s (disk, quota or file size limit): what was to be "
                        "spooled is not accepted, what was spooled before is kept; make room in "
                        "its folder and try again",
                        db->path);
  if (is_damage(code))
    return damaged(db->path, error, why);
  if ((code & 0xff) == SQLITE_NOMEM)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while working on spool %s", db->path);
  if ((code & 0xff) == SQLITE_IOERR && system)
    return dh_error_set(error, DH_UNAVAILABLE,
                        "spool %s cannot be read or written: %s (%s); check its disk and its "
                        "folder's mode",
                        db->path, why, strerror(system));
  return dh_error_set(error, DH_UNAVAILABLE,
                      "spool %s cannot be read or written: %s; check its disk and its mode",
                      db->path, why);
}

/* --- opening ------------------------------------------------------------- */

/* An absent file, or an empty one where there was a spool, beside the log of one: its
 * records would be thrown away in silence if it were made anew. */
static dh_status check_files(const char *path, bool made, dh_error *error)
{
  struct stat main_file, log;
  char *log_name = NULL;
  if (asprintf(&log_name, "%s-wal", path) < 0)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory");
  bool has_main = stat(path, &main_file) == 0;
  bool has_log = stat(log_name, &log) == 0 && log.st_size > 0;
  free(log_name);
  if (has_main && !S_ISREG(main_file.st_mode))
    return dh_error_set(error, DH_MISCONFIGURED,
                        "spool %s is no regular file; name a file that can be made there", path);
  if (!has_main && has_log)
    return dh_error_set(error, DH_MALFORMED,
                        "spool %s is missing, but its log %s-wal is there and may hold records "
                        "that were not sent: put the file back that belongs to it, or remove the "
                        "log to give them up",
                        path, path);
  if (has_main && !main_file.st_size && (has_log || made))
    return damaged(path, error, "the file is empty, though a spool was made there before");
  if (has_main)
    return DH_OK;
  /* SQLite would make it readable by others. */
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return dh_error_set(error, DH_UNAVAILABLE, "cannot make spool %s: %s", path, strerror(errno));
  close(fd);
  return DH_OK;
}

static dh_status run(dh_spool_db *db, const char *sql, dh_error *error)
{
  return sqlite3_exec(db->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK ? DH_OK
                                                                      : fail(db, db->sqlite, error);
}

/* The one number that a query gives. */
static dh_status ask(dh_spool_db *db, const char *sql, int64_t *out, dh_error *error)
{
  sqlite3_stmt *statement = NULL;
  dh_status status = DH_OK;
  if (sqlite3_prepare_v2(db->sqlite, sql, -1, &statement, NULL) != SQLITE_OK ||
      sqlite3_step(statement) != SQLITE_ROW)
    status = fail(db, db->sqlite, error);
  else
    *out = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return status;
}

/* Reads every page once: damage is found before anything is added to it. */
static dh_status check_pages(dh_spool_db *db, dh_error *error)
{
  sqlite3_stmt *statement = NULL;
  dh_status status;
  if (sqlite3_prepare_v2(db->sqlite, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK ||
      sqlite3_step(statement) != SQLITE_ROW) {
    status = fail(db, db->sqlite, error);
  } else {
    const char *verdict = (const char *)sqlite3_column_text(statement, 0);
    status = verdict && !strcmp(verdict, "ok")
                 ? DH_OK
                 : damaged(db->path, error, verdict ? verdict : "it cannot be checked");
  }
  sqlite3_finalize(statement);
  return status;
}

static const char schema[] =
    "PRAGMA page_size = 16384;"
    "BEGIN IMMEDIATE;"
    "PRAGMA application_id = " TEXT(
        APPLICATION_ID) ";"
                        "PRAGMA user_version = " TEXT(
                            FORMAT_VERSION) ";"
                                            "CREATE TABLE batch (first INTEGER PRIMARY KEY, count "
                                            "INTEGER NOT NULL,"
                                            " sum INTEGER NOT NULL, bytes BLOB NOT NULL);"
                                            "CREATE TABLE done (first INTEGER PRIMARY KEY, bits "
                                            "BLOB NOT NULL);"
                                            "COMMIT;";

static dh_status check_format(dh_spool_db *db, dh_error *error)
{
  int64_t tables, application, version;
  dh_status status = ask(db, "SELECT count(*) FROM sqlite_master", &tables, error);
  if (status == DH_OK)
    status = ask(db, "PRAGMA application_id", &application, error);
  if (status == DH_OK)
    status = ask(db, "PRAGMA user_version", &version, error);
  if (status != DH_OK)
    return status;
  if (!tables && !application)
    return run(db, schema, error);
  if (application != APPLICATION_ID)
    return dh_error_set(error, DH_MALFORMED,
                        "%s is an SQLite file of something else, not a spool; give the spool a "
                        "file of its own",
                        db->path);
  if (version != FORMAT_VERSION)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "spool %s was made by another version of this library (format %lld, this "
                        "one knows %d); empty it with the version that made it",
                        db->path, (long long)version, FORMAT_VERSION);
  return DH_OK;
}

static dh_status prepare(dh_spool_db *db, dh_error *error)
{
  struct {
    sqlite3_stmt **statement;
    const char *sql;
  } all[] = {
      {&db->begin, "BEGIN IMMEDIATE"},
      {&db->insert, "INSERT INTO batch (first, count, sum, bytes) VALUES (?, ?, ?, ?)"},
      {&db->set_done, "INSERT OR REPLACE INTO done (first, bits) VALUES (?, ?)"},
      {&db->forget_done, "DELETE FROM done WHERE first = ?"},
      {&db->remove, "DELETE FROM batch WHERE first = ?"},
      {&db->commit, "COMMIT"},
      {&db->rollback, "ROLLBACK"},
  };
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
    if (sqlite3_prepare_v3(db->sqlite, all[i].sql, -1, SQLITE_PREPARE_PERSISTENT, all[i].statement,
                           NULL) != SQLITE_OK)
      return fail(db, db->sqlite, error);
  return DH_OK;
}

static dh_status set_sync(dh_spool_db *db, bool durable, dh_error *error)
{
  static const char *const pragmas[] = {"PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL",
                                        "PRAGMA synchronous = OFF"};
  dh_spool_sync sync = durable || db->sync == DH_SPOOL_OFF ? db->sync : DH_SPOOL_NORMAL;
  return run(db, pragmas[sync], error);
}

static dh_status read_rows(dh_spool_db *db, dh_spool_row_fn row, void *arg, dh_error *error)
{
  sqlite3_stmt *statement = NULL;
  static const char sql[] = "SELECT b.first, b.count, d.bits FROM batch b"
                            " LEFT JOIN done d ON d.first = b.first ORDER BY b.first";
  dh_status status = DH_OK;
  int code = sqlite3_prepare_v2(db->sqlite, sql, -1, &statement, NULL);
  while (code == SQLITE_OK || code == SQLITE_ROW) {
    code = sqlite3_step(statement);
    if (code != SQLITE_ROW)
      break;
    int64_t first = sqlite3_column_int64(statement, 0);
    int64_t count = sqlite3_column_int64(statement, 1);
    const void *bits = sqlite3_column_blob(statement, 2);
    size_t size = (size_t)sqlite3_column_bytes(statement, 2);
    if (first < 0 || count <= 0 || count > INT32_MAX || (bits && size != (size_t)(count + 7) / 8)) {
      status = damaged(db->path, error, "a row says that it holds an impossible number of records");
      goto out;
    }
    if (!row(arg, (uint64_t)first, (uint32_t)count, bits)) {
      status = dh_error_set(error, DH_NO_MEMORY, "out of memory while reading spool %s", db->path);
      goto out;
    }
  }
  if (code != SQLITE_DONE)
    status = fail(db, db->sqlite, error);
out:
  sqlite3_finalize(statement);
  return status;
}

static dh_status open_main(dh_spool_db *db, dh_error *error)
{
  int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  if (sqlite3_open_v2(db->path, &db->sqlite, flags, NULL) != SQLITE_OK)
    return db->sqlite ? fail(db, db->sqlite, error)
                      : dh_error_set(error, DH_NO_MEMORY, "out of memory");
  sqlite3_extended_result_codes(db->sqlite, 1);
  dh_status status = check_format(db, error);
  if (status == DH_OK)
    status = run(db,
                 "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 1000;"
                 "PRAGMA cache_size = -1280; PRAGMA secure_delete = OFF",
                 error);
  db->durable = true;
  if (status == DH_OK)
    status = set_sync(db, true, error);
  if (status == DH_OK)
    status = check_pages(db, error);
  return status == DH_OK ? prepare(db, error) : status;
}

dh_spool_db *dh_spool_db_open(const char *path, dh_spool_sync sync, bool made, dh_spool_row_fn row,
                              void *arg, dh_error *error)
{
  if (check_files(path, made, error) != DH_OK)
    return NULL;
  dh_spool_db *db = calloc(1, sizeof(*db));
  if (db)
    db->path = realpath(path, NULL);
  if (!db || !db->path) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while opening spool %s", path);
    dh_spool_db_close(db);
    return NULL;
  }
  db->sync = sync;
  if (open_main(db, error) != DH_OK || read_rows(db, row, arg, error) != DH_OK) {
    dh_spool_db_close(db);
    return NULL;
  }
  return db;
}

void dh_spool_db_close(dh_spool_db *db)
{
  if (!db)
    return;
  dh_spool_db_load_end(db);
  sqlite3_stmt *all[] = {db->begin,  db->insert, db->set_done, db->forget_done,
                         db->remove, db->commit, db->rollback};
  for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
    sqlite3_finalize(all[i]);
  sqlite3_close(db->sqlite);
  free(db->path);
  free(db);
}

/* --- writing ------------------------------------------------------------- */

/* Steps a statement that gives no rows, and makes it ready for the next time. */
static dh_status step(dh_spool_db *db, sqlite3_stmt *statement, dh_error *error)
{
  int code = sqlite3_step(statement);
  dh_status status = DH_OK;
  if (code != SQLITE_DONE) {
    status = fail(db, db->sqlite, error);
    if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC)
      db->broken = true;
  }
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return status;
}

/* SQLite itself undoes a transaction on some errors; then there is nothing left to undo. */
static dh_status undo(dh_spool_db *db, dh_status status)
{
  if (!sqlite3_get_autocommit(db->sqlite))
    (void)step(db, db->rollback, NULL);
  return status;
}

dh_status dh_spool_db_begin(dh_spool_db *db, bool durable, dh_error *error)
{
  if (db->broken)
    return dh_error_set(error, DH_UNAVAILABLE,
                        "the disk of spool %s failed to write what it had taken: nothing more is "
                        "accepted; check the disk, then start again: what is on it will be sent",
                        db->path);
  if (durable != db->durable) {
    dh_status status = set_sync(db, durable, error);
    if (status != DH_OK)
      return status;
    db->durable = durable;
  }
  return step(db, db->begin, error);
}

dh_status dh_spool_db_insert(dh_spool_db *db, uint64_t first, uint32_t count, const void *bytes,
                             size_t size, int64_t sum, dh_error *error)
{
  sqlite3_bind_int64(db->insert, 1, (int64_t)first);
  sqlite3_bind_int64(db->insert, 2, count);
  sqlite3_bind_int64(db->insert, 3, sum);
  sqlite3_bind_blob64(db->insert, 4, bytes, size, SQLITE_STATIC);
  dh_status status = step(db, db->insert, error);
  return status == DH_OK ? status : undo(db, status);
}

dh_status dh_spool_db_set_done(dh_spool_db *db, uint64_t first, const unsigned char *bits,
                               size_t size, dh_error *error)
{
  sqlite3_bind_int64(db->set_done, 1, (int64_t)first);
  sqlite3_bind_blob64(db->set_done, 2, bits, size, SQLITE_STATIC);
  dh_status status = step(db, db->set_done, error);
  return status == DH_OK ? status : undo(db, status);
}

dh_status dh_spool_db_delete(dh_spool_db *db, uint64_t first, bool partly, dh_error *error)
{
  sqlite3_bind_int64(db->remove, 1, (int64_t)first);
  dh_status status = step(db, db->remove, error);
  if (status == DH_OK && partly) {
    sqlite3_bind_int64(db->forget_done, 1, (int64_t)first);
    status = step(db, db->forget_done, error);
  }
  return status == DH_OK ? status : undo(db, status);
}

dh_status dh_spool_db_commit(dh_spool_db *db, dh_error *error)
{
  dh_status status = step(db, db->commit, error);
  return status == DH_OK ? status : undo(db, status);
}

void dh_spool_db_checkpoint(dh_spool_db *db)
{
  sqlite3_wal_checkpoint_v2(db->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

/* --- reading ------------------------------------------------------------- */

static dh_status open_reader(dh_spool_db *db, dh_error *error)
{
  int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
  if (db->load)
    return DH_OK;
  if (!db->reader && sqlite3_open_v2(db->path, &db->reader, flags, NULL) != SQLITE_OK) {
    dh_status status = db->reader ? fail(db, db->reader, error)
                                  : dh_error_set(error, DH_NO_MEMORY, "out of memory");
    sqlite3_close(db->reader);
    db->reader = NULL;
    return status;
  }
  sqlite3_busy_timeout(db->reader, 1000);
  if (sqlite3_prepare_v3(db->reader, "SELECT sum, bytes FROM batch WHERE first = ?", -1,
                         SQLITE_PREPARE_PERSISTENT, &db->load, NULL) != SQLITE_OK)
    return fail(db, db->reader, error);
  return DH_OK;
}

static dh_spool_batch *unpack(const dh_spool_db *db, uint64_t first, uint32_t count,
                              const unsigned char *done, dh_error *error)
{
  char how[DH_ERROR_MESSAGE_SIZE / 2];
  dh_error why = {.status = DH_MALFORMED};
  const void *bytes = sqlite3_column_blob(db->load, 1);
  size_t size = (size_t)sqlite3_column_bytes(db->load, 1);
  dh_spool_batch *batch = NULL;
  if (!bytes || dh_spool_sum(bytes, size) != sqlite3_column_int64(db->load, 0))
    snprintf(why.message, sizeof(why.message), "its checksum is wrong");
  else
    batch = dh_spool_unpack(bytes, size, count, first, done, &why);
  if (batch)
    return batch;
  if (why.status == DH_NO_MEMORY) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while reading spool %s", db->path);
    return NULL;
  }
  snprintf(how, sizeof(how), "in row %llu %.100s", (unsigned long long)first, why.message);
  damaged(db->path, error, how);
  return NULL;
}

dh_spool_batch *dh_spool_db_load(dh_spool_db *db, uint64_t first, uint32_t count,
                                 const unsigned char *done, dh_error *error)
{
  dh_spool_batch *batch = NULL;
  if (open_reader(db, error) != DH_OK)
    return NULL;
  sqlite3_bind_int64(db->load, 1, (int64_t)first);
  int code = sqlite3_step(db->load);
  if (code == SQLITE_ROW)
    batch = unpack(db, first, count, done, error);
  else if (code == SQLITE_DONE)
    damaged(db->path, error, "a row has gone");
  else
    fail(db, db->reader, error);
  sqlite3_reset(db->load);
  return batch;
}

void dh_spool_db_load_end(dh_spool_db *db)
{
  sqlite3_finalize(db->load);
  sqlite3_close(db->reader);
  db->load = NULL;
  db->reader = NULL;
}
