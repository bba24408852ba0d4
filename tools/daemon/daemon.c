/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/daemon.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

/* LeakSanitizer is a debugger. */
#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define UNDER_LEAK_SANITIZER 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define UNDER_LEAK_SANITIZER 1
#endif

void daemon_keep_to_itself(void)
{
  setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
#ifndef UNDER_LEAK_SANITIZER
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

void daemon_block_signals(sigset_t *set)
{
  sigemptyset(set);
  sigaddset(set, SIGTERM);
  sigaddset(set, SIGINT);
  sigaddset(set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, set, NULL);
  signal(SIGPIPE, SIG_IGN);
}

bool daemon_write_port(const char *path, unsigned port)
{
  char temporary[PATH_MAX];
  if (snprintf(temporary, sizeof(temporary), "%s.new", path) >= (int)sizeof(temporary)) {
    errno = ENAMETOOLONG;
    return false;
  }
  FILE *file = fopen(temporary, "we");
  if (!file)
    return false;
  bool whole = fprintf(file, "%u\n", port) > 0;
  if (fclose(file))
    whole = false;
  if (whole && !rename(temporary, path))
    return true;
  int why = errno;
  unlink(temporary);
  errno = why;
  return false;
}
