/* SPDX-License-Identifier: Apache-2.0 */
#include "module/module.h"

#include <datahub/credential.h>

#include <stdlib.h>
#include <string.h>

dh_credential *dh_credential_new(dh_context *context)
{
  dh_credential *credential = calloc(1, sizeof(*credential));
  if (!credential)
    return NULL;
  atomic_init(&credential->references, 1);
  credential->context = dh_context_ref(context);
  credential->recheck_ms = -1;
  return credential;
}

dh_credential *dh_credential_ref(dh_credential *credential)
{
  if (credential)
    atomic_fetch_add(&credential->references, 1);
  return credential;
}

void dh_credential_unref(dh_credential *credential)
{
  if (!credential || atomic_fetch_sub(&credential->references, 1) != 1)
    return;
  dh_secret_free(credential->value);
  dh_context_free(credential->context);
  free(credential->scheme);
  free(credential->token_type);
  free(credential->origin);
  free(credential);
}

static bool is_word(const char *text)
{
  if (!text || !*text)
    return false;
  for (; *text; text++)
    if (*text <= ' ' || *text > '~')
      return false;
  return true;
}

/* What may stand in a header's value; bytes above 0x7f are let through for Basic credentials. */
static bool fits_a_header(const char *bytes, size_t size)
{
  for (size_t i = 0; i < size; i++)
    if ((unsigned char)bytes[i] < ' ' || bytes[i] == 0x7f)
      return false;
  return size > 0;
}

static dh_status replace(char **text, const char *with)
{
  char *copy = with ? strdup(with) : NULL;
  if (with && !copy)
    return DH_NO_MEMORY;
  free(*text);
  *text = copy;
  return DH_OK;
}

dh_status dh_credential_set(dh_credential *credential, const char *scheme, const dh_secret *value)
{
  size_t size = 0;
  const char *bytes = value ? dh_secret_bytes(value, &size) : "";
  if (!is_word(scheme) || !fits_a_header(bytes, size))
    return DH_MALFORMED;
  dh_secret *copy = dh_secret_new(credential->context, bytes, size);
  if (!copy)
    return DH_NO_MEMORY;
  if (replace(&credential->scheme, scheme)) {
    dh_secret_free(copy);
    return DH_NO_MEMORY;
  }
  dh_secret_free(credential->value);
  credential->value = copy;
  return DH_OK;
}

dh_status dh_credential_set_token_type(dh_credential *credential, const char *token_type)
{
  return replace(&credential->token_type, token_type);
}

dh_status dh_credential_set_origin(dh_credential *credential, const char *origin)
{
  return replace(&credential->origin, origin);
}

const char *dh_credential_scheme(const dh_credential *credential)
{
  return credential->scheme;
}

const dh_secret *dh_credential_value(const dh_credential *credential)
{
  return credential->value;
}

int64_t dh_credential_expiry(const dh_credential *credential)
{
  return credential->expires_at_ms;
}

const char *dh_credential_token_type(const dh_credential *credential)
{
  return credential->token_type;
}

const char *dh_credential_origin(const dh_credential *credential)
{
  return credential->origin ? credential->origin : "an unnamed source";
}
