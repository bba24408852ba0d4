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

/* A courtesy to who waits: the lock itself does not depend on it. */
static void sign(int lock)
{
  char text[32];
  int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
  if (ftruncate(lock, 0) || pwrite(lock, text, (size_t)n, 0) != n)
    (void)!ftruncate(lock, 0);
}

static dh_status held_by_another(const dh_host *host, const char *name, int lock, dh_error *error)
{
  char text[32] = "";
  ssize_t n = pread(lock, text, sizeof(text) - 1, 0);
  long pid = n > 0 ? strtol(text, NULL, 10) : 0;
  char who[48] = "another process";
  if (pid > 0)
    snprintf(who, sizeof(who), "process %ld", pid);
  return host->fail(host, error, DH_TIMEOUT,
                    "the lock %s did not come free in time: %s holds it, which renews the same "
                    "token; if it hangs, end it",
                    name, who);
}

/* A try at a time: a lock that never comes must not hold us beyond our own deadline. */
static dh_status wait_for(const dh_host *host, const char *name, int lock, int64_t deadline_ms,
                          dh_error *error)
{
  const struct timespec pause = {0, 20000000};
  while (flock(lock, LOCK_EX | LOCK_NB)) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      return host->fail(host, error, DH_UNAVAILABLE,
                        "cannot lock %s: %s; it must be on a file system that has locks", name,
                        strerror(errno));
    if (host->mono_ms(host) >= deadline_ms)
      return held_by_another(host, name, lock, error);
    nanosleep(&pause, NULL);
  }
  sign(lock);
  return DH_OK;
}

dh_status replace_lock(const dh_host *host, const char *path, int64_t deadline_ms, int *lock,
                       dh_error *error)
{
  char *name = NULL;
  dh_status status;
  *lock = -1;
  if (asprintf(&name, "%s.lock", path) < 0)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    status = host->fail(host, error, DH_UNAVAILABLE,
                        "cannot make the lock %s: %s; this user must be able to write the folder, "
                        "as the file beside it is renewed",
                        name, strerror(errno));
  else
    status = wait_for(host, name, fd, deadline_ms, error);
  free(name);
  if (status == DH_OK)
    *lock = fd;
  else if (fd >= 0)
    close(fd);
  return status;
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
