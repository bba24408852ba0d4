/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include "../net/url.h"
#include "token/base64.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const char *const oauth_proof_names[] = {"none",
                                         "client_secret_basic",
                                         "client_secret_post",
                                         "private_key_jwt",
                                         "tls_client_auth",
                                         "self_signed_tls_client_auth",
                                         NULL};

const char *const oauth_alg_names[] = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
                                       "ES256", "ES384", "ES512", "EdDSA", NULL};

static const char *text_of(const oauth_client *client, const char *name)
{
  return client->host->option_text(client->host, client->options, name);
}

dh_status oauth_client_check_url(const oauth_client *client, const char *what, const char *url,
                                 dh_error *error)
{
  const dh_host *host = client->host;
  if (!strncasecmp(url, "https://", 8))
    return DH_OK;
  if (strncasecmp(url, "http://", 7))
    return host->fail(host, error, DH_MALFORMED, "the %s %s is not an http or https URL", what,
                      url);
  if (!url_is_exposed(url) || host->option_number(host, client->options, "allow_http"))
    return DH_OK;
  return host->fail(host, error, DH_MISCONFIGURED,
                    "the %s %s is plain HTTP: secrets would be readable on the way; use https",
                    what, url);
}

/* --- opening --- */

static oauth_proof proof_named(const char *name)
{
  static const oauth_proof proofs[] = {OAUTH_NONE,        OAUTH_BASIC, OAUTH_POST,
                                       OAUTH_PRIVATE_KEY, OAUTH_TLS,   OAUTH_TLS};
  size_t i = 0;
  while (strcmp(oauth_proof_names[i], name))
    i++;
  return proofs[i];
}

static oauth_proof choose_proof(const oauth_client *client, oauth_proof fallback)
{
  const dh_host *host = client->host;
  const char *name = text_of(client, "client_auth");
  if (name)
    return proof_named(name);
  if (host->option_secret(host, client->options, "client_secret"))
    return fallback;
  if (text_of(client, "private_key_file") && text_of(client, "client_id"))
    return OAUTH_PRIVATE_KEY;
  return text_of(client, "cert_file") ? OAUTH_TLS : OAUTH_NONE;
}

static dh_status need(const oauth_client *client, int given, const char *what, dh_error *error)
{
  const dh_host *host = client->host;
  if (given)
    return DH_OK;
  return host->fail(host, error, DH_MISCONFIGURED, "%s: %s needs %s",
                    host->option_where(host, client->options, "client_auth"), client->grant, what);
}

static dh_status check_proof(oauth_client *client, dh_error *error)
{
  const dh_host *host = client->host;
  dh_status status = DH_OK;
  if (client->proof != OAUTH_NONE)
    status = need(client, text_of(client, "client_id") != NULL, "client_id", error);
  if (status == DH_OK && (client->proof == OAUTH_BASIC || client->proof == OAUTH_POST))
    status = need(client, host->option_secret(host, client->options, "client_secret") != NULL,
                  "client_secret for this client_auth", error);
  if (status == DH_OK && client->proof == OAUTH_TLS)
    status = need(client, text_of(client, "cert_file") != NULL,
                  "cert_file (and key_file) for this client_auth", error);
  if (status == DH_OK && client->proof == OAUTH_PRIVATE_KEY)
    status = oauth_client_load_key(client, error);
  return status;
}

dh_status oauth_client_open(oauth_client *client, const dh_host *host, const dh_options *options,
                            const char *grant, oauth_proof fallback, const char *endpoint,
                            dh_error *error)
{
  memset(client, 0, sizeof(*client));
  client->host = host;
  client->options = options;
  client->grant = grant;
  const char *issuer = endpoint ? NULL : text_of(client, "issuer");
  if (!endpoint)
    endpoint = text_of(client, "token_endpoint");
  dh_status status = need(client, endpoint || issuer, "token_endpoint or issuer", error);
  if (status == DH_OK && issuer)
    status = oauth_client_check_url(client, "issuer", issuer, error);
  if (status == DH_OK && endpoint)
    status = oauth_client_check_url(client, "token endpoint", endpoint, error);
  if (status != DH_OK)
    return status;
  if (endpoint && !(client->endpoint = strdup(endpoint)))
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  client->proof = choose_proof(client, fallback);
  return check_proof(client, error);
}

void oauth_client_close(oauth_client *client)
{
  free(client->endpoint);
  dh_key_unref(client->key);
  memset(client, 0, sizeof(*client));
}

/* --- the form --- */

