/* SPDX-License-Identifier: Apache-2.0 */
#include "places.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct authd_places {
  dh_context *context;
  size_t most;
  int event;
  pthread_mutex_t lock;
  bool awaited; /* somebody found no place */
  unsigned count;
  authd_worker workers[];
};

authd_places *authd_places_open(dh_context *context, unsigned workers, size_t most, dh_error *error)
{
  authd_places *places = calloc(1, sizeof(*places) + workers * sizeof(places->workers[0]));
  if (!places) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while starting");
    return NULL;
  }
  places->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (places->event < 0) {
    dh_error_set(error, DH_INTERNAL, "cannot count connections: %m");
    free(places);
    return NULL;
  }
  places->context = context;
  places->most = most;
  places->count = workers;
  for (unsigned i = 0; i < workers; i++)
    places->workers[i].places = places;
  pthread_mutex_init(&places->lock, NULL);
  return places;
}

void authd_places_close(authd_places *places)
{
  if (!places)
    return;
  pthread_mutex_destroy(&places->lock);
  close(places->event);
  free(places);
}

authd_worker *authd_places_worker(authd_places *places, unsigned number)
{
  return number < places->count ? &places->workers[number] : NULL;
}

int authd_places_event(const authd_places *places)
{
  return places->event;
}

void authd_places_heard(authd_places *places)
{
  eventfd_t times;
  (void)eventfd_read(places->event, &times);
}

/* --- under the lock --- */

static size_t count_coming(const authd_places *places)
{
  size_t count = 0;
  for (unsigned i = 0; i < places->count; i++)
    count += places->workers[i].coming;
  return count;
}

static size_t count_all(const authd_places *places)
{
  size_t count = count_coming(places);
  for (unsigned i = 0; i < places->count; i++)
    count += places->workers[i].here;
  return count;
}

/* A thread begins at once with all that it has been handed. Were it slow for once, and nothing
 * lost, there are too many until it has begun with them: then all are counted again. */
static void forget_lost(authd_places *places)
{
  int64_t now = dh_mono_ms(places->context);
  for (unsigned i = 0; i < places->count; i++) {
    authd_worker *worker = &places->workers[i];
    if (worker->coming && now - worker->since_ms >= AUTHD_PLACES_LOST_MS)
      worker->coming = 0;
  }
}

static bool is_full(authd_places *places)
{
  if (count_all(places) < places->most)
    return false;
  forget_lost(places);
  return count_all(places) >= places->most;
}

static authd_worker *least_busy(authd_places *places)
{
  authd_worker *best = &places->workers[0];
  for (unsigned i = 1; i < places->count; i++) {
    authd_worker *worker = &places->workers[i];
    if (worker->here + worker->coming < best->here + best->coming)
      best = worker;
  }
  return best;
}

/* --- */

authd_worker *authd_places_take(authd_places *places)
{
  authd_worker *worker = NULL;
  pthread_mutex_lock(&places->lock);
  places->awaited = is_full(places);
  if (!places->awaited) {
    worker = least_busy(places);
    if (!worker->coming++)
      worker->since_ms = dh_mono_ms(places->context);
  }
  pthread_mutex_unlock(&places->lock);
  return worker;
}

static void tell(authd_places *places)
{
  if (places->awaited)
    (void)eventfd_write(places->event, 1);
  places->awaited = false;
}

void authd_place_return(authd_worker *worker)
{
  pthread_mutex_lock(&worker->places->lock);
  if (worker->coming)
    worker->coming--;
  pthread_mutex_unlock(&worker->places->lock);
}

void authd_place_begun(authd_worker *worker)
{
  pthread_mutex_lock(&worker->places->lock);
  worker->here++;
  if (worker->coming)
    worker->coming--;
  pthread_mutex_unlock(&worker->places->lock);
}

void authd_place_ended(authd_worker *worker)
{
  pthread_mutex_lock(&worker->places->lock);
  worker->here--;
  tell(worker->places);
  pthread_mutex_unlock(&worker->places->lock);
}

size_t authd_places_coming(authd_places *places)
{
  pthread_mutex_lock(&places->lock);
  forget_lost(places);
  size_t count = count_coming(places);
  pthread_mutex_unlock(&places->lock);
  return count;
}
