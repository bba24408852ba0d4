/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "stacks.h"

#include <stdbool.h>

/* --- one entry: every named control against every result, written out --- */

static const struct {
  const char *control;
  dh_status expect[DH_STATUS_COUNT];
} alone[] = {
    {"required",
     {DH_OK, DH_DENIED, DH_UNAVAILABLE, DH_DENIED, DH_EXPIRED, DH_REVOKED, DH_MALFORMED,
      DH_MISCONFIGURED, DH_TIMEOUT, DH_NO_MEMORY, DH_INTERNAL}},
    {"requisite",
     {DH_OK, DH_DENIED, DH_UNAVAILABLE, DH_DENIED, DH_EXPIRED, DH_REVOKED, DH_MALFORMED,
      DH_MISCONFIGURED, DH_TIMEOUT, DH_NO_MEMORY, DH_INTERNAL}},
    {"sufficient",
     {DH_OK, DH_DENIED, DH_DENIED, DH_DENIED, DH_DENIED, DH_DENIED, DH_DENIED, DH_DENIED, DH_DENIED,
      DH_DENIED, DH_DENIED}},
    {"optional",
     {DH_OK, DH_DENIED, DH_DENIED, DH_DENIED, DH_DENIED, DH_DENIED, DH_DENIED, DH_DENIED, DH_DENIED,
      DH_DENIED, DH_DENIED}},
};

START_TEST(one_entry)
{
  char yaml[128];
  dh_error error;
  snprintf(yaml, sizeof(yaml), "auth: [{control: %s, plugin: a}]", alone[_i].control);
  dh_stack *stack = make_stack(yaml, &error);
  for (int r = 0; r < DH_STATUS_COUNT; r++) {
    dh_status results[] = {(dh_status)r};
    struct trace trace = {.results = results};
    dh_status got = eval_stack(stack, &trace, &error);
    ck_assert_msg(got == alone[_i].expect[r], "%s on %s: %s", alone[_i].control,
                  dh_status_name((dh_status)r), dh_status_name(got));
    ck_assert_int_eq(error.status, got);
    ck_assert_int_eq(error.message[0] != '\0', got != DH_OK);
    ck_assert_str_eq(trace.calls, r == DH_OK ? "r0 c0" : "r0");
  }
  dh_stack_free(stack);
}
END_TEST

/* --- three entries: every action against every result, against an oracle --- */

static const char *const action_names[] = {"ok", "done", "bad", "die", "ignore", "reset", "1"};
enum { OK_, DONE_, BAD_, DIE_, IGNORE_, RESET_, SKIP_, ACTIONS };

/*
 * The verdict looked at as a whole, not step by step: the entries that ran, cut at the
 * one that stopped; of those after the last reset, the first bad one decides; where none
 * is bad, the last good one; where none is good either, nobody did.
 */
static size_t entries_run(const int *action, size_t *ran)
{
  size_t n = 0;
  bool bad = false;
  for (size_t i = 0; i < 3; i += action[i] == SKIP_ ? 2 : 1) {
    ran[n++] = i;
    if (action[i] == RESET_)
      bad = false;
    bad |= action[i] == BAD_;
    if (action[i] == DIE_ || (action[i] == DONE_ && !bad))
      break;
  }
  return n;
}

static dh_status oracle(const int *action, const dh_status *results)
{
  size_t ran[3], n = entries_run(action, ran), from = 0;
  int last_good = -1;
  for (size_t i = 0; i < n; i++)
    if (action[ran[i]] == RESET_)
      from = i + 1;
  for (size_t i = from; i < n; i++) {
    dh_status result = results[ran[i]];
    int a = action[ran[i]];
    if (a == BAD_ || a == DIE_)
      return result == DH_OK || result == DH_IGNORE ? DH_DENIED : result;
  }
  for (size_t i = from; i < n; i++)
    if (action[ran[i]] == OK_ || action[ran[i]] == DONE_)
      last_good = (int)ran[i];
  if (last_good < 0)
    return DH_DENIED;
  return results[last_good] == DH_IGNORE ? DH_DENIED : results[last_good];
}

