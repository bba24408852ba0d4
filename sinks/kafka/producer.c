/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librdkafka: its settings, and what its errors mean for records.
 */
#include "sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUIET_MS 10000
/* As with a second 401: the first was answered with a fresh credential. */
#define AUTH_FAILURES_MAX 2

/* What is set before the user's own settings. */
static const char *const defaults[][2] = {
    {"client.id", "libdatahub"},
    {"enable.idempotence", "true"},
    {"acks", "all"},
    {"compression.codec", "lz4"},
    /* Java's, so that a URN's records share a partition with those that GMS itself writes. */
    {"partitioner", "murmur2_random"},
    /* What DataHub gives its topics; a broker that takes less says so. */
    {"message.max.bytes", "5242880"},
};

/* --- what librdkafka says --- */

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *words)
{
  kafka_sink *sink = rd_kafka_opaque(rk);
  (void)facility;
  /* What matters comes through on_error() too: these are for who looks closely. */
  sink->host->log(sink->host, level <= 3 ? DH_LOG_INFO : DH_LOG_DEBUG, "%s", words);
}

static void denied(kafka_sink *sink, const char *reason)
{
  const dh_host *host = sink->host;
  dh_error error;
  sink->auth_failures++;
  if (sink->oauth.used)
    oauth_refused(sink);
  if (sink->auth_failures < AUTH_FAILURES_MAX)
    return;
  host->fail(host, &error, DH_DENIED,
             "the Kafka brokers refuse the credentials: %.300s; check the sasl.* settings in "
             "`connection.producer_config`%s",
             reason, sink->oauth.used ? " and the sink's `auth`" : "");
  sink_set_fatal(sink, &error);
  rd_kafka_purge(sink->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
  kafka_sink *sink = opaque;
  const dh_host *host = sink->host;
  (void)rk;
  if (code == RD_KAFKA_RESP_ERR__FATAL)
    sink->broken = true;
  else if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION)
    denied(sink, reason);
  int64_t now = host->mono_ms(host);
  if (now < sink->quiet_until_ms)
    return;
  sink->quiet_until_ms = now + QUIET_MS;
  host->log(host, DH_LOG_WARNING, "Kafka (%s): %s", sink->bootstrap, reason);
}

/* --- deliveries --- */

static dh_status status_of(rd_kafka_resp_err_t code)
{
  return code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT || code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT
             ? DH_TIMEOUT
             : DH_UNAVAILABLE;
}

/* Nothing on this topic can succeed until a person acts. */
static dh_fate hopeless(kafka_sink *sink, dh_status status, const char *what, const char *cure,
                        dh_error *error)
{
  sink->host->fail(sink->host, error, status, "Kafka's topic %s: %s; %s", sink->topic, what, cure);
  sink_set_fatal(sink, error);
  return DH_RETRY;
}

static dh_fate fate_of(kafka_sink *sink, rd_kafka_resp_err_t code, dh_error *error)
{
  const dh_host *host = sink->host;
  switch (code) {
  case RD_KAFKA_RESP_ERR_NO_ERROR:
    return DH_DELIVERED;
  case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    return DH_TOO_LARGE;
  case RD_KAFKA_RESP_ERR_INVALID_RECORD:
  case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    host->fail(host, error, DH_MALFORMED, "the Kafka broker refuses the record: %s",
               rd_kafka_err2str(code));
    return DH_REJECTED;
  case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
  case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    return hopeless(sink, DH_DENIED, rd_kafka_err2str(code),
                    "the credentials are good, but their user may not write there: give it the "
                    "ACLs WRITE and IDEMPOTENT_WRITE",
                    error);
  case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
  case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
  case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
  case RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS:
    return hopeless(sink, DH_MISCONFIGURED, rd_kafka_err2str(code),
                    "name the topic of DataHub's proposals as MetadataChangeProposal in "
                    "`topic_routes`, or have it made",
                    error);
  case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    host->fail(host, error, DH_TIMEOUT,
               "no Kafka broker at %s has taken the record within message.timeout.ms; check "
               "`connection.bootstrap`, and that the brokers run and let this host in",
               sink->bootstrap);
    return DH_RETRY;
  default:
    if (sink_fatal(sink, error))
      return DH_RETRY;
    host->fail(host, error, status_of(code), "Kafka (%s): %s", sink->bootstrap,
               rd_kafka_err2str(code));
    return DH_RETRY;
  }
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
  kafka_sink *sink = opaque;
  kafka_item *item = message->_private;
  dh_error error = {0};
  (void)rk;
  dh_fate fate = fate_of(sink, message->err, &error);
  if (fate == DH_DELIVERED)
    sink->auth_failures = 0;
  job_report(item, fate, fate == DH_DELIVERED ? NULL : &error);
}

dh_status producer_send(kafka_item *item, dh_error *error)
{
  kafka_job *job = item->job;
  kafka_sink *sink = job->sink;
  const dh_host *host = sink->host;
  dh_slice urn = job_record(item)->urn;
  if (!sink->rk)
    return host->fail(host, error, DH_UNAVAILABLE, "there is no Kafka producer");
  if (rd_kafka_produce(sink->rkt, RD_KAFKA_PARTITION_UA, 0, job->messages.data + item->offset,
                       item->size, urn.ptr, urn.len, item) == 0)
    return DH_OK;
  rd_kafka_resp_err_t code = rd_kafka_last_error();
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
    return host->fail(host, error, DH_TIMEOUT,
                      "librdkafka's queue was full for max_queue_full_block_seconds: the brokers "
                      "at %s take nothing or too little",
                      sink->bootstrap);
  if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
    return DH_MALFORMED;
  if (code == RD_KAFKA_RESP_ERR__FATAL)
    sink->broken = true;
  fate_of(sink, code, error);
  return error->status == DH_OK ? DH_UNAVAILABLE : error->status;
}

