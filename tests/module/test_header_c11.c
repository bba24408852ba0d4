/* SPDX-License-Identifier: Apache-2.0 */
/* plugin.h alone, in strict C11: built with -std=c11 -pedantic-errors. */
#include <datahub/plugin.h>

static dh_status open_it(const dh_host *host, const dh_options *options, void **self,
                         dh_error *error)
{
  *self = 0;
  return host->option_count(host, options, "x") ? DH_OK
                                                : host->fail(host, error, DH_IGNORE, "%d", 1);
}

const dh_plugin *dh_plugin_entry(uint32_t host_abi)
{
  static const dh_verifier_role role = {sizeof(role), 0, open_it, 0, 0};
  static const dh_plugin plugin = {.struct_size = sizeof(plugin), .abi = DH_ABI, .verifier = &role};
  return host_abi == DH_ABI ? &plugin : 0;
}

int main(void)
{
  const dh_plugin *plugin = dh_plugin_entry(DH_ABI_MAKE(1, 0));
  return plugin && DH_HAS(plugin, dh_plugin, sink) && DH_ABI_GET_MAJOR(plugin->abi) == 1 ? 0 : 1;
}
