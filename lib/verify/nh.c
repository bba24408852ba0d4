/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/nh.h"

#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

/* The last step of a block that is shorter than one. */
#define SHORT(name, step, block, size)                                                             \
  unsigned char name[step] = {0};                                                                  \
  memcpy(name, block, (size) < (step) ? (size) : (step))

/* --- words of 64 bits --- */

#define STEP 16

__extension__ typedef unsigned __int128 wide;

static inline uint64_t word_at(const unsigned char *at)
{
  uint64_t word;
  memcpy(&word, at, sizeof(word));
  return word;
}

static inline void add_step(wide sum[2], const unsigned char *at, const unsigned char *key)
{
  uint64_t a = word_at(at), b = word_at(at + 8);
  sum[0] += (wide)(a + word_at(key)) * (b + word_at(key + 8));
  sum[1] += (wide)(a + word_at(key + STEP)) * (b + word_at(key + STEP + 8));
}

void dh_nh_portable(const dh_nh_key *key, const void *block, size_t size, uint64_t out[DH_NH_WORDS])
{
  const unsigned char *at = block, *k = key->bytes;
  wide sum[2] = {0, 0};
  if (size < STEP) {
    SHORT(last, STEP, block, size);
    add_step(sum, last, k);
  } else {
    size_t left = size;
    for (; left >= STEP; left -= STEP, at += STEP, k += STEP)
      add_step(sum, at, k);
    if (left)
      add_step(sum, at + left - STEP, k);
  }
  for (int i = 0; i < 2; i++) {
    out[2 * i] = (uint64_t)sum[i];
    out[2 * i + 1] = (uint64_t)(sum[i] >> 64);
  }
}

/* --- words of 32 bits, sixteen products at a time --- */

#ifdef __x86_64__

#define STEP_AVX2 32
#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i load(const unsigned char *at)
{
  return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

AVX2 static inline __m256i sum_step(__m256i sum, __m256i words, const unsigned char *key)
{
  __m256i keyed = _mm256_add_epi32(words, load(key));
  return _mm256_add_epi64(sum, _mm256_mul_epu32(keyed, _mm256_srli_epi64(keyed, 32)));
}

AVX2 static uint64_t fold(__m256i sum)
{
  __m128i half = _mm_add_epi64(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
  return (uint64_t)_mm_cvtsi128_si64(half) + (uint64_t)_mm_extract_epi64(half, 1);
}

#define ADD_STEP(at)                                                                               \
  do {                                                                                             \
    __m256i words = load(at);                                                                      \
    a = sum_step(a, words, k);                                                                     \
    b = sum_step(b, words, k + STEP_AVX2);                                                         \
    c = sum_step(c, words, k + (ptrdiff_t)2 * STEP_AVX2);                                          \
    d = sum_step(d, words, k + (ptrdiff_t)3 * STEP_AVX2);                                          \
  } while (0)

AVX2 static void nh_avx2(const dh_nh_key *key, const void *block, size_t size,
                         uint64_t out[DH_NH_WORDS])
{
  const unsigned char *at = block, *k = key->bytes;
  __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
  if (size < STEP_AVX2) {
    SHORT(last, STEP_AVX2, block, size);
    ADD_STEP(last);
  } else {
    size_t left = size;
    for (; left >= STEP_AVX2; left -= STEP_AVX2, at += STEP_AVX2, k += STEP_AVX2)
      ADD_STEP(at);
    if (left)
      ADD_STEP(at + left - STEP_AVX2);
  }
  out[0] = fold(a);
  out[1] = fold(b);
  out[2] = fold(c);
  out[3] = fold(d);
}

dh_nh_fn dh_nh_avx2(void)
{
  return __builtin_cpu_supports("avx2") ? nh_avx2 : NULL;
}

#else

dh_nh_fn dh_nh_avx2(void)
{
  return NULL;
}

#endif

dh_nh_fn dh_nh_best(void)
{
  dh_nh_fn avx2 = dh_nh_avx2();
  return avx2 ? avx2 : dh_nh_portable;
}
