/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `dhub emit` says of a run: while it goes, and at its end.
 */
#ifndef DHUB_EMIT_REPORT_H
#define DHUB_EMIT_REPORT_H

#include "emit_run.h"

/* The progress line and the statistics line, where their time has come. */
void emit_report_tick(emit_run *run);

/* The summary: for people on standard error, or as one JSON object on standard output.
 * `sent`: it was no dry run. */
void emit_report_end(emit_run *run, bool sent, bool json, int exit_code);

#endif
