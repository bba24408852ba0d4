/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "trees.h"

START_TEST(every_scalar_becomes_text)
{
  expect_tree(CFG,
              "i = 5; n = -7; hex = 0xFF; long = 5000000000L; f = 1.5; whole = 30.0; e = 1e-3; "
              "t = TRUE; no = false; s = \"a\" \" b\";",
              "{i:\"5\" n:\"-7\" hex:\"255\" long:\"5000000000\" f:\"1.5\" whole:\"30\" "
              "e:\"0.001\" t:\"true\" no:\"false\" s:\"a b\"}");
}
END_TEST

START_TEST(groups_lists_and_arrays)
{
  expect_tree(CFG, "g : { x = 1; }; l = ( 1, \"a\", { y = 2; }, ( ) ); a = [ 1, 2 ]; e = { };",
              "{g:{x:\"1\"} l:[\"1\" \"a\" {y:\"2\"} []] a:[\"1\" \"2\"] e:{}}");
}
END_TEST

START_TEST(comments_hold_anything)
{
  expect_tree(CFG, "# \" ( @include 99999999999\n// \" {\n/* \" [\n@include \"x\"\n*/ a = 1;",
              "{a:\"1\"}");
}
END_TEST

START_TEST(strings_hold_anything)
{
  expect_tree(CFG, "a = \"/* ( \\\" 99999999999 # \";", "{a:\"/* ( \" 99999999999 # \"}");
}
END_TEST

START_TEST(nothing_is_an_empty_map)
{
  expect_tree(CFG, "", "{}");
  expect_tree(CFG, "# only this\n", "{}");
}
END_TEST

START_TEST(nodes_know_their_lines)
{
  dh_error error;
  dh_config *root = read_tree(CFG, "a = 1;\nb = {\n  c = (\n    2,\n    3 );\n};\n", &error);
  ck_assert_str_eq(dh_config_where(root), "f.cfg:1");
  ck_assert_str_eq(dh_config_where(dh_config_get(root, "a")), "f.cfg:1");
  ck_assert_str_eq(dh_config_where(dh_config_get(root, "b")), "f.cfg:2");
  ck_assert_str_eq(dh_config_where(dh_config_get(root, "b.c")), "f.cfg:3");
  ck_assert_str_eq(dh_config_where(dh_config_at(dh_config_get(root, "b.c"), 1)), "f.cfg:5");
  dh_config_free(root);
}
END_TEST

static const char *const faults[][2] = {
    {"a = 1;\nb = { c = 1;\n  c = 2; };",
     "f.cfg:3: \"c\" is given twice in one group; keep one of them"},
    {"a = 5000000000;", "f.cfg:1: libconfig would cut this number to 32 bits; write an L behind "
                        "it, or quotes around it"},
    {"a = -3000000000;", "f.cfg:1: libconfig would cut this number to 32 bits; write an L behind "
                         "it, or quotes around it"},
    {"a = 0x1FFFFFFFF;", "f.cfg:1: libconfig would cut this number to 32 bits; write an L behind "
                         "it, or quotes around it"},
    {"a = 99999999999999999999L;", "f.cfg:1: this number has more than 64 bits"},
    {"a = 1;\n  @include \"other.cfg\"\n",
     "f.cfg:2: @include is not taken, because the owner and mode of a second file would go "
     "unchecked; put its settings here"},
    {"a = 1;\nb = \"x;\nc = 2;\n", "f.cfg:2: the string that begins here has no closing \""},
    {"a = 1;\n/* b\nc = 2;\n", "f.cfg:2: the comment that begins here has no closing */"},
    {"a = 1;\nb 2;\n",
     "f.cfg:2: syntax error; libconfig is written  key = \"value\";  with groups in { } and lists "
     "in ( ); look at the end of the line before, too"},
    {"a = [ 1\nsecret = 2;",
     "f.cfg:2: syntax error near \"secret\"; libconfig is written  key = \"value\";  with groups "
     "in { } and lists in ( ); look at the end of the line before, too"},
};

START_TEST(faults_are_named)
{
  expect_refusal(CFG, faults[_i][0], DH_MALFORMED, faults[_i][1]);
}
END_TEST

START_TEST(nul_characters_are_refused)
{
  dh_error error;
  ck_assert_ptr_null(dh_config_parse(NULL, CFG, "a = 1;\0b", 8, "f.cfg", &error));
  ck_assert_str_eq(error.message, "f.cfg: the file holds a NUL character: it is not text");
}
END_TEST

static void nested(char *text, int depth, int deepest)
{
  strcpy(text, "a = ");
  for (int i = 0; i < depth; i++)
    strcat(text, "(");
  for (int i = 0; i < deepest; i++)
    strcat(text, ")");
}

START_TEST(depth_is_bounded)
{
  static char text[8192];
  dh_error error;
  nested(text, 100, 100);
  expect_refusal(CFG, text, DH_MALFORMED, "f.cfg:1: groups are nested more than 64 deep");
  nested(text, 3000, 3000);
  expect_refusal(CFG, text, DH_MALFORMED, "f.cfg:1: more than 1000 brackets are open at once");
  nested(text, 60, 60);
  dh_config *root = read_tree(CFG, text, &error);
  ck_assert_ptr_nonnull(root);
  dh_config_free(root);
}
END_TEST

static TCase *case_libconfig(void)
{
  TCase *c = tcase_create("libconfig");
  tcase_add_test(c, every_scalar_becomes_text);
  tcase_add_test(c, groups_lists_and_arrays);
  tcase_add_test(c, comments_hold_anything);
  tcase_add_test(c, strings_hold_anything);
  tcase_add_test(c, nothing_is_an_empty_map);
  tcase_add_test(c, nodes_know_their_lines);
  tcase_add_loop_test(c, faults_are_named, 0, sizeof(faults) / sizeof(faults[0]));
  tcase_add_test(c, nul_characters_are_refused);
  tcase_add_test(c, depth_is_bounded);
  return c;
}

SUITE("libconfig", case_libconfig())
