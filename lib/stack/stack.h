/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stack engine: an ordered list of entries, each with a table that maps every
 * result to an action, evaluated as Linux-PAM evaluates one. It knows neither
 * credentials nor principals: the caller runs an entry through a callback.
 */
#ifndef DH_STACK_H
#define DH_STACK_H

#include <datahub/config.h>

/* An action is one of these, or a number N > 0: skip the next N entries. In a control N
 * counts the lines of the list that it stands in, an include being one line whatever it
 * holds, so that a change of an included list never moves where a skip lands; in an entry
 * N counts spliced entries. */
enum {
  DH_ACT_IGNORE = 0,
  DH_ACT_OK = -1,
  DH_ACT_DONE = -2,
  DH_ACT_BAD = -3,
  DH_ACT_DIE = -4,
  DH_ACT_RESET = -5
};

typedef struct dh_stack_entry {
  int action[DH_STATUS_COUNT];
  char *plugin;            /* the module's name */
  char *sha256;            /* or NULL */
  const dh_config *config; /* the entry's `config` map, or NULL; owned by the stack */
  char *where;             /* "file:line" */
} dh_stack_entry;

typedef struct dh_stack dh_stack;

/*
 * Builds a stack from a list of maps {control, plugin, config, sha256} or {include}.
 * `control = "include NAME"` and `include = "NAME"` splice the list `stacks.NAME` in.
 * Errors (DH_MISCONFIGURED): unknown control, result or action; a skip past the end; an
 * include that is unknown or loops; a missing plugin; an unknown key. With file and line.
 * `list` may be NULL: an empty stack, which denies. Nothing of either tree is kept.
 */
dh_stack *dh_stack_new(const dh_config *list, const dh_config *stacks, dh_error *error);
void dh_stack_free(dh_stack *stack);
size_t dh_stack_count(const dh_stack *stack);
const dh_stack_entry *dh_stack_at(const dh_stack *stack, size_t index);

/* Parses a control alone: "required", "[ok=done default=bad]". For the tests and for tools.
 * Results that brackets do not name take the action of `default`, which is bad where it is
 * not named either. */
dh_status dh_stack_parse_control(const char *text, int action[DH_STATUS_COUNT], dh_error *error);

/*
 * Runs entries in order. `run` performs the entry at `index` and returns its result;
 * `error` is what that entry said. `committed`, where not NULL, is called when the
 * entry's result was taken as good (ok or done) and is DH_OK, so that its product becomes
 * `prior`: another result has no product, whatever its action.
 * Returns DH_OK only for a good impression; for an empty stack or one where all
 * ignored DH_DENIED, with words. Otherwise the first bad result, and its error; DH_DENIED
 * where that result is ok or ignore, which are no failures.
 * No state is kept in the stack: safe from many threads.
 */
typedef struct dh_stack_run {
  dh_status (*run)(void *arg, size_t index, dh_error *error);
  void (*committed)(void *arg, size_t index);
  void (*reset)(void *arg); /* an action `reset` forgot all so far; may be NULL */
  void *arg;
} dh_stack_run;
dh_status dh_stack_eval(const dh_stack *stack, const dh_stack_run *run, dh_error *error);

#endif
