/* SPDX-License-Identifier: Apache-2.0 */
#include "rest.h"

#include <stdlib.h>
#include <string.h>

/* The slowest body that is waited for: 64 KiB a second beyond the timeout. */
#define SLOWEST_BYTES_A_MS 64

void job_free(job *j)
{
  text_free(&j->url);
  text_free(&j->body);
  free(j->order);
  free(j->plans);
  free(j->pieces);
  free(j);
}

dh_status rest_send(rest *sink, const char *method, const char *url, const dh_slice *pieces,
                    size_t count, size_t size, dh_http_done done, void *arg, dh_error *error)
{
  dh_http_request request = {
      .struct_size = sizeof(request),
      .flags = sink->http_flags,
      .method = method,
      .url = url,
      .headers = sink->headers,
      .header_count = sink->header_count,
      .timeout_ms = sink->timeout_ms + (int64_t)size / SLOWEST_BYTES_A_MS,
      .max_body = 8 << 20,
      .ca_file = sink->ca_file,
      .cert_file = sink->cert_file,
      .key_file = sink->key_file,
      .proxy = sink->proxy,
  };
  return sink->host->http_start(sink->host, &request, pieces, count, done, arg, error);
}

/* Tells the fate of the requests' records from `first` on, and ends the job. */
static void tell_rest(job *j, size_t first)
{
  const dh_host *host = j->sink->host;
  dh_batch *batch = j->batch;
  size_t from = first < j->plan_count ? j->plans[first].from : j->count;
  size_t left = j->count - from;
  job_place *order = j->order;
  j->order = NULL;
  job_free(j);
  /* Not tried: no error. After the last report the batch is gone. */
  for (size_t i = 0; i < left; i++)
    host->batch_done(host, batch, order[from + i].index, DH_RETRY, NULL);
  free(order);
}

void job_told(job *j, dh_fate fate, const dh_error *error)
{
  const dh_host *host = j->sink->host;
  const request_plan plan = j->plans[j->plan];
  bool last = j->plan + 1 == j->plan_count;
  if (last && plan.count == j->count) {
    dh_batch *batch = j->batch;
    job_free(j);
    host->batch_done_all(host, batch, fate, error);
    return;
  }
  if (last) {
    dh_batch *batch = j->batch;
    job_place *order = j->order;
    j->order = NULL;
    job_free(j);
    for (size_t i = 0; i < plan.count; i++)
      host->batch_done(host, batch, order[plan.from + i].index, fate, error);
    free(order);
    return;
  }
  for (size_t i = 0; i < plan.count; i++)
    host->batch_done(host, j->batch, j->order[plan.from + i].index, fate, error);
  j->plan++;
  if (fate == DH_DELIVERED || fate == DH_REJECTED)
    job_go_on(j);
  else
    tell_rest(j, j->plan);
}

static void answered(void *arg, dh_status status, dh_http_response *response, const dh_error *why)
{
  job *j = arg;
  dh_error error = {.retry_after_ms = -1};
  dh_fate fate = answer_fate(j->sink, status, response, why, &error);
  if (fate == DH_DELIVERED && j->sink->mode == ASYNC_WAIT && trace_begin(j, response))
    return;
  job_told(j, fate, fate == DH_DELIVERED ? NULL : &error);
}

/* Rest.li deletes entities, not aspects. */
static bool may_delete(const job *j, dh_error *error)
{
  const dh_host *host = j->sink->host;
  const dh_record *record = job_record(j, j->plans[j->plan].from);
  dh_slice name = record->aspect_name;
  if (!name.ptr || (name.len > 3 && !memcmp(name.ptr + name.len - 3, "Key", 3)))
    return true;
  host->fail(host, error, DH_MALFORMED,
             "DELETE of the aspect %.*s: GMS deletes whole entities only, asked for with their "
             "key aspect; remove an aspect by an UPSERT, or hide the entity with status.removed",
             (int)name.len, name.ptr);
  return false;
}

void job_go_on(job *j)
{
  const request_plan *plan = &j->plans[j->plan];
  dh_error error = {.retry_after_ms = -1};
  if ((plan->route == RESTLI_DELETE || plan->route == OPENAPI_DELETE) && !may_delete(j, &error)) {
    job_told(j, DH_REJECTED, &error);
    return;
  }
  dh_status status = job_write(j, &error);
  if (status == DH_MALFORMED) {
    job_told(j, plan->count > 1 ? DH_SPLIT : DH_REJECTED, &error);
    return;
  }
  if (!status)
    status = rest_send(j->sink, route_method(plan->route), j->url.data, j->pieces, j->piece_count,
                       j->size, answered, j, &error);
  if (status)
    job_told(j, DH_RETRY, &error);
}
