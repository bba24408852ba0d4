/* SPDX-License-Identifier: Apache-2.0 */
/* What a schema registry may answer. The copy has no byte behind it, so that one read too
 * many is seen. */
#include "../sinks/kafka/sink.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  int32_t id = -1;
  char *body = malloc(size ? size : 1);
  memcpy(body, data, size);
  if (registry_read_id(body, size, &id) && id < 0)
    __builtin_trap();
  (void)registry_schema_is_ours(body, size);
  free(body);
  return 0;
}
