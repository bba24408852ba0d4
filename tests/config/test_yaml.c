/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "trees.h"

/* A text, and the tree it makes. */
static const char *const trees[][2] = {
    {"a: 1\nb: yes\nc: 1.50\nd: 'x y'\n", "{a:\"1\" b:\"yes\" c:\"1.50\" d:\"x y\"}"},
    {"a: ~\nb: null\nc:\nd: 'null'\ne: ''\nf: NULL\n", "{a:~ b:~ c:~ d:\"null\" e:\"\" f:~}"},
    {"- 1\n- [a, {b: c}]\n", "[\"1\" [\"a\" {b:\"c\"}]]"},
    {"{\"a\": {\"b\": [1, true, null]}, \"c\": \"\\u00e9\\n\"}",
     "{a:{b:[\"1\" \"true\" ~]} c:\"\xc3\xa9\n\"}"},
    {"a: |\n  one\n  two\n", "{a:\"one\ntwo\n\"}"},
    {"", "{}"},
    {"# nothing\n", "{}"},
    {"---\n...\n", "{}"},
    {"%YAML 1.1\n---\na: 1\n...\n", "{a:\"1\"}"},
    {"a: !!str 1\nb: !!int '2'\n", "{a:\"1\" b:\"2\"}"},
    /* anchors */
    {"a: &x one\nb: *x\n", "{a:\"one\" b:\"one\"}"},
    {"a: &x {k: [1]}\nb: *x\n", "{a:{k:[\"1\"]} b:{k:[\"1\"]}}"},
    {"a: &x 1\nb: &x 2\nc: *x\n", "{a:\"1\" b:\"2\" c:\"2\"}"},
    {"a: &x ~\nb: *x\n", "{a:~ b:~}"},
    /* merge keys: what stands in the map wins, then the first of a list */
    {"d: &d {x: 1, y: 2}\ne:\n  <<: *d\n  y: 3\n", "{d:{x:\"1\" y:\"2\"} e:{y:\"3\" x:\"1\"}}"},
    {"e:\n  y: 3\n  <<: {x: 1, y: 2}\n", "{e:{y:\"3\" x:\"1\"}}"},
    {"e: {<<: [{x: 1}, {x: 2, z: 3}]}\n", "{e:{x:\"1\" z:\"3\"}}"},
    {"a: {<<: &m {x: 1}}\nb: {<<: *m}\n", "{a:{x:\"1\"} b:{x:\"1\"}}"},
    {"'<<': {x: 1}\n", "{<<:{x:\"1\"}}"},
};

START_TEST(yaml_makes_the_tree)
{
  expect_tree(YML, trees[_i][0], trees[_i][1]);
}
END_TEST

static const char *const faults[][2] = {
    {"a: 1\nb:\n  c: 1\n  c: 2\n",
     "f.yml:4: \"c\" is given twice, first at f.yml:3; keep one of them"},
    {"a: 1\n---\nb: 2\n", "f.yml:3: a second document begins here; a configuration is one "
                          "document, so put the other into a file of its own"},
    {"a: *x\n", "f.yml:1: the alias *x has no anchor &x before it"},
    {"a: &x [*x]\n", "f.yml:1: an alias stands inside the value that it names"},
    {"a: &x {b: {<<: *x}}\n", "f.yml:1: an alias stands inside the value that it names"},
    {"a: {<<: 1}\n", "f.yml:1: \"<<\" merges a map, or a list of maps, and nothing else"},
    {"a: {<<: [[1]]}\n", "f.yml:1: \"<<\" merges a map, or a list of maps, and nothing else"},
    {"[a]: 1\n", "f.yml:1: a key must be plain text, not a list, a map or an alias"},
    {"a: &x k\n*x : 1\n", "f.yml:2: a key must be plain text, not a list, a map or an alias"},
    {"a: !python/object:os.system x\n",
     "f.yml:1: the YAML tag !python/object:os.system means nothing here; remove it"},
    {"a: !!binary aGk=\n",
     "f.yml:1: the YAML tag tag:yaml.org,2002:binary means nothing here; remove it"},
    {"a: \"x\\0y\"\n", "f.yml:1: a value holds a NUL character; remove it"},
    {"\"x\\0y\": 1\n", "f.yml:1: a key holds a NUL character; remove it"},
    {"a: 1\nb: [1\nc: 2\n",
     "f.yml:3: not valid YAML: did not find expected ',' or ']' while parsing a flow sequence"},
    {"a: 1\n\tb: 2\n", "f.yml:2: not valid YAML: found a tab character that violates indentation "
                       "while scanning a plain scalar"},
    {"a: 1\nb: \xff\n", "f.yml:2: not valid YAML: invalid leading UTF-8 octet"},
};

