/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static dh_status fail_errno(output *out, dh_error *error, const char *what, const char *path,
                            const char *cure)
{
  return out->host->fail(out->host, error, DH_UNAVAILABLE, "cannot %s %s: %s; %s", what, path,
                         strerror(errno), cure);
}

static char *folder_of(const char *path)
{
  const char *slash = strrchr(path, '/');
  if (!slash)
    return strdup(".");
  return slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
}

/* ".NAME.PID-N.partial" beside the file: hidden, and telling whose it is. */
static char *temporary_name(const char *path, unsigned n)
{
  const char *slash = strrchr(path, '/');
  const char *base = slash ? slash + 1 : path;
  char *name = NULL;
  if (asprintf(&name, "%.*s.%s.%ld-%u.partial", (int)(base - path), path, base, (long)getpid(), n) <
      0)
    return NULL;
  return name;
}

static dh_status make_temporary(output *out, const struct stat *old, dh_error *error)
{
  for (unsigned n = 0; n < 1000; n++) {
    out->temporary = temporary_name(out->path, n);
    if (!out->temporary)
      return out->host->fail(out->host, error, DH_NO_MEMORY, "out of memory");
    out->fd = open(out->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (out->fd >= 0) {
      /* The new file is to be no more open to others than the old one was. */
      if (old && fchmod(out->fd, old->st_mode & 07777) != 0)
        return fail_errno(out, error, "set the mode of", out->temporary,
                          "the folder's file system must support it");
      return DH_OK;
    }
    if (errno != EEXIST)
      break;
    free(out->temporary);
    out->temporary = NULL;
  }
  dh_status status =
      fail_errno(out, error, "make a temporary beside", out->path,
                 "the folder must exist and be writable: the file is replaced, not overwritten");
  free(out->temporary);
  out->temporary = NULL;
  return status;
}

dh_status output_open(output *out, const dh_host *host, const char *path, dh_error *error)
{
  struct stat old;
  memset(out, 0, sizeof(*out));
  out->host = host;
  out->fd = -1;
  /* A symbolic link stays one: what it points to is replaced. */
  out->path = realpath(path, NULL);
  if (!out->path)
    out->path = strdup(path);
  if (!out->path)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  if (stat(out->path, &old) != 0)
    return make_temporary(out, NULL, error);
  if (S_ISDIR(old.st_mode))
    return host->fail(host, error, DH_MISCONFIGURED,
                      "cannot write %s: it is a folder; filename must name a file", path);
  if (S_ISREG(old.st_mode))
    return make_temporary(out, &old, error);
  out->fd = open(out->path, O_WRONLY | O_CLOEXEC);
  if (out->fd < 0)
    return fail_errno(out, error, "open", out->path, "check its mode and what it is");
  return DH_OK;
}

dh_status output_write(output *out, const char *bytes, size_t size, dh_error *error)
{
  while (size) {
    ssize_t n = write(out->fd, bytes, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && !out->temporary)
      return fail_errno(out, error, "write", out->path, "the run must be repeated");
    if (n < 0)
      return out->host->fail(out->host, error, DH_UNAVAILABLE,
                             "cannot write %s: %s; make room and repeat the run; %s is as it was, "
                             "and the temporary may be removed",
                             out->temporary, strerror(errno), out->path);
    bytes += n;
    size -= (size_t)n;
  }
  return DH_OK;
}

/* The name is only as durable as the folder that holds it. */
static void sync_folder(const char *path)
{
  char *folder = folder_of(path);
  int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd >= 0) {
    (void)fsync(fd);
    close(fd);
  }
  free(folder);
}

dh_status output_finish(output *out, dh_error *error)
{
  if (!out->temporary)
    return DH_OK;
  if (fsync(out->fd) != 0 || close(out->fd) != 0) {
    out->fd = -1;
    return fail_errno(out, error, "write to the disk", out->temporary,
                      "make room or mend the disk, and repeat the run");
  }
  out->fd = -1;
  if (rename(out->temporary, out->path) != 0)
    return out->host->fail(out->host, error, DH_UNAVAILABLE,
                           "cannot rename %s to %s: %s; all records are in the first: move it "
                           "by hand",
                           out->temporary, out->path, strerror(errno));
  sync_folder(out->path);
  free(out->temporary);
  out->temporary = NULL;
  return DH_OK;
}

void output_keep(output *out)
{
  if (out->temporary)
    out->host->log(out->host, DH_LOG_WARNING,
                   "the run did not end well: %s is as it was; what was written so far is in %s",
                   out->path, out->temporary);
}

void output_abandon(output *out)
{
  struct stat now;
  if (out->temporary && out->fd >= 0 && fstat(out->fd, &now) == 0 && now.st_size == 0)
    (void)unlink(out->temporary);
  if (out->fd >= 0)
    close(out->fd);
  free(out->path);
  free(out->temporary);
  memset(out, 0, sizeof(*out));
  out->fd = -1;
}
