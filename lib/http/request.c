/* SPDX-License-Identifier: Apache-2.0 */
#include "http/request.h"
#include "http/easy.h"

#include <stdlib.h>
#include <string.h>

static size_t room_for(const char *text)
{
  return text ? strlen(text) + 1 : 0;
}

static const char *keep(char **at, const char *text)
{
  if (!text)
    return NULL;
  char *kept = *at;
  size_t size = strlen(text) + 1;
  memcpy(kept, text, size);
  *at += size;
  return kept;
}

bool dh_http_copy_make(dh_http_copy *copy, const dh_http_request *given)
{
  dh_http_request r = dh_http_lift(given);
  size_t size = 1 + room_for(r.method) + room_for(r.url) + room_for(r.ca_file) +
                room_for(r.cert_file) + room_for(r.key_file) + room_for(r.proxy);
  for (size_t i = 0; i < r.header_count; i++)
    size += room_for(r.headers[i].name) + room_for(r.headers[i].value);
  memset(copy, 0, sizeof(*copy));
  copy->strings = malloc(size);
  copy->headers = calloc(r.header_count + 1, sizeof(copy->headers[0]));
  if (!copy->strings || !copy->headers) {
    free(copy->strings);
    free(copy->headers);
    return false;
  }
  copy->strings_size = size;
  char *at = copy->strings;
  for (size_t i = 0; i < r.header_count; i++) {
    copy->headers[i].name = keep(&at, r.headers[i].name);
    copy->headers[i].value = keep(&at, r.headers[i].value);
  }
  r.headers = copy->headers;
  r.method = keep(&at, r.method);
  r.url = keep(&at, r.url);
  r.ca_file = keep(&at, r.ca_file);
  r.cert_file = keep(&at, r.cert_file);
  r.key_file = keep(&at, r.key_file);
  r.proxy = keep(&at, r.proxy);
  r.body = NULL;
  r.body_size = 0;
  copy->request = r;
  return true;
}

void dh_http_copy_end(dh_http_copy *copy)
{
  if (copy->strings)
    dh_wipe(copy->strings, copy->strings_size);
  free(copy->strings);
  free(copy->headers);
  memset(copy, 0, sizeof(*copy));
}
