/* SPDX-License-Identifier: Apache-2.0 */
#include "connections.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>

/* Looked at so many times in the time that a connection has. */
#define LOOKS 4
#define LOOK_MOST_MS 5000

typedef struct known {
  TAILQ_ENTRY(known) entry;
  authd_connections *all;
  int fd;
  atomic_llong since_ms; /* of what it is waited for; 0: it is not, it waits for us */
} known;

struct authd_connections {
  int64_t limit_ms;
  pthread_mutex_t lock;
  pthread_cond_t over;
  bool ending;
  TAILQ_HEAD(, known) list;
  pthread_t thread;
};

static int64_t now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* libmicrohttpd sees the end of what it reads, and closes. */
static void end_slow(authd_connections *all)
{
  known *one;
  int64_t now = now_ms();
  TAILQ_FOREACH(one, &all->list, entry)
  {
    int64_t since = atomic_load_explicit(&one->since_ms, memory_order_relaxed);
    if (since && now - since > all->limit_ms)
      shutdown(one->fd, SHUT_RDWR);
  }
}

static void *look(void *arg)
{
  authd_connections *all = arg;
  int64_t pause = all->limit_ms / LOOKS < LOOK_MOST_MS ? all->limit_ms / LOOKS : LOOK_MOST_MS;
  pthread_mutex_lock(&all->lock);
  while (!all->ending) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += pause / 1000;
    until.tv_nsec += pause % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
      until.tv_sec++;
      until.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&all->over, &all->lock, &until);
    end_slow(all);
  }
  pthread_mutex_unlock(&all->lock);
  return NULL;
}

authd_connections *authd_connections_open(int64_t limit_ms, dh_error *error)
{
  pthread_condattr_t how;
  authd_connections *all = calloc(1, sizeof(*all));
  if (!all) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while starting");
    return NULL;
  }
  all->limit_ms = limit_ms;
  TAILQ_INIT(&all->list);
  pthread_mutex_init(&all->lock, NULL);
  pthread_condattr_init(&how);
  pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
  pthread_cond_init(&all->over, &how);
  pthread_condattr_destroy(&how);
  if (!pthread_create(&all->thread, NULL, look, all))
    return all;
  pthread_cond_destroy(&all->over);
  pthread_mutex_destroy(&all->lock);
  free(all);
  dh_error_set(error, DH_INTERNAL, "cannot start a thread: %m");
  return NULL;
}

void authd_connections_close(authd_connections *all)
{
  if (!all)
    return;
  pthread_mutex_lock(&all->lock);
  all->ending = true;
  pthread_cond_signal(&all->over);
  pthread_mutex_unlock(&all->lock);
  pthread_join(all->thread, NULL);
  pthread_cond_destroy(&all->over);
  pthread_mutex_destroy(&all->lock);
  free(all);
}

static known *begin(authd_connections *all, struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  known *one = info ? calloc(1, sizeof(*one)) : NULL;
  if (!one)
    return NULL; /* it is served all the same */
  one->all = all;
  one->fd = info->connect_fd;
  atomic_init(&one->since_ms, now_ms());
  pthread_mutex_lock(&all->lock);
  TAILQ_INSERT_TAIL(&all->list, one, entry);
  pthread_mutex_unlock(&all->lock);
  return one;
}

static void end(known *one)
{
  pthread_mutex_lock(&one->all->lock);
  TAILQ_REMOVE(&one->all->list, one, entry);
  pthread_mutex_unlock(&one->all->lock);
  free(one);
}

void authd_connection_notify(void *arg, struct MHD_Connection *connection, void **context,
                             enum MHD_ConnectionNotificationCode what)
{
  if (what == MHD_CONNECTION_NOTIFY_STARTED)
    *context = begin(arg, connection);
  else if (*context) /* before the descriptor is closed */
    end(*context);
}

static void set_since(struct MHD_Connection *connection, int64_t ms)
{
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  known *one = info ? info->socket_context : NULL;
  if (one)
    atomic_store_explicit(&one->since_ms, ms, memory_order_relaxed);
}

void authd_connection_asked(struct MHD_Connection *connection)
{
  set_since(connection, 0);
}

void authd_connection_answered(struct MHD_Connection *connection)
{
  set_since(connection, now_ms());
}
