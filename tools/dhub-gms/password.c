/* SPDX-License-Identifier: Apache-2.0 */
#include "password.h"

#include <datahub/context.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 16 MiB and some 50 ms: dear to guess, cheap for a sign-in. */
#define COST_N 16384u
#define COST_R 8u
#define COST_P 1u
#define MOST_MEMORY (64u * 1024 * 1024)
#define SALT_SIZE 16
#define HASH_SIZE 32

typedef struct parts {
  unsigned long n, r, p;
  unsigned char salt[SALT_SIZE + 2], hash[HASH_SIZE + 1];
} parts;

static bool derive(const char *password, const parts *in, unsigned char out[HASH_SIZE])
{
  return EVP_PBE_scrypt(password, strlen(password), in->salt, SALT_SIZE, in->n, in->r, in->p,
                        MOST_MEMORY, out, HASH_SIZE) == 1;
}

bool gms_password_hash(const char *password, char out[GMS_PASSWORD_HASH_SIZE])
{
  parts made = {.n = COST_N, .r = COST_R, .p = COST_P};
  unsigned char salt[32], hash[64];
  if (RAND_bytes(made.salt, SALT_SIZE) != 1 || !derive(password, &made, made.hash))
    return false;
  EVP_EncodeBlock(salt, made.salt, SALT_SIZE);
  EVP_EncodeBlock(hash, made.hash, HASH_SIZE);
  snprintf(out, GMS_PASSWORD_HASH_SIZE, "scrypt:%lu:%lu:%lu:%s:%s", made.n, made.r, made.p,
           (char *)salt, (char *)hash);
  return true;
}

/* Base64 of exactly `size` bytes; `out` has room for the padding too. */
static bool decode(const char *text, size_t length, unsigned char *out, size_t size)
{
  unsigned char block[64];
  if (length != (size + 2) / 3 * 4 || length >= sizeof(block))
    return false;
  if (EVP_DecodeBlock(block, (const unsigned char *)text, (int)length) < (int)size)
    return false;
  memcpy(out, block, size);
  return true;
}

static bool take_number(const char **text, unsigned long most, unsigned long *out)
{
  char *end;
  if (**text < '1' || **text > '9')
    return false;
  *out = strtoul(*text, &end, 10);
  if (*end != ':' || *out > most)
    return false;
  *text = end + 1;
  return true;
}

static bool read_parts(const char *text, parts *out)
{
  if (strncmp(text, "scrypt:", 7))
    return false;
  text += 7;
  if (!take_number(&text, 1ul << 20, &out->n) || !take_number(&text, 64, &out->r) ||
      !take_number(&text, 16, &out->p))
    return false;
  const char *colon = strchr(text, ':');
  return colon && decode(text, (size_t)(colon - text), out->salt, SALT_SIZE) &&
         decode(colon + 1, strlen(colon + 1), out->hash, HASH_SIZE);
}

bool gms_password_is_hash(const char *text)
{
  parts unused;
  return read_parts(text, &unused);
}

bool gms_password_matches(const char *password, const char *text)
{
  parts kept;
  unsigned char hash[HASH_SIZE];
  bool same = read_parts(text, &kept) && derive(password, &kept, hash) &&
              CRYPTO_memcmp(hash, kept.hash, HASH_SIZE) == 0;
  dh_wipe(hash, sizeof(hash));
  return same;
}
