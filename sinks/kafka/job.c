/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch goes in waves. A wave by Kafka: every record that has nothing before it for
 * its URN that goes by REST; Kafka itself keeps the order of a key. A wave by REST: every
 * record that has nothing at all before it for its URN. So until all is settled, or one
 * must be sent again: then the batch ends, and the host sends what is left in order.
 */
#include "encode.h"
#include "sink.h"

#include <stdlib.h>
#include <string.h>

#define REGISTRY_PAUSE_MS 1000

void list_add(kafka_list *list, kafka_job *job)
{
  job->next = NULL;
  if (list->tail)
    list->tail->next = job;
  else
    list->head = job;
  list->tail = job;
}

kafka_job *list_take(kafka_list *list)
{
  kafka_job *job = list->head;
  if (job) {
    list->head = job->next;
    if (!list->head)
      list->tail = NULL;
  }
  return job;
}

kafka_job *job_new(kafka_sink *sink, dh_batch *batch)
{
  size_t count = sink->host->batch_count(sink->host, batch);
  kafka_job *job = calloc(1, sizeof(*job) + count * sizeof(kafka_item));
  if (!job)
    return NULL;
  job->sink = sink;
  job->batch = batch;
  job->count = count;
  for (size_t i = 0; i < count; i++)
    job->items[i].job = job;
  return job;
}

const dh_record *job_record(const kafka_item *item)
{
  const kafka_job *job = item->job;
  return job->sink->host->batch_record(job->sink->host, job->batch, (size_t)(item - job->items));
}

/* --- outcomes --- */

void job_settle(kafka_item *item, dh_fate fate, const dh_error *error)
{
  item->state = ITEM_SETTLED;
  item->fate = fate;
  if (error && !item->error)
    item->error = malloc(sizeof(*error));
  if (error && item->error)
    *item->error = *error;
}

void job_fail(kafka_item *item, const dh_error *error)
{
  item->job->failed = true;
  job_settle(item, DH_RETRY, error);
}

static bool same_urn(const kafka_item *a, const kafka_item *b)
{
  const dh_record *ra = job_record(a), *rb = job_record(b);
  return ra->urn.len == rb->urn.len &&
         (!ra->urn.len || !memcmp(ra->urn.ptr, rb->urn.ptr, ra->urn.len));
}

bool job_is_next(const kafka_item *item)
{
  for (const kafka_item *before = item->job->items; before < item; before++)
    if (before->state != ITEM_SETTLED && same_urn(before, item))
      return false;
  return true;
}

static bool has_rest_before(const kafka_item *item)
{
  for (const kafka_item *before = item->job->items; before < item; before++)
    if (before->by_rest && before->state != ITEM_SETTLED && same_urn(before, item))
      return true;
  return false;
}

bool job_is_over(const kafka_job *job)
{
  for (size_t i = 0; i < job->count; i++)
    if (job->items[i].state != ITEM_SETTLED)
      return false;
  return true;
}

/* What is sent again must not overtake: of its URN, all that follows is sent again too,
 * delivered or not, so that the last one written is the last one emitted. */
static void repeat_followers(kafka_job *job)
{
  for (size_t i = 0; i < job->count; i++) {
    kafka_item *item = &job->items[i];
    if (item->state == ITEM_SETTLED && item->fate != DH_RETRY)
      continue;
    item->fate = DH_RETRY;
    for (size_t k = i + 1; k < job->count; k++)
      if (job->items[k].fate == DH_DELIVERED && same_urn(item, &job->items[k]))
        job->items[k].fate = DH_RETRY;
  }
}

/* The record that was too large for the brokers goes by REST after all: what of its URN was
 * delivered behind it goes again behind it. */
static void requeue_followers(kafka_job *job)
{
  for (size_t i = 0; i < job->count; i++) {
    if (!job->items[i].by_rest || job->items[i].state != ITEM_WAITING)
      continue;
    for (size_t k = i + 1; k < job->count; k++)
      if (job->items[k].state == ITEM_SETTLED && job->items[k].fate == DH_DELIVERED &&
          same_urn(&job->items[i], &job->items[k]))
        job->items[k].state = ITEM_WAITING;
  }
}

static bool all_delivered(const kafka_job *job)
{
  for (size_t i = 0; i < job->count; i++)
    if (job->items[i].state != ITEM_SETTLED || job->items[i].fate != DH_DELIVERED)
      return false;
  return true;
}

void job_finish(kafka_job *job, const dh_error *why)
{
  const dh_host *host = job->sink->host;
  dh_batch *batch = job->batch;
  bool good = all_delivered(job);
  if (!good)
    repeat_followers(job);
  /* The batch is gone with its last report: nothing of it is looked at from here on. */
  if (good)
    host->batch_done_all(host, batch, DH_DELIVERED, NULL);
  for (size_t i = 0; i < job->count && !good; i++) {
    const kafka_item *item = &job->items[i];
    const dh_error *error = item->error ? item->error : item->fate == DH_RETRY ? why : NULL;
    host->batch_done(host, batch, i, item->fate, item->fate == DH_DELIVERED ? NULL : error);
  }
  for (size_t i = 0; i < job->count; i++)
    free(job->items[i].error);
  text_free(&job->messages);
  free(job);
}

/* --- preparing --- */

static bool find_schema(kafka_sink *sink, dh_error *error)
{
  const dh_host *host = sink->host;
  if (sink->schema_id >= 0)
    return true;
  if (host->mono_ms(host) < sink->registry_again_ms) {
    *error = sink->registry_error;
    return false;
  }
  dh_status status = registry_get(sink, &sink->schema_id, error);
  if (status == DH_OK)
    return true;
  sink->schema_id = -1;
  sink->registry_error = *error;
  sink->registry_again_ms = host->mono_ms(host) + REGISTRY_PAUSE_MS;
  if (status != DH_UNAVAILABLE && status != DH_TIMEOUT && status != DH_NO_MEMORY)
    sink_set_fatal(sink, error);
  return false;
}

