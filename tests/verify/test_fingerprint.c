/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "verify/fingerprint.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Not random, so that a failure comes again. */
static void fill(unsigned char *bytes, size_t size, uint64_t seed)
{
  for (size_t i = 0; i < size; i++) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    bytes[i] = (unsigned char)(seed >> 56);
  }
}

/* A copy of just that size, so that a sanitizer sees a step too far. */
static unsigned char *exact(const unsigned char *bytes, size_t size)
{
  unsigned char *copy = malloc(size ? size : 1);
  memcpy(copy, bytes, size);
  return copy;
}

/* --- NH, word by word as it is written down --- */

static uint64_t little(const unsigned char *at, size_t bytes)
{
  uint64_t value = 0;
  for (size_t i = bytes; i--;)
    value = value << 8 | at[i];
  return value;
}

__extension__ typedef unsigned __int128 wide;

/* One sum over whole steps, with words of `word` bytes. */
static wide sum_of(const unsigned char *block, size_t size, const unsigned char *key, size_t word)
{
  uint64_t mask = word == 8 ? UINT64_MAX : UINT32_MAX;
  wide sum = 0;
  for (size_t i = 0; i < size; i += 2 * word) {
    uint64_t a = (little(block + i, word) + little(key + i, word)) & mask;
    uint64_t b = (little(block + i + word, word) + little(key + i + word, word)) & mask;
    sum += (wide)a * b;
  }
  return sum;
}

/* The block made a multiple of a step: by zeros, or by its own end once more. */
static size_t pad(unsigned char *out, const unsigned char *block, size_t size, size_t step)
{
  size_t whole = size / step * step;
  memset(out, 0, step);
  memcpy(out, block, size);
  if (size < step)
    return step;
  if (size == whole)
    return size;
  memcpy(out + whole, block + size - step, step);
  return whole + step;
}

static const size_t sizes[] = {1,  7,  8,  15, 16,  17,  31,  32,  33,  47,   48,
                               63, 64, 65, 95, 100, 333, 352, 640, 992, 1023, 1024};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

START_TEST(words_of_64_bits_add_up)
{
  unsigned char block[DH_NH_BLOCK], padded[DH_NH_BLOCK + 32];
  dh_nh_key key;
  uint64_t out[DH_NH_WORDS];
  fill(block, sizeof(block), 1);
  fill(key.bytes, sizeof(key.bytes), 2);
  unsigned char *copy = exact(block, sizes[_i]);
  dh_nh_portable(&key, copy, sizes[_i], out);
  free(copy);
  size_t size = pad(padded, block, sizes[_i], 16);
  for (size_t i = 0; i < 2; i++) {
    wide expected = sum_of(padded, size, key.bytes + 16 * i, 8);
    ck_assert_uint_eq(out[2 * i], (uint64_t)expected);
    ck_assert_uint_eq(out[2 * i + 1], (uint64_t)(expected >> 64));
  }
}
END_TEST

START_TEST(words_of_32_bits_add_up)
{
  unsigned char block[DH_NH_BLOCK], padded[DH_NH_BLOCK + 32];
  dh_nh_key key;
  uint64_t out[DH_NH_WORDS];
  dh_nh_fn squeeze = dh_nh_avx2();
  if (!squeeze)
    return; /* a processor without it never uses it */
  fill(block, sizeof(block), 3);
  fill(key.bytes, sizeof(key.bytes), 4);
  unsigned char *copy = exact(block, sizes[_i]);
  squeeze(&key, copy, sizes[_i], out);
  free(copy);
  size_t size = pad(padded, block, sizes[_i], 32);
  for (size_t i = 0; i < DH_NH_WORDS; i++)
    ck_assert_uint_eq(out[i], (uint64_t)sum_of(padded, size, key.bytes + 32 * i, 4));
}
END_TEST

/* --- the name --- */

static dh_fingerprint_key key;

static void setup(void)
{
  ck_assert(dh_fingerprint_init(&key));
}

static bool same(dh_digest a, dh_digest b)
{
  return a.low == b.low && a.high == b.high;
}

static const size_t lengths[] = {
    0, 1, 31, 32, 352, 1023, 1024, 1025, 2048, 3000, 65536, 65537, DH_FINGERPRINT_MAX};
