/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin_fake.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct answer {
  const char *name;
  dh_status status; /* of the transport */
  int http;
  const char *body;
} answers[] = {
    {"a good token answer", DH_OK, 200,
     "{\"access_token\":\"made-up-token-value\",\"token_type\":\"Bearer\",\"expires_in\":3600,"
     "\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\",\"active\":true,"
     "\"sub\":\"x\",\"keys\":[],\"value\":\"success\"}"},
    {"an empty answer", DH_OK, 200, ""},
    {"an empty object", DH_OK, 200, "{}"},
    {"members of wrong types", DH_OK, 200,
     "{\"access_token\":[],\"token_type\":7,\"expires_in\":\"soon\",\"active\":\"perhaps\","
     "\"keys\":{},\"sub\":null}"},
    {"numbers out of range", DH_OK, 200,
     "{\"access_token\":\"made-up-token-value\",\"token_type\":\"Bearer\","
     "\"expires_in\":-9223372036854775808,\"exp\":1e308,\"active\":true}"},
    {"a token with a line break", DH_OK, 200,
     "{\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"Bearer\",\"expires_in\":60}"},
    {"JSON that ends early", DH_OK, 200, "{\"access_token\":\"made-up-va"},
    {"a page of HTML", DH_OK, 200, "<!DOCTYPE html><html><body>%s%n</body></html>"},
    {"a null", DH_OK, 200, "null"},
    {"HTTP 302", DH_OK, 302, ""},
    {"HTTP 400 with an OAuth error", DH_OK, 400,
     "{\"error\":\"invalid_grant\",\"error_description\":\"the grant has expired\"}"},
    {"HTTP 401", DH_OK, 401, "{\"message\":\"Unauthorized to perform this action.\"}"},
    {"HTTP 429", DH_OK, 429, ""},
    {"HTTP 500 with bytes that are not UTF-8", DH_OK, 500, "\xff\xfe\x01"},
    {"an unreachable server", DH_UNAVAILABLE, 0, ""},
    {"a server that does not answer", DH_TIMEOUT, 0, ""},
};
#define ANSWERS ((int)(sizeof(answers) / sizeof(answers[0])))

int dhub_fake_answers(void)
{
  return ANSWERS;
}

const char *dhub_fake_answer_name(int answer)
{
  return answers[answer].name;
}

static dhub_fake *fake_of(const dh_host *host)
{
  return (dhub_fake *)(uintptr_t)host;
}

bool dhub_fake_fails(dhub_fake *fake, const char *service)
{
  pthread_mutex_lock(&fake->lock);
  bool fails = ++fake->calls == fake->fail_at;
  if (fails)
    fake->failed = service;
  pthread_mutex_unlock(&fake->lock);
  return fails;
}

void dhub_fake_forbid(dhub_fake *fake, const char *text)
{
  if (text && strlen(text) >= 6 && fake->forbidden_count < DHUB_FAKE_FORBIDDEN)
    fake->forbidden[fake->forbidden_count++] = text;
}

void dhub_fake_check_text(dhub_fake *fake, const char *where, const char *text)
{
  for (size_t i = 0; i < fake->forbidden_count; i++)
    if (strstr(text, fake->forbidden[i]))
      dhub_probe_finding(fake->probe,
                         "%s shows the credential itself: say where it came from, never what it is",
                         where);
}

/* --- services --- */

static void host_log(const dh_host *host, dh_log_level level, const char *format, ...)
{
  char text[4096];
  va_list ap;
  va_start(ap, format);
  vsnprintf(text, sizeof(text), format, ap);
  va_end(ap);
  if ((unsigned)level > DH_LOG_DEBUG)
    dhub_probe_finding(fake_of(host)->probe, "it logged at level %d, which there is not",
                       (int)level);
  dhub_fake_check_text(fake_of(host), "a log line", text);
}

