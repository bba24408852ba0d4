/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a set of keys, or as PEM. */
#include <datahub/token.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  size_t skipped;
  dh_error error;
  dh_keys *keys = dh_keys_new(NULL);
  (void)dh_keys_add_jwks(keys, (const char *)data, size, &skipped, &error);
  (void)dh_keys_add_pem(keys, (const char *)data, size, NULL, NULL, &error);
  dh_keys_unref(keys);
  return 0;
}
