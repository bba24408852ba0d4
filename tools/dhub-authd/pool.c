/* SPDX-License-Identifier: Apache-2.0 */
#include "pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BUCKETS 256

TAILQ_HEAD(question_list, authd_question);
TAILQ_HEAD(job_list, authd_job);

typedef enum lane_name { NEAR, FAR, LANES } lane_name;

/* A check, for all who ask it. It is in its lane's queue, or runs, or stands behind one that does.
 */
struct authd_job {
  struct question_list questions;
  size_t asked; /* how many */
  TAILQ_ENTRY(authd_job) in_queue;
  LIST_ENTRY(authd_job) in_bucket;
  uint64_t hash;
  size_t size; /* of `authorization`, NUL included */
  lane_name lane;
  bool running;
  authd_job *behind; /* the one about the same credential that is to run after this one */
  authd_job *before; /* the one that runs, behind which this one stands */
  char authorization[];
};

typedef struct lane {
  authd_pool *pool;
  dh_status (*check)(dh_verifier *, const char *, dh_principal **, dh_error *);
  struct job_list queue;
  pthread_cond_t more;
  size_t asked; /* questions of the jobs in it */
} lane;

struct authd_pool {
  authd_pool_options options;
  pthread_mutex_t lock;
  pthread_cond_t first; /* there is a question where there was none, or the pool ends */
  bool ending;
  lane lanes[LANES];
  LIST_HEAD(, authd_job) buckets[BUCKETS];
  struct question_list by_end;
  pthread_t *threads; /* of the lanes, then the one that watches the time */
  unsigned count;
};

static int64_t now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* FNV-1a: a shortcut only, what is equal is compared. */
static uint64_t hash_of(const char *text, size_t size)
{
  uint64_t hash = UINT64_C(0xcbf29ce484222325);
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
  return hash;
}

/* --- jobs; all with the lock held --- */

/* What has not begun about this credential, else what runs, or NULL. */
static authd_job *find(authd_pool *pool, const char *authorization, size_t size, uint64_t hash)
{
  authd_job *running = NULL, *job;
  LIST_FOREACH(job, &pool->buckets[hash % BUCKETS], in_bucket)
  {
    if (job->hash != hash || job->size != size || memcmp(job->authorization, authorization, size))
      continue;
    if (!job->running)
      return job;
    running = job;
  }
  return running;
}

static void enqueue(authd_pool *pool, authd_job *job)
{
  TAILQ_INSERT_TAIL(&pool->lanes[job->lane].queue, job, in_queue);
  pthread_cond_signal(&pool->lanes[job->lane].more);
}

/* A new one, in its lane's queue, or behind the one that runs about the same credential. */
static authd_job *new_job(authd_pool *pool, const char *authorization, size_t size, uint64_t hash,
                          authd_job *running)
{
  authd_job *job = calloc(1, sizeof(*job) + size);
  if (!job)
    return NULL;
  TAILQ_INIT(&job->questions);
  job->hash = hash;
  job->size = size;
  memcpy(job->authorization, authorization, size);
  LIST_INSERT_HEAD(&pool->buckets[hash % BUCKETS], job, in_bucket);
  job->lane = running ? running->lane : NEAR;
  job->before = running;
  if (running)
    running->behind = job;
  else
    enqueue(pool, job);
  return job;
}

/* One that is in no queue. What stands behind it has its turn. */
static void drop_job(authd_pool *pool, authd_job *job)
{
  LIST_REMOVE(job, in_bucket);
  if (job->before)
    job->before->behind = NULL;
  if (job->behind) {
    job->behind->before = NULL;
    enqueue(pool, job->behind);
  }
  dh_wipe(job->authorization, job->size);
  free(job);
}

/* A job that nobody asks any more; one that runs ends of itself. */
static void drop_unasked(authd_pool *pool, authd_job *job)
{
  if (job->running || job->asked)
    return;
  if (!job->before)
    TAILQ_REMOVE(&pool->lanes[job->lane].queue, job, in_queue);
  drop_job(pool, job);
}

/* --- questions; all with the lock held --- */

static void add_question(authd_pool *pool, authd_job *job, authd_question *question)
{
  question->job = job;
  question->end_ms = now_ms() + pool->options.timeout_ms;
  TAILQ_INSERT_TAIL(&job->questions, question, in_job);
  job->asked++;
  pool->lanes[job->lane].asked++;
  /* All have the same time, so that the newest one ends last. */
  if (TAILQ_EMPTY(&pool->by_end))
    pthread_cond_signal(&pool->first);
  TAILQ_INSERT_TAIL(&pool->by_end, question, in_time);
}

static void take_question(authd_pool *pool, authd_question *question, struct question_list *to)
{
  authd_job *job = question->job;
  TAILQ_REMOVE(&job->questions, question, in_job);
  job->asked--;
  pool->lanes[job->lane].asked--;
  TAILQ_REMOVE(&pool->by_end, question, in_time);
  TAILQ_INSERT_TAIL(to, question, in_time);
}

