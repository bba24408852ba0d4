/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Debian's libjwt is the referee: its tokens verify here, ours verify there.
 */
#include "suite.h"

#include "token/checker.h"
#include "token/forge.h"

#include <openssl/pem.h>

#include <jwt.h>

#include <stdlib.h>
#include <string.h>

static const struct {
  const char *kind, *name;
  jwt_alg_t alg;
} pairs[] = {
    {"oct", "HS256", JWT_ALG_HS256},   {"oct", "HS384", JWT_ALG_HS384},
    {"oct", "HS512", JWT_ALG_HS512},   {"RSA", "RS256", JWT_ALG_RS256},
    {"RSA", "RS384", JWT_ALG_RS384},   {"RSA", "RS512", JWT_ALG_RS512},
    {"P-256", "ES256", JWT_ALG_ES256}, {"P-384", "ES384", JWT_ALG_ES384},
    {"P-521", "ES512", JWT_ALG_ES512},
};
#define PAIRS (int)(sizeof(pairs) / sizeof(pairs[0]))

/* What libjwt takes as a key: the secret, or PEM of either half. */
static unsigned char *key_bytes(const dh_key *key, bool private_half, int *size)
{
  char *bytes = NULL;
  if (!key->pkey) {
    *size = (int)strlen(FORGE_SECRET);
    return (unsigned char *)strdup(FORGE_SECRET);
  }
  if (private_half) {
    char *pem;
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL);
    size_t length = (size_t)BIO_get_mem_data(bio, &pem);
    bytes = strndup(pem, length);
    BIO_free(bio);
  } else
    bytes = forge_pem(key);
  *size = (int)strlen(bytes);
  return (unsigned char *)bytes;
}

static const dh_alg *alg_of(int i)
{
  return dh_alg_find(pairs[i].name, strlen(pairs[i].name));
}

START_TEST(a_token_of_libjwt_passes_here)
{
  int size;
  jwt_t *jwt;
  dh_jws jws;
  dh_key *key = forge_key(pairs[_i].kind, NULL);
  unsigned char *bytes = key_bytes(key, true, &size);
  ck_assert_int_eq(jwt_new(&jwt), 0);
  jwt_add_grant(jwt, "sub", "jdoe");
  jwt_add_grant_int(jwt, "exp", 4000000000);
  ck_assert_int_eq(jwt_set_alg(jwt, pairs[_i].alg, bytes, size), 0);
  char *token = jwt_encode_str(jwt);
  ck_assert_ptr_nonnull(token);
  ck_assert_int_eq(dh_jws_read(&jws, token, strlen(token), NULL), DH_OK);
  ck_assert_ptr_eq(jws.alg, alg_of(_i));
  ck_assert(dh_key_verify(key, jws.alg, jws.input.ptr, jws.input.len,
                          (const unsigned char *)jws.signature.ptr, jws.signature.len));
  dh_jws_clear(&jws);
  free(token);
  jwt_free(jwt);
  free(bytes);
  dh_key_unref(key);
}
END_TEST

START_TEST(a_token_of_ours_passes_there)
{
  static const char payload[] = "{\"sub\":\"jdoe\",\"exp\":4000000000}";
  int size;
  jwt_t *jwt = NULL;
  dh_buf token;
  dh_buf_init(&token);
  dh_key *key = forge_key(pairs[_i].kind, NULL);
  unsigned char *bytes = key_bytes(key, false, &size);
  ck_assert_int_eq(dh_jws_sign(key, alg_of(_i), "JWT", payload, strlen(payload), &token, NULL),
                   DH_OK);
  ck_assert_int_eq(jwt_decode(&jwt, dh_buf_text(&token), bytes, size), 0);
  ck_assert_int_eq((int)jwt_get_alg(jwt), (int)pairs[_i].alg);
  ck_assert_str_eq(jwt_get_grant(jwt, "sub"), "jdoe");
  jwt_free(jwt);
  dh_buf_free(&token);
  free(bytes);
  dh_key_unref(key);
}
END_TEST

static TCase *libjwt_case(void)
{
  TCase *tests = tcase_create("libjwt");
  tcase_add_unchecked_fixture(tests, forge_rsa_once, NULL);
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, a_token_of_libjwt_passes_here, 0, PAIRS);
  tcase_add_loop_test(tests, a_token_of_ours_passes_there, 0, PAIRS);
  return tests;
}

SUITE("interop libjwt", libjwt_case())
