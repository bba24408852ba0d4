/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librdkafka makes its threads and locks by C11's <threads.h>, which ThreadSanitizer does not
 * know: a thread that it did not see begin crashes in it, and what a lock orders looks like a
 * race. In a build with it these stand before the C library's and go by POSIX threads, which it
 * knows. In glibc both are the same objects.
 */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN
#endif
#endif
#ifdef __SANITIZE_THREAD__
#define UNDER_TSAN
#endif

#ifdef UNDER_TSAN
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

#define SEEN __attribute__((visibility("default")))

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t), "");
_Static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t), "");

/* librdkafka frees what is shared when the last reference goes; it counts references with
 * atomics, which are not seen in a library that was built without ThreadSanitizer. */
SEEN const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
  return "race:pthread_rwlock_destroy\nrace_top:^free$\n";
}

static int result(int code)
{
  return code == 0           ? thrd_success
         : code == ETIMEDOUT ? thrd_timedout
         : code == EBUSY     ? thrd_busy
         : code == ENOMEM    ? thrd_nomem
                             : thrd_error;
}

struct start {
  thrd_start_t run;
  void *arg;
};

static void *begin(void *arg)
{
  struct start start = *(struct start *)arg;
  free(arg);
  return (void *)(intptr_t)start.run(start.arg);
}

SEEN int thrd_create(thrd_t *thread, thrd_start_t run, void *arg)
{
  struct start *start = malloc(sizeof(*start));
  if (!start)
    return thrd_nomem;
  *start = (struct start){run, arg};
  int code = pthread_create((pthread_t *)thread, NULL, begin, start);
  if (code)
    free(start);
  return result(code);
}

SEEN int thrd_join(thrd_t thread, int *out)
{
  void *returned;
  int code = pthread_join((pthread_t)thread, &returned);
  if (!code && out)
    *out = (int)(intptr_t)returned;
  return result(code);
}

SEEN int mtx_init(mtx_t *mutex, int type)
{
  pthread_mutexattr_t kind;
  pthread_mutexattr_init(&kind);
  if (type & mtx_recursive)
    pthread_mutexattr_settype(&kind, PTHREAD_MUTEX_RECURSIVE);
  int code = pthread_mutex_init((pthread_mutex_t *)mutex, &kind);
  pthread_mutexattr_destroy(&kind);
  return result(code);
}

SEEN int mtx_lock(mtx_t *mutex)
{
  return result(pthread_mutex_lock((pthread_mutex_t *)mutex));
}

SEEN int mtx_trylock(mtx_t *mutex)
{
  return result(pthread_mutex_trylock((pthread_mutex_t *)mutex));
}

SEEN int mtx_unlock(mtx_t *mutex)
{
  return result(pthread_mutex_unlock((pthread_mutex_t *)mutex));
}

SEEN void mtx_destroy(mtx_t *mutex)
{
  pthread_mutex_destroy((pthread_mutex_t *)mutex);
}

SEEN int cnd_init(cnd_t *condition)
{
  return result(pthread_cond_init((pthread_cond_t *)condition, NULL));
}

SEEN int cnd_signal(cnd_t *condition)
{
  return result(pthread_cond_signal((pthread_cond_t *)condition));
}

SEEN int cnd_broadcast(cnd_t *condition)
{
  return result(pthread_cond_broadcast((pthread_cond_t *)condition));
}

SEEN int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
  return result(pthread_cond_wait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex));
}

SEEN int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
  return result(
      pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until));
}

SEEN void cnd_destroy(cnd_t *condition)
{
  pthread_cond_destroy((pthread_cond_t *)condition);
}
#else
typedef int nothing_to_replace;
#endif
