/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a URN: what is accepted has an entity type within it, and keeps the rules
 * that can be said in one line.
 */
#include "base/text.h"

#include <datahub/metadata.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(int ok)
{
  if (!ok)
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  const char *urn = (const char *)data;
  dh_error error;
  dh_status status = dh_urn_check(urn, size, &error);
  dh_slice type = dh_urn_entity_type(urn, size);
  if (status != DH_OK) {
    expect(status == DH_MALFORMED && error.message[0]);
    return 0;
  }
  expect(type.len > 0 && type.ptr == urn + 7 && type.ptr + type.len < urn + size);
  expect(!memcmp(urn, "urn:li:", 7) && type.ptr[type.len] == ':');
  expect(dh_text_utf8(urn, size) && (size <= 512 || !memcmp(type.ptr, "schemaField", 11)));
  expect((unsigned char)urn[size - 1] > ' ');
  return 0;
}
