/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/spool.h"
#include "base/wait.h"
#include "emit/spool_db.h"
#include "emit/spool_lock.h"
#include "emit/spool_pack.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A row's bytes: enough that a row costs little by the record, little enough to load one. */
enum { ROW_BYTES = 1 << 20, ROW_RECORDS = 8192 };
/* How long what is done may wait for an append to be written with. */
enum { SETTLE_MS = 200 };

/* One row on disk. Bits of `done`, then as many of `written`: those to be written next. */
typedef struct row {
  uint64_t first;
  uint32_t count;
  uint32_t left; /* records that are not done */
  bool dirty;    /* `done` has bits that the disk has not */
  bool partly;   /* the disk has bits of it */
  bool loaded;   /* not of an earlier run, or read back already */
  unsigned char bits[];
} row;

/* One dh_spool_append() that waits. */
typedef struct job {
  struct job *next;
  row **rows;
  dh_buf *bytes;
  int64_t *sums; /* of the bytes */
  size_t count;
  bool finished;
  dh_status status;
  dh_error error;
} job;

struct dh_spool {
  dh_context *context;
  dh_spool_db *db; /* of who runs a round, but for loading */
  int lock_fd;

  pthread_t settler;     /* runs rounds for what no append comes for */
  pthread_mutex_t mutex; /* guards what follows */
  pthread_cond_t wake;   /* the settler: work */
  pthread_cond_t news;   /* others: a round has ended */
  bool writing;          /* one is under way: who runs it has `db` */
  bool stop;
  dh_buf spare; /* what the last append packed its first row in */
  uint64_t next_ticket;
  job *jobs, **jobs_end;
  row **rows; /* ascending */
  size_t row_count, row_capacity;
  size_t dirty;          /* rows that are */
  uint64_t pending;      /* records not done */
  uint64_t unloaded;     /* records not loaded */
  size_t load_at;        /* the first row that may not be loaded */
  uint64_t flushes;      /* asked for */
  uint64_t flushed;      /* rounds that began after they were asked for */
  int64_t settled_ms;    /* when all that was done was last taken to be written */
  dh_error settle_error; /* of the last round that had something to settle */
};

/* --- rows (with the mutex held, or before the settler runs) ----------------- */

static size_t bits_size(const row *r)
{
  return (r->count + 7u) / 8u;
}

static row *new_row(uint64_t first, uint32_t count, const unsigned char *done)
{
  size_t bits = (count + 7u) / 8u;
  row *r = calloc(1, sizeof(*r) + 2 * bits);
  if (!r)
    return NULL;
  r->first = first;
  r->count = r->left = count;
  if (!done)
    return r;
  r->partly = true;
  memcpy(r->bits, done, bits);
  for (uint32_t i = 0; i < count; i++)
    r->left -= dh_spool_bit(done, i);
  return r;
}

static bool reserve_rows(dh_spool *spool, size_t more)
{
  if (spool->row_count + more <= spool->row_capacity)
    return true;
  size_t capacity = (spool->row_count + more) * 2;
  row **rows = realloc(spool->rows, capacity * sizeof(*rows));
  if (!rows)
    return false;
  spool->rows = rows;
  spool->row_capacity = capacity;
  return true;
}

/* The row that holds a ticket, or NULL. */
static row *row_of(const dh_spool *spool, uint64_t ticket)
{
  size_t low = 0, high = spool->row_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (spool->rows[middle]->first <= ticket)
      low = middle + 1;
    else
      high = middle;
  }
  row *r = low ? spool->rows[low - 1] : NULL;
  return r && ticket - r->first < r->count ? r : NULL;
}

/* Takes rows out that are done and off the disk, or of appends that failed. */
static void drop_rows(dh_spool *spool, bool (*gone)(const row *))
{
  size_t kept = 0;
  for (size_t i = 0; i < spool->row_count; i++) {
    row *r = spool->rows[i];
    if (i == spool->load_at)
      spool->load_at = kept;
    if (gone(r))
      free(r);
    else
      spool->rows[kept++] = r;
  }
  if (spool->load_at > kept)
    spool->load_at = kept;
  spool->row_count = kept;
}

