/* SPDX-License-Identifier: Apache-2.0 */
#include "base/context.h"
#include "base/buf.h"

#include "config.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct kept {
  struct kept *next;
  const void *key;
  void *thing;
  void (*drop)(void *thing);
} kept;

struct dh_context {
  atomic_size_t references;
  pthread_mutex_t keep_lock;
  kept *kept;
  pthread_mutex_t log_lock;
  dh_log_level log_level;
  dh_log_fn log;
  void *log_arg;
  dh_clock clock;
  char *plugin_path;
  dh_registry *registry;
  atomic_bool cancelled;
};

static int64_t read_clock(clockid_t id)
{
  struct timespec now;
  clock_gettime(id, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall(void *arg)
{
  (void)arg;
  return read_clock(CLOCK_REALTIME);
}

static int64_t system_mono(void *arg)
{
  (void)arg;
  return read_clock(CLOCK_MONOTONIC);
}

static const dh_clock system_clock = {system_wall, system_mono, NULL};

static bool take_options(dh_context *context, const dh_context_options *given)
{
  /* secure_getenv: a set-id program must not load what its caller chose. */
  const char *path = secure_getenv("DATAHUB_PLUGIN_PATH");
  context->clock = system_clock;
  context->log_level = DH_LOG_WARNING;
  if (given && DH_HAS(given, dh_context_options, log_level))
    context->log_level = given->log_level;
  if (given && DH_HAS(given, dh_context_options, log_arg)) {
    context->log = given->log;
    context->log_arg = given->log_arg;
  }
  if (given && DH_HAS(given, dh_context_options, clock) && given->clock)
    context->clock = *given->clock;
  if (given && DH_HAS(given, dh_context_options, plugin_path) && given->plugin_path)
    path = given->plugin_path;
  if (!path)
    return true;
  context->plugin_path = strdup(path);
  return context->plugin_path != NULL;
}

dh_context *dh_context_new(const dh_context_options *options, dh_error *error)
{
  dh_context *context = calloc(1, sizeof(*context));
  if (!context)
    goto no_memory;
  if (pthread_mutex_init(&context->log_lock, NULL)) {
    free(context);
    context = NULL;
    goto no_memory;
  }
  pthread_mutex_init(&context->keep_lock, NULL); /* never fails on Linux with default attributes */
  atomic_init(&context->references, 1);
  context->registry = dh_registry_new();
  if (!context->registry || !take_options(context, options))
    goto no_memory;
  return context;

no_memory:
  dh_context_free(context);
  dh_error_set(error, DH_NO_MEMORY, "out of memory while making a context");
  return NULL;
}

dh_context *dh_context_ref(dh_context *context)
{
  atomic_fetch_add(&context->references, 1);
  return context;
}

void dh_context_free(dh_context *context)
{
  if (!context || atomic_fetch_sub(&context->references, 1) != 1)
    return;
  while (context->kept) {
    kept *k = context->kept;
    context->kept = k->next;
    k->drop(k->thing);
    free(k);
  }
  pthread_mutex_destroy(&context->keep_lock);
  pthread_mutex_destroy(&context->log_lock);
  dh_registry_unref(context->registry);
  free(context->plugin_path);
  free(context);
}

void dh_context_cancel(dh_context *context)
{
  atomic_store(&context->cancelled, true);
}

bool dh_context_cancelled(const dh_context *context)
{
  return atomic_load(&context->cancelled);
}

static kept *keep_new(dh_context *context, const void *key, void *(*make)(void),
                      void (*drop)(void *))
{
  kept *k = calloc(1, sizeof(*k));
  if (!k)
    return NULL;
  k->thing = make();
  if (!k->thing) {
    free(k);
    return NULL;
  }
  k->key = key;
  k->drop = drop;
  k->next = context->kept;
  context->kept = k;
  return k;
}

void *dh_context_keep(dh_context *context, const void *key, void *(*make)(void),
                      void (*drop)(void *kept))
{
  pthread_mutex_lock(&context->keep_lock);
  kept *k = context->kept;
  while (k && k->key != key)
    k = k->next;
  if (!k)
    k = keep_new(context, key, make, drop);
  void *thing = k ? k->thing : NULL;
  pthread_mutex_unlock(&context->keep_lock);
  return thing;
}

dh_registry *dh_context_registry(dh_context *context)
{
  return context->registry;
}

const char *dh_context_plugin_path(const dh_context *context)
{
  return context->plugin_path;
}

int64_t dh_wall_ms(const dh_context *context)
{
  return context->clock.wall_ms(context->clock.arg);
}

int64_t dh_mono_ms(const dh_context *context)
{
  return context->clock.mono_ms(context->clock.arg);
}

int dh_log_wants(const dh_context *context, dh_log_level level)
{
  return context->log && level <= context->log_level;
}

/* A line break in what a server said must not forge a second log line. */
static void flatten(char *line)
{
  for (; *line; line++)
    if ((unsigned char)*line < 0x20 || *line == 0x7f)
      *line = ' ';
}

void dh_logv(dh_context *context, dh_log_level level, const char *format, va_list ap)
{
  if (!dh_log_wants(context, level))
    return;
  dh_buf raw;
  dh_buf_init(&raw);
  dh_buf_addv(&raw, format, ap);
  const char *text = dh_buf_text(&raw);
  /* A mask may be longer than what it hides, at most by a factor below two. */
  size_t size = raw.size * 2 + 1;
  char *line = text ? malloc(size) : NULL;
  if (line) {
    dh_registry_redact(context->registry, text, line, size);
    flatten(line);
    pthread_mutex_lock(&context->log_lock);
    context->log(context->log_arg, level, line);
    pthread_mutex_unlock(&context->log_lock);
    dh_wipe(line, size);
    free(line);
  }
  dh_buf_wipe(&raw);
}

void dh_log(dh_context *context, dh_log_level level, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  dh_logv(context, level, format, ap);
  va_end(ap);
}

void dh_redact(dh_context *context, const char *text, char *out, size_t size)
{
  dh_registry_redact(context->registry, text, out, size);
}

const char *dh_version(void)
{
  return PACKAGE_VERSION;
}
