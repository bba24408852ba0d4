/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/sink_module.h"

#include <stdio.h>
#include <string.h>

/* The module under its own name for a sink; NULL with DH_UNAVAILABLE where there is none. */
static dh_module *load_suffixed(dh_context *context, const char *type, const char *sha256,
                                dh_error *error)
{
  char name[128];
  int n = snprintf(name, sizeof(name), "%s-sink", type);
  if (strchr(type, '/') || n < 0 || (size_t)n >= sizeof(name)) {
    dh_error_set(error, DH_UNAVAILABLE, "no module");
    return NULL;
  }
  return dh_module_load(context, name, sha256, error);
}

dh_module *dh_sink_module_load(dh_context *context, const char *type, const char *sha256,
                               dh_error *error)
{
  dh_error local;
  dh_module *module = load_suffixed(context, type, sha256, &local);
  if (!module && local.status != DH_UNAVAILABLE) {
    if (error)
      *error = local;
    return NULL;
  }
  if (!module)
    module = dh_module_load(context, type, sha256, error);
  if (!module)
    return NULL;
  if (dh_module_descriptor(module)->sink)
    return module;
  dh_error_set(error, DH_MISCONFIGURED,
               "module '%s' (%s) is no sink; sinks of this library are datahub-rest, file, console "
               "and blackhole",
               type, dh_module_path(module));
  dh_module_unref(module);
  return NULL;
}
