/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One probe of the conformance suite (`dhub plugin check`): a child process that loads the
 * module, drives it, and tells its parent in lines what it does and finds. A crash or a hang
 * of the module ends the child only, and the parent knows what it was doing.
 */
#ifndef DHUB_PLUGIN_PROBE_H
#define DHUB_PLUGIN_PROBE_H

#include <datahub/config.h>
#include <datahub/module.h>

#include <stdbool.h>
#include <stdio.h>

/* Long enough for a sink to give up on a broker, short enough to wait for. */
#define DHUB_PROBE_SECONDS 60

typedef struct dhub_probe {
  FILE *out;
  dh_context *context;
  const char *file;            /* as given */
  const char *const *settings; /* "KEY=VALUE" of -o, ended by NULL */
  char folder[1024];           /* of its own, for files of made-up options */
  dh_module *module;           /* loaded in the child */
  const dh_plugin *plugin;
} dhub_probe;

/* What it is doing now; the last one is named when it crashes. */
void dhub_probe_step(dhub_probe *probe, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* A fault of the module. */
void dhub_probe_finding(dhub_probe *probe, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Worth knowing, no fault. */
void dhub_probe_note(dhub_probe *probe, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The module does not fill the role. */
void dhub_probe_absent(dhub_probe *probe);

/* Options for an instance: what -o says, and made-up values for what is required besides.
 * `name` (may be NULL) is set to `value` on top. NULL where they do not pass the host's check. */
dh_options *dhub_probe_options(dhub_probe *probe, const char *name, const char *value,
                               dh_error *error);

/* Checks a result against the contract: known, with words in the error, of the same status. */
void dhub_probe_judge(dhub_probe *probe, const char *call, dh_status status, const dh_error *error);

/* The probes. */
void dhub_probe_descriptor(dhub_probe *probe);
void dhub_probe_credential(dhub_probe *probe);
void dhub_probe_verifier(dhub_probe *probe);
void dhub_probe_sink(dhub_probe *probe);

/* Runs all of them on `file`. Returns the number of findings; -1 where it could not start. */
int dhub_plugin_check(dh_context *context, const char *file, const char *const *settings);

#endif
