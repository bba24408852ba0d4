/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The number under which a registry knows our schema. It never changes, so that it is
 * asked for once in a process.
 */
#include "encode.h"
#include "scan.h"
#include "sink.h"

#include "../../plugins/ascii.h"

#include <avro.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG "connection.schema_registry_config"
#define KEEP_MS 86400000
#define ANSWER_MAX ((size_t)4 << 20)

/* --- settings --- */

static const char base64_digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static dh_secret *basic(const dh_host *host, const char *pair)
{
  size_t n = strlen(pair), at = 6;
  char *header = malloc(n / 3 * 4 + 16);
  if (!header)
    return NULL;
  memcpy(header, "Basic ", 6);
  for (size_t i = 0; i < n; i += 3) {
    unsigned long bits = (unsigned long)(unsigned char)pair[i] << 16;
    bits |= i + 1 < n ? (unsigned long)(unsigned char)pair[i + 1] << 8 : 0;
    bits |= i + 2 < n ? (unsigned long)(unsigned char)pair[i + 2] : 0;
    header[at++] = base64_digits[bits >> 18 & 63];
    header[at++] = base64_digits[bits >> 12 & 63];
    header[at++] = i + 1 < n ? base64_digits[bits >> 6 & 63] : '=';
    header[at++] = i + 2 < n ? base64_digits[bits & 63] : '=';
  }
  dh_secret *secret = host->secret_new(host, header, at);
  host->wipe(host, header, at);
  free(header);
  return secret;
}

static dh_secret *bearer(const dh_host *host, const char *token)
{
  char *header = NULL;
  int n = asprintf(&header, "Bearer %s", token);
  if (n < 0)
    return NULL;
  dh_secret *secret = host->secret_new(host, header, (size_t)n);
  host->wipe(host, header, (size_t)n);
  free(header);
  return secret;
}

/* A key as it stands, or as libconfig must spell it, which has no dots in its names. */
static const char *setting(const kafka_sink *sink, const char *name)
{
  const dh_host *host = sink->host;
  for (size_t i = 0; i < host->option_count(host, sink->options, CONFIG); i++)
    if (is_key(host->option_key(host, sink->options, CONFIG, i), name))
      return host->option_item(host, sink->options, CONFIG, i);
  return NULL;
}

static const char *const known[] = {"basic.auth.user.info",
                                    "basic.auth.credentials.source",
                                    "bearer.auth.credentials.source",
                                    "bearer.auth.token",
                                    "bearer.auth.logical.cluster",
                                    "bearer.auth.identity.pool.id",
                                    "ssl.ca.location",
                                    "ssl.certificate.location",
                                    "ssl.key.location",
                                    "enable.ssl.certificate.verification",
                                    "auto.register.schemas",
                                    "use.latest.version",
                                    "timeout"};

static bool is_known(const char *key)
{
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if (is_key(key, known[i]))
      return true;
  return false;
}

static dh_status wrong(kafka_sink *sink, dh_error *error, const char *key, const char *why)
{
  return sink->host->fail(sink->host, error, DH_MISCONFIGURED, "%s: \"%s\" in " CONFIG " %s",
                          sink->host->option_where(sink->host, sink->options, CONFIG), key, why);
}

static dh_status check_keys(kafka_sink *sink, dh_error *error)
{
  const dh_host *host = sink->host;
  for (size_t i = 0; i < host->option_count(host, sink->options, CONFIG); i++) {
    const char *key = host->option_key(host, sink->options, CONFIG, i);
    if (!is_known(key))
      return wrong(sink, error, key,
                   "is not known; it takes basic.auth.user.info, bearer.auth.token, "
                   "bearer.auth.credentials.source, bearer.auth.logical.cluster, "
                   "bearer.auth.identity.pool.id, ssl.ca.location, ssl.certificate.location, "
                   "ssl.key.location, auto.register.schemas, use.latest.version, timeout");
  }
  return DH_OK;
}

/* Absent: `otherwise`; 2: no truth value. */
static int truth(const char *word, int otherwise)
{
  if (!word)
    return otherwise;
  if (ascii_same(word, "true") || !strcmp(word, "1") || ascii_same(word, "yes"))
    return 1;
  return ascii_same(word, "false") || !strcmp(word, "0") || ascii_same(word, "no") ? 0 : 2;
}

