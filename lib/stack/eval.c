/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The evaluation: an impression and a result, changed by each entry's action.
 */
#include "stack/list.h"

#include "base/buf.h"

#include <stdbool.h>

enum impression { UNDECIDED, GOOD, BAD };

struct evaluation {
  const dh_stack *stack;
  const dh_stack_run *run;
  enum impression impression;
  dh_status result;
  dh_error said;  /* by the entry whose result counts */
  size_t decider; /* that entry's index */
  dh_buf ignored; /* what those said that did not count */
};

static const dh_stack_entry *entry_at(const struct evaluation *e, size_t index)
{
  return dh_stack_at(e->stack, index);
}

/* What an entry said, or that it said nothing. */
static const char *words_of(const dh_error *said)
{
  return said->message[0] ? said->message : "no reason given";
}

static void decide(struct evaluation *e, enum impression impression, dh_status result,
                   const dh_error *said, size_t index)
{
  e->impression = impression;
  e->result = result;
  e->said = *said;
  e->decider = index;
}

/* Remembered for the case that nobody says yes: then it is all there is to go by. */
static void note_ignored(struct evaluation *e, dh_status result, const dh_error *said, size_t index)
{
  if (result != DH_OK)
    dh_buf_addf(&e->ignored, "%s%s: %s: %s", e->ignored.size ? "; " : "",
                entry_at(e, index)->plugin, dh_status_name(result), words_of(said));
}

static void take_good(struct evaluation *e, dh_status result, const dh_error *said, size_t index)
{
  if (e->impression == BAD)
    return;
  decide(e, GOOD, result, said, index);
  if (result == DH_OK && e->run->committed)
    e->run->committed(e->run->arg, index);
}

static void take_bad(struct evaluation *e, dh_status result, const dh_error *said, size_t index)
{
  if (e->impression != BAD)
    decide(e, BAD, result, said, index);
}

static void forget(struct evaluation *e)
{
  e->impression = UNDECIDED;
  e->result = DH_OK;
  if (e->run->reset)
    e->run->reset(e->run->arg);
}

/* Runs one entry; returns the index of the next one, the count to stop. */
static size_t step(struct evaluation *e, size_t index)
{
  size_t count = dh_stack_count(e->stack);
  dh_error said;
  dh_error_clear(&said);
  dh_status result = e->run->run(e->run->arg, index, &said);
  if ((unsigned)result >= DH_STATUS_COUNT)
    result =
        dh_error_set(&said, DH_INTERNAL, "the module returned %d, which is no result", (int)result);
  int action = entry_at(e, index)->action[result];
  switch (action) {
  case DH_ACT_OK:
    take_good(e, result, &said, index);
    return index + 1;
  case DH_ACT_DONE:
    take_good(e, result, &said, index);
    return e->impression == GOOD ? count : index + 1;
  case DH_ACT_BAD:
    take_bad(e, result, &said, index);
    return index + 1;
  case DH_ACT_DIE:
    take_bad(e, result, &said, index);
    return count;
  case DH_ACT_RESET:
    forget(e);
    note_ignored(e, result, &said, index);
    return index + 1;
  default: /* a skip, or 0 to ignore */
    note_ignored(e, result, &said, index);
    return index + 1 + (size_t)action;
  }
}

static dh_status undecided(struct evaluation *e, dh_error *error)
{
  size_t count = dh_stack_count(e->stack);
  const char *words = dh_buf_text(&e->ignored);
  if (!count)
    return dh_error_set(error, DH_DENIED,
                        "the stack has no entries, so nothing can succeed; add one");
  if (!words || !*words)
    return dh_error_set(error, DH_DENIED, "none of the %zu entries of the stack decided", count);
  return dh_error_set(error, DH_DENIED, "none of the %zu entries of the stack decided (%s)", count,
                      words);
}

static dh_status refused(struct evaluation *e, dh_error *error)
{
  const dh_stack_entry *entry = entry_at(e, e->decider);
  /* A result that is no failure cannot be returned as one. */
  if (e->result == DH_OK || e->result == DH_IGNORE)
    return dh_error_set(error, DH_DENIED,
                        "%s: the module %s said \"%s\", which its control counts as %s",
                        entry->where, entry->plugin, dh_status_name(e->result),
                        e->result == DH_OK ? "a refusal" : "a decision");
  e->said.status = e->result;
  if (!e->said.message[0])
    dh_error_prefix(&e->said, "%s: the module %s said \"%s\" and gave no reason", entry->where,
                    entry->plugin, dh_status_name(e->result));
  if (error)
    *error = e->said;
  return e->result;
}

static dh_status conclude(struct evaluation *e, dh_error *error)
{
  if (e->impression == UNDECIDED)
    return undecided(e, error);
  if (e->impression == GOOD && e->result == DH_OK)
    return DH_OK;
  return refused(e, error);
}

dh_status dh_stack_eval(const dh_stack *stack, const dh_stack_run *run, dh_error *error)
{
  struct evaluation e = {.stack = stack, .run = run, .impression = UNDECIDED, .result = DH_OK};
  dh_error_clear(error);
  dh_buf_init(&e.ignored);
  for (size_t index = 0; index < dh_stack_count(stack);)
    index = step(&e, index);
  dh_status status = conclude(&e, error);
  dh_buf_free(&e.ignored);
  return status;
}
