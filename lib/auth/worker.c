/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>

struct dh_worker {
  pthread_mutex_t lock;
  pthread_cond_t told;
  pthread_t thread;
  bool started, posted, stopping;
  void (*work)(void *arg);
  void *arg;
};

dh_worker *dh_worker_new(void (*work)(void *arg), void *arg)
{
  dh_worker *worker = calloc(1, sizeof(*worker));
  if (!worker)
    return NULL;
  pthread_mutex_init(&worker->lock, NULL);
  pthread_cond_init(&worker->told, NULL);
  worker->work = work;
  worker->arg = arg;
  return worker;
}

static void *run(void *arg)
{
  dh_worker *worker = arg;
  pthread_mutex_lock(&worker->lock);
  while (!worker->stopping) {
    if (!worker->posted) {
      pthread_cond_wait(&worker->told, &worker->lock);
      continue;
    }
    worker->posted = false;
    pthread_mutex_unlock(&worker->lock);
    worker->work(worker->arg);
    pthread_mutex_lock(&worker->lock);
  }
  pthread_mutex_unlock(&worker->lock);
  return NULL;
}

static int start(dh_worker *worker)
{
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int failed = pthread_create(&worker->thread, NULL, run, worker);
  pthread_sigmask(SIG_SETMASK, &old, NULL);
  return failed;
}

int dh_worker_post(dh_worker *worker)
{
  pthread_mutex_lock(&worker->lock);
  int failed = worker->started ? 0 : start(worker);
  if (!failed) {
    worker->started = worker->posted = true;
    pthread_cond_signal(&worker->told);
  }
  pthread_mutex_unlock(&worker->lock);
  errno = failed;
  return failed;
}

void dh_worker_free(dh_worker *worker)
{
  if (!worker)
    return;
  pthread_mutex_lock(&worker->lock);
  worker->stopping = true;
  pthread_cond_signal(&worker->told);
  pthread_mutex_unlock(&worker->lock);
  if (worker->started)
    pthread_join(worker->thread, NULL);
  pthread_cond_destroy(&worker->told);
  pthread_mutex_destroy(&worker->lock);
  free(worker);
}
