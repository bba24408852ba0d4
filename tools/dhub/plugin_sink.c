/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The conformance suite for sinks: batches of good and hostile records, each of which must
 * be reported once and only once, however the host and the other side behave.
 */
#include "plugin_fake.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RECORDS 4
#define FAIL_MAX 60
/* How long a sink with threads of its own may take, in steps of 5 ms: at first, and once it has
 * been seen to take that long. What is left then is its close's to report. */
#define PATIENCE 400
#define IMPATIENCE 10

struct dh_batch {
  dh_record records[RECORDS];
  int reported[RECORDS];
  size_t left;
};

static dhub_fake *fake_of(const dh_host *host)
{
  return (dhub_fake *)(uintptr_t)host;
}

/* --- the host's side of a batch --- */

static size_t batch_count(const dh_host *host, const dh_batch *batch)
{
  (void)host;
  (void)batch;
  return RECORDS;
}

static const dh_record *batch_record(const dh_host *host, const dh_batch *batch, size_t index)
{
  if (index < RECORDS)
    return &batch->records[index];
  dhub_probe_finding(fake_of(host)->probe, "it asks for record %zu of a batch of %d", index + 1,
                     RECORDS);
  return &batch->records[0];
}

static dh_slice batch_aspect(const dh_host *host, dh_batch *batch, size_t index)
{
  static const dh_slice aspect = {"{\"removed\":false}", 17};
  (void)host;
  (void)batch;
  (void)index;
  return aspect;
}

static void report(dhub_fake *fake, dh_batch *batch, size_t index, dh_fate fate,
                   const dh_error *error)
{
  dhub_probe *probe = fake->probe;
  if ((unsigned)fate > DH_UNAUTHORIZED)
    dhub_probe_finding(probe, "it reported the fate %d, which there is not", (int)fate);
  if ((fate == DH_REJECTED || fate == DH_SPLIT) && (!error || !error->message[0]))
    dhub_probe_finding(probe, "it rejected a record without a word: pass an error");
  if (error)
    dhub_fake_check_text(fake, "an error", error->message);
  pthread_mutex_lock(&fake->lock);
  bool again = batch->reported[index]++;
  batch->left -= !again;
  pthread_mutex_unlock(&fake->lock);
  if (again)
    dhub_probe_finding(probe, "it reported a record twice");
}

static void batch_done(const dh_host *host, dh_batch *batch, size_t index, dh_fate fate,
                       const dh_error *error)
{
  if (index >= RECORDS)
    dhub_probe_finding(fake_of(host)->probe, "it reported record %zu of a batch of %d", index + 1,
                       RECORDS);
  else
    report(fake_of(host), batch, index, fate, error);
}

static void batch_done_all(const dh_host *host, dh_batch *batch, dh_fate fate,
                           const dh_error *error)
{
  for (size_t i = 0; i < RECORDS; i++)
    if (!batch->reported[i])
      report(fake_of(host), batch, i, fate, error);
}

/* A configuration that names no stack. */
static dh_status sink_credential(const dh_host *host, const char *server, int64_t timeout_ms,
                                 dh_credential **out, dh_error *error)
{
  (void)strlen(server);
  (void)timeout_ms;
  *out = NULL;
  if (dhub_fake_fails(fake_of(host), "sink_credential"))
    return dh_error_set(error, DH_NO_MEMORY, "out of memory, as the check wants it");
  return DH_IGNORE;
}

static void no_credential(const dh_host *host, const dh_credential *credential)
{
  if (credential)
    dhub_probe_finding(fake_of(host)->probe, "it gave back a credential that it never had");
}

static void free_no_credential(const dh_host *host, dh_credential *credential)
{
  no_credential(host, credential);
}

void dhub_fake_batches(dh_host *host)
{
  host->sink_credential = sink_credential;
  host->sink_credential_refused = no_credential;
  host->credential_free = free_no_credential;
  host->batch_count = batch_count;
  host->batch_record = batch_record;
  host->batch_aspect = batch_aspect;
  host->batch_done = batch_done;
  host->batch_done_all = batch_done_all;
}

/* --- driving --- */

#define SLICE(text)                                                                                \
  {                                                                                                \
    text, sizeof(text) - 1                                                                         \
  }

