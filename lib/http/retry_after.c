/* SPDX-License-Identifier: Apache-2.0 */
#include "http/easy.h"

#include <string.h>

#define DAY_MS ((int64_t)24 * 3600 * 1000)

static int64_t seconds(const char *value)
{
  int64_t total = 0;
  for (; *value >= '0' && *value <= '9'; value++)
    if (total < DAY_MS)
      total = total * 10 + (*value - '0');
  value += strspn(value, " \t");
  if (*value)
    return -1;
  return total * 1000;
}

int64_t dh_http_retry_after(const char *value, int64_t now_wall_ms)
{
  int64_t wait;
  if (!value)
    return -1;
  value += strspn(value, " \t");
  if (*value >= '0' && *value <= '9' && !strpbrk(value, ":,-")) {
    wait = seconds(value);
    if (wait < 0)
      return -1;
  } else {
    /* An HTTP date is at most 40 characters; curl reads all of its three forms. */
    if (!*value || strlen(value) > 64)
      return -1;
    time_t when = curl_getdate(value, NULL);
    if (when < 0)
      return -1;
    if (when > (now_wall_ms + DAY_MS) / 1000) /* as far as a year of ten digits */
      return DAY_MS;
    wait = (int64_t)when * 1000 - now_wall_ms;
    if (wait < 0)
      wait = 0;
  }
  return wait > DAY_MS ? DAY_MS : wait;
}
