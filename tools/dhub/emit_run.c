/* SPDX-License-Identifier: Apache-2.0 */
#include "emit_run.h"

#include "emit_report.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Records that go into the queue together: enough to cost little each, with a spool too, where
 * they are one transaction; few enough to be small beside the queue, and to stay in a core's
 * cache on their way. ROOM is left for the aspects of one more input record. */
enum { BATCH_RECORDS = 512, BATCH_BYTES = 384 * 1024, ROOM = 1024 };
/* What such a batch mostly fits in: the buffer is the queue's once it is full. */
enum { BUFFER_BYTES = BATCH_BYTES + 64 * 1024 };
/* How long a wait may last before signals and progress are looked at. */
enum { TICK_MS = 100 };
/* What a pipe holds, where the system allows. */
enum { PIPE_BYTES = 256 * 1024 };
/* Bad records and rejections that are named one by one. */
enum { NAMED_MAX = 20 };

struct emit_buffer {
  char *bytes;
  size_t size, capacity;
  size_t count;
  dh_record records[BATCH_RECORDS + ROOM];
};

/* One input, as the reader's read function sees it. */
typedef struct input {
  emit_run *run;
  const char *name;
  int fd;
  bool pauses;    /* not a regular file: there may be nothing to read yet */
  bool cut;       /* the reader was told of an end that is none: the run is over */
  uint64_t taken; /* bytes that the reader has, of which these are of records it gave: */
  uint64_t used;
  size_t largest; /* record so far */
} input;

void emit_run_init(emit_run *run)
{
  pthread_condattr_t clock;
  pthread_condattr_init(&clock);
  pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
  pthread_mutex_init(&run->room_lock, NULL);
  pthread_cond_init(&run->room, &clock);
  pthread_condattr_destroy(&clock);
  run->buffer = calloc(1, sizeof(*run->buffer));
  run->started_ms = run->last_shown_ms = run->last_stats_ms = dh_mono_ms(run->context);
  dh_error_clear(&run->failure);
}

void emit_run_free(emit_run *run)
{
  if (run->buffer)
    free(run->buffer->bytes);
  free(run->buffer);
  pthread_cond_destroy(&run->room);
  pthread_mutex_destroy(&run->room_lock);
}

/* --- fates (the emitter's thread) ------------------------------------------ */

static void name_rejection(emit_run *run, const dh_record *record, const dh_error *error)
{
  uint64_t n = atomic_fetch_add(&run->rejected, 1) + 1;
  if (n <= NAMED_MAX)
    dhub_say(run->output, "rejected: aspect %.*s of %.*s: %s", (int)record->aspect_name.len,
             record->aspect_name.ptr ? record->aspect_name.ptr : "", (int)record->urn.len,
             record->urn.ptr ? record->urn.ptr : "",
             error && *error->message ? error->message : "no reason given");
  else if (n == NAMED_MAX + 1)
    dhub_say(run->output, "further rejections are counted, not named");
}

static uint64_t fates(const emit_run *run)
{
  return atomic_load(&run->delivered) + atomic_load(&run->rejected) +
         atomic_load(&run->undelivered);
}

void emit_run_fate(void *arg, const dh_record *record, void *opaque, dh_fate fate,
                   const dh_error *error)
{
  emit_run *run = arg;
  (void)opaque;
  if (fate == DH_DELIVERED) {
    atomic_fetch_add(&run->delivered, 1);
  } else if (fate == DH_RETRY) {
    atomic_fetch_add(&run->undelivered, 1);
    if (run->letter && !run->spooled)
      dead_letter_add(run->letter, record, "undelivered", error);
  } else {
    name_rejection(run, record, error);
    if (run->letter)
      dead_letter_add(run->letter, record, fate == DH_TOO_LARGE ? "too-large" : "rejected", error);
  }
  /* wake_at is written before `waiting` is set. */
  if (!atomic_load(&run->waiting) || fates(run) < atomic_load(&run->wake_at))
    return;
  pthread_mutex_lock(&run->room_lock);
  pthread_cond_signal(&run->room);
  pthread_mutex_unlock(&run->room_lock);
}

/* --- into the queue --------------------------------------------------------- */

/* Until half of what is in the queue has its fate, so that as much can be put in at once, or
 * a tick has passed. The last record's place is given back a moment after its fate is told. */