void oauth_client_add_target(const oauth_client *client, dh_buf *form)
{
  const dh_host *host = client->host;
  const char *value;
  form_add(form, "scope", text_of(client, "scope"));
  for (size_t i = 0; (value = host->option_item(host, client->options, "audience", i)); i++)
    form_add(form, "audience", value);
  for (size_t i = 0; (value = host->option_item(host, client->options, "resource", i)); i++)
    form_add(form, "resource", value);
}

static void add_parameters(const oauth_client *client, dh_buf *form)
{
  const dh_host *host = client->host;
  const char *value;
  for (size_t i = 0; (value = host->option_item(host, client->options, "parameters", i)); i++)
    form_add(form, host->option_key(host, client->options, "parameters", i), value);
}

static void add_secret(const oauth_client *client, dh_buf *form)
{
  size_t size;
  const dh_host *host = client->host;
  const dh_secret *secret = host->option_secret(host, client->options, "client_secret");
  const char *bytes = host->secret_bytes(host, secret, &size);
  form_add_bytes(form, "client_secret", bytes, size);
}

static dh_status add_assertion(const oauth_client *client, dh_buf *form, dh_error *error)
{
  dh_buf jwt;
  const char *id = text_of(client, "client_id"), *audience = text_of(client, "assertion_audience");
  dh_buf_init_secret(&jwt);
  dh_status status =
      oauth_client_assert(client, id, id, audience ? audience : client->endpoint, &jwt, error);
  if (status == DH_OK) {
    form_add(form, "client_assertion_type",
             "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    form_add_bytes(form, "client_assertion", jwt.data, jwt.size);
  }
  dh_buf_wipe(&jwt);
  return status;
}

/* Adds to the form what proves who the client is, and to `basic` the header's value. */
static dh_status add_proof(const oauth_client *client, dh_buf *form, dh_buf *basic, dh_error *error)
{
  size_t size;
  const dh_host *host = client->host;
  const char *id = text_of(client, "client_id");
  if (client->proof != OAUTH_BASIC)
    form_add(form, "client_id", id);
  if (client->proof == OAUTH_POST)
    add_secret(client, form);
  if (client->proof == OAUTH_PRIVATE_KEY)
    return add_assertion(client, form, error);
  if (client->proof != OAUTH_BASIC)
    return DH_OK;
  /* RFC 6749, section 2.3.1: both are form-encoded before they are joined. */
  dh_buf pair;
  dh_buf_init_secret(&pair);
  form_encode(&pair, id, strlen(id));
  dh_buf_addc(&pair, ':');
  const char *secret =
      host->secret_bytes(host, host->option_secret(host, client->options, "client_secret"), &size);
  form_encode(&pair, secret, size);
  dh_buf_adds(basic, "Basic ");
  if (!pair.failed)
    dh_base64_encode(basic, pair.data, pair.size);
  basic->failed = basic->failed || pair.failed;
  dh_buf_wipe(&pair);
  return DH_OK;
}

/* --- the request --- */

dh_http_request oauth_client_request(const oauth_client *client,
                                     const dh_credential_request *request)
{
  const dh_host *host = client->host;
  int64_t timeout = host->option_number(host, client->options, "timeout");
  int64_t left = request->deadline_ms - host->mono_ms(host);
  if (left < timeout)
    timeout = left > 1 ? left : 1;
  return (dh_http_request){
      .struct_size = sizeof(dh_http_request),
      .timeout_ms = timeout,
      .max_body = 262144,
      .ca_file = text_of(client, "ca_file"),
      .cert_file = text_of(client, "cert_file"),
      .key_file = text_of(client, "key_file"),
      .proxy = text_of(client, "proxy"),
  };
}

static dh_status refuse(const oauth_client *client, int http, const dh_http_response *response,
                        dh_error *error)
{
  size_t size;
  oauth_refusal refusal;
  const dh_host *host = client->host;
  const char *body = host->http_body(host, response, &size);
  oauth_refusal_read(&refusal, body, size);
  dh_status status = oauth_refusal_status(refusal.code, http);
  const char *words = oauth_refusal_words(refusal.code);
  if (!refusal.code[0] && http >= 300 && http < 400)
    words = "it answers with a redirect, which is not followed with a secret; give its new address";
  if (!refusal.code[0] && http == 404)
    words = "there is no token endpoint at this address";
  /* Something else in the answer, an HTML page perhaps, is of no use to a reader. */
  host->fail(host, error, status, "the token endpoint %s refused (HTTP %d%s%s)%s%s%s%s",
             client->endpoint, http, refusal.code[0] ? ", " : "", refusal.code, words ? ": " : "",
             words ? words : "", refusal.description[0] ? "; it says: " : "", refusal.description);
  if (error) {
    const char *after = host->http_header(host, response, "Retry-After");
    long seconds = after ? strtol(after, NULL, 10) : 0;
    error->http_status = http;
    if (seconds > 0 && seconds < 86400)
      error->retry_after_ms = seconds * 1000;
  }
  host->wipe(host, &refusal, sizeof(refusal));
  return status;
}

static dh_status read_answer(const oauth_client *client, const dh_http_response *response,
                             oauth_answer *answer, dh_error *error)
{
  char why[256];
  size_t size;
  const dh_host *host = client->host;
  int http = host->http_status(host, response);
  if (http != 200)
    return refuse(client, http, response, error);
  const char *body = host->http_body(host, response, &size);
  if (oauth_answer_read(answer, body, size, why, sizeof(why)))
    return DH_OK;
  /* Some providers say 200 to everything. */
  oauth_refusal refusal;
  oauth_refusal_read(&refusal, body, size);
  if (refusal.code[0] && !answer->access_token.size)
    return refuse(client, http, response, error);
  return host->fail(host, error, DH_MALFORMED,
                    "the answer of the token endpoint %s cannot be used: %s; is it the right "
                    "address?",
                    client->endpoint, why);
}

static dh_status send(const oauth_client *client, const dh_buf *form, const dh_buf *basic,
                      const dh_credential_request *request, oauth_answer *answer, dh_error *error)
{
  const dh_host *host = client->host;
  dh_http_response *response = NULL;
  dh_http_header headers[3] = {
      {"Content-Type", "application/x-www-form-urlencoded"},
      {"Accept", "application/json"},
      {"Authorization", basic->data},
  };
  dh_http_request http = oauth_client_request(client, request);
  http.method = "POST";
  http.url = client->endpoint;
  http.headers = headers;
  http.header_count = basic->size ? 3 : 2;
  http.body = form->data;
  http.body_size = form->size;
  dh_status status = host->http(host, &http, &response, error);
  if (status == DH_OK)
    status = read_answer(client, response, answer, error);
  host->http_free(host, response);
  return status;
}

dh_status oauth_client_ask(oauth_client *client, dh_buf *form, const dh_credential_request *request,
                           oauth_answer *answer, dh_error *error)
{
  dh_buf basic;
  const dh_host *host = client->host;
  dh_buf_init_secret(&basic);
  dh_status status = client->endpoint ? DH_OK : oauth_client_discover(client, request, error);
  if (status == DH_OK) {
    add_parameters(client, form);
    status = add_proof(client, form, &basic, error);
  }
  if (status == DH_OK && (!dh_buf_text(form) || !dh_buf_text(&basic)))
    status = host->fail(host, error, DH_NO_MEMORY, "out of memory");
  if (status == DH_OK)
    status = send(client, form, &basic, request, answer, error);
  dh_buf_wipe(&basic);
  return status;
}

dh_status oauth_client_give(const oauth_client *client, const oauth_answer *answer,
                            int64_t asked_at_ms, dh_credential *out, dh_error *error)
{
  char origin[512];
  const dh_host *host = client->host;
  if (strcasecmp(answer->token_type.data, "Bearer"))
    return host->fail(host, error, DH_MALFORMED,
                      "the token endpoint %s gave a token of type %.40s; only Bearer tokens can be "
                      "sent to DataHub",
                      client->endpoint, answer->token_type.data);
  dh_secret *value = host->secret_new(host, answer->access_token.data, answer->access_token.size);
  dh_status status = value ? host->credential_set(host, out, "Bearer", value) : DH_NO_MEMORY;
  host->secret_free(host, value);
  if (status != DH_OK)
    return host->fail(host, error, status, "out of memory while keeping the token");
  /* Counted from when it was asked for: refreshed rather early than late. */
  if (answer->expires_in > 0)
    host->credential_set_expiry(host, out, asked_at_ms + answer->expires_in * 1000);
  else
    host->credential_set_recheck(host, out, 0);
  host->credential_set_token_type(host, out,
                                  answer->issued_token_type.size
                                      ? answer->issued_token_type.data
                                      : "urn:ietf:params:oauth:token-type:access_token");
  snprintf(origin, sizeof(origin), "%s at %s", client->grant, client->endpoint);
  host->credential_set_origin(host, out, origin);
  return DH_OK;
}
