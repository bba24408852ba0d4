/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for queued records: each is copied once, into a slab that it shares with its
 * neighbours, and the slab is reused when the last of them is gone. The bound is on the
 * slabs held, not on the bytes in them, so that a few records that linger can never make
 * the process larger than configured. Not thread-safe: the emitter's lock guards it.
 */
#ifndef DH_EMIT_SLAB_H
#define DH_EMIT_SLAB_H

#include <stddef.h>

#define DH_SLAB_SIZE ((size_t)128 << 10)

typedef struct dh_slab dh_slab;

typedef struct dh_arena {
  dh_slab *current;
  dh_slab *spare;
  size_t spares;
  dh_slab *spare_over; /* slabs over a buffer */
  size_t spares_over;
  size_t held; /* bytes of the slabs in use, and of the buffers that they are over */
} dh_arena;

/*
 * Memory for the first of `count` allocations of `sizes` (multiples of 8) and as many of those
 * that follow as the same slab has room for: `*taken`, one behind the other. NULL when out of
 * memory.
 */
void *dh_arena_take(dh_arena *arena, const size_t *sizes, size_t count, size_t *taken,
                    dh_slab **slab);
/* Bytes by which `held` would grow for `size` bytes more. */
size_t dh_arena_growth(const dh_arena *arena, size_t size);

/*
 * A slab of its own for `count` users, with `size` bytes, to be put over a caller's buffer of
 * `capacity` bytes, for all of which room is held from now on. NULL when out of memory.
 */
dh_slab *dh_arena_take_over(dh_arena *arena, size_t size, size_t count, size_t capacity);
/* Its memory. */
void *dh_slab_bytes(dh_slab *slab);
/* Takes the buffer, which is freed with the slab, and gives the caller one that is done with, or
 * NULL and 0. */
void dh_slab_adopt(dh_slab *slab, char **buffer, size_t *capacity);
/* The room for a slab over a buffer, as dh_arena_growth() says it of others. */
size_t dh_arena_growth_over(size_t size, size_t capacity);

/* `count` allocations of the slab are done with. */
void dh_arena_release(dh_arena *arena, dh_slab *slab, size_t count);
/* Frees what is kept for reuse; all else must have been released. */
void dh_arena_end(dh_arena *arena);

#endif
