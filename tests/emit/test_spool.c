/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "emit/spool.h"
#include "emit/spool_pack.h"

#include <datahub/emitter.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];
static char path[128];
static dh_context *context;

static void setup(void)
{
  strcpy(folder, "/tmp/dh-spool-XXXXXX");
  ck_assert_ptr_nonnull(mkdtemp(folder));
  snprintf(path, sizeof(path), "%s/spool.db", folder);
  context = dh_context_new(NULL, NULL);
  ck_assert_ptr_nonnull(context);
}

static void teardown(void)
{
  static const char *const ends[] = {"",      "-wal", "-shm",     ".lock",    "-journal",
                                     ".link", ".cut", ".cut-wal", ".cut-shm", ".cut.lock"};
  dh_context_free(context);
  for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
    char name[160];
    snprintf(name, sizeof(name), "%s%s", path, ends[i]);
    unlink(name);
  }
  rmdir(folder);
}

/* --- helpers --- */

static dh_spool *open_spool(void)
{
  dh_error error;
  dh_spool *spool = dh_spool_open(context, path, DH_SPOOL_NORMAL, &error);
  ck_assert_msg(spool != NULL, "%s", error.message);
  return spool;
}

static void refuse_to_open(dh_status status, const char *words)
{
  dh_error error;
  dh_spool *spool = dh_spool_open(context, path, DH_SPOOL_NORMAL, &error);
  ck_assert_ptr_null(spool);
  ck_assert_msg(error.status == status, "%s: %s", dh_status_name(error.status), error.message);
  ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
  ck_assert_msg(strstr(error.message, path) != NULL, "%s", error.message);
}

static dh_slice text(const char *s)
{
  return (dh_slice){s, strlen(s)};
}

/* A record whose URN is a slice of its proposal, as the reader makes them. */
static dh_record numbered(int n, char *room, size_t size)
{
  snprintf(room, size, "{\"entityUrn\":\"urn:li:tag:%d\",\"pad\":\"%0*d\"}", n, n % 300, n);
  dh_record record = {.struct_size = sizeof(record),
                      .change_type = DH_UPSERT,
                      .entity_type = text("tag"),
                      .aspect_name = text("tagProperties"),
                      .proposal = text(room)};
  char *urn = strstr(room, "urn:");
  record.urn = (dh_slice){urn, strcspn(urn, "\"")};
  return record;
}

static uint64_t append(dh_spool *spool, int from, int count)
{
  static char room[4096][512];
  static dh_record records[4096];
  uint64_t first = 0;
  dh_error error;
  ck_assert_int_le(count, 4096);
  for (int i = 0; i < count; i++)
    records[i] = numbered(from + i, room[i], sizeof(room[i]));
  dh_status status = dh_spool_append(spool, records, (size_t)count, &first, &error);
  ck_assert_msg(status == DH_OK, "%s", error.message);
  return first;
}

static void close_spool(dh_spool *spool)
{
  dh_error error;
  ck_assert_msg(dh_spool_close(spool, &error) == DH_OK, "%s", error.message);
}

static int number_of(const dh_record *record)
{
  ck_assert_msg(record->urn.len > 11 && !memcmp(record->urn.ptr, "urn:li:tag:", 11), "bad urn");
  return atoi(record->urn.ptr + 11);
}

/* Loads all, expects them ascending, and notes which numbers there were. */
static size_t load_all(dh_spool *spool, unsigned char *seen, size_t size)
{
  dh_spool_batch *batch;
  dh_error error;
  size_t total = 0;
  uint64_t last = 0;
  memset(seen, 0, size);
  for (;;) {
    ck_assert_msg(dh_spool_load(spool, &batch, &error) == DH_OK, "%s", error.message);
    if (!batch)
      return total;
    for (size_t i = 0; i < batch->count; i++) {
      ck_assert_uint_gt(batch->tickets[i], last);
      last = batch->tickets[i];
      int n = number_of(&batch->records[i]);
      ck_assert_uint_lt((size_t)n, size);
      seen[n]++;
    }
    total += batch->count;
    dh_spool_batch_free(batch);
  }
}

/* Overwrites part of a file. */
static void damage(const char *name, long at, const char *bytes, size_t size)
{
  int fd = open(name, O_WRONLY);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(pwrite(fd, bytes, size, at), (ssize_t)size);
  close(fd);
}

/* --- the round trip --- */

