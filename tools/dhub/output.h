/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person sees: log lines and a progress line on standard error, and what the
 * shell is told.
 */
#ifndef DHUB_OUTPUT_H
#define DHUB_OUTPUT_H

#include <datahub/context.h>

#include <pthread.h>
#include <stdbool.h>

typedef struct dhub_output {
  pthread_mutex_t lock;
  bool line_open; /* a progress line stands where the next message goes */
} dhub_output;

/* A place for messages; there is nothing to free. */
#define DHUB_OUTPUT_INIT                                                                           \
  {                                                                                                \
    .lock = PTHREAD_MUTEX_INITIALIZER                                                              \
  }

/* A dh_log_fn; `arg` is the dhub_output. "dhub: warning: ..." */
void dhub_log(void *arg, dh_log_level level, const char *line);

/* One message of the program itself: "dhub: ...". Thread-safe. */
void dhub_say(dhub_output *output, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Rewrites the progress line in place; only where standard error is a terminal. */
void dhub_progress(dhub_output *output, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Takes the progress line away. */
void dhub_progress_end(dhub_output *output);

/* What the shell is told about an error of a server or a configuration. */
int dhub_exit_code(const dh_error *error);

/* Prints "dhub: MESSAGE" and returns dhub_exit_code(). */
int dhub_fail(dhub_output *output, const dh_error *error);

#endif
