/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures: every algorithm against itself, and every known way to get a bad one accepted.
 */
#include "suite.h"

#include "token/checking.h"
#include "token/forge.h"
#include "token/jws.h"

#include <stdio.h>
#include <string.h>

static const char PAYLOAD[] = "{\"sub\":\"jdoe\"}";

/* --- every algorithm --- */

static const struct {
  const char *kind, *alg;
} pairs[] = {
    {"oct", "HS256"},     {"oct", "HS384"},   {"oct", "HS512"},   {"RSA", "RS256"},
    {"RSA", "RS384"},     {"RSA", "RS512"},   {"RSA", "PS256"},   {"RSA", "PS384"},
    {"RSA", "PS512"},     {"P-256", "ES256"}, {"P-384", "ES384"}, {"P-521", "ES512"},
    {"ED25519", "EdDSA"}, {"ED448", "EdDSA"},
};
#define PAIRS (sizeof(pairs) / sizeof(pairs[0]))

START_TEST(what_we_sign_we_verify)
{
  dh_buf token;
  dh_buf_init(&token);
  dh_key *key = forge_key(pairs[_i].kind, "k");
  const dh_alg *alg = dh_alg_find(pairs[_i].alg, strlen(pairs[_i].alg));
  ck_assert_int_eq(dh_jws_sign(key, alg, "JWT", PAYLOAD, strlen(PAYLOAD), &token, NULL), DH_OK);
  ck_assert_int_eq(check_key(key, dh_buf_take(&token)), DH_OK);
  dh_key_unref(key);
}
END_TEST

START_TEST(the_public_jwk_verifies)
{
  char header[64];
  dh_key *key = forge_key(pairs[_i].kind, "k");
  snprintf(header, sizeof(header), "{\"alg\":\"%s\",\"kid\":\"k\"}", pairs[_i].alg);
  char *token = forge_signed(header, PAYLOAD, strlen(PAYLOAD), key, pairs[_i].alg);
  char *jwk = forge_jwk(key, "k");
  ck_assert_int_eq(check_jwk(jwk, token), DH_OK);
  free(jwk);
  free(token);
  dh_key_unref(key);
}
END_TEST

START_TEST(each_key_takes_its_own_algorithms_only)
{
  char header[64];
  dh_key *key = forge_key(pairs[_i].kind, NULL);
  for (size_t i = 0; i < PAIRS; i++) {
    dh_key *other = forge_key(pairs[i].kind, NULL);
    if (!dh_key_fits(key, dh_alg_find(pairs[i].alg, strlen(pairs[i].alg)))) {
      snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", pairs[i].alg);
      ck_assert_int_eq(
          check_key(key, forge_signed(header, PAYLOAD, strlen(PAYLOAD), other, pairs[i].alg)),
          DH_DENIED);
    }
    dh_key_unref(other);
  }
  dh_key_unref(key);
}
END_TEST

START_TEST(a_signature_of_another_length_fails)
{
  char header[64];
  dh_jws jws;
  unsigned char longer[1024] = {0};
  dh_key *key = forge_key(pairs[_i].kind, NULL);
  snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", pairs[_i].alg);
  char *token = forge_signed(header, PAYLOAD, strlen(PAYLOAD), key, pairs[_i].alg);
  ck_assert_int_eq(dh_jws_read(&jws, token, strlen(token), NULL), DH_OK);
  size_t size = jws.signature.len;
  memcpy(longer + 1, jws.signature.ptr, size);
  ck_assert_int_eq(check_key(key, forge_raw(header, PAYLOAD, strlen(PAYLOAD), "", 0)), DH_DENIED);
  ck_assert_int_eq(
      check_key(key, forge_raw(header, PAYLOAD, strlen(PAYLOAD), longer + 1, size - 1)), DH_DENIED);
  ck_assert_int_eq(
      check_key(key, forge_raw(header, PAYLOAD, strlen(PAYLOAD), longer + 1, size + 1)), DH_DENIED);
  ck_assert_int_eq(check_key(key, forge_raw(header, PAYLOAD, strlen(PAYLOAD), longer, size + 1)),
                   DH_DENIED);
  memset(longer, 0, sizeof(longer));
  ck_assert_int_eq(check_key(key, forge_raw(header, PAYLOAD, strlen(PAYLOAD), longer, size)),
                   DH_DENIED);
  dh_jws_clear(&jws);
  free(token);
  dh_key_unref(key);
}
END_TEST

