/* SPDX-License-Identifier: Apache-2.0 */
/* The tree itself: reading, setting, copying. */
#include "suite.h"

#include "trees.h"

START_TEST(paths_lead_to_nodes)
{
  dh_error error;
  dh_config *root = read_tree(YML, "sink:\n  config:\n    server: s\n  list: [a]\n", &error);
  ck_assert_str_eq(dh_config_get_text(root, "sink.config.server", "-"), "s");
  ck_assert_str_eq(dh_config_get_text(root, "sink.config.serve", "-"), "-");
  ck_assert_str_eq(dh_config_get_text(root, "sink.config.server.x", "-"), "-");
  ck_assert_str_eq(dh_config_get_text(root, "sink.config", "-"), "-");
  ck_assert_ptr_null(dh_config_get(root, ""));
  ck_assert_ptr_null(dh_config_get(root, "sink..config"));
  ck_assert_str_eq(dh_config_where(dh_config_get(root, "sink.config.server")), "f.yml:3");
  dh_config_free(root);
}
END_TEST

START_TEST(no_node_is_an_empty_one)
{
  ck_assert_int_eq(dh_config_kind_of(NULL), DH_CONFIG_NULL);
  ck_assert_uint_eq(dh_config_count(NULL), 0);
  ck_assert_ptr_null(dh_config_text(NULL));
  ck_assert_ptr_null(dh_config_at(NULL, 0));
  ck_assert_ptr_null(dh_config_key_at(NULL, 0));
  ck_assert_ptr_null(dh_config_get(NULL, "a"));
  ck_assert_ptr_null(dh_config_copy(NULL));
  ck_assert_str_eq(dh_config_where(NULL), "(not configured)");
  dh_config_free(NULL);
}
END_TEST

START_TEST(set_makes_the_maps_between)
{
  dh_error error;
  dh_config *root = dh_config_new_map("--server");
  ck_assert_int_eq(dh_config_set(root, "sink.config.server", "http://x", &error), DH_OK);
  ck_assert_int_eq(dh_config_set(root, "sink.type", "datahub-rest", &error), DH_OK);
  expect_node(root, "{sink:{config:{server:\"http://x\"} type:\"datahub-rest\"}}");
  ck_assert_str_eq(dh_config_where(dh_config_get(root, "sink.type")), "--server");
  dh_config_free(root);
}
END_TEST

START_TEST(set_replaces_whatever_was_there)
{
  dh_error error;
  dh_config *root = read_tree(YML, "a: 1\nb: {c: 2}\nd: ~\n", &error);
  ck_assert_int_eq(dh_config_set(root, "a", "x", &error), DH_OK);
  ck_assert_int_eq(dh_config_set(root, "b", "y", &error), DH_OK);
  ck_assert_int_eq(dh_config_set(root, "d.e", "z", &error), DH_OK);
  expect_node(root, "{a:\"x\" b:\"y\" d:{e:\"z\"}}");
  dh_config_free(root);
}
END_TEST

START_TEST(set_does_not_go_through_values)
{
  dh_error error;
  dh_config *root = read_tree(YML, "a: 1\nb:\n- 2\n", &error);
  ck_assert_int_eq(dh_config_set(root, "a.x", "v", &error), DH_MISCONFIGURED);
  ck_assert_str_eq(error.message,
                   "f.yml:1: cannot set \"a.x\": \"a\" is a single value there, not a map");
  ck_assert_int_eq(dh_config_set(root, "b.x", "v", &error), DH_MISCONFIGURED);
  ck_assert_str_eq(error.message, "f.yml:2: cannot set \"b.x\": \"b\" is a list there, not a map");
  expect_node(root, "{a:\"1\" b:[\"2\"]}");
  dh_config_free(root);
}
END_TEST

START_TEST(set_wants_a_path)
{
  dh_error error;
  dh_config *root = dh_config_new_map("x");
  ck_assert_int_eq(dh_config_set(root, "", "v", &error), DH_MISCONFIGURED);
  ck_assert_int_eq(dh_config_set(root, "a.", "v", &error), DH_MISCONFIGURED);
  ck_assert_int_eq(dh_config_set(root, "a..b", "v", NULL), DH_MISCONFIGURED);
  dh_config_free(root);
}
END_TEST

START_TEST(copy_stands_alone)
{
  dh_error error;
  dh_config *root = read_tree(YML, "a:\n  b: [1, {c: ~}]\n", &error);
  dh_config *copy = dh_config_copy(dh_config_get(root, "a"));
  dh_config_free(root);
  expect_node(copy, "{b:[\"1\" {c:~}]}");
  ck_assert_str_eq(dh_config_where(dh_config_get(copy, "b")), "f.yml:2");
  dh_config_free(copy);
}
END_TEST

static TCase *case_tree(void)
{
  TCase *c = tcase_create("tree");
  tcase_add_test(c, paths_lead_to_nodes);
  tcase_add_test(c, no_node_is_an_empty_one);
  tcase_add_test(c, set_makes_the_maps_between);
  tcase_add_test(c, set_replaces_whatever_was_there);
  tcase_add_test(c, set_does_not_go_through_values);
  tcase_add_test(c, set_wants_a_path);
  tcase_add_test(c, copy_stands_alone);
  return c;
}

SUITE("config", case_tree())
