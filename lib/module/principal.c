/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "module/module.h"

#include <datahub/verifier.h>

#include <stdlib.h>
#include <string.h>

dh_principal *dh_principal_new(void)
{
  dh_principal *principal = calloc(1, sizeof(*principal));
  if (principal)
    atomic_init(&principal->references, 1);
  return principal;
}

dh_principal *dh_principal_ref(dh_principal *principal)
{
  if (principal)
    atomic_fetch_add(&principal->references, 1);
  return principal;
}

static void forget_audiences(dh_principal *principal)
{
  for (size_t i = 0; i < principal->audience_count; i++)
    free(principal->audience[i]);
  free(principal->audience);
  principal->audience = NULL;
  principal->audience_count = 0;
}

void dh_principal_unref(dh_principal *principal)
{
  if (!principal || atomic_fetch_sub(&principal->references, 1) != 1)
    return;
  for (size_t i = 0; i < DH_PRINCIPAL_FIELDS; i++)
    free(principal->text[i]);
  forget_audiences(principal);
  free(principal);
}

static dh_status add_audience(dh_principal *principal, const char *value)
{
  size_t count = principal->audience_count;
  char **grown = realloc(principal->audience, (count + 1) * sizeof(*grown));
  if (!grown)
    return DH_NO_MEMORY;
  principal->audience = grown;
  grown[count] = strdup(value);
  if (!grown[count])
    return DH_NO_MEMORY;
  principal->audience_count++;
  return DH_OK;
}

dh_status dh_principal_set(dh_principal *principal, dh_principal_field field, const char *value)
{
  if ((unsigned)field >= DH_PRINCIPAL_FIELDS)
    return DH_INTERNAL;
  if (value && !dh_text_utf8(value, strlen(value)))
    return DH_MALFORMED;
  if (field == DH_PRINCIPAL_AUDIENCE) {
    if (value)
      return add_audience(principal, value);
    forget_audiences(principal);
    return DH_OK;
  }
  char *copy = value ? strdup(value) : NULL;
  if (value && !copy)
    return DH_NO_MEMORY;
  free(principal->text[field]);
  principal->text[field] = copy;
  return DH_OK;
}

dh_principal *dh_principal_copy(const dh_principal *principal)
{
  dh_principal *copy = dh_principal_new();
  dh_status status = copy ? DH_OK : DH_NO_MEMORY;
  for (unsigned i = 0; !status && i < DH_PRINCIPAL_FIELDS; i++)
    if (principal->text[i])
      status = dh_principal_set(copy, (dh_principal_field)i, principal->text[i]);
  for (size_t i = 0; !status && i < principal->audience_count; i++)
    status = add_audience(copy, principal->audience[i]);
  if (status) {
    dh_principal_unref(copy);
    return NULL;
  }
  copy->expires_at_ms = principal->expires_at_ms;
  return copy;
}

const char *dh_principal_audience(const dh_principal *principal, size_t index)
{
  return index < principal->audience_count ? principal->audience[index] : NULL;
}

const char *dh_principal_text(const dh_principal *principal, dh_principal_field field)
{
  if (field == DH_PRINCIPAL_AUDIENCE)
    return dh_principal_audience(principal, 0);
  return (unsigned)field < DH_PRINCIPAL_FIELDS ? principal->text[field] : NULL;
}

int64_t dh_principal_expiry(const dh_principal *principal)
{
  return principal->expires_at_ms;
}
