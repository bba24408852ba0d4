/* SPDX-License-Identifier: Apache-2.0 */
#include "facts.h"

#include <stdlib.h>
#include <string.h>

static const char USER[] = "urn:li:corpuser:";

int facts_is_bearer(const dh_presented *presented)
{
  return !strcmp(presented->scheme, "Bearer") || !strcmp(presented->scheme, "bearer");
}

/* `prefix` and text as one string, most often in `room`; freed where it is not. */
static char *joined(char *room, size_t room_size, const char *prefix, const char *text, size_t size)
{
  size_t length = strlen(prefix);
  char *whole = length + size < room_size ? room : malloc(length + size + 1);
  if (!whole)
    return NULL;
  memcpy(whole, prefix, length);
  memcpy(whole + length, text, size);
  whole[length + size] = '\0';
  return whole;
}

static dh_status set_joined(const dh_host *host, dh_principal *principal, dh_principal_field field,
                            const char *prefix, const char *text, size_t size)
{
  char room[1024];
  if (!text)
    return DH_OK;
  char *whole = joined(room, sizeof(room), prefix, text, size);
  if (!whole)
    return DH_NO_MEMORY;
  dh_status status = host->principal_set(host, principal, field, whole);
  if (whole != room)
    free(whole);
  return status;
}

dh_status facts_set(const dh_host *host, dh_principal *principal, dh_principal_field field,
                    const char *text, size_t size)
{
  return set_joined(host, principal, field, "", text, size);
}

dh_status facts_set_user(const dh_host *host, dh_principal *principal, const char *id, size_t size)
{
  return set_joined(host, principal, DH_PRINCIPAL_ACTOR, USER, id, size);
}

dh_status facts_set_json(const dh_host *host, dh_principal *principal, dh_principal_field field,
                         const dh_json_value *value)
{
  if (!value || !value->ptr)
    return DH_OK;
  if (!value->escaped)
    return facts_set(host, principal, field, value->ptr, value->len);
  char *text = dh_json_dup(value);
  dh_status status = text ? host->principal_set(host, principal, field, text) : DH_NO_MEMORY;
  free(text);
  return status;
}

dh_status facts_set_audiences(const dh_host *host, dh_principal *principal,
                              const dh_json_value *audience)
{
  size_t at = 0;
  dh_json_value element;
  dh_status status = DH_OK;
  if (audience && audience->type == DH_JSON_STRING)
    return facts_set_json(host, principal, DH_PRINCIPAL_AUDIENCE, audience);
  while (status == DH_OK && audience && dh_json_next(audience, &at, &element))
    if (element.type == DH_JSON_STRING)
      status = facts_set_json(host, principal, DH_PRINCIPAL_AUDIENCE, &element);
  return status;
}
