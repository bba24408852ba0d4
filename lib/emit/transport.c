/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/transport.h"
#include "base/buf.h"
#include "http/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

typedef struct dh_call {
  dh_transport *transport;
  struct dh_call *next;
  dh_http_copy copy;
  size_t plain_headers; /* without the credential's */
  const dh_slice *pieces;
  size_t piece_count;
  dh_credential *credential; /* that it was sent with, or NULL */
  dh_buf authorization;
  bool with_credential; /* it goes to the credential's origin */
  bool refused;         /* one 401 was answered with a fresh credential */
  int64_t give_up_ms;   /* when waiting for a credential ends */
  dh_http_done done;
  void *arg;
} dh_call;

/* How long a request waits for a credential; for the first one of all, once its source has
 * failed: a path that is wrong should be told before the operator has left; and how often
 * it looks without being told. */
#define CREDENTIAL_WAIT_MS 60000
#define FIRST_CREDENTIAL_WAIT_MS 10000
#define CREDENTIAL_LOOK_MS 1000

static void advance(dh_call *call);

/* --- opening --- */

/* A bearer token over plain HTTP can be read by all on the way. */
static dh_status check_plain(dh_transport *t, bool require_tls, dh_error *error)
{
  char *origin = dh_http_origin(t->server);
  if (!origin)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "the server's address is not an absolute http or https URL; give it as "
                        "https://datahub.example.com/api/gms");
  dh_status status = DH_OK;
  if (!strncmp(origin, "http://", 7) && !dh_http_is_loopback(origin)) {
    if (require_tls)
      status = dh_error_set(error, DH_MISCONFIGURED,
                            "%s is plain HTTP and `require_tls` is set: use the server's https "
                            "address, or drop `require_tls`",
                            origin);
    else
      dh_log(t->context, DH_LOG_WARNING,
             "a credential will be sent to %s over plain HTTP, where anyone on the way can read "
             "it: use https",
             origin);
  }
  free(origin);
  return status;
}

dh_status dh_transport_open(dh_transport *t, dh_context *context, const dh_config *config,
                            const char *server, bool require_tls, size_t connections,
                            dh_error *error)
{
  memset(t, 0, sizeof(*t));
  t->context = context;
  t->none_since_ms = -1;
  atomic_init(&t->ready, false);
  t->loop = dh_loop_new(context, connections, error);
  if (!t->loop)
    return error ? error->status : DH_NO_MEMORY;
  if (!server)
    return DH_OK;
  t->server = strdup(server);
  if (!t->server)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the emitter");
  dh_status status = check_plain(t, require_tls, error);
  if (status)
    return status;
  dh_error local;
  t->credentials = dh_credentials_open(context, config, server, error ? error : &local);
  return t->credentials ? DH_OK : (error ? error->status : local.status);
}

/* --- a call --- */

static void call_free(dh_call *call)
{
  dh_credential_unref(call->credential);
  dh_buf_wipe(&call->authorization);
  dh_http_copy_end(&call->copy);
  free(call);
}

static void end_call(dh_call *call, dh_status status, dh_http_response *response,
                     const dh_error *error)
{
  call->done(call->arg, status, response, error);
  call_free(call);
}

static void count(dh_transport *t, dh_status status, const dh_http_response *response)
{
  if (status) {
    t->counts.transport_errors++;
    return;
  }
  int code = dh_http_status(response);
  t->counts.http_2xx += code >= 200 && code < 300;
  t->counts.http_4xx += code >= 400 && code < 500;
  t->counts.http_401 += code == 401;
  t->counts.http_429 += code == 429;
  t->counts.http_5xx += code >= 500;
}

/* What the sink may say of a 401: it does not know what was sent. */
static void explain_refusal(const dh_call *call, dh_error *error)
{
  dh_transport *t = call->transport;
  dh_error_clear(error);
  if (call->with_credential)
    dh_credential_explain_refusal(call->credential, dh_wall_ms(t->context), error->message,
                                  sizeof(error->message));
}

static void answered(void *arg, dh_status status, dh_http_response *response, const dh_error *error)
{
  dh_call *call = arg;
  count(call->transport, status, response);
  if (!status && dh_http_status(response) == 401 && call->credential && !call->refused) {
    call->refused = true;
    dh_credentials_reject(call->transport->credentials, call->credential);
    dh_credential_unref(call->credential);
    call->credential = NULL;
    dh_log(call->transport->context, DH_LOG_INFO,
           "the server refused the credential (401); trying once more with a fresh one");
    advance(call);
    return;
  }
  dh_error refusal;
  if (!status && dh_http_status(response) == 401) {
    explain_refusal(call, &refusal);
    error = &refusal;
  }
  end_call(call, status, response, error);
}

static bool attach(dh_call *call)
{
  dh_http_request *request = &call->copy.request;
  request->header_count = call->plain_headers;
  if (!call->credential)
    return true;
  dh_buf_clear(&call->authorization);
  dh_buf_adds(&call->authorization, dh_credential_scheme(call->credential));
  dh_buf_addc(&call->authorization, ' ');
  dh_buf_adds(&call->authorization, dh_secret_bytes(dh_credential_value(call->credential), NULL));
  if (!dh_buf_text(&call->authorization))
    return false;
  call->copy.headers[call->plain_headers] =
      (dh_http_header){"Authorization", call->authorization.data};
  request->header_count++;
  return true;
}

