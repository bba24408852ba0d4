/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "base/context.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void dh_wipe(void *bytes, size_t size)
{
  if (size)
    explicit_bzero(bytes, size);
}

dh_secret *dh_secret_new(dh_context *context, const void *bytes, size_t size)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  if (size > SIZE_MAX / 2)
    return NULL;
  size_t mapped = (sizeof(dh_secret) + size + 1 + page - 1) / page * page;
  dh_secret *secret =
      mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (secret == MAP_FAILED)
    return NULL;
  /* Best effort, both: a low RLIMIT_MEMLOCK must not keep a pipeline from running. */
  (void)mlock(secret, mapped);
  (void)madvise(secret, mapped, MADV_DONTDUMP);
  secret->mapped = mapped;
  secret->size = size;
  if (size)
    memcpy(secret->bytes, bytes, size);
  secret->bytes[size] = '\0';
  dh_registry_add(dh_context_registry(context), secret);
  return secret;
}

const char *dh_secret_bytes(const dh_secret *secret, size_t *size)
{
  if (size)
    *size = secret->size;
  return secret->bytes;
}

void dh_secret_free(dh_secret *secret)
{
  if (!secret)
    return;
  dh_registry_remove(secret->registry, secret);
  size_t mapped = secret->mapped;
  dh_wipe(secret, mapped);
  munmap(secret, mapped);
}