static bool is_gone(const row *r)
{
  return !r->left && !r->dirty;
}

/* --- rounds -------------------------------------------------------------- */

/* What one transaction is to do, taken with the mutex held. */
typedef struct round {
  job *jobs;
  row **dirty; /* what is done of them is in their `written` bits */
  size_t dirty_count;
} round;

/* Whether all that is done is to be written now: bits of rows that are done in part cost more than
 * rows that go. Where appends follow one another, those are written now and then. */
static bool is_time_for_all(dh_spool *spool, int64_t now)
{
  if (spool->jobs && !spool->stop && spool->flushed == spool->flushes &&
      now - spool->settled_ms < SETTLE_MS)
    return false;
  spool->settled_ms = now;
  return true;
}

/* What is to be written as done. Either is consistent: of one URN there is never a record in it
 * without those before it. All that was done until now, and nothing after; or the rows in front
 * that are done whole. Without memory for the list it is left for the next round. */
static void take_dirty(dh_spool *spool, round *work)
{
  bool all = is_time_for_all(spool, dh_mono_ms(spool->context));
  work->dirty = spool->dirty ? malloc(spool->dirty * sizeof(*work->dirty)) : NULL;
  if (!work->dirty)
    return;
  for (size_t i = 0; i < spool->row_count && (all || !spool->rows[i]->left); i++) {
    row *r = spool->rows[i];
    if (!r->dirty)
      continue;
    memcpy(r->bits + bits_size(r), r->bits, bits_size(r));
    work->dirty[work->dirty_count++] = r;
    r->dirty = false;
  }
  spool->dirty -= work->dirty_count;
}

static bool all_written(const row *r)
{
  const unsigned char *written = r->bits + bits_size(r);
  for (uint32_t i = 0; i < r->count; i++)
    if (!dh_spool_bit(written, i))
      return false;
  return true;
}

static dh_status write_jobs(dh_spool *spool, const job *jobs, dh_error *error)
{
  dh_status status = DH_OK;
  for (; jobs && status == DH_OK; jobs = jobs->next)
    for (size_t i = 0; i < jobs->count && status == DH_OK; i++)
      status = dh_spool_db_insert(spool->db, jobs->rows[i]->first, jobs->rows[i]->count,
                                  jobs->bytes[i].data, jobs->bytes[i].size, jobs->sums[i], error);
  return status;
}

static dh_status write_dirty(dh_spool *spool, const round *work, dh_error *error)
{
  dh_status status = DH_OK;
  for (size_t i = 0; i < work->dirty_count && status == DH_OK; i++) {
    row *r = work->dirty[i];
    if (all_written(r))
      status = dh_spool_db_delete(spool->db, r->first, r->partly, error);
    else
      status =
          dh_spool_db_set_done(spool->db, r->first, r->bits + bits_size(r), bits_size(r), error);
  }
  return status;
}

static dh_status write_once(dh_spool *spool, const round *work, const job *jobs, dh_error *error)
{
  dh_status status = dh_spool_db_begin(spool->db, jobs != NULL, error);
  if (status == DH_OK)
    status = write_dirty(spool, work, error);
  if (status == DH_OK)
    status = write_jobs(spool, jobs, error);
  return status == DH_OK ? dh_spool_db_commit(spool->db, error) : status;
}

