/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file module.h
 * Finding, checking and loading modules; for programs that host them.
 */
#ifndef DATAHUB_MODULE_H
#define DATAHUB_MODULE_H

#include <datahub/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A loaded module. Reference counted; loading one file twice gives one module. */
typedef struct dh_module dh_module;

/**
 * Finds, checks and loads a module.
 *
 * A name without a slash is searched as NAME.so in the context's plugin path,
 * then in the built-in folder; a name with a slash is a file. The file and each
 * parent folder must belong to root or to the caller and be writable by no one
 * else (a folder with the sticky bit, such as /tmp, is accepted: others cannot
 * replace what is in it). The file checked is the file loaded.
 * @param sha256  hex digest that the file must have, or NULL.
 * @returns the module, released with dh_module_unref(), or NULL and `error`, which
 *          names the file, the cause and the cure: DH_UNAVAILABLE (no such file; the
 *          folders searched are named), DH_DENIED (owner, mode, digest), DH_MALFORMED
 *          (not a shared object, no entry symbol, an inconsistent descriptor),
 *          DH_MISCONFIGURED (another major version, needs a newer host, a name that
 *          another file already has).
 * Thread-safe.
 */
DH_API dh_module *dh_module_load(dh_context *context, const char *name, const char *sha256,
                                 dh_error *error);
DH_API dh_module *dh_module_ref(dh_module *module);
/** Drops a reference; the last one unloads. NULL is accepted. */
DH_API void dh_module_unref(dh_module *module);

/** Its descriptor, lifted to this host's version: tables have all of this version's
 *  members, NULL where the module is older. Valid while the module is. */
DH_API const dh_plugin *dh_module_descriptor(const dh_module *module);
/** The file it was loaded from. */
DH_API const char *dh_module_path(const dh_module *module);

/** The host table for a module's instance: services bound to context and module. The
 *  option getters, `secret_bytes` and `wipe` use neither: a host of one's own, such as a
 *  test's, may hand them on. Valid while the module is. */
DH_API const dh_host *dh_module_host(const dh_module *module);

/**
 * Calls `each` with every folder in which a bare name is looked for, in order, whether it is
 * there or not. Stops where `each` returns non-zero and returns that. Thread-safe.
 */
DH_API int dh_module_folders(dh_context *context, int (*each)(void *arg, const char *folder),
                             void *arg);

/**
 * Calls `each` with the path of every NAME.so on the search path, in search order,
 * without loading it. Stops where `each` returns non-zero and returns that.
 */
DH_API int dh_module_list(dh_context *context, int (*each)(void *arg, const char *path), void *arg);

#ifdef __cplusplus
}
#endif

#endif