static void wait_for_room(emit_run *run)
{
  struct timespec until;
  pthread_mutex_lock(&run->room_lock);
  uint64_t known = fates(run);
  uint64_t open = run->queued > known ? run->queued - known : 0;
  uint64_t wake_at = known + (open + 1) / 2;
  atomic_store(&run->wake_at, wake_at);
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += (open ? TICK_MS : 1) * 1000000L;
  if (until.tv_nsec >= 1000000000L) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000L;
  }
  atomic_store(&run->waiting, true);
  if (!open || fates(run) < wake_at)
    pthread_cond_timedwait(&run->room, &run->room_lock, &until);
  atomic_store(&run->waiting, false);
  pthread_mutex_unlock(&run->room_lock);
}

/* Records that never came into the queue: nobody else reports them. */
static void leave_behind(emit_run *run, const dh_record *records, size_t count, const dh_error *why)
{
  atomic_fetch_add(&run->undelivered, count);
  run->left_behind += count;
  for (size_t i = 0; run->letter && i < count; i++)
    dead_letter_add(run->letter, &records[i], "undelivered", why);
}

static uint64_t queued(emit_run *run)
{
  dh_emitter_stats stats = {.struct_size = sizeof(stats)};
  dh_emitter_get_stats(run->emitter, &stats);
  return stats.queued;
}

/* An empty queue takes any record: what is refused then is refused by the spool, and
 * waiting helps no one. */
static size_t offer_one(emit_run *run, const dh_record *record, dh_error *error)
{
  bool empty = !queued(run);
  if (dh_emitter_emit_records(run->emitter, record, 1, NULL, DH_EMIT_NOWAIT, error) == DH_OK)
    return 1;
  dh_error state;
  if (dh_emitter_state(run->emitter, &state) != DH_OK)
    *error = state;
  else if (error->status == DH_UNAVAILABLE && empty && !queued(run))
    error->status = DH_INTERNAL;
  else if (error->status == DH_UNAVAILABLE)
    dh_error_clear(error);
  return 0;
}

/* Offers records to the queue; where it has no room for all, for fewer. Returns how many
 * were taken; 0 with the emitter's state, which is DH_OK where it is only full. */
static size_t offer(emit_run *run, const dh_record *records, size_t count, dh_error *error)
{
  for (; count > 1; count /= 2) {
    dh_status status =
        dh_emitter_emit_records(run->emitter, records, count, NULL, DH_EMIT_NOWAIT, error);
    if (status == DH_OK)
      return count;
    if (status != DH_UNAVAILABLE)
      return 0;
    dh_error state;
    if (dh_emitter_state(run->emitter, &state) != DH_OK) {
      *error = state;
      return 0;
    }
  }
  return offer_one(run, records, error);
}

/* The queue would hold the whole buffer for however little is in it. */
static bool is_worth_handing_over(const struct emit_buffer *b)
{
  return b->size >= b->capacity / 4;
}

/* Hands the buffer itself to the queue, with all its records; where it has no room, once more
 * when half of it is free. False: it has still none, or `error` says what else there is. */
static bool offer_buffer(emit_run *run, dh_error *error)
{
  struct emit_buffer *b = run->buffer;
  for (unsigned tries = 0; tries < 2 && is_worth_handing_over(b); tries++) {
    if (tries)
      wait_for_room(run);
    emit_report_tick(run);
    dh_status status = dh_emitter_emit_buffer(run->emitter, &b->bytes, &b->capacity, b->records,
                                              b->count, NULL, DH_EMIT_NOWAIT, error);
    if (status == DH_OK) {
      run->queued += b->count;
      b->count = 0;
      return true;
    }
    if (status != DH_UNAVAILABLE || dhub_signal_came())
      break;
  }
  return false;
}

/* Emits what is in the buffer, waiting for room. False: the run is over, and what was not
 * emitted is accounted for. */
static bool emit_buffered(emit_run *run)
{
  struct emit_buffer *b = run->buffer;
  dh_error error;
  size_t done = 0;
  if (offer_buffer(run, &error))
    return true;
  while (done < b->count) {
    emit_report_tick(run);
    size_t taken = offer(run, b->records + done, b->count - done, &error);
    done += taken;
    run->queued += taken;
    if (taken)
      continue;
    if (error.status != DH_OK) {
      run->failure = error;
      leave_behind(run, b->records + done, b->count - done, &error);
      break;
    }
    if (dhub_signal_came()) {
      dh_error_set(&error, DH_UNAVAILABLE, "the run was stopped by %s before this was sent",
                   dhub_signal_name());
      leave_behind(run, b->records + done, b->count - done, &error);
      break;
    }
    wait_for_room(run);
  }
  bool ok = done == b->count;
  b->count = 0;
  return ok;
}