static dh_status configure_auth(kafka_sink *sink, dh_error *error)
{
  const dh_host *host = sink->host;
  kafka_registry *r = &sink->registry;
  const char *user = setting(sink, "basic.auth.user.info");
  const char *token = setting(sink, "bearer.auth.token");
  const char *source = setting(sink, "bearer.auth.credentials.source");
  r->bearer_of_sink = source && ascii_same(source, "SINK");
  if (source && !r->bearer_of_sink && !ascii_same(source, "STATIC_TOKEN"))
    return wrong(sink, error, "bearer.auth.credentials.source",
                 "must be STATIC_TOKEN (with bearer.auth.token) or SINK (the sink's own `auth`)");
  if ((user != NULL) + (token != NULL) + r->bearer_of_sink > 1)
    return wrong(sink, error, "bearer.auth.token",
                 "and another way to authenticate are both given; keep one");
  if (user && !strchr(user, ':'))
    return wrong(sink, error, "basic.auth.user.info", "must be USER:PASSWORD");
  if (user)
    r->authorization = basic(host, user);
  else if (token)
    r->authorization = bearer(host, token);
  return (user || token) && !r->authorization
             ? host->fail(host, error, DH_NO_MEMORY, "out of memory while opening the Kafka sink")
             : DH_OK;
}

dh_status registry_configure(kafka_sink *sink, dh_error *error)
{
  kafka_registry *r = &sink->registry;
  dh_status status = check_keys(sink, error);
  if (status == DH_OK)
    status = configure_auth(sink, error);
  if (status != DH_OK)
    return status;
  int registers = truth(setting(sink, "auto.register.schemas"), 1);
  int latest = truth(setting(sink, "use.latest.version"), 0);
  int verify = truth(setting(sink, "enable.ssl.certificate.verification"), 1);
  const char *timeout = setting(sink, "timeout");
  if (registers > 1 || latest > 1 || verify > 1)
    return wrong(sink, error,
                 registers > 1 ? "auto.register.schemas"
                 : latest > 1  ? "use.latest.version"
                               : "enable.ssl.certificate.verification",
                 "must be true or false");
  r->how = latest ? REGISTRY_LATEST : registers ? REGISTRY_REGISTER : REGISTRY_LOOKUP;
  r->insecure = !verify;
  r->timeout_ms =
      sink->host->option_number(sink->host, sink->options, "connection.client_timeout_seconds");
  double seconds = timeout ? ascii_double(timeout, NULL) : 0;
  if (seconds > 0)
    r->timeout_ms = (int64_t)(seconds * 1000);
  r->ca_file = setting(sink, "ssl.ca.location");
  r->cert_file = setting(sink, "ssl.certificate.location");
  r->key_file = setting(sink, "ssl.key.location");
  const char *cluster = setting(sink, "bearer.auth.logical.cluster");
  const char *pool = setting(sink, "bearer.auth.identity.pool.id");
  r->logical_cluster = cluster ? strdup(cluster) : NULL;
  r->identity_pool = pool ? strdup(pool) : NULL;
  return asprintf(&r->subject, "%s-value", sink->topic) < 0
             ? sink->host->fail(sink->host, error, DH_NO_MEMORY, "out of memory")
             : DH_OK;
}

void registry_end(kafka_sink *sink)
{
  kafka_registry *r = &sink->registry;
  sink->host->secret_free(sink->host, r->authorization);
  free(r->url);
  free(r->subject);
  free(r->logical_cluster);
  free(r->identity_pool);
}

/* --- answers --- */

static bool member_of(const char *body, size_t size, const char *name, scan *at)
{
  *at = scan_of((dh_slice){body, size});
  bool first = true, bad;
  dh_slice key;
  if (!scan_take(at, '{'))
    return false;
  while (scan_member(at, &first, &key, &bad)) {
    if (scan_is(key, name))
      return true;
    if (!scan_skip(at))
      return false;
  }
  return false;
}

static bool read_number(const char *body, size_t size, const char *name, int64_t *out)
{
  scan s;
  return member_of(body, size, name, &s) && scan_integer(&s, out);
}

bool registry_read_id(const char *body, size_t size, int32_t *id)
{
  int64_t value;
  if (!read_number(body, size, "id", &value) || value < 0 || value > INT32_MAX)
    return false;
  *id = (int32_t)value;
  return true;
}

/* A text member, unescaped and NUL-terminated; the caller frees. NULL where there is none. */
static char *copy_member(const char *body, size_t size, const char *name)
{
  scan s;
  dh_slice raw;
  text out = {0};
  if (member_of(body, size, name, &s) && scan_string(&s, &raw) && scan_unescape(raw, &out)) {
    text_add(&out, "", 1);
    if (!out.failed)
      return out.data;
  }
  text_free(&out);
  return NULL;
}

