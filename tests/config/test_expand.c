/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "trees.h"

#include <stdio.h>

static void set_variables(void)
{
  setenv("T_WORD", "word", 1);
  setenv("T_EMPTY", "", 1);
  setenv("T_ODD", "${T_WORD}$$\"; x: {", 1);
  unsetenv("T_UNSET");
}

static const char *const values[][2] = {
    {"plain", "plain"},
    {"${T_WORD}", "word"},
    {"a${T_WORD}b${T_WORD}", "awordbword"},
    {"${T_EMPTY}", ""},
    {"${T_EMPTY:-d}", "d"},
    {"${T_UNSET:-d}", "d"},
    {"${T_UNSET:-}", ""},
    {"${T_WORD:-d}", "word"},
    {"${T_UNSET:-a:-b}", "a:-b"},
    {"${T_UNSET:-${T_WORD}}", "word"},
    {"${T_UNSET:-x${T_UNSET:-y}z}", "xyz"},
    {"${T_UNSET:-$${}", "${"},
    {"$$", "$"},
    {"$$$$", "$$"},
    {"$${T_WORD}", "${T_WORD}"},
    {"$$T_WORD", "$T_WORD"},
    {"pa$word", "pa$word"},
    {"end$", "end$"},
    {"a $5", "a $5"},
    /* What comes out of a variable is not read again. */
    {"${T_ODD}", "${T_WORD}$$\"; x: {"},
};

START_TEST(values_are_expanded)
{
  char text[256];
  dh_error error;
  set_variables();
  for (int yaml = 0; yaml < 2; yaml++) {
    snprintf(text, sizeof(text), yaml ? "k: '%s'" : "k = \"%s\";", values[_i][0]);
    dh_config *root = read_tree(yaml ? YML : CFG, text, &error);
    ck_assert_msg(root != NULL, "%s", error.message);
    ck_assert_str_eq(dh_config_get_text(root, "k", "-"), values[_i][1]);
    dh_config_free(root);
  }
}
END_TEST

/* As DataHub reads its recipes: a value that begins with $NAME, where NAME is set. */
START_TEST(recipes_expand_a_bare_variable_first)
{
  set_variables();
  expect_tree(YML, "{a: $T_WORD, b: $T_WORD/x, c: $T_UNSET, d: x$T_WORD, e: $T_EMPTY}",
              "{a:\"word\" b:\"word/x\" c:\"$T_UNSET\" d:\"x$T_WORD\" e:\"\"}");
  expect_tree(CFG, "a = \"$T_WORD\";", "{a:\"$T_WORD\"}");
}
END_TEST

START_TEST(keys_are_not_expanded)
{
  set_variables();
  expect_tree(YML, "'${T_WORD}': 1", "{${T_WORD}:\"1\"}");
}
END_TEST

static const char *const faults[][2] = {
    {"${T_UNSET}", "f.yml:2: the environment variable T_UNSET is not set; set it, or give a "
                   "default: ${T_UNSET:-default}"},
    {"${T_UNSET:-${T_UNSET}}", "f.yml:2: the environment variable T_UNSET is not set; set it, or "
                               "give a default: ${T_UNSET:-default}"},
    {"a${T_WORD", "f.yml:2: \"${\" without its \"}\"; write $${ for a plain ${"},
    {"${}", "f.yml:2: \"${}\" cannot be expanded: write ${VARIABLE} or ${VARIABLE:-default}, and "
            "$${ for a plain ${"},
    {"${1X}",
     "f.yml:2: \"${1X}\" cannot be expanded: write ${VARIABLE} or ${VARIABLE:-default}, and "
     "$${ for a plain ${"},
    {"${T_WORD-x}", "f.yml:2: \"${T_WORD}\" cannot be expanded: write ${VARIABLE} or "
                    "${VARIABLE:-default}, and $${ for a plain ${"},
    {"${T_WORD:?x}", "f.yml:2: \"${T_WORD}\" cannot be expanded: write ${VARIABLE} or "
                     "${VARIABLE:-default}, and $${ for a plain ${"},
    {"${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-${A:-x}}}}}}}}}}",
     "f.yml:2: defaults of variables are nested more than 8 deep"},
};

START_TEST(faults_are_named)
{
  char text[256];
  set_variables();
  unsetenv("A");
  snprintf(text, sizeof(text), "x: 1\nk: '%s'\n", faults[_i][0]);
  expect_refusal(YML, text, DH_MISCONFIGURED, faults[_i][1]);
}
END_TEST

static TCase *case_expand(void)
{
  TCase *c = tcase_create("expand");
  tcase_add_loop_test(c, values_are_expanded, 0, sizeof(values) / sizeof(values[0]));
  tcase_add_loop_test(c, faults_are_named, 0, sizeof(faults) / sizeof(faults[0]));
  tcase_add_test(c, recipes_expand_a_bare_variable_first);
  tcase_add_test(c, keys_are_not_expanded);
  return c;
}

SUITE("expand", case_expand())