/* A dry run prints what would be sent, one proposal a line. */
static bool print_buffered(emit_run *run)
{
  struct emit_buffer *b = run->buffer;
  for (size_t i = 0; i < b->count; i++) {
    fwrite(b->records[i].proposal.ptr, 1, b->records[i].proposal.len, stdout);
    putchar('\n');
  }
  b->count = 0;
  if (!ferror(stdout) && fflush(stdout) == 0)
    return true;
  dh_error_set(&run->failure, DH_UNAVAILABLE, "cannot write to standard output: %s",
               strerror(errno));
  return false;
}

static bool send_buffered(emit_run *run)
{
  if (!run->buffer->count)
    return true;
  return run->emitter ? emit_buffered(run) : print_buffered(run);
}

/* --- reading ------------------------------------------------------------------ */

/* Waits until there is something to read. False: the run is over. */
static bool wait_for_input(input *in)
{
  struct pollfd fds[2] = {{.fd = in->fd, .events = POLLIN},
                          {.fd = dhub_signals_fd(), .events = POLLIN}};
  while (!dhub_signal_came()) {
    int n = poll(fds, 2, TICK_MS);
    emit_report_tick(in->run);
    /* A signal counts before what came with it: ^C in a pipeline ends the other end too. */
    if (n > 0 && fds[0].revents && !dhub_signal_came())
      return true;
    if (n < 0 && errno != EINTR)
      return true; /* read() will say what is wrong */
    if (in->run->emitter && dh_emitter_state(in->run->emitter, &in->run->failure) != DH_OK)
      return false;
  }
  return false;
}

/* Whether the reader may have to wait before it can give the next record: what has been
 * read before is not kept waiting for it. */
static bool is_pausing(const input *in)
{
  struct pollfd fd = {.fd = in->fd, .events = POLLIN};
  if (!in->pauses || in->taken - in->used > 2 * in->largest + 64)
    return false;
  return poll(&fd, 1, 0) == 0;
}

/* A dh_read_fn. */
static int64_t read_input(void *arg, void *bytes, size_t size)
{
  input *in = arg;
  ssize_t n;
  if (!wait_for_input(in)) {
    in->cut = true;
    return 0;
  }
  do {
    n = read(in->fd, bytes, size);
  } while (n < 0 && errno == EINTR);
  if (n > 0)
    in->taken += (uint64_t)n;
  return n;
}

/* When the buffer has moved, so have the records that were in it before. */
static void follow_buffer(struct emit_buffer *b, const char *before, size_t old_size)
{
  if (b->bytes == before)
    return;
  for (size_t i = 0; i < b->count; i++) {
    dh_record *r = &b->records[i];
    dh_slice *slices[] = {&r->entity_type, &r->urn,     &r->aspect_name,    &r->content_type,
                          &r->proposal,    &r->headers, &r->system_metadata};
    for (size_t s = 0; s < sizeof(slices) / sizeof(slices[0]); s++) {
      size_t offset = (size_t)((uintptr_t)slices[s]->ptr - (uintptr_t)before);
      if (slices[s]->ptr && (uintptr_t)slices[s]->ptr >= (uintptr_t)before && offset <= old_size)
        slices[s]->ptr = b->bytes + offset;
    }
  }
}

static void take_bad(emit_run *run, const input *in, const dh_input_record *record,
                     const dh_error *error)
{
  if (++run->unreadable <= NAMED_MAX)
    dhub_say(run->output, "not sent: %s", error->message);
  else if (run->unreadable == NAMED_MAX + 1)
    dhub_say(run->output, "further unreadable records are counted, not named");
  if (run->letter)
    dead_letter_add_raw(run->letter, record, in->name, error);
}

/* A buffer that is as large as it mostly comes to be; where there is no memory for that, the
 * reader makes one, or says so. */
static void make_buffer(struct emit_buffer *b)
{
  b->bytes = malloc(BUFFER_BYTES);
  b->capacity = b->bytes ? BUFFER_BYTES : 0;
}

/* Reads one record into the buffer. */
static dh_read_result read_one(emit_run *run, input *in, dh_reader *reader,
                               const dh_wire_options *wire)
{
  struct emit_buffer *b = run->buffer;
  dh_input_record record = {.struct_size = sizeof(record)};
  dh_error error;
  if (!b->bytes)
    make_buffer(b);
  const char *before = b->bytes;
  size_t old_size = b->size, count = 0;
  dh_read_result result = dh_reader_next(reader, wire, &record, &b->bytes, &b->size, &b->capacity,
                                         b->records + b->count, ROOM, &count, &error);
  follow_buffer(b, before, old_size);
  /* A record that is cut short because the run is over is not at fault. */
  if (in->cut && result != DH_READ_RECORD)
    return DH_READ_END;
  if (result == DH_READ_RECORD || result == DH_READ_BAD) {
    run->inputs++;
    in->used += record.raw.len;
    in->largest = record.raw.len > in->largest ? record.raw.len : in->largest;
  }
  if (result == DH_READ_RECORD) {
    b->count += count;
    run->records += count;
  } else if (result == DH_READ_BAD) {
    take_bad(run, in, &record, &error);
  } else if (result == DH_READ_FATAL) {
    run->failure = error;
    run->input_failed = true;
  }
  return result;
}