static dh_status host_fail(const dh_host *host, dh_error *error, dh_status status,
                           const char *format, ...)
{
  dh_error local;
  va_list ap;
  va_start(ap, format);
  dh_error_setv(error ? error : &local, status, format, ap);
  va_end(ap);
  dhub_fake_check_text(fake_of(host), "an error", error ? error->message : local.message);
  return status;
}

static dh_secret *secret_new(const dh_host *host, const void *bytes, size_t size)
{
  dhub_fake *fake = fake_of(host);
  if (dhub_fake_fails(fake, "secret_new"))
    return NULL;
  dh_secret *secret = dh_secret_new(fake->probe->context, bytes, size);
  pthread_mutex_lock(&fake->lock);
  fake->secrets += secret != NULL;
  pthread_mutex_unlock(&fake->lock);
  return secret;
}

static void secret_free(const dh_host *host, dh_secret *secret)
{
  dhub_fake *fake = fake_of(host);
  if (!secret)
    return;
  pthread_mutex_lock(&fake->lock);
  fake->secrets--;
  pthread_mutex_unlock(&fake->lock);
  dh_secret_free(secret);
}

static int64_t wall_ms(const dh_host *host)
{
  return dh_wall_ms(fake_of(host)->probe->context);
}

static int64_t mono_ms(const dh_host *host)
{
  return dh_mono_ms(fake_of(host)->probe->context);
}

/* A cache may always have forgotten. */
static dh_secret *cache_get(const dh_host *host, const char *key)
{
  (void)host;
  (void)strlen(key);
  return NULL;
}

static dh_status cache_put(const dh_host *host, const char *key, const dh_secret *value,
                           int64_t ttl_ms)
{
  (void)strlen(key);
  (void)value;
  (void)ttl_ms;
  return dhub_fake_fails(fake_of(host), "cache_put") ? DH_NO_MEMORY : DH_OK;
}

static dh_http_response *new_response(dhub_fake *fake)
{
  const struct answer *answer = &answers[fake->answer];
  dh_http_response *response = calloc(1, sizeof(*response));
  if (!response)
    return NULL;
  response->status = answer->http;
  response->body = answer->body;
  return response;
}

static dh_status http(const dh_host *host, const dh_http_request *request,
                      dh_http_response **response, dh_error *error)
{
  dhub_fake *fake = fake_of(host);
  const struct answer *answer = &answers[fake->answer];
  *response = NULL;
  if (request->struct_size < offsetof(dh_http_request, proxy) || !request->url)
    dhub_probe_finding(fake->probe, "an HTTP request without struct_size or url");
  pthread_mutex_lock(&fake->lock);
  fake->asked++;
  pthread_mutex_unlock(&fake->lock);
  if (dhub_fake_fails(fake, "http"))
    return dh_error_set(error, DH_NO_MEMORY, "out of memory, as the check wants it");
  if (answer->status)
    return dh_error_set(error, answer->status, "%s, as the check wants it", answer->name);
  *response = new_response(fake);
  if (!*response)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory");
  pthread_mutex_lock(&fake->lock);
  fake->responses++;
  pthread_mutex_unlock(&fake->lock);
  return DH_OK;
}

static int http_status(const dh_host *host, const dh_http_response *response)
{
  (void)host;
  return response->status;
}

static const char *http_body(const dh_host *host, const dh_http_response *response, size_t *size)
{
  (void)host;
  if (size)
    *size = strlen(response->body);
  return response->body;
}

static const char *http_header(const dh_host *host, const dh_http_response *response,
                               const char *name)
{
  (void)host;
  if (response->status == 429 && !strcasecmp(name, "Retry-After"))
    return "soon";
  return NULL;
}

static void http_free(const dh_host *host, dh_http_response *response)
{
  dhub_fake *fake = fake_of(host);
  if (!response)
    return;
  pthread_mutex_lock(&fake->lock);
  fake->responses--;
  pthread_mutex_unlock(&fake->lock);
  free(response);
}

