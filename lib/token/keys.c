/* SPDX-License-Identifier: Apache-2.0 */
#include "token/keys.h"

#include <stdlib.h>
#include <string.h>

/* More keys than any issuer publishes: a larger set is a mistake or an attack. */
#define MAX_KEYS 256

dh_keys *dh_keys_new(dh_error *error)
{
  dh_keys *keys = calloc(1, sizeof(*keys));
  if (!keys) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while reading keys");
    return NULL;
  }
  atomic_init(&keys->references, 1);
  return keys;
}

dh_keys *dh_keys_ref(dh_keys *keys)
{
  atomic_fetch_add(&keys->references, 1);
  return keys;
}

void dh_keys_unref(dh_keys *keys)
{
  if (!keys || atomic_fetch_sub(&keys->references, 1) != 1)
    return;
  for (size_t i = 0; i < keys->count; i++)
    dh_key_unref(keys->key[i]);
  free(keys->key);
  free(keys);
}

size_t dh_keys_count(const dh_keys *keys)
{
  return keys->count;
}

dh_status dh_keys_take(dh_keys *keys, dh_key *key, dh_error *error)
{
  if (!key)
    return error ? error->status : DH_MALFORMED;
  dh_status status = DH_OK;
  dh_key **grown = NULL;
  if (keys->count >= MAX_KEYS)
    status = dh_error_set(error, DH_MISCONFIGURED, "there are more than %d keys", MAX_KEYS);
  else if (!(grown = realloc(keys->key, (keys->count + 1) * sizeof(*grown))))
    status = dh_error_set(error, DH_NO_MEMORY, "out of memory while reading keys");
  if (status != DH_OK) {
    dh_key_unref(key);
    return status;
  }
  keys->key = grown;
  keys->key[keys->count++] = key;
  return DH_OK;
}

/* The algorithm of that name; NULL stands for none given, and leaves `*out` NULL. */
static dh_status named_alg(const char *name, const dh_alg **out, dh_error *error)
{
  *out = name ? dh_alg_find(name, strlen(name)) : NULL;
  if (name && !*out)
    return dh_error_set(error, DH_MISCONFIGURED, "\"%s\" is not a signature algorithm", name);
  return DH_OK;
}

static dh_status add_named(dh_keys *keys, bool pem, const void *bytes, size_t size, const char *kid,
                           const char *alg, dh_error *error)
{
  const dh_alg *found;
  dh_error why;
  if (!error)
    error = &why;
  dh_status status = named_alg(alg, &found, error);
  if (status != DH_OK)
    return status;
  return dh_keys_take(keys,
                      pem ? dh_key_from_pem(bytes, size, kid, found, error)
                          : dh_key_from_secret(bytes, size, kid, found, error),
                      error);
}

dh_status dh_keys_add_secret(dh_keys *keys, const void *bytes, size_t size, const char *kid,
                             const char *alg, dh_error *error)
{
  return add_named(keys, false, bytes, size, kid, alg, error);
}

dh_status dh_keys_add_pem(dh_keys *keys, const char *pem, size_t size, const char *kid,
                          const char *alg, dh_error *error)
{
  return add_named(keys, true, pem, size, kid, alg, error);
}

/* RFC 7517, section 5: what a reader does not understand or cannot use it passes over. */
static dh_status add_set(dh_keys *keys, const dh_json_value *set, size_t *skipped, dh_error *error)
{
  size_t at = 0;
  dh_json_value element;
  dh_error why;
  while (dh_json_next(set, &at, &element)) {
    if (element.type != DH_JSON_OBJECT)
      return dh_error_set(error, DH_MALFORMED, "a key set holds what is not an object");
    dh_key *key = dh_key_from_jwk(element.ptr, element.len, &why);
    if (!key && why.status == DH_NO_MEMORY)
      return dh_error_set(error, DH_NO_MEMORY, "%s", why.message);
    if (!key) {
      ++*skipped;
      continue;
    }
    dh_status status = dh_keys_take(keys, key, error);
    if (status != DH_OK)
      return status;
  }
  return DH_OK;
}

dh_status dh_keys_add_jwks(dh_keys *keys, const char *json, size_t size, size_t *skipped,
                           dh_error *error)
{
  dh_json_object object;
  dh_error why;
  size_t passed_over = 0;
  if (!error)
    error = &why;
  if (skipped)
    *skipped = 0;
  if (!dh_json_read(&object, json, size))
    return dh_error_set(error, DH_MALFORMED, "the keys cannot be read: %s at byte %zu",
                        object.fault, object.fault_at);
  const dh_json_value *set = dh_json_get(&object, "keys");
  if (!set)
    return dh_keys_take(keys, dh_key_from_jwk(json, size, error), error);
  if (set->type != DH_JSON_ARRAY)
    return dh_error_set(error, DH_MALFORMED, "a key set's \"keys\" is not an array");
  dh_status status = add_set(keys, set, &passed_over, error);
  if (skipped)
    *skipped = passed_over;
  return status;
}

dh_status dh_keys_forget_private(dh_keys *keys, dh_error *error)
{
  for (size_t i = 0; i < keys->count; i++)
    if (!dh_key_forget_private(keys->key[i]))
      return dh_error_set(error, DH_NO_MEMORY, "out of memory while reading keys");
  return DH_OK;
}

bool dh_key_has_kid(const dh_key *key, const dh_json_value *kid)
{
  return !kid || !key->kid || dh_json_is(kid, key->kid, strlen(key->kid));
}
