/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SASL/OAUTHBEARER with the sink's own credential: what its `auth` stack gives is what
 * the brokers are shown. librdkafka asks on its own background thread, ahead of the end.
 */
#include "sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 30000
/* How long a token of unknown expiry is taken to last: asking again is cheap, it is cached. */
#define UNKNOWN_MS 300000

static bool is_set_to(rd_kafka_conf_t *conf, const char *name, const char *value)
{
  char now[64];
  size_t size = sizeof(now);
  return rd_kafka_conf_get(conf, name, now, &size) == RD_KAFKA_CONF_OK && !strcmp(now, value);
}

/* "https://HOST:PORT" of the first broker: a stack is for a server. */
static char *server_of(const char *bootstrap)
{
  const char *scheme = strstr(bootstrap, "://");
  const char *from = scheme ? scheme + 3 : bootstrap;
  char *server = NULL;
  if (asprintf(&server, "https://%.*s", (int)strcspn(from, ", "), from) < 0)
    return NULL;
  return server;
}

/* "logicalCluster=lkc-1,identityPoolId=pool-2" */
static dh_status split_extensions(kafka_sink *sink, dh_error *error)
{
  static const char name[] = "connection.producer_config";
  const dh_host *host = sink->host;
  kafka_oauth *oauth = &sink->oauth;
  const char *given = NULL;
  size_t n = 0;
  for (size_t i = 0; i < host->option_count(host, sink->options, name); i++)
    if (is_key(host->option_key(host, sink->options, name, i), OAUTH_EXTENSIONS))
      given = host->option_item(host, sink->options, name, i);
  if (!given)
    return DH_OK;
  oauth->extension_text = strdup(given);
  oauth->extensions = calloc(strlen(given) + 2, sizeof(char *));
  if (!oauth->extension_text || !oauth->extensions)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while opening the Kafka sink");
  char *rest = NULL;
  for (char *pair = strtok_r(oauth->extension_text, ", ", &rest); pair;
       pair = strtok_r(NULL, ", ", &rest)) {
    char *equals = strchr(pair, '=');
    if (!equals)
      return host->fail(host, error, DH_MISCONFIGURED,
                        OAUTH_EXTENSIONS ": \"%s\" is not NAME=VALUE", pair);
    *equals = '\0';
    oauth->extensions[n++] = pair;
    oauth->extensions[n++] = equals + 1;
  }
  oauth->extension_count = n;
  return DH_OK;
}

static void forget(kafka_sink *sink)
{
  free(sink->oauth.server);
  free(sink->oauth.extensions);
  free(sink->oauth.extension_text);
  sink->oauth.server = NULL;
  sink->oauth.extensions = NULL;
  sink->oauth.extension_text = NULL;
  sink->oauth.extension_count = 0;
}

dh_status oauth_configure(kafka_sink *sink, rd_kafka_conf_t *conf, dh_error *error)
{
  const dh_host *host = sink->host;
  kafka_oauth *oauth = &sink->oauth;
  forget(sink); /* of an earlier producer */
  oauth->server = server_of(sink->bootstrap);
  if (!oauth->server)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while opening the Kafka sink");
  oauth->used = is_set_to(conf, "sasl.mechanisms", "OAUTHBEARER") &&
                !is_set_to(conf, "sasl.oauthbearer.method", "oidc");
  if (!oauth->used)
    return DH_OK;
  if (is_set_to(conf, "security.protocol", "sasl_plaintext"))
    host->log(host, DH_LOG_WARNING,
              "the credential goes to the Kafka brokers in clear text (security.protocol "
              "sasl_plaintext): whoever is on the way can read it; use sasl_ssl");
  rd_kafka_conf_set_oauthbearer_token_refresh_cb(conf, oauth_refresh);
  rd_kafka_conf_enable_sasl_queue(conf, 1);
  return split_extensions(sink, error);
}

static void keep(kafka_sink *sink, dh_credential *credential)
{
  pthread_mutex_lock(&sink->oauth.lock);
  dh_credential *before = sink->oauth.last;
  sink->oauth.last = credential;
  pthread_mutex_unlock(&sink->oauth.lock);
  sink->host->credential_free(sink->host, before);
}

static void not_obtained(kafka_sink *sink, rd_kafka_t *rk, dh_status status, const char *why)
{
  const dh_host *host = sink->host;
  char words[DH_ERROR_MESSAGE_SIZE + 64];
  snprintf(words, sizeof(words), "no token for the Kafka brokers: %s", why);
  rd_kafka_oauthbearer_set_token_failure(rk, words);
  if (status == DH_UNAVAILABLE || status == DH_TIMEOUT || status == DH_NO_MEMORY) {
    host->log(host, DH_LOG_WARNING, "%s", words);
    return;
  }
  dh_error error;
  host->fail(host, &error, status, "%s", words);
  sink_set_fatal(sink, &error);
  rd_kafka_purge(rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

void oauth_refresh(rd_kafka_t *rk, const char *config, void *opaque)
{
  kafka_sink *sink = opaque;
  const dh_host *host = sink->host;
  dh_credential *credential = NULL;
  dh_error error = {0};
  char words[256];
  (void)config;
  dh_status status = host->sink_credential(host, sink->oauth.server, WAIT_MS, &credential, &error);
  if (status == DH_IGNORE) {
    not_obtained(sink, rk, DH_MISCONFIGURED,
                 "sasl.mechanism is OAUTHBEARER, but the sink's configuration has no `auth` (or "
                 "`token`) to take one from");
    return;
  }
  if (status != DH_OK) {
    not_obtained(sink, rk, status, error.message);
    return;
  }
  int64_t now = host->wall_ms(host), expiry = host->credential_expiry(host, credential);
  const char *token = host->secret_bytes(host, host->credential_value(host, credential), NULL);
  rd_kafka_resp_err_t code = rd_kafka_oauthbearer_set_token(
      rk, token, expiry > now ? expiry : now + UNKNOWN_MS, "datahub", sink->oauth.extensions,
      sink->oauth.extension_count, words, sizeof(words));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    not_obtained(sink, rk, DH_MISCONFIGURED,
                 "librdkafka does not take it: it is no token as SASL/OAUTHBEARER knows them");
  keep(sink, credential);
}

/* As a 401: what led to it is forgotten, and a fresh one is shown once. */
void oauth_refused(kafka_sink *sink)
{
  pthread_mutex_lock(&sink->oauth.lock);
  dh_credential *refused = sink->oauth.last;
  sink->oauth.last = NULL;
  pthread_mutex_unlock(&sink->oauth.lock);
  if (!refused)
    return;
  sink->host->sink_credential_refused(sink->host, refused);
  sink->host->credential_free(sink->host, refused);
  oauth_refresh(sink->rk, NULL, sink);
}

void oauth_end(kafka_sink *sink)
{
  keep(sink, NULL);
  forget(sink);
}
