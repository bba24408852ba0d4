/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One module under two names: each has a file of its own with its options and its
 * descriptor, and says here where the path stands.
 */
#ifndef DH_PLUGINS_FILE_H
#define DH_PLUGINS_FILE_H

#include <datahub/plugin.h>

/* The name of the option that names the file. */
extern const char *const file_path_option;
extern const dh_credential_role file_role;

#endif
