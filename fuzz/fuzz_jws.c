/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a token. What is accepted has one spelling: its parts encode back to it. */
#include "token/base64.h"
#include "token/checker.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static dh_checker *make_checker(void)
{
  static const char *const algorithms[] = {"HS256", "HS384", "HS512", NULL};
  const dh_checker_options options = {.struct_size = sizeof(options), .algorithms = algorithms};
  dh_keys *keys = dh_keys_new(NULL);
  dh_keys_add_secret(keys, "fuzz", 4, NULL, NULL, NULL);
  dh_checker *checker = dh_checker_new(keys, &options, NULL);
  dh_keys_unref(keys);
  return checker;
}

static void check_spelling(const dh_jws *jws, const char *text, size_t size)
{
  dh_buf again;
  dh_buf_init(&again);
  dh_base64url_encode(&again, jws->header.ptr, jws->header.len);
  dh_buf_addc(&again, '.');
  dh_base64url_encode(&again, jws->payload.ptr, jws->payload.len);
  dh_buf_addc(&again, '.');
  dh_base64url_encode(&again, jws->signature.ptr, jws->signature.len);
  if (again.size != size || memcmp(again.data, text, size) != 0)
    __builtin_trap();
  dh_buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static dh_checker *checker;
  const char *text = (const char *)data;
  dh_jws jws;
  dh_error error;
  if (!checker)
    checker = make_checker();
  if (dh_jws_decode(&jws, text, size, &error) == DH_OK)
    check_spelling(&jws, text, size);
  dh_jws_clear(&jws);
  (void)dh_checker_check(checker, text, size, 1, NULL, &error);
  return 0;
}
