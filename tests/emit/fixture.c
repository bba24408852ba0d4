/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void take_log(void *arg, dh_log_level level, const char *line)
{
  ledger *l = arg;
  (void)level;
  pthread_mutex_lock(&l->lock);
  size_t size = strlen(line);
  l->log = realloc(l->log, l->log_size + size + 2);
  memcpy(l->log + l->log_size, line, size);
  l->log_size += size;
  l->log[l->log_size++] = '\n';
  l->log[l->log_size] = '\0';
  pthread_mutex_unlock(&l->lock);
}

static void delivered(void *arg, const dh_record *record, void *opaque, dh_fate fate,
                      const dh_error *error)
{
  ledger *l = arg;
  (void)record;
  size_t number = (size_t)(uintptr_t)opaque;
  pthread_mutex_lock(&l->lock);
  ledger_line *line = &l->line[number % LEDGER_MAX];
  line->told++;
  line->fate = fate;
  if (error) {
    snprintf(line->words, sizeof(line->words), "%s", error->message);
    line->status = error->status;
  }
  l->told++;
  pthread_mutex_unlock(&l->lock);
}

static void take_stats(void *arg, const dh_emitter_stats *stats)
{
  ledger *l = arg;
  pthread_mutex_lock(&l->lock);
  l->snapshots++;
  l->snapshot = *stats;
  pthread_mutex_unlock(&l->lock);
}

size_t fixture_snapshots(fixture *f, dh_emitter_stats *last)
{
  pthread_mutex_lock(&f->ledger->lock);
  size_t count = f->ledger->snapshots;
  *last = f->ledger->snapshot;
  pthread_mutex_unlock(&f->ledger->lock);
  return count;
}

void fixture_init(fixture *f, const char *type, const char *server)
{
  fixture_init_clock(f, type, server, NULL);
}

void fixture_init_clock(fixture *f, const char *type, const char *server, const dh_clock *clock)
{
  dh_error error;
  memset(f, 0, sizeof(*f));
  f->ledger = calloc(1, sizeof(*f->ledger));
  pthread_mutex_init(&f->ledger->lock, NULL);
  dh_context_options options = {.struct_size = sizeof(options),
                                .log_level = DH_LOG_DEBUG,
                                .log = take_log,
                                .log_arg = f->ledger,
                                .clock = clock,
                                .plugin_path = BUILDDIR "/plugins/.libs:" BUILDDIR "/sinks/.libs"};
  f->context = dh_context_new(&options, &error);
  ck_assert_ptr_nonnull(f->context);
  f->sink = dh_config_new_map("test");
  ck_assert_int_eq(dh_config_set(f->sink, "type", type, NULL), DH_OK);
  if (server)
    fixture_set(f, "server", server);
  fixture_set(f, "retry_backoff", "1ms");
  setenv("DATAHUB_SKIP_CONFIG", "true", 1);
}

void fixture_set(fixture *f, const char *key, const char *value)
{
  char path[100];
  dh_error error;
  snprintf(path, sizeof(path), "config.%s", key);
  if (dh_config_set(f->sink, path, value, &error))
    ck_abort_msg("%s: %s", key, error.message);
}

void fixture_open(fixture *f)
{
  dh_error error;
  dh_emitter_options options = {
      .struct_size = sizeof(options), .delivered = delivered, .arg = f->ledger};
  if (f->stats_interval_ms) {
    options.stats = take_stats;
    options.stats_interval_ms = f->stats_interval_ms;
  }
  f->emitter = dh_emitter_open(f->context, f->sink, &options, &error);
  if (!f->emitter)
    ck_abort_msg("open: %s", error.message);
}

dh_status fixture_emit(fixture *f, const char *urn, dh_error *error)
{
  char *proposal = NULL, *padding = malloc(f->padding + 1);
  memset(padding, 'p', f->padding);
  padding[f->padding] = '\0';
  int n = asprintf(&proposal,
                   "{\"entityType\":\"dataset\",\"entityUrn\":\"%s\",\"changeType\":\"UPSERT\","
                   "\"aspectName\":\"status\",\"aspect\":{\"contentType\":\"application/json\","
                   "\"value\":\"{\\\"removed\\\":false,\\\"number\\\":%zu%s%s%s}\"}}",
                   urn, f->emitted, f->padding ? ",\\\"padding\\\":\\\"" : "", padding,
                   f->padding ? "\\\"" : "");
  dh_record record = {.struct_size = sizeof(record),
                      .entity_type = {"dataset", 7},
                      .urn = {urn, strlen(urn)},
                      .aspect_name = {"status", 6},
                      .content_type = {"application/json", 16},
                      .proposal = {proposal, (size_t)n}};
  dh_status status =
      dh_emitter_emit_records(f->emitter, &record, 1, (void *)(uintptr_t)f->emitted, 0, error);
  if (!status)
    f->emitted++;
  free(padding);
  free(proposal);
  return status;
}

void fixture_emit_many(fixture *f, size_t count, size_t urns)
{
  dh_error error;
  char urn[200];
  for (size_t i = 0; i < count; i++) {
    snprintf(urn, sizeof(urn), "urn:li:dataset:(urn:li:dataPlatform:hive,db.t%zu,PROD)",
             f->emitted % urns);
    if (fixture_emit(f, urn, &error))
      ck_abort_msg("emit %zu: %s", i, error.message);
  }
}

dh_status fixture_close(fixture *f, int64_t timeout_ms, dh_error *error)
{
  dh_status status = dh_emitter_close(f->emitter, timeout_ms, error);
  f->emitter = NULL;
  ck_assert_uint_eq(f->ledger->told, f->emitted);
  for (size_t i = 0; i < f->emitted; i++)
    ck_assert_msg(f->ledger->line[i].told == 1, "record %zu was told of %u times", i,
                  f->ledger->line[i].told);
  return status;
}

size_t fixture_count(fixture *f, dh_fate fate)
{
  size_t count = 0;
  for (size_t i = 0; i < f->emitted; i++)
    count += f->ledger->line[i].told && f->ledger->line[i].fate == fate;
  return count;
}

const ledger_line *fixture_line(fixture *f, size_t number)
{
  return &f->ledger->line[number];
}

int fixture_logged(fixture *f, const char *words)
{
  pthread_mutex_lock(&f->ledger->lock);
  int found = f->ledger->log && strstr(f->ledger->log, words);
  pthread_mutex_unlock(&f->ledger->lock);
  return found;
}

void fixture_end(fixture *f)
{
  if (f->emitter)
    dh_emitter_close(f->emitter, 0, NULL);
  dh_config_free(f->sink);
  dh_context_free(f->context);
  free(f->ledger->log);
  pthread_mutex_destroy(&f->ledger->lock);
  free(f->ledger);
  memset(f, 0, sizeof(*f));
}

long fixture_number(const char *at, const char **next)
{
  static const char mark[] = "number\\\":";
  const char *found = at ? strstr(at, mark) : NULL;
  if (!found)
    return -1;
  char *end;
  long number = strtol(found + sizeof(mark) - 1, &end, 10);
  *next = end;
  return number;
}
