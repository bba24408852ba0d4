/* SPDX-License-Identifier: Apache-2.0 */
#include "http/easy.h"
#include "http/proxy.h"

#include "base/text.h"
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD_MAX ((size_t)256 << 10)
#define CONNECT_MAX_MS 15000

dh_http_request dh_http_lift(const dh_http_request *request)
{
  dh_http_request lifted;
  size_t size = request->struct_size;
  memset(&lifted, 0, sizeof(lifted));
  memcpy(&lifted, request, size < sizeof(lifted) ? size : sizeof(lifted));
  lifted.struct_size = sizeof(lifted);
  return lifted;
}

/* --- the answer --- */

static size_t take_body(char *bytes, size_t one, size_t size, void *arg)
{
  dh_http_response *response = arg;
  (void)one;
  if (size > response->max_body - response->body.size) {
    response->too_large = true;
    return 0;
  }
  dh_buf_add(&response->body, bytes, size);
  response->no_memory = response->body.failed;
  return response->no_memory ? 0 : size;
}

/* "Name: value\r\n" becomes "Name\0value\0". A status line begins a new answer: those of a
 * proxy or a "100 Continue" are not the one that was asked for. */
static size_t take_header(char *line, size_t one, size_t size, void *arg)
{
  dh_http_response *response = arg;
  size_t length = size;
  (void)one;
  if (length > 5 && !dh_text_ncasecmp(line, "HTTP/", 5)) {
    dh_buf_clear(&response->head);
    return size;
  }
  while (length && (unsigned char)line[length - 1] <= ' ')
    length--;
  char *colon = memchr(line, ':', length);
  if (!colon || memchr(line, '\0', length))
    return size;
  if (response->head.size + size > HEAD_MAX) {
    response->too_large = true;
    return 0;
  }
  char *value = colon + 1;
  while (value < line + length && (*value == ' ' || *value == '\t'))
    value++;
  dh_buf_add(&response->head, line, (size_t)(colon - line));
  dh_buf_addc(&response->head, '\0');
  dh_buf_add(&response->head, value, (size_t)(line + length - value));
  dh_buf_addc(&response->head, '\0');
  response->no_memory = response->head.failed;
  return response->no_memory ? 0 : size;
}

/* --- the request --- */

/* A token of RFC 9110, section 5.6.2. By hand: this is asked of each header of each request, and
 * strspn() makes itself a table each time. */
static bool is_token(const char *text)
{
  if (!text || !*text)
    return false;
  for (; *text; text++) {
    char c = *text;
    if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') &&
        !strchr("!#$%&'*+-.^_`|~", c))
      return false;
  }
  return true;
}

/* A URL is taken apart once: a handle that is used again mostly has the same. */
static bool is_good_url(dh_http_easy *easy)
{
  const char *url = easy->request.url;
  if (easy->good_url && url && !strcmp(url, easy->good_url))
    return true;
  char *origin = dh_http_origin(url);
  if (!origin)
    return false;
  free(origin);
  free(easy->good_url);
  easy->good_url = strdup(url);
  return true;
}

/* An error that begins with the request's URL. */
static dh_status refuse(const dh_http_request *request, dh_error *error)
{
  char url[200];
  dh_http_show_url(request->url, url, sizeof(url));
  dh_error_prefix(error, "%s: ", url);
  return DH_MISCONFIGURED;
}

static dh_status check_request(dh_http_easy *easy, dh_error *error)
{
  const dh_http_request *request = &easy->request;
  if (!is_good_url(easy))
    return dh_error_set(error, DH_MISCONFIGURED,
                        "an HTTP request needs an absolute http or https URL%s",
                        request->url ? "" : "; none was given");
  if (request->method && !is_token(request->method)) {
    dh_error_set(error, DH_MISCONFIGURED, "the HTTP method is not one word");
    return refuse(request, error);
  }
  for (size_t i = 0; i < request->header_count; i++) {
    const dh_http_header *header = &request->headers[i];
    if (!is_token(header->name)) {
      dh_error_set(error, DH_MISCONFIGURED, "header %zu has no valid name", i + 1);
      return refuse(request, error);
    }
    if (!header->value || strchr(header->value, '\r') || strchr(header->value, '\n')) {
      dh_error_set(error, DH_MISCONFIGURED,
                   "the value of the header %s holds a line break or is missing; a token "
                   "read from a file may have one at its end",
                   header->name);
      return refuse(request, error);
    }
  }
  return DH_OK;
}

static bool add_line(dh_http_easy *easy, const char *line)
{
  struct curl_slist *list = line ? curl_slist_append(easy->headers, line) : NULL;
  if (!list)
    return false;
  easy->headers = list;
  return true;
}

