/* SPDX-License-Identifier: Apache-2.0 */
#include "base/redact.h"
#include "base/secret.h"

#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct dh_registry {
  pthread_mutex_t lock;
  size_t references;
  dh_secret *first;
};

/* Shorter values would turn the log into noise and protect nothing. */
#define SHORTEST 6
static const char MASK[] = "[redacted]";

dh_registry *dh_registry_new(void)
{
  dh_registry *registry = calloc(1, sizeof(*registry));
  if (!registry)
    return NULL;
  if (pthread_mutex_init(&registry->lock, NULL)) {
    free(registry);
    return NULL;
  }
  registry->references = 1;
  return registry;
}

void dh_registry_unref(dh_registry *registry)
{
  if (!registry)
    return;
  pthread_mutex_lock(&registry->lock);
  size_t left = --registry->references;
  pthread_mutex_unlock(&registry->lock);
  if (left)
    return;
  pthread_mutex_destroy(&registry->lock);
  free(registry);
}

void dh_registry_add(dh_registry *registry, dh_secret *secret)
{
  pthread_mutex_lock(&registry->lock);
  registry->references++;
  secret->registry = registry;
  secret->prev = NULL;
  secret->next = registry->first;
  if (registry->first)
    registry->first->prev = secret;
  registry->first = secret;
  pthread_mutex_unlock(&registry->lock);
}

void dh_registry_remove(dh_registry *registry, dh_secret *secret)
{
  pthread_mutex_lock(&registry->lock);
  if (secret->prev)
    secret->prev->next = secret->next;
  else
    registry->first = secret->next;
  if (secret->next)
    secret->next->prev = secret->prev;
  pthread_mutex_unlock(&registry->lock);
  dh_registry_unref(registry);
}

static size_t secret_at(const dh_registry *registry, const char *text)
{
  size_t longest = 0;
  for (const dh_secret *s = registry->first; s; s = s->next)
    if (s->size >= SHORTEST && s->size > longest && !strncmp(text, s->bytes, s->size))
      longest = s->size;
  return longest;
}

static size_t token_run(const char *text)
{
  size_t n = 0;
  while (isalnum((unsigned char)text[n]) || text[n] == '-' || text[n] == '_')
    n++;
  return n;
}

/* A JWT begins with the base64url of `{"`; two dots follow, the signature may be missing. */
static size_t jwt_at(const char *text)
{
  if (strncmp(text, "eyJ", 3))
    return 0;
  size_t head = token_run(text);
  if (head < 8 || text[head] != '.')
    return 0;
  size_t body = token_run(text + head + 1);
  size_t end = head + 1 + body;
  if (!body)
    return 0;
  if (text[end] == '.')
    end += 1 + token_run(text + end + 1);
  return end;
}

void dh_registry_redact(dh_registry *registry, const char *text, char *out, size_t size)
{
  size_t used = 0;
  if (!size)
    return;
  pthread_mutex_lock(&registry->lock);
  while (*text && used + 1 < size) {
    size_t hidden = secret_at(registry, text);
    if (!hidden)
      hidden = jwt_at(text);
    if (!hidden) {
      out[used++] = *text++;
      continue;
    }
    for (const char *m = MASK; *m && used + 1 < size; m++)
      out[used++] = *m;
    text += hidden;
  }
  pthread_mutex_unlock(&registry->lock);
  out[used] = '\0';
}
