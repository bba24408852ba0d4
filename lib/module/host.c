/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of services that a module sees. Each finds its instance by the address of the
 * table; what a floor above supplies is asked through the instance's ops.
 */
#include "base/buf.h"
#include "base/context.h"
#include "http/http.h"
#include "module/cache.h"
#include "module/load.h"

#include <datahub/credential.h>
#include <datahub/verifier.h>

#include <string.h>

static const dh_instance *instance_of(const dh_host *host)
{
  return (const dh_instance *)host;
}

static dh_context *context_of(const dh_host *host)
{
  return dh_module_context(instance_of(host)->module);
}

/* --- log and errors --- */

static void host_log(const dh_host *host, dh_log_level level, const char *format, ...)
{
  dh_context *context = context_of(host);
  if (!dh_log_wants(context, level))
    return;
  va_list ap;
  dh_buf text;
  dh_buf_init_secret(&text);
  va_start(ap, format);
  dh_buf_addv(&text, format, ap);
  va_end(ap);
  const char *words = dh_buf_text(&text);
  dh_log(context, level, "%s: %s", dh_module_descriptor(instance_of(host)->module)->name,
         words ? words : "(out of memory)");
  dh_buf_wipe(&text);
}

/* A module may pass a server's words on, and a server may echo what it was sent. */
static dh_status host_fail(const dh_host *host, dh_error *error, dh_status status,
                           const char *format, ...)
{
  va_list ap;
  if (!error)
    return status;
  va_start(ap, format);
  dh_error_setv(error, status, format, ap);
  va_end(ap);
  char clean[DH_ERROR_MESSAGE_SIZE];
  dh_redact(context_of(host), error->message, clean, sizeof(clean));
  memcpy(error->message, clean, sizeof(clean));
  return status;
}

/* --- options --- */

static const char *option_text(const dh_host *host, const dh_options *options, const char *name)
{
  (void)host;
  return dh_options_text(options, name);
}

static int64_t option_number(const dh_host *host, const dh_options *options, const char *name)
{
  (void)host;
  return dh_options_number(options, name);
}

static const dh_secret *option_secret(const dh_host *host, const dh_options *options,
                                      const char *name)
{
  (void)host;
  return dh_options_secret(options, name);
}

static size_t option_count(const dh_host *host, const dh_options *options, const char *name)
{
  (void)host;
  return dh_options_count(options, name);
}

static const char *option_item(const dh_host *host, const dh_options *options, const char *name,
                               size_t index)
{
  (void)host;
  return dh_options_item(options, name, index);
}

static const char *option_key(const dh_host *host, const dh_options *options, const char *name,
                              size_t index)
{
  (void)host;
  return dh_options_key(options, name, index);
}

static const char *option_where(const dh_host *host, const dh_options *options, const char *name)
{
  (void)host;
  return dh_options_where(options, name);
}

/* --- secrets --- */

static dh_secret *secret_new(const dh_host *host, const void *bytes, size_t size)
{
  return dh_secret_new(context_of(host), bytes, size);
}

static const char *secret_bytes(const dh_host *host, const dh_secret *secret, size_t *size)
{
  (void)host;
  return dh_secret_bytes(secret, size);
}

static void secret_free(const dh_host *host, dh_secret *secret)
{
  (void)host;
  dh_secret_free(secret);
}

static void wipe(const dh_host *host, void *bytes, size_t size)
{
  (void)host;
  dh_wipe(bytes, size);
}

/* --- clocks and cache --- */

static int64_t wall_ms(const dh_host *host)
{
  return dh_wall_ms(context_of(host));
}

static int64_t mono_ms(const dh_host *host)
{
  return dh_mono_ms(context_of(host));
}

static dh_secret *cache_get(const dh_host *host, const char *key)
{
  return dh_cache_get(dh_module_cache(instance_of(host)->module), key);
}

static dh_status cache_put(const dh_host *host, const char *key, const dh_secret *value,
                           int64_t ttl_ms)
{
  return dh_cache_put(dh_module_cache(instance_of(host)->module), key, value, ttl_ms);
}

/* --- HTTP --- */

static dh_status http(const dh_host *host, const dh_http_request *request,
                      dh_http_response **response, dh_error *error)
{
  return dh_http_perform(context_of(host), request, response, error);
}

static int http_status(const dh_host *host, const dh_http_response *response)
{
  (void)host;
  return dh_http_status(response);
}

static const char *http_body(const dh_host *host, const dh_http_response *response, size_t *size)
{
  (void)host;
  return dh_http_body(response, size);
}

static const char *http_header(const dh_host *host, const dh_http_response *response,
                               const char *name)
{
  (void)host;
  return dh_http_header_of(response, name);
}

static void http_free(const dh_host *host, dh_http_response *response)
{
  (void)host;
  dh_http_free(response);
}

static dh_status http_start(const dh_host *host, const dh_http_request *request,
                            const dh_slice *pieces, size_t piece_count, dh_http_done done,
                            void *arg, dh_error *error)
{
  const dh_instance *instance = instance_of(host);
  if (!instance->ops || !instance->ops->http_start)
    return dh_error_set(error, DH_INTERNAL,
                        "the module %s asked for asynchronous HTTP, which only a sink is given",
                        dh_module_descriptor(instance->module)->name);
  return instance->ops->http_start(instance->arg, request, pieces, piece_count, done, arg, error);
}

