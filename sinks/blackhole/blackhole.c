/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blackhole sink: everything is delivered and nothing is kept. For measuring what
 * comes before a sink, and for checking that files can be read.
 */
#include "../../plugins/module.h"

static dh_status blackhole_open(const dh_host *host, const dh_options *options, void **self,
                                dh_error *error)
{
  (void)options;
  (void)error;
  *self = (void *)(uintptr_t)host;
  return DH_OK;
}

static dh_status blackhole_submit(void *self, dh_batch *batch, dh_error *error)
{
  const dh_host *host = self;
  (void)error;
  host->batch_done_all(host, batch, DH_DELIVERED, NULL);
  return DH_OK;
}

static dh_status blackhole_close(void *self, int aborted, dh_error *error)
{
  (void)self;
  (void)aborted;
  (void)error;
  return DH_OK;
}

static const dh_sink_role role = {
    .struct_size = sizeof(dh_sink_role),
    .flags = DH_SINK_LOCAL,
    .open = blackhole_open,
    .submit = blackhole_submit,
    .close = blackhole_close,
};

MODULE("blackhole", "accepts every record and keeps none", .sink = &role);
