/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of each module that is built here: its role, its descriptor and the one symbol
 * that it exports. A module elsewhere writes these out, as examples/plugins/ do.
 */
#ifndef DH_PLUGINS_MODULE_H
#define DH_PLUGINS_MODULE_H

#include "config.h"

#include <datahub/plugin.h>

/* Name, summary, and the descriptor's other members: MODULE("file", "...", .sink = &role); */
#define MODULE(its_name, its_summary, ...)                                                         \
  static const dh_plugin plugin = {.struct_size = sizeof(plugin),                                  \
                                   .abi = DH_ABI,                                                  \
                                   .needs = DH_ABI_MAKE(1, 0),                                     \
                                   .option_size = sizeof(dh_option),                               \
                                   .name = its_name,                                               \
                                   .version = PACKAGE_VERSION,                                     \
                                   .summary = its_summary,                                         \
                                   .license = "Apache-2.0",                                        \
                                   __VA_ARGS__};                                                   \
  const dh_plugin *dh_plugin_entry(uint32_t host_abi)                                              \
  {                                                                                                \
    return DH_ABI_GET_MAJOR(host_abi) == DH_ABI_MAJOR ? &plugin : NULL;                            \
  }                                                                                                \
  extern int module_needs_a_semicolon

/* A credential module made of PREFIX_open, _acquire and _close, the table `options`, and any
 * further members of the role. */
#define CREDENTIAL_MODULE(prefix, its_name, its_summary, ...)                                      \
  static const dh_credential_role role = {.struct_size = sizeof(role),                             \
                                          .open = prefix##_open,                                   \
                                          .acquire = prefix##_acquire,                             \
                                          .close = prefix##_close,                                 \
                                          __VA_ARGS__};                                            \
  MODULE(its_name, its_summary, .options = options, .credential = &role)

/* A verifier module made of PREFIX_open, _verify and _close, the table `options`, and any
 * further members of the role. */
#define VERIFIER_ROLE(prefix, ...)                                                                 \
  static const dh_verifier_role role = {.struct_size = sizeof(role),                               \
                                        .open = prefix##_open,                                     \
                                        .verify = prefix##_verify,                                 \
                                        .close = prefix##_close,                                   \
                                        __VA_ARGS__}
#define VERIFIER_MODULE(prefix, its_name, its_summary, ...)                                        \
  VERIFIER_ROLE(prefix, __VA_ARGS__);                                                              \
  MODULE(its_name, its_summary, .options = options, .verifier = &role)

#endif
