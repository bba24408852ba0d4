/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DH_BASE_CONTEXT_H
#define DH_BASE_CONTEXT_H

#include <datahub/context.h>

#include "base/redact.h"

#include <stdarg.h>
#include <stdbool.h>

dh_registry *dh_context_registry(dh_context *context);
/* The plugin path that was set, or NULL. */
const char *dh_context_plugin_path(const dh_context *context);
/*
 * What an upper floor keeps for all users of a context: made by `make` at the first call
 * with this `key` (an address of the caller's own), dropped with the context. `make`
 * must not call back into this function. NULL when out of memory. Thread-safe.
 */
void *dh_context_keep(dh_context *context, const void *key, void *(*make)(void),
                      void (*drop)(void *kept));
/* Whether dh_context_cancel() was called. */
bool dh_context_cancelled(const dh_context *context);
/* Whether a line of that level would be logged: saves making one that would not. */
int dh_log_wants(const dh_context *context, dh_log_level level);
void dh_logv(dh_context *context, dh_log_level level, const char *format, va_list ap)
    __attribute__((format(printf, 3, 0)));

#endif
