/* SPDX-License-Identifier: Apache-2.0 */
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int replace_lock(const dh_host *host, const char *path, int64_t deadline_ms, dh_error *error)
{
  char *name = NULL;
  struct timespec pause = {0, 20000000};
  if (asprintf(&name, "%s.lock", path) < 0) {
    host->fail(host, error, DH_NO_MEMORY, "out of memory");
    return -1;
  }
  int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  int why = fd < 0 ? errno : 0;
  /* A try at a time: a lock that never comes must not hold us beyond our own deadline. */
  while (!why && flock(fd, LOCK_EX | LOCK_NB)) {
    why = errno == EWOULDBLOCK || errno == EINTR ? 0 : errno;
    if (!why && host->mono_ms(host) >= deadline_ms)
      why = ETIMEDOUT;
    if (!why)
      nanosleep(&pause, NULL);
  }
  if (why) {
    host->fail(host, error, why == ETIMEDOUT ? DH_TIMEOUT : DH_UNAVAILABLE, "cannot lock %s: %s%s",
               name, strerror(why), why == ETIMEDOUT ? "; another process holds it" : "");
    if (fd >= 0)
      close(fd);
    fd = -1;
  }
  free(name);
  return fd;
}

void replace_unlock(int lock)
{
  if (lock >= 0)
    close(lock);
}

static int write_all(int fd, const char *bytes, size_t size)
{
  while (size) {
    ssize_t n = write(fd, bytes, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    bytes += n;
    size -= (size_t)n;
  }
  return 0;
}

dh_status replace_file(const dh_host *host, const char *path, const void *bytes, size_t size,
                       dh_error *error)
{
  char *aside = NULL;
  if (asprintf(&aside, "%s.XXXXXX", path) < 0)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  int fd = mkostemp(aside, O_CLOEXEC); /* mode 0600 */
  int failed = fd < 0 || write_all(fd, bytes, size) || fsync(fd);
  int why = errno;
  if (fd >= 0)
    close(fd);
  if (!failed && rename(aside, path)) {
    failed = 1;
    why = errno;
  }
  if (failed && fd >= 0)
    unlink(aside);
  free(aside);
  if (failed)
    return host->fail(host, error, DH_UNAVAILABLE, "cannot replace %s: %s", path, strerror(why));
  return DH_OK;
}
