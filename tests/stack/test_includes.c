/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "stacks.h"

/* The plugins of a stack in order: "a b c". */
static void expect_plugins(const char *yaml, const char *plugins)
{
  char got[256] = "";
  dh_error error;
  dh_stack *stack = make_stack(yaml, &error);
  ck_assert_msg(stack != NULL, "%s", error.message);
  for (size_t i = 0; i < dh_stack_count(stack); i++)
    snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%s", i ? " " : "",
             dh_stack_at(stack, i)->plugin);
  ck_assert_str_eq(got, plugins);
  ck_assert_ptr_null(dh_stack_at(stack, dh_stack_count(stack)));
  dh_stack_free(stack);
}

START_TEST(includes_are_spliced_in_place)
{
  expect_plugins(
      "auth: [{control: required, plugin: a}, {include: x}, {control: required, plugin: d}]\n"
      "stacks: {x: [{control: required, plugin: b}, {control: include y}], "
      "y: [{control: required, plugin: c}]}",
      "a b c d");
}
END_TEST

START_TEST(one_list_may_be_included_twice)
{
  expect_plugins("auth: [{include: x}, {control: ' Include  x'}]\n"
                 "stacks: {x: [{control: required, plugin: b}]}",
                 "b b");
}
END_TEST

START_TEST(empty_list_may_be_included)
{
  expect_plugins("auth: [{include: x}]\nstacks: {x: []}", "");
}
END_TEST

START_TEST(entry_keeps_what_it_was_given)
{
  dh_error error;
  dh_stack *stack =
      make_stack("auth:\n"
                 "- control: required\n"
                 "  plugin: a\n"
                 "  sha256: 0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef\n"
                 "  config: {k: v}\n",
                 &error);
  ck_assert_msg(stack != NULL, "%s", error.message);
  const dh_stack_entry *entry = dh_stack_at(stack, 0);
  ck_assert_str_eq(entry->where, "s.yml:2");
  ck_assert_str_eq(dh_config_get_text(entry->config, "k", ""), "v");
  ck_assert_uint_eq(strlen(entry->sha256), 64);
  dh_stack_free(stack);
}
END_TEST

/* A skip counts lines of its own list, an include being one: here it jumps over both
 * entries of x. */
START_TEST(skip_counts_an_include_as_one)
{
  dh_error error;
  dh_status results[] = {DH_OK, DH_DENIED, DH_DENIED, DH_OK};
  struct trace trace = {.results = results};
  dh_stack *stack = make_stack("auth: [{control: '[ok=1]', plugin: a}, {include: x}, "
                               "{control: required, plugin: d}]\n"
                               "stacks: {x: [{control: required, plugin: b}, "
                               "{control: required, plugin: c}]}",
                               &error);
  ck_assert_msg(stack != NULL, "%s", error.message);
  ck_assert_int_eq(dh_stack_at(stack, 0)->action[DH_OK], 2);
  ck_assert_int_eq(eval_stack(stack, &trace, &error), DH_OK);
  ck_assert_str_eq(trace.calls, "r0 r3 c3");
  dh_stack_free(stack);
}
END_TEST

START_TEST(skip_over_an_empty_include_goes_on)
{
  dh_error error;
  dh_stack *stack = make_stack("auth: [{control: '[ok=1]', plugin: a}, {include: x}]\n"
                               "stacks: {x: []}",
                               &error);
  ck_assert_int_eq(dh_stack_at(stack, 0)->action[DH_OK], DH_ACT_IGNORE);
  dh_stack_free(stack);
}
END_TEST

START_TEST(skip_to_the_very_end_is_allowed)
{
  expect_plugins("auth: [{control: '[ok=1 default=bad]', plugin: a}, "
                 "{control: required, plugin: b}]",
                 "a b");
}
END_TEST

