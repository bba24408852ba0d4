/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/closing.h"

#include <stdlib.h>

typedef struct task {
  dh_closing *closing;
  void (*close)(void *thing);
  void *thing;
} task;

void dh_closing_init(dh_closing *closing)
{
  pthread_mutex_init(&closing->lock, NULL);
  pthread_cond_init(&closing->none, NULL);
  closing->count = 0;
}

void dh_closing_clear(dh_closing *closing)
{
  pthread_mutex_lock(&closing->lock);
  while (closing->count)
    pthread_cond_wait(&closing->none, &closing->lock);
  pthread_mutex_unlock(&closing->lock);
  pthread_cond_destroy(&closing->none);
  pthread_mutex_destroy(&closing->lock);
}

static void *run(void *arg)
{
  task *mine = arg;
  dh_closing *closing = mine->closing;
  mine->close(mine->thing);
  free(mine);
  pthread_mutex_lock(&closing->lock);
  if (!--closing->count)
    pthread_cond_broadcast(&closing->none);
  pthread_mutex_unlock(&closing->lock);
  return NULL;
}

static int start(task *fresh)
{
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  int failed = pthread_create(&thread, &attributes, run, fresh);
  pthread_attr_destroy(&attributes);
  return !failed;
}

void dh_closing_add(dh_closing *closing, void (*close)(void *thing), void *thing)
{
  task *fresh = malloc(sizeof(*fresh));
  if (fresh) {
    *fresh = (task){closing, close, thing};
    pthread_mutex_lock(&closing->lock);
    closing->count++; /* before it can end */
    pthread_mutex_unlock(&closing->lock);
    if (start(fresh))
      return;
    pthread_mutex_lock(&closing->lock);
    closing->count--;
    pthread_mutex_unlock(&closing->lock);
    free(fresh);
  }
  close(thing);
}