#define LENGTHS (sizeof(lengths) / sizeof(lengths[0]))

/* Both squeezers, whichever this processor would take. */
static dh_nh_fn squeezer(int which)
{
  return which % 2 ? dh_nh_best() : dh_nh_portable;
}

START_TEST(one_header_has_one_name)
{
  size_t size = lengths[_i / 2];
  unsigned char *bytes = malloc(size + 1);
  key.squeeze = squeezer(_i);
  fill(bytes, size + 1, 5);
  unsigned char *copy = exact(bytes, size);
  ck_assert(same(dh_fingerprint(&key, bytes, size), dh_fingerprint(&key, copy, size)));
  free(copy);
  free(bytes);
}
END_TEST

START_TEST(one_bit_makes_another_name)
{
  size_t size = lengths[_i / 2], step = size > 4096 ? 61 : 1;
  unsigned char *bytes = malloc(size + 1);
  key.squeeze = squeezer(_i);
  fill(bytes, size + 1, 6);
  dh_digest name = dh_fingerprint(&key, bytes, size);
  for (size_t i = 0; i < size; i += step) {
    bytes[i] ^= (unsigned char)(1 << i % 8);
    ck_assert_msg(!same(name, dh_fingerprint(&key, bytes, size)), "byte %zu of %zu", i, size);
    bytes[i] ^= (unsigned char)(1 << i % 8);
  }
  free(bytes);
}
END_TEST

/* Zeros count for nothing in NH alone: the length tells them apart. */
START_TEST(more_zeros_make_another_name)
{
  static const unsigned char zeros[4096];
  dh_digest last = dh_fingerprint(&key, zeros, 0);
  key.squeeze = squeezer(_i);
  for (size_t size = 1; size <= sizeof(zeros); size++) {
    dh_digest name = dh_fingerprint(&key, zeros, size);
    ck_assert_msg(!same(last, name), "%zu zeros", size);
    last = name;
  }
}
END_TEST

/* Blocks are told apart by their place, though each is squeezed under the same key. */
START_TEST(blocks_changed_about_make_another_name)
{
  unsigned char bytes[2 * DH_NH_BLOCK], changed[2 * DH_NH_BLOCK];
  key.squeeze = squeezer(_i);
  fill(bytes, sizeof(bytes), 7);
  memcpy(changed, bytes + DH_NH_BLOCK, DH_NH_BLOCK);
  memcpy(changed + DH_NH_BLOCK, bytes, DH_NH_BLOCK);
  ck_assert(!same(dh_fingerprint(&key, bytes, sizeof(bytes)),
                  dh_fingerprint(&key, changed, sizeof(changed))));
}
END_TEST

START_TEST(another_key_makes_another_name)
{
  static dh_fingerprint_key other;
  ck_assert(dh_fingerprint_init(&other));
  ck_assert(
      !same(dh_fingerprint(&key, "Bearer a.b.c", 12), dh_fingerprint(&other, "Bearer a.b.c", 12)));
  memcpy(other.sip, key.sip, sizeof(key.sip)); /* NH's key counts too */
  ck_assert(
      !same(dh_fingerprint(&key, "Bearer a.b.c", 12), dh_fingerprint(&other, "Bearer a.b.c", 12)));
}
END_TEST

static TCase *fingerprint_case(void)
{
  TCase *tests = tcase_create("fingerprint");
  tcase_add_checked_fixture(tests, setup, NULL);
  tcase_add_loop_test(tests, words_of_64_bits_add_up, 0, SIZES);
  tcase_add_loop_test(tests, words_of_32_bits_add_up, 0, SIZES);
  tcase_add_loop_test(tests, one_header_has_one_name, 0, 2 * LENGTHS);
  tcase_add_loop_test(tests, one_bit_makes_another_name, 0, 2 * LENGTHS);
  tcase_add_loop_test(tests, more_zeros_make_another_name, 0, 2);
  tcase_add_loop_test(tests, blocks_changed_about_make_another_name, 0, 2);
  tcase_add_test(tests, another_key_makes_another_name);
  return tests;
}

SUITE("fingerprint", fingerprint_case())
