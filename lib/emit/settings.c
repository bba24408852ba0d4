/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const modes[] = {"SYNC", "ASYNC", "ASYNC_BATCH", NULL};
static const char *const syncs[] = {"full", "normal", "off", NULL};

const dh_option dh_emitter_option_table[] = {
    {.name = "mode",
     .type = DH_OPT_ENUM,
     .default_value = "ASYNC_BATCH",
     .choices = modes,
     .help = "SYNC waits for each record's fate, ASYNC sends one record a request, ASYNC_BATCH "
             "sends many."},
    {.name = "max_threads",
     .type = DH_OPT_INTEGER,
     .default_value = "15",
     .min = 1,
     .max = 1000,
     .help = "How many requests may be under way at once."},
    {.name = "max_pending_requests",
     .type = DH_OPT_INTEGER,
     .default_value = "2000",
     .min = 1,
     .max = 10000000,
     .help = "How many records may wait in the queue or be under way."},
    {.name = "max_pending_bytes",
     .type = DH_OPT_SIZE,
     .default_value = "16M",
     .min = 1024,
     .max = (int64_t)1 << 40,
     .help = "How much memory these records may take; one record is always accepted."},
    {.name = "max_per_batch",
     .type = DH_OPT_INTEGER,
     .default_value = "100",
     .min = 1,
     .max = 200,
     .help = "How many records a batch holds at most; DataHub takes no more than 200."},
    {.name = "max_batch_bytes",
     .type = DH_OPT_SIZE,
     .default_value = "15728640",
     .min = 1024,
     .max = 1 << 30,
     .help = "How many bytes a batch holds at most; a larger record is rejected unsent."},
    {.name = "linger",
     .type = DH_OPT_DURATION,
     .default_value = "100ms",
     .min = 0,
     .max = 3600000,
     .help = "How long a batch that is not full waits for more records."},
    {.name = "min_process_interval_seconds",
     .type = DH_OPT_DURATION,
     .min = 0,
     .max = 86400000,
     .help = "The Python sink's word: an upper bound of `linger`."},
    {.name = "retry_max_times",
     .type = DH_OPT_INTEGER,
     .default_value = "4",
     .min = -1,
     .max = 1000000,
     .help = "How often a request is tried again; -1: without end."},
    {.name = "retry_backoff",
     .type = DH_OPT_DURATION,
     .default_value = "1s",
     .min = 1,
     .max = 3600000,
     .help = "The bound of the first pause before trying again; it doubles with each."},
    {.name = "retry_backoff_max",
     .type = DH_OPT_DURATION,
     .default_value = "30s",
     .min = 1,
     .max = 86400000,
     .help = "The longest pause, where the server does not ask for a longer one."},
    {.name = "retry_timeout",
     .type = DH_OPT_DURATION,
     .default_value = "5m",
     .min = 1,
     .max = (int64_t)86400000 * 365,
     .help = "How long without any success until the emitter gives the server up."},
    {.name = "require_tls",
     .type = DH_OPT_BOOLEAN,
     .default_value = "false",
     .help = "Refuse to send a credential over plain HTTP to another host."},
    {.name = "tcp_keepalive",
     .type = DH_OPT_BOOLEAN,
     .default_value = "true",
     .help = "Keep idle connections alive through middleboxes with TCP keepalive probes."},
    {.name = "dead_letter",
     .type = DH_OPT_PATH,
     .help = "A file to which rejected records are added, to be mended and sent again."},
    {.name = "spool",
     .type = DH_OPT_PATH,
     .help = "A file that keeps records from before they are accepted until they are delivered."},
    {.name = "spool_sync",
     .type = DH_OPT_ENUM,
     .default_value = "normal",
     .choices = syncs,
     .help = "What an accepted record survives: full: a power failure; normal: the death of the "
             "process; off: the same, but a power failure may damage the spool."},
    {.name = NULL},
};

/* Defaults that the environment may set, as it does for the Python sink. */
static const struct {
  const char *option, *variable;
} environment[] = {
    {"mode", "DATAHUB_REST_SINK_DEFAULT_MODE"},
    {"max_threads", "DATAHUB_REST_SINK_DEFAULT_MAX_THREADS"},
    {"max_batch_bytes", "DATAHUB_REST_EMITTER_BATCH_MAX_PAYLOAD_BYTES"},
    {"retry_max_times", "DATAHUB_REST_EMITTER_DEFAULT_RETRY_MAX_TIMES"},
};

static const char *variable(const char *name)
{
  const char *value = secure_getenv(name);
  return value && *value ? value : NULL;
}

static bool has(const dh_option *table, const char *name)
{
  for (; table && table->name; table++)
    if (!strcmp(table->name, name))
      return true;
  return false;
}

static size_t length(const dh_option *table)
{
  size_t n = 0;
  while (table && table[n].name)
    n++;
  return n;
}

const char **dh_settings_not_for_sink(const dh_option *sink_options)
{
  const char **list = calloc(length(dh_emitter_option_table) + 8, sizeof(list[0]));
  size_t n = 0;
  if (!list)
    return NULL;
  for (const dh_option *o = dh_emitter_option_table; o->name; o++)
    if (!has(sink_options, o->name))
      list[n++] = o->name;
  if (!has(sink_options, "token"))
    list[n++] = "token";
  if (!has(sink_options, "auth"))
    list[n++] = "auth";
  if (!has(sink_options, "auth_cache"))
    list[n++] = "auth_cache";
  if (!has(sink_options, "stacks"))
    list[n++] = "stacks";
  if (has(sink_options, "rest_fallback.server")) {
    list[n++] = "rest_fallback.token";
    list[n++] = "rest_fallback.auth";
  }
  return list;
}

