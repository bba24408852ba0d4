/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wait.h"

int dh_wait_init(pthread_cond_t *condition)
{
  pthread_condattr_t attributes;
  int failed = pthread_condattr_init(&attributes);
  if (failed)
    return failed;
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  failed = pthread_cond_init(condition, &attributes);
  pthread_condattr_destroy(&attributes);
  return failed;
}

struct timespec dh_wait_until(int64_t ms)
{
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  at.tv_sec += (time_t)(ms / 1000);
  at.tv_nsec += (long)(ms % 1000) * 1000000L;
  if (at.tv_nsec >= 1000000000L) {
    at.tv_sec++;
    at.tv_nsec -= 1000000000L;
  }
  return at;
}