static void fill(dh_batch *batch)
{
  static char longest[100001];
  static const dh_slice absent = {NULL, 0};
  static const dh_record good = {
      .struct_size = sizeof(dh_record),
      .change_type = DH_UPSERT,
      .entity_type = SLICE("dataset"),
      .urn = SLICE("urn:li:dataset:(urn:li:dataPlatform:hive,made.up,PROD)"),
      .aspect_name = SLICE("status"),
      .content_type = SLICE("application/json"),
      .proposal =
          SLICE("{\"entityType\":\"dataset\",\"entityUrn\":\"urn:li:dataset:(urn:li:dataPlatform:"
                "hive,made.up,PROD)\",\"changeType\":\"UPSERT\",\"aspectName\":\"status\","
                "\"aspect\":{\"contentType\":\"application/json\",\"value\":\"{\\\"removed\\\":"
                "false}\"}}"),
  };
  memset(batch, 0, sizeof(*batch));
  memset(longest, 'u', sizeof(longest) - 1);
  for (size_t i = 0; i < RECORDS; i++) {
    batch->records[i] = good;
    batch->records[i].sequence = i;
  }
  batch->records[1].urn = (dh_slice)SLICE("urn:li:corpuser:%s%n\"\\\n\xc3\xa9");
  batch->records[2].urn = (dh_slice){longest, sizeof(longest) - 1};
  batch->records[3].aspect_name = absent;
  batch->records[3].content_type = absent;
  batch->records[3].change_type = DH_DELETE;
  batch->left = RECORDS;
}

static size_t left_of(dhub_fake *fake, dh_batch *batch)
{
  pthread_mutex_lock(&fake->lock);
  size_t left = batch->left;
  pthread_mutex_unlock(&fake->lock);
  return left;
}

/* Lets the sink work until all is reported; a sink with threads of its own gets some time. */
static void let_it_work(dhub_fake *fake, const dh_sink_role *role, void *self, dh_batch *batch)
{
  static const struct timespec pause = {0, 5000000};
  static int patience = PATIENCE;
  for (int i = 0; i < patience && left_of(fake, batch); i++) {
    while (dhub_fake_pump(fake))
      ;
    if (role->poll)
      role->poll(self);
    if (left_of(fake, batch) && !fake->pending)
      nanosleep(&pause, NULL);
  }
  if (left_of(fake, batch))
    patience = IMPATIENCE;
}

static void submit_once(dhub_fake *fake, const dh_sink_role *role, void *self, dh_batch *batch)
{
  dh_error error;
  fill(batch);
  dh_error_clear(&error);
  dh_status status = role->submit(self, batch, &error);
  dhub_probe_judge(fake->probe, "submit", status, &error);
  if (status != DH_OK) {
    if (left_of(fake, batch) != RECORDS)
      dhub_probe_finding(fake->probe,
                         "submit returned %s, so that the batch stays the host's, and had reported "
                         "records of it",
                         dh_status_name(status));
    batch->left = 0;
    return;
  }
  if (role->flush) {
    status = role->flush(self, &error);
    dhub_probe_judge(fake->probe, "flush", status, &error);
  }
  let_it_work(fake, role, self, batch);
}

static bool sink_scenario(dhub_fake *fake, int aborted)
{
  dhub_probe *probe = fake->probe;
  const dh_sink_role *role = probe->plugin->sink;
  dh_error error;
  dh_batch *batches = calloc(2, sizeof(*batches));
  void *self = NULL;
  dh_options *options = dhub_probe_options(probe, NULL, NULL, &error);
  if (!batches || !options) {
    dhub_probe_note(probe, "not driven: %s; give options with -o KEY=VALUE", error.message);
    free(batches);
    return false;
  }
  dh_error_clear(&error);
  dh_status status = role->open(&fake->host, options, &self, &error);
  dhub_probe_judge(probe, "open", status, &error);
  if (status == DH_OK) {
    submit_once(fake, role, self, &batches[0]);
    submit_once(fake, role, self, &batches[1]);
    dh_error_clear(&error);
    status = role->close(self, aborted, &error);
    dhub_probe_judge(probe, "close", status, &error);
    if (batches[0].left || batches[1].left)
      dhub_probe_finding(probe, "it never reported %zu of %d records that it had taken",
                         batches[0].left + batches[1].left, 2 * RECORDS);
  } else if (!fake->fail_at) {
    dhub_probe_note(probe, "not driven, open says %s: %s; give options with -o KEY=VALUE",
                    dh_status_name(status), error.message);
  }
  dhub_fake_settle(fake, "sink");
  dh_options_free(options);
  free(batches);
  return status == DH_OK || fake->fail_at;
}

void dhub_probe_sink(dhub_probe *probe)
{
  if (!probe->plugin->sink) {
    dhub_probe_absent(probe);
    return;
  }
  for (int i = 0; i < dhub_fake_answers(); i++) {
    dhub_fake fake;
    dhub_fake_init(&fake, probe);
    fake.answer = i;
    dhub_probe_step(probe, "sending to a server that answers with %s", dhub_fake_answer_name(i));
    if (!sink_scenario(&fake, i % 2))
      return;
  }
  for (size_t n = 1; n <= FAIL_MAX; n++) {
    dhub_fake fake;
    dhub_fake_init(&fake, probe);
    fake.fail_at = n;
    dhub_probe_step(probe, "the host failed its service call number %zu", n);
    sink_scenario(&fake, 1);
    if (!fake.failed)
      return;
  }
}
