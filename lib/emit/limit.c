/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/limit.h"

void dh_limit_init(dh_limit *limit, size_t max)
{
  *limit = (dh_limit){.window = (double)max, .max = (double)max};
}

size_t dh_limit_now(const dh_limit *limit)
{
  return (size_t)limit->window;
}

uint64_t dh_limit_sent(dh_limit *limit)
{
  return ++limit->sent;
}

void dh_limit_good(dh_limit *limit)
{
  limit->window += 1 / limit->window;
  if (limit->window > limit->max)
    limit->window = limit->max;
}

void dh_limit_bad(dh_limit *limit, uint64_t number)
{
  if (number <= limit->halved_at)
    return;
  limit->halved_at = limit->sent;
  limit->window = limit->window / 2 > 1 ? limit->window / 2 : 1;
}