static void take_questions(authd_pool *pool, authd_job *job, struct question_list *to)
{
  while (!TAILQ_EMPTY(&job->questions))
    take_question(pool, TAILQ_FIRST(&job->questions), to);
}

/* --- answers; without the lock --- */

static void answer(struct question_list *questions, dh_status result, dh_principal *principal,
                   const dh_error *error)
{
  authd_question *question;
  while ((question = TAILQ_FIRST(questions))) {
    TAILQ_REMOVE(questions, question, in_time);
    question->result = result;
    question->principal = principal ? dh_principal_ref(principal) : NULL;
    question->error = *error;
    question->answered(question);
  }
}

static dh_status no_room(authd_question *question)
{
  question->turned_away = true;
  return dh_error_set(&question->error, DH_UNAVAILABLE,
                      "too many checks wait already: an issuer, GMS or the token store is slow or "
                      "out of reach, or max_waiting is too low");
}

static void turn_away(struct question_list *questions)
{
  authd_question *question;
  while ((question = TAILQ_FIRST(questions))) {
    TAILQ_REMOVE(questions, question, in_time);
    question->result = no_room(question);
    question->answered(question);
  }
}

/* --- the lanes' threads --- */

/* With the lock held: on to the far lane, with those who asked in the meantime, as far as there
 * is room. */
static void move_on(authd_pool *pool, authd_job *job, struct question_list *away)
{
  lane *near = &pool->lanes[NEAR], *far = &pool->lanes[FAR];
  size_t room = far->asked < pool->options.most ? pool->options.most - far->asked : 0;
  authd_job *behind = job->behind;
  authd_question *question;
  if (behind) {
    TAILQ_FOREACH(question, &behind->questions, in_job)
    question->job = job;
    TAILQ_CONCAT(&job->questions, &behind->questions, in_job);
    job->asked += behind->asked;
    job->behind = NULL;
    behind->before = NULL;
    drop_job(pool, behind);
  }
  while (job->asked > room)
    take_question(pool, TAILQ_LAST(&job->questions, question_list), away);
  near->asked -= job->asked;
  far->asked += job->asked;
  job->lane = FAR;
  if (job->asked)
    enqueue(pool, job);
  else
    drop_job(pool, job);
}

/* With the lock held, which is let go while it checks and answers. */
static void run(authd_pool *pool, const lane *in, authd_job *job)
{
  struct question_list answered = TAILQ_HEAD_INITIALIZER(answered);
  struct question_list away = TAILQ_HEAD_INITIALIZER(away);
  dh_principal *principal = NULL;
  dh_error error;
  job->running = true;
  pthread_mutex_unlock(&pool->lock);
  dh_status status = in->check(pool->options.verifier, job->authorization, &principal, &error);
  pthread_mutex_lock(&pool->lock);
  job->running = false;
  if (status == DH_IGNORE)
    move_on(pool, job, &away);
  else {
    take_questions(pool, job, &answered);
    drop_job(pool, job);
  }
  pthread_mutex_unlock(&pool->lock);
  answer(&answered, status, principal, &error);
  turn_away(&away);
  dh_principal_unref(principal);
  pthread_mutex_lock(&pool->lock);
}

