/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sink datahub-kafka: metadata change proposals on a Kafka topic, from which GMS's
 * consumers take them. Options have the names that the Python sink gives them.
 */
#include "../../plugins/module.h"
#include "sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define ROUTE "MetadataChangeProposal"

static const dh_option options[] = {
    {.name = "connection.bootstrap",
     .type = DH_OPT_STRING,
     .help = "The brokers to ask first, HOST:PORT,HOST:PORT; else KAFKA_BOOTSTRAP_SERVER, else "
             "localhost:9092."},
    {.name = "connection.schema_registry_url",
     .type = DH_OPT_URL,
     .help = "The schema registry; else KAFKA_SCHEMAREGISTRY_URL, else GMS's own, "
             "http://localhost:8080/schema-registry/api."},
    {.name = "connection.schema_registry_config",
     .type = DH_OPT_MAP,
     .flags = DH_OPT_SENSITIVE,
     .help = "How to reach it: basic.auth.user.info, bearer.auth.token, ssl.ca.location and the "
             "like, as confluent-kafka spells them."},
    {.name = "connection.producer_config",
     .type = DH_OPT_MAP,
     .flags = DH_OPT_SENSITIVE,
     .help = "Settings of librdkafka, passed on as they are: security.protocol, sasl.mechanism, "
             "linger.ms and all others of its CONFIGURATION.md."},
    {.name = "connection.client_timeout_seconds",
     .type = DH_OPT_DURATION,
     .default_value = "60s",
     .min = 1,
     .max = 3600000,
     .help = "How long a request to the schema registry may take."},
    {.name = "topic_routes",
     .type = DH_OPT_MAP,
     .default_value = ROUTE "=MetadataChangeProposal_v1",
     .help = "The topic of " ROUTE "; a route of MetadataChangeEvent is not used, for each is sent "
             "as the proposals that it holds."},
    {.name = "max_queue_full_block_seconds",
     .type = DH_OPT_DURATION,
     .default_value = "300s",
     .min = 0,
     .max = 86400000,
     .help = "How long to wait for room in librdkafka's queue before the record's try has failed."},
    {.name = "rest_fallback.server",
     .type = DH_OPT_URL,
     .help = "GMS, for what Kafka's consumers do not take (DELETE, RESTATE, changes of timeseries) "
             "and what is too large for the topic."},
    {.name = "rest_fallback.timeout_sec",
     .type = DH_OPT_DURATION,
     .default_value = "30s",
     .min = 1,
     .max = 3600000,
     .help = "How long one of its requests may take."},
    {.name = "rest_fallback.extra_headers",
     .type = DH_OPT_MAP,
     .flags = DH_OPT_SENSITIVE,
     .help = "Headers added to its requests."},
    {.name = "rest_fallback.ca_certificate_path",
     .type = DH_OPT_PATH,
     .help = "PEM file of the authorities that its server's certificate may come from."},
    {.name = "rest_fallback.client_certificate_path",
     .type = DH_OPT_PATH,
     .help = "PEM file of the certificate shown to it."},
    {.name = "rest_fallback.client_key_path",
     .type = DH_OPT_PATH,
     .help = "PEM file of that certificate's key."},
    {.name = "rest_fallback.disable_ssl_verification",
     .type = DH_OPT_BOOLEAN,
     .default_value = "false",
     .help = "Do not check its certificate."},
    {.name = NULL},
};

static const char *variable(const char *name)
{
  const char *value = secure_getenv(name);
  return value && *value ? value : NULL;
}

static dh_status no_memory(const dh_host *host, dh_error *error)
{
  return host->fail(host, error, DH_NO_MEMORY, "out of memory while opening the Kafka sink");
}

/* --- opening --- */

static dh_status find_topic(kafka_sink *sink, dh_error *error)
{
  const dh_host *host = sink->host;
  for (size_t i = 0; i < host->option_count(host, sink->options, "topic_routes"); i++) {
    if (strcmp(host->option_key(host, sink->options, "topic_routes", i), ROUTE) != 0)
      continue;
    sink->topic = host->option_item(host, sink->options, "topic_routes", i);
    if (sink->topic && *sink->topic)
      return DH_OK;
  }
  return host->fail(host, error, DH_MISCONFIGURED,
                    "%s: topic_routes has no topic for " ROUTE
                    "; add it, or leave topic_routes out",
                    host->option_where(host, sink->options, "topic_routes"));
}

