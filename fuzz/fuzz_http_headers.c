/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a Retry-After value and as a URL whose origin is asked for. */
#include "http/easy.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DAY_MS 86400000

/* An origin is its own origin, and has neither user, path nor query. */
static void check_origin(const char *url)
{
  char *origin = dh_http_origin(url);
  if (!origin)
    return;
  char *again = dh_http_origin(origin);
  const char *host = strstr(origin, "://");
  if (!again || strcmp(origin, again) || !host || strpbrk(host + 3, "/?#@") ||
      !dh_http_same_origin(url, origin))
    __builtin_trap();
  free(again);
  free(origin);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char shown[64];
  char *text = malloc(size + 1);
  if (!text)
    return 0;
  if (size)
    memcpy(text, data, size);
  text[size] = '\0';
  int64_t wait = dh_http_retry_after(text, 1767323045000);
  if (wait < -1 || wait > DAY_MS)
    __builtin_trap();
  check_origin(text);
  dh_http_show_url(text, shown, sizeof(shown));
  if (!memchr(shown, '\0', sizeof(shown)))
    __builtin_trap();
  free(text);
  return 0;
}