/* --- settings --- */

/* libconfig's names have no dots: there, sasl_mechanism is sasl.mechanism. */
static rd_kafka_conf_res_t set_either(rd_kafka_conf_t *conf, const char *key, const char *value,
                                      char *words, size_t size)
{
  char dotted[128];
  rd_kafka_conf_res_t result = rd_kafka_conf_set(conf, key, value, words, size);
  size_t n = strlen(key);
  if (result != RD_KAFKA_CONF_UNKNOWN || !strchr(key, '_') || n >= sizeof(dotted))
    return result;
  for (size_t i = 0; i <= n; i++)
    dotted[i] = (char)(key[i] == '_' ? '.' : key[i]);
  return rd_kafka_conf_set(conf, dotted, value, words, size);
}

static const char *refusal(const char *key)
{
  static const char *const refused[][2] = {
      {"oauth_cb", "name modules in the sink's `auth` instead: their credential is the token"},
      {"plugin.library.paths", "code is loaded as modules of libdatahub only"},
      {"transactional.id", "the sink uses no transactions"},
  };
  for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
    if (is_key(key, refused[i][0]))
      return refused[i][1];
  return NULL;
}

static dh_status set_all(kafka_sink *sink, rd_kafka_conf_t *conf, dh_error *error)
{
  static const char name[] = "connection.producer_config";
  const dh_host *host = sink->host;
  char words[400];
  for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
    if (rd_kafka_conf_set(conf, defaults[i][0], defaults[i][1], words, sizeof(words)) !=
        RD_KAFKA_CONF_OK)
      return host->fail(host, error, DH_MISCONFIGURED, "this librdkafka (%s) lacks a setting: %s",
                        rd_kafka_version_str(), words);
  if (rd_kafka_conf_set(conf, "bootstrap.servers", sink->bootstrap, words, sizeof(words)) !=
      RD_KAFKA_CONF_OK)
    return host->fail(host, error, DH_MISCONFIGURED, "%s: %s",
                      host->option_where(host, sink->options, "connection.bootstrap"), words);
  for (size_t i = 0; i < host->option_count(host, sink->options, name); i++) {
    const char *key = host->option_key(host, sink->options, name, i);
    const char *why = refusal(key);
    if (is_key(key, OAUTH_EXTENSIONS))
      continue;
    if (!why && set_either(conf, key, host->option_item(host, sink->options, name, i), words,
                           sizeof(words)) != RD_KAFKA_CONF_OK)
      why = words;
    if (why)
      return host->fail(host, error, DH_MISCONFIGURED, "%s: \"%s\" in %s: %s",
                        host->option_where(host, sink->options, name), key, name, why);
  }
  return DH_OK;
}

static size_t number_of(const rd_kafka_conf_t *conf, const char *name)
{
  char value[64];
  size_t size = sizeof(value);
  return rd_kafka_conf_get(conf, name, value, &size) == RD_KAFKA_CONF_OK
             ? (size_t)strtoull(value, NULL, 10)
             : 0;
}

static void listen_to(kafka_sink *sink)
{
  static const uint64_t one = 1;
  rd_kafka_queue_t *queue = rd_kafka_queue_get_main(sink->rk);
  rd_kafka_queue_io_event_enable(queue, sink->wake, &one, sizeof(one));
  rd_kafka_queue_destroy(queue);
}

dh_status producer_open(kafka_sink *sink, dh_error *error)
{
  const dh_host *host = sink->host;
  char words[400];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  dh_status status = set_all(sink, conf, error);
  if (status == DH_OK)
    status = oauth_configure(sink, conf, error);
  if (status != DH_OK) {
    rd_kafka_conf_destroy(conf);
    return status;
  }
  rd_kafka_conf_set_opaque(conf, sink);
  rd_kafka_conf_set_log_cb(conf, on_log);
  rd_kafka_conf_set_error_cb(conf, on_error);
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  sink->max_message = number_of(conf, "message.max.bytes");
  sink->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof(words));
  if (!sink->rk) {
    rd_kafka_conf_destroy(conf);
    return host->fail(host, error, DH_MISCONFIGURED, "%s: the Kafka producer cannot be made: %s",
                      host->option_where(host, sink->options, "connection.producer_config"), words);
  }
  if (sink->oauth.used) {
    rd_kafka_error_t *why = rd_kafka_sasl_background_callbacks_enable(sink->rk);
    if (why)
      status = host->fail(host, error, DH_INTERNAL, "librdkafka: %s", rd_kafka_error_string(why));
    rd_kafka_error_destroy(why);
  }
  listen_to(sink);
  sink->rkt = rd_kafka_topic_new(sink->rk, sink->topic, NULL);
  if (status == DH_OK && !sink->rkt)
    status = host->fail(host, error, DH_MISCONFIGURED, "the Kafka topic \"%s\" cannot be: %s",
                        sink->topic, rd_kafka_err2str(rd_kafka_last_error()));
  if (status != DH_OK)
    producer_close(sink);
  return status;
}

void producer_close(kafka_sink *sink)
{
  if (!sink->rk)
    return;
  rd_kafka_purge(sink->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  /* Its reports are made at once; this serves them. */
  for (int i = 0; i < 30; i++)
    if (rd_kafka_flush(sink->rk, 1000) == RD_KAFKA_RESP_ERR_NO_ERROR)
      break;
  if (sink->rkt)
    rd_kafka_topic_destroy(sink->rkt);
  rd_kafka_destroy(sink->rk);
  sink->rkt = NULL;
  sink->rk = NULL;
}
