/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that takes its name only once it is whole.
 */
#ifndef SINKS_FILE_OUTPUT_H
#define SINKS_FILE_OUTPUT_H

#include <datahub/plugin.h>

#include <stdbool.h>

typedef struct output {
  const dh_host *host;
  char *path;      /* what it will be called, symbolic links followed */
  char *temporary; /* what it is called now; NULL: written in place (a pipe, a device) */
  int fd;
} output;

/* Makes the temporary. What is not a regular file is opened as it is. */
dh_status output_open(output *out, const dh_host *host, const char *path, dh_error *error);
dh_status output_write(output *out, const char *bytes, size_t size, dh_error *error);
/* Syncs it and gives it its name. */
dh_status output_finish(output *out, dh_error *error);
/* Leaves the temporary where it is and says so in the log. */
void output_keep(output *out);
/* Closes and frees; a temporary that holds nothing yet is removed, any other stays. */
void output_abandon(output *out);

#endif