/* A full disk may yet have room for what makes room: rows that go. */
static dh_status write_round(dh_spool *spool, const round *work, bool *settled, dh_error *error)
{
  dh_status status = write_once(spool, work, work->jobs, error);
  *settled = status == DH_OK;
  if (status != DH_UNAVAILABLE)
    return status;
  dh_spool_db_checkpoint(spool->db);
  if (!work->jobs) {
    status = write_once(spool, work, NULL, error);
    *settled = status == DH_OK;
    return status;
  }
  if (work->dirty_count && write_once(spool, work, NULL, error) == DH_OK) {
    *settled = true;
    dh_spool_db_checkpoint(spool->db);
  }
  static const round nothing;
  status = write_once(spool, *settled ? &nothing : work, work->jobs, error);
  *settled = *settled || status == DH_OK;
  return status;
}

static void keep_dirty(dh_spool *spool, const round *work)
{
  for (size_t i = 0; i < work->dirty_count; i++) {
    row *r = work->dirty[i];
    spool->dirty += !r->dirty;
    r->dirty = true;
  }
}

static void note_settled(dh_spool *spool, const round *work)
{
  for (size_t i = 0; i < work->dirty_count; i++)
    work->dirty[i]->partly = true;
  if (work->dirty_count)
    drop_rows(spool, is_gone);
}

static void answer_jobs(job *jobs, dh_status status, const dh_error *error)
{
  for (job *next; jobs; jobs = next) {
    next = jobs->next;
    jobs->status = status;
    jobs->error = *error;
    jobs->finished = true;
  }
}

/* One transaction for all that waits, by whichever thread comes to it first. The mutex is held, but
 * not while the disk is written to. */
static void run_round(dh_spool *spool)
{
  round work = {.jobs = spool->jobs};
  dh_error error = {.status = DH_OK};
  bool failing = spool->settle_error.status != DH_OK;
  uint64_t flushes = spool->flushes;
  bool settled;
  spool->writing = true;
  take_dirty(spool, &work);
  if (spool->dirty && !work.dirty)
    dh_error_set(&error, DH_NO_MEMORY, "out of memory while noting what was delivered");
  spool->jobs = NULL;
  spool->jobs_end = &spool->jobs;
  if (work.jobs || work.dirty_count) {
    pthread_mutex_unlock(&spool->mutex);
    dh_status status = write_round(spool, &work, &settled, &error);
    pthread_mutex_lock(&spool->mutex);
    if (settled)
      note_settled(spool, &work);
    else
      keep_dirty(spool, &work);
    answer_jobs(work.jobs, status, &error);
  }
  spool->flushed = flushes;
  spool->settle_error = error;
  if (!failing && error.status != DH_OK)
    dh_log(spool->context, DH_LOG_WARNING, "%s", error.message);
  free(work.dirty);
  spool->writing = false;
  pthread_cond_broadcast(&spool->news);
}

/* Until there is an append, a flush, the end, or something done that has waited long enough. */
static void wait_for_work(dh_spool *spool)
{
  struct timespec deadline = dh_wait_until(SETTLE_MS);
  bool timing = spool->dirty > 0;
  while (!spool->jobs && !spool->stop && spool->flushed == spool->flushes) {
    if (!spool->dirty) {
      timing = false;
      pthread_cond_wait(&spool->wake, &spool->mutex);
    } else if (!timing) {
      timing = true;
      deadline = dh_wait_until(SETTLE_MS);
    } else if (pthread_cond_timedwait(&spool->wake, &spool->mutex, &deadline) != 0) {
      /* Threads that append may have seen to it meanwhile. */
      int64_t since = dh_mono_ms(spool->context) - spool->settled_ms;
      if (since < 0 || since >= SETTLE_MS)
        return;
      deadline = dh_wait_until(SETTLE_MS - since);
    }
  }
}

static void *settle_loop(void *arg)
{
  dh_spool *spool = arg;
  bool last;
  pthread_mutex_lock(&spool->mutex);
  do {
    wait_for_work(spool);
    while (spool->writing)
      pthread_cond_wait(&spool->news, &spool->mutex);
    last = spool->stop;
    run_round(spool);
  } while (!last);
  pthread_mutex_unlock(&spool->mutex);
  return NULL;
}

/* --- opening and closing --------------------------------------------------- */

