/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The blackhole sink: everything is delivered and nothing is kept. For measuring what
 * comes before a sink, and for checking that files can be read.
 */
#include <datahub/plugin.h>

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

static const dh_plugin plugin = {
    .struct_size = sizeof(dh_plugin),
    .abi = DH_ABI,
    .needs = DH_ABI_MAKE(1, 0),
    .option_size = sizeof(dh_option),
    .name = "blackhole",
    .version = "0.1.0",
    .summary = "accepts every record and keeps none",
    .license = "Apache-2.0",
    .sink = &role,
};

const dh_plugin *dh_plugin_entry(uint32_t host_abi)
{
  return DH_ABI_GET_MAJOR(host_abi) == DH_ABI_MAJOR ? &plugin : NULL;
}
