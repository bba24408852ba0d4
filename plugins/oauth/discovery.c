/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From an issuer's URL to its token endpoint: OpenID Connect Discovery 1.0, section 4,
 * and where that is not served RFC 8414, section 3.
 */
#include "client.h"

#include "token/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t length_without_slash(const char *url)
{
  size_t n = strlen(url);
  while (n && url[n - 1] == '/')
    n--;
  return n;
}

/* OpenID: after the issuer's path. */
static char *openid_url(const char *issuer)
{
  char *url;
  if (asprintf(&url, "%.*s/.well-known/openid-configuration", (int)length_without_slash(issuer),
               issuer) < 0)
    return NULL;
  return url;
}

/* RFC 8414: between host and path. */
static char *oauth_url(const char *issuer)
{
  char *url;
  const char *host = strstr(issuer, "://") + 3;
  size_t origin = (size_t)(host - issuer) + strcspn(host, "/?#");
  size_t whole = length_without_slash(issuer);
  int path = whole > origin ? (int)(whole - origin) : 0;
  if (asprintf(&url, "%.*s/.well-known/oauth-authorization-server%.*s", (int)origin, issuer, path,
               issuer + origin) < 0)
    return NULL;
  return url;
}

static int same_issuer(const char *asked, const char *said)
{
  size_t n = length_without_slash(asked);
  return n == length_without_slash(said) && !strncmp(asked, said, n);
}

static dh_status take(oauth_client *client, const char *url, const char *issuer, const char *body,
                      size_t size, dh_error *error)
{
  dh_json_object object;
  const dh_host *host = client->host;
  if (!dh_json_read(&object, body, size))
    return host->fail(host, error, DH_MALFORMED,
                      "%s is no JSON object (%s at byte %zu); is the issuer's URL right?", url,
                      object.fault, object.fault_at);
  const dh_json_value *said_value = dh_json_get(&object, "issuer");
  const dh_json_value *endpoint_value = dh_json_get(&object, "token_endpoint");
  char *said = said_value ? dh_json_dup(said_value) : NULL;
  char *endpoint = endpoint_value ? dh_json_dup(endpoint_value) : NULL;
  dh_status status = DH_OK;
  if (!said || !same_issuer(issuer, said))
    status = host->fail(host, error, DH_DENIED,
                        "%s speaks for the issuer %s, not for %s; give the issuer as it names "
                        "itself",
                        url, said ? said : "(none)", issuer);
  else if (!endpoint)
    status =
        host->fail(host, error, DH_MALFORMED,
                   "%s names no token_endpoint; give token_endpoint in the configuration", url);
  else
    status = oauth_client_check_url(client, "discovered token endpoint", endpoint, error);
  free(said);
  if (status != DH_OK) {
    free(endpoint);
    return status;
  }
  host->log(host, DH_LOG_DEBUG, "%s: the token endpoint of %s is %s", client->grant, issuer,
            endpoint);
  client->endpoint = endpoint;
  return DH_OK;
}

/* DH_IGNORE where nothing is served there. */
static dh_status look(oauth_client *client, const char *url, const char *issuer,
                      const dh_credential_request *request, dh_error *error)
{
  size_t size;
  const dh_host *host = client->host;
  dh_http_response *response = NULL;
  dh_http_header accept = {"Accept", "application/json"};
  dh_http_request http = oauth_client_request(client, request);
  http.flags = DH_HTTP_RETRY | DH_HTTP_FOLLOW;
  http.url = url;
  http.headers = &accept;
  http.header_count = 1;
  dh_status status = host->http(host, &http, &response, error);
  int code = status == DH_OK ? host->http_status(host, response) : 0;
  if (code == 200) {
    const char *body = host->http_body(host, response, &size);
    status = take(client, url, issuer, body, size, error);
  } else if (code >= 500 || code == 429) {
    status = host->fail(host, error, DH_UNAVAILABLE, "%s answers HTTP %d", url, code);
  } else if (code) {
    status = DH_IGNORE;
  }
  host->http_free(host, response);
  return status;
}

dh_status oauth_client_discover(oauth_client *client, const dh_credential_request *request,
                                dh_error *error)
{
  const dh_host *host = client->host;
  const char *issuer = host->option_text(host, client->options, "issuer");
  char *urls[2] = {openid_url(issuer), oauth_url(issuer)};
  dh_status status = DH_IGNORE;
  if (!urls[0] || !urls[1])
    status = host->fail(host, error, DH_NO_MEMORY, "out of memory");
  for (size_t i = 0; i < 2 && status == DH_IGNORE; i++)
    status = look(client, urls[i], issuer, request, error);
  if (status == DH_IGNORE)
    status = host->fail(host, error, DH_MISCONFIGURED,
                        "the issuer %s serves neither .well-known/openid-configuration nor "
                        ".well-known/oauth-authorization-server; give token_endpoint instead",
                        issuer);
  free(urls[0]);
  free(urls[1]);
  return status;
}
