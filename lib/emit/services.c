/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/engine.h"

static dh_status service_http_start(void *arg, const dh_http_request *request,
                                    const dh_slice *pieces, size_t piece_count, dh_http_done done,
                                    void *done_arg, dh_error *error)
{
  dh_emitter *e = arg;
  return dh_transport_start(&e->transport, request, pieces, piece_count, done, done_arg, error);
}

static size_t service_count(void *arg, const dh_batch *batch)
{
  (void)arg;
  return batch->window.count;
}

static const dh_record *service_record(void *arg, const dh_batch *batch, size_t index)
{
  (void)arg;
  if (index >= batch->window.count)
    return NULL;
  return &batch->entries[batch->window.from + index]->record;
}

static dh_slice service_aspect(void *arg, dh_batch *batch, size_t index)
{
  (void)arg;
  return dh_batch_aspect_of(batch, index);
}

static void answered(dh_emitter *e, dh_batch *batch)
{
  pthread_mutex_lock(&e->lock);
  batch->next = e->answered;
  e->answered = batch;
  dh_emitter_unlock_and_wake(e, !pthread_equal(pthread_self(), e->thread));
}

static void service_done(void *arg, dh_batch *batch, size_t index, dh_fate fate,
                         const dh_error *error)
{
  if (dh_batch_report(batch, index, fate, error))
    answered(arg, batch);
}

static void service_done_all(void *arg, dh_batch *batch, dh_fate fate, const dh_error *error)
{
  if (dh_batch_report_all(batch, fate, error))
    answered(arg, batch);
}

static dh_status service_sink_credential(void *arg, const char *server, int64_t timeout_ms,
                                         dh_credential **out, dh_error *error)
{
  dh_emitter *e = arg;
  return dh_own_credential_get(&e->own_credential, server, timeout_ms, out, error);
}

static void service_sink_credential_refused(void *arg, const dh_credential *credential)
{
  dh_emitter *e = arg;
  dh_own_credential_reject(&e->own_credential, credential);
}

const dh_host_ops dh_emitter_services = {
    .http_start = service_http_start,
    .batch_count = service_count,
    .batch_record = service_record,
    .batch_aspect = service_aspect,
    .batch_done = service_done,
    .batch_done_all = service_done_all,
    .sink_credential = service_sink_credential,
    .sink_credential_refused = service_sink_credential_refused,
};
