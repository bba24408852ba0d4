/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wait.h"
#include "emit/engine.h"
#include "emit/sink_module.h"

#include <datahub/credential.h>

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define DEFAULT_SINK "datahub-rest"
#define STATS_INTERVAL_MS 10000

static dh_status no_memory(dh_error *error)
{
  return dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the emitter");
}

/* --- the sink --- */

static bool takes(const dh_option *options, const char *name)
{
  for (; options && options->name; options++)
    if (!strcmp(options->name, name))
      return true;
  return false;
}

/* The sink's `config` map as a tree of our own. */
static dh_config *copy_config(const dh_config *sink)
{
  const dh_config *config = sink ? dh_config_get(sink, "config") : NULL;
  return config ? dh_config_copy(config) : dh_config_new_map("the environment");
}

/* A sink that speaks to a server: the one it was given must be one; where it was given none, the
 * environment may know. */
static dh_status find_server(dh_emitter *e, dh_config *config, dh_error *error)
{
  const dh_plugin *plugin = dh_module_descriptor(e->module);
  if ((e->role->flags & DH_SINK_LOCAL) || !takes(plugin->options, "server"))
    return DH_OK;
  char *server = dh_server_of(e->context, config, error);
  if (!server)
    return error ? error->status : DH_MISCONFIGURED;
  dh_status status =
      dh_config_get(config, "server") ? DH_OK : dh_config_set(config, "server", server, error);
  free(server);
  return status;
}

/* What a sink needs to know of its emitter, where its table asks for it. */
static dh_status tell(dh_emitter *e, dh_config *config, const char *name, const char *value,
                      dh_error *error)
{
  const dh_plugin *plugin = dh_module_descriptor(e->module);
  if (!value || !takes(plugin->options, name) || dh_config_get(config, name))
    return DH_OK;
  return dh_config_set(config, name, value, error);
}

static dh_status load_sink(dh_emitter *e, const dh_config *sink, dh_error *error)
{
  const char *type = dh_config_get_text(sink, "type", DEFAULT_SINK);
  const char *sha256 = dh_config_get_text(sink, "sha256", NULL);
  e->module = dh_sink_module_load(e->context, type, sha256, error);
  if (!e->module)
    return error ? error->status : DH_UNAVAILABLE;
  e->role = dh_module_descriptor(e->module)->sink;
  return DH_OK;
}

static dh_status open_sink(dh_emitter *e, dh_config *config, dh_error *error)
{
  const dh_plugin *plugin = dh_module_descriptor(e->module);
  const char **ignored = dh_settings_not_for_sink(plugin->options);
  if (!ignored)
    return no_memory(error);
  e->sink_options =
      dh_options_check(e->context, plugin->options, plugin->name, config, ignored, error);
  free(ignored);
  if (!e->sink_options)
    return error ? error->status : DH_MISCONFIGURED;
  dh_instance_init(&e->instance, e->module, &dh_emitter_services, e);
  dh_status status = e->role->open(&e->instance.host, e->sink_options, &e->sink, error);
  e->sink_open = status == DH_OK;
  return status;
}

/* --- opening --- */

static dh_status take_options(dh_emitter *e, const dh_emitter_options *given, dh_error *error)
{
  dh_emitter_options o = {0};
  if (given) {
    size_t size = given->struct_size;
    memcpy(&o, given, size < sizeof(o) ? size : sizeof(o));
  }
  e->delivered = o.delivered;
  e->arg = o.arg;
  e->stats_fn = o.stats;
  e->stats_interval_ms = o.stats_interval_ms > 0 ? o.stats_interval_ms : STATS_INTERVAL_MS;
  e->component = strdup(o.component ? o.component : "datahub-c");
  e->client_mode = strdup(o.client_mode ? o.client_mode : "SDK");
  return e->component && e->client_mode ? DH_OK : no_memory(error);
}

static dh_status init(dh_emitter *e, dh_error *error)
{
  if (pthread_mutex_init(&e->lock, NULL) || pthread_cond_init(&e->room, NULL))
    return no_memory(error);
  int failed = dh_wait_init(&e->settled);
  e->wake_at = 1;
  e->ripe_ms = -1;
  e->last_good_ms = dh_mono_ms(e->context);
  e->next_stats_ms = e->last_good_ms + e->stats_interval_ms;
  if (getrandom(&e->jitter, sizeof(e->jitter), GRND_NONBLOCK) != sizeof(e->jitter) || !e->jitter)
    e->jitter = (uint64_t)(uintptr_t)e | 1;
  return failed ? no_memory(error) : DH_OK;
}

/* Where the server is named that the sink speaks HTTP to, and the credential for it. */
static const dh_config *http_of(const dh_emitter *e, const dh_config *config)
{
  return takes(dh_module_descriptor(e->module)->options, "rest_fallback.server")
             ? dh_config_get(config, "rest_fallback")
             : config;
}

static dh_status open_network(dh_emitter *e, const dh_config *config, dh_error *error)
{
  bool local = (e->role->flags & DH_SINK_LOCAL) != 0;
  const dh_config *http = http_of(e, config);
  const char *server = local ? NULL : dh_config_get_text(http, "server", NULL);
  dh_status status = dh_own_credential_init(&e->own_credential, e->context, config, error);
  if (status)
    return status;
  status = dh_transport_open(&e->transport, e->context, http, server, e->settings.require_tls,
                             e->settings.max_threads + 1, error);
  dh_loop_settings settings = {.tcp_keepalive = e->settings.tcp_keepalive};
  if (!status)
    dh_loop_configure(e->transport.loop, &settings);
  return status;
}

