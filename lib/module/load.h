/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the files of lib/module: a loaded module, the checks of its file, and the lifting
 * of its descriptor.
 */
#ifndef DH_MODULE_LOAD_H
#define DH_MODULE_LOAD_H

#include "module/cache.h"
#include "module/module.h"

#include <sys/types.h>

/* A descriptor with all members of this version; tables are NULL where the module has none. */
typedef struct dh_lifted {
  dh_plugin plugin;
  dh_credential_role credential;
  dh_verifier_role verifier;
  dh_sink_role sink;
  dh_option *options; /* owned, or NULL */
} dh_lifted;

/*
 * Checks what dh_plugin_entry() returned and copies it, lifted. `path` is for messages.
 * DH_MALFORMED: inconsistent; DH_MISCONFIGURED: another major, needs a newer host;
 * DH_NO_MEMORY.
 */
dh_status dh_lift(dh_lifted *lifted, const dh_plugin *given, const char *path, dh_error *error);

/* A file that was checked. */
typedef struct dh_checked {
  int fd;
  char *path; /* without symbolic links; owned */
  dev_t device;
  ino_t inode;
} dh_checked;

/*
 * Opens `path` and checks owner and mode of the file and of each folder above it, and the
 * digest where `sha256` is not NULL. DH_UNAVAILABLE, DH_DENIED, DH_MALFORMED,
 * DH_MISCONFIGURED (not a digest). On DH_OK the caller closes `fd` and frees `path`.
 */
dh_status dh_check_file(dh_checked *checked, const char *path, const char *sha256, dh_error *error);

/* The file for a name: found on the path, or, with a slash, itself. The caller frees. NULL and
 * DH_UNAVAILABLE with the folders searched, DH_MISCONFIGURED for what cannot be a name. */
char *dh_search(dh_context *context, const char *name, dh_error *error);

dh_cache *dh_module_cache(const dh_module *module);

#endif
