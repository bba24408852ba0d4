/* SPDX-License-Identifier: Apache-2.0 */
/*
 * introspect: asks whoever issued a token whether it holds (RFC 7662). What it said is
 * remembered by the verifier's cache, no longer than `exp`.
 */
#include "../check/facts.h"
#include "../check/settings.h"
#include "../module.h"
#include "../net/url.h"

#include "base/buf.h"
#include "token/base64.h"
#include "token/claims.h"

#include <stdlib.h>
#include <string.h>

typedef struct verifier {
  const dh_host *host;
  const char *endpoint;
  setting_actor actor;
  setting_server server;
  dh_secret *authorization; /* the value of our own header, or NULL */
  char **audiences;         /* borrowed texts, ended by NULL; NULL: any */
} verifier;

static const dh_option options[] = {
    {.name = "endpoint",
     .type = DH_OPT_URL,
     .flags = DH_OPT_REQUIRED,
     .help = "The introspection endpoint of the authorization server."},
    {.name = "client_id",
     .type = DH_OPT_STRING,
     .help = "Who we are to that server (HTTP Basic, with client_secret)."},
    {.name = "client_secret", .type = DH_OPT_SECRET, .help = "The secret for client_id."},
    {.name = "client_secret_file",
     .type = DH_OPT_PATH,
     .help = "A file that holds that secret and nothing else, closed to others."},
    {.name = "audiences",
     .type = DH_OPT_LIST,
     .help = "One of these must be the token's audience; without it any is accepted."},
    SETTING_ACTOR_OPTIONS("member of the answer"),
    SETTING_SERVER_OPTIONS("the server"),
    {.name = NULL},
};

/* application/x-www-form-urlencoded, which RFC 6749, section 2.3.1, asks for in Basic too. */
static void add_form(dh_buf *out, const char *text, size_t size)
{
  for (size_t i = 0; i < size; i++) {
    unsigned char c = (unsigned char)text[i];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
        (c && strchr("-._~", c)))
      dh_buf_addc(out, (char)c);
    else
      dh_buf_addf(out, "%%%02X", c);
  }
}

static dh_status read_client(verifier *v, const dh_options *given, dh_error *error)
{
  static const setting from = {.option = "client_secret", .file = "client_secret_file"};
  const dh_host *host = v->host;
  const char *id = host->option_text(host, given, "client_id");
  dh_secret *secret;
  size_t size;
  dh_buf pair, value;
  dh_status status = setting_secret(host, given, &from, &secret, error);
  if (status != DH_OK)
    return status;
  if (!id != !secret) {
    host->secret_free(host, secret);
    return host->fail(host, error, DH_MISCONFIGURED, "%s: client_id and client_secret go together",
                      host->option_where(host, given, id ? "client_id" : "client_secret"));
  }
  if (!id)
    return DH_OK;
  dh_buf_init_secret(&pair);
  dh_buf_init_secret(&value);
  const char *bytes = host->secret_bytes(host, secret, &size);
  add_form(&pair, id, strlen(id));
  dh_buf_addc(&pair, ':');
  add_form(&pair, bytes, size);
  dh_buf_adds(&value, "Basic ");
  if (!pair.failed)
    dh_base64_encode(&value, pair.data, pair.size);
  if (!pair.failed && !value.failed)
    v->authorization = host->secret_new(host, value.data, value.size);
  dh_buf_wipe(&pair);
  dh_buf_wipe(&value);
  host->secret_free(host, secret);
  return v->authorization ? DH_OK : host->fail(host, error, DH_NO_MEMORY, "out of memory");
}

static void introspect_close(void *self)
{
  verifier *v = self;
  v->host->secret_free(v->host, v->authorization);
  free(v->audiences);
  free(v);
}

static dh_status introspect_open(const dh_host *host, const dh_options *given, void **self,
                                 dh_error *error)
{
  verifier *v = calloc(1, sizeof(*v));
  if (!v)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  v->host = host;
  v->endpoint = host->option_text(host, given, "endpoint");
  url_warn_exposed(host, v->endpoint,
                   "anyone on the way can read the tokens that are asked about, and answer");
  v->actor = setting_actor_read(host, given);
  v->server = setting_server_read(host, given);
  dh_status status = read_client(v, given, error);
  size_t count = host->option_count(host, given, "audiences");
  if (status == DH_OK && count) {
    v->audiences = calloc(count + 1, sizeof(*v->audiences));
    if (!v->audiences)
      status = host->fail(host, error, DH_NO_MEMORY, "out of memory");
    for (size_t i = 0; v->audiences && i < count; i++)
      v->audiences[i] = (char *)host->option_item(host, given, "audiences", i);
  }
  if (status == DH_OK)
    *self = v;
  else
    introspect_close(v);
  return status;
}

/* --- the answer --- */

static dh_status check_audience(const verifier *v, const dh_json_object *answer, dh_error *error)
{
  for (size_t i = 0; v->audiences && v->audiences[i]; i++)
    if (dh_claims_has(answer, "aud", v->audiences[i]))
      return DH_OK;
  return v->audiences
             ? v->host->fail(v->host, error, DH_DENIED, "the token is meant for another audience")
             : DH_OK;
}

static dh_status set_subject(const verifier *v, const dh_json_value *subject,
                             dh_principal *principal)
{
  dh_buf urn;
  dh_buf_init(&urn);
  dh_buf_adds(&urn, v->actor.prefix);
  dh_json_string(subject, &urn);
  const char *text = dh_buf_text(&urn);
  dh_status status =
      text ? v->host->principal_set(v->host, principal, DH_PRINCIPAL_ACTOR, text) : DH_NO_MEMORY;
  dh_buf_free(&urn);
  return status;
}