static void expected_calls(const int *action, const dh_status *results, struct trace *trace)
{
  size_t ran[3], n = entries_run(action, ran);
  bool bad = false;
  trace->calls[0] = '\0';
  for (size_t i = 0; i < n; i++) {
    int a = action[ran[i]];
    record(trace, 'r', ran[i]);
    bad |= a == BAD_ || a == DIE_;
    if (a == RESET_) {
      bad = false;
      record(trace, 'x', 0);
    }
    if ((a == OK_ || a == DONE_) && !bad && results[ran[i]] == DH_OK)
      record(trace, 'c', ran[i]);
  }
}

static dh_stack *stack_of(const int *action)
{
  char yaml[256];
  dh_error error;
  snprintf(yaml, sizeof(yaml),
           "auth:\n- {control: '[default=%s]', plugin: a}\n- {control: '[default=%s]', plugin: "
           "b}\n- {control: '[default=%s]', plugin: c}\n",
           action_names[action[0]], action_names[action[1]], action_names[action[2]]);
  dh_stack *stack = make_stack(yaml, &error);
  ck_assert_msg(stack != NULL, "%s", error.message);
  return stack;
}

static void check_results(const dh_stack *stack, const int *action, const dh_status *results)
{
  dh_error error;
  struct trace trace = {.results = results}, expect = {.results = results};
  dh_status got = eval_stack(stack, &trace, &error), want = oracle(action, results);
  expected_calls(action, results, &expect);
  ck_assert_msg(got == want && !strcmp(trace.calls, expect.calls),
                "[%s %s %s] on [%s %s %s]: %s (%s), expected %s (%s)", action_names[action[0]],
                action_names[action[1]], action_names[action[2]], dh_status_name(results[0]),
                dh_status_name(results[1]), dh_status_name(results[2]), dh_status_name(got),
                trace.calls, dh_status_name(want), expect.calls);
}

/* The first action is the loop's, so that a failure names less. */
START_TEST(three_entries)
{
  for (int b = 0; b < ACTIONS; b++)
    for (int c = 0; c < SKIP_; c++) {
      int action[] = {_i, b, c};
      dh_stack *stack = stack_of(action);
      for (int r = 0; r < DH_STATUS_COUNT * DH_STATUS_COUNT * DH_STATUS_COUNT; r++) {
        dh_status results[] = {(dh_status)(r % DH_STATUS_COUNT),
                               (dh_status)(r / DH_STATUS_COUNT % DH_STATUS_COUNT),
                               (dh_status)(r / DH_STATUS_COUNT / DH_STATUS_COUNT)};
        check_results(stack, action, results);
      }
      dh_stack_free(stack);
    }
}
END_TEST

/* --- what the messages say --- */

static void expect_error(const char *yaml, const dh_status *results, dh_status status,
                         const char *words)
{
  dh_error error;
  struct trace trace = {.results = results};
  dh_stack *stack = make_stack(yaml, &error);
  ck_assert_msg(stack != NULL, "%s", error.message);
  ck_assert_int_eq(eval_stack(stack, &trace, &error), status);
  ck_assert_str_eq(error.message, words);
  dh_stack_free(stack);
}

START_TEST(empty_stack_denies)
{
  expect_error("auth: []", NULL, DH_DENIED,
               "the stack has no entries, so nothing can succeed; add one");
}
END_TEST

START_TEST(absent_list_is_an_empty_stack)
{
  expect_error("other: 1", NULL, DH_DENIED,
               "the stack has no entries, so nothing can succeed; add one");
}
END_TEST

START_TEST(all_ignored_denies_and_tells_what_each_said)
{
  dh_status results[] = {DH_UNAVAILABLE, DH_IGNORE};
  expect_error(
      "auth: [{control: sufficient, plugin: env}, {control: optional, plugin: file}]", results,
      DH_DENIED,
      "none of the 2 entries of the stack decided (env: unavailable: said 0; file: ignore: "
      "said 1)");
}
END_TEST