START_TEST(records_come_back_as_they_were)
{
  dh_record record = {.struct_size = sizeof(record),
                      .change_type = DH_PATCH,
                      .entity_type = text("dataset"),
                      .urn = text("urn:li:dataset:1"),
                      .aspect_name = text("globalTags"),
                      .content_type = text("application/json-patch+json"),
                      .proposal = text("{\"a\":\"\\u0000\"}"),
                      .system_metadata = text("{\"runId\":\"r\"}"),
                      .flags = DH_RECORD_SYNC};
  dh_spool_batch *batch;
  uint64_t first;
  dh_spool *spool = open_spool();
  ck_assert_int_eq(dh_spool_append(spool, &record, 1, &first, NULL), DH_OK);
  close_spool(spool);
  spool = open_spool();
  ck_assert_int_eq(dh_spool_load(spool, &batch, NULL), DH_OK);
  ck_assert_ptr_nonnull(batch);
  ck_assert_uint_eq(batch->count, 1);
  const dh_record *back = batch->records;
  ck_assert_uint_eq(batch->tickets[0], first);
  ck_assert_int_eq(back->change_type, DH_PATCH);
  ck_assert_uint_eq(back->flags, DH_RECORD_SYNC);
  ck_assert_mem_eq(back->urn.ptr, record.urn.ptr, record.urn.len);
  ck_assert_uint_eq(back->proposal.len, record.proposal.len);
  ck_assert_mem_eq(back->proposal.ptr, record.proposal.ptr, record.proposal.len);
  ck_assert_mem_eq(back->content_type.ptr, record.content_type.ptr, record.content_type.len);
  ck_assert_mem_eq(back->system_metadata.ptr, record.system_metadata.ptr, 13);
  ck_assert_ptr_null(back->headers.ptr);
  dh_spool_batch_free(batch);
  close_spool(spool);
}
END_TEST

static dh_slice *part_of(dh_record *record, size_t i)
{
  dh_slice *const parts[] = {&record->entity_type,     &record->urn,
                             &record->aspect_name,     &record->content_type,
                             &record->system_metadata, &record->headers};
  return parts[i];
}

static void same_slice(dh_slice a, dh_slice b)
{
  ck_assert_int_eq(!a.ptr, !b.ptr);
  ck_assert_uint_eq(a.len, b.len);
  if (a.len)
    ck_assert_mem_eq(a.ptr, b.ptr, a.len);
}

/* Each of six parts is absent, empty, within the proposal or beside it; `kinds` has two bits for
 * each. */
static dh_record mixed(unsigned kinds, dh_slice proposal)
{
  static const char *const beside[] = {"tag", "urn:li:tag:1", "x", "text/plain", "{}", "{\"h\":1}"};
  dh_record record = {.struct_size = sizeof(record),
                      .change_type = (dh_change_type)(kinds % 3),
                      .proposal = proposal,
                      .flags = kinds & 1};
  for (size_t i = 0; i < 6; i++) {
    const dh_slice by_kind[] = {
        {NULL, 0}, {"", 0}, {proposal.ptr + i, proposal.len ? i + 1 : 0}, text(beside[i])};
    *part_of(&record, i) = by_kind[kinds >> (2 * i) & 3];
  }
  return record;
}

/* Two of each to a row, so that what follows a record is seen to be where it was put. */
START_TEST(each_part_comes_back_from_wherever_it_was)
{
  static const unsigned char none[1];
  static const char *const proposals[] = {"{\"a\":\"value\"}", "", "{\"a\":\"values\"}"};
  const dh_slice proposal = text(proposals[_i]);
  for (unsigned kinds = 0; kinds < 1 << 12; kinds++) {
    dh_record records[] = {mixed(kinds, proposal), mixed(kinds * 5 % (1 << 12), proposal)};
    dh_error error;
    dh_buf row;
    dh_buf_init(&row);
    for (size_t i = 0; i < 2; i++)
      dh_spool_pack(&row, &records[i]);
    ck_assert(!row.failed);
    dh_spool_batch *batch = dh_spool_unpack(row.data, row.size, 2, 7, none, &error);
    ck_assert_msg(batch != NULL, "%s", error.message);
    for (size_t i = 0; i < 2; i++) {
      dh_record *back = &batch->records[i];
      ck_assert_int_eq(back->change_type, records[i].change_type);
      ck_assert_uint_eq(back->flags, records[i].flags);
      same_slice(back->proposal, records[i].proposal);
      for (size_t part = 0; part < 6; part++)
        same_slice(*part_of(back, part), *part_of(&records[i], part));
    }
    dh_spool_batch_free(batch);
    dh_buf_free(&row);
  }
}
END_TEST

/* What is within the proposal is not there twice. */
START_TEST(a_record_takes_no_more_than_was_said)
{
  const dh_slice proposal = text("{\"a\":\"value\"}");
  const dh_record record = mixed(0xaaa, proposal); /* all within */
  dh_buf row;
  dh_buf_init(&row);
  dh_spool_pack(&row, &record);
  ck_assert_uint_le(row.size, dh_spool_packed_size(&record));
  dh_buf_free(&row);
}
END_TEST

/* It is part of the file's format: a spool that another version left is read by it. */
START_TEST(the_sum_of_a_row_stays_what_it_was)
{
  unsigned char bytes[100];
  for (size_t i = 0; i < sizeof(bytes); i++)
    bytes[i] = (unsigned char)(i * 7);
  ck_assert_uint_eq((uint64_t)dh_spool_sum(bytes, 0), 0);
  ck_assert_uint_eq((uint64_t)dh_spool_sum(bytes, 7), 0x1524241b1524241b);
  ck_assert_uint_eq((uint64_t)dh_spool_sum(bytes, sizeof(bytes)), 0xfcaf5e7246240875);
}
END_TEST

