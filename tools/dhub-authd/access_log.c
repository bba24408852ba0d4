/* SPDX-License-Identifier: Apache-2.0 */
#include "access_log.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROOM ((size_t)256 * 1024)
#define DELAY_NS 200000000

struct authd_log {
  dh_context *context;
  int fd;
  atomic_ullong *lost;
  pthread_t writer;
  pthread_mutex_t lock;
  pthread_cond_t more;
  bool ending;
  char *fresh; /* lines gather here */
  char *going; /* the writer's own */
  size_t used; /* of `fresh` */
};

static void write_all(int fd, const char *bytes, size_t size)
{
  while (size) {
    ssize_t done = write(fd, bytes, size);
    if (done < 0 && errno == EINTR)
      continue;
    if (done < 0)
      return; /* nobody reads it any more: checks go on */
    bytes += done;
    size -= (size_t)done;
  }
}

/* With the lock: waits for lines, and then a little for more of them. */
static void gather(authd_log *log)
{
  struct timespec until;
  while (!log->used && !log->ending)
    pthread_cond_wait(&log->more, &log->lock);
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += DELAY_NS;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  while (!log->ending && log->used < ROOM / 2 &&
         pthread_cond_timedwait(&log->more, &log->lock, &until) != ETIMEDOUT)
    ;
}

static void *write_lines(void *arg)
{
  authd_log *log = arg;
  bool ending = false;
  while (!ending) {
    pthread_mutex_lock(&log->lock);
    gather(log);
    ending = log->ending;
    char *lines = log->fresh;
    size_t size = log->used;
    log->fresh = log->going;
    log->going = lines;
    log->used = 0;
    pthread_mutex_unlock(&log->lock);
    write_all(log->fd, lines, size);
  }
  return NULL;
}

static void init_locks(authd_log *log)
{
  pthread_condattr_t how;
  pthread_condattr_init(&how);
  pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
  pthread_cond_init(&log->more, &how);
  pthread_condattr_destroy(&how);
  pthread_mutex_init(&log->lock, NULL);
}

static void free_log(authd_log *log)
{
  pthread_cond_destroy(&log->more);
  pthread_mutex_destroy(&log->lock);
  free(log->fresh);
  free(log->going);
  free(log);
}

authd_log *authd_log_open(dh_context *context, int fd, atomic_ullong *lost)
{
  authd_log *log = calloc(1, sizeof(*log));
  if (!log)
    return NULL;
  init_locks(log);
  log->context = context;
  log->fd = fd;
  log->lost = lost;
  log->fresh = malloc(ROOM);
  log->going = malloc(ROOM);
  if (log->fresh && log->going && !pthread_create(&log->writer, NULL, write_lines, log))
    return log;
  free_log(log);
  return NULL;
}

void authd_log_close(authd_log *log)
{
  if (!log)
    return;
  pthread_mutex_lock(&log->lock);
  log->ending = true;
  pthread_cond_signal(&log->more);
  pthread_mutex_unlock(&log->lock);
  pthread_join(log->writer, NULL);
  free_log(log);
}

void authd_log_add(authd_log *log, const authd_access *access)
{
  char line[AUTHD_LINE_MAX];
  if (!log)
    return;
  size_t size = authd_line_make(line, log->context, access);
  pthread_mutex_lock(&log->lock);
  bool room = size <= ROOM - log->used;
  /* The writer is woken for the first line, and where it should not wait for more. */
  bool wake = room && (!log->used || (log->used < ROOM / 2 && log->used + size >= ROOM / 2));
  if (room) {
    memcpy(log->fresh + log->used, line, size);
    log->used += size;
  }
  if (wake)
    pthread_cond_signal(&log->more);
  pthread_mutex_unlock(&log->lock);
  if (!room)
    atomic_fetch_add_explicit(log->lost, 1, memory_order_relaxed);
}