static bool found_row(void *arg, uint64_t first, uint32_t count, const unsigned char *done)
{
  dh_spool *spool = arg;
  row *r = reserve_rows(spool, 1) ? new_row(first, count, done) : NULL;
  if (!r)
    return false;
  spool->rows[spool->row_count++] = r;
  spool->pending += r->left;
  spool->unloaded += r->left;
  spool->next_ticket = first + count;
  return true;
}

static bool init_locks(dh_spool *spool)
{
  return !pthread_mutex_init(&spool->mutex, NULL) && !dh_wait_init(&spool->wake) &&
         !pthread_cond_init(&spool->news, NULL);
}

static void free_spool(dh_spool *spool)
{
  dh_spool_db_close(spool->db);
  if (spool->lock_fd >= 0)
    close(spool->lock_fd);
  for (size_t i = 0; i < spool->row_count; i++)
    free(spool->rows[i]);
  free(spool->rows);
  dh_buf_free(&spool->spare);
  pthread_cond_destroy(&spool->wake);
  pthread_cond_destroy(&spool->news);
  pthread_mutex_destroy(&spool->mutex);
  dh_context_free(spool->context);
  free(spool);
}

dh_spool *dh_spool_open(dh_context *context, const char *path, dh_spool_sync sync, dh_error *error)
{
  bool made = false;
  dh_spool *spool = calloc(1, sizeof(*spool));
  /* One spool has one lock, by whatever symbolic link it is reached. */
  char *real = realpath(path, NULL);
  if (!real)
    real = strdup(path);
  if (!spool || !real || !init_locks(spool)) {
    free(real);
    free(spool);
    dh_error_set(error, DH_NO_MEMORY, "out of memory while opening spool %s", path);
    return NULL;
  }
  spool->context = dh_context_ref(context);
  spool->lock_fd = -1;
  spool->next_ticket = 1;
  spool->jobs_end = &spool->jobs;
  dh_buf_init(&spool->spare);
  if (dh_spool_lock(real, &spool->lock_fd, &made, error) != DH_OK)
    goto fail;
  spool->db = dh_spool_db_open(real, sync, made, found_row, spool, error);
  if (!spool->db)
    goto fail;
  dh_spool_lock_made(spool->lock_fd);
  if (pthread_create(&spool->settler, NULL, settle_loop, spool)) {
    dh_error_set(error, DH_NO_MEMORY, "cannot start a thread for spool %s", path);
    goto fail;
  }
  free(real);
  return spool;

fail:
  free(real);
  free_spool(spool);
  return NULL;
}

dh_status dh_spool_close(dh_spool *spool, dh_error *error)
{
  if (!spool)
    return DH_OK;
  pthread_mutex_lock(&spool->mutex);
  spool->stop = true;
  pthread_cond_signal(&spool->wake);
  pthread_mutex_unlock(&spool->mutex);
  pthread_join(spool->settler, NULL);
  dh_status status = spool->dirty ? spool->settle_error.status : DH_OK;
  if (status != DH_OK && error)
    *error = spool->settle_error;
  free_spool(spool);
  return status;
}

/* --- appending ------------------------------------------------------------- */

/* How many of the records a row takes, and about how many bytes they are. */
static size_t row_of_records(const dh_record *records, size_t count, size_t *packed)
{
  size_t n = 0;
  *packed = 0;
  for (size_t size = 0; n < count && size < ROW_BYTES && n < ROW_RECORDS; n++) {
    size += records[n].proposal.len;
    *packed += dh_spool_packed_size(&records[n]);
  }
  return n;
}

static size_t rows_needed(const dh_record *records, size_t count)
{
  size_t rows = 0, packed;
  for (size_t i = 0; i < count; rows++)
    i += row_of_records(records + i, count - i, &packed);
  return rows;
}