START_TEST(many_rows_come_back_in_order)
{
  unsigned char seen[10000];
  dh_spool *spool = open_spool();
  for (int i = 0; i < 5; i++)
    append(spool, i * 2000, 2000);
  close_spool(spool);
  spool = open_spool();
  ck_assert_uint_eq(dh_spool_pending(spool), 10000);
  ck_assert_uint_eq(dh_spool_unloaded(spool), 10000);
  ck_assert_uint_eq(load_all(spool, seen, sizeof(seen)), 10000);
  ck_assert_uint_eq(dh_spool_unloaded(spool), 0);
  close_spool(spool);
}
END_TEST

START_TEST(what_is_done_does_not_come_back)
{
  unsigned char seen[100];
  dh_spool *spool = open_spool();
  uint64_t first = append(spool, 0, 100);
  dh_spool_done(spool, first, 40);
  dh_spool_done(spool, first + 60, 1);
  ck_assert_uint_eq(dh_spool_pending(spool), 59);
  close_spool(spool);
  spool = open_spool();
  ck_assert_uint_eq(dh_spool_pending(spool), 59);
  ck_assert_uint_eq(load_all(spool, seen, sizeof(seen)), 59);
  ck_assert_uint_eq(seen[39] + seen[60], 0);
  ck_assert_uint_eq(seen[40] + seen[61], 2);
  dh_spool_done(spool, first, 100);
  close_spool(spool);
  spool = open_spool();
  ck_assert_uint_eq(dh_spool_pending(spool), 0);
  close_spool(spool);
}
END_TEST

START_TEST(done_twice_counts_once)
{
  dh_spool *spool = open_spool();
  uint64_t first = append(spool, 0, 2);
  dh_spool_done(spool, first, 1);
  ck_assert_int_eq(dh_spool_flush(spool, NULL), DH_OK);
  dh_spool_done(spool, first, 1);
  dh_spool_done(spool, first + 1000, 5);
  ck_assert_uint_eq(dh_spool_pending(spool), 1);
  close_spool(spool);
}
END_TEST

START_TEST(appends_go_behind_what_was_left)
{
  unsigned char seen[2];
  dh_spool *spool = open_spool();
  uint64_t old = append(spool, 0, 1);
  close_spool(spool);
  spool = open_spool();
  uint64_t fresh = append(spool, 1, 1);
  ck_assert_uint_gt(fresh, old);
  ck_assert_uint_eq(dh_spool_unloaded(spool), 1);
  ck_assert_uint_eq(load_all(spool, seen, sizeof(seen)), 1);
  ck_assert_uint_eq(seen[0], 1);
  close_spool(spool);
}
END_TEST

