/* SPDX-License-Identifier: Apache-2.0 */
#include "rest.h"
#include "../../plugins/module.h"

#include <stdlib.h>

static dh_status rest_open(const dh_host *host, const dh_options *options, void **self,
                           dh_error *error)
{
  rest *sink = calloc(1, sizeof(*sink));
  if (!sink)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while opening the sink");
  sink->host = host;
  dh_status status = rest_configure(sink, options, error);
  if (status) {
    rest_unconfigure(sink);
    free(sink);
    return status;
  }
  *self = sink;
  return DH_OK;
}

static dh_status rest_submit(void *self, dh_batch *batch, dh_error *error)
{
  rest *sink = self;
  job *j = calloc(1, sizeof(*j));
  if (!j)
    return sink->host->fail(sink->host, error, DH_NO_MEMORY, "out of memory while sending");
  j->sink = sink;
  j->batch = batch;
  dh_status status = job_plan(j, error);
  if (status) {
    job_free(j);
    return status;
  }
  job_go_on(j);
  return DH_OK;
}

static void rest_poll(void *self)
{
  rest *sink = self;
  if (sink->traced)
    trace_poll(sink);
}

static dh_status rest_close(void *self, int aborted, dh_error *error)
{
  rest *sink = self;
  (void)aborted;
  (void)error;
  trace_abandon(sink);
  rest_unconfigure(sink);
  free(sink);
  return DH_OK;
}

static const dh_sink_role role = {
    .struct_size = sizeof(dh_sink_role),
    .open = rest_open,
    .submit = rest_submit,
    .poll = rest_poll,
    .close = rest_close,
};

MODULE("datahub-rest", "posts records to DataHub's metadata service (GMS)", .options = rest_options,
       .sink = &role);
