/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl keeps request headers, and with them tokens, in buffers that it frees without
 * wiping. It takes the process's allocator once: ours overwrites what it gives back. Where
 * the program has initialized libcurl before us, its own allocator stays.
 */
#include "http/easy.h"

#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static void wiping_free(void *p)
{
  if (!p)
    return;
  dh_wipe(p, malloc_usable_size(p));
  free(p);
}

static void *wiping_realloc(void *p, size_t size)
{
  if (!p)
    return malloc(size);
  size_t old = malloc_usable_size(p);
  void *fresh = malloc(size);
  if (!fresh)
    return NULL;
  memcpy(fresh, p, old < size ? old : size);
  wiping_free(p);
  return fresh;
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode result;

static void init(void)
{
  result = curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free, wiping_realloc, strdup,
                                calloc);
}

dh_status dh_http_init(dh_error *error)
{
  pthread_once(&once, init);
  if (result == CURLE_OK)
    return DH_OK;
  return dh_error_set(error, DH_INTERNAL, "libcurl cannot be initialized: %s",
                      curl_easy_strerror(result));
}
