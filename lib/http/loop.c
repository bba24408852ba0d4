/* SPDX-License-Identifier: Apache-2.0 */
#include "http/loop.h"
#include "http/easy.h"

#include <stdlib.h>
#include <string.h>

#define REDIRECTS_MAX 5
/* Answers are short; what is larger is read in turns. */
#define ANSWER_BUFFER (4L << 10)

typedef struct transfer {
  dh_loop *loop;
  struct transfer *next, *prev;
  dh_http_easy easy;
  dh_http_request request;
  const dh_slice *pieces;
  size_t piece_count;
  size_t piece, offset; /* what is sent next */
  uint64_t total;
  int redirects;
  char *url;   /* of a redirect, owned */
  char *small; /* a small body in one piece, owned; or NULL */
  dh_http_done done;
  void *arg;
} transfer;

struct dh_loop {
  dh_context *context;
  CURLM *multi;
  transfer *transfers;
  size_t running;
  transfer *resting; /* with a curl handle each, for the requests to come */
  size_t resting_count, resting_max;
  dh_loop_settings settings;
  dh_loop_counts counts;
};

dh_loop *dh_loop_new(dh_context *context, size_t connections, dh_error *error)
{
  if (dh_http_init(error))
    return NULL;
  dh_loop *loop = calloc(1, sizeof(*loop));
  CURLM *multi = curl_multi_init();
  if (!loop || !multi) {
    curl_multi_cleanup(multi);
    free(loop);
    dh_error_set(error, DH_NO_MEMORY, "out of memory while making an HTTP loop");
    return NULL;
  }
  loop->context = context;
  loop->multi = multi;
  loop->resting_max = connections;
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)connections);
  return loop;
}

void dh_loop_configure(dh_loop *loop, const dh_loop_settings *settings)
{
  loop->settings = *settings;
}

/* --- the body --- */

static size_t read_pieces(char *out, size_t one, size_t room, void *arg)
{
  transfer *t = arg;
  size_t filled = 0;
  room *= one;
  while (filled < room && t->piece < t->piece_count) {
    dh_slice piece = t->pieces[t->piece];
    size_t n = piece.len - t->offset;
    if (n > room - filled)
      n = room - filled;
    memcpy(out + filled, piece.ptr + t->offset, n);
    filled += n;
    t->offset += n;
    if (t->offset == piece.len) {
      t->piece++;
      t->offset = 0;
    }
  }
  return filled;
}

/* curl starts a body again where a kept connection turns out to have been closed. */
static int seek_pieces(void *arg, curl_off_t offset, int origin)
{
  transfer *t = arg;
  if (origin != SEEK_SET || offset < 0)
    return CURL_SEEKFUNC_FAIL;
  size_t left = (size_t)offset;
  t->piece = 0;
  while (t->piece < t->piece_count && left >= t->pieces[t->piece].len)
    left -= t->pieces[t->piece++].len;
  t->offset = left;
  return t->piece < t->piece_count || !left ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

/* curl sends a body of less than this together with the head, where it has it whole: one
 * packet and one turn of the server less. */
#define SMALL_BODY ((uint64_t)64 << 10)

static bool set_small_body(transfer *t)
{
  if (t->total >= SMALL_BODY || (!t->small && !(t->small = malloc(SMALL_BODY))))
    return false;
  read_pieces(t->small, 1, SMALL_BODY, t);
  curl_easy_setopt(t->easy.curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->total);
  curl_easy_setopt(t->easy.curl, CURLOPT_POSTFIELDS, t->small);
  return true;
}

static void set_body(transfer *t)
{
  CURL *curl = t->easy.curl;
  const char *method = t->request.method;
  if (!t->piece_count)
    return;
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  if (method && strcmp(method, "POST"))
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
  if (set_small_body(t))
    return;
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, NULL);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->total);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_pieces);
  curl_easy_setopt(curl, CURLOPT_READDATA, t);
  curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, seek_pieces);
  curl_easy_setopt(curl, CURLOPT_SEEKDATA, t);
  curl_easy_setopt(curl, CURLOPT_UPLOAD_BUFFERSIZE, (long)DH_HTTP_UPLOAD_BUFFER);
}

/* --- a transfer --- */

static void transfer_free(transfer *t)
{
  dh_http_easy_close(&t->easy);
  free(t->small);
  free(t->url);
  free(t);
}

/* One that rests, or a new one. */
static transfer *transfer_get(dh_loop *loop)
{
  transfer *t = loop->resting;
  if (!t)
    return calloc(1, sizeof(*t));
  loop->resting = t->next;
  loop->resting_count--;
  dh_http_easy easy = t->easy;
  char *small = t->small;
  memset(t, 0, sizeof(*t));
  t->easy = easy;
  t->small = small;
  return t;
}

/* One that is done with, and not with curl any more. */
static void transfer_put(dh_loop *loop, transfer *t)
{
  if (loop->resting_count >= loop->resting_max) {
    transfer_free(t);
    return;
  }
  dh_http_easy_rest(&t->easy);
  free(t->url);
  t->url = NULL;
  t->next = loop->resting;
  loop->resting = t;
  loop->resting_count++;
}

