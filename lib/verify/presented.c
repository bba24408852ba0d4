/* SPDX-License-Identifier: Apache-2.0 */
#include "verify/presented.h"

#include <stdint.h>
#include <string.h>

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Below space, or DEL, in any of eight bytes (of which the first to be found is real). */
static uint64_t controls_of(uint64_t word)
{
  uint64_t del = word ^ EACH(0x7f);
  return (((word - EACH(0x20)) & ~word) | ((del - EACH(1)) & ~del)) & EACH(0x80);
}

static int has_control(const char *text, size_t size)
{
  uint64_t word, found = 0;
  size_t i = 0;
  for (; i + sizeof(word) <= size; i += sizeof(word)) {
    memcpy(&word, text + i, sizeof(word));
    found |= controls_of(word);
  }
  for (; i < size; i++)
    found |= (uint64_t)((unsigned char)text[i] < 0x20 || text[i] == 0x7f);
  return found != 0;
}

dh_status dh_presented_split(dh_presented *presented, char scheme[DH_SCHEME_MAX],
                             const char *authorization, size_t size, dh_error *error)
{
  if (!size)
    return dh_error_set(error, DH_DENIED, "no credential was presented");
  if (size > DH_PRESENTED_MAX)
    return dh_error_set(error, DH_MALFORMED, "the Authorization header is longer than %zu bytes",
                        DH_PRESENTED_MAX);
  const char *space = memchr(authorization, ' ', size);
  size_t length = space ? (size_t)(space - authorization) : 0;
  if (!length || length >= DH_SCHEME_MAX || length + 1 == size)
    return dh_error_set(error, DH_MALFORMED,
                        "the Authorization header is not a scheme, a space and a credential");
  if (has_control(authorization, size))
    return dh_error_set(error, DH_MALFORMED, "the Authorization header holds a control character");
  memcpy(scheme, authorization, length);
  scheme[length] = '\0';
  if (!strcmp(scheme, "bearer"))
    scheme[0] = 'B';
  *presented = (dh_presented){.struct_size = sizeof(*presented),
                              .scheme = scheme,
                              .token = space + 1,
                              .token_size = size - length - 1};
  return DH_OK;
}
