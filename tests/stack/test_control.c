/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "stack/stack.h"

#include <stdio.h>
#include <string.h>

/* Columns in the order of dh_status: ok ignore unavailable denied expired revoked
 * malformed misconfigured timeout no-memory internal. K ok, D done, B bad, X die,
 * - ignore, R reset, a digit: skip. */
struct row {
  const char *control;
  const char *actions;
};

static const struct row rows[] = {
    {"required", "K-BBBBBBBBB"},
    {"requisite", "K-XXXXXXXXX"},
    {"sufficient", "D----------"},
    {"optional", "K----------"},
    {"  Required ", "K-BBBBBBBBB"},
    {"[ok=ok ignore=ignore default=bad]", "K-BBBBBBBBB"},
    {"[ok=ok ignore=ignore default=die]", "K-XXXXXXXXX"},
    {"[ok=done default=ignore]", "D----------"},
    {"[ok=ok default=ignore]", "K----------"},
    {"[ok=done expired=die default=ignore]", "D---X------"},
    {"[ok=1 denied=reset default=23]", "1NNRNNNNNNN"},
    {"[default=die ok=ok]", "KXXXXXXXXXX"},
    {"[ok=ok]", "KBBBBBBBBBB"},
    {"[ OK = Done\tno-memory=die default = ignore ] ", "D--------X-"},
    {"[ok=ok ignore=done unavailable=bad denied=die expired=ignore revoked=reset malformed=2 "
     "misconfigured=ok timeout=bad no-memory=die internal=reset]",
     "KDBX-R2KBXR"},
};

static int action_of(char letter)
{
  switch (letter) {
  case 'K':
    return DH_ACT_OK;
  case 'D':
    return DH_ACT_DONE;
  case 'B':
    return DH_ACT_BAD;
  case 'X':
    return DH_ACT_DIE;
  case 'R':
    return DH_ACT_RESET;
  case 'N':
    return 23;
  case '-':
    return DH_ACT_IGNORE;
  default:
    return letter - '0';
  }
}

START_TEST(control_gives_each_result_its_action)
{
  const struct row *row = &rows[_i];
  int action[DH_STATUS_COUNT];
  dh_error error;
  ck_assert_msg(dh_stack_parse_control(row->control, action, &error) == DH_OK, "%s", error.message);
  for (int r = 0; r < DH_STATUS_COUNT; r++)
    ck_assert_msg(action[r] == action_of(row->actions[r]), "%s on %s: %d", row->control,
                  dh_status_name((dh_status)r), action[r]);
}
END_TEST

/* A control that is refused, and words that its message must hold. */
static const char *const refused[][2] = {
    {"", "is not a control"},
    {"requird", "did you mean \"required\"?"},
    {"required optional", "is not a control"},
    {"[]", "the brackets are empty"},
    {"[ ok", "has no action"},
    {"[ok=ok", "closing ] is missing"},
    {"[ok=ok] x", "more text after the ]"},
    {"[ok]", "\"ok\" has no action"},
    {"[ok=]", "\"\" is not an action"},
    {"[success=ok]", "\"success\" is not a result"},
    {"[=ok]", "\"\" is not a result"},
    {"[ok=maybe]", "\"maybe\" is not an action"},
    {"[ok=0]", "or ignore to go on"},
    {"[ok=-1]", "\"-1\" is not an action"},
    {"[ok=1001]", "write 1 to 1000"},
    {"[ok=99999999999]", "is not an action"},
    {"[ok=2x]", "\"2x\" is not an action"},
    {"[ok=ok ok=done]", "\"ok\" is given twice"},
    {"[default=ok default=bad]", "\"default\" is given twice"},
};

START_TEST(control_is_refused_in_words)
{
  int action[DH_STATUS_COUNT];
  dh_error error;
  ck_assert_int_eq(dh_stack_parse_control(refused[_i][0], action, &error), DH_MISCONFIGURED);
  ck_assert_msg(strstr(error.message, refused[_i][1]) != NULL, "%s: %s", refused[_i][0],
                error.message);
}
END_TEST

START_TEST(control_takes_no_error)
{
  int action[DH_STATUS_COUNT];
  ck_assert_int_eq(dh_stack_parse_control("[ok=", action, NULL), DH_MISCONFIGURED);
}
END_TEST

static TCase *case_control(void)
{
  TCase *c = tcase_create("control");
  tcase_add_loop_test(c, control_gives_each_result_its_action, 0, sizeof(rows) / sizeof(rows[0]));
  tcase_add_loop_test(c, control_is_refused_in_words, 0, sizeof(refused) / sizeof(refused[0]));
  tcase_add_test(c, control_takes_no_error);
  return c;
}

SUITE("control", case_control())
