/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/engine.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void dh_emitter_note_counts(dh_emitter *e)
{
  dh_loop_counts sent = dh_loop_counted(e->transport.loop);
  const dh_transport_counts *c = &e->transport.counts;
  dh_emitter_stats *s = &e->stats;
  s->requests = sent.requests;
  s->bytes_sent = sent.bytes_sent;
  s->http_2xx = c->http_2xx;
  s->http_4xx = c->http_4xx;
  s->http_401 = c->http_401;
  s->http_429 = c->http_429;
  s->http_5xx = c->http_5xx;
  s->transport_errors = c->transport_errors;
  s->in_flight = e->with_sink;
  s->concurrency = dh_limit_now(&e->limit);
}

void dh_emitter_get_stats(dh_emitter *e, dh_emitter_stats *out)
{
  pthread_mutex_lock(&e->lock);
  dh_emitter_stats stats = e->stats;
  stats.queued = e->outstanding;
  stats.queued_bytes = e->outstanding_bytes;
  pthread_mutex_unlock(&e->lock);
  if (e->spool)
    stats.spooled = dh_spool_pending(e->spool);
  uint32_t size = out->struct_size;
  stats.struct_size = size;
  memcpy(out, &stats, size < sizeof(stats) ? size : sizeof(stats));
}

static const struct metric {
  const char *name, *type, *help;
  size_t offset;
} metrics[] = {
#define METRIC(name, type, member, help)                                                           \
  {                                                                                                \
    "datahub_emitter_" name, type, help, offsetof(dh_emitter_stats, member)                        \
  }
    METRIC("records_emitted_total", "counter", emitted, "Records accepted into the queue."),
    METRIC("records_delivered_total", "counter", delivered, "Records that the sink has taken."),
    METRIC("records_rejected_total", "counter", rejected, "Records refused for good."),
    METRIC("records_retried_total", "counter", retried, "Records put back to be sent again."),
    METRIC("records_undelivered_total", "counter", undelivered,
           "Records given up when the emitter stopped or was closed."),
    METRIC("queue_records", "gauge", queued, "Records whose fate is not known yet."),
    METRIC("queue_bytes", "gauge", queued_bytes, "Bytes of these records."),
    METRIC("batches_in_flight", "gauge", in_flight, "Batches with the sink."),
    METRIC("requests_total", "counter", requests, "HTTP requests sent."),
    METRIC("sent_bytes_total", "counter", bytes_sent, "Bytes of their bodies."),
    METRIC("answers_2xx_total", "counter", http_2xx, "Answers with a status of 200 to 299."),
    METRIC("answers_4xx_total", "counter", http_4xx, "Answers with a status of 400 to 499."),
    METRIC("answers_401_total", "counter", http_401, "Answers 401: the credential was refused."),
    METRIC("answers_429_total", "counter", http_429, "Answers 429: the server asked to slow down."),
    METRIC("answers_5xx_total", "counter", http_5xx, "Answers with a status of 500 or more."),
    METRIC("transport_errors_total", "counter", transport_errors, "Requests without an answer."),
    METRIC("concurrency", "gauge", concurrency, "Requests allowed at once now."),
    METRIC("spool_records", "gauge", spooled, "Records in the spool."),
};

size_t dh_emitter_stats_prometheus(const dh_emitter_stats *stats, const char *labels, char *out,
                                   size_t size)
{
  size_t used = 0;
  for (size_t i = 0; i < sizeof(metrics) / sizeof(metrics[0]); i++) {
    const struct metric *m = &metrics[i];
    uint64_t value = 0;
    if (m->offset + sizeof(value) <= stats->struct_size)
      memcpy(&value, (const char *)stats + m->offset, sizeof(value));
    int n = snprintf(used < size ? out + used : NULL, used < size ? size - used : 0,
                     "# HELP %s %s\n# TYPE %s %s\n%s%s%s%s %" PRIu64 "\n", m->name, m->help,
                     m->name, m->type, m->name, labels ? "{" : "", labels ? labels : "",
                     labels ? "}" : "", value);
    if (n > 0)
      used += (size_t)n;
  }
  return used;
}
