/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_SESSIONS 256
#define IDLE_MS (INT64_C(3600) * 1000)
#define TRIES 20
#define TRIES_MS (INT64_C(60) * 1000)

typedef struct session {
  char id[GMS_SESSION_ID_SIZE], csrf[GMS_SESSION_ID_SIZE];
  char *actor; /* NULL: a free place */
  int64_t began, used;
} session;

struct gms_sessions {
  dh_context *context;
  pthread_mutex_t lock;
  session items[MOST_SESSIONS];
  int64_t window; /* when the counting of wrong passwords began */
  int wrong;
};

gms_sessions *gms_sessions_new(dh_context *context)
{
  gms_sessions *sessions = calloc(1, sizeof(*sessions));
  if (!sessions || pthread_mutex_init(&sessions->lock, NULL)) {
    free(sessions);
    return NULL;
  }
  sessions->context = context;
  return sessions;
}

static void end(session *s)
{
  free(s->actor);
  dh_wipe(s, sizeof(*s));
}

void gms_sessions_free(gms_sessions *sessions)
{
  if (!sessions)
    return;
  for (size_t i = 0; i < MOST_SESSIONS; i++)
    end(&sessions->items[i]);
  pthread_mutex_destroy(&sessions->lock);
  free(sessions);
}

static bool make_id(char out[GMS_SESSION_ID_SIZE])
{
  unsigned char bytes[(GMS_SESSION_ID_SIZE - 1) / 2];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1)
    return false;
  for (size_t i = 0; i < sizeof(bytes); i++)
    snprintf(out + 2 * i, 3, "%02x", bytes[i]);
  dh_wipe(bytes, sizeof(bytes));
  return true;
}

/* A free place, or that of the session that was idle longest. */
static session *place(gms_sessions *sessions)
{
  session *oldest = &sessions->items[0];
  for (size_t i = 0; i < MOST_SESSIONS; i++) {
    session *s = &sessions->items[i];
    if (!s->actor)
      return s;
    if (s->used < oldest->used)
      oldest = s;
  }
  end(oldest);
  return oldest;
}

bool gms_session_begin(gms_sessions *sessions, const char *actor, char id[GMS_SESSION_ID_SIZE],
                       char csrf[GMS_SESSION_ID_SIZE])
{
  char *copy = strdup(actor);
  if (!copy || !make_id(id) || !make_id(csrf)) {
    free(copy);
    return false;
  }
  pthread_mutex_lock(&sessions->lock);
  session *s = place(sessions);
  memcpy(s->id, id, GMS_SESSION_ID_SIZE);
  memcpy(s->csrf, csrf, GMS_SESSION_ID_SIZE);
  s->actor = copy;
  s->began = s->used = dh_mono_ms(sessions->context);
  pthread_mutex_unlock(&sessions->lock);
  return true;
}

static bool same(const char *text, const char *kept)
{
  size_t size = GMS_SESSION_ID_SIZE - 1;
  return text && strlen(text) == size && !CRYPTO_memcmp(text, kept, size);
}

static session *find(gms_sessions *sessions, const char *id)
{
  int64_t now = dh_mono_ms(sessions->context);
  for (size_t i = 0; i < MOST_SESSIONS; i++) {
    session *s = &sessions->items[i];
    if (!s->actor || !same(id, s->id))
      continue;
    if (now - s->used < IDLE_MS && now - s->began < INT64_C(1000) * GMS_SESSION_SECONDS) {
      s->used = now;
      return s;
    }
    end(s);
  }
  return NULL;
}

char *gms_session_actor(gms_sessions *sessions, const char *id, const char *csrf,
                        char csrf_out[GMS_SESSION_ID_SIZE])
{
  char *actor = NULL;
  pthread_mutex_lock(&sessions->lock);
  const session *s = find(sessions, id);
  if (s && (!csrf || same(csrf, s->csrf))) {
    actor = strdup(s->actor);
    if (csrf_out)
      memcpy(csrf_out, s->csrf, GMS_SESSION_ID_SIZE);
  }
  pthread_mutex_unlock(&sessions->lock);
  return actor;
}

void gms_session_end(gms_sessions *sessions, const char *id)
{
  pthread_mutex_lock(&sessions->lock);
  session *s = find(sessions, id);
  if (s)
    end(s);
  pthread_mutex_unlock(&sessions->lock);
}

bool gms_session_may_try(gms_sessions *sessions)
{
  int64_t now = dh_mono_ms(sessions->context);
  pthread_mutex_lock(&sessions->lock);
  if (now - sessions->window >= TRIES_MS) {
    sessions->window = now;
    sessions->wrong = 0;
  }
  bool may = sessions->wrong < TRIES;
  pthread_mutex_unlock(&sessions->lock);
  return may;
}

void gms_session_tried(gms_sessions *sessions, bool good)
{
  pthread_mutex_lock(&sessions->lock);
  sessions->wrong += !good;
  pthread_mutex_unlock(&sessions->lock);
}
