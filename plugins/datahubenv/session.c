/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include "../net/url.h"
#include "../oauth/form.h"

#include "token/jws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int64_t session_expiry(const dh_buf *token)
{
  dh_jws jws;
  dh_json_object claims;
  int64_t seconds = 0;
  if (!token->size)
    return 0;
  if (dh_jws_decode(&jws, token->data, token->size, NULL) == DH_OK &&
      dh_json_read(&claims, jws.payload.ptr, jws.payload.len)) {
    const dh_json_value *exp = dh_json_get(&claims, "exp");
    if (!exp || !dh_json_integer(exp, &seconds) || seconds < 0 || seconds > 253402300799)
      seconds = 0;
  }
  dh_jws_clear(&jws);
  return seconds * 1000;
}

bool session_can_renew(const env_file *file)
{
  return file->refresh_token.size && file->client_id.size && file->server.size;
}

/* As the Python client has it: the endpoint of the session, else at the server's root. */
static char *endpoint_of(const env_file *file)
{
  char *endpoint;
  if (file->token_endpoint.size)
    return strdup(file->token_endpoint.data);
  size_t n = file->server.size;
  const char *server = file->server.data;
  while (n && server[n - 1] == '/')
    n--;
  if (n > 4 && !strncmp(server + n - 4, "/gms", 4))
    n -= 4;
  if (asprintf(&endpoint, "%.*s/auth/oauth2/token", (int)n, server) < 0)
    return NULL;
  return endpoint;
}

static bool is_safe(const char *url)
{
  bool is_http = !strncasecmp(url, "https://", 8) || !strncasecmp(url, "http://", 7);
  return is_http && !url_is_exposed(url);
}

static dh_status read_answer(const dh_host *host, const char *endpoint,
                             const dh_http_response *response, oauth_answer *answer,
                             dh_error *error)
{
  char why[256];
  size_t size;
  oauth_refusal refusal;
  int http = host->http_status(host, response);
  const char *body = host->http_body(host, response, &size);
  if (http == 200 && oauth_answer_read(answer, body, size, why, sizeof(why)))
    return DH_OK;
  if (http == 200)
    return host->fail(host, error, DH_MALFORMED, "the answer of %s cannot be used: %s", endpoint,
                      why);
  oauth_refusal_read(&refusal, body, size);
  const char *words = oauth_refusal_words(refusal.code);
  return host->fail(host, error, oauth_refusal_status(refusal.code, http),
                    "%s refused (HTTP %d%s%s)%s%s", endpoint, http, refusal.code[0] ? ", " : "",
                    refusal.code, words ? ": " : "", words ? words : "");
}

static dh_status ask(const dh_host *host, const char *endpoint, const dh_buf *form,
                     int64_t timeout_ms, oauth_answer *answer, dh_error *error)
{
  dh_http_response *response = NULL;
  dh_http_header header = {"Content-Type", "application/x-www-form-urlencoded"};
  dh_http_request request = {
      .struct_size = sizeof(request),
      .method = "POST",
      .url = endpoint,
      .headers = &header,
      .header_count = 1,
      .body = form->data,
      .body_size = form->size,
      .timeout_ms = timeout_ms,
      .max_body = 262144,
  };
  dh_status status = host->http(host, &request, &response, error);
  if (status == DH_OK)
    status = read_answer(host, endpoint, response, answer, error);
  host->http_free(host, response);
  return status;
}

dh_status session_renew(const dh_host *host, const env_file *file, int64_t timeout_ms,
                        oauth_answer *answer, dh_error *error)
{
  dh_buf form;
  dh_status status;
  char *endpoint = endpoint_of(file);
  dh_buf_init_secret(&form);
  form_add(&form, "grant_type", "refresh_token");
  form_add_bytes(&form, "refresh_token", file->refresh_token.data, file->refresh_token.size);
  form_add_bytes(&form, "client_id", file->client_id.data, file->client_id.size);
  if (!endpoint || form.failed)
    status = host->fail(host, error, DH_NO_MEMORY, "out of memory");
  else if (!is_safe(endpoint))
    status = host->fail(host, error, DH_MISCONFIGURED,
                        "the session's token endpoint %s is not https; a refresh token is not sent "
                        "there",
                        endpoint);
  else
    status = ask(host, endpoint, &form, timeout_ms, answer, error);
  dh_buf_wipe(&form);
  free(endpoint);
  return status;
}
