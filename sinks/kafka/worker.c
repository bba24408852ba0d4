/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that speaks to Kafka, so that nothing there, a full queue, a registry that
 * does not answer, holds the host's thread up. It sleeps on one eventfd, which the host's
 * thread and librdkafka both write.
 */
#include "sink.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define LOOK_MS 1000
#define LAST_MS 1000 /* what is on the wire at the end may still be acknowledged */

static void wake(kafka_sink *sink)
{
  const uint64_t one = 1;
  ssize_t n = write(sink->wake, &one, sizeof(one));
  (void)n; /* it can only fail where it is set already */
}

void worker_give(kafka_sink *sink, kafka_job *job)
{
  pthread_mutex_lock(&sink->lock);
  list_add(&sink->inbox, job);
  pthread_mutex_unlock(&sink->lock);
  wake(sink);
}

bool worker_stopping(kafka_sink *sink)
{
  pthread_mutex_lock(&sink->lock);
  bool stop = sink->stop;
  pthread_mutex_unlock(&sink->lock);
  return stop;
}

void sink_set_fatal(kafka_sink *sink, const dh_error *why)
{
  pthread_mutex_lock(&sink->lock);
  if (sink->fatal.status == DH_OK)
    sink->fatal = *why;
  pthread_mutex_unlock(&sink->lock);
}

bool sink_fatal(kafka_sink *sink, dh_error *error)
{
  pthread_mutex_lock(&sink->lock);
  bool fatal = sink->fatal.status != DH_OK;
  if (fatal && error)
    *error = sink->fatal;
  pthread_mutex_unlock(&sink->lock);
  return fatal;
}

void worker_serve(kafka_sink *sink, int timeout_ms)
{
  if (!sink->rk)
    return;
  while (rd_kafka_poll(sink->rk, timeout_ms) > 0)
    timeout_ms = 0;
}

static kafka_job *next_job(kafka_sink *sink)
{
  kafka_job *job = list_take(&sink->landed);
  if (job)
    return job;
  pthread_mutex_lock(&sink->lock);
  job = sink->stop ? NULL : list_take(&sink->inbox);
  pthread_mutex_unlock(&sink->lock);
  return job;
}

static void sleep_until_woken(kafka_sink *sink)
{
  struct pollfd wait = {.fd = sink->wake, .events = POLLIN};
  uint64_t ignored;
  if (poll(&wait, 1, LOOK_MS) > 0) {
    ssize_t n = read(sink->wake, &ignored, sizeof(ignored));
    (void)n;
  }
}

static void finish_landed(kafka_sink *sink)
{
  for (kafka_job *job; (job = list_take(&sink->landed));)
    job_finish(job, NULL);
}

/* A producer that has lost its place in the sequence can only be replaced. What it had
 * goes back to the host, which sends it again in order. */
static void replace_producer(kafka_sink *sink)
{
  dh_error error;
  sink->host->log(sink->host, DH_LOG_WARNING,
                  "the Kafka producer failed for good and is made anew; what it had under way is "
                  "sent again");
  producer_close(sink);
  finish_landed(sink);
  sink->broken = false;
  if (producer_open(sink, &error) != DH_OK)
    sink_set_fatal(sink, &error);
}

static void *worker_main(void *arg)
{
  kafka_sink *sink = arg;
  while (!worker_stopping(sink)) {
    for (kafka_job *job; !sink->broken && (job = next_job(sink));) {
      job_advance(job);
      worker_serve(sink, 0);
    }
    worker_serve(sink, 0);
    if (sink->broken)
      replace_producer(sink);
    else if (!sink->landed.head)
      sleep_until_woken(sink);
  }
  if (sink->rk) {
    rd_kafka_purge(sink->rk, RD_KAFKA_PURGE_F_QUEUE);
    rd_kafka_flush(sink->rk, LAST_MS);
  }
  producer_close(sink);
  finish_landed(sink);
  return NULL;
}

dh_status worker_start(kafka_sink *sink, dh_error *error)
{
  sink->started = pthread_create(&sink->thread, NULL, worker_main, sink) == 0;
  return sink->started ? DH_OK
                       : sink->host->fail(sink->host, error, DH_UNAVAILABLE,
                                          "the Kafka sink's thread cannot be started");
}

void worker_stop(kafka_sink *sink)
{
  dh_error error;
  if (sink->started) {
    pthread_mutex_lock(&sink->lock);
    sink->stop = true;
    pthread_mutex_unlock(&sink->lock);
    wake(sink);
    pthread_join(sink->thread, NULL);
    sink->started = false;
  } else {
    producer_close(sink);
  }
  sink->host->fail(sink->host, &error, DH_UNAVAILABLE, "the sink was closed before it was sent");
  for (kafka_job *job; (job = list_take(&sink->inbox));)
    job_finish(job, &error);
  for (kafka_job *job; (job = list_take(&sink->outbox));)
    job_finish(job, &error);
}