/* A buffer of a row's size is asked for once: freed and asked for again it would part the heap. */
static void take_spare(dh_spool *spool, dh_buf *bytes)
{
  pthread_mutex_lock(&spool->mutex);
  *bytes = spool->spare;
  dh_buf_init(&spool->spare);
  pthread_mutex_unlock(&spool->mutex);
  dh_buf_clear(bytes);
}

static void keep_spare(dh_spool *spool, dh_buf *bytes)
{
  pthread_mutex_lock(&spool->mutex);
  if (bytes->capacity <= ROW_BYTES && bytes->capacity > spool->spare.capacity) {
    dh_buf other = spool->spare;
    spool->spare = *bytes;
    *bytes = other;
  }
  pthread_mutex_unlock(&spool->mutex);
}

static void free_job(dh_spool *spool, job *j, bool with_rows)
{
  if (j->count)
    keep_spare(spool, &j->bytes[0]);
  for (size_t i = 0; i < j->count; i++) {
    if (with_rows)
      free(j->rows[i]);
    dh_buf_free(&j->bytes[i]);
  }
  free(j->rows);
  free(j->bytes);
  free(j->sums);
}

/* Packs records into rows, whose tickets are counted from 0 as yet. */
static bool make_job(dh_spool *spool, job *j, const dh_record *records, size_t count)
{
  size_t needed = rows_needed(records, count);
  memset(j, 0, sizeof(*j));
  j->rows = calloc(needed, sizeof(*j->rows));
  j->bytes = calloc(needed, sizeof(*j->bytes));
  j->sums = calloc(needed, sizeof(*j->sums));
  if (!j->rows || !j->bytes || !j->sums)
    return false;
  for (size_t from = 0, in_row; from < count; j->count++, from += in_row) {
    dh_buf *bytes = &j->bytes[j->count];
    size_t packed;
    in_row = row_of_records(records + from, count - from, &packed);
    if (j->count)
      dh_buf_init(bytes);
    else
      take_spare(spool, bytes);
    dh_buf_reserve(bytes, packed);
    for (size_t i = 0; i < in_row; i++)
      dh_spool_pack(bytes, &records[from + i]);
    j->rows[j->count] = new_row(from, (uint32_t)in_row, NULL);
    if (!j->rows[j->count] || bytes->failed) {
      j->count++;
      return false;
    }
    j->rows[j->count]->loaded = true;
    j->sums[j->count] = dh_spool_sum(bytes->data, bytes->size); /* while it is in the cache */
  }
  return true;
}

static bool was_never_written(const row *r)
{
  return r->count == 0;
}

/* Runs rounds until the job's has been; while another thread runs one, what comes gathers for the
 * next. A round by the thread that appends costs no turn of another, whose core would have to fetch
 * the row first. */
static void await_round(dh_spool *spool, const job *j)
{
  while (!j->finished) {
    if (spool->writing)
      pthread_cond_wait(&spool->news, &spool->mutex);
    else
      run_round(spool);
  }
}

/* Queues the job, sees to its round, and takes its rows back where it failed. */
static dh_status submit(dh_spool *spool, job *j, size_t count, uint64_t *first)
{
  pthread_mutex_lock(&spool->mutex);
  if (!reserve_rows(spool, j->count)) {
    pthread_mutex_unlock(&spool->mutex);
    free_job(spool, j, true);
    return DH_NO_MEMORY;
  }
  *first = spool->next_ticket;
  spool->next_ticket += count;
  for (size_t i = 0; i < j->count; i++) {
    j->rows[i]->first += *first;
    spool->rows[spool->row_count++] = j->rows[i];
  }
  *spool->jobs_end = j;
  spool->jobs_end = &j->next;
  await_round(spool, j);
  if (j->status == DH_OK) {
    spool->pending += count;
  } else {
    for (size_t i = 0; i < j->count; i++)
      j->rows[i]->count = 0;
    drop_rows(spool, was_never_written);
  }
  pthread_mutex_unlock(&spool->mutex);
  free_job(spool, j, false);
  return j->status;
}