static dh_status set_text(const verifier *v, const dh_json_object *answer, const char *name,
                          dh_principal_field field, dh_principal *principal)
{
  const dh_json_value *value = dh_json_get(answer, name);
  return value && value->type == DH_JSON_STRING ? facts_set_json(v->host, principal, field, value)
                                                : DH_OK;
}

static dh_status take(const verifier *v, const dh_json_object *answer, dh_slice body,
                      dh_principal *principal, dh_error *error)
{
  const dh_host *host = v->host;
  int64_t expires_at_ms;
  const dh_json_value *subject = dh_json_get(answer, v->actor.subject_claim);
  if (!subject || subject->type != DH_JSON_STRING || !subject->len)
    return host->fail(host, error, DH_DENIED, "the server's answer has no \"%s\": no actor",
                      v->actor.subject_claim);
  dh_status status = dh_claims_time(answer, host->wall_ms(host), 0, &expires_at_ms, error);
  if (status == DH_OK)
    status = check_audience(v, answer, error);
  if (status != DH_OK)
    return status;
  host->principal_set_expiry(host, principal, expires_at_ms);
  status = set_subject(v, subject, principal);
  if (status == DH_OK)
    status = host->principal_set(host, principal, DH_PRINCIPAL_ACTOR_TYPE, "USER");
  if (status == DH_OK)
    status = host->principal_set(host, principal, DH_PRINCIPAL_TOKEN_TYPE, "OPAQUE");
  if (status == DH_OK)
    status = set_text(v, answer, "iss", DH_PRINCIPAL_ISSUER, principal);
  if (status == DH_OK)
    status = set_text(v, answer, "jti", DH_PRINCIPAL_TOKEN_ID, principal);
  if (status == DH_OK)
    status = facts_set_audiences(v->host, principal, dh_json_get(answer, "aud"));
  if (status == DH_OK)
    status = facts_set(host, principal, DH_PRINCIPAL_CLAIMS, body.ptr, body.len);
  return status == DH_OK ? status
                         : host->fail(host, error, status, "cannot keep what the server said");
}

static dh_status judge(const verifier *v, const dh_http_response *response, dh_principal *principal,
                       dh_error *error)
{
  const dh_host *host = v->host;
  dh_json_object answer;
  dh_slice body;
  int code = host->http_status(host, response);
  body.ptr = host->http_body(host, response, &body.len);
  if (code == 401 || code == 403)
    return host->fail(host, error, DH_MISCONFIGURED,
                      "%s answered %d: it does not accept our client_id and client_secret",
                      v->endpoint, code);
  if (code != 200)
    return host->fail(host, error, DH_UNAVAILABLE, "%s answered %d", v->endpoint, code);
  if (!dh_json_read(&answer, body.ptr, body.len))
    return host->fail(host, error, DH_UNAVAILABLE, "%s: the answer cannot be read: %s", v->endpoint,
                      answer.fault);
  const dh_json_value *active = dh_json_get(&answer, "active");
  if (!active || (active->type != DH_JSON_TRUE && active->type != DH_JSON_FALSE))
    return host->fail(host, error, DH_UNAVAILABLE,
                      "%s: the answer does not say whether the token "
                      "is active: is this an introspection endpoint?",
                      v->endpoint);
  if (active->type == DH_JSON_FALSE)
    return host->fail(host, error, DH_DENIED,
                      "the token is not active, says its authorization server");
  return take(v, &answer, body, principal, error);
}

static dh_status introspect_verify(void *self, const dh_presented *presented,
                                   dh_principal *principal, dh_error *error)
{
  const verifier *v = self;
  const dh_host *host = v->host;
  dh_http_header headers[3] = {
      {"Content-Type", "application/x-www-form-urlencoded"},
      {"Accept", "application/json"},
  };
  dh_http_response *response = NULL;
  dh_buf body;
  if (!facts_is_bearer(presented))
    return host->fail(host, error, DH_IGNORE, "no bearer token");
  if (presented->flags & DH_PRESENTED_NOW)
    return host->fail(host, error, DH_TIMEOUT, "%s has to be asked", v->endpoint);
  dh_buf_init_secret(&body);
  dh_buf_adds(&body, "token=");
  add_form(&body, presented->token, presented->token_size);
  dh_buf_adds(&body, "&token_type_hint=access_token");
  dh_http_request request = {.struct_size = sizeof(request),
                             .flags = DH_HTTP_RETRY,
                             .method = "POST",
                             .url = v->endpoint,
                             .headers = headers,
                             .header_count = 2,
                             .body = dh_buf_text(&body),
                             .body_size = body.size,
                             .timeout_ms = v->server.timeout_ms,
                             .ca_file = v->server.ca_file};
  if (v->authorization) {
    headers[2].name = "Authorization";
    headers[2].value = host->secret_bytes(host, v->authorization, NULL);
    request.header_count = 3;
  }
  dh_status status = request.body ? host->http(host, &request, &response, error)
                                  : host->fail(host, error, DH_NO_MEMORY, "out of memory");
  if (status == DH_OK)
    status = judge(v, response, principal, error);
  host->http_free(host, response);
  dh_buf_wipe(&body);
  return status;
}

VERIFIER_MODULE(introspect, "introspect", "asks the authorization server (RFC 7662)",
                .flags = DH_VERIFIER_NOW);
