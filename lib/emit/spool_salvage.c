/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a spool without an emitter: what waits in it, and what is left of a damaged one.
 */
#include "emit/spool_lock.h"
#include "emit/spool_pack.h"

#include <datahub/emitter.h>

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct salvage {
  const char *path;
  int (*each)(void *arg, const dh_record *record);
  void *arg;
  sqlite3 *sqlite;
  sqlite3_stmt *row;
  sqlite3_int64 *firsts; /* of the rows found, ascending */
  size_t count, capacity;
  uint64_t damaged; /* rows */
  bool cut;         /* damage between rows: there may have been others */
  int stopped;
} salvage;

static bool note_row(salvage *s, sqlite3_int64 first)
{
  if (s->count == s->capacity) {
    size_t capacity = s->capacity ? s->capacity * 2 : 256;
    sqlite3_int64 *firsts = realloc(s->firsts, capacity * sizeof(*firsts));
    if (!firsts)
      return false;
    s->firsts = firsts;
    s->capacity = capacity;
  }
  s->firsts[s->count++] = first;
  return true;
}

/* Notes rows as a query finds them; false where it ends in damage. */
static bool walk(salvage *s, const char *sql, sqlite3_int64 beyond)
{
  sqlite3_stmt *statement = NULL;
  int code = sqlite3_prepare_v2(s->sqlite, sql, -1, &statement, NULL);
  if (code == SQLITE_OK) {
    sqlite3_bind_int64(statement, 1, beyond);
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
      if (!note_row(s, sqlite3_column_int64(statement, 0)))
        break;
  }
  sqlite3_finalize(statement);
  return code == SQLITE_DONE;
}

/* From the front until damage, then from the back until damage. */
static void find_rows(salvage *s)
{
  if (walk(s, "SELECT first FROM batch WHERE first > ? ORDER BY first", -1))
    return;
  size_t front = s->count;
  s->cut = true;
  (void)walk(s, "SELECT first FROM batch WHERE first > ? ORDER BY first DESC",
             front ? s->firsts[front - 1] : -1);
  for (size_t i = front, j = s->count; i + 1 < j; i++, j--) {
    sqlite3_int64 swapped = s->firsts[i];
    s->firsts[i] = s->firsts[j - 1];
    s->firsts[j - 1] = swapped;
  }
}

static void give_records(salvage *s, dh_spool_batch *batch)
{
  for (size_t i = 0; i < batch->count && !s->stopped; i++)
    s->stopped = s->each(s->arg, &batch->records[i]);
  dh_spool_batch_free(batch);
}

/* Which records are done may be lost with its page; then all are given: better twice. */
static unsigned char *done_bits(salvage *s, size_t count)
{
  size_t size = (count + 7) / 8;
  unsigned char *bits = calloc(1, size);
  const void *stored = sqlite3_column_blob(s->row, 3);
  if (bits && stored && (size_t)sqlite3_column_bytes(s->row, 3) == size)
    memcpy(bits, stored, size);
  return bits;
}

static void give_row(salvage *s, sqlite3_int64 first)
{
  dh_spool_batch *batch = NULL;
  sqlite3_bind_int64(s->row, 1, first);
  if (sqlite3_step(s->row) == SQLITE_ROW) {
    sqlite3_int64 count = sqlite3_column_int64(s->row, 0);
    const void *bytes = sqlite3_column_blob(s->row, 2);
    size_t size = (size_t)sqlite3_column_bytes(s->row, 2);
    unsigned char *done = NULL;
    if (bytes && count > 0 && count <= INT32_MAX &&
        dh_spool_sum(bytes, size) == sqlite3_column_int64(s->row, 1) &&
        (done = done_bits(s, (size_t)count)) != NULL)
      batch = dh_spool_unpack(bytes, size, (size_t)count, (uint64_t)first, done, NULL);
    free(done);
  }
  if (batch)
    give_records(s, batch);
  else
    s->damaged++;
  sqlite3_reset(s->row);
}

static dh_status read_spool(salvage *s, dh_error *error)
{
  static const char with_done[] = "SELECT b.count, b.sum, b.bytes, (SELECT bits FROM done d WHERE "
                                  "d.first = b.first) FROM batch b WHERE b.first = ?";
  int code =
      sqlite3_open_v2(s->path, &s->sqlite, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
  if (code == SQLITE_OK) {
    /* Looking at a spool does not rewrite it. */
    sqlite3_db_config(s->sqlite, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    code = sqlite3_prepare_v2(s->sqlite, with_done, -1, &s->row, NULL);
  }
  if (code != SQLITE_OK)
    return dh_error_set(error, DH_MALFORMED, "nothing can be read of spool %s: %s", s->path,
                        s->sqlite ? sqlite3_errmsg(s->sqlite) : "out of memory");
  find_rows(s);
  for (size_t i = 0; i < s->count && !s->stopped; i++)
    give_row(s, s->firsts[i]);
  if (s->damaged || s->cut)
    return dh_error_set(error, DH_MALFORMED,
                        "spool %s is damaged: %llu of the %zu groups of records found in it cannot "
                        "be read%s",
                        s->path, (unsigned long long)s->damaged, s->count,
                        s->cut ? ", and others may be missing" : "");
  return DH_OK;
}

dh_status dh_spool_read(const char *path, int (*each)(void *arg, const dh_record *record),
                        void *arg, dh_error *error)
{
  salvage s = {.path = path, .each = each, .arg = arg};
  int lock;
  bool made;
  struct stat file;
  if (access(path, R_OK) != 0)
    return dh_error_set(error, DH_UNAVAILABLE, "cannot read the spool %s: %s", path,
                        strerror(errno));
  if (!stat(path, &file) && !S_ISREG(file.st_mode))
    return dh_error_set(error, DH_UNAVAILABLE,
                        "cannot read the spool %s: it is %s; name the file that --spool or the "
                        "option spool made",
                        path, S_ISDIR(file.st_mode) ? "a folder" : "no regular file");
  dh_status status = dh_spool_lock(path, &lock, &made, error);
  if (status != DH_OK)
    return status;
  status = read_spool(&s, error);
  sqlite3_finalize(s.row);
  sqlite3_close(s.sqlite);
  free(s.firsts);
  close(lock);
  return status;
}