/* --- the algorithm --- */

static const char *const none_headers[] = {
    "{\"alg\":\"none\"}",       "{\"alg\":\"None\"}",   "{\"alg\":\"NONE\"}",  "{\"alg\":\"nOnE\"}",
    "{\"alg\":\"\"}",           "{\"alg\":\"none \"}",  "{\"alg\":\"hs256\"}", "{\"alg\":\"HS1\"}",
    "{\"alg\":\"n\\u006fne\"}", "{\"alg\":\"RSA1_5\"}",
};

START_TEST(no_spelling_of_none_passes)
{
  dh_key *key = forge_key("oct", NULL);
  ck_assert_int_eq(check_key(key, forge_raw(none_headers[_i], PAYLOAD, strlen(PAYLOAD), "", 0)),
                   DH_DENIED);
  ck_assert_int_eq(
      check_key(key, forge_signed(none_headers[_i], PAYLOAD, strlen(PAYLOAD), key, "HS256")),
      DH_DENIED);
  dh_key_unref(key);
}
END_TEST

START_TEST(a_public_key_is_no_hmac_secret)
{
  dh_key *rsa = forge_key("RSA", NULL);
  char *pem = forge_pem(rsa);
  dh_key *secret = dh_key_from_secret(pem, strlen(pem), NULL, NULL, NULL);
  ck_assert_int_eq(check_key(rsa, forge_signed("{\"alg\":\"HS256\"}", PAYLOAD, strlen(PAYLOAD),
                                               secret, "HS256")),
                   DH_DENIED);
  free(pem);
  dh_key_unref(secret);
  dh_key_unref(rsa);
}
END_TEST

START_TEST(an_algorithm_that_is_not_allowed_is_denied)
{
  static const char *const only[] = {"HS512", NULL};
  const dh_checker_options options = {.struct_size = sizeof(options), .algorithms = only};
  dh_keys *keys = dh_keys_new(NULL);
  dh_key *key = forge_key("oct", NULL);
  dh_keys_take(keys, dh_key_ref(key), NULL);
  dh_checker *checker = dh_checker_new(keys, &options, NULL);
  char *token = forge_signed("{\"alg\":\"HS256\"}", PAYLOAD, strlen(PAYLOAD), key, "HS256");
  ck_assert_int_eq(dh_checker_check(checker, token, strlen(token), 1, NULL, NULL), DH_DENIED);
  free(token);
  dh_checker_free(checker);
  dh_keys_unref(keys);
  dh_key_unref(key);
}
END_TEST

START_TEST(a_checker_without_algorithms_is_not_made)
{
  static const char *const none[] = {"none", NULL};
  dh_checker_options options = {.struct_size = sizeof(options)};
  ck_assert_ptr_null(dh_checker_new(NULL, &options, NULL));
  options.algorithms = none;
  ck_assert_ptr_null(dh_checker_new(NULL, &options, NULL));
}
END_TEST

/* --- ECDSA --- */

