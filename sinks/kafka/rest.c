/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way round Kafka: what its consumers refuse, and what is too large for a topic, goes
 * to GMS over HTTP, each record by itself and only after what precedes it for its URN.
 */
#include "scan.h"
#include "sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_timeseries(dh_slice aspect)
{
  static const char *const names[] = {"assertionRunEvent",
                                      "chartUsageStatistics",
                                      "dashboardUsageStatistics",
                                      "dataProcessInstanceRunEvent",
                                      "datahubIngestionCheckpoint",
                                      "datahubIngestionRunSummary",
                                      "datasetProfile",
                                      "datasetUsageStatistics",
                                      "documentUsageStatistics",
                                      "operation",
                                      "queryUsageStatistics"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    if (aspect.ptr && scan_is(aspect, names[i]))
      return true;
  return false;
}

bool rest_needed(const dh_record *record)
{
  switch (record->change_type) {
  case DH_UPSERT:
    return false;
  case DH_UPDATE:
  case DH_CREATE:
  case DH_CREATE_ENTITY:
  case DH_PATCH:
    return is_timeseries(record->aspect_name);
  default:
    return true;
  }
}

/* --- settings --- */

static char *joined(const char *server, const char *path)
{
  char *url = NULL;
  return asprintf(&url, "%s%s", server, path) < 0 ? NULL : url;
}

dh_status rest_configure(kafka_sink *sink, dh_error *error)
{
  const dh_host *host = sink->host;
  const dh_options *o = sink->options;
  kafka_rest *rest = &sink->rest;
  const char *server = host->option_text(host, o, "rest_fallback.server");
  size_t extra = host->option_count(host, o, "rest_fallback.extra_headers");
  if (!server)
    return DH_OK;
  rest->server = strdup(server);
  rest->headers = calloc(extra + 2, sizeof(rest->headers[0]));
  if (!rest->server || !rest->headers)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while opening the Kafka sink");
  for (size_t n = strlen(rest->server); n && rest->server[n - 1] == '/';)
    rest->server[--n] = '\0';
  rest->headers[rest->header_count++] = (dh_http_header){"X-RestLi-Protocol-Version", "2.0.0"};
  rest->headers[rest->header_count++] = (dh_http_header){"Content-Type", "application/json"};
  for (size_t i = 0; i < extra; i++)
    rest->headers[rest->header_count++] =
        (dh_http_header){host->option_key(host, o, "rest_fallback.extra_headers", i),
                         host->option_item(host, o, "rest_fallback.extra_headers", i)};
  rest->ca_file = host->option_text(host, o, "rest_fallback.ca_certificate_path");
  rest->cert_file = host->option_text(host, o, "rest_fallback.client_certificate_path");
  rest->key_file = host->option_text(host, o, "rest_fallback.client_key_path");
  rest->timeout_ms = host->option_number(host, o, "rest_fallback.timeout_sec");
  rest->insecure = host->option_number(host, o, "rest_fallback.disable_ssl_verification") != 0;
  return DH_OK;
}

void rest_end(kafka_sink *sink)
{
  free(sink->rest.server);
  free(sink->rest.headers);
}

/* --- answers --- */

/* The member "message" of Rest.li's error, as one short line; "" where there is none. */
static void words_of(const char *body, size_t size, char *out, size_t room)
{
  scan s = scan_of((dh_slice){body, size});
  bool first = true, bad;
  dh_slice key, value;
  text words = {0};
  out[0] = '\0';
  if (!scan_take(&s, '{'))
    return;
  while (scan_member(&s, &first, &key, &bad)) {
    if (scan_is(key, "message") && scan_string(&s, &value) && scan_unescape(value, &words) &&
        !words.failed) {
      snprintf(out, room, "%.*s", (int)(words.size < room ? words.size : room - 1),
               words.size ? words.data : "");
      break;
    }
    if (!scan_skip(&s))
      break;
  }
  text_free(&words);
  out[strcspn(out, "\r\n")] = '\0';
}

/* `known`: what the host knows of the credential, with a 401. */
static dh_fate fate_of(kafka_sink *sink, int code, const char *words, const char *known,
                       dh_error *error)
{
  const dh_host *host = sink->host;
  const char *server = sink->rest.server;
  dh_fate fate = DH_REJECTED;
  if (code == 401) {
    host->fail(host, error, DH_DENIED, "%s, the server of `rest_fallback`, answers 401: %s", server,
               known && *known ? known : "check the token of `rest_fallback`");
    fate = DH_UNAUTHORIZED;
  } else if (code == 429 || code == 408 || code >= 500) {
    host->fail(host, error, DH_UNAVAILABLE, "%s, the REST fallback, answers %d: %s", server, code,
               words);
    fate = DH_RETRY;
  } else if (code == 403) {
    host->fail(host, error, DH_DENIED,
               "the token of the REST fallback is good, but its user lacks the privilege (403: "
               "%s); grant it in DataHub's policies",
               words);
  } else {
    host->fail(host, error, DH_MALFORMED, "%s, the REST fallback, answers %d: %s", server, code,
               words);
  }
  error->http_status = code;
  return fate;
}

static void settle(kafka_item *item, dh_status status, dh_http_response *response,
                   const dh_error *why)
{
  kafka_sink *sink = item->job->sink;
  const dh_host *host = sink->host;
  char words[300] = "";
  size_t size;
  dh_error error = {0};
  if (status != DH_OK) {
    if (why)
      error = *why;
    error.status = status;
    bool passing = status == DH_UNAVAILABLE || status == DH_TIMEOUT || status == DH_NO_MEMORY ||
                   status == DH_MALFORMED;
    if (passing)
      job_fail(item, &error);
    else
      job_settle(item, DH_UNAUTHORIZED, &error);
    return;
  }
  int code = host->http_status(host, response);
  if (code >= 200 && code < 300) {
    job_settle(item, DH_DELIVERED, NULL);
    return;
  }
  const char *body = host->http_body(host, response, &size);
  words_of(body, size, words, sizeof(words));
  dh_fate fate =
      fate_of(sink, code, words[0] ? words : "no reason given", why ? why->message : NULL, &error);
  if (fate == DH_RETRY)
    job_fail(item, &error);
  else
    job_settle(item, fate, &error);
}

/* --- requests --- */

static void answered(void *arg, dh_status status, dh_http_response *response, const dh_error *error)
{
  kafka_item *item = arg;
  kafka_job *job = item->job;
  kafka_sink *sink = job->sink;
  settle(item, status, response, error);
  /* More than this request's may be under way: a job is taken on by its last. */
  if (!--job->flying || !job->failed)
    rest_advance(job);
  rest_drain(sink);
}

static bool is_key_aspect(dh_slice aspect)
{
  return aspect.len > 3 && !memcmp(aspect.ptr + aspect.len - 3, "Key", 3);
}

/* GMS's Rest.li deletes an entity whole, which the DELETE of its key aspect asks for. */
static const char *fill(kafka_item *item, size_t *count)
{
  static const dh_slice open = {"{\"proposal\":", 12}, close = {",\"async\":\"false\"}", 17};
  static const dh_slice urn = {"{\"urn\":\"", 8}, urn_end = {"\"}", 2};
  const dh_record *record = job_record(item);
  *count = 3;
  if (record->change_type == DH_DELETE) {
    item->pieces[0] = urn;
    item->pieces[1] = record->urn;
    item->pieces[2] = urn_end;
    return "/entities?action=delete";
  }
  item->pieces[0] = open;
  item->pieces[1] = record->proposal;
  item->pieces[2] = close;
  return "/aspects?action=ingestProposal";
}

/* A URN goes between quotes as it is; one that JSON would escape is no URN of DataHub's. */
static const char *cannot_go(const dh_record *record)
{
  if (record->change_type != DH_DELETE)
    return NULL;
  if (!record->aspect_name.ptr || !is_key_aspect(record->aspect_name))
    return "DataHub deletes an entity whole, by the DELETE of its key aspect, and no single "
           "aspect: give the key aspect's name, or send an aspect that is empty";
  for (size_t i = 0; i < record->urn.len; i++)
    if (record->urn.ptr[i] == '"' || record->urn.ptr[i] == '\\' ||
        (unsigned char)record->urn.ptr[i] < 0x20)
      return "its URN has a character that no URN has";
  return NULL;
}

static void start(kafka_item *item)
{
  kafka_job *job = item->job;
  kafka_sink *sink = job->sink;
  const dh_host *host = sink->host;
  size_t count;
  dh_error error = {0};
  const char *why = cannot_go(job_record(item));
  if (why) {
    host->fail(host, &error, DH_MALFORMED, "%s", why);
    job_settle(item, DH_REJECTED, &error);
    return;
  }
  char *url = joined(sink->rest.server, fill(item, &count));
  dh_http_request request = {
      .struct_size = sizeof(request),
      .flags = sink->rest.insecure ? DH_HTTP_INSECURE : 0,
      .method = "POST",
      .url = url,
      .headers = sink->rest.headers,
      .header_count = sink->rest.header_count,
      .timeout_ms = sink->rest.timeout_ms,
      .ca_file = sink->rest.ca_file,
      .cert_file = sink->rest.cert_file,
      .key_file = sink->rest.key_file,
  };
  item->state = ITEM_FLYING;
  job->flying++;
  dh_status status =
      url ? host->http_start(host, &request, item->pieces, count, answered, item, &error)
          : host->fail(host, &error, DH_NO_MEMORY, "out of memory");
  free(url);
  if (status != DH_OK) {
    settle(item, status, NULL, &error);
    job->flying--;
  }
}

void rest_advance(kafka_job *job)
{
  kafka_sink *sink = job->sink;
  job->flying++; /* an answer may come while it is being sent */
  for (size_t i = 0; i < job->count && !job->failed; i++) {
    kafka_item *item = &job->items[i];
    if (item->by_rest && item->state == ITEM_WAITING && job_is_next(item))
      start(item);
  }
  if (--job->flying)
    return;
  if (job->failed || job_is_over(job))
    job_finish(job, NULL);
  else
    worker_give(sink, job);
}

void rest_drain(kafka_sink *sink)
{
  for (;;) {
    pthread_mutex_lock(&sink->lock);
    kafka_job *job = list_take(&sink->outbox);
    pthread_mutex_unlock(&sink->lock);
    if (!job)
      return;
    rest_advance(job);
  }
}
