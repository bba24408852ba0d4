/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for what can go wrong between a request and its answer. Each names the URL, the
 * cause and the cure; kinds of certificate trouble that want different cures are told apart.
 */
#include "http/easy.h"
#include "http/proxy.h"

#include <openssl/x509_vfy.h>

#include <stdio.h>
#include <string.h>

static dh_status explain_certificate(const dh_http_easy *easy, const char *url, dh_error *error)
{
  long result = 0;
  curl_easy_getinfo(easy->curl, CURLINFO_SSL_VERIFYRESULT, &result);
  switch (result) {
  case X509_V_ERR_CERT_HAS_EXPIRED:
    return dh_error_set(
        error, DH_UNAVAILABLE,
        "%s: the server's TLS certificate has expired; it must be renewed there (or "
        "this machine's clock is wrong)",
        url);
  case X509_V_ERR_CERT_NOT_YET_VALID:
    return dh_error_set(
        error, DH_UNAVAILABLE,
        "%s: the server's TLS certificate is not valid yet; set this machine's clock "
        "or the server's certificate right",
        url);
  case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
  case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
  case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
  case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    return dh_error_set(
        error, DH_MISCONFIGURED,
        "%s: the server's TLS certificate was signed by an authority that is not "
        "trusted here (%s); name a file with that authority's certificate, or add it "
        "to the system's",
        url, easy->request.ca_file ? easy->request.ca_file : "the system's");
  default:
    break;
  }
  /* curl compares the name before it asks for OpenSSL's verdict, which is "unspecified" then. */
  if (result == X509_V_OK || result == X509_V_ERR_UNSPECIFIED ||
      result == X509_V_ERR_HOSTNAME_MISMATCH || result == X509_V_ERR_IP_ADDRESS_MISMATCH)
    return dh_error_set(
        error, DH_MISCONFIGURED,
        "%s: the server's TLS certificate is for another name; use the name that it "
        "was made for, or have one made for this name",
        url);
  return dh_error_set(error, DH_MISCONFIGURED, "%s: the server's TLS certificate was refused: %s",
                      url, X509_verify_cert_error_string(result));
}

static dh_status explain_timeout(const dh_http_easy *easy, const char *url, dh_error *error)
{
  curl_off_t connected = 0;
  curl_easy_getinfo(easy->curl, CURLINFO_CONNECT_TIME_T, &connected);
  int64_t allowed =
      easy->request.timeout_ms ? easy->request.timeout_ms : DH_HTTP_DEFAULT_TIMEOUT_MS;
  if (connected > 0)
    return dh_error_set(
        error, DH_TIMEOUT,
        "%s: connected, but no whole answer came within %.1f s; the server is slow or "
        "hangs, or the timeout is too short",
        url, (double)allowed / 1000);
  return dh_error_set(
      error, DH_TIMEOUT,
      "%s: no connection within %.1f s; a firewall may drop it: check host, port and "
      "proxy",
      url, (double)allowed / 1000);
}

static const char *detail(const dh_http_easy *easy, CURLcode code)
{
  return easy->words[0] ? easy->words : curl_easy_strerror(code);
}

/* A server with TLS 1.3 looks at the client's certificate when the client believes that all is
 * agreed, and ends the connection: a new one that breaks before an answer may be that. */
static const char *doubt_of_certificate(const dh_http_easy *easy)
{
  long made = 0, answer = 0;
  curl_easy_getinfo(easy->curl, CURLINFO_NUM_CONNECTS, &made);
  curl_easy_getinfo(easy->curl, CURLINFO_RESPONSE_CODE, &answer);
  if (!made || answer || !dh_http_is_tls(easy->request.url))
    return "";
  return easy->request.cert_file ? ", or the server does not trust the client certificate"
                                 : ", or the server wants a client certificate";
}

static dh_status explain_answer(const dh_http_easy *easy, CURLcode code, const char *url,
                                dh_error *error)
{
  const dh_http_response *response = easy->response;
  if (response->no_memory)
    return dh_error_set(error, DH_NO_MEMORY, "%s: out of memory while reading the answer", url);
  if (response->too_large)
    return dh_error_set(error, DH_MALFORMED,
                        "%s: the answer is larger than the %zu bytes that are expected at most; is "
                        "this the right URL?",
                        url, response->max_body);
  return dh_error_set(error, DH_MALFORMED, "%s: the answer could not be taken: %s", url,
                      detail(easy, code));
}