static dh_status open_files(dh_emitter *e, dh_error *error)
{
  dh_spool_sync sync = DH_SPOOL_NORMAL;
  if (e->settings.dead_letter) {
    e->dead_letter = dh_dead_letter_new(e->settings.dead_letter);
    if (!e->dead_letter)
      return no_memory(error);
  }
  if (!e->settings.spool)
    return DH_OK;
  dh_spool_sync_of(e->settings.spool_sync, &sync);
  e->spool = dh_spool_open(e->context, e->settings.spool, sync, error);
  if (!e->spool)
    return error ? error->status : DH_UNAVAILABLE;
  e->loading = dh_spool_unloaded(e->spool) > 0;
  return DH_OK;
}

static dh_status open_all(dh_emitter *e, const dh_config *sink, dh_error *error)
{
  dh_config *config = copy_config(sink);
  dh_status status = config ? load_sink(e, sink, error) : no_memory(error);
  if (!status)
    status = find_server(e, config, error);
  if (!status)
    status = tell(e, config, "datahub_component", e->component, error);
  if (!status)
    status = tell(e, config, "client_mode", e->client_mode, error);
  if (!status)
    status = dh_settings_read(&e->settings, e->context, config,
                              dh_module_descriptor(e->module)->options, error);
  if (!status && !dh_order_init(&e->order, (e->role->flags & DH_SINK_SERIAL) != 0))
    status = no_memory(error);
  dh_limit_init(&e->limit, e->settings.max_threads);
  if (!status)
    status = open_network(e, config, error);
  if (!status)
    status = open_files(e, error);
  if (!status)
    status = open_sink(e, config, error);
  dh_config_free(config);
  return status;
}

static dh_status start(dh_emitter *e, dh_error *error)
{
  /* The thread reads its own id under the lock. */
  pthread_mutex_lock(&e->lock);
  e->started = pthread_create(&e->thread, NULL, dh_emitter_main, e) == 0;
  pthread_mutex_unlock(&e->lock);
  return e->started ? DH_OK
                    : dh_error_set(error, DH_UNAVAILABLE, "the emitter's thread cannot be started");
}

/* --- closing --- */

static dh_status close_sink(dh_emitter *e, bool aborted, dh_error *error)
{
  if (!e->sink_open)
    return DH_OK;
  dh_status status = e->role->close(e->sink, aborted, error);
  e->sink_open = false;
  if (e->started)
    dh_emitter_wind_up(e);
  return status;
}

static void free_batches(dh_batch *batch)
{
  while (batch) {
    dh_batch *next = batch->next;
    dh_batch_free(batch);
    batch = next;
  }
}

static void destroy(dh_emitter *e)
{
  if (e->transport.context)
    dh_transport_close(&e->transport);
  dh_own_credential_end(&e->own_credential);
  dh_dead_letter_free(e->dead_letter);
  free_batches(e->spare);
  dh_order_end(&e->order);
  dh_arena_end(&e->arena);
  free(e->intake.entries);
  free(e->taken.entries);
  dh_options_free(e->sink_options);
  dh_settings_end(&e->settings);
  dh_module_unref(e->module);
  pthread_cond_destroy(&e->settled);
  pthread_cond_destroy(&e->room);
  pthread_mutex_destroy(&e->lock);
  free(e->component);
  free(e->client_mode);
  dh_context_free(e->context);
  free(e);
}

dh_emitter *dh_emitter_open(dh_context *context, const dh_config *sink,
                            const dh_emitter_options *options, dh_error *error)
{
  dh_emitter *e = calloc(1, sizeof(*e));
  if (!e) {
    no_memory(error);
    return NULL;
  }
  dh_error local;
  if (!error)
    error = &local;
  dh_error_clear(error);
  e->context = dh_context_ref(context);
  dh_status status = take_options(e, options, error);
  if (!status)
    status = init(e, error);
  if (!status)
    status = open_all(e, sink, error);
  if (!status)
    status = start(e, error);
  if (!status)
    return e;
  close_sink(e, true, NULL);
  dh_spool_close(e->spool, NULL);
  destroy(e);
  return NULL;
}

dh_status dh_emitter_state(dh_emitter *e, dh_error *error)
{
  pthread_mutex_lock(&e->lock);
  dh_status status = e->stopped;
  if (error) {
    dh_error_clear(error);
    if (status)
      *error = e->stop_error;
  }
  pthread_mutex_unlock(&e->lock);
  return status;
}

static void no_more_records(dh_emitter *e)
{
  pthread_mutex_lock(&e->lock);
  e->closing = true;
  pthread_cond_broadcast(&e->room);
  dh_emitter_unlock_and_wake(e, true);
}

static void end_thread(dh_emitter *e)
{
  pthread_mutex_lock(&e->lock);
  e->quit = true;
  dh_emitter_unlock_and_wake(e, true);
  pthread_join(e->thread, NULL);
}

dh_status dh_emitter_close(dh_emitter *e, int64_t timeout_ms, dh_error *error)
{
  dh_error local, why;
  if (!error)
    error = &local;
  dh_error_clear(error);
  no_more_records(e);
  dh_status status = timeout_ms ? dh_emitter_flush(e, timeout_ms, error) : DH_OK;
  end_thread(e);
  uint64_t undelivered = e->stats.undelivered;
  dh_error_clear(&why);
  dh_status closed = close_sink(e, undelivered || e->stopped, &why);
  if (!status && closed) {
    status = closed;
    *error = why;
  }
  undelivered = e->stats.undelivered;
  if (!status && undelivered)
    status = dh_error_set(error, DH_TIMEOUT, "%llu records were not delivered%s",
                          (unsigned long long)undelivered,
                          e->spool ? "; the spool keeps them for the next run" : "");
  closed = dh_spool_close(e->spool, &why);
  if (!status && closed) {
    status = closed;
    *error = why;
  }
  destroy(e);
  return status;
}
