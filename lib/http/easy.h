/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What http.c (waits for one) and loop.c (drives many) share: a curl handle set up from
 * a request, the answer it gathers, and words for what can go wrong.
 *
 *   dh_http_easy easy;
 *   status = dh_http_easy_open(&easy, context, request, error);
 *   code = curl_easy_perform(easy.curl)       or through a multi handle
 *   status = dh_http_easy_result(&easy, code, &response, error);
 *   dh_http_easy_close(&easy);
 *
 * or, where many requests follow one another, dh_http_easy_rest() after each and
 * dh_http_easy_reopen() for the next: the curl handle is kept.
 *
 * The handle refers to the structure, which must not move, and borrows what the request
 * points to until it is closed.
 */
#ifndef DH_HTTP_EASY_H
#define DH_HTTP_EASY_H

#include "base/buf.h"
#include "http/http.h"

#include <curl/curl.h>

#define DH_HTTP_DEFAULT_TIMEOUT_MS 30000
#define DH_HTTP_DEFAULT_MAX_BODY ((size_t)1 << 20)
/* What a body is copied through; curl's own default, which is kept so that it is reused. */
#define DH_HTTP_UPLOAD_BUFFER ((size_t)64 << 10)

struct dh_http_response {
  int status;
  bool too_large, no_memory;
  size_t max_body;
  dh_buf head; /* "name\0value\0" for each header of the last answer */
  dh_buf body;
};

typedef struct dh_http_easy {
  CURL *curl;
  dh_http_request request; /* lifted: all of this version's members; pointers borrowed */
  struct curl_slist *headers;
  dh_http_response *response;
  char *good_url; /* the last URL that was found to be one */
  char words[CURL_ERROR_SIZE];
} dh_http_easy;

/* curl_global_init(), once in a process, with an allocator that wipes what it frees. */
dh_status dh_http_init(dh_error *error);

/* A request of any version, seen as this version's. */
dh_http_request dh_http_lift(const dh_http_request *request);

/* Sets a handle up. On an error there is nothing to close. */
dh_status dh_http_easy_open(dh_http_easy *easy, dh_context *context, const dh_http_request *request,
                            dh_error *error);
/* The same for one that rests, or was zeroed and never used. On an error it rests. */
dh_status dh_http_easy_reopen(dh_http_easy *easy, dh_context *context,
                              const dh_http_request *request, dh_error *error);
/* Wipes and frees all that is of the request; the curl handle stays. */
void dh_http_easy_rest(dh_http_easy *easy);
/* The outcome of a transfer that ended with `code`; on DH_OK the caller owns `*out`. */
dh_status dh_http_easy_result(dh_http_easy *easy, CURLcode code, dh_http_response **out,
                              dh_error *error);
/* Whether a transfer that ended so may succeed when tried again. */
bool dh_http_transient(CURLcode code);
/* Wipes what was copied, frees. */
void dh_http_easy_close(dh_http_easy *easy);

/* Whether an absolute http or https URL is one of https. */
bool dh_http_is_tls(const char *url);

/* "https://host:port/path" for a message: no user, no query, no fragment; cut to `size`. */
void dh_http_show_url(const char *url, char *out, size_t size);

/* Fills an error for a failed transfer: what was tried, what happened, the cure. */
dh_status dh_http_explain(const dh_http_easy *easy, CURLcode code, dh_error *error);

#endif
