/* SPDX-License-Identifier: Apache-2.0 */
#include "base/locked.h"

#include <datahub/context.h>

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* In whole pages; 0 where that is more than there can be. */
static size_t mapped(size_t size)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return size && size <= SIZE_MAX / 2 ? (size + page - 1) / page * page : 0;
}

void *dh_locked_new(size_t size)
{
  size_t whole = mapped(size);
  void *memory = whole
                     ? mmap(NULL, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
                     : MAP_FAILED;
  if (memory == MAP_FAILED)
    return NULL;
  /* Best effort, both: a low RLIMIT_MEMLOCK must not keep a pipeline from running. */
  (void)mlock(memory, whole);
  (void)madvise(memory, whole, MADV_DONTDUMP);
  return memory;
}

void dh_locked_free(void *memory, size_t size)
{
  if (!memory)
    return;
  dh_wipe(memory, mapped(size));
  munmap(memory, mapped(size));
}
