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

/* The options beside the path. `who` may read the file where allow_readable is on. */
#define FILE_OPTIONS(usually, who)                                                                 \
  {.name = "allow_readable",                                                                       \
   .type = DH_OPT_BOOLEAN,                                                                         \
   .default_value = usually,                                                                       \
   .help = "Take the file even where " who " may read it."},                                       \
  {                                                                                                \
    .name = "recheck", .type = DH_OPT_DURATION, .default_value = "1s", .max = 86400000,            \
    .help = "How often to look whether the file has changed; 0 before every request."              \
  }

#endif
