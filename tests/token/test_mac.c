/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "token/mac.h"

#include <openssl/evp.h>

#include <pthread.h>
#include <string.h>

/* RFC 4231, section 4.3. */
START_TEST(the_published_example_comes_out)
{
  static const unsigned char expected[32] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e,
                                             0x6a, 0x04, 0x24, 0x26, 0x08, 0x95, 0x75, 0xc7,
                                             0x5a, 0x00, 0x3f, 0x08, 0x9d, 0x27, 0x39, 0x83,
                                             0x9d, 0xec, 0x58, 0xb9, 0x64, 0xec, 0x38, 0x43};
  static const char input[] = "what do ya want for nothing?";
  unsigned char out[64];
  dh_mac *mac = dh_mac_new(dh_alg_find("HS256", 5), "Jefe", 4);
  ck_assert(dh_mac_compute(mac, input, strlen(input), out));
  ck_assert_mem_eq(out, expected, sizeof(expected));
  dh_mac_free(mac);
}
END_TEST

/* Around a block of either hash (64, 128), where a key is hashed first and where it is not. */
static const size_t sizes[] = {0, 1, 35, 63, 64, 65, 111, 112, 127, 128, 129, 200, 1000};
#define SIZES (sizeof(sizes) / sizeof(sizes[0]))
static const char *const names[] = {"HS256", "HS384", "HS512"};

static void ck_as_openssl(const dh_alg *alg, size_t key_size)
{
  unsigned char bytes[1000], out[64], expected[64];
  for (size_t i = 0; i < sizeof(bytes); i++)
    bytes[i] = (unsigned char)(i * 11 + i / 256);
  dh_mac *mac = dh_mac_new(alg, bytes, key_size);
  ck_assert_ptr_nonnull(mac);
  for (size_t i = 0; i < SIZES; i++) {
    size_t written;
    ck_assert_ptr_nonnull(EVP_Q_mac(NULL, "HMAC", NULL, alg->digest, NULL, bytes, key_size, bytes,
                                    sizes[i], expected, sizeof(expected), &written));
    ck_assert(dh_mac_compute(mac, bytes, sizes[i], out));
    ck_assert_uint_eq(written, alg->digest_size);
    ck_assert_mem_eq(out, expected, written);
  }
  dh_mac_free(mac);
}

START_TEST(it_is_what_openssl_computes)
{
  const dh_alg *alg = dh_alg_find(names[_i], 5);
  for (size_t i = 1; i < SIZES; i++) /* OpenSSL takes no empty key here */
    ck_as_openssl(alg, sizes[i]);
}
END_TEST

START_TEST(another_kind_of_algorithm_has_none)
{
  ck_assert_ptr_null(dh_mac_new(dh_alg_find("RS256", 5), "key", 3));
}
END_TEST

static dh_mac *shared;

static void *compute(void *arg)
{
  unsigned char first[32], out[32];
  const char *input = arg;
  bool good = dh_mac_compute(shared, input, strlen(input), first);
  for (int i = 0; i < 1000; i++)
    good = good && dh_mac_compute(shared, input, strlen(input), out) && !memcmp(first, out, 32);
  return good ? arg : NULL;
}

START_TEST(threads_do_not_meet)
{
  static char inputs[4][8] = {"one", "two", "three", "four"};
  pthread_t threads[4];
  shared = dh_mac_new(dh_alg_find("HS256", 5), "key", 3);
  for (size_t i = 0; i < 4; i++)
    pthread_create(&threads[i], NULL, compute, inputs[i]);
  for (size_t i = 0; i < 4; i++) {
    void *good;
    pthread_join(threads[i], &good);
    ck_assert_ptr_eq(good, inputs[i]);
  }
  dh_mac_free(shared);
}
END_TEST

static TCase *mac_case(void)
{
  TCase *tests = tcase_create("mac");
  tcase_add_test(tests, the_published_example_comes_out);
  tcase_add_loop_test(tests, it_is_what_openssl_computes, 0, 3);
  tcase_add_test(tests, another_kind_of_algorithm_has_none);
  tcase_add_test(tests, threads_do_not_meet);
  return tests;
}

SUITE("mac", mac_case())