/* Hands the request to curl, at the start and again for a redirect. */
static dh_status launch(transfer *t, dh_error *error)
{
  dh_loop *loop = t->loop;
  dh_http_request request = t->request;
  /* The warning of an unchecked certificate is given once by who opened the sink, not for
   * each request. */
  bool insecure = (request.flags & DH_HTTP_INSECURE) != 0;
  request.flags &= ~DH_HTTP_INSECURE;
  dh_status status = dh_http_easy_reopen(&t->easy, loop->context, &request, error);
  if (status)
    return status;
  CURL *curl = t->easy.curl;
  curl_easy_setopt(curl, CURLOPT_PRIVATE, t);
  curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, ANSWER_BUFFER);
  if (insecure) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (loop->settings.tcp_keepalive) {
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, 60L);
    curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, 30L);
  }
  /* With HTTP/2 one connection serves all: who comes while it is being made waits for it. */
  if (dh_http_is_tls(request.url))
    curl_easy_setopt(curl, CURLOPT_PIPEWAIT, 1L);
  t->piece = t->offset = 0;
  set_body(t);
  if (curl_multi_add_handle(loop->multi, curl) != CURLM_OK) {
    dh_http_easy_rest(&t->easy);
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while starting an HTTP request");
  }
  loop->counts.requests++;
  loop->counts.bytes_sent += t->total;
  return DH_OK;
}

dh_status dh_loop_start(dh_loop *loop, const dh_http_request *request, const dh_slice *pieces,
                        size_t piece_count, dh_http_done done, void *arg, dh_error *error)
{
  transfer *t = transfer_get(loop);
  if (!t)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while starting an HTTP request");
  t->loop = loop;
  t->request = dh_http_lift(request);
  t->done = done;
  t->arg = arg;
  t->pieces = pieces;
  t->piece_count = piece_count;
  for (size_t i = 0; i < piece_count; i++)
    t->total += pieces[i].len;
  dh_status status = launch(t, error);
  if (status) {
    transfer_put(loop, t);
    return status;
  }
  t->next = loop->transfers;
  if (t->next)
    t->next->prev = t;
  loop->transfers = t;
  loop->running++;
  return DH_OK;
}

static void unlink_transfer(transfer *t)
{
  if (t->prev)
    t->prev->next = t->next;
  else
    t->loop->transfers = t->next;
  if (t->next)
    t->next->prev = t->prev;
  t->loop->running--;
}

/* True where the answer is a redirect that was followed. */
static bool follow(transfer *t, int status)
{
  char *target = NULL;
  if (!(t->request.flags & DH_HTTP_FOLLOW) || t->redirects >= REDIRECTS_MAX ||
      !(status == 301 || status == 302 || status == 307 || status == 308))
    return false;
  curl_easy_getinfo(t->easy.curl, CURLINFO_REDIRECT_URL, &target);
  if (!target || !dh_http_same_origin(target, t->request.url))
    return false;
  char *url = strdup(target);
  if (!url)
    return false;
  dh_http_easy_rest(&t->easy);
  free(t->url);
  t->url = url;
  t->request.url = url;
  t->redirects++;
  return launch(t, NULL) == DH_OK;
}

static void finish(transfer *t, CURLcode code)
{
  dh_error error;
  dh_http_response *response;
  dh_error_clear(&error);
  curl_multi_remove_handle(t->loop->multi, t->easy.curl);
  dh_status status = dh_http_easy_result(&t->easy, code, &response, &error);
  if (!status && follow(t, response->status)) {
    dh_http_free(response);
    return;
  }
  unlink_transfer(t);
  t->done(t->arg, status, response, &error);
  dh_http_free(response);
  transfer_put(t->loop, t);
}

void dh_loop_run(dh_loop *loop, int64_t timeout_ms)
{
  int running = 0, left = 0;
  curl_multi_perform(loop->multi, &running);
  for (CURLMsg *message; (message = curl_multi_info_read(loop->multi, &left));) {
    transfer *t = NULL;
    if (message->msg != CURLMSG_DONE)
      continue;
    CURLcode code = message->data.result;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
    finish(t, code);
    timeout_ms = 0; /* what was freed may be used at once */
  }
  if (timeout_ms > 0)
    curl_multi_poll(loop->multi, NULL, 0, (int)(timeout_ms < 60000 ? timeout_ms : 60000), NULL);
}

void dh_loop_wake(dh_loop *loop)
{
  curl_multi_wakeup(loop->multi);
}

size_t dh_loop_running(const dh_loop *loop)
{
  return loop->running;
}

dh_loop_counts dh_loop_counted(const dh_loop *loop)
{
  return loop->counts;
}

static void cancel(transfer *t)
{
  dh_error error;
  dh_error_set(&error, DH_UNAVAILABLE, "the request was given up before its answer came");
  curl_multi_remove_handle(t->loop->multi, t->easy.curl);
  unlink_transfer(t);
  t->done(t->arg, DH_UNAVAILABLE, NULL, &error);
  transfer_put(t->loop, t);
}

void dh_loop_cancel(dh_loop *loop)
{
  while (loop->transfers)
    cancel(loop->transfers);
}

void dh_loop_free(dh_loop *loop)
{
  if (!loop)
    return;
  dh_loop_cancel(loop);
  while (loop->resting) {
    transfer *t = loop->resting;
    loop->resting = t->next;
    transfer_free(t);
  }
  curl_multi_cleanup(loop->multi);
  free(loop);
}