START_TEST(all_skipped_or_ignored_without_words_denies)
{
  dh_status results[] = {DH_OK};
  expect_error("auth: [{control: '[default=ignore]', plugin: env}]", results, DH_DENIED,
               "none of the 1 entries of the stack decided");
}
END_TEST

START_TEST(first_bad_result_keeps_its_error)
{
  dh_status results[] = {DH_EXPIRED, DH_DENIED};
  expect_error("auth: [{control: required, plugin: a}, {control: required, plugin: b}]", results,
               DH_EXPIRED, "said 0");
}
END_TEST

START_TEST(success_that_counts_as_bad_is_denied_in_words)
{
  dh_status results[] = {DH_OK};
  expect_error("auth:\n- {control: '[ok=die]', plugin: a}", results, DH_DENIED,
               "s.yml:2: the module a said \"ok\", which its control counts as a refusal");
}
END_TEST

static dh_status run_mute(void *arg, size_t index, dh_error *error)
{
  (void)index;
  (void)error;
  return *(dh_status *)arg;
}

static void expect_mute(dh_status result, dh_status status, const char *words)
{
  dh_error error;
  dh_stack *stack = make_stack("auth: [{control: required, plugin: a}]", &error);
  dh_stack_run run = {.run = run_mute, .arg = &result};
  ck_assert_int_eq(dh_stack_eval(stack, &run, &error), status);
  ck_assert_str_eq(error.message, words);
  ck_assert_int_eq(dh_stack_eval(stack, &run, NULL), status);
  dh_stack_free(stack);
}

START_TEST(failure_without_words_is_given_some)
{
  expect_mute(DH_REVOKED, DH_REVOKED, "s.yml:1: the module a said \"revoked\" and gave no reason");
}
END_TEST

START_TEST(result_out_of_range_is_internal)
{
  expect_mute((dh_status)77, DH_INTERNAL, "the module returned 77, which is no result");
}
END_TEST

/* DataHub's own chain of authenticators: an expired token ends it. */
START_TEST(authenticator_chain)
{
  dh_error error;
  dh_status results[] = {DH_IGNORE, DH_EXPIRED, DH_OK};
  struct trace trace = {.results = results};
  dh_stack *stack = make_stack("auth:\n"
                               "- {control: '[ok=done expired=die default=ignore]', plugin: a}\n"
                               "- {control: '[ok=done expired=die default=ignore]', plugin: b}\n"
                               "- {control: '[ok=done expired=die default=ignore]', plugin: c}\n",
                               &error);
  ck_assert_int_eq(eval_stack(stack, &trace, &error), DH_EXPIRED);
  ck_assert_str_eq(trace.calls, "r0 r1");
  results[1] = DH_DENIED;
  ck_assert_int_eq(eval_stack(stack, &trace, &error), DH_OK);
  ck_assert_str_eq(trace.calls, "r0 r1 r2 c2");
  dh_stack_free(stack);
}
END_TEST

static TCase *case_table(void)
{
  TCase *c = tcase_create("table");
  tcase_set_timeout(c, 120);
  tcase_add_loop_test(c, one_entry, 0, sizeof(alone) / sizeof(alone[0]));
  tcase_add_loop_test(c, three_entries, 0, ACTIONS);
  tcase_add_test(c, authenticator_chain);
  return c;
}

static TCase *case_words(void)
{
  TCase *c = tcase_create("words");
  tcase_add_test(c, empty_stack_denies);
  tcase_add_test(c, absent_list_is_an_empty_stack);
  tcase_add_test(c, all_ignored_denies_and_tells_what_each_said);
  tcase_add_test(c, all_skipped_or_ignored_without_words_denies);
  tcase_add_test(c, first_bad_result_keeps_its_error);
  tcase_add_test(c, success_that_counts_as_bad_is_denied_in_words);
  tcase_add_test(c, failure_without_words_is_given_some);
  tcase_add_test(c, result_out_of_range_is_internal);
  return c;
}

SUITE("stack", case_table(), case_words())
