/* SPDX-License-Identifier: Apache-2.0 */
#include "support/tmpdir.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void stop(const char *what, const char *path)
{
  fprintf(stderr, "test support: cannot %s %s: %s\n", what, path, strerror(errno));
  abort();
}

char *test_path(const char *dir, const char *name)
{
  char *path = NULL;
  if (asprintf(&path, "%s/%s", dir, name) < 0)
    stop("name", name);
  return path;
}

char *test_tmpdir_new(void)
{
  const char *base = getenv("TMPDIR");
  char *dir = test_path(base && *base ? base : "/tmp", "datahub-test-XXXXXX");
  if (!mkdtemp(dir))
    stop("make the folder", dir);
  return dir;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
  (void)st;
  (void)flag;
  (void)walk;
  return remove(path);
}

void test_tmpdir_remove(char *dir)
{
  if (!dir)
    return;
  if (nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS))
    stop("remove the folder", dir);
  free(dir);
}

char *test_file(const char *dir, const char *name, const void *bytes, size_t size, mode_t mode)
{
  char *path = test_path(dir, name);
  if (unlink(path) && errno != ENOENT)
    stop("replace", path);
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    stop("make", path);
  for (size_t sent = 0; sent < size;) {
    ssize_t n = write(fd, (const char *)bytes + sent, size - sent);
    if (n < 0)
      stop("write", path);
    sent += (size_t)n;
  }
  if (fchmod(fd, mode) || close(fd))
    stop("finish", path);
  return path;
}

char *test_file_text(const char *dir, const char *name, const char *text)
{
  return test_file(dir, name, text, strlen(text), 0600);
}

char *test_read(const char *path, size_t *size)
{
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    stop("open", path);
  size_t used = 0, room = 4096;
  char *bytes = malloc(room);
  for (;;) {
    if (!bytes)
      stop("hold", path);
    ssize_t n = read(fd, bytes + used, room - used - 1);
    if (n < 0)
      stop("read", path);
    if (!n)
      break;
    used += (size_t)n;
    if (room - used < 2048)
      bytes = realloc(bytes, room *= 2);
  }
  close(fd);
  bytes[used] = '\0';
  if (size)
    *size = used;
  return bytes;
}

int test_lock_held(const char *dir, const char *name, const char *text)
{
  char *path = test_path(dir, name);
  int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
    stop("lock", path);
  if (text && (ftruncate(fd, 0) || pwrite(fd, text, strlen(text), 0) != (ssize_t)strlen(text)))
    stop("write", path);
  free(path);
  return fd;
}
