/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a control; as YAML with `auth` and `stacks`, a stack that is evaluated. */
#include "stack/stack.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct results {
  const uint8_t *data;
  size_t size;
  size_t calls;
};

static dh_status run(void *arg, size_t index, dh_error *error)
{
  struct results *results = arg;
  (void)error;
  results->calls++;
  return (dh_status)(results->data[(index * 7) % results->size] % DH_STATUS_COUNT);
}

static void parse_alone(const char *text)
{
  int action[DH_STATUS_COUNT];
  dh_error error;
  if (dh_stack_parse_control(text, action, &error))
    return;
  for (int i = 0; i < DH_STATUS_COUNT; i++)
    if (action[i] < DH_ACT_RESET)
      __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  dh_error error;
  char *text = malloc(size + 1);
  if (!text || !size) {
    free(text);
    return 0;
  }
  memcpy(text, data, size);
  text[size] = '\0';
  parse_alone(text);
  dh_config *root = dh_config_parse(NULL, DH_CONFIG_YAML, text, size, "fuzz.yml", &error);
  const dh_config *list = dh_config_get(root, "auth");
  dh_stack *stack = list ? dh_stack_new(list, dh_config_get(root, "stacks"), &error) : NULL;
  dh_config_free(root);
  if (stack) {
    struct results results = {data, size, 0};
    dh_stack_run calls = {.run = run, .arg = &results};
    (void)dh_stack_eval(stack, &calls, &error);
    if (results.calls > dh_stack_count(stack))
      __builtin_trap();
  }
  dh_stack_free(stack);
  free(text);
  return 0;
}
