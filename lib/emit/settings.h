/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The options that the emitter itself reads from a sink's `config` map. Its sink reads
 * its own from the same map; `mode` is read by both.
 */
#ifndef DH_EMIT_SETTINGS_H
#define DH_EMIT_SETTINGS_H

#include <datahub/config.h>

#include <stdbool.h>

typedef enum dh_emit_mode { DH_MODE_SYNC, DH_MODE_ASYNC, DH_MODE_ASYNC_BATCH } dh_emit_mode;

typedef struct dh_settings {
  dh_emit_mode mode;
  size_t max_per_batch, max_batch_bytes;
  size_t max_threads;
  size_t max_pending, max_pending_bytes;
  int64_t linger_ms;
  int64_t retry_max_times; /* -1: without end */
  int64_t retry_backoff_ms, retry_backoff_max_ms, retry_timeout_ms;
  int64_t retry_429_multiplier;
  bool require_tls;
  bool tcp_keepalive;
  const char *dead_letter; /* or NULL; owned by `options` */
  const char *spool;       /* or NULL */
  const char *spool_sync;
  dh_options *options;
} dh_settings;

/* The table, ended by a NULL name, with the defaults that the library has built in. */
extern const dh_option dh_emitter_option_table[];

/*
 * Reads them from `config` (may be NULL). `sink_options` is the sink's own table: its keys
 * are left to it. Defaults come from the environment where the Python sink's do.
 */
dh_status dh_settings_read(dh_settings *settings, dh_context *context, const dh_config *config,
                           const dh_option *sink_options, dh_error *error);
void dh_settings_end(dh_settings *settings);

/* A NULL-ended list of the keys in `config` that are not for the sink with these options;
 * the caller frees the list alone. NULL when out of memory. */
const char **dh_settings_not_for_sink(const dh_option *sink_options);

#endif
