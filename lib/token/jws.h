/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JWS compact serialization (RFC 7515, section 3.1), read strictly. Reading trusts
 * nothing: what is in a token is a claim of whoever sent it until dh_jws_verify() or a
 * checker has passed it.
 */
#ifndef DH_JWS_H
#define DH_JWS_H

#include "token/json.h"
#include "token/key.h"

/* Longer tokens are refused unread; so are longer headers. */
#define DH_JWS_MAX_SIZE ((size_t)64 * 1024)
#define DH_JWS_MAX_HEADER ((size_t)4096)
/* Room for the parts of all ordinary tokens, decoded; longer ones are allocated. */
#define DH_JWS_INLINE 1536

typedef struct dh_jws {
  dh_slice input;           /* header and payload as they were signed */
  dh_slice header;          /* JSON */
  dh_slice payload;         /* any bytes */
  dh_slice signature;       /* raw */
  const dh_alg *alg;        /* as the header says: it only narrows what a checker allows */
  const dh_json_value *kid; /* or NULL */
  dh_json_object fields;    /* of the header */
  unsigned char *allocated;
  unsigned char room[DH_JWS_INLINE];
} dh_jws;

/*
 * Splits and decodes. DH_MALFORMED: not three parts of exact base64url, too long, a
 * header that is no strict JSON object or has an ill-typed member; `crit` or `b64` (no
 * extension is understood). DH_DENIED: an algorithm that is not one of ours, "none"
 * above all. DH_NO_MEMORY. Released with dh_jws_clear() whatever came of it.
 * `jku`, `jwk`, `x5u`, `x5c` and `x5t` are never looked at: keys come from configuration.
 */
dh_status dh_jws_read(dh_jws *jws, const char *token, size_t size, dh_error *error);

/* The same, but an unknown algorithm leaves `alg` NULL: to show a token, not to trust it. */
dh_status dh_jws_decode(dh_jws *jws, const char *token, size_t size, dh_error *error);

/* For what dh_jws_clear() may meet unread; the readers call it themselves. */
void dh_jws_init(dh_jws *jws);
void dh_jws_clear(dh_jws *jws);

/*
 * Signs `payload` and appends the compact form. `typ` may be NULL. The header is
 * {"alg":...,"kid":...,"typ":...}, without what is absent.
 */
dh_status dh_jws_sign(const dh_key *key, const dh_alg *alg, const char *typ, const void *payload,
                      size_t size, dh_buf *out, dh_error *error);

#endif
