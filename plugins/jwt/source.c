/* SPDX-License-Identifier: Apache-2.0 */
#include "source.h"

#include "token/json.h"
#include "token/keys.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define MAX_DOCUMENT ((size_t)512 * 1024)

const char *source_name(const source *from)
{
  return from->file ? from->file : from->url ? from->url : from->discovery;
}

int64_t source_max_age(const char *cache_control)
{
  int64_t seconds = -1;
  const char *at = cache_control ? cache_control : "";
  while (*at) {
    at += strspn(at, " \t,");
    size_t length = strcspn(at, ",");
    if (!strncasecmp(at, "no-store", 8) || !strncasecmp(at, "no-cache", 8))
      return 0;
    if (!strncasecmp(at, "max-age=", 8)) {
      const char *digit = at + 8 + (at[8] == '"');
      for (seconds = 0; *digit >= '0' && *digit <= '9' && seconds < 1000000000; digit++)
        seconds = seconds * 10 + (*digit - '0');
    }
    at += length;
  }
  return seconds < 0 ? -1 : seconds * 1000;
}

/* A document, freed with http_free, or NULL and `error`. */
static dh_http_response *get(const source *from, const char *url, dh_error *error)
{
  const dh_host *host = from->host;
  static const dh_http_header accept = {"Accept", "application/json, application/jwk-set+json"};
  dh_http_response *response = NULL;
  const dh_http_request request = {.struct_size = sizeof(request),
                                   .flags =
                                       DH_HTTP_FOLLOW, /* trying again is the keyring's business */
                                   .url = url,
                                   .headers = &accept,
                                   .header_count = 1,
                                   .timeout_ms = from->server.timeout_ms,
                                   .max_body = MAX_DOCUMENT,
                                   .ca_file = from->server.ca_file};
  if (host->http(host, &request, &response, error) != DH_OK)
    return NULL;
  int code = host->http_status(host, response);
  if (code == 200)
    return response;
  host->http_free(host, response);
  host->fail(host, error, DH_UNAVAILABLE, "%s answered %d when asked for keys", url, code);
  return NULL;
}

/* --- key sets --- */

static dh_keys *read_keys(const source *from, const char *name, const char *text, size_t size,
                          dh_error *error)
{
  const dh_host *host = from->host;
  dh_error why;
  size_t skipped = 0;
  dh_keys *keys = dh_keys_new(error);
  if (!keys)
    return NULL;
  dh_status status = strstr(text, "-----BEGIN ") && text[strspn(text, " \t\r\n")] != '{'
                         ? dh_keys_add_pem(keys, text, size, NULL, NULL, &why)
                         : dh_keys_add_jwks(keys, text, size, &skipped, &why);
  if (status == DH_OK && !dh_keys_count(keys))
    status = dh_error_set(&why, DH_MISCONFIGURED,
                          "none of its %zu keys can be used to check signatures", skipped);
  if (status == DH_OK)
    status = dh_keys_forget_private(keys, &why);
  if (status == DH_OK)
    return keys;
  dh_keys_unref(keys);
  host->fail(host, error, status, "%s: %s", name, why.message);
  return NULL;
}

static dh_keys *read_file(const source *from, dh_error *error)
{
  size_t size;
  char *text = setting_file(from->host, from->file, MAX_DOCUMENT, 0, &size, error);
  dh_keys *keys = text ? read_keys(from, from->file, text, size, error) : NULL;
  if (text) /* which may hold a shared secret */
    from->host->wipe(from->host, text, size);
  free(text);
  return keys;
}

static dh_keys *read_url(const source *from, const char *url, int64_t *max_age_ms, dh_error *error)
{
  const dh_host *host = from->host;
  size_t size;
  dh_http_response *response = get(from, url, error);
  if (!response)
    return NULL;
  *max_age_ms = source_max_age(host->http_header(host, response, "Cache-Control"));
  const char *body = host->http_body(host, response, &size);
  dh_keys *keys = read_keys(from, url, body, size, error);
  host->http_free(host, response);
  return keys;
}

/* --- discovery --- */

/* A document fetched safely must not send us on to one that is not. */
static int is_weaker(const char *url, const char *than)
{
  return !strncasecmp(than, "https://", 8) && strncasecmp(url, "https://", 8);
}

/* The jwks_uri of an OpenID configuration, freed by the caller, or NULL and `error`. */
static char *read_discovery(const source *from, const char *text, size_t size, dh_error *error)
{
  const dh_host *host = from->host;
  dh_json_object document;
  if (!dh_json_read(&document, text, size)) {
    host->fail(host, error, DH_MALFORMED, "%s is no OpenID configuration: %s", from->discovery,
               document.fault);
    return NULL;
  }
  if (from->issuer &&
      !dh_json_is(dh_json_get(&document, "issuer"), from->issuer, strlen(from->issuer))) {
    host->fail(host, error, DH_MISCONFIGURED, "%s is not about the issuer %s", from->discovery,
               from->issuer);
    return NULL;
  }
  char *uri = dh_json_dup(dh_json_get(&document, "jwks_uri"));
  if (uri && !is_weaker(uri, from->discovery))
    return uri;
  host->fail(host, error, DH_MISCONFIGURED, "%s names %s", from->discovery,
             uri ? "a jwks_uri that is not https" : "no jwks_uri");
  free(uri);
  return NULL;
}

static dh_keys *discover(const source *from, int64_t *max_age_ms, dh_error *error)
{
  const dh_host *host = from->host;
  size_t size;
  dh_http_response *response = get(from, from->discovery, error);
  if (!response)
    return NULL;
  const char *body = host->http_body(host, response, &size);
  char *uri = read_discovery(from, body, size, error);
  dh_keys *keys = uri ? read_url(from, uri, max_age_ms, error) : NULL;
  host->http_free(host, response);
  free(uri);
  return keys;
}

dh_keys *source_read(const source *from, int64_t *max_age_ms, dh_error *error)
{
  *max_age_ms = -1;
  if (from->file)
    return read_file(from, error);
  return from->url ? read_url(from, from->url, max_age_ms, error)
                   : discover(from, max_age_ms, error);
}