/* What is refused at load, and the whole message. */
static const char *const refused[][2] = {
    {"auth: [{control: '[denied=1]', plugin: a}]",
     "s.yml:1: the control of \"a\" skips 1 entries on \"denied\", but only 0 follow it in its "
     "list"},
    {"auth:\n- {include: x}\n- {control: required, plugin: b}\nstacks:\n  x:\n  - {control: "
     "'[ok=1]', plugin: a}",
     "s.yml:6: the control of \"a\" skips 1 entries on \"ok\", but only 0 follow it in its list"},
    {"auth:\n- {include: x}\n", "s.yml:2: include \"x\": there is no such list under \"stacks\""},
    {"auth: [{include: x}]\nstacks: {x: [{include: y}], y: [{include: x}]}",
     "s.yml:2: include \"x\": it includes itself, by way of what it includes"},
    {"auth: [{include: x}]\nstacks: {x: [{control: include x}]}",
     "s.yml:2: include \"x\": it includes itself, by way of what it includes"},
    {"auth: [{control: 'include '}]", "s.yml:1: include \"\": the name of the list is missing"},
    {"auth: [{include: x, plugin: a}]\nstacks: {x: []}",
     "s.yml:1: include \"x\": an entry with \"include\" has no other key; make it two entries"},
    {"auth: [{control: include x, config: {}}]\nstacks: {x: []}",
     "s.yml:1: include \"x\": its modules are named in that list; remove the other keys"},
    {"auth: [{include: x}]\nstacks: {x: text}", "s.yml:2: a stack must be a list of entries"},
    {"auth: text", "s.yml:1: a stack must be a list of entries"},
    {"auth: [text]",
     "s.yml:1: an entry of a stack is a map: { control = \"required\"; plugin = \"...\"; }"},
    {"auth: [{control: required}]", "s.yml:1: the entry names no module; add plugin = \"...\""},
    {"auth: [{plugin: a}]",
     "s.yml:1: the entry of \"a\" has no control; add control = \"required\", or another"},
    {"auth: [{control: required, plugin: a, confg: {}}]",
     "s.yml:1: an entry of a stack has no key \"confg\"; did you mean \"config\"?"},
    {"auth: [{control: required, plugin: [a]}]",
     "s.yml:1: \"plugin\" of a stack's entry must be text"},
    {"auth: [{control: required, plugin: a, config: x}]",
     "s.yml:1: \"config\" of \"a\" must be a map of keys and values"},
    {"auth: [{control: required, plugin: a, sha256: abc}]",
     "s.yml:1: \"sha256\" of \"a\" must be 64 hexadecimal digits, as sha256sum prints them"},
    {"auth:\n- plugin: a\n  control: requird\n",
     "s.yml:3: \"requird\" is not a control; they are: required, requisite, sufficient, optional, "
     "\"include NAME\", and brackets as in [ok=done default=bad]; did you mean \"required\"?"},
};

START_TEST(stack_is_refused_in_words)
{
  dh_error error;
  ck_assert_ptr_null(make_stack(refused[_i][0], &error));
  ck_assert_int_eq(error.status, DH_MISCONFIGURED);
  ck_assert_str_eq(error.message, refused[_i][1]);
}
END_TEST

/* Each list includes the next one twice: 2^10 entries from 10 lines. */
START_TEST(includes_that_multiply_are_bounded)
{
  char yaml[1024] = "auth: [{include: s0}]\nstacks:\n";
  dh_error error;
  for (int i = 0; i < 10; i++)
    snprintf(yaml + strlen(yaml), sizeof(yaml) - strlen(yaml),
             "  s%d: [{include: s%d}, {include: s%d}]\n", i, i + 1, i + 1);
  strcat(yaml, "  s10: [{control: required, plugin: a}]\n");
  ck_assert_ptr_null(make_stack(yaml, &error));
  ck_assert_str_eq(error.message,
                   "s.yml:13: the stack has more than 256 entries once includes are read");
}
END_TEST

START_TEST(includes_that_nest_are_bounded)
{
  char yaml[1024] = "auth: [{include: s0}]\nstacks:\n";
  dh_error error;
  for (int i = 0; i < 17; i++)
    snprintf(yaml + strlen(yaml), sizeof(yaml) - strlen(yaml), "  s%d: [{include: s%d}]\n", i,
             i + 1);
  strcat(yaml, "  s17: []\n");
  ck_assert_ptr_null(make_stack(yaml, &error));
  ck_assert_str_eq(error.message,
                   "s.yml:18: include \"s16\": includes are nested more than 16 deep");
}
END_TEST

static TCase *case_includes(void)
{
  TCase *c = tcase_create("includes");
  tcase_add_test(c, includes_are_spliced_in_place);
  tcase_add_test(c, one_list_may_be_included_twice);
  tcase_add_test(c, empty_list_may_be_included);
  tcase_add_test(c, entry_keeps_what_it_was_given);
  tcase_add_test(c, skip_counts_an_include_as_one);
  tcase_add_test(c, skip_over_an_empty_include_goes_on);
  tcase_add_test(c, skip_to_the_very_end_is_allowed);
  return c;
}

static TCase *case_refused(void)
{
  TCase *c = tcase_create("refused");
  tcase_add_loop_test(c, stack_is_refused_in_words, 0, sizeof(refused) / sizeof(refused[0]));
  tcase_add_test(c, includes_that_multiply_are_bounded);
  tcase_add_test(c, includes_that_nest_are_bounded);
  return c;
}

SUITE("includes", case_includes(), case_refused())
