/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET /entitiesV2/URN of a token's entity: with its info aspect it is there, without it
 * the token was revoked.
 */
#include "lookup.h"

#include "base/buf.h"
#include "token/json.h"

#include <string.h>

static const char ASPECT[] = "dataHubAccessTokenInfo";

/* All but unreserved characters as %XX: a URN stands in a path whole. */
static void add_encoded(dh_buf *out, const char *text)
{
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
        strchr("-._~", c))
      dh_buf_addc(out, *text);
    else
      dh_buf_addf(out, "%%%02X", c);
  }
}

static void write_url(dh_buf *out, const char *gms, const char *id)
{
  size_t length = strlen(gms);
  while (length && gms[length - 1] == '/')
    length--;
  dh_buf_add(out, gms, length);
  dh_buf_adds(out, "/entitiesV2/");
  add_encoded(out, "urn:li:dataHubAccessToken:");
  add_encoded(out, id);
  dh_buf_addf(out, "?aspects=List(%s)", ASPECT);
}

/* The object under a name, read; 0 where there is none. */
static int enter(const dh_json_object *from, const char *name, dh_json_object *to)
{
  const dh_json_value *value = dh_json_get(from, name);
  return value && value->type == DH_JSON_OBJECT && dh_json_read(to, value->ptr, value->len);
}

static dh_status judge_body(const lookup *where, const char *body, size_t size,
                            const char *actor_urn, dh_error *error)
{
  const dh_host *host = where->host;
  dh_json_object a, b;
  if (!dh_json_read(&a, body, size))
    return host->fail(host, error, DH_UNAVAILABLE, "%s: GMS's answer cannot be read: %s",
                      where->gms, a.fault);
  if (!enter(&a, "aspects", &b) || !enter(&b, ASPECT, &a) || !enter(&a, "value", &b))
    return host->fail(host, error, DH_REVOKED, "the token has been revoked, says GMS");
  const dh_json_value *actor = dh_json_get(&b, "actorUrn");
  if (!actor || !dh_json_is(actor, actor_urn, strlen(actor_urn)))
    return host->fail(host, error, DH_DENIED, "the token was issued for another actor, says GMS");
  return DH_OK;
}

static dh_status judge(const lookup *where, const dh_http_response *response, const char *actor_urn,
                       dh_error *error)
{
  const dh_host *host = where->host;
  size_t size;
  int code = host->http_status(host, response);
  const char *body = host->http_body(host, response, &size);
  switch (code) {
  case 200:
    return judge_body(where, body, size, actor_urn, error);
  case 404:
    return host->fail(host, error, DH_REVOKED, "the token has been revoked, says GMS");
  case 401:
  case 403:
    return host->fail(host, error, DH_MISCONFIGURED,
                      "%s answered %d to the credential that this verifier asks with: give it one "
                      "that may read access tokens (gms_token, or the system client)",
                      where->gms, code);
  default:
    return host->fail(host, error, DH_UNAVAILABLE, "%s answered %d when asked about a token",
                      where->gms, code);
  }
}

dh_status ask_gms(const lookup *where, const char *id, const char *actor_urn, dh_error *error)
{
  const dh_host *host = where->host;
  const dh_http_header headers[] = {
      {"Authorization", host->secret_bytes(host, where->authorization, NULL)},
      {"X-RestLi-Protocol-Version", "2.0.0"},
  };
  dh_http_response *response = NULL;
  dh_buf url;
  dh_buf_init(&url);
  write_url(&url, where->gms, id);
  dh_http_request request = {.struct_size = sizeof(request),
                             .flags = DH_HTTP_RETRY,
                             .url = dh_buf_text(&url),
                             .headers = headers,
                             .header_count = 2,
                             .timeout_ms = where->server.timeout_ms,
                             .ca_file = where->server.ca_file};
  dh_status status = request.url ? host->http(host, &request, &response, error)
                                 : host->fail(host, error, DH_NO_MEMORY, "out of memory");
  if (status == DH_OK)
    status = judge(where, response, actor_urn, error);
  host->http_free(host, response);
  dh_buf_free(&url);
  return status;
}
