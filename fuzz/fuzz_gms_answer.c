/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a server may answer: error bodies, traces, Retry-After and traceparent headers, and a
 * proposal out of which the aspect is taken. The first byte says which.
 */
#include "../sinks/datahub-rest/rest.h"
#include "emit/aspect.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int good)
{
  if (!good)
    abort();
}

static void fuzz_words(const char *text, size_t size)
{
  char words[40];
  memset(words, 'x', sizeof(words));
  answer_words(text, size, words, sizeof(words));
  size_t n = strnlen(words, sizeof(words));
  check(n < sizeof(words));
  for (size_t i = 0; i < n; i++)
    check((unsigned char)words[i] >= 0x20 && words[i] != 0x7f);
}

static void fuzz_trace(const char *text, size_t size)
{
  char why[64];
  trace_state state = trace_read(text, size, why, sizeof(why));
  check(strnlen(why, sizeof(why)) < sizeof(why));
  check(state != TRACE_FAILED || why[0]);
}

static void fuzz_headers(const char *text, size_t size)
{
  char id[33];
  char *copy = strndup(text, size);
  if (!copy)
    return;
  int64_t ms = answer_retry_after(copy, 1700000000000);
  check(ms >= -1 && ms <= 86400000);
  if (trace_id_of(copy, id))
    check(strlen(id) == 32);
  free(copy);
}

static void fuzz_aspect(const char *text, size_t size)
{
  char *memory;
  dh_slice aspect = dh_aspect_of((dh_slice){text, size}, &memory);
  check(!aspect.ptr || aspect.ptr == memory);
  check(!aspect.ptr || aspect.len <= size);
  free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static void (*const ways[])(const char *, size_t) = {fuzz_words, fuzz_trace, fuzz_headers,
                                                       fuzz_aspect};
  if (!size)
    return 0;
  ways[data[0] & 3]((const char *)data + 1, size - 1);
  return 0;
}

/* Not reached: they need a host and a batch. */
void job_told(job *j, dh_fate fate, const dh_error *error)
{
  (void)j;
  (void)fate;
  (void)error;
}

dh_status rest_send(rest *sink, const char *method, const char *url, const dh_slice *pieces,
                    size_t count, size_t size, dh_http_done done, void *arg, dh_error *error)
{
  (void)sink;
  (void)method;
  (void)url;
  (void)pieces;
  (void)count;
  (void)size;
  (void)done;
  (void)arg;
  (void)error;
  return DH_INTERNAL;
}