static bool add_headers(dh_http_easy *easy)
{
  const dh_http_request *request = &easy->request;
  bool typed = false, named = false, good = true;
  dh_buf line;
  dh_buf_init_secret(&line);
  for (size_t i = 0; good && i < request->header_count; i++) {
    const dh_http_header *header = &request->headers[i];
    typed = typed || !dh_text_casecmp(header->name, "Content-Type");
    named = named || !dh_text_casecmp(header->name, "User-Agent");
    dh_buf_clear(&line);
    dh_buf_adds(&line, header->name);
    dh_buf_adds(&line, *header->value ? ": " : ";"); /* curl's spelling of an empty value */
    dh_buf_adds(&line, header->value);
    good = add_line(easy, dh_buf_text(&line));
  }
  dh_buf_wipe(&line);
  if (!named)
    curl_easy_setopt(easy->curl, CURLOPT_USERAGENT, "libdatahub/" PACKAGE_VERSION);
  /* curl would wait for a 100, and call any body a form. */
  return good && add_line(easy, "Expect:") && (typed || add_line(easy, "Content-Type:"));
}

static void set_method(dh_http_easy *easy)
{
  const dh_http_request *request = &easy->request;
  CURL *curl = easy->curl;
  const char *method = request->method;
  if (method && !strcmp(method, "HEAD")) {
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    return;
  }
  if (request->body || (method && !strcmp(method, "POST"))) {
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)(request->body ? request->body_size : 0));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body ? request->body : "");
  }
  if (method)
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
}

static void set_tls(dh_http_easy *easy, dh_context *context)
{
  const dh_http_request *request = &easy->request;
  CURL *curl = easy->curl;
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  if (request->ca_file)
    curl_easy_setopt(curl, CURLOPT_CAINFO, request->ca_file);
  if (request->cert_file)
    curl_easy_setopt(curl, CURLOPT_SSLCERT, request->cert_file);
  if (request->key_file)
    curl_easy_setopt(curl, CURLOPT_SSLKEY, request->key_file);
  if (!(request->flags & DH_HTTP_INSECURE))
    return;
  char url[200];
  dh_http_show_url(request->url, url, sizeof(url));
  dh_log(
      context, DH_LOG_WARNING,
      "%s: the server's TLS certificate is not checked, as configured: anyone on the way can read "
      "and change what is sent",
      url);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

static void set_limits(dh_http_easy *easy)
{
  CURL *curl = easy->curl;
  long timeout = easy->request.timeout_ms > 0 && easy->request.timeout_ms < 86400000
                     ? (long)easy->request.timeout_ms
                     : DH_HTTP_DEFAULT_TIMEOUT_MS;
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   timeout < CONNECT_MAX_MS ? timeout : (long)CONNECT_MAX_MS);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

static void set_answer(dh_http_easy *easy)
{
  curl_easy_setopt(easy->curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy->curl, CURLOPT_WRITEDATA, easy->response);
  curl_easy_setopt(easy->curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy->curl, CURLOPT_HEADERDATA, easy->response);
}

static dh_http_response *new_response(const dh_http_request *request)
{
  dh_http_response *response = calloc(1, sizeof(*response));
  if (!response)
    return NULL;
  dh_buf_init_secret(&response->head);
  dh_buf_init_secret(&response->body);
  response->max_body = request->max_body ? request->max_body : DH_HTTP_DEFAULT_MAX_BODY;
  return response;
}

dh_status dh_http_easy_open(dh_http_easy *easy, dh_context *context, const dh_http_request *request,
                            dh_error *error)
{
  memset(easy, 0, sizeof(*easy));
  dh_status status = dh_http_easy_reopen(easy, context, request, error);
  if (status)
    dh_http_easy_close(easy);
  return status;
}

dh_status dh_http_easy_reopen(dh_http_easy *easy, dh_context *context,
                              const dh_http_request *request, dh_error *error)
{
  easy->request = dh_http_lift(request);
  easy->words[0] = '\0';
  dh_status status = dh_http_init(error);
  if (!status)
    status = check_request(easy, error);
  if (status)
    return status;
  if (easy->curl)
    curl_easy_reset(easy->curl);
  else
    easy->curl = curl_easy_init();
  easy->response = new_response(&easy->request);
  if (!easy->curl || !easy->response || !add_headers(easy)) {
    dh_http_easy_rest(easy);
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while preparing an HTTP request");
  }
  CURL *curl = easy->curl;
  curl_easy_setopt(curl, CURLOPT_URL, easy->request.url);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, easy->words);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, easy->headers);
  dh_http_set_proxy(curl, &easy->request);
  set_method(easy);
  set_tls(easy, context);
  set_limits(easy);
  set_answer(easy);
  return DH_OK;
}

dh_status dh_http_easy_result(dh_http_easy *easy, CURLcode code, dh_http_response **out,
                              dh_error *error)
{
  *out = NULL;
  if (code != CURLE_OK)
    return dh_http_explain(easy, code, error);
  long status = 0;
  curl_easy_getinfo(easy->curl, CURLINFO_RESPONSE_CODE, &status);
  easy->response->status = (int)status;
  *out = easy->response;
  easy->response = NULL;
  return DH_OK;
}

void dh_http_easy_rest(dh_http_easy *easy)
{
  for (struct curl_slist *line = easy->headers; line; line = line->next)
    dh_wipe(line->data, strlen(line->data));
  curl_slist_free_all(easy->headers);
  easy->headers = NULL;
  dh_http_free(easy->response);
  easy->response = NULL;
}

void dh_http_easy_close(dh_http_easy *easy)
{
  curl_easy_cleanup(easy->curl);
  dh_http_easy_rest(easy);
  free(easy->good_url);
  memset(easy, 0, sizeof(*easy));
}