/* --- credentials --- */

static dh_status credential_set(const dh_host *host, dh_credential *credential, const char *scheme,
                                const dh_secret *value)
{
  (void)host;
  return dh_credential_set(credential, scheme, value);
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
  credential->recheck_ms = recheck_ms < 0 ? -1 : recheck_ms;
}

static void credential_set_token_type(const dh_host *host, dh_credential *credential,
                                      const char *token_type)
{
  (void)host;
  (void)dh_credential_set_token_type(credential, token_type);
}

static void credential_set_origin(const dh_host *host, dh_credential *credential,
                                  const char *origin)
{
  (void)host;
  (void)dh_credential_set_origin(credential, origin);
}

static const char *credential_scheme(const dh_host *host, const dh_credential *credential)
{
  (void)host;
  return dh_credential_scheme(credential);
}

static const dh_secret *credential_value(const dh_host *host, const dh_credential *credential)
{
  (void)host;
  return dh_credential_value(credential);
}

static const char *credential_token_type(const dh_host *host, const dh_credential *credential)
{
  (void)host;
  return dh_credential_token_type(credential);
}

static int64_t credential_expiry(const dh_host *host, const dh_credential *credential)
{
  (void)host;
  return dh_credential_expiry(credential);
}

/* --- principals --- */

static dh_status principal_set(const dh_host *host, dh_principal *principal,
                               dh_principal_field field, const char *value)
{
  (void)host;
  if (field == DH_PRINCIPAL_METHOD)
    return DH_INTERNAL; /* who vouched is the host's to say */
  return dh_principal_set(principal, field, value);
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
  return dh_principal_text(principal, field);
}

/* --- batches --- */

static size_t batch_count(const dh_host *host, const dh_batch *batch)
{
  const dh_instance *instance = instance_of(host);
  return instance->ops && instance->ops->batch_count
             ? instance->ops->batch_count(instance->arg, batch)
             : 0;
}

static const dh_record *batch_record(const dh_host *host, const dh_batch *batch, size_t index)
{
  const dh_instance *instance = instance_of(host);
  return instance->ops && instance->ops->batch_record
             ? instance->ops->batch_record(instance->arg, batch, index)
             : NULL;
}

static dh_slice batch_aspect(const dh_host *host, dh_batch *batch, size_t index)
{
  const dh_instance *instance = instance_of(host);
  static const dh_slice absent = {NULL, 0};
  return instance->ops && instance->ops->batch_aspect
             ? instance->ops->batch_aspect(instance->arg, batch, index)
             : absent;
}

static void batch_done(const dh_host *host, dh_batch *batch, size_t index, dh_fate fate,
                       const dh_error *error)
{
  const dh_instance *instance = instance_of(host);
  if (instance->ops && instance->ops->batch_done)
    instance->ops->batch_done(instance->arg, batch, index, fate, error);
}

static void batch_done_all(const dh_host *host, dh_batch *batch, dh_fate fate,
                           const dh_error *error)
{
  const dh_instance *instance = instance_of(host);
  if (instance->ops && instance->ops->batch_done_all)
    instance->ops->batch_done_all(instance->arg, batch, fate, error);
}

/* --- the sink's credential --- */

static dh_status sink_credential(const dh_host *host, const char *server, int64_t timeout_ms,
                                 dh_credential **out, dh_error *error)
{
  const dh_instance *instance = instance_of(host);
  *out = NULL;
  if (!instance->ops || !instance->ops->sink_credential)
    return dh_error_set(error, DH_INTERNAL,
                        "the module %s asked for a sink's credential, which only a sink is given",
                        dh_module_descriptor(instance->module)->name);
  return instance->ops->sink_credential(instance->arg, server, timeout_ms, out, error);
}

static void sink_credential_refused(const dh_host *host, const dh_credential *credential)
{
  const dh_instance *instance = instance_of(host);
  if (credential && instance->ops && instance->ops->sink_credential_refused)
    instance->ops->sink_credential_refused(instance->arg, credential);
}

static void credential_free(const dh_host *host, dh_credential *credential)
{
  (void)host;
  dh_credential_unref(credential);
}

static const dh_host services = {
    .struct_size = sizeof(dh_host),
    .abi = DH_ABI,
    .log = host_log,
    .fail = host_fail,
    .option_text = option_text,
    .option_number = option_number,
    .option_secret = option_secret,
    .option_count = option_count,
    .option_item = option_item,
    .option_key = option_key,
    .option_where = option_where,
    .secret_new = secret_new,
    .secret_bytes = secret_bytes,
    .secret_free = secret_free,
    .wipe = wipe,
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
    .batch_count = batch_count,
    .batch_record = batch_record,
    .batch_aspect = batch_aspect,
    .batch_done = batch_done,
    .batch_done_all = batch_done_all,
    .sink_credential = sink_credential,
    .sink_credential_refused = sink_credential_refused,
    .credential_free = credential_free,
};

void dh_instance_init(dh_instance *instance, dh_module *module, const dh_host_ops *ops, void *arg)
{
  instance->host = services;
  instance->module = module;
  instance->ops = ops;
  instance->arg = arg;
}