static char *default_registry(void)
{
  const char *base = variable("DATAHUB_GMS_BASE_PATH");
  char *url = NULL;
  int n = asprintf(&url, "http://localhost:8080%s/schema-registry/api",
                   base && strcmp(base, "/") != 0 ? base : "");
  return n < 0 ? NULL : url;
}

static dh_status find_servers(kafka_sink *sink, dh_error *error)
{
  const dh_host *host = sink->host;
  const char *bootstrap = host->option_text(host, sink->options, "connection.bootstrap");
  const char *url = host->option_text(host, sink->options, "connection.schema_registry_url");
  if (!bootstrap)
    bootstrap = variable("KAFKA_BOOTSTRAP_SERVER");
  if (!url)
    url = variable("KAFKA_SCHEMAREGISTRY_URL");
  sink->bootstrap = strdup(bootstrap ? bootstrap : "localhost:9092");
  sink->registry.url = url ? strdup(url) : default_registry();
  if (!sink->bootstrap || !sink->registry.url)
    return no_memory(host, error);
  for (size_t n = strlen(sink->registry.url); n && sink->registry.url[n - 1] == '/';)
    sink->registry.url[--n] = '\0';
  return DH_OK;
}

static void destroy(kafka_sink *sink)
{
  oauth_end(sink);
  registry_end(sink);
  rest_end(sink);
  if (sink->wake >= 0)
    close(sink->wake);
  pthread_mutex_destroy(&sink->oauth.lock);
  pthread_mutex_destroy(&sink->lock);
  free(sink->bootstrap);
  free(sink);
}

static dh_status kafka_open(const dh_host *host, const dh_options *given, void **self,
                            dh_error *error)
{
  kafka_sink *sink = calloc(1, sizeof(*sink));
  if (!sink)
    return no_memory(host, error);
  sink->host = host;
  sink->options = given;
  sink->schema_id = -1;
  pthread_mutex_init(&sink->lock, NULL);
  pthread_mutex_init(&sink->oauth.lock, NULL);
  sink->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  sink->max_block_ms = host->option_number(host, given, "max_queue_full_block_seconds");
  dh_status status = sink->wake < 0 ? host->fail(host, error, DH_UNAVAILABLE,
                                                 "no descriptor is left for the Kafka sink; raise "
                                                 "the limit of open files (ulimit -n)")
                                    : find_servers(sink, error);
  if (status == DH_OK)
    status = find_topic(sink, error);
  if (status == DH_OK)
    status = registry_configure(sink, error);
  if (status == DH_OK)
    status = rest_configure(sink, error);
  if (status == DH_OK)
    status = producer_open(sink, error);
  if (status == DH_OK)
    status = worker_start(sink, error);
  if (status != DH_OK) {
    producer_close(sink);
    destroy(sink);
    return status;
  }
  *self = sink;
  return DH_OK;
}

/* --- running --- */

static dh_status kafka_submit(void *self, dh_batch *batch, dh_error *error)
{
  kafka_sink *sink = self;
  const dh_host *host = sink->host;
  dh_error fatal;
  if (sink_fatal(sink, &fatal)) {
    if (error)
      *error = fatal;
    return fatal.status;
  }
  kafka_job *job = job_new(sink, batch);
  if (!job)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory for a batch");
  worker_give(sink, job);
  return DH_OK;
}

static void kafka_poll(void *self)
{
  rest_drain(self);
}

static dh_status kafka_close(void *self, int aborted, dh_error *error)
{
  kafka_sink *sink = self;
  (void)aborted;
  (void)error;
  worker_stop(sink);
  destroy(sink);
  return DH_OK;
}

static const dh_sink_role role = {
    .struct_size = sizeof(dh_sink_role),
    .open = kafka_open,
    .submit = kafka_submit,
    .poll = kafka_poll,
    .close = kafka_close,
};

MODULE("datahub-kafka", "publishes records to Kafka, for GMS's consumers to take from there",
       .options = options, .sink = &role);
