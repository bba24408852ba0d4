/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the command line of dhub-gms says.
 */
#ifndef GMS_OPTIONS_H
#define GMS_OPTIONS_H

#include <datahub/context.h>

#include <stdbool.h>
#include <stdint.h>

typedef struct gms_options {
  const char *bind;
  uint16_t port;
  const char *port_file;
  const char *data; /* a folder, or NULL: in memory */
  const char *config;
  const char *bootstrap_token_file;
  bool auth;
  dh_log_level log_level;
} gms_options;

/* -1: run; else the exit code: help, version or a wrong option has been answered. */
int gms_options_read(gms_options *options, int argc, char **argv);

#endif
