/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libcurl keeps request headers, and with them tokens, in buffers that it frees without
 * wiping. It takes the process's allocator once: ours overwrites what it gives back. Where
 * the program has initialized libcurl before us, its own allocator stays.
 */
#include "http/easy.h"

#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/*
 * The buffer that a body is copied through is allocated for each request and freed after it.
 * The C library gives memory of that size back to the system, so that each request would
 * have it made and zeroed anew, page by page: some are kept.
 */
#define BUFFER_SIZE DH_HTTP_UPLOAD_BUFFER
#define BUFFERS_MAX 16

static struct {
  pthread_mutex_t lock;
  void *buffer[BUFFERS_MAX];
  size_t count;
} kept = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *take_kept(void)
{
  pthread_mutex_lock(&kept.lock);
  void *buffer = kept.count ? kept.buffer[--kept.count] : NULL;
  pthread_mutex_unlock(&kept.lock);
  return buffer;
}

static bool keep(void *buffer)
{
  pthread_mutex_lock(&kept.lock);
  bool room = kept.count < BUFFERS_MAX;
  if (room)
    kept.buffer[kept.count++] = buffer;
  pthread_mutex_unlock(&kept.lock);
  return room;
}

__attribute__((destructor)) static void free_kept(void)
{
  while (kept.count)
    free(kept.buffer[--kept.count]);
}

static void *keeping_malloc(size_t size)
{
  void *buffer = size == BUFFER_SIZE ? take_kept() : NULL;
  return buffer ? buffer : malloc(size);
}

static void wiping_free(void *p)
{
  if (!p)
    return;
  size_t size = malloc_usable_size(p);
  dh_wipe(p, size);
  if (size < BUFFER_SIZE || size > BUFFER_SIZE + 64 || !keep(p))
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
  result = curl_global_init_mem(CURL_GLOBAL_DEFAULT, keeping_malloc, wiping_free, wiping_realloc,
                                strdup, calloc);
}

dh_status dh_http_init(dh_error *error)
{
  pthread_once(&once, init);
  if (result == CURLE_OK)
    return DH_OK;
  return dh_error_set(error, DH_INTERNAL, "libcurl cannot be initialized: %s",
                      curl_easy_strerror(result));
}
