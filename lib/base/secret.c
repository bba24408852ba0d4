/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "base/context.h"
#include "base/locked.h"

#include <string.h>

void dh_wipe(void *bytes, size_t size)
{
  if (size)
    explicit_bzero(bytes, size);
}

dh_secret *dh_secret_new(dh_context *context, const void *bytes, size_t size)
{
  size_t whole = sizeof(dh_secret) + size + 1;
  dh_secret *secret = size < SIZE_MAX / 2 ? dh_locked_new(whole) : NULL;
  if (!secret)
    return NULL;
  secret->whole = whole;
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
  dh_locked_free(secret, secret->whole);
}
