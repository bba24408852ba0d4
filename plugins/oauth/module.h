/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of each OAuth module: its role and its descriptor, made of the functions
 * grant_open, grant_acquire, grant_invalidate and grant_close and the table `options`.
 */
#ifndef DH_OAUTH_MODULE_H
#define DH_OAUTH_MODULE_H

#include "client.h"

#define OAUTH_MODULE(its_name, its_summary)                                                        \
  static const dh_credential_role role = {                                                         \
      .struct_size = sizeof(role),                                                                 \
      .open = grant_open,                                                                          \
      .acquire = grant_acquire,                                                                    \
      .invalidate = grant_invalidate,                                                              \
      .close = grant_close,                                                                        \
  };                                                                                               \
  static const dh_plugin plugin = {                                                                \
      .struct_size = sizeof(plugin),                                                               \
      .abi = DH_ABI,                                                                               \
      .needs = DH_ABI_MAKE(1, 0),                                                                  \
      .option_size = sizeof(dh_option),                                                            \
      .name = its_name,                                                                            \
      .version = "1.0",                                                                            \
      .summary = its_summary,                                                                      \
      .license = "Apache-2.0",                                                                     \
      .options = options,                                                                          \
      .credential = &role,                                                                         \
  };                                                                                               \
  const dh_plugin *dh_plugin_entry(uint32_t host_abi)                                              \
  {                                                                                                \
    (void)host_abi;                                                                                \
    return &plugin;                                                                                \
  }                                                                                                \
  extern int oauth_module_needs_a_semicolon

#endif