static dh_wire_options wire_options(const emit_run *run)
{
  return (dh_wire_options){
      .struct_size = sizeof(dh_wire_options),
      .now_ms = dh_wall_ms(run->context),
      .run_id = run->command_line_run_id,
      .client_id = run->for_datahub ? "libdatahub" : NULL,
      .client_version = run->for_datahub ? dh_version() : NULL,
  };
}

static bool is_full(const struct emit_buffer *b)
{
  return b->count >= BATCH_RECORDS || b->size >= BATCH_BYTES;
}

static bool read_all(emit_run *run, input *in, dh_reader *reader)
{
  dh_wire_options wire = wire_options(run);
  dh_read_result result;
  do {
    result = read_one(run, in, reader, &wire);
    if (run->buffer->count && !is_full(run->buffer) && result < DH_READ_END && !is_pausing(in))
      continue;
    if (!send_buffered(run))
      return false;
    run->buffer->size = 0;
    wire.now_ms = dh_wall_ms(run->context);
  } while (!dhub_signal_came() && result < DH_READ_END && run->failure.status == DH_OK);
  bool sent = send_buffered(run);
  run->buffer->size = 0;
  return sent && run->failure.status == DH_OK && !dhub_signal_came();
}

bool emit_run_input(emit_run *run, const char *path)
{
  bool standard = !strcmp(path, "-");
  struct stat st;
  input in = {.run = run, .name = standard ? "standard input" : path, .fd = STDIN_FILENO};
  if (!standard)
    in.fd = open(path, O_RDONLY | O_CLOEXEC);
  if (in.fd < 0 || !run->buffer) {
    run->input_failed = true;
    dh_error_set(&run->failure, DH_UNAVAILABLE, "cannot open %s: %s", path, strerror(errno));
    return false;
  }
#ifdef F_SETPIPE_SZ
  fcntl(in.fd, F_SETPIPE_SZ, PIPE_BYTES); /* fewer turns with who writes; no matter if refused */
#endif
  in.pauses = fstat(in.fd, &st) != 0 || !S_ISREG(st.st_mode);
  dh_reader *reader = dh_reader_open(read_input, &in, in.name, 0, &run->failure);
  bool ok = reader && read_all(run, &in, reader);
  if (!reader)
    run->input_failed = true;
  if (dhub_signal_came() && !run->stopped_in)
    run->stopped_in = in.name;
  dh_reader_close(reader);
  if (!standard)
    close(in.fd);
  return ok;
}

/* --- the end ------------------------------------------------------------------- */

/* Waits in short steps, so that a signal is seen: the first shortens the wait to the grace,
 * the second ends it. */
static void wait_for_fates(emit_run *run)
{
  dh_error error;
  int64_t deadline = -1;
  while (dh_emitter_flush(run->emitter, TICK_MS, &error) == DH_TIMEOUT) {
    int64_t now = dh_mono_ms(run->context);
    emit_report_tick(run);
    if (dhub_signals_count() > 1)
      return;
    if (dhub_signal_came() && deadline < 0) {
      deadline = now + run->grace_ms;
      dhub_say(run->output, "%s: sending what was read, for at most %.0f s; once more to stop now",
               dhub_signal_name(), (double)run->grace_ms / 1000);
    }
    if (deadline >= 0 && now >= deadline)
      return;
    if (dh_emitter_state(run->emitter, &error) != DH_OK)
      return;
  }
}

void emit_run_finish(emit_run *run)
{
  if (run->emitter) {
    dh_error error, state;
    wait_for_fates(run);
    dh_emitter_state(run->emitter, &state);
    run->stats.struct_size = sizeof(run->stats);
    dh_emitter_get_stats(run->emitter, &run->stats);
    dh_status status = dh_emitter_close(run->emitter, 0, &error);
    run->emitter = NULL;
    if (run->failure.status == DH_OK && state.status != DH_OK)
      run->failure = state;
    if (run->failure.status == DH_OK && status != DH_OK && !dhub_signal_came())
      run->failure = error;
  } else if (fflush(stdout) != 0 && run->failure.status == DH_OK) {
    dh_error_set(&run->failure, DH_UNAVAILABLE, "cannot write to standard output: %s",
                 strerror(errno));
  }
  run->seconds = (double)(dh_mono_ms(run->context) - run->started_ms) / 1000;
}
