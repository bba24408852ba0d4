/* SPDX-License-Identifier: Apache-2.0 */
/* plugin.h and all other public headers in C++17. */
#include <datahub/plugin.h>

#include <datahub/datahub.h>

static dh_status open_it(const dh_host *host, const dh_options *options, void **self,
                         dh_error *error)
{
  *self = nullptr;
  return host->option_count(host, options, "x") ? DH_OK
                                                : host->fail(host, error, DH_IGNORE, "%d", 1);
}

extern "C" const dh_plugin *dh_plugin_entry(uint32_t host_abi)
{
  static const dh_verifier_role role = {sizeof(role), 0, open_it, nullptr, nullptr};
  static const dh_plugin plugin = {sizeof(plugin),
                                   DH_ABI,
                                   DH_ABI_MAKE(1, 0),
                                   sizeof(dh_option),
                                   "cxx",
                                   "1",
                                   "s",
                                   "Apache-2.0",
                                   nullptr,
                                   nullptr,
                                   &role,
                                   nullptr};
  return host_abi == DH_ABI ? &plugin : nullptr;
}

int main()
{
  const dh_plugin *plugin = dh_plugin_entry(DH_ABI_MAKE(1, 0));
  return plugin && DH_HAS(plugin, dh_plugin, sink) && plugin->verifier ? 0 : 1;
}