static void reject(kafka_item *item, const char *why)
{
  const kafka_sink *sink = item->job->sink;
  const dh_record *record = job_record(item);
  dh_error error;
  sink->host->fail(sink->host, &error, DH_MALFORMED,
                   "%.*s of %.*s cannot go by Kafka: %s; mend the record",
                   (int)record->aspect_name.len, record->aspect_name.ptr,
                   record->urn.len > 200 ? 200 : (int)record->urn.len, record->urn.ptr, why);
  job_settle(item, DH_REJECTED, &error);
}

static void no_fallback(kafka_item *item)
{
  const kafka_sink *sink = item->job->sink;
  const dh_record *record = job_record(item);
  static const char *const names[] = {"UPSERT", "CREATE", "CREATE_ENTITY", "UPDATE",
                                      "DELETE", "PATCH",  "RESTATE"};
  dh_error error;
  unsigned type = (unsigned)record->change_type;
  sink->host->fail(sink->host, &error, DH_MISCONFIGURED,
                   "%s of %.*s of %.*s is not taken by DataHub's Kafka consumers, and there is no "
                   "way round them: set `rest_fallback` in the sink's configuration, or send it "
                   "with the sink datahub-rest",
                   type < 7 ? names[type] : "this change", (int)record->aspect_name.len,
                   record->aspect_name.ptr, record->urn.len > 200 ? 200 : (int)record->urn.len,
                   record->urn.ptr);
  job_settle(item, DH_REJECTED, &error);
}

static void too_large(kafka_item *item, const char *whose)
{
  kafka_sink *sink = item->job->sink;
  dh_error error;
  if (sink->rest.server) {
    item->by_rest = true;
    item->job->mixed = true;
    item->state = ITEM_WAITING;
    return;
  }
  sink->host->fail(sink->host, &error, DH_MALFORMED,
                   "its message of %zu bytes is larger than %s; raise message.max.bytes in "
                   "`connection.producer_config` with the topic's max.message.bytes, or set "
                   "`rest_fallback`",
                   item->size, whose);
  job_settle(item, DH_TOO_LARGE, &error);
}

static bool prepare(kafka_job *job)
{
  kafka_sink *sink = job->sink;
  dh_error error = {0};
  if (sink_fatal(sink, &error) || !find_schema(sink, &error)) {
    job_finish(job, &error);
    return false;
  }
  for (size_t i = 0; i < job->count; i++) {
    kafka_item *item = &job->items[i];
    const dh_record *record = job_record(item);
    item->by_rest = rest_needed(record);
    if (item->by_rest && !sink->rest.server)
      no_fallback(item);
    job->mixed |= item->by_rest && item->state == ITEM_WAITING;
    if (item->by_rest)
      continue;
    item->offset = job->messages.size;
    const char *why = kafka_encode(record, sink->schema_id, &job->messages);
    item->size = job->messages.size - item->offset;
    if (job->messages.failed) {
      sink->host->fail(sink->host, &error, DH_NO_MEMORY, "out of memory for Kafka's messages");
      job_finish(job, &error);
      return false;
    }
    if (why)
      reject(item, why);
  }
  job->prepared = true;
  return true;
}

/* --- going on --- */

/* librdkafka's queue is full: waits for room, the host's queue fills behind us. */
static dh_status send_patiently(kafka_item *item, dh_error *error)
{
  kafka_sink *sink = item->job->sink;
  const dh_host *host = sink->host;
  int64_t until = host->mono_ms(host) + sink->max_block_ms;
  dh_status status = producer_send(item, error);
  while (status == DH_TIMEOUT && host->mono_ms(host) < until && !worker_stopping(sink) &&
         !sink->broken) {
    worker_serve(sink, 100);
    status = producer_send(item, error);
  }
  return status;
}

static void send_wave(kafka_job *job)
{
  dh_error error;
  job->flying++; /* reports may come while it is being sent */
  for (size_t i = 0; i < job->count && !job->failed; i++) {
    kafka_item *item = &job->items[i];
    if (item->state != ITEM_WAITING || item->by_rest || (job->mixed && has_rest_before(item)))
      continue;
    item->state = ITEM_FLYING;
    job->flying++;
    dh_status status = send_patiently(item, &error);
    if (status == DH_OK)
      continue;
    job->flying--;
    if (status == DH_MALFORMED)
      too_large(item, "this producer's message.max.bytes");
    else
      job_fail(item, &error);
  }
  job->flying--;
}

void job_advance(kafka_job *job)
{
  kafka_sink *sink = job->sink;
  if (!job->prepared && !prepare(job))
    return;
  if (job->mixed && !job->flying)
    requeue_followers(job);
  if (!job->failed)
    send_wave(job);
  if (job->flying)
    return;
  if (job->failed || job_is_over(job)) {
    job_finish(job, NULL);
    return;
  }
  pthread_mutex_lock(&sink->lock);
  list_add(&sink->outbox, job);
  pthread_mutex_unlock(&sink->lock);
}

/* A delivery report. */
void job_report(kafka_item *item, dh_fate fate, const dh_error *error)
{
  kafka_job *job = item->job;
  if (fate == DH_TOO_LARGE)
    too_large(item, "the topic's max.message.bytes");
  else if (fate == DH_RETRY)
    job_fail(item, error);
  else
    job_settle(item, fate, error);
  if (!--job->flying)
    list_add(&job->sink->landed, job);
}
