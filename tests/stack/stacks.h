/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stacks for tests, written as YAML with `auth` and `stacks`, and a run of one over
 * results that the test chooses, which records what was called.
 */
#ifndef DH_TESTS_STACKS_H
#define DH_TESTS_STACKS_H

#include "stack/stack.h"

#include <stdio.h>
#include <string.h>

static inline dh_stack *make_stack(const char *yaml, dh_error *error)
{
  dh_config *root = dh_config_parse(NULL, DH_CONFIG_YAML, yaml, strlen(yaml), "s.yml", error);
  dh_stack *stack = NULL;
  if (root)
    stack = dh_stack_new(dh_config_get(root, "auth"), dh_config_get(root, "stacks"), error);
  dh_config_free(root);
  return stack;
}

struct trace {
  const dh_status *results; /* of each entry */
  char calls[64];           /* "r0 c0 r1 x": run 0, committed 0, run 1, reset */
};

static inline void record(struct trace *trace, char what, size_t index)
{
  size_t at = strlen(trace->calls);
  if (what == 'x')
    snprintf(trace->calls + at, sizeof(trace->calls) - at, "%sx", at ? " " : "");
  else
    snprintf(trace->calls + at, sizeof(trace->calls) - at, "%s%c%zu", at ? " " : "", what, index);
}

static inline dh_status trace_run(void *arg, size_t index, dh_error *error)
{
  struct trace *trace = arg;
  record(trace, 'r', index);
  if (trace->results[index] == DH_OK)
    return DH_OK;
  return dh_error_set(error, trace->results[index], "said %zu", index);
}

static inline void trace_committed(void *arg, size_t index)
{
  record(arg, 'c', index);
}

static inline void trace_reset(void *arg)
{
  record(arg, 'x', 0);
}

static inline dh_status eval_stack(const dh_stack *stack, struct trace *trace, dh_error *error)
{
  dh_stack_run run = {trace_run, trace_committed, trace_reset, trace};
  trace->calls[0] = '\0';
  return dh_stack_eval(stack, &run, error);
}

#endif
