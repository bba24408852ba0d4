/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/spool_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char made_word[] = "made";

static void read_note(int fd, char note[64])
{
  ssize_t n = pread(fd, note, 63, 0);
  note[n > 0 ? n : 0] = '\0';
}

static void write_note(int fd, bool made)
{
  char note[64];
  int n = snprintf(note, sizeof(note), "%-10ld %s\n", (long)getpid(), made ? made_word : "    ");
  /* Only a courtesy to who is refused: the lock itself does not depend on it. */
  if (pwrite(fd, note, (size_t)n, 0) != n && ftruncate(fd, 0))
    return;
}

static dh_status refuse(const char *path, int fd, dh_error *error)
{
  char note[64];
  read_note(fd, note);
  long pid = strtol(note, NULL, 10);
  if (pid > 0)
    return dh_error_set(error, DH_UNAVAILABLE,
                        "spool %s is in use by process %ld; wait for it to end, or give this one "
                        "a spool of its own",
                        path, pid);
  return dh_error_set(error, DH_UNAVAILABLE,
                      "spool %s is in use by another process; wait for it to end, or give this one "
                      "a spool of its own",
                      path);
}

dh_status dh_spool_lock(const char *path, int *out, bool *made, dh_error *error)
{
  char *name = NULL;
  char note[64];
  if (asprintf(&name, "%s.lock", path) < 0)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory");
  int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) {
    dh_status status = dh_error_set(error, DH_UNAVAILABLE,
                                    "cannot open %s: %s; the spool's folder must exist and be "
                                    "writable",
                                    name, strerror(errno));
    free(name);
    return status;
  }
  free(name);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    dh_status status =
        errno == EWOULDBLOCK
            ? refuse(path, fd, error)
            : dh_error_set(error, DH_UNAVAILABLE,
                           "cannot lock %s.lock: %s; put the spool on a local file system", path,
                           strerror(errno));
    close(fd);
    return status;
  }
  read_note(fd, note);
  *made = strstr(note, made_word) != NULL;
  write_note(fd, *made);
  *out = fd;
  return DH_OK;
}

void dh_spool_lock_made(int fd)
{
  write_note(fd, true);
}
