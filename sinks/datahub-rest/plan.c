/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch divided into requests. Records of one URN stay in order: a URN has one entity
 * type, so that records may be gathered by type, and within a type a request ends where the
 * next record needs another kind.
 */
#include "rest.h"

#include <stdlib.h>
#include <string.h>

static route route_of(const job *j, const dh_record *record)
{
  switch (record->change_type) {
  case DH_DELETE:
    return j->sink->openapi ? OPENAPI_DELETE : RESTLI_DELETE;
  case DH_PATCH:
    if (j->sink->openapi)
      return OPENAPI_PATCH;
    break;
  default:
    if (j->sink->openapi)
      return OPENAPI_POST;
  }
  return j->sink->single ? RESTLI_ONE : RESTLI_BATCH;
}

static bool holds_many(route r)
{
  return r == RESTLI_BATCH || r == OPENAPI_POST || r == OPENAPI_PATCH;
}

static bool same_type(const dh_record *a, const dh_record *b)
{
  return a->entity_type.len == b->entity_type.len &&
         (!a->entity_type.len ||
          !memcmp(a->entity_type.ptr, b->entity_type.ptr, a->entity_type.len));
}

/* OpenAPI's path names the type: records are gathered by it, the order of each type kept. */
static void gather_by_type(job *j)
{
  for (size_t placed = 0, end; placed < j->count; placed = end) {
    const dh_record *first = j->order[placed].record;
    end = placed + 1;
    for (size_t i = end; i < j->count; i++) {
      job_place place = j->order[i];
      if (!same_type(first, place.record))
        continue;
      memmove(&j->order[end + 1], &j->order[end], (i - end) * sizeof(j->order[0]));
      j->order[end++] = place;
    }
  }
}

dh_status job_plan(job *j, dh_error *error)
{
  const dh_host *host = j->sink->host;
  j->count = host->batch_count(host, j->batch);
  j->order = malloc(j->count * sizeof(j->order[0]));
  j->plans = malloc(j->count * sizeof(j->plans[0]));
  j->pieces = malloc((2 * j->count + 1) * sizeof(j->pieces[0]));
  if (!j->order || !j->plans || !j->pieces)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while dividing a batch");
  for (size_t i = 0; i < j->count; i++)
    j->order[i] = (job_place){i, host->batch_record(host, j->batch, i)};
  if (j->sink->openapi)
    gather_by_type(j);
  j->async = j->sink->mode == ASYNC || j->sink->mode == ASYNC_WAIT;
  const dh_record *before = NULL;
  for (size_t i = 0; i < j->count; i++) {
    const dh_record *record = job_record(j, i);
    route r = route_of(j, record);
    request_plan *last = j->plan_count ? &j->plans[j->plan_count - 1] : NULL;
    if (last && last->route == r && holds_many(r) &&
        (!j->sink->openapi || same_type(before, record)))
      last->count++;
    else
      j->plans[j->plan_count++] = (request_plan){r, i, 1};
    if (j->sink->respect_sync_marker && (record->flags & DH_RECORD_SYNC))
      j->async = false;
    before = record;
  }
  return DH_OK;
}
