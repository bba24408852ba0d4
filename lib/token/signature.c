/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures as JWS carries them, made and checked through EVP.
 */
#include "token/key.h"

#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include <stdlib.h>
#include <string.h>

/* Room for DER of two integers of 66 bytes. */
#define MAX_ECDSA_DER 160

/* --- HMAC --- */

static bool verify_mac(const dh_key *key, const dh_alg *alg, const void *input, size_t size,
                       const unsigned char *signature, size_t signature_size)
{
  unsigned char expected[EVP_MAX_MD_SIZE];
  bool good = signature_size == alg->digest_size &&
              dh_mac_compute(dh_key_mac(key, alg), input, size, expected) &&
              CRYPTO_memcmp(expected, signature, signature_size) == 0;
  dh_wipe(expected, sizeof(expected)); /* of a token that nobody made yet, too */
  return good;
}

/* --- ECDSA: r || s of fixed width here, DER in OpenSSL --- */

static bool to_der(const dh_alg *alg, const unsigned char *raw, unsigned char *der, size_t *size)
{
  bool done = false;
  BIGNUM *r = BN_bin2bn(raw, (int)alg->half, NULL);
  BIGNUM *s = BN_bin2bn(raw + alg->half, (int)alg->half, NULL);
  ECDSA_SIG *signature = ECDSA_SIG_new();
  if (!r || !s || !signature || !ECDSA_SIG_set0(signature, r, s))
    goto out;
  r = s = NULL; /* owned by the signature now */
  unsigned char *to = der;
  int length = i2d_ECDSA_SIG(signature, NULL);
  done = length > 0 && length <= MAX_ECDSA_DER && i2d_ECDSA_SIG(signature, &to) == length;
  *size = (size_t)length;

out:
  ECDSA_SIG_free(signature);
  BN_free(r);
  BN_free(s);
  return done;
}

static bool from_der(const dh_alg *alg, const unsigned char *der, size_t size, dh_buf *out)
{
  unsigned char raw[132];
  ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)size);
  int half = (int)alg->half;
  bool done = signature && BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, half) == half &&
              BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + half, half) == half;
  if (done)
    dh_buf_add(out, raw, 2 * alg->half);
  ECDSA_SIG_free(signature);
  return done;
}

/* --- all that EVP_DigestSign and EVP_DigestVerify do --- */

static bool set_padding(EVP_PKEY_CTX *context, const dh_alg *alg)
{
  if (alg->family == DH_ALG_RSA)
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
  if (alg->family != DH_ALG_PSS)
    return true;
  /* RFC 7518, section 3.5: the salt is as long as the digest, which also masks. */
  return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
         EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1 &&
         EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, alg->digest, NULL) == 1;
}

static bool verify_pkey(const dh_key *key, const dh_alg *alg, const void *input, size_t size,
                        const unsigned char *signature, size_t signature_size)
{
  EVP_PKEY_CTX *parameters = NULL;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  bool good = context &&
              EVP_DigestVerifyInit_ex(context, &parameters, alg->digest, NULL, NULL, key->pkey,
                                      NULL) == 1 &&
              set_padding(parameters, alg) &&
              EVP_DigestVerify(context, signature, signature_size, input, size) == 1;
  EVP_MD_CTX_free(context);
  if (!good)
    ERR_clear_error();
  return good;
}

bool dh_key_verify(const dh_key *key, const dh_alg *alg, const void *input, size_t input_size,
                   const unsigned char *signature, size_t signature_size)
{
  unsigned char der[MAX_ECDSA_DER];
  size_t der_size = 0;
  if (!dh_key_fits(key, alg) || !key->may_verify)
    return false;
  switch (alg->family) {
  case DH_ALG_HMAC:
    return verify_mac(key, alg, input, input_size, signature, signature_size);
  case DH_ALG_EC:
    return signature_size == 2 * alg->half && to_der(alg, signature, der, &der_size) &&
           verify_pkey(key, alg, input, input_size, der, der_size);
  case DH_ALG_RSA:
  case DH_ALG_PSS:
    /* RFC 8017, sections 8.1.2 and 8.2.2: exactly as long as the modulus. */
    return signature_size == (size_t)EVP_PKEY_get_size(key->pkey) &&
           verify_pkey(key, alg, input, input_size, signature, signature_size);
  case DH_ALG_ED:
    return verify_pkey(key, alg, input, input_size, signature, signature_size);
  }
  return false;
}

static dh_status sign_pkey(const dh_key *key, const dh_alg *alg, const void *input, size_t size,
                           dh_buf *out, dh_error *error)
{
  EVP_PKEY_CTX *parameters = NULL;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  size_t room = (size_t)EVP_PKEY_get_size(key->pkey);
  unsigned char *made = malloc(room);
  bool done =
      context && made &&
      EVP_DigestSignInit_ex(context, &parameters, alg->digest, NULL, NULL, key->pkey, NULL) == 1 &&
      set_padding(parameters, alg) && EVP_DigestSign(context, made, &room, input, size) == 1;
  if (done && alg->family == DH_ALG_EC)
    done = from_der(alg, made, room, out);
  else if (done)
    dh_buf_add(out, made, room);
  free(made);
  EVP_MD_CTX_free(context);
  ERR_clear_error();
  return done ? DH_OK
              : dh_error_set(error, DH_INTERNAL, "OpenSSL could not sign with %s", alg->name);
}

dh_status dh_key_sign(const dh_key *key, const dh_alg *alg, const void *input, size_t input_size,
                      dh_buf *out, dh_error *error)
{
  unsigned char mac[EVP_MAX_MD_SIZE];
  if (!dh_key_fits(key, alg))
    return dh_error_set(error, DH_MISCONFIGURED, "the key cannot be used with %s", alg->name);
  if (!key->may_sign)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "the key may not sign: it has no private half, or its use forbids it");
  if (alg->family != DH_ALG_HMAC)
    return sign_pkey(key, alg, input, input_size, out, error);
  if (!dh_mac_compute(dh_key_mac(key, alg), input, input_size, mac))
    return dh_error_set(error, DH_INTERNAL, "OpenSSL could not sign with %s", alg->name);
  dh_buf_add(out, mac, alg->digest_size);
  dh_wipe(mac, sizeof(mac));
  return DH_OK;
}
