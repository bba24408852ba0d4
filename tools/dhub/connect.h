/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To which server, with which credential, under which settings: the options that every
 * command which talks to a server has, and what is made of them.
 */
#ifndef DHUB_CONNECT_H
#define DHUB_CONNECT_H

#include "options.h"
#include "output.h"

#include <datahub/config.h>

typedef struct dhub_connection {
  const char *command; /* for messages: "emit" */
  /* from the command line; they point into argv */
  const char *config, *server, *token_file, *sink_type;
  char *token; /* wiped from argv by dhub_connect() */
  dh_log_level log_level;
  /* made by dhub_connect() */
  dhub_output output;
  dh_context *context;
  dh_config *file; /* what -c read, or NULL */
  dh_config *sink; /* {type, config}; NULL: datahub-rest as the environment says */
} dhub_connection;

/* A connection for a command, to be filled by dhub_connection_set(). */
#define DHUB_CONNECTION_INIT(name)                                                                 \
  {                                                                                                \
    .command = (name), .log_level = DH_LOG_WARNING, .output = DHUB_OUTPUT_INIT                     \
  }

/* -c, --server, --token-file, --token, -v, --debug, -q: for a command's `tables`. */
extern const dhub_option dhub_connection_options[];

/* Takes one of the above; false where it is none of them. */
bool dhub_connection_set(dhub_connection *connection, const dhub_option *option, char *value);

/* Makes context and sink of the options. Returns DHUB_OK, or the exit code after having
 * printed why not. dhub_disconnect() in either case. */
int dhub_connect(dhub_connection *connection);
void dhub_disconnect(dhub_connection *connection);

/* Sets a value of the sink ("config.filename"), after dhub_connect(). */
dh_status dhub_connection_config(dhub_connection *connection, const char *path, const char *value,
                                 dh_error *error);

/* The map `config` of the sink, or NULL. */
const dh_config *dhub_sink_config(const dhub_connection *connection);

#endif