/* The orders of the curves: r and s are at least 1 and less. */
static const struct {
  const char *kind, *alg, *order;
  size_t half;
} curves[] = {
    {"P-256", "ES256", "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 32},
    {"P-384", "ES384",
     "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52"
     "9"
     "73",
     48},
    {"P-521", "ES512",
     "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc014"
     "8f7"
     "09a5d03bb5c9b8899c47aebb6fb71e91386409",
     66},
};

enum { ZERO, ONE, ORDER, ALL_ONES, VALUES };

static void put_value(unsigned char *to, size_t half, const char *order, int value)
{
  memset(to, value == ALL_ONES ? 0xff : 0, half);
  if (value == ONE)
    to[half - 1] = 1;
  for (size_t i = 0; value == ORDER && i < half; i++) {
    unsigned byte;
    sscanf(order + 2 * i, "%2x", &byte);
    to[i] = (unsigned char)byte;
  }
}

START_TEST(r_and_s_out_of_range_fail)
{
  unsigned char signature[132];
  char header[32];
  size_t half = curves[_i].half;
  dh_key *key = forge_key(curves[_i].kind, NULL);
  snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", curves[_i].alg);
  for (int r = 0; r < VALUES; r++)
    for (int s = 0; s < VALUES; s++) {
      put_value(signature, half, curves[_i].order, r);
      put_value(signature + half, half, curves[_i].order, s);
      ck_assert_int_eq(
          check_key(key, forge_raw(header, PAYLOAD, strlen(PAYLOAD), signature, 2 * half)),
          DH_DENIED);
    }
  dh_key_unref(key);
}
END_TEST

START_TEST(a_der_signature_fails)
{
  dh_jws jws;
  unsigned char der[80] = {0x30, 0x44, 0x02, 0x20};
  dh_key *key = forge_key("P-256", NULL);
  char *token = forge_signed("{\"alg\":\"ES256\"}", PAYLOAD, strlen(PAYLOAD), key, "ES256");
  dh_jws_read(&jws, token, strlen(token), NULL);
  memcpy(der + 4, jws.signature.ptr, 32);
  der[36] = 0x02;
  der[37] = 0x20;
  memcpy(der + 38, jws.signature.ptr + 32, 32);
  dh_jws_clear(&jws);
  free(token);
  ck_assert_int_eq(
      check_key(key, forge_raw("{\"alg\":\"ES256\"}", PAYLOAD, strlen(PAYLOAD), der, 70)),
      DH_DENIED);
  dh_key_unref(key);
}
END_TEST

/* --- the header --- */

static const struct {
  const char *header;
  dh_status status;
} headers[] = {
    {"{\"alg\":\"HS256\",\"kid\":\"mine\"}", DH_OK},
    {"{\"alg\":\"HS256\",\"typ\":\"JWT\",\"x\":{\"y\":[1,null,true]}}", DH_OK},
    {" {\r\n\"alg\" : \"HS256\"\t} ", DH_OK},
    {"{\"\\u0061lg\":\"HS256\"}", DH_OK},
    {"{\"alg\":\"HS256\",\"kid\":\"other\"}", DH_DENIED},
    {"{\"alg\":\"HS256\",\"kid\":\"../../../../dev/null\"}", DH_DENIED},
    {"{\"alg\":\"HS256\",\"kid\":\"x' UNION SELECT 'y\"}", DH_DENIED},
    {"{\"alg\":\"HS256\",\"kid\":\"\"}", DH_DENIED},
    {"{\"alg\":\"HS256\",\"kid\":\"mine\\u0000\"}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"kid\":7}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"kid\":[\"mine\"]}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"crit\":[]}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"b64\":true}", DH_MALFORMED},
    {"{\"alg\":\"none\",\"alg\":\"HS256\"}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"alg\":\"HS256\"}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"\\u0061lg\":\"none\"}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"x\":{\"a\":1,\"a\":2}}", DH_MALFORMED},
    {"{\"alg\":[\"HS256\"]}", DH_MALFORMED},
    {"{\"alg\":null}", DH_MALFORMED},
    {"{}", DH_MALFORMED},
    {"[\"HS256\"]", DH_MALFORMED},
    {"\"HS256\"", DH_MALFORMED},
    {"{\"alg\":\"HS256\"} x", DH_MALFORMED},
    {"{\"alg\":\"HS256\",}", DH_MALFORMED},
    {"{'alg':'HS256'}", DH_MALFORMED},
    {"{\"alg\":\"HS256\"", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"x\":\"\xff\"}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"x\":\"\xc0\xaf\"}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"x\":\"\xed\xa0\x80\"}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"x\":\"\\ud800\"}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"x\":01}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"x\":+1}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"x\":1.}", DH_MALFORMED},
    {"{\"alg\":\"HS256\",\"x\":NaN}", DH_MALFORMED},
    {"\xef\xbb\xbf{\"alg\":\"HS256\"}", DH_MALFORMED},
};

START_TEST(headers_are_read_strictly)
{
  dh_key *key = forge_key("oct", "mine");
  ck_assert_msg(check_key(key, forge_signed(headers[_i].header, PAYLOAD, strlen(PAYLOAD), key,
                                            "HS256")) == headers[_i].status,
                "%s", headers[_i].header);
  dh_key_unref(key);
}
END_TEST

/* A header that says the same in other bytes is not the one that was signed. */
START_TEST(an_altered_header_fails)
{
  static const char *const altered[] = {
      "{\"alg\":\"HS256\" }",
      "{\"alg\":\"HS256\",\"typ\":\"JWT\"}",
      "{\"alg\":\"HS256\",\"kid\":\"mine\"}",
      "{\"\\u0061lg\":\"HS256\"}",
      "{\"alg\":\"HS384\"}",
  };
  dh_jws jws;
  dh_key *key = forge_key("oct", "mine");
  char *token = forge_signed("{\"alg\":\"HS256\"}", PAYLOAD, strlen(PAYLOAD), key, "HS256");
  ck_assert_int_eq(dh_jws_read(&jws, token, strlen(token), NULL), DH_OK);
  for (size_t i = 0; i < sizeof(altered) / sizeof(altered[0]); i++)
    ck_assert_int_eq(check_key(key, forge_raw(altered[i], PAYLOAD, strlen(PAYLOAD),
                                              jws.signature.ptr, jws.signature.len)),
                     DH_DENIED);
  dh_jws_clear(&jws);
  ck_assert_int_eq(check_key(key, token), DH_OK);
  dh_key_unref(key);
}
END_TEST

START_TEST(a_deeply_nested_header_is_malformed)
{
  char header[3000] = "{\"alg\":\"HS256\",\"x\":";
  dh_key *key = forge_key("oct", NULL);
  size_t used = strlen(header);
  memset(header + used, '[', sizeof(header) - used - 1);
  ck_assert_int_eq(check_key(key, forge_signed(header, PAYLOAD, strlen(PAYLOAD), key, "HS256")),
                   DH_MALFORMED);
  dh_key_unref(key);
}
END_TEST

START_TEST(an_embedded_key_is_not_used)
{
  char header[1024];
  dh_key *ours = forge_key("P-256", NULL), *theirs = forge_key("P-256", NULL);
  char *jwk = forge_jwk(theirs, NULL);
  snprintf(
      header, sizeof(header),
      "{\"alg\":\"ES256\",\"jwk\":%s,\"jku\":\"http://127.0.0.1:1/\",\"x5u\":\"http://127.0.0.1:1/"
      "\",\"x5c\":[\"AAAA\"]}",
      jwk);
  ck_assert_int_eq(check_key(ours, forge_signed(header, PAYLOAD, strlen(PAYLOAD), theirs, "ES256")),
                   DH_DENIED);
  free(jwk);
  dh_key_unref(ours);
  dh_key_unref(theirs);
}
END_TEST

START_TEST(a_key_for_encryption_is_not_used)
{
  static const char *const limits[] = {
      "\"use\":\"enc\"",        "\"key_ops\":[\"encrypt\"]",           "\"alg\":\"RSA-OAEP\"",
      "\"key_ops\":\"verify\"", "\"key_ops\":[\"verify\",\"verify\"]", "\"kid\":5"};
  char jwk[2048];
  dh_key *key = forge_key("P-256", NULL);
  char *plain = forge_jwk(key, NULL);
  for (size_t i = 0; i < 6; i++) {
    dh_keys *keys = dh_keys_new(NULL);
    snprintf(jwk, sizeof(jwk), "{%s,%s", limits[i], plain + 1);
    ck_assert_msg(dh_keys_add_jwks(keys, jwk, strlen(jwk), NULL, NULL) != DH_OK, "%s", limits[i]);
    dh_keys_unref(keys);
  }
  free(plain);
  dh_key_unref(key);
}
END_TEST

START_TEST(a_key_is_held_to_its_own_algorithm)
{
  char jwk[2048];
  dh_key *key = forge_key("RSA", NULL);
  char *plain = forge_jwk(key, NULL);
  char *token = forge_signed("{\"alg\":\"RS256\"}", PAYLOAD, strlen(PAYLOAD), key, "RS256");
  snprintf(jwk, sizeof(jwk), "{\"alg\":\"PS256\",%s", plain + 1);
  ck_assert_int_eq(check_jwk(jwk, token), DH_DENIED);
  snprintf(jwk, sizeof(jwk), "{\"alg\":\"RS256\",\"use\":\"sig\",\"key_ops\":[\"verify\"],%s",
           plain + 1);
  ck_assert_int_eq(check_jwk(jwk, token), DH_OK);
  free(token);
  free(plain);
  dh_key_unref(key);
}
END_TEST

/* --- the form --- */

static const char *const forms[] = {
    "",
    ".",
    "..",
    "...",
    "a.b",
    "eyJhbGciOiJIUzI1NiJ9",
    "eyJhbGciOiJIUzI1NiJ9.e30",
    "eyJhbGciOiJIUzI1NiJ9.e30.AA.AA",
    "eyJhbGciOiJIUzI1NiJ9.e30.AA.AA.AA",
    ".e30.AA",
    "eyJhbGciOiJIUzI1NiJ9.e30.AA==",
    "eyJhbGciOiJIUzI1NiJ9.e30=.AA",
    "eyJhbGciOiJIUzI1NiJ9.e30.A",
    "eyJhbGciOiJIUzI1NiJ9.e30.AB", /* unused bits */
    "eyJhbGciOiJIUzI1NiJ9.e30.AAB",
    "eyJhbGciOiJIUzI1NiJ9.e3 0.AA",
    "eyJhbGciOiJIUzI1NiJ9.e30.AA\n",
    " eyJhbGciOiJIUzI1NiJ9.e30.AA",
    "eyJhbGciOiJIUzI1NiJ9.e30.A+",
    "eyJhbGciOiJIUzI1NiJ9.e30.A/",
    "{\"payload\":\"e30\",\"protected\":\"eyJhbGciOiJIUzI1NiJ9\",\"signature\":\"AA\"}",
};

START_TEST(what_is_no_compact_jws_is_malformed)
{
  dh_key *key = forge_key("oct", NULL);
  ck_assert_int_eq(check_key(key, strdup(forms[_i])), DH_MALFORMED);
  dh_key_unref(key);
}
END_TEST

START_TEST(a_null_byte_in_the_token_is_malformed)
{
  static const char token[] = "eyJhbGciOiJIUzI1NiJ9.e30.AA\0AA";
  dh_keys *keys = dh_keys_new(NULL);
  ck_assert_int_eq(check_with(keys, token, sizeof(token) - 1), DH_MALFORMED);
  dh_keys_unref(keys);
}
END_TEST

START_TEST(a_megabyte_is_refused_unread)
{
  size_t size = (size_t)1 << 20;
  char *token = malloc(size);
  memset(token, 'A', size);
  dh_keys *keys = dh_keys_new(NULL);
  ck_assert_int_eq(check_with(keys, token, size), DH_MALFORMED);
  dh_keys_unref(keys);
  free(token);
}
END_TEST

START_TEST(a_long_token_within_the_bound_passes)
{
  char *payload = calloc(1, 40000);
  dh_key *key = forge_key("oct", NULL);
  ck_assert_int_eq(
      check_key(key, forge_signed("{\"alg\":\"HS256\"}", payload, 40000, key, "HS256")), DH_OK);
  free(payload);
  dh_key_unref(key);
}
END_TEST

START_TEST(a_long_header_is_malformed)
{
  char header[5000];
  dh_key *key = forge_key("oct", NULL);
  memset(header, ' ', sizeof(header));
  memcpy(header, "{\"alg\":\"HS256\"}", 15);
  header[sizeof(header) - 1] = '\0';
  ck_assert_int_eq(check_key(key, forge_signed(header, PAYLOAD, strlen(PAYLOAD), key, "HS256")),
                   DH_MALFORMED);
  dh_key_unref(key);
}
END_TEST

/* --- keys --- */

static const struct {
  const char *jwk;
  dh_status status;
} keys_refused[] = {
    {"{}", DH_MISCONFIGURED},
    {"[]", DH_MALFORMED},
    {"", DH_MALFORMED},
    {"{\"kty\":\"oct\"}", DH_MALFORMED},
    {"{\"kty\":\"oct\",\"k\":\"\"}", DH_MALFORMED},
    {"{\"kty\":\"oct\",\"k\":\"AA==\"}", DH_MALFORMED},
    {"{\"kty\":\"oct\",\"k\":\"AAAA\",\"alg\":\"RS256\"}", DH_MISCONFIGURED},
    {"{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", DH_MISCONFIGURED},
    {"{\"kty\":\"RSA\",\"e\":\"AQAB\"}", DH_MALFORMED},
    {"{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AAAA\",\"y\":\"AAAA\"}", DH_MALFORMED},
    /* not on the curve */
    {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
     "\"y\":"
     "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\"}",
     DH_MALFORMED},
    /* the point at infinity, as some write it */
    {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
     "\"y\":"
     "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
     DH_MALFORMED},
    /* a coordinate without its full width */
    {"{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"zc4ncPbEXUGDy-5v20t7WAczNXvp7xO6z248e9FURQ\",\"y\":"
     "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
     DH_MALFORMED},
    /* P-256's numbers under another curve's name */
    {"{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
     "\"y\":"
     "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
     DH_MALFORMED},
    {"{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}",
     DH_MALFORMED},
    {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}", DH_MALFORMED},
    /* for signing, without what signs */
    {"{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\","
     "\"key_ops\":[\"sign\"]}",
     DH_MISCONFIGURED},
    {"{\"kty\":\"oct\",\"k\":\"AAAA\",\"k\":\"BBBB\"}", DH_MALFORMED},
    {"{\"keys\":{}}", DH_MALFORMED},
    {"{\"keys\":[7]}", DH_MALFORMED},
};

START_TEST(keys_that_must_not_be_used_are_refused)
{
  dh_keys *keys = dh_keys_new(NULL);
  const char *jwk = keys_refused[_i].jwk;
  ck_assert_msg(dh_keys_add_jwks(keys, jwk, strlen(jwk), NULL, NULL) == keys_refused[_i].status,
                "%s", jwk);
  dh_keys_unref(keys);
}
END_TEST

START_TEST(a_short_rsa_key_is_refused)
{
  ck_assert_ptr_null(forge_key("RSA-1024", NULL));
}
END_TEST

START_TEST(an_rsa_exponent_of_one_is_refused)
{
  dh_key *key = forge_key("RSA", NULL);
  char *jwk = forge_jwk(key, NULL);
  strcpy(strstr(jwk, "AQAB"), "AQ\"}");
  dh_keys *keys = dh_keys_new(NULL);
  ck_assert_int_eq(dh_keys_add_jwks(keys, jwk, strlen(jwk), NULL, NULL), DH_MALFORMED);
  dh_keys_unref(keys);
  free(jwk);
  dh_key_unref(key);
}
END_TEST

/* y of 0, 1 and -1, the two of order 8, and some of them written another way. */
static const struct {
  const char *curve, *x;
} small_orders[] = {
    {"Ed25519", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    {"Ed25519", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    {"Ed25519", "7P_______________________________________38"},
    {"Ed25519", "JuiVj8KyJ7BFw_SJ8u-Y8NXfrAXTxjM5sTgCiG1T_AU"},
    {"Ed25519", "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA3o"},
    {"Ed25519", "xxdqcD1N2E-6PAt2DRBnDyogU_osOczGTsf9d5KsA_o"},
    {"Ed25519", "7f_______________________________________38"},
    {"Ed25519", "7v________________________________________8"},
    {"Ed448", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    {"Ed448", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAACA"},
    {"Ed448", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
    {"Ed448", "_v____________________________________7___________________________________8A"},
    {"Ed448", "______________________________________7___________________________________8A"},
    {"Ed448", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP____________________________________-A"},
};

START_TEST(an_eddsa_key_of_small_order_is_refused)
{
  char jwk[256];
  dh_error error;
  dh_keys *keys = dh_keys_new(NULL);
  snprintf(jwk, sizeof(jwk), "{\"kty\":\"OKP\",\"crv\":\"%s\",\"x\":\"%s\"}",
           small_orders[_i].curve, small_orders[_i].x);
  ck_assert_int_eq(dh_keys_add_jwks(keys, jwk, strlen(jwk), NULL, &error), DH_MISCONFIGURED);
  ck_assert_ptr_nonnull(strstr(error.message, "small order"));
  dh_keys_unref(keys);
}
END_TEST

START_TEST(a_set_passes_over_what_it_cannot_use)
{
  char set[4096];
  size_t skipped;
  dh_key *key = forge_key("P-256", NULL);
  char *jwk = forge_jwk(key, "good");
  snprintf(set, sizeof(set),
           "{\"keys\":[{\"kty\":\"new\"},%s,{\"kty\":\"oct\",\"k\":\"AAAA\",\"use\":\"enc\"}]}",
           jwk);
  dh_keys *keys = dh_keys_new(NULL);
  ck_assert_int_eq(dh_keys_add_jwks(keys, set, strlen(set), &skipped, NULL), DH_OK);
  ck_assert_uint_eq(dh_keys_count(keys), 1);
  ck_assert_uint_eq(skipped, 2);
  dh_keys_unref(keys);
  free(jwk);
  dh_key_unref(key);
}
END_TEST

START_TEST(a_pem_key_verifies)
{
  dh_key *key = forge_key("P-384", NULL);
  char *pem = forge_pem(key);
  char *token = forge_signed("{\"alg\":\"ES384\"}", PAYLOAD, strlen(PAYLOAD), key, "ES384");
  dh_keys *keys = dh_keys_new(NULL);
  ck_assert_int_eq(dh_keys_add_pem(keys, pem, strlen(pem), NULL, "ES384", NULL), DH_OK);
  ck_assert_int_eq(check_with(keys, token, strlen(token)), DH_OK);
  ck_assert_int_eq(dh_keys_add_pem(keys, pem, strlen(pem), NULL, "ES256", NULL), DH_MISCONFIGURED);
  ck_assert_int_eq(dh_keys_add_pem(keys, "x", 1, NULL, NULL, NULL), DH_MALFORMED);
  dh_keys_unref(keys);
  free(token);
  free(pem);
  dh_key_unref(key);
}
END_TEST

/* For a secret of HMAC's there is no half to keep. */
START_TEST(a_pair_without_its_private_half_verifies)
{
  char header[64];
  dh_buf out;
  dh_buf_init(&out);
  dh_key *key = forge_key(pairs[_i].kind, NULL);
  const dh_alg *alg = dh_alg_find(pairs[_i].alg, strlen(pairs[_i].alg));
  snprintf(header, sizeof(header), "{\"alg\":\"%s\"}", pairs[_i].alg);
  char *token = forge_signed(header, PAYLOAD, strlen(PAYLOAD), key, pairs[_i].alg);
  ck_assert(dh_key_forget_private(key));
  ck_assert_int_eq(check_key(key, token), DH_OK);
  ck_assert_int_eq(dh_key_sign(key, alg, "x", 1, &out, NULL),
                   alg->family == DH_ALG_HMAC ? DH_OK : DH_MISCONFIGURED);
  dh_buf_free(&out);
  dh_key_unref(key);
}
END_TEST

static TCase *good_case(void)
{
  TCase *tests = tcase_create("good");
  tcase_add_unchecked_fixture(tests, forge_rsa_once, NULL);
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, what_we_sign_we_verify, 0, PAIRS);
  tcase_add_loop_test(tests, the_public_jwk_verifies, 0, PAIRS);
  tcase_add_loop_test(tests, a_pair_without_its_private_half_verifies, 0, PAIRS);
  tcase_add_test(tests, a_pem_key_verifies);
  tcase_add_test(tests, a_long_token_within_the_bound_passes);
  return tests;
}

static TCase *signature_case(void)
{
  TCase *tests = tcase_create("signature");
  tcase_add_unchecked_fixture(tests, forge_rsa_once, NULL);
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, each_key_takes_its_own_algorithms_only, 0, PAIRS);
  tcase_add_loop_test(tests, a_signature_of_another_length_fails, 0, PAIRS);
  tcase_add_loop_test(tests, no_spelling_of_none_passes, 0,
                      sizeof(none_headers) / sizeof(none_headers[0]));
  tcase_add_test(tests, a_public_key_is_no_hmac_secret);
  tcase_add_test(tests, an_algorithm_that_is_not_allowed_is_denied);
  tcase_add_test(tests, a_checker_without_algorithms_is_not_made);
  tcase_add_loop_test(tests, r_and_s_out_of_range_fail, 0, 3);
  tcase_add_test(tests, a_der_signature_fails);
  return tests;
}

static TCase *form_case(void)
{
  TCase *tests = tcase_create("form");
  tcase_add_loop_test(tests, headers_are_read_strictly, 0, sizeof(headers) / sizeof(headers[0]));
  tcase_add_test(tests, an_altered_header_fails);
  tcase_add_test(tests, a_deeply_nested_header_is_malformed);
  tcase_add_test(tests, an_embedded_key_is_not_used);
  tcase_add_loop_test(tests, what_is_no_compact_jws_is_malformed, 0,
                      sizeof(forms) / sizeof(forms[0]));
  tcase_add_test(tests, a_null_byte_in_the_token_is_malformed);
  tcase_add_test(tests, a_megabyte_is_refused_unread);
  tcase_add_test(tests, a_long_header_is_malformed);
  return tests;
}

static TCase *key_case(void)
{
  TCase *tests = tcase_create("keys");
  tcase_add_unchecked_fixture(tests, forge_rsa_once, NULL);
  tcase_add_test(tests, a_key_for_encryption_is_not_used);
  tcase_add_test(tests, a_key_is_held_to_its_own_algorithm);
  tcase_add_loop_test(tests, keys_that_must_not_be_used_are_refused, 0,
                      sizeof(keys_refused) / sizeof(keys_refused[0]));
  tcase_add_test(tests, a_short_rsa_key_is_refused);
  tcase_add_test(tests, an_rsa_exponent_of_one_is_refused);
  tcase_add_loop_test(tests, an_eddsa_key_of_small_order_is_refused, 0,
                      (int)(sizeof(small_orders) / sizeof(small_orders[0])));
  tcase_add_test(tests, a_set_passes_over_what_it_cannot_use);
  return tests;
}

SUITE("jws", good_case(), signature_case(), form_case(), key_case())