dh_status dh_http_explain(const dh_http_easy *easy, CURLcode code, dh_error *error)
{
  const dh_http_request *request = &easy->request;
  char url[200];
  dh_http_show_url(request->url, url, sizeof(url));
  if (dh_http_explain_proxy(easy, code, url, error))
    return error ? error->status : DH_UNAVAILABLE;
  switch (code) {
  case CURLE_COULDNT_RESOLVE_HOST:
    return dh_error_set(
        error, DH_UNAVAILABLE,
        "%s: the host's name cannot be resolved; check its spelling and the network's "
        "DNS",
        url);
  case CURLE_COULDNT_CONNECT:
    return dh_error_set(
        error, DH_UNAVAILABLE,
        "%s: the connection was refused or there is no way to the host; is the server "
        "running, and is this its port?",
        url);
  case CURLE_OPERATION_TIMEDOUT:
    return explain_timeout(easy, url, error);
  case CURLE_PEER_FAILED_VERIFICATION:
    return explain_certificate(easy, url, error);
  case CURLE_SSL_CACERT_BADFILE:
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s: the file of trusted authorities %s cannot be read as PEM certificates",
                        url, request->ca_file ? request->ca_file : "of the system");
  case CURLE_SSL_CERTPROBLEM:
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s: the client certificate %s with the key %s cannot be used: %s", url,
                        request->cert_file ? request->cert_file : "(none)",
                        request->key_file ? request->key_file : "(none)", detail(easy, code));
  case CURLE_SSL_CONNECT_ERROR:
    return dh_error_set(error, DH_UNAVAILABLE,
                        "%s: TLS could not be agreed: %s; does this port speak TLS, and does the "
                        "server want a client certificate?",
                        url, detail(easy, code));
  case CURLE_WRITE_ERROR:
    return explain_answer(easy, code, url, error);
  case CURLE_GOT_NOTHING:
    return dh_error_set(error, DH_UNAVAILABLE,
                        "%s: the server closed the connection without an answer; it may have been "
                        "restarted, or the port speaks another protocol",
                        url);
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
    return dh_error_set(error, DH_UNAVAILABLE,
                        "%s: the connection broke: %s; the server or a proxy between may have been "
                        "restarted%s",
                        url, detail(easy, code), doubt_of_certificate(easy));
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM:
    return dh_error_set(error, DH_UNAVAILABLE,
                        "%s: HTTP/2 broke off: %s; the server or a proxy between may have been "
                        "restarted",
                        url, detail(easy, code));
  case CURLE_PARTIAL_FILE:
    return dh_error_set(error, DH_UNAVAILABLE,
                        "%s: the answer was cut short: the connection ended early", url);
  case CURLE_URL_MALFORMAT:
    return dh_error_set(error, DH_MISCONFIGURED, "%s: not a URL that can be asked: %s", url,
                        detail(easy, code));
  case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9: no status line came */
  case CURLE_WEIRD_SERVER_REPLY:
  case CURLE_BAD_CONTENT_ENCODING:
    return dh_error_set(error, DH_MALFORMED,
                        "%s: what came back is not HTTP: %s; is this the right port?", url,
                        detail(easy, code));
  case CURLE_OUT_OF_MEMORY:
    return dh_error_set(error, DH_NO_MEMORY, "%s: out of memory", url);
  default:
    return dh_error_set(error, DH_UNAVAILABLE, "%s: the request failed: %s", url,
                        detail(easy, code));
  }
}

bool dh_http_transient(CURLcode code)
{
  switch (code) {
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_RESOLVE_PROXY:
  case CURLE_COULDNT_CONNECT:
  case CURLE_OPERATION_TIMEDOUT:
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_GOT_NOTHING:
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_PARTIAL_FILE:
  case CURLE_HTTP2:
  case CURLE_HTTP2_STREAM:
    return true;
  default:
    return false;
  }
}
