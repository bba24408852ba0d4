/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a credential helper prints.
 */
#include "plugins/exec/exec_credential.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  char why[256] = "";
  int64_t expires_at_ms = 0;
  dh_buf token;
  dh_buf_init_secret(&token);
  if (exec_credential_read((const char *)data, size, &token, &expires_at_ms, why, sizeof(why))) {
    if (!token.size)
      abort();
  } else if (!why[0]) {
    abort();
  }
  dh_buf_wipe(&token);
  char *text = malloc(size + 1);
  if (text) {
    memcpy(text, data, size);
    text[size] = '\0';
    exec_credential_time(text, &expires_at_ms);
  }
  free(text);
  return 0;
}
