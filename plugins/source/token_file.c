/* SPDX-License-Identifier: Apache-2.0 */
#include "token_file.h"
#include "token_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A swap takes microseconds; whoever replaces a file faster than this is not rotating it. */
#define ATTEMPTS 5

enum look { LOOK_READ, LOOK_AGAIN, LOOK_FAILED };

void token_file_init(token_file *file, const dh_host *host, const char *path, int allow_readable)
{
  memset(file, 0, sizeof(*file));
  file->host = host;
  file->path = path;
  file->allow_readable = allow_readable;
}

static token_file_mark mark_of(const struct stat *st)
{
  return (token_file_mark){st->st_dev, st->st_ino, st->st_size, st->st_ctim, st->st_mtim};
}

static int same_time(struct timespec a, struct timespec b)
{
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static int same_file(const token_file_mark *a, const token_file_mark *b)
{
  return a->device == b->device && a->inode == b->inode;
}

static int same_mark(const token_file_mark *a, const token_file_mark *b)
{
  return same_file(a, b) && a->size == b->size && same_time(a->changed, b->changed) &&
         same_time(a->modified, b->modified);
}

static dh_status cannot(const token_file *file, const char *verb, dh_error *error)
{
  int why = errno;
  const char *cure = why == ENOENT   ? "; is it mounted, is the path right?"
                     : why == EACCES ? "; this user may not read it"
                                     : "";
  return file->host->fail(file->host, error, DH_UNAVAILABLE, "cannot %s the token file %s: %s%s",
                          verb, file->path, strerror(why), cure);
}

static dh_status check_kind(const token_file *file, const struct stat *st, dh_error *error)
{
  const dh_host *host = file->host;
  if (!S_ISREG(st->st_mode))
    return host->fail(host, error, DH_MISCONFIGURED, "the token file %s is not a regular file",
                      file->path);
  if (st->st_mode & S_IWOTH)
    return host->fail(host, error, DH_DENIED,
                      "the token file %s may be written by anyone (mode %04o); chmod o-rw it",
                      file->path, (unsigned)(st->st_mode & 07777));
  if ((st->st_mode & S_IROTH) && !file->allow_readable)
    return host->fail(host, error, DH_DENIED,
                      "the token file %s may be read by anyone (mode %04o); chmod o-rw it, or set "
                      "allow_readable = true",
                      file->path, (unsigned)(st->st_mode & 07777));
  if (st->st_size > TOKEN_TEXT_MAX)
    return host->fail(host, error, DH_MALFORMED,
                      "the token file %s has %lld bytes; a token has at most %d", file->path,
                      (long long)st->st_size, TOKEN_TEXT_MAX);
  return DH_OK;
}

static ssize_t read_all(int fd, char *bytes, size_t room)
{
  size_t used = 0;
  while (used < room) {
    ssize_t n = read(fd, bytes + used, room - used);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -1;
    if (!n)
      break;
    used += (size_t)n;
  }
  return (ssize_t)used;
}

/* Nothing moved while we read: same bytes promised as read, same file under the name. */
static int is_settled(const token_file *file, int fd, const token_file_mark *before, ssize_t got)
{
  struct stat now, named;
  if (got != before->size || fstat(fd, &now) || stat(file->path, &named))
    return 0;
  token_file_mark after = mark_of(&now), path = mark_of(&named);
  return same_mark(before, &after) && same_file(before, &path);
}

static dh_status take(token_file *file, const token_file_mark *mark, const char *bytes, size_t size,
                      dh_error *error)
{
  char what[512];
  dh_secret *value = NULL;
  snprintf(what, sizeof(what), "the token file %s", file->path);
  dh_status status = token_text_take(file->host, what, bytes, size, &value, error);
  if (status != DH_OK)
    return status;
  file->host->secret_free(file->host, file->value);
  file->value = value;
  file->mark = *mark;
  file->has_seen = file->hurry = 0;
  return DH_OK;
}

static enum look read_once(token_file *file, int fd, const token_file_mark *mark, dh_status *status,
                           dh_error *error)
{
  char bytes[TOKEN_TEXT_MAX + 1];
  enum look look = LOOK_AGAIN;
  ssize_t got = read_all(fd, bytes, sizeof(bytes));
  if (got < 0) {
    *status = cannot(file, "read", error);
    look = LOOK_FAILED;
  } else if (is_settled(file, fd, mark, got)) {
    *status = take(file, mark, bytes, (size_t)got, error);
    look = *status == DH_OK ? LOOK_READ : LOOK_FAILED;
  }
  file->host->wipe(file->host, bytes, sizeof(bytes));
  return look;
}

/* Whether what was found must be seen once more before it is taken. */
static int must_wait(token_file *file, const token_file_mark *mark)
{
  if (!file->value || file->hurry || !same_file(mark, &file->mark))
    return 0;
  if (file->has_seen && same_mark(mark, &file->seen))
    return 0;
  file->seen = *mark;
  file->has_seen = 1;
  return 1;
}

static enum look look_once(token_file *file, dh_status *status, dh_error *error)
{
  struct stat st;
  enum look look = LOOK_FAILED;
  int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0 || fstat(fd, &st)) {
    *status = cannot(file, "open", error);
    goto out;
  }
  *status = check_kind(file, &st, error);
  if (*status != DH_OK)
    goto out;
  token_file_mark mark = mark_of(&st);
  if ((file->value && same_mark(&mark, &file->mark)) || must_wait(file, &mark))
    look = LOOK_READ;
  else
    look = read_once(file, fd, &mark, status, error);
out:
  if (fd >= 0)
    close(fd);
  return look;
}

dh_status token_file_look(token_file *file, dh_error *error)
{
  const dh_host *host = file->host;
  dh_error why = {.retry_after_ms = -1};
  dh_status status = DH_OK;
  enum look look = LOOK_AGAIN;
  for (int i = 0; i < ATTEMPTS && look == LOOK_AGAIN; i++)
    look = look_once(file, &status, &why);
  if (look == LOOK_READ)
    return DH_OK;
  if (look == LOOK_AGAIN)
    status = host->fail(host, &why, DH_UNAVAILABLE,
                        "the token file %s changes while it is read; write it aside and rename it",
                        file->path);
  /* In the middle of a swap: what was held is still what its issuer gave. */
  if (file->value && !file->hurry && status != DH_DENIED) {
    host->log(host, DH_LOG_DEBUG, "%s; the token read before stands", why.message);
    return DH_OK;
  }
  return host->fail(host, error, status, "%s", why.message);
}

void token_file_refused(token_file *file)
{
  file->hurry = 1;
}

void token_file_clear(token_file *file)
{
  file->host->secret_free(file->host, file->value);
  file->value = NULL;
}
