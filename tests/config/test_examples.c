/* SPDX-License-Identifier: Apache-2.0 */
/* Every example of datahub.conf(5) loads, means what the page says, and is shown there. */
#include "suite.h"

#include "stack/stack.h"
#include "trees.h"

#include <stdio.h>

static dh_config *load_example(const char *name)
{
  char path[1024];
  dh_error error;
  setenv("DATAHUB_GMS_TOKEN", "not-a-real-one", 1);
  setenv("DATAHUB_SIGNING_KEY", "not-a-real-one", 1);
  snprintf(path, sizeof(path), "%s/examples/config/%s", SRCDIR, name);
  dh_config *root = dh_config_load(NULL, path, &error);
  ck_assert_msg(root != NULL, "%s", error.message);
  return root;
}

START_TEST(token_from_the_environment)
{
  dh_config *root = load_example("token.cfg");
  expect_node(root, "{sink:{type:\"datahub-rest\" config:{server:\"https://datahub.example.com/api/"
                    "gms\" token:\"not-a-real-one\"}}}");
  dh_config_free(root);
}
END_TEST

START_TEST(stack_of_two)
{
  dh_error error;
  dh_config *root = load_example("stack.cfg");
  dh_stack *stack = dh_stack_new(dh_config_get(root, "sink.config.auth"), NULL, &error);
  ck_assert_msg(stack != NULL, "%s", error.message);
  ck_assert_uint_eq(dh_stack_count(stack), 2);
  ck_assert_str_eq(dh_stack_at(stack, 1)->plugin, "file");
  ck_assert_str_eq(dh_config_get_text(root, "sink.config.server", ""),
                   "https://datahub.example.com/api/gms");
  dh_stack_free(stack);
  dh_config_free(root);
}
END_TEST

START_TEST(stacks_that_include)
{
  static const char *const names[] = {"public", "internal"}, *const last[] = {"deny", "permit"};
  dh_error error;
  dh_config *root = load_example("include.cfg");
  const dh_config *stacks = dh_config_get(root, "stacks");
  for (size_t i = 0; i < 2; i++) {
    dh_stack *stack = dh_stack_new(dh_config_get(stacks, names[i]), stacks, &error);
    ck_assert_msg(stack != NULL, "%s", error.message);
    ck_assert_uint_eq(dh_stack_count(stack), 2);
    ck_assert_str_eq(dh_stack_at(stack, 0)->plugin, "pat");
    ck_assert_int_eq(dh_stack_at(stack, 0)->action[DH_EXPIRED], DH_ACT_DIE);
    ck_assert_str_eq(dh_stack_at(stack, 1)->plugin, last[i]);
    dh_stack_free(stack);
  }
  dh_config_free(root);
}
END_TEST

START_TEST(recipe)
{
  dh_config *root = load_example("recipe.yml");
  expect_node(dh_config_get(root, "sink.config"),
              "{server:\"http://localhost:8080\" token:\"not-a-real-one\" "
              "extra_headers:{X-Team:\"metadata\"} timeout_sec:\"30\" retry_max_times:\"4\"}");
  dh_config_free(root);
}
END_TEST

static char *read_text(const char *folder, const char *name)
{
  char path[1024], piece[4096];
  dh_buf text;
  size_t n;
  dh_buf_init(&text);
  snprintf(path, sizeof(path), "%s/%s/%s", SRCDIR, folder, name);
  FILE *file = fopen(path, "r");
  ck_assert_msg(file != NULL, "%s", path);
  while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
    dh_buf_add(&text, piece, n);
  fclose(file);
  return dh_buf_take(&text);
}

/* The page shows the files themselves, with roff's \e for a backslash. */
START_TEST(manual_page_shows_the_files)
{
  static const char *const names[] = {"token.cfg", "stack.cfg", "include.cfg", "recipe.yml"};
  char *page = read_text("doc/man", "datahub.conf.5");
  char *example = read_text("examples/config", names[_i]);
  ck_assert_msg(strstr(page, example) != NULL, "%s is not shown as it is", names[_i]);
  free(example);
  free(page);
}
END_TEST

static TCase *case_examples(void)
{
  TCase *c = tcase_create("examples");
  tcase_add_test(c, token_from_the_environment);
  tcase_add_test(c, stack_of_two);
  tcase_add_test(c, stacks_that_include);
  tcase_add_test(c, recipe);
  tcase_add_loop_test(c, manual_page_shows_the_files, 0, 4);
  return c;
}

SUITE("examples", case_examples())
