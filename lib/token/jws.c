/* SPDX-License-Identifier: Apache-2.0 */
#include "token/jws.h"

#include "token/base64.h"

#include <stdlib.h>
#include <string.h>

/* The three parts, still encoded. */
typedef struct parts {
  dh_slice header, payload, signature;
} parts;

static dh_status split(parts *out, const char *token, size_t size, dh_error *error)
{
  if (size > DH_JWS_MAX_SIZE)
    return dh_error_set(error, DH_MALFORMED, "the token is longer than %zu bytes", DH_JWS_MAX_SIZE);
  const char *end = token + size;
  const char *first = memchr(token, '.', size);
  const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
  if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
    return dh_error_set(error, DH_MALFORMED, "the token does not have the three parts of a JWS");
  out->header = (dh_slice){token, (size_t)(first - token)};
  out->payload = (dh_slice){first + 1, (size_t)(second - first - 1)};
  out->signature = (dh_slice){second + 1, (size_t)(end - second - 1)};
  if (!out->header.len || out->header.len > DH_JWS_MAX_HEADER)
    return dh_error_set(error, DH_MALFORMED, "the token's header is %s",
                        out->header.len ? "too long" : "empty");
  return DH_OK;
}

static bool decode_part(dh_slice encoded, unsigned char **room, dh_slice *out)
{
  out->ptr = (const char *)*room;
  if (!dh_base64url_decode(encoded.ptr, encoded.len, *room, &out->len))
    return false;
  *room += out->len;
  return true;
}

static dh_status decode(dh_jws *jws, const parts *encoded, size_t size, dh_error *error)
{
  /* Each part is decoded behind the one before, and may need two bytes more than it fills. */
  size_t need = DH_BASE64URL_BYTES(size) + 4;
  unsigned char *room = jws->room;
  if (need > sizeof(jws->room)) {
    room = jws->allocated = malloc(need);
    if (!room)
      return dh_error_set(error, DH_NO_MEMORY, "out of memory while reading a token");
  }
  if (!decode_part(encoded->header, &room, &jws->header) ||
      !decode_part(encoded->payload, &room, &jws->payload) ||
      !decode_part(encoded->signature, &room, &jws->signature))
    return dh_error_set(error, DH_MALFORMED, "a part of the token is not exact base64url");
  return DH_OK;
}

static dh_status read_header(dh_jws *jws, dh_error *error)
{
  if (!dh_json_read(&jws->fields, jws->header.ptr, jws->header.len))
    return dh_error_set(error, DH_MALFORMED, "the token's header cannot be read: %s at byte %zu",
                        jws->fields.fault, jws->fields.fault_at);
  for (size_t i = 0; i < jws->fields.count; i++) {
    const dh_json_member *member = &jws->fields.member[i];
    if (dh_json_is(&member->name, "crit", 4) || dh_json_is(&member->name, "b64", 3))
      return dh_error_set(
          error, DH_MALFORMED,
          "the token's header asks for an extension (crit or b64); none is accepted");
    if (dh_json_is(&member->name, "kid", 3))
      jws->kid = &member->value;
  }
  if (jws->kid && jws->kid->type != DH_JSON_STRING)
    return dh_error_set(error, DH_MALFORMED, "the token's kid is not a string");
  const dh_json_value *alg = dh_json_get(&jws->fields, "alg");
  if (!alg || alg->type != DH_JSON_STRING)
    return dh_error_set(error, DH_MALFORMED, "the token's header names no algorithm");
  jws->alg = alg->escaped ? NULL : dh_alg_find(alg->ptr, alg->len);
  return DH_OK;
}

void dh_jws_init(dh_jws *jws)
{
  jws->allocated = NULL;
  jws->signature = (dh_slice){NULL, 0};
  jws->kid = NULL;
  jws->alg = NULL;
  jws->fields.count = 0;
}

dh_status dh_jws_decode(dh_jws *jws, const char *token, size_t size, dh_error *error)
{
  parts encoded = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
  dh_jws_init(jws);
  dh_status status = split(&encoded, token, size, error);
  if (status != DH_OK)
    return status;
  jws->input = (dh_slice){token, (size_t)(encoded.signature.ptr - token) - 1};
  status = decode(jws, &encoded, size, error);
  return status == DH_OK ? read_header(jws, error) : status;
}

dh_status dh_jws_read(dh_jws *jws, const char *token, size_t size, dh_error *error)
{
  dh_status status = dh_jws_decode(jws, token, size, error);
  if (status != DH_OK || jws->alg)
    return status;
  return dh_error_set(error, DH_DENIED, "the token's algorithm is not one that is accepted");
}

/* Claims may be kept; with the signature they would make the token again. */
void dh_jws_clear(dh_jws *jws)
{
  dh_wipe((void *)jws->signature.ptr, jws->signature.len);
  jws->signature = (dh_slice){NULL, 0};
  free(jws->allocated);
  jws->allocated = NULL;
}

dh_status dh_jws_sign(const dh_key *key, const dh_alg *alg, const char *typ, const void *payload,
                      size_t size, dh_buf *out, dh_error *error)
{
  dh_buf header, signature;
  size_t start = out->size;
  dh_buf_init(&header);
  dh_buf_init_secret(&signature);
  dh_buf_addf(&header, "{\"alg\":\"%s\"", alg->name);
  if (key->kid) {
    dh_buf_adds(&header, ",\"kid\":");
    dh_buf_add_json(&header, key->kid, strlen(key->kid));
  }
  if (typ) {
    dh_buf_adds(&header, ",\"typ\":");
    dh_buf_add_json(&header, typ, strlen(typ));
  }
  dh_buf_addc(&header, '}');
  dh_base64url_encode(out, header.data, header.size);
  dh_buf_addc(out, '.');
  dh_base64url_encode(out, payload, size);
  dh_status status =
      header.failed || out->failed
          ? dh_error_set(error, DH_NO_MEMORY, "out of memory while signing")
          : dh_key_sign(key, alg, out->data + start, out->size - start, &signature, error);
  if (status == DH_OK) {
    dh_buf_addc(out, '.');
    dh_base64url_encode(out, signature.data, signature.size);
    if (out->failed || signature.failed)
      status = dh_error_set(error, DH_NO_MEMORY, "out of memory while signing");
  }
  dh_buf_free(&header);
  dh_buf_wipe(&signature);
  return status;
}
