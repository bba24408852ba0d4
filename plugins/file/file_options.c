/* SPDX-License-Identifier: Apache-2.0 */
#include "../module.h"
#include "file.h"

static const dh_option options[] = {
    {.name = "path",
     .type = DH_OPT_PATH,
     .flags = DH_OPT_REQUIRED,
     .help = "The file that holds the token; a newline at its end is dropped."},
    FILE_OPTIONS("false", "anyone on this machine"),
    {.name = NULL},
};

const char *const file_path_option = "path";

MODULE("file", "a token in a file, read again when it is replaced", .options = options,
       .credential = &file_role);
