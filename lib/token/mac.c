/* SPDX-License-Identifier: Apache-2.0 */
#define OPENSSL_SUPPRESS_DEPRECATED /* mac.h says why */
#include "token/mac.h"

#include "base/locked.h"

#include <datahub/context.h>

#include <openssl/sha.h>

#include <string.h>

/* The longest block of SHA-2. */
#define BLOCK_MAX SHA512_CBLOCK

typedef union state {
  SHA256_CTX sha256;
  SHA512_CTX sha512; /* SHA-384 too */
} state;

/* One of SHA-2's functions, as far as they differ. */
typedef struct sha2 {
  size_t digest_size, block_size;
  int (*init)(state *);
  int (*update)(state *, const void *, size_t);
  int (*final)(unsigned char *, state *);
} sha2;

struct dh_mac {
  const sha2 *sha;
  state inner, outer; /* after the key's block */
};

#define HASH(name, member)                                                                         \
  static int name##_init(state *s)                                                                 \
  {                                                                                                \
    return name##_Init(&s->member);                                                                \
  }                                                                                                \
  static int name##_update(state *s, const void *bytes, size_t size)                               \
  {                                                                                                \
    return name##_Update(&s->member, bytes, size);                                                 \
  }                                                                                                \
  static int name##_final(unsigned char *out, state *s)                                            \
  {                                                                                                \
    return name##_Final(out, &s->member);                                                          \
  }
HASH(SHA256, sha256)
HASH(SHA384, sha512)
HASH(SHA512, sha512)

static const sha2 shas[] = {
    {SHA256_DIGEST_LENGTH, SHA256_CBLOCK, SHA256_init, SHA256_update, SHA256_final},
    {SHA384_DIGEST_LENGTH, SHA512_CBLOCK, SHA384_init, SHA384_update, SHA384_final},
    {SHA512_DIGEST_LENGTH, SHA512_CBLOCK, SHA512_init, SHA512_update, SHA512_final},
};

static const sha2 *sha_for(const dh_alg *alg)
{
  for (size_t i = 0; i < sizeof(shas) / sizeof(shas[0]); i++)
    if (alg->family == DH_ALG_HMAC && shas[i].digest_size == alg->digest_size)
      return &shas[i];
  return NULL;
}

/* A key that is longer than a block is hashed first, a shorter one ends with zeros. */
static bool make_block(const sha2 *sha, const void *key, size_t size, unsigned char *block)
{
  state s;
  if (size <= sha->block_size) {
    if (size)
      memcpy(block, key, size);
    return true;
  }
  bool done = sha->init(&s) == 1 && sha->update(&s, key, size) == 1 && sha->final(block, &s) == 1;
  dh_wipe(&s, sizeof(s));
  return done;
}

static bool start(const sha2 *sha, state *s, unsigned char *block, unsigned char pad)
{
  for (size_t i = 0; i < sha->block_size; i++)
    block[i] ^= pad;
  bool done = sha->init(s) == 1 && sha->update(s, block, sha->block_size) == 1;
  for (size_t i = 0; i < sha->block_size; i++)
    block[i] ^= pad;
  return done;
}

/* The processor's registers still hold the last state, and the dynamic linker puts registers on
 * the stack whenever it binds a function: something else takes their place. */
static void clear_registers(const sha2 *sha)
{
  static const unsigned char nothing[BLOCK_MAX];
  state s;
  (void)sha->init(&s);
  (void)sha->update(&s, nothing, sha->block_size);
}

dh_mac *dh_mac_new(const dh_alg *alg, const void *key, size_t key_size)
{
  unsigned char block[BLOCK_MAX] = {0};
  const sha2 *sha = sha_for(alg);
  dh_mac *mac = sha ? dh_locked_new(sizeof(*mac)) : NULL;
  if (!mac)
    return NULL;
  mac->sha = sha;
  bool done = make_block(sha, key, key_size, block) && start(sha, &mac->inner, block, 0x36) &&
              start(sha, &mac->outer, block, 0x5c);
  clear_registers(sha);
  dh_wipe(block, sizeof(block));
  if (done)
    return mac;
  dh_mac_free(mac);
  return NULL;
}

void dh_mac_free(dh_mac *mac)
{
  dh_locked_free(mac, sizeof(*mac));
}

bool dh_mac_compute(const dh_mac *mac, const void *input, size_t size, unsigned char *out)
{
  const sha2 *sha = mac->sha;
  unsigned char digest[SHA512_DIGEST_LENGTH];
  state s = mac->inner;
  bool done = sha->update(&s, input, size) == 1 && sha->final(digest, &s) == 1;
  if (done) {
    s = mac->outer;
    done = sha->update(&s, digest, sha->digest_size) == 1 && sha->final(out, &s) == 1;
  }
  dh_wipe(&s, sizeof(s));
  return done;
}