static const char **not_for_emitter(const dh_option *sink_options)
{
  const char **list = calloc(length(sink_options) + 6, sizeof(list[0]));
  size_t n = 0;
  if (!list)
    return NULL;
  for (const dh_option *o = sink_options; o && o->name; o++)
    if (!has(dh_emitter_option_table, o->name))
      list[n++] = o->name;
  list[n++] = "token";
  list[n++] = "auth";
  list[n++] = "auth_cache";
  list[n++] = "stacks";
  return list;
}

static dh_option *table_from_environment(void)
{
  size_t size = (length(dh_emitter_option_table) + 1) * sizeof(dh_option);
  dh_option *table = malloc(size);
  if (!table)
    return NULL;
  memcpy(table, dh_emitter_option_table, size);
  for (dh_option *o = table; o->name; o++)
    for (size_t i = 0; i < sizeof(environment) / sizeof(environment[0]); i++)
      if (!strcmp(environment[i].option, o->name) && variable(environment[i].variable))
        o->default_value = variable(environment[i].variable);
  return table;
}

static dh_emit_mode mode_of(const char *name)
{
  for (int i = 0; modes[i]; i++)
    if (!strcmp(modes[i], name))
      return (dh_emit_mode)i;
  return DH_MODE_ASYNC_BATCH;
}

/* A whole number from 1 to `max` in the environment; untouched where it is not set. */
static dh_status number_of(const char *name, long max, long *out, dh_error *error)
{
  const char *value = variable(name);
  char *end;
  if (!value)
    return DH_OK;
  long number = strtol(value, &end, 10);
  if (*end || end == value || number < 1 || number > max)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s=%.40s in the environment: it must be a whole number from 1 to %ld",
                        name, value, max);
  *out = number;
  return DH_OK;
}

/* What the environment sets beside the options. */
static dh_status take_environment(dh_settings *s, dh_error *error)
{
  long multiplier = 2, per_batch = 200;
  dh_status status =
      number_of("DATAHUB_REST_EMITTER_429_RETRY_MULTIPLIER", 1000, &multiplier, error);
  if (!status)
    status = number_of("DATAHUB_REST_EMITTER_BATCH_MAX_PAYLOAD_LENGTH", 1000000, &per_batch, error);
  s->retry_429_multiplier = multiplier;
  if ((size_t)per_batch < s->max_per_batch)
    s->max_per_batch = (size_t)per_batch;
  return status;
}

/* A default that came from the environment is at fault there, not in the configuration. */
static void name_variable(const dh_config *config, dh_error *error)
{
  char quoted[64];
  for (size_t i = 0; error && i < sizeof(environment) / sizeof(environment[0]); i++) {
    snprintf(quoted, sizeof(quoted), "\"%s\"", environment[i].option);
    if (variable(environment[i].variable) && !dh_config_get(config, environment[i].option) &&
        strstr(error->message, quoted)) {
      dh_error_prefix(error, "%s in the environment: ", environment[i].variable);
      return;
    }
  }
}

static void take(dh_settings *s)
{
  const dh_options *o = s->options;
  s->mode = mode_of(dh_options_text(o, "mode"));
  s->max_threads = (size_t)dh_options_number(o, "max_threads");
  s->max_pending = (size_t)dh_options_number(o, "max_pending_requests");
  s->max_pending_bytes = (size_t)dh_options_number(o, "max_pending_bytes");
  s->max_per_batch = (size_t)dh_options_number(o, "max_per_batch");
  s->max_batch_bytes = (size_t)dh_options_number(o, "max_batch_bytes");
  s->linger_ms = dh_options_number(o, "linger");
  if (dh_options_given(o, "min_process_interval_seconds") &&
      dh_options_number(o, "min_process_interval_seconds") < s->linger_ms)
    s->linger_ms = dh_options_number(o, "min_process_interval_seconds");
  s->retry_max_times = dh_options_number(o, "retry_max_times");
  s->retry_backoff_ms = dh_options_number(o, "retry_backoff");
  s->retry_backoff_max_ms = dh_options_number(o, "retry_backoff_max");
  s->retry_timeout_ms = dh_options_number(o, "retry_timeout");
  s->require_tls = dh_options_number(o, "require_tls") != 0;
  s->tcp_keepalive = dh_options_number(o, "tcp_keepalive") != 0;
  s->dead_letter = dh_options_text(o, "dead_letter");
  s->spool = dh_options_text(o, "spool");
  s->spool_sync = dh_options_text(o, "spool_sync");
}

/* One record a request. */
static void take_single(dh_settings *s)
{
  if (s->mode != DH_MODE_ASYNC_BATCH) {
    s->max_per_batch = 1;
    s->linger_ms = 0;
  }
}

dh_status dh_settings_read(dh_settings *settings, dh_context *context, const dh_config *config,
                           const dh_option *sink_options, dh_error *error)
{
  dh_status status = DH_OK;
  const char **ignored = not_for_emitter(sink_options);
  dh_option *table = table_from_environment();
  memset(settings, 0, sizeof(*settings));
  if (!ignored || !table) {
    status = dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the emitter");
    goto out;
  }
  settings->options = dh_options_check(context, table, "the emitter", config, ignored, error);
  if (settings->options) {
    take(settings);
    status = take_environment(settings, error);
    take_single(settings);
  } else {
    name_variable(config, error);
    status = error ? error->status : DH_MISCONFIGURED;
  }
out:
  free(ignored);
  free(table);
  return status;
}

void dh_settings_end(dh_settings *settings)
{
  dh_options_free(settings->options);
  settings->options = NULL;
}
