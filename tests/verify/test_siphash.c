/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "verify/siphash.h"

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>

static const uint64_t KEY[2] = {UINT64_C(0x0706050403020100), UINT64_C(0x0f0e0d0c0b0a0908)};

/* OpenSSL's own SipHash is the oracle. */
static void oracle(const unsigned char *input, size_t size, unsigned char out[16])
{
  static const unsigned char key[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  size_t written;
  ck_assert_ptr_nonnull(EVP_Q_mac(NULL, "SIPHASH", NULL, NULL, NULL, key, sizeof(key), input, size,
                                  out, 16, &written));
  ck_assert_uint_eq(written, 16);
}

START_TEST(each_length_is_as_openssl_has_it)
{
  unsigned char input[64], expected[16], bytes[16];
  for (size_t i = 0; i < sizeof(input); i++)
    input[i] = (unsigned char)(i * 7);
  oracle(input, (size_t)_i, expected);
  dh_digest digest = dh_siphash(KEY, input, (size_t)_i);
  for (size_t i = 0; i < 8; i++) {
    bytes[i] = (unsigned char)(digest.low >> (8 * i));
    bytes[8 + i] = (unsigned char)(digest.high >> (8 * i));
  }
  ck_assert_mem_eq(bytes, expected, 16);
}
END_TEST

static TCase *siphash_case(void)
{
  TCase *tests = tcase_create("siphash");
  tcase_add_loop_test(tests, each_length_is_as_openssl_has_it, 0, 64);
  return tests;
}

SUITE("siphash", siphash_case())