bool registry_schema_is_ours(const char *body, size_t size)
{
  avro_schema_t ours = NULL, theirs = NULL;
  char *schema = copy_member(body, size, "schema");
  bool same = schema && !avro_schema_from_json_length(kafka_schema, strlen(kafka_schema), &ours) &&
              !avro_schema_from_json_length(schema, strlen(schema), &theirs) &&
              avro_schema_equal(ours, theirs);
  if (ours)
    avro_schema_decref(ours);
  if (theirs)
    avro_schema_decref(theirs);
  free(schema);
  return same;
}

/* --- requests --- */

typedef struct answer {
  int code;
  int64_t error_code; /* Confluent's finer one, 0 where there is none */
  dh_http_response *response;
  const char *body;
  size_t size;
} answer;

static size_t add_headers(kafka_sink *sink, dh_http_header headers[6], const char *authorization)
{
  kafka_registry *r = &sink->registry;
  size_t n = 0;
  headers[n++] = (dh_http_header){"Accept", "application/vnd.schemaregistry.v1+json, "
                                            "application/json"};
  headers[n++] = (dh_http_header){"Content-Type", "application/vnd.schemaregistry.v1+json"};
  if (authorization)
    headers[n++] = (dh_http_header){"Authorization", authorization};
  if (r->logical_cluster)
    headers[n++] = (dh_http_header){"target-sr-cluster", r->logical_cluster};
  if (r->identity_pool)
    headers[n++] = (dh_http_header){"Confluent-Identity-Pool-Id", r->identity_pool};
  return n;
}

/* The Authorization header's value; `*own` is to be freed. */
static dh_status authorize(kafka_sink *sink, dh_secret **own, dh_credential **credential,
                           dh_error *error)
{
  const dh_host *host = sink->host;
  if (!sink->registry.bearer_of_sink)
    return DH_OK;
  dh_status status = host->sink_credential(host, sink->oauth.server, 30000, credential, error);
  if (status == DH_IGNORE)
    return wrong(sink, error, "bearer.auth.credentials.source",
                 "is SINK, but the sink has no `auth` (or `token`)");
  if (status != DH_OK)
    return status;
  *own = bearer(host, host->secret_bytes(host, host->credential_value(host, *credential), NULL));
  return *own ? DH_OK : host->fail(host, error, DH_NO_MEMORY, "out of memory");
}

static dh_status ask(kafka_sink *sink, const char *method, const char *tail, const char *body,
                     size_t body_size, answer *a, dh_error *error)
{
  const dh_host *host = sink->host;
  kafka_registry *r = &sink->registry;
  dh_secret *own = NULL;
  dh_credential *credential = NULL;
  char *url = NULL;
  dh_http_header headers[6];
  memset(a, 0, sizeof(*a));
  dh_status status = authorize(sink, &own, &credential, error);
  if (status != DH_OK)
    goto out;
  if (asprintf(&url, "%s/subjects/%s%s", r->url, r->subject, tail) < 0) {
    url = NULL;
    status = host->fail(host, error, DH_NO_MEMORY, "out of memory");
    goto out;
  }
  const dh_secret *secret = own ? own : r->authorization;
  dh_http_request request = {
      .struct_size = sizeof(request),
      /* Asking twice is asking once: the registry knows a schema by what it says. */
      .flags = DH_HTTP_RETRY | DH_HTTP_FOLLOW | (r->insecure ? DH_HTTP_INSECURE : 0),
      .method = method,
      .url = url,
      .headers = headers,
      .header_count =
          add_headers(sink, headers, secret ? host->secret_bytes(host, secret, NULL) : NULL),
      .body = body,
      .body_size = body_size,
      .timeout_ms = r->timeout_ms,
      .max_body = ANSWER_MAX,
      .ca_file = r->ca_file,
      .cert_file = r->cert_file,
      .key_file = r->key_file,
  };
  status = host->http(host, &request, &a->response, error);
  if (status != DH_OK)
    goto out;
  a->code = host->http_status(host, a->response);
  a->body = host->http_body(host, a->response, &a->size);
  if (a->code >= 400)
    read_number(a->body, a->size, "error_code", &a->error_code);
  if (a->code == 401 && credential)
    host->sink_credential_refused(host, credential);
out:
  host->secret_free(host, own);
  host->credential_free(host, credential);
  free(url);
  return status;
}

