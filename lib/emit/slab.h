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
  size_t held; /* bytes of the slabs in use */
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
/* `count` allocations of the slab are done with. */
void dh_arena_release(dh_arena *arena, dh_slab *slab, size_t count);
/* Frees what is kept for reuse; all else must have been released. */
void dh_arena_end(dh_arena *arena);

#endif
