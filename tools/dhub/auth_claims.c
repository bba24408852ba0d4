/* SPDX-License-Identifier: Apache-2.0 */
#include "auth_claims.h"

#include "metadata/json.h"

#include <datahub/context.h>

#include <stdlib.h>
#include <string.h>

static int digit_of(char c)
{
  static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const char *at = c ? strchr(alphabet, c) : NULL;
  return at ? (int)(at - alphabet) : -1;
}

struct json_object *auth_claims_part(const char *text, size_t size)
{
  size_t used = 0;
  unsigned bits = 0, held = 0;
  char *bytes = calloc(1, size + 1);
  struct json_object *object = NULL;
  for (size_t i = 0; bytes && i < size; i++) {
    int digit = digit_of(text[i]);
    if (digit < 0)
      goto out;
    held = held << 6 | (unsigned)digit;
    bits += 6;
    if (bits < 8)
      continue;
    bits -= 8;
    bytes[used++] = (char)(held >> bits & 0xff);
  }
  if (bytes)
    object = dh_json_tree(bytes, used);
  if (object && !json_object_is_type(object, json_type_object)) {
    json_object_put(object);
    object = NULL;
  }
out:
  if (bytes)
    dh_wipe(bytes, size + 1);
  free(bytes);
  return object;
}

bool auth_claims_read(auth_claims *claims, const char *token)
{
  memset(claims, 0, sizeof(*claims));
  const char *first = strchr(token, '.');
  const char *second = first ? strchr(first + 1, '.') : NULL;
  if (!second || strchr(second + 1, '.'))
    return false;
  claims->header = auth_claims_part(token, (size_t)(first - token));
  claims->payload = auth_claims_part(first + 1, (size_t)(second - first - 1));
  return claims->header && claims->payload;
}

void auth_claims_clear(auth_claims *claims)
{
  json_object_put(claims->header);
  json_object_put(claims->payload);
  memset(claims, 0, sizeof(*claims));
}

const char *auth_claims_text(const auth_claims *claims, const char *name)
{
  struct json_object *value;
  if (!claims->payload || !json_object_object_get_ex(claims->payload, name, &value))
    return NULL;
  return json_object_get_string(value);
}

int64_t auth_claims_time(const auth_claims *claims, const char *name)
{
  struct json_object *value;
  if (!claims->payload || !json_object_object_get_ex(claims->payload, name, &value) ||
      json_object_is_type(value, json_type_null))
    return -1;
  return json_object_get_int64(value);
}