static void *work(void *arg)
{
  lane *in = arg;
  authd_pool *pool = in->pool;
  pthread_mutex_lock(&pool->lock);
  while (!pool->ending) {
    authd_job *job = TAILQ_FIRST(&in->queue);
    if (!job) {
      pthread_cond_wait(&in->more, &pool->lock);
      continue;
    }
    TAILQ_REMOVE(&in->queue, job, in_queue);
    run(pool, in, job);
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

/* --- the thread that watches the time --- */

/* With the lock held, which is let go while it answers. */
static void answer_late(authd_pool *pool)
{
  struct question_list late = TAILQ_HEAD_INITIALIZER(late);
  authd_question *question;
  dh_error error;
  int64_t now = now_ms();
  while ((question = TAILQ_FIRST(&pool->by_end)) && question->end_ms <= now) {
    authd_job *job = question->job;
    take_question(pool, question, &late);
    drop_unasked(pool, job);
  }
  pthread_mutex_unlock(&pool->lock);
  dh_error_set(&error, DH_TIMEOUT,
               "not decided within check_timeout (%lld ms): an issuer, GMS or the token store is "
               "slow or out of reach",
               (long long)pool->options.timeout_ms);
  answer(&late, DH_TIMEOUT, NULL, &error);
  pthread_mutex_lock(&pool->lock);
}

static void *watch(void *arg)
{
  authd_pool *pool = arg;
  pthread_mutex_lock(&pool->lock);
  while (!pool->ending) {
    const authd_question *first = TAILQ_FIRST(&pool->by_end);
    if (!first)
      pthread_cond_wait(&pool->first, &pool->lock);
    else if (first->end_ms <= now_ms())
      answer_late(pool);
    else {
      struct timespec until = {.tv_sec = (time_t)(first->end_ms / 1000),
                               .tv_nsec = (long)(first->end_ms % 1000) * 1000000L};
      pthread_cond_timedwait(&pool->first, &pool->lock, &until);
    }
  }
  pthread_mutex_unlock(&pool->lock);
  return NULL;
}

/* --- life --- */

static void init(authd_pool *pool)
{
  pthread_condattr_t how;
  pthread_mutex_init(&pool->lock, NULL);
  pthread_condattr_init(&how);
  pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
  pthread_cond_init(&pool->first, &how);
  pthread_condattr_destroy(&how);
  TAILQ_INIT(&pool->by_end);
  for (size_t i = 0; i < BUCKETS; i++)
    LIST_INIT(&pool->buckets[i]);
  for (lane_name name = NEAR; name < LANES; name++) {
    lane *to = &pool->lanes[name];
    to->pool = pool;
    to->check = name == NEAR ? dh_verifier_check_now : dh_verifier_check;
    TAILQ_INIT(&to->queue);
    pthread_cond_init(&to->more, NULL);
  }
}

static bool start(authd_pool *pool)
{
  unsigned near = pool->options.near_threads, all = near + pool->options.far_threads + 1;
  pool->threads = calloc(all, sizeof(*pool->threads));
  for (unsigned i = 0; pool->threads && i < all; i++) {
    bool last = i + 1 == all;
    void *arg = last ? (void *)pool : (void *)&pool->lanes[i < near ? NEAR : FAR];
    if (pthread_create(&pool->threads[i], NULL, last ? watch : work, arg))
      return false;
    pool->count++;
  }
  return pool->threads != NULL;
}

authd_pool *authd_pool_open(const authd_pool_options *options, dh_error *error)
{
  authd_pool *pool = calloc(1, sizeof(*pool));
  if (!pool) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while starting");
    return NULL;
  }
  pool->options = *options;
  init(pool);
  if (start(pool))
    return pool;
  authd_pool_close(pool);
  dh_error_set(error, DH_INTERNAL,
               "cannot start the threads that check: lower waiting_threads, or raise the limit of "
               "tasks (TasksMax, ulimit -u)");
  return NULL;
}

static dh_status ending(dh_error *error)
{
  return dh_error_set(error, DH_UNAVAILABLE, "dhub-authd is being stopped");
}

void authd_pool_end(authd_pool *pool)
{
  struct question_list rest = TAILQ_HEAD_INITIALIZER(rest);
  authd_question *question;
  dh_error error;
  pthread_mutex_lock(&pool->lock);
  pool->ending = true;
  while ((question = TAILQ_FIRST(&pool->by_end))) {
    authd_job *job = question->job;
    take_question(pool, question, &rest);
    drop_unasked(pool, job);
  }
  pthread_cond_broadcast(&pool->first);
  for (lane_name name = NEAR; name < LANES; name++)
    pthread_cond_broadcast(&pool->lanes[name].more);
  pthread_mutex_unlock(&pool->lock);
  answer(&rest, ending(&error), NULL, &error);
}

void authd_pool_close(authd_pool *pool)
{
  if (!pool)
    return;
  authd_pool_end(pool);
  for (unsigned i = 0; i < pool->count; i++)
    pthread_join(pool->threads[i], NULL);
  for (lane_name name = NEAR; name < LANES; name++)
    pthread_cond_destroy(&pool->lanes[name].more);
  pthread_cond_destroy(&pool->first);
  pthread_mutex_destroy(&pool->lock);
  free(pool->threads);
  free(pool);
}

/* --- asking --- */

/* With the lock held. DH_OK: the question is taken. */
static dh_status take(authd_pool *pool, const char *authorization, authd_question *question)
{
  size_t size = strlen(authorization) + 1;
  uint64_t hash = hash_of(authorization, size);
  if (pool->ending)
    return ending(&question->error);
  authd_job *job = find(pool, authorization, size, hash);
  if (pool->lanes[job ? job->lane : NEAR].asked >= pool->options.most)
    return no_room(question);
  if (!job || job->running)
    job = new_job(pool, authorization, size, hash, job);
  if (!job)
    return dh_error_set(&question->error, DH_NO_MEMORY, "out of memory");
  add_question(pool, job, question);
  return DH_OK;
}

bool authd_pool_ask(authd_pool *pool, const char *authorization, authd_question *question)
{
  question->principal = NULL;
  question->turned_away = false;
  pthread_mutex_lock(&pool->lock);
  dh_status status = take(pool, authorization, question);
  pthread_mutex_unlock(&pool->lock);
  if (status)
    question->result = status; /* nobody else has seen it */
  return status == DH_OK;
}

size_t authd_pool_waiting(authd_pool *pool)
{
  pthread_mutex_lock(&pool->lock);
  size_t asked = pool->lanes[FAR].asked;
  pthread_mutex_unlock(&pool->lock);
  return asked;
}