START_TEST(faults_are_named)
{
  expect_refusal(YML, faults[_i][0], DH_MALFORMED, faults[_i][1]);
}
END_TEST

START_TEST(alias_bomb_is_defused)
{
  dh_error error;
  dh_buf yaml;
  dh_buf_init(&yaml);
  dh_buf_adds(&yaml, "l0: &l0 lol\n");
  for (int i = 1; i < 10; i++)
    dh_buf_addf(&yaml, "l%d: &l%d [*l%d,*l%d,*l%d,*l%d,*l%d,*l%d,*l%d,*l%d]\n", i, i, i - 1, i - 1,
                i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
  ck_assert_ptr_null(read_tree(YML, dh_buf_text(&yaml), &error));
  ck_assert_msg(strstr(error.message, "more than 100000 values once aliases are resolved") != NULL,
                "%s", error.message);
  dh_buf_free(&yaml);
}
END_TEST

/* Few nodes, but each copy is large. */
START_TEST(bomb_of_long_texts_is_defused)
{
  dh_error error;
  dh_buf yaml;
  dh_buf_init(&yaml);
  dh_buf_adds(&yaml, "a: &a ");
  for (int i = 0; i < 100000; i++)
    dh_buf_addc(&yaml, 'x');
  dh_buf_adds(&yaml, "\nb: [");
  for (int i = 0; i < 100; i++)
    dh_buf_adds(&yaml, "*a, ");
  dh_buf_adds(&yaml, "]\n");
  ck_assert_ptr_null(read_tree(YML, dh_buf_text(&yaml), &error));
  ck_assert_msg(strstr(error.message, "more than 8388608 bytes of values") != NULL, "%s",
                error.message);
  dh_buf_free(&yaml);
}
END_TEST

START_TEST(depth_is_bounded)
{
  char text[512] = "";
  for (int i = 0; i < 100; i++)
    strcat(text, "[");
  expect_refusal(YML, text, DH_MALFORMED, "f.yml:1: values are nested more than 64 deep");
}
END_TEST

START_TEST(anchors_are_bounded)
{
  dh_buf yaml;
  dh_buf_init(&yaml);
  for (int i = 0; i <= 1000; i++)
    dh_buf_addf(&yaml, "- &a%d x\n", i);
  expect_refusal(YML, dh_buf_text(&yaml), DH_MALFORMED,
                 "f.yml:1001: more than 1000 anchors; write the values out");
  dh_buf_free(&yaml);
}
END_TEST

START_TEST(keys_of_a_map_are_bounded)
{
  dh_buf yaml;
  dh_buf_init(&yaml);
  for (int i = 0; i <= 4096; i++)
    dh_buf_addf(&yaml, "k%d: x\n", i);
  expect_refusal(YML, dh_buf_text(&yaml), DH_MALFORMED,
                 "f.yml:4097: more than 4096 keys in one map");
  dh_buf_free(&yaml);
}
END_TEST

START_TEST(size_is_bounded)
{
  dh_error error;
  ck_assert_ptr_null(dh_config_parse(NULL, YML, "", (8u << 20) + 1, "f.yml", &error));
  ck_assert_str_eq(error.message, "f.yml: more than 8388608 bytes; is this a configuration file?");
}
END_TEST

static TCase *case_yaml(void)
{
  TCase *c = tcase_create("yaml");
  tcase_add_loop_test(c, yaml_makes_the_tree, 0, sizeof(trees) / sizeof(trees[0]));
  tcase_add_loop_test(c, faults_are_named, 0, sizeof(faults) / sizeof(faults[0]));
  return c;
}

static TCase *case_bounds(void)
{
  TCase *c = tcase_create("bounds");
  tcase_set_timeout(c, 60);
  tcase_add_test(c, alias_bomb_is_defused);
  tcase_add_test(c, bomb_of_long_texts_is_defused);
  tcase_add_test(c, depth_is_bounded);
  tcase_add_test(c, anchors_are_bounded);
  tcase_add_test(c, keys_of_a_map_are_bounded);
  tcase_add_test(c, size_is_bounded);
  return c;
}

SUITE("yaml", case_yaml(), case_bounds())
