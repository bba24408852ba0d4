/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/slab.h"

#include <stdbool.h>
#include <stdlib.h>

/* 8 MiB, what a full queue of common records holds: given back to the system, they would be
 * made and zeroed anew, page by page, each time that the queue fills. */
#define SPARES_MAX 64
/* The same for slabs over a buffer, and the largest buffer that is kept. */
#define SPARES_OVER_MAX 8
#define SPARE_BUFFER_MAX ((size_t)1 << 20)

struct dh_slab {
  dh_slab *next;
  size_t size, used; /* of `bytes` */
  size_t users;
  bool over;       /* what it holds points into a buffer: */
  char *buffer;    /* owned; one that was done with before it is put over another, or NULL */
  size_t capacity; /* of it */
  size_t weight;   /* what it holds of the arena's room */
  _Alignas(8) char bytes[];
};

static dh_slab *slab_new(size_t size)
{
  dh_slab *slab = malloc(sizeof(*slab) + size);
  if (slab)
    *slab = (dh_slab){.size = size};
  return slab;
}

/* What is asked for where `size` bytes are wanted. */
static size_t slab_size(size_t size)
{
  return size > DH_SLAB_SIZE ? size : DH_SLAB_SIZE;
}

static dh_slab *slab_get(dh_arena *arena, size_t size)
{
  dh_slab *slab = NULL;
  if (size <= DH_SLAB_SIZE && arena->spare) {
    slab = arena->spare;
    arena->spare = slab->next;
    arena->spares--;
    slab->used = slab->users = 0;
  } else {
    slab = slab_new(slab_size(size));
  }
  if (slab)
    arena->held += slab->size;
  return slab;
}

static void slab_put(dh_arena *arena, dh_slab *slab)
{
  arena->held -= slab->size;
  if (slab->size != DH_SLAB_SIZE || arena->spares >= SPARES_MAX) {
    free(slab);
    return;
  }
  slab->next = arena->spare;
  arena->spare = slab;
  arena->spares++;
}

/* --- over a buffer --- */

size_t dh_arena_growth_over(size_t size, size_t capacity)
{
  return slab_size(size) + capacity;
}

dh_slab *dh_arena_take_over(dh_arena *arena, size_t size, size_t count, size_t capacity)
{
  dh_slab *slab = size > DH_SLAB_SIZE ? NULL : arena->spare_over;
  if (slab) {
    arena->spare_over = slab->next;
    arena->spares_over--;
  } else {
    slab = slab_new(slab_size(size));
    if (!slab)
      return NULL;
    slab->over = true;
  }
  slab->users = count;
  slab->weight = slab->size + capacity;
  arena->held += slab->weight;
  return slab;
}

void *dh_slab_bytes(dh_slab *slab)
{
  return slab->bytes;
}

void dh_slab_adopt(dh_slab *slab, char **buffer, size_t *capacity)
{
  char *spare = slab->buffer;
  size_t spare_capacity = slab->capacity;
  slab->buffer = *buffer;
  slab->capacity = *capacity;
  *buffer = spare;
  *capacity = spare_capacity;
}

static void free_over(dh_slab *slab)
{
  free(slab->buffer);
  free(slab);
}

static void put_over(dh_arena *arena, dh_slab *slab)
{
  arena->held -= slab->weight;
  if (slab->size != DH_SLAB_SIZE || slab->capacity > SPARE_BUFFER_MAX ||
      arena->spares_over >= SPARES_OVER_MAX) {
    free_over(slab);
    return;
  }
  slab->next = arena->spare_over;
  arena->spare_over = slab;
  arena->spares_over++;
}

/* --- --- */

static bool fits(const dh_slab *slab, size_t size)
{
  return slab && slab->size - slab->used >= size;
}

size_t dh_arena_growth(const dh_arena *arena, size_t size)
{
  if (fits(arena->current, size))
    return 0;
  return slab_size(size);
}

void *dh_arena_take(dh_arena *arena, const size_t *sizes, size_t count, size_t *taken,
                    dh_slab **slab)
{
  if (!fits(arena->current, sizes[0])) {
    dh_slab *fresh = slab_get(arena, sizes[0]);
    if (!fresh)
      return NULL;
    /* A slab without users that is no longer current has nobody to release it. */
    if (arena->current && !arena->current->users)
      slab_put(arena, arena->current);
    arena->current = fresh;
  }
  dh_slab *from = arena->current;
  void *bytes = from->bytes + from->used;
  size_t n = 0;
  for (; n < count && fits(from, sizes[n]); n++)
    from->used += sizes[n];
  from->users += n;
  *taken = n;
  *slab = from;
  return bytes;
}

void dh_arena_release(dh_arena *arena, dh_slab *slab, size_t count)
{
  slab->users -= count;
  if (slab->users)
    return;
  if (slab->over) {
    put_over(arena, slab);
    return;
  }
  if (slab == arena->current && slab->size == DH_SLAB_SIZE) {
    slab->used = 0;
    return;
  }
  if (slab == arena->current)
    arena->current = NULL;
  slab_put(arena, slab);
}

void dh_arena_end(dh_arena *arena)
{
  if (arena->current && !arena->current->users)
    slab_put(arena, arena->current);
  arena->current = NULL;
  while (arena->spare) {
    dh_slab *slab = arena->spare;
    arena->spare = slab->next;
    free(slab);
  }
  arena->spares = 0;
  while (arena->spare_over) {
    dh_slab *slab = arena->spare_over;
    arena->spare_over = slab->next;
    free_over(slab);
  }
  arena->spares_over = 0;
}
