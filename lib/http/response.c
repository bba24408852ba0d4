/* SPDX-License-Identifier: Apache-2.0 */
#include "http/easy.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

int dh_http_status(const dh_http_response *response)
{
  return response->status;
}

const char *dh_http_body(const dh_http_response *response, size_t *size)
{
  if (size)
    *size = response->body.size;
  return response->body.data ? response->body.data : "";
}

const char *dh_http_header_of(const dh_http_response *response, const char *name)
{
  const char *at = response->head.data;
  const char *end = at + response->head.size;
  while (at && at < end) {
    const char *value = at + strlen(at) + 1;
    if (!dh_text_casecmp(at, name))
      return value;
    at = value + strlen(value) + 1;
  }
  return NULL;
}

void dh_http_free(dh_http_response *response)
{
  if (!response)
    return;
  dh_buf_wipe(&response->head);
  dh_buf_wipe(&response->body);
  free(response);
}