static dh_status http_start(const dh_host *host, const dh_http_request *request,
                            const dh_slice *pieces, size_t piece_count, dh_http_done done,
                            void *arg, dh_error *error)
{
  dhub_fake *fake = fake_of(host);
  dhub_pending *pending = NULL;
  volatile char last = 0;
  for (size_t i = 0; i < piece_count; i++)
    if (pieces[i].len)
      last = pieces[i].ptr[pieces[i].len - 1];
  (void)last;
  if (!request->url)
    dhub_probe_finding(fake->probe, "an HTTP request without a url");
  if (!dhub_fake_fails(fake, "http_start"))
    pending = calloc(1, sizeof(*pending));
  if (!pending)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory, as the check wants it");
  pending->done = done;
  pending->arg = arg;
  pending->next = fake->pending;
  fake->pending = pending;
  return DH_OK;
}

bool dhub_fake_pump(dhub_fake *fake)
{
  dhub_pending *pending = fake->pending;
  const struct answer *answer = &answers[fake->answer];
  dh_error error;
  if (!pending)
    return false;
  fake->pending = pending->next;
  dh_error_set(&error, answer->status, "%s", answer->status ? answer->name : "");
  dh_http_response *response = answer->status ? NULL : new_response(fake);
  pending->done(pending->arg, answer->status, response, &error);
  free(response);
  free(pending);
  return true;
}

/* --- credentials and principals --- */

static dh_status credential_set(const dh_host *host, dh_credential *credential, const char *scheme,
                                const dh_secret *value)
{
  dhub_fake *fake = fake_of(host);
  size_t size = 0;
  const char *bytes = value ? dh_secret_bytes(value, &size) : NULL;
  if (!scheme || !*scheme || !size)
    return DH_MALFORMED;
  for (size_t i = 0; i < size; i++)
    if ((unsigned char)bytes[i] < ' ' || bytes[i] == 0x7f)
      return DH_MALFORMED;
  if (dhub_fake_fails(fake, "credential_set"))
    return DH_NO_MEMORY;
  free(credential->scheme);
  dh_secret_free(credential->value);
  credential->scheme = strdup(scheme);
  credential->value = dh_secret_new(fake->probe->context, bytes, size);
  return DH_OK;
}

static void credential_set_expiry(const dh_host *host, dh_credential *credential,
                                  int64_t expires_at_ms)
{
  (void)host;
  credential->expires_at_ms = expires_at_ms;
}

static void credential_set_recheck(const dh_host *host, dh_credential *credential,
                                   int64_t recheck_ms)
{
  (void)host;
  credential->recheck_ms = recheck_ms;
}

static void credential_set_token_type(const dh_host *host, dh_credential *credential,
                                      const char *token_type)
{
  (void)host;
  free(credential->token_type);
  credential->token_type = token_type ? strdup(token_type) : NULL;
}

static void credential_set_origin(const dh_host *host, dh_credential *credential,
                                  const char *origin)
{
  (void)credential;
  if (origin)
    dhub_fake_check_text(fake_of(host), "a credential's origin", origin);
}

static const char *credential_scheme(const dh_host *host, const dh_credential *credential)
{
  (void)host;
  return credential->scheme;
}

static const dh_secret *credential_value(const dh_host *host, const dh_credential *credential)
{
  (void)host;
  return credential->value;
}

static const char *credential_token_type(const dh_host *host, const dh_credential *credential)
{
  (void)host;
  return credential->token_type;
}

static int64_t credential_expiry(const dh_host *host, const dh_credential *credential)
{
  (void)host;
  return credential->expires_at_ms;
}