dh_status dh_spool_append(dh_spool *spool, const dh_record *records, size_t count, uint64_t *first,
                          dh_error *error)
{
  job j;
  if (!count)
    return DH_OK;
  if (!make_job(spool, &j, records, count)) {
    free_job(spool, &j, true);
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while spooling %zu records", count);
  }
  dh_status status = submit(spool, &j, count, first);
  /* It is the spool that is malformed then, not what was to be spooled. */
  if (status == DH_MALFORMED)
    status = j.error.status = DH_UNAVAILABLE;
  if (status == DH_NO_MEMORY)
    return dh_error_set(error, status, "out of memory while spooling %zu records", count);
  if (status != DH_OK && error)
    *error = j.error;
  return status;
}

void dh_spool_done(dh_spool *spool, uint64_t first, size_t count)
{
  pthread_mutex_lock(&spool->mutex);
  bool was_clean = !spool->dirty;
  row *r = NULL;
  for (uint64_t ticket = first; ticket < first + count; ticket++) {
    if (!r || ticket - r->first >= r->count)
      r = row_of(spool, ticket);
    size_t i = r ? (size_t)(ticket - r->first) : 0;
    if (!r || dh_spool_bit(r->bits, i))
      continue;
    r->bits[i / 8] |= (unsigned char)(1u << (i % 8));
    r->left--;
    spool->pending--;
    spool->dirty += !r->dirty;
    r->dirty = true;
  }
  if (was_clean && spool->dirty)
    pthread_cond_signal(&spool->wake);
  pthread_mutex_unlock(&spool->mutex);
}

/* --- loading and the rest --------------------------------------------------- */

/* The next row of an earlier run; it cannot go while it is not loaded. */
static row *next_unloaded(dh_spool *spool)
{
  row *found = NULL;
  pthread_mutex_lock(&spool->mutex);
  while (!found && spool->load_at < spool->row_count) {
    row *r = spool->rows[spool->load_at];
    if (!r->loaded && r->left) {
      found = r;
    } else {
      r->loaded = true;
      spool->load_at++;
    }
  }
  pthread_mutex_unlock(&spool->mutex);
  return found;
}

dh_status dh_spool_load(dh_spool *spool, dh_spool_batch **batch, dh_error *error)
{
  *batch = NULL;
  row *r = next_unloaded(spool);
  if (!r) {
    dh_spool_db_load_end(spool->db);
    return DH_OK;
  }
  dh_error local;
  dh_spool_batch *loaded = dh_spool_db_load(spool->db, r->first, r->count, r->bits, &local);
  if (!loaded) {
    if (error)
      *error = local;
    return local.status;
  }
  pthread_mutex_lock(&spool->mutex);
  r->loaded = true;
  spool->unloaded -= loaded->count;
  pthread_mutex_unlock(&spool->mutex);
  *batch = loaded;
  return DH_OK;
}

uint64_t dh_spool_pending(dh_spool *spool)
{
  pthread_mutex_lock(&spool->mutex);
  uint64_t pending = spool->pending;
  pthread_mutex_unlock(&spool->mutex);
  return pending;
}

uint64_t dh_spool_unloaded(dh_spool *spool)
{
  pthread_mutex_lock(&spool->mutex);
  uint64_t unloaded = spool->unloaded;
  pthread_mutex_unlock(&spool->mutex);
  return unloaded;
}

dh_status dh_spool_flush(dh_spool *spool, dh_error *error)
{
  pthread_mutex_lock(&spool->mutex);
  uint64_t mine = ++spool->flushes;
  pthread_cond_signal(&spool->wake);
  while (spool->flushed < mine)
    pthread_cond_wait(&spool->news, &spool->mutex);
  dh_status status = spool->dirty ? spool->settle_error.status : DH_OK;
  if (status != DH_OK && error)
    *error = spool->settle_error;
  pthread_mutex_unlock(&spool->mutex);
  return status;
}
