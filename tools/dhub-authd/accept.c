/* SPDX-License-Identifier: Apache-2.0 */
#include "accept.h"
#include "trouble.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* Accepted before it is looked again whether to end. */
#define AT_ONCE 16
/* Looked again after so long whether there are descriptors, or memory. */
#define SHORT_MS 100

struct authd_accepting {
  dh_context *context;
  int listening, end;
  authd_places *places;
  authd_trouble trouble; /* what is lacking */
  pthread_t thread;
};

typedef enum outcome {
  NEXT,   /* one was accepted, or had gone */
  NONE,   /* waits */
  FULL,   /* one must end first */
  LACKING /* descriptors or memory */
} outcome;

static const char *cure_of(int why)
{
  switch (why) {
  case EMFILE:
    return "allow more open files (LimitNOFILE= of the service, ulimit -n) or lower "
           "max_connections";
  case ENFILE:
    return "allow the machine more open files (sysctl fs.file-max)";
  case ENOBUFS:
  case ENOMEM:
    return "lower max_connections, or give it more memory";
  default:
    return "restart dhub-authd";
  }
}

/* What is lacking may come and go many times a second. */
static void tell(authd_accepting *me, int why)
{
  if (authd_trouble_due(&me->trouble, me->context))
    dh_log(me->context, DH_LOG_WARNING, "connections wait, for none can be accepted: %s; %s",
           strerror(why), cure_of(why));
}

/* accept(2): an error may be that of a connection which has ended while it waited. */
static outcome failed(authd_accepting *me, int why)
{
  switch (why) {
  case EAGAIN:
    return NONE;
  case EINTR:
  case ECONNABORTED:
  case EPERM: /* a firewall's */
  case EPROTO:
  case ENOPROTOOPT:
  case EOPNOTSUPP:
  case ENETDOWN:
  case ENETUNREACH:
  case EHOSTDOWN:
  case EHOSTUNREACH:
  case ENONET:
    return NEXT;
  default:
    tell(me, why);
    return LACKING;
  }
}

static outcome take(authd_accepting *me)
{
  struct sockaddr_storage address;
  socklen_t size = sizeof(address);
  authd_worker *worker = authd_places_take(me->places);
  if (!worker)
    return FULL;
  int fd = accept4(me->listening, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
  /* Where it cannot be added, it is closed. */
  if (fd >= 0 && MHD_add_connection(worker->daemon, fd, (struct sockaddr *)&address, size))
    return NEXT;
  int why = errno;
  authd_place_return(worker);
  return failed(me, why);
}

static outcome take_some(authd_accepting *me)
{
  outcome last = NEXT;
  for (int i = 0; i < AT_ONCE && last == NEXT; i++)
    last = take(me);
  return last;
}

static void *accept_all(void *arg)
{
  authd_accepting *me = arg;
  struct pollfd on[] = {
      {me->end, POLLIN, 0}, {authd_places_event(me->places), POLLIN, 0}, {-1, POLLIN, 0}};
  pthread_setname_np(pthread_self(), AUTHD_ACCEPT_NAME);
  while (!on[0].revents) {
    outcome last = take_some(me);
    on[2].fd = last == NEXT || last == NONE ? me->listening : -1;
    poll(on, 3, last == LACKING ? SHORT_MS : last == FULL ? AUTHD_PLACES_LOST_MS : -1);
    if (on[1].revents)
      authd_places_heard(me->places);
  }
  return NULL;
}

authd_accepting *authd_accept_begin(dh_context *context, int listening, authd_places *places,
                                    dh_error *error)
{
  authd_accepting *me = calloc(1, sizeof(*me));
  if (!me) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while starting");
    return NULL;
  }
  me->context = context;
  me->listening = listening;
  me->places = places;
  me->end = eventfd(0, EFD_CLOEXEC);
  int why = me->end < 0 ? errno : pthread_create(&me->thread, NULL, accept_all, me);
  if (!why)
    return me;
  dh_error_set(error, DH_INTERNAL, "cannot start to accept: %s", strerror(why));
  if (me->end >= 0)
    close(me->end);
  free(me);
  return NULL;
}

void authd_accept_end(authd_accepting *accepting)
{
  if (!accepting)
    return;
  (void)eventfd_write(accepting->end, 1);
  pthread_join(accepting->thread, NULL);
  close(accepting->end);
  free(accepting);
}
