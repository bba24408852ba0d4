/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy between, and words for what it does. curl reads the environment's variables
 * itself; here it is only found out again which of them it was, for the words. A proxy's URL
 * may hold a password: it is shown without, and curl's own words for a bad one, which hold it
 * whole, are shown never.
 */
#include "http/proxy.h"
#include "base/text.h"
#include "http/easy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dh_http_set_proxy(CURL *curl, const dh_http_request *request)
{
  /* What is meant for the server, its credential above all, is not for the proxy to read. */
  curl_easy_setopt(curl, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
  if (!request->proxy)
    return;
  curl_easy_setopt(curl, CURLOPT_PROXY, request->proxy);
  curl_easy_setopt(curl, CURLOPT_NOPROXY, ""); /* else no_proxy would win over the option */
}

/* --- which one --- */

typedef struct proxy {
  char *scheme, *host, *given_port;
  const char *port;
  const char *from; /* who says so */
} proxy;

static const char *variable(const char *name, const char *other, const char **from)
{
  const char *value = getenv(name);
  *from = name;
  if ((!value || !*value) && other) {
    value = getenv(other);
    *from = other;
  }
  return value && *value ? value : NULL;
}

/* In curl's order. HTTP_PROXY in capitals is not one of them: a CGI program's caller sets it. */
static const char *url_of(const dh_http_request *request, const char **from)
{
  *from = "the `proxy` option";
  if (request->proxy)
    return *request->proxy ? request->proxy : NULL;
  bool tls = request->url && dh_http_is_tls(request->url);
  const char *url =
      tls ? variable("https_proxy", "HTTPS_PROXY", from) : variable("http_proxy", NULL, from);
  return url ? url : variable("all_proxy", "ALL_PROXY", from);
}

static void proxy_end(proxy *p)
{
  curl_free(p->scheme);
  curl_free(p->host);
  curl_free(p->given_port);
}

static bool is_known(const char *scheme)
{
  static const char *const known[] = {"http", "https", "socks4", "socks4a", "socks5", "socks5h"};
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if (!dh_text_casecmp(scheme, known[i]))
      return true;
  return false;
}

/* As curl reads it: without a scheme it is HTTP's, without a port it is 1080. */
static bool proxy_read(proxy *p, const char *url)
{
  CURLU *u = curl_url();
  unsigned loose = CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME;
  bool good = u && curl_url_set(u, CURLUPART_URL, url, loose) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_SCHEME, &p->scheme, 0) == CURLUE_OK &&
              (is_known(p->scheme) || !strstr(url, "://")) &&
              curl_url_get(u, CURLUPART_HOST, &p->host, 0) == CURLUE_OK && *p->host;
  if (good && curl_url_get(u, CURLUPART_PORT, &p->given_port, 0) == CURLUE_OK)
    p->port = p->given_port;
  else if (good)
    p->port = dh_text_casecmp(p->scheme, "https") ? "1080" : "443";
  curl_url_cleanup(u);
  return good;
}

/* --- words --- */

static dh_status unreadable(const char *url, const char *from, dh_error *error)
{
  return dh_error_set(error, DH_MISCONFIGURED,
                      "%s: the proxy that %s names has no address that can be read; write it as "
                      "http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT",
                      url, from);
}

/* Not where no_proxy has the host left out, and something else went wrong. */
static bool is_unreadable(const dh_http_easy *easy, CURLcode code)
{
  return code == CURLE_COULDNT_RESOLVE_PROXY || strstr(easy->words, "Unsupported proxy");
}

/* It answered a CONNECT with something else than 2xx. */
static dh_status refused(const proxy *p, long code, const char *url, dh_error *error)
{
  if (code == 407)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s: the proxy %s:%s of %s wants a user and a password, or other ones "
                        "(407): write them into its URL, http://USER:PASSWORD@HOST:PORT",
                        url, p->host, p->port, p->from);
  if (code < 500)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s: the proxy %s:%s of %s does not let this host through (%ld); have it "
                        "allowed there, or, where there is a way without a proxy, name the host "
                        "in no_proxy",
                        url, p->host, p->port, p->from, code);
  return dh_error_set(error, DH_UNAVAILABLE,
                      "%s: the proxy %s:%s of %s cannot reach the host (%ld); is the server "
                      "running, and may the proxy connect to it?",
                      url, p->host, p->port, p->from, code);
}

static bool is_away(const dh_http_easy *easy, const proxy *p)
{
  char words[300];
  snprintf(words, sizeof(words), "connect to %s port %s", p->host, p->port);
  return strstr(easy->words, words) != NULL;
}

bool dh_http_explain_proxy(const dh_http_easy *easy, CURLcode code, const char *url,
                           dh_error *error)
{
  proxy p = {0};
  long answer = 0;
  const char *value = url_of(&easy->request, &p.from);
  bool said = true;
  if (!value)
    return false;
  curl_easy_getinfo(easy->curl, CURLINFO_HTTP_CONNECTCODE, &answer);
  if (!proxy_read(&p, value))
    said = is_unreadable(easy, code) && unreadable(url, p.from, error);
  else if (answer >= 300)
    refused(&p, answer, url, error);
  else if (code == CURLE_COULDNT_RESOLVE_PROXY)
    dh_error_set(error, DH_UNAVAILABLE,
                 "%s: the name of the proxy %s:%s of %s cannot be resolved; check its spelling "
                 "and the network's DNS",
                 url, p.host, p.port, p.from);
  else if (code == CURLE_COULDNT_CONNECT && is_away(easy, &p))
    dh_error_set(error, DH_UNAVAILABLE,
                 "%s: the proxy %s:%s of %s cannot be connected to; is it running, and is this "
                 "its port?",
                 url, p.host, p.port, p.from);
  else
    said = false;
  proxy_end(&p);
  return said;
}
