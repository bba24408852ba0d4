/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/dead_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct dh_dead_letter {
  int fd;
  char *buffer;
  size_t capacity;
  char path[];
};

dh_dead_letter *dh_dead_letter_new(const char *path)
{
  size_t size = strlen(path) + 1;
  dh_dead_letter *letter = calloc(1, sizeof(*letter) + size);
  if (!letter)
    return NULL;
  memcpy(letter->path, path, size);
  letter->fd = -1;
  return letter;
}

void dh_dead_letter_free(dh_dead_letter *letter)
{
  if (!letter)
    return;
  if (letter->fd >= 0)
    close(letter->fd);
  free(letter->buffer);
  free(letter);
}

static dh_status open_file(dh_dead_letter *letter, dh_error *error)
{
  if (letter->fd >= 0)
    return DH_OK;
  letter->fd = open(letter->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (letter->fd >= 0)
    return DH_OK;
  return dh_error_set(error, DH_UNAVAILABLE,
                      "cannot open the dead-letter file %s: %s; name one that can be written",
                      letter->path, strerror(errno));
}

static bool write_all(int fd, const char *bytes, size_t size)
{
  while (size) {
    ssize_t n = write(fd, bytes, size);
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      return false;
    bytes += n;
    size -= (size_t)n;
  }
  return true;
}

static dh_status append(dh_dead_letter *letter, size_t size, dh_error *error)
{
  struct stat before;
  bool regular = !fstat(letter->fd, &before) && S_ISREG(before.st_mode);
  if (write_all(letter->fd, letter->buffer, size))
    return DH_OK;
  int why = errno;
  if (regular && ftruncate(letter->fd, before.st_size))
    why = errno;
  return dh_error_set(error, DH_UNAVAILABLE,
                      "cannot add to the dead-letter file %s: %s; make room or name another file",
                      letter->path, strerror(why));
}

dh_status dh_dead_letter_add(dh_dead_letter *letter, const dh_record *record, dh_error *error)
{
  size_t size = 0;
  dh_status status = open_file(letter, error);
  if (!status)
    status = dh_record_to_file_form(record, &letter->buffer, &size, &letter->capacity, error);
  if (status)
    return status;
  if (size + 1 > letter->capacity) {
    char *more = realloc(letter->buffer, size + 1);
    if (!more)
      return dh_error_set(error, DH_NO_MEMORY, "out of memory for a dead letter");
    letter->buffer = more;
    letter->capacity = size + 1;
  }
  letter->buffer[size++] = '\n';
  return append(letter, size, error);
}