static dh_status refused(kafka_sink *sink, const answer *a, dh_error *error)
{
  const dh_host *host = sink->host;
  kafka_registry *r = &sink->registry;
  char *words = a->size ? copy_member(a->body, a->size, "message") : NULL;
  const char *said = words ? words : "no reason given";
  dh_status status = DH_MISCONFIGURED;
  const char *cure = "check `connection.schema_registry_url`";
  if (a->code == 401 || a->code == 403) {
    status = DH_DENIED;
    cure = a->code == 401
               ? "check the credentials in `" CONFIG "`"
               : "the credentials are good, but may not write this subject: grant it, or "
                 "set auto.register.schemas to false in `" CONFIG "`";
  } else if (a->code == 404) {
    cure = "the subject is named after the topic: set MetadataChangeProposal in `topic_routes` to "
           "the topic's name, and check `connection.schema_registry_url` (GMS's own ends in "
           "/schema-registry/api)";
  } else if (a->code == 409) {
    cure = "the registry holds a schema with which ours is not compatible: update DataHub or "
           "libdatahub, or use another topic";
  } else if (a->code == 429 || a->code >= 500) {
    status = DH_UNAVAILABLE;
    cure = "it is tried again";
  }
  host->fail(host, error, status, "the schema registry %s answers %d for %s: %.160s; %s", r->url,
             a->code, r->subject, said, cure);
  if (error)
    error->http_status = a->code;
  free(words);
  return status;
}

static dh_status read_id(kafka_sink *sink, const answer *a, int32_t *id, dh_error *error)
{
  if (a->code < 200 || a->code >= 300)
    return refused(sink, a, error);
  if (registry_read_id(a->body, a->size, id))
    return DH_OK;
  return sink->host->fail(sink->host, error, DH_MISCONFIGURED,
                          "%s answers, but not as a schema registry does (there is no \"id\"); "
                          "check `connection.schema_registry_url`",
                          sink->registry.url);
}

static char *question(size_t *size)
{
  text body = {0};
  text_add(&body, "{\"schema\":\"", 11);
  for (const char *c = kafka_schema; *c; c++) {
    if (*c == '"' || *c == '\\')
      text_add(&body, "\\", 1);
    text_add(&body, c, 1);
  }
  text_add(&body, "\"}", 2);
  *size = body.size;
  if (body.failed)
    text_free(&body);
  return body.data;
}

/* The newest schema is used as it stands: it must be what we write. */
static dh_status use_latest(kafka_sink *sink, int32_t *id, dh_error *error)
{
  answer a;
  dh_status status = ask(sink, "GET", "/versions/latest", NULL, 0, &a, error);
  if (status == DH_OK)
    status = read_id(sink, &a, id, error);
  if (status == DH_OK && !registry_schema_is_ours(a.body, a.size))
    status = sink->host->fail(sink->host, error, DH_MISCONFIGURED,
                              "the newest schema of %s at %s has other fields than this libdatahub "
                              "writes; set auto.register.schemas to true in `" CONFIG "`, or "
                              "update the one that is older",
                              sink->registry.subject, sink->registry.url);
  sink->host->http_free(sink->host, a.response);
  return status;
}

static dh_status ask_with_schema(kafka_sink *sink, int32_t *id, dh_error *error)
{
  const dh_host *host = sink->host;
  bool registers = sink->registry.how == REGISTRY_REGISTER;
  answer a;
  size_t size;
  char *body = question(&size);
  if (!body)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  dh_status status = ask(sink, "POST", registers ? "/versions" : "", body, size, &a, error);
  free(body);
  /* The same schema with documentation, as DataHub's own tools register it, is another text. */
  bool other_text = status == DH_OK && !registers && a.error_code == 40403;
  if (status == DH_OK && !other_text)
    status = read_id(sink, &a, id, error);
  host->http_free(host, a.response);
  return other_text ? use_latest(sink, id, error) : status;
}

static char *cache_key(const kafka_sink *sink)
{
  char *key = NULL;
  return asprintf(&key, "%s %s %d", sink->registry.url, sink->registry.subject,
                  (int)sink->registry.how) < 0
             ? NULL
             : key;
}

dh_status registry_get(kafka_sink *sink, int32_t *id, dh_error *error)
{
  const dh_host *host = sink->host;
  char number[16], *key = cache_key(sink);
  dh_secret *kept = key ? host->cache_get(host, key) : NULL;
  dh_status status = DH_OK;
  if (kept)
    *id = (int32_t)strtol(host->secret_bytes(host, kept, NULL), NULL, 10);
  else if (sink->registry.how == REGISTRY_LATEST)
    status = use_latest(sink, id, error);
  else
    status = ask_with_schema(sink, id, error);
  if (!kept && status == DH_OK && key) {
    int n = snprintf(number, sizeof(number), "%d", *id);
    kept = host->secret_new(host, number, (size_t)n);
    if (kept)
      (void)host->cache_put(host, key, kept, KEEP_MS); /* else it is asked for again */
  }
  host->secret_free(host, kept);
  free(key);
  return status;
}