static dh_status principal_set(const dh_host *host, dh_principal *principal,
                               dh_principal_field field, const char *value)
{
  dhub_fake *fake = fake_of(host);
  if ((unsigned)field > DH_PRINCIPAL_CLAIMS) {
    dhub_probe_finding(fake->probe, "it sets the principal's field %d, which is not a module's",
                       (int)field);
    return DH_INTERNAL;
  }
  if (dhub_fake_fails(fake, "principal_set"))
    return DH_NO_MEMORY;
  free(principal->text[field]);
  principal->text[field] = value ? strdup(value) : NULL;
  return DH_OK;
}

static void principal_set_expiry(const dh_host *host, dh_principal *principal,
                                 int64_t expires_at_ms)
{
  (void)host;
  principal->expires_at_ms = expires_at_ms;
}

static const char *principal_get(const dh_host *host, const dh_principal *principal,
                                 dh_principal_field field)
{
  (void)host;
  return (unsigned)field <= DH_PRINCIPAL_METHOD ? principal->text[field] : NULL;
}

dh_credential *dhub_fake_credential_new(void)
{
  return calloc(1, sizeof(dh_credential));
}

void dhub_fake_credential_free(dh_credential *credential)
{
  if (!credential)
    return;
  free(credential->scheme);
  free(credential->token_type);
  dh_secret_free(credential->value);
  free(credential);
}

dh_principal *dhub_fake_principal_new(void)
{
  return calloc(1, sizeof(dh_principal));
}

void dhub_fake_principal_free(dh_principal *principal)
{
  if (!principal)
    return;
  for (size_t i = 0; i < sizeof(principal->text) / sizeof(principal->text[0]); i++)
    free(principal->text[i]);
  free(principal);
}

void dhub_fake_settle(dhub_fake *fake, const char *role)
{
  if (fake->secrets)
    dhub_probe_finding(fake->probe,
                       "after the %s's close it still holds %zu secret%s: secret_free()", role,
                       fake->secrets, fake->secrets == 1 ? "" : "s");
  if (fake->responses)
    dhub_probe_finding(fake->probe,
                       "after the %s's close it still holds %zu HTTP answer%s: http_free()", role,
                       fake->responses, fake->responses == 1 ? "" : "s");
  fake->secrets = fake->responses = 0;
}

/* What needs nothing of its host is the library's. */
static void take_plain(dh_host *host, const dh_host *real)
{
  host->option_text = real->option_text;
  host->option_number = real->option_number;
  host->option_secret = real->option_secret;
  host->option_count = real->option_count;
  host->option_item = real->option_item;
  host->option_key = real->option_key;
  host->option_where = real->option_where;
  host->secret_bytes = real->secret_bytes;
  host->wipe = real->wipe;
}

void dhub_fake_init(dhub_fake *fake, dhub_probe *probe)
{
  static const dh_host services = {
      .struct_size = sizeof(dh_host),
      .abi = DH_ABI,
      .log = host_log,
      .fail = host_fail,
      .secret_new = secret_new,
      .secret_free = secret_free,
      .wall_ms = wall_ms,
      .mono_ms = mono_ms,
      .cache_get = cache_get,
      .cache_put = cache_put,
      .http = http,
      .http_status = http_status,
      .http_body = http_body,
      .http_header = http_header,
      .http_free = http_free,
      .http_start = http_start,
      .credential_set = credential_set,
      .credential_set_expiry = credential_set_expiry,
      .credential_set_recheck = credential_set_recheck,
      .credential_set_token_type = credential_set_token_type,
      .credential_set_origin = credential_set_origin,
      .credential_scheme = credential_scheme,
      .credential_value = credential_value,
      .credential_token_type = credential_token_type,
      .credential_expiry = credential_expiry,
      .principal_set = principal_set,
      .principal_set_expiry = principal_set_expiry,
      .principal_get = principal_get,
  };
  memset(fake, 0, sizeof(*fake));
  fake->host = services;
  take_plain(&fake->host, dh_module_host(probe->module));
  fake->probe = probe;
  pthread_mutex_init(&fake->lock, NULL);
  dhub_fake_batches(&fake->host);
}