static void credential_ready(void *arg)
{
  dh_transport *t = arg;
  atomic_store(&t->ready, true);
  dh_loop_wake(t->loop);
}

/* There is none yet, or its source is away. Whether to wait. */
static bool is_worth_waiting(dh_call *call, dh_status status, dh_error *error)
{
  dh_transport *t = call->transport;
  int64_t now = dh_mono_ms(t->context);
  bool asking = status == DH_IGNORE;
  if (!t->had_credential && !asking && t->none_since_ms < 0) {
    t->none_since_ms = now;
    dh_log(t->context, DH_LOG_WARNING, "no credential yet, trying for %d s: %s",
           FIRST_CREDENTIAL_WAIT_MS / 1000, error->message);
  }
  if (!asking)
    t->why_none = *error;
  if (t->had_credential || asking)
    return now < call->give_up_ms;
  return now - t->none_since_ms < FIRST_CREDENTIAL_WAIT_MS;
}

/* One that never was there is a matter of authentication, not of a server that is away. */
static dh_status give_credential_up(const dh_transport *t, dh_error *error)
{
  if (t->none_since_ms >= 0) /* not that it is being obtained */
    *error = t->why_none;
  dh_error_prefix(error, "no credential: ");
  if (!t->had_credential)
    error->status = DH_DENIED;
  else if (error->status == DH_IGNORE) /* its source takes too long */
    error->status = DH_TIMEOUT;
  return error->status;
}

/* The credential for a call: DH_IGNORE where it is to wait. */
static dh_status obtain(dh_call *call, dh_error *error)
{
  dh_transport *t = call->transport;
  dh_status status =
      dh_credentials_try(t->credentials, &call->credential, credential_ready, t, error);
  if (status == DH_OK) {
    t->had_credential = true;
    t->none_since_ms = -1;
    return DH_OK;
  }
  if (status != DH_IGNORE && status != DH_UNAVAILABLE && status != DH_TIMEOUT)
    return status;
  return is_worth_waiting(call, status, error) ? DH_IGNORE : give_credential_up(t, error);
}

/* Takes the call as far as it goes now: to the wire, to wait for a credential, or to its end. */
static void advance(dh_call *call)
{
  dh_transport *t = call->transport;
  dh_error error;
  dh_status status = DH_OK;
  dh_error_clear(&error);
  if (call->with_credential && !call->credential) {
    status = obtain(call, &error);
    if (status == DH_IGNORE) {
      call->next = t->waiting;
      t->waiting = call;
      return;
    }
  }
  if (!status && !attach(call))
    status = dh_error_set(&error, DH_NO_MEMORY, "out of memory while sending");
  if (!status)
    status = dh_loop_start(t->loop, &call->copy.request, call->pieces, call->piece_count, answered,
                           call, &error);
  if (status)
    end_call(call, status, NULL, &error);
}

static bool of_our_origin(dh_transport *t, const char *url)
{
  if (!t->credentials)
    return false;
  if (t->last_url && !strcmp(url, t->last_url))
    return true;
  if (!dh_http_same_origin(url, t->server))
    return false;
  free(t->last_url);
  t->last_url = strdup(url);
  return true;
}

dh_status dh_transport_start(dh_transport *t, const dh_http_request *request,
                             const dh_slice *pieces, size_t piece_count, dh_http_done done,
                             void *arg, dh_error *error)
{
  dh_call *call = calloc(1, sizeof(*call));
  if (!call || !dh_http_copy_make(&call->copy, request)) {
    free(call);
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while sending");
  }
  dh_buf_init_secret(&call->authorization);
  call->transport = t;
  call->plain_headers = call->copy.request.header_count;
  call->pieces = pieces;
  call->piece_count = piece_count;
  call->done = done;
  call->arg = arg;
  call->give_up_ms = dh_mono_ms(t->context) + CREDENTIAL_WAIT_MS;
  call->with_credential = of_our_origin(t, call->copy.request.url);
  advance(call);
  return DH_OK;
}

/* --- the thread --- */

void dh_transport_run(dh_transport *t, int64_t timeout_ms)
{
  int64_t now = t->waiting ? dh_mono_ms(t->context) : 0;
  if (atomic_exchange(&t->ready, false) || (t->waiting && now >= t->look_ms)) {
    dh_call *call = t->waiting;
    t->waiting = NULL;
    t->look_ms = now + CREDENTIAL_LOOK_MS;
    while (call) {
      dh_call *next = call->next;
      advance(call);
      call = next;
    }
    timeout_ms = 0;
  }
  dh_loop_run(t->loop, timeout_ms);
}

void dh_transport_cancel(dh_transport *t)
{
  dh_error error;
  dh_error_set(&error, DH_UNAVAILABLE, "the request was given up before it was sent");
  while (t->waiting) {
    dh_call *call = t->waiting;
    t->waiting = call->next;
    end_call(call, DH_UNAVAILABLE, NULL, &error);
  }
  if (t->loop)
    dh_loop_cancel(t->loop);
}

void dh_transport_close(dh_transport *t)
{
  if (t->loop)
    dh_transport_cancel(t);
  dh_credentials_close(t->credentials); /* before the loop, which its thread wakes */
  dh_loop_free(t->loop);
  free(t->server);
  free(t->last_url);
  memset(t, 0, sizeof(*t));
}
