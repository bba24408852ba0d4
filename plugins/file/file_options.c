/* SPDX-License-Identifier: Apache-2.0 */
#include "file.h"

static const dh_option options[] = {
    {.name = "path",
     .type = DH_OPT_PATH,
     .flags = DH_OPT_REQUIRED,
     .help = "The file that holds the token; a newline at its end is dropped."},
    {.name = "allow_readable",
     .type = DH_OPT_BOOLEAN,
     .default_value = "false",
     .help = "Take the file even where anyone on this machine may read it."},
    {.name = "recheck",
     .type = DH_OPT_DURATION,
     .default_value = "1s",
     .max = 86400000,
     .help = "How often to look whether the file has changed; 0 before every request."},
    {.name = NULL},
};

const char *const file_path_option = "path";

static const dh_plugin plugin = {
    .struct_size = sizeof(plugin),
    .abi = DH_ABI,
    .needs = DH_ABI_MAKE(1, 0),
    .option_size = sizeof(dh_option),
    .name = "file",
    .version = "1.0",
    .summary = "a token in a file, read again when it is replaced",
    .license = "Apache-2.0",
    .options = options,
    .credential = &file_role,
};

const dh_plugin *dh_plugin_entry(uint32_t host_abi)
{
  (void)host_abi;
  return &plugin;
}
