/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/fast_repeat.h"

#include <string.h>

void dh_repeat_learn(dh_fast_repeat *repeat, const char *from, const char *to, uint64_t lines,
                     const char *made, size_t made_size)
{
  size_t size = (size_t)(to - from);
  repeat->size = 0;
  if (size > DH_REPEAT_SIZE || made_size > DH_REPEAT_SIZE)
    return;
  memcpy(repeat->text, from, size);
  memcpy(repeat->made, made, made_size);
  repeat->size = size;
  repeat->made_size = made_size;
  repeat->lines = lines;
}
