/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request that waits: tries, redirects on the same origin, and the pauses between,
 * all within the one timeout that the caller gave. The timeout runs on the machine's
 * clock, as curl's own do; a context's injected clock only reads dates.
 */
#include "http/easy.h"

#include "base/context.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define TRIES_MAX 5
#define REDIRECTS_MAX 5
#define BACKOFF_FIRST_MS 200
#define BACKOFF_MAX_MS 5000
#define CANCEL_STEP_MS 100

struct call {
  dh_context *context;
  dh_http_request request; /* changes as redirects are followed */
  char *url;               /* of the last redirect, owned */
  int64_t end_ms;
  int tries, redirects;
};

static int64_t machine_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* In small steps, to see that nobody waits any more. */
static void wait_ms(const dh_context *context, int64_t ms)
{
  while (ms > 0 && !dh_context_cancelled(context)) {
    int64_t step = ms < CANCEL_STEP_MS ? ms : CANCEL_STEP_MS;
    struct timespec left = {.tv_nsec = (long)step * 1000000L};
    while (nanosleep(&left, &left) && errno == EINTR)
      ;
    ms -= step;
  }
}

/* libcurl calls it at least once a second, also while nothing comes. */
static int see_cancelled(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
  (void)a;
  (void)b;
  (void)c;
  (void)d;
  return dh_context_cancelled(arg);
}

static dh_status cancelled(const struct call *call, dh_error *error)
{
  char shown[256];
  dh_http_show_url(call->request.url, shown, sizeof(shown));
  return dh_error_set(error, DH_UNAVAILABLE, "%s %s: given up, as the program is being stopped",
                      call->request.method ? call->request.method : "GET", shown);
}

/* Full jitter: anything up to the bound, so that clients that failed together part. */
static int64_t backoff_ms(int tries)
{
  int64_t bound = (int64_t)BACKOFF_FIRST_MS << (tries < 8 ? tries : 8);
  uint32_t dice = 0;
  if (bound > BACKOFF_MAX_MS)
    bound = BACKOFF_MAX_MS;
  if (getrandom(&dice, sizeof(dice), GRND_NONBLOCK) != sizeof(dice))
    dice = (uint32_t)machine_ms() * 2654435761u;
  return (int64_t)(dice % (uint32_t)bound) + 1;
}

static bool worth_retrying(int status)
{
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

/* How long to wait before another try; -1: no more tries. */
static int64_t pause_before_retry(struct call *call, CURLcode code, dh_status status,
                                  const dh_http_response *response)
{
  int64_t pause = -1;
  if (!(call->request.flags & DH_HTTP_RETRY) || call->tries >= TRIES_MAX)
    return -1;
  if (code != CURLE_OK ? !dh_http_transient(code) || status == DH_MISCONFIGURED
                       : !worth_retrying(response->status))
    return -1;
  if (response)
    pause =
        dh_http_retry_after(dh_http_header_of(response, "Retry-After"), dh_wall_ms(call->context));
  if (pause < 0)
    pause = backoff_ms(call->tries);
  return pause < call->end_ms - machine_ms() ? pause : -1;
}

/* Turns the call to where a redirect on the same origin leads; false where it is not followed. */
static bool follow(struct call *call, dh_http_easy *easy, int status)
{
  char *target = NULL;
  if (!(call->request.flags & DH_HTTP_FOLLOW) || call->redirects >= REDIRECTS_MAX ||
      !(status == 301 || status == 302 || status == 303 || status == 307 || status == 308))
    return false;
  curl_easy_getinfo(easy->curl, CURLINFO_REDIRECT_URL, &target);
  if (!target || !dh_http_same_origin(target, call->request.url))
    return false;
  char *url = strdup(target);
  if (!url)
    return false;
  free(call->url);
  call->url = url;
  call->request.url = url;
  call->redirects++;
  if (status == 303 || (status < 303 && call->request.body)) {
    if (!call->request.method || strcmp(call->request.method, "HEAD"))
      call->request.method = "GET";
    call->request.body = NULL;
  }
  return true;
}

/* One try. True where another is to be made. */
static bool attempt(struct call *call, dh_http_response **response, dh_status *status,
                    dh_error *error)
{
  dh_http_easy easy;
  bool again = false;
  int64_t left = call->end_ms - machine_ms();
  if (dh_context_cancelled(call->context)) {
    *status = cancelled(call, error);
    return false;
  }
  call->request.timeout_ms = left > 1 ? left : 1;
  *status = dh_http_easy_open(&easy, call->context, &call->request, error);
  if (*status)
    return false;
  curl_easy_setopt(easy.curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy.curl, CURLOPT_XFERINFOFUNCTION, see_cancelled);
  curl_easy_setopt(easy.curl, CURLOPT_XFERINFODATA, call->context);
  CURLcode code = curl_easy_perform(easy.curl);
  call->tries++;
  *status = dh_http_easy_result(&easy, code, response, error);
  int64_t pause = pause_before_retry(call, code, *status, *response);
  if (pause >= 0) {
    wait_ms(call->context, pause);
    again = true;
  } else if (*response && follow(call, &easy, (*response)->status)) {
    again = true;
  }
  bool over = code == CURLE_ABORTED_BY_CALLBACK || (again && dh_context_cancelled(call->context));
  if (again || over) {
    dh_http_free(*response);
    *response = NULL;
  }
  if (over) {
    again = false;
    *status = cancelled(call, error);
  }
  dh_http_easy_close(&easy);
  return again;
}

dh_status dh_http_perform(dh_context *context, const dh_http_request *request,
                          dh_http_response **response, dh_error *error)
{
  struct call call = {.context = context, .request = dh_http_lift(request)};
  dh_status status;
  int64_t timeout =
      call.request.timeout_ms > 0 ? call.request.timeout_ms : DH_HTTP_DEFAULT_TIMEOUT_MS;
  call.end_ms = machine_ms() + timeout;
  *response = NULL;
  while (attempt(&call, response, &status, error))
    ;
  free(call.url);
  return status;
}