START_TEST(an_empty_spool_leaves_no_log)
{
  char log[160];
  struct stat st;
  dh_spool *spool = open_spool();
  uint64_t first = append(spool, 0, 10);
  dh_spool_done(spool, first, 10);
  close_spool(spool);
  snprintf(log, sizeof(log), "%s-wal", path);
  ck_assert_int_ne(stat(log, &st), 0);
  ck_assert_int_eq(stat(path, &st), 0);
  ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

static void *append_many(void *arg)
{
  char room[512];
  dh_spool *spool = arg;
  for (int i = 0; i < 200; i++) {
    uint64_t ticket;
    dh_record record = numbered(i, room, sizeof(room));
    ck_assert_int_eq(dh_spool_append(spool, &record, 1, &ticket, NULL), DH_OK);
    if (i % 2)
      dh_spool_done(spool, ticket, 1);
  }
  return NULL;
}

START_TEST(threads_share_it)
{
  pthread_t threads[4];
  unsigned char seen[200];
  dh_spool *spool = open_spool();
  for (size_t i = 0; i < 4; i++)
    ck_assert_int_eq(pthread_create(&threads[i], NULL, append_many, spool), 0);
  for (size_t i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  ck_assert_uint_eq(dh_spool_pending(spool), 400);
  close_spool(spool);
  spool = open_spool();
  ck_assert_uint_eq(load_all(spool, seen, sizeof(seen)), 400);
  ck_assert_uint_eq(seen[0], 4);
  ck_assert_uint_eq(seen[1], 0);
  close_spool(spool);
}
END_TEST

START_TEST(policies_have_names)
{
  dh_spool_sync sync = DH_SPOOL_FULL;
  ck_assert(dh_spool_sync_of("Normal", &sync));
  ck_assert_int_eq(sync, DH_SPOOL_NORMAL);
  ck_assert(dh_spool_sync_of("off", &sync));
  ck_assert_int_eq(sync, DH_SPOOL_OFF);
  ck_assert(dh_spool_sync_of("full", &sync));
  ck_assert(!dh_spool_sync_of("always", &sync));
}
END_TEST

START_TEST(every_policy_keeps_records)
{
  for (int sync = DH_SPOOL_FULL; sync <= DH_SPOOL_OFF; sync++) {
    unsigned char seen[10];
    dh_spool *spool = dh_spool_open(context, path, (dh_spool_sync)sync, NULL);
    ck_assert_ptr_nonnull(spool);
    append(spool, 0, 10);
    close_spool(spool);
    spool = dh_spool_open(context, path, (dh_spool_sync)sync, NULL);
    ck_assert_uint_eq(load_all(spool, seen, sizeof(seen)), 10);
    dh_spool_done(spool, 1, 10);
    close_spool(spool);
  }
}
END_TEST

/* --- the lock --- */

START_TEST(a_second_opener_is_refused_and_told_the_pid)
{
  char pid[32];
  dh_spool *spool = open_spool();
  snprintf(pid, sizeof(pid), "process %ld", (long)getpid());
  refuse_to_open(DH_UNAVAILABLE, pid);
  close_spool(spool);
  close_spool(open_spool());
}
END_TEST

START_TEST(a_symbolic_link_is_the_same_spool)
{
  char name[160];
  dh_error error;
  dh_spool *spool = open_spool();
  snprintf(name, sizeof(name), "%s.link", path);
  ck_assert_int_eq(symlink(path, name), 0);
  ck_assert_ptr_null(dh_spool_open(context, name, DH_SPOOL_NORMAL, &error));
  ck_assert_ptr_nonnull(strstr(error.message, "in use by process"));
  close_spool(spool);
}
END_TEST

START_TEST(a_missing_folder_is_named)
{
  snprintf(path, sizeof(path), "%s/none/spool.db", folder);
  refuse_to_open(DH_UNAVAILABLE, "folder must exist");
}
END_TEST

/* --- damage --- */

static void fill_and_close(void)
{
  dh_spool *spool = open_spool();
  append(spool, 0, 1000);
  close_spool(spool);
}

START_TEST(a_file_of_something_else_is_refused)
{
  int fd = open(path, O_WRONLY | O_CREAT, 0600);
  static const char words[] = "this is a letter to my aunt and no database at all, really; it is "
                              "long enough to hold a header of one hundred bytes, were it one";
  ck_assert_int_eq(write(fd, words, sizeof(words)), (ssize_t)sizeof(words));
  close(fd);
  refuse_to_open(DH_MALFORMED, "dhub spool");
}
END_TEST

START_TEST(a_damaged_page_is_refused_and_left_alone)
{
  char zeros[4096] = {0};
  struct stat before, after;
  fill_and_close();
  damage(path, 16384 + 8, zeros, sizeof(zeros));
  ck_assert_int_eq(stat(path, &before), 0);
  refuse_to_open(DH_MALFORMED, "dhub spool");
  ck_assert_int_eq(stat(path, &after), 0);
  ck_assert_int_eq(before.st_size, after.st_size);
}
END_TEST

START_TEST(a_flipped_byte_in_a_record_is_found_when_loaded)
{
  dh_spool_batch *batch;
  dh_error error;
  fill_and_close();
  damage(path, 4 * 16384 + 5000, "#", 1);
  dh_spool *spool = open_spool(); /* the page is sound, what it carries is not */
  ck_assert_int_eq(dh_spool_load(spool, &batch, &error), DH_MALFORMED);
  ck_assert_ptr_null(batch);
  ck_assert_msg(strstr(error.message, "checksum") != NULL, "%s", error.message);
  close_spool(spool);
}
END_TEST

START_TEST(an_emptied_file_is_refused)
{
  fill_and_close();
  ck_assert_int_eq(truncate(path, 0), 0);
  refuse_to_open(DH_MALFORMED, "empty");
}
END_TEST

START_TEST(a_cut_file_is_refused)
{
  fill_and_close();
  ck_assert_int_eq(truncate(path, 3 * 16384), 0);
  refuse_to_open(DH_MALFORMED, "dhub spool");
}
END_TEST

START_TEST(a_log_without_its_file_is_not_thrown_away)
{
  char log[160];
  struct stat st;
  snprintf(log, sizeof(log), "%s-wal", path);
  int fd = open(log, O_WRONLY | O_CREAT, 0600);
  ck_assert_int_eq(write(fd, "frames", 6), 6);
  close(fd);
  refuse_to_open(DH_MALFORMED, "missing");
  ck_assert_int_eq(stat(log, &st), 0);
  ck_assert_int_eq(st.st_size, 6);
}
END_TEST

START_TEST(a_newer_format_is_refused)
{
  close_spool(open_spool());
  damage(path, 60, "\0\0\0\x09", 4); /* user_version, big-endian, of the file's header */
  refuse_to_open(DH_MISCONFIGURED, "format 9");
}
END_TEST

/* --- salvage --- */

static int count_number(void *arg, const dh_record *record)
{
  unsigned char *seen = arg;
  seen[number_of(record)]++;
  return 0;
}

START_TEST(a_spool_is_read_without_an_emitter)
{
  unsigned char seen[100] = {0};
  dh_spool *spool = open_spool();
  dh_spool_done(spool, append(spool, 0, 100), 50);
  close_spool(spool);
  ck_assert_int_eq(dh_spool_read(path, count_number, seen, NULL), DH_OK);
  ck_assert_int_eq(seen[49], 0);
  for (size_t i = 50; i < 100; i++)
    ck_assert_int_eq(seen[i], 1);
  spool = open_spool();
  ck_assert_uint_eq(dh_spool_pending(spool), 50);
  close_spool(spool);
}
END_TEST

START_TEST(what_is_sound_of_a_damaged_spool_is_read)
{
  unsigned char seen[2000] = {0};
  dh_error error;
  dh_spool *spool = open_spool();
  append(spool, 0, 1000);
  append(spool, 1000, 1000);
  close_spool(spool);
  damage(path, 4 * 16384 + 5000, "#", 1);
  ck_assert_int_eq(dh_spool_read(path, count_number, seen, &error), DH_MALFORMED);
  ck_assert_msg(strstr(error.message, "1 of the 2 groups") != NULL, "%s", error.message);
  ck_assert_int_eq(seen[0] + seen[1000], 1);
}
END_TEST

START_TEST(a_spool_in_use_is_not_read)
{
  unsigned char seen[1];
  dh_error error;
  dh_spool *spool = open_spool();
  ck_assert_int_eq(dh_spool_read(path, count_number, seen, &error), DH_UNAVAILABLE);
  ck_assert_ptr_nonnull(strstr(error.message, "in use by process"));
  close_spool(spool);
}
END_TEST

/* --- a full disk --- */

/* Appends until it fails; returns how many were accepted. */
static int append_until_full(dh_spool *spool, dh_error *error)
{
  char room[512];
  int accepted = 0;
  for (;; accepted++) {
    uint64_t first;
    dh_record record = numbered(accepted % 100, room, sizeof(room));
    if (dh_spool_append(spool, &record, 1, &first, error) != DH_OK)
      return accepted;
    ck_assert_int_lt(accepted, 100000);
  }
}

static void full_disk_keeps_what_was_accepted(void (*make_room)(void))
{
  unsigned char seen[100];
  dh_error error;
  dh_spool *spool = open_spool();
  append(spool, 0, 10);
  int accepted = append_until_full(spool, &error);
  ck_assert_int_eq(error.status, DH_UNAVAILABLE);
  ck_assert_msg(strstr(error.message, path) && strstr(error.message, "make room"), "%s",
                error.message);
  ck_assert_uint_eq(dh_spool_pending(spool), (uint64_t)accepted + 10);
  make_room();
  append(spool, 0, 10); /* it goes on where it was */
  close_spool(spool);
  spool = open_spool();
  ck_assert_uint_eq(load_all(spool, seen, sizeof(seen)), (size_t)accepted + 20);
  close_spool(spool);
}

static void lift_limit(void)
{
  struct rlimit limit;
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

START_TEST(a_file_size_limit_refuses_and_keeps)
{
  struct rlimit limit;
  signal(SIGXFSZ, SIG_IGN);
  close_spool(open_spool());
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = 400 * 1024;
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  full_disk_keeps_what_was_accepted(lift_limit);
}
END_TEST

static void grow_disk(void)
{
  ck_assert_int_eq(mount("none", folder, "tmpfs", MS_REMOUNT, "size=8m"), 0);
}

START_TEST(a_full_file_system_refuses_and_keeps)
{
  if (mount("none", folder, "tmpfs", 0, "size=512k") != 0) {
    fprintf(stderr, "skipped: mounting a tmpfs needs root\n");
    return;
  }
  full_disk_keeps_what_was_accepted(grow_disk);
  ck_assert_int_eq(umount2(folder, MNT_DETACH), 0);
}
END_TEST

START_TEST(what_is_delivered_on_a_full_disk_is_noted_once_there_is_room)
{
  struct rlimit limit;
  dh_error error;
  signal(SIGXFSZ, SIG_IGN);
  close_spool(open_spool());
  getrlimit(RLIMIT_FSIZE, &limit);
  limit.rlim_cur = 800 * 1024;
  ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
  dh_spool *spool = open_spool();
  int accepted = append_until_full(spool, &error);
  dh_spool_done(spool, 1, (size_t)accepted);
  lift_limit();
  ck_assert_msg(dh_spool_flush(spool, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(dh_spool_pending(spool), 0);
  close_spool(spool);
  spool = open_spool();
  ck_assert_uint_eq(dh_spool_pending(spool), 0);
  close_spool(spool);
}
END_TEST

/* --- what the disk has, at any instant --- */

/* Under a clock that stands, an append writes only rows that are done whole. */
static atomic_llong at;

static int64_t now(void *arg)
{
  (void)arg;
  return atomic_load(&at);
}

static void setup_clock(void)
{
  static const dh_clock clock = {.wall_ms = now, .mono_ms = now};
  const dh_context_options options = {.struct_size = sizeof(options), .clock = &clock};
  setup();
  dh_context_free(context);
  atomic_store(&at, 1000);
  context = dh_context_new(&options, NULL);
  ck_assert_ptr_nonnull(context);
}

static void slurp(const char *name, dh_buf *out)
{
  char bytes[65536];
  ssize_t n;
  int fd = open(name, O_RDONLY);
  out->size = 0;
  if (fd < 0)
    return;
  while ((n = read(fd, bytes, sizeof(bytes))) > 0)
    dh_buf_add(out, bytes, (size_t)n);
  ck_assert_int_eq(n, 0);
  close(fd);
}

static void spill(const char *name, const dh_buf *bytes)
{
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(write(fd, bytes->data, bytes->size), (ssize_t)bytes->size);
  close(fd);
}

/* Copies the files as a crash would leave them: the log that was there before the spool was read
 * has all that is not in the spool, as long as it is still the same. */
static void copy_spool(void)
{
  char name[160];
  dh_buf file, log, again;
  dh_buf_init(&file);
  dh_buf_init(&log);
  dh_buf_init(&again);
  snprintf(name, sizeof(name), "%s-wal", path);
  do {
    slurp(name, &log);
    slurp(path, &file);
    slurp(name, &again);
  } while (log.size != again.size || (log.size && memcmp(log.data, again.data, log.size)));
  snprintf(name, sizeof(name), "%s.cut-shm", path);
  unlink(name);
  snprintf(name, sizeof(name), "%s.cut-wal", path);
  spill(name, &log);
  snprintf(name, sizeof(name), "%s.cut", path);
  spill(name, &file);
  dh_buf_free(&file);
  dh_buf_free(&log);
  dh_buf_free(&again);
}

enum { URNS = 4, MOST = 512 };

/* The records of each URN, in their order: which number, which ticket; the first are done. */
typedef struct book {
  uint64_t dice;
  int next; /* number */
  struct {
    int number[MOST];
    uint64_t ticket[MOST];
    size_t appended, done;
    int found[MOST];
    size_t found_count;
  } urn[URNS];
} book;

static unsigned roll(book *b, unsigned sides)
{
  b->dice ^= b->dice << 13;
  b->dice ^= b->dice >> 7;
  b->dice ^= b->dice << 17;
  return (unsigned)(b->dice % sides);
}

static int note_found(void *arg, const dh_record *record)
{
  book *b = arg;
  int urn = number_of(record);
  ck_assert(urn >= 0 && urn < URNS);
  ck_assert_uint_lt(b->urn[urn].found_count, MOST);
  b->urn[urn].found[b->urn[urn].found_count++] = atoi(record->headers.ptr);
  return 0;
}

/* Of each URN the last ones are found, and none is missing of those that are not done. */
static void look_at(book *b, const char *name, bool exactly)
{
  dh_error error;
  for (size_t u = 0; u < URNS; u++)
    b->urn[u].found_count = 0;
  ck_assert_msg(dh_spool_read(name, note_found, b, &error) == DH_OK, "%s", error.message);
  for (size_t u = 0; u < URNS; u++) {
    size_t n = b->urn[u].found_count, appended = b->urn[u].appended,
           left = appended - b->urn[u].done;
    ck_assert_msg(n >= left && n <= appended, "%zu of %zu are found, %zu were not done", n,
                  appended, left);
    ck_assert(!exactly || n == left);
    for (size_t i = 0; i < n; i++)
      ck_assert_msg(b->urn[u].found[i] == b->urn[u].number[appended - n + i],
                    "the last but %zu of URN %zu is %d, not %d", n - 1 - i, u, b->urn[u].found[i],
                    b->urn[u].number[appended - n + i]);
  }
}

static void look_at_copy(book *b, bool exactly)
{
  char name[160];
  copy_spool();
  snprintf(name, sizeof(name), "%s.cut", path);
  look_at(b, name, exactly);
}

/* One append of records of these URNs; one in `large` is so large that the next begins a row. */
static void append_to(book *b, dh_spool *spool, const unsigned *urns, size_t count, unsigned large)
{
  enum { LARGE = 1 << 20 };
  static char padding[LARGE];
  char names[8][32], numbers[8][16];
  dh_record records[8];
  uint64_t first;
  dh_error error;
  memset(padding, 'x', sizeof(padding));
  for (size_t i = 0; i < count; i++) {
    /* Each ends so that atoi() stops there. */
    snprintf(names[i], sizeof(names[i]), "urn:li:tag:%u ", urns[i]);
    snprintf(numbers[i], sizeof(numbers[i]), "%d", b->next + (int)i);
    size_t size = roll(b, large) ? roll(b, 300) : roll(b, 2) ? LARGE : 20000;
    records[i] = (dh_record){.struct_size = sizeof(records[i]),
                             .urn = text(names[i]),
                             .headers = {numbers[i], strlen(numbers[i]) + 1},
                             .proposal = {padding, size}};
  }
  ck_assert_msg(dh_spool_append(spool, records, count, &first, &error) == DH_OK, "%s",
                error.message);
  for (size_t i = 0; i < count; i++) {
    size_t n = b->urn[urns[i]].appended++;
    ck_assert_uint_lt(n, MOST);
    b->urn[urns[i]].number[n] = b->next++;
    b->urn[urns[i]].ticket[n] = first + i;
  }
}

static void append_some(book *b, dh_spool *spool)
{
  unsigned urns[6];
  size_t count = 1 + roll(b, 6);
  for (size_t i = 0; i < count; i++)
    urns[i] = roll(b, URNS);
  append_to(b, spool, urns, count, 60);
}

/* The next ones of this URN, as many as there are. */
static void finish(book *b, dh_spool *spool, unsigned urn, size_t count)
{
  for (; count && b->urn[urn].done < b->urn[urn].appended; count--)
    dh_spool_done(spool, b->urn[urn].ticket[b->urn[urn].done++], 1);
}

/* All up to some record, in one go. */
static void finish_all_before(book *b, dh_spool *spool, unsigned urn)
{
  uint64_t end = b->urn[urn].done < b->urn[urn].appended ? b->urn[urn].ticket[b->urn[urn].done] : 1;
  dh_spool_done(spool, 1, (size_t)end - 1);
  for (size_t u = 0; u < URNS; u++)
    while (b->urn[u].done < b->urn[u].appended && b->urn[u].ticket[b->urn[u].done] < end)
      b->urn[u].done++;
}

static void step(book *b, dh_spool *spool)
{
  unsigned what = roll(b, 20);
  if (what < 8)
    append_some(b, spool);
  else if (what < 16)
    finish(b, spool, roll(b, URNS), 1 + roll(b, 8));
  else if (what < 17)
    finish_all_before(b, spool, roll(b, URNS));
  else if (what < 19)
    atomic_fetch_add(&at, roll(b, 300));
  else
    ck_assert_int_eq(dh_spool_flush(spool, NULL), DH_OK);
}

START_TEST(no_record_goes_from_the_disk_before_an_earlier_one_of_its_urn)
{
  static book b;
  memset(&b, 0, sizeof(b));
  b.dice = 0x9e3779b97f4a7c15u * (unsigned)(_i + 1);
  dh_spool *spool = open_spool();
  for (unsigned i = 0; i < 150; i++) {
    step(&b, spool);
    if (!roll(&b, 2))
      look_at_copy(&b, false);
  }
  ck_assert_int_eq(dh_spool_flush(spool, NULL), DH_OK);
  look_at_copy(&b, true);
  append_some(&b, spool);
  finish(&b, spool, 0, MOST);
  close_spool(spool);
  look_at(&b, path, true);
}
END_TEST

/* One record that waits for long, and rows behind it of which all, and of which some is done. */
static void leave_one_in_front(book *b, dh_spool *spool)
{
  static const unsigned front[] = {0}, others[] = {1, 2, 3, 1};
  memset(b, 0, sizeof(*b));
  b->dice = 1;
  append_to(b, spool, front, 1, 2);
  for (unsigned i = 0; i < 20; i++)
    append_to(b, spool, others, 4, 1000);
  finish(b, spool, 1, MOST);
  finish(b, spool, 2, MOST);
  finish(b, spool, 3, 7);
}

START_TEST(a_flush_notes_what_is_done_behind_a_row_that_is_not)
{
  static book b;
  dh_spool *spool = open_spool();
  leave_one_in_front(&b, spool);
  ck_assert_int_eq(dh_spool_flush(spool, NULL), DH_OK);
  look_at_copy(&b, true);
  finish(&b, spool, 0, MOST);
  finish(&b, spool, 3, MOST);
  ck_assert_int_eq(dh_spool_flush(spool, NULL), DH_OK);
  look_at_copy(&b, true);
  close_spool(spool);
}
END_TEST

START_TEST(an_append_notes_it_once_it_has_waited)
{
  static const unsigned urns[] = {0, 1};
  static book b;
  dh_spool *spool = open_spool();
  leave_one_in_front(&b, spool);
  atomic_fetch_add(&at, 200);
  append_to(&b, spool, urns, 2, 1000);
  look_at_copy(&b, true);
  close_spool(spool);
}
END_TEST

/* --- a crash --- */

/* Appends and marks until it is killed, telling of each step once it is acknowledged. */
/* Without an assertion: Check notes each in a file that this process has from its parent, and the
 * kill could cut a note in two. */
static void append_forever(int out)
{
  dh_error error;
  char room[3][512];
  dh_spool *spool = dh_spool_open(context, path, DH_SPOOL_NORMAL, &error);
  for (int n = 0; spool; n += 3) {
    dh_record records[3];
    uint64_t first;
    for (int i = 0; i < 3; i++)
      records[i] = numbered(n + i, room[i], sizeof(room[i]));
    if (dh_spool_append(spool, records, 3, &first, &error) != DH_OK ||
        write(out, &n, sizeof(n)) != sizeof(n))
      break;
    dh_spool_done(spool, first, 1); /* the second and third stay */
  }
  _exit(1);
}

static void kill_and_check(unsigned delay_us)
{
  int ends[2], n, last = -1;
  static unsigned char seen[1 << 20];
  ck_assert_int_eq(pipe(ends), 0);
  pid_t child = fork();
  if (!child) {
    close(ends[0]);
    append_forever(ends[1]);
  }
  close(ends[1]);
  for (int first = 1; read(ends[0], &n, sizeof(n)) == sizeof(n); first = 0) {
    last = n;
    if (first) {
      usleep(delay_us); /* where in its work it dies is of no matter: any instant must do */
      kill(child, SIGKILL);
    }
  }
  close(ends[0]);
  waitpid(child, NULL, 0);
  dh_spool *spool = open_spool();
  load_all(spool, seen, sizeof(seen));
  for (n = 0; n <= last; n += 3)
    ck_assert_msg(seen[n] <= 1 && seen[n + 1] == 1 && seen[n + 2] == 1,
                  "record %d of %d acknowledged is lost or doubled", n, last);
  dh_spool_done(spool, 1, 1 << 20);
  close_spool(spool);
}

START_TEST(a_kill_at_any_instant_loses_nothing_acknowledged)
{
  for (unsigned i = 0; i < 200; i++)
    kill_and_check(i * 37 % 5000);
}
END_TEST

/* --- the suite --- */

static TCase *case_round_trip(void)
{
  TCase *c = tcase_create("round trip");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, records_come_back_as_they_were);
  tcase_add_loop_test(c, each_part_comes_back_from_wherever_it_was, 0, 3);
  tcase_add_test(c, a_record_takes_no_more_than_was_said);
  tcase_add_test(c, the_sum_of_a_row_stays_what_it_was);
  tcase_add_test(c, many_rows_come_back_in_order);
  tcase_add_test(c, what_is_done_does_not_come_back);
  tcase_add_test(c, done_twice_counts_once);
  tcase_add_test(c, appends_go_behind_what_was_left);
  tcase_add_test(c, an_empty_spool_leaves_no_log);
  tcase_add_test(c, threads_share_it);
  tcase_add_test(c, policies_have_names);
  tcase_add_test(c, every_policy_keeps_records);
  tcase_set_timeout(c, 60);
  return c;
}

static TCase *case_lock(void)
{
  TCase *c = tcase_create("lock");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, a_second_opener_is_refused_and_told_the_pid);
  tcase_add_test(c, a_symbolic_link_is_the_same_spool);
  tcase_add_test(c, a_missing_folder_is_named);
  return c;
}

static TCase *case_damage(void)
{
  TCase *c = tcase_create("damage");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, a_file_of_something_else_is_refused);
  tcase_add_test(c, a_damaged_page_is_refused_and_left_alone);
  tcase_add_test(c, a_flipped_byte_in_a_record_is_found_when_loaded);
  tcase_add_test(c, an_emptied_file_is_refused);
  tcase_add_test(c, a_cut_file_is_refused);
  tcase_add_test(c, a_log_without_its_file_is_not_thrown_away);
  tcase_add_test(c, a_newer_format_is_refused);
  return c;
}

static TCase *case_salvage(void)
{
  TCase *c = tcase_create("salvage");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, a_spool_is_read_without_an_emitter);
  tcase_add_test(c, what_is_sound_of_a_damaged_spool_is_read);
  tcase_add_test(c, a_spool_in_use_is_not_read);
  return c;
}

static TCase *case_full(void)
{
  TCase *c = tcase_create("full disk");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, a_file_size_limit_refuses_and_keeps);
  tcase_add_test(c, a_full_file_system_refuses_and_keeps);
  tcase_add_test(c, what_is_delivered_on_a_full_disk_is_noted_once_there_is_room);
  tcase_set_timeout(c, 120);
  return c;
}

static TCase *case_instant(void)
{
  TCase *c = tcase_create("instant");
  tcase_add_checked_fixture(c, setup_clock, teardown);
  tcase_add_loop_test(c, no_record_goes_from_the_disk_before_an_earlier_one_of_its_urn, 0, 12);
  tcase_add_test(c, a_flush_notes_what_is_done_behind_a_row_that_is_not);
  tcase_add_test(c, an_append_notes_it_once_it_has_waited);
  tcase_set_timeout(c, 120);
  return c;
}

static TCase *case_crash(void)
{
  TCase *c = tcase_create("crash");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, a_kill_at_any_instant_loses_nothing_acknowledged);
  tcase_set_timeout(c, 300);
  return c;
}

SUITE("spool", case_round_trip(), case_lock(), case_damage(), case_salvage(), case_full(),
      case_instant(), case_crash())
