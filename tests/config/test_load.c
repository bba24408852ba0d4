/* SPDX-License-Identifier: Apache-2.0 */
/* Files: which form they have, what cannot be read, who else may read them. */
#include "suite.h"

#include "trees.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/dh-load-XXXXXX";
static char path[128];
static char logged[512];

static void keep_line(void *arg, dh_log_level level, const char *line)
{
  (void)arg;
  ck_assert_int_eq(level, DH_LOG_WARNING);
  snprintf(logged, sizeof(logged), "%s", line);
}

static void make_folder(void)
{
  ck_assert_ptr_nonnull(mkdtemp(folder));
  path[0] = logged[0] = '\0';
}

static void remove_folder(void)
{
  if (path[0])
    unlink(path);
  rmdir(folder);
  memcpy(folder + sizeof(folder) - 7, "XXXXXX", 6);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  FILE *file = fopen(path, "w");
  ck_assert_ptr_nonnull(file);
  fputs(text, file);
  fclose(file);
  ck_assert_int_eq(chmod(path, mode), 0);
}

static void load(const char *shown)
{
  dh_error error;
  dh_context_options options = {
      .struct_size = sizeof(options), .log_level = DH_LOG_WARNING, .log = keep_line};
  dh_context *context = dh_context_new(&options, NULL);
  dh_config *root = dh_config_load(context, path, &error);
  ck_assert_msg(root != NULL, "%s", error.message);
  expect_node(root, shown);
  dh_config_free(root);
  dh_context_free(context);
}

static const char *const names[][2] = {{"a.yml", "x: 1"},        {"a.YAML", "x: 1"},
                                       {"a.json", "{\"x\": 1}"}, {".datahubenv", "x: 1"},
                                       {"a.cfg", "x = 1;"},      {"datahub", "x = \"1\""}};

START_TEST(the_name_tells_the_form)
{
  write_file(names[_i][0], names[_i][1], 0600);
  load("{x:\"1\"}");
}
END_TEST

/* Standard input has no name: its first telling line decides. */
static const char *const inputs[] = {
    "x: 1\n",
    "# c = d\n\nx:\n  1\n",
    "{\"x\": 1}",
    "---\nx: 1",
    "x = 1;",
    "x : 1;",
    "# c: d\nx=\"1\"",
    "\"x\": 1",
    "/* c */\nx = \"1\";",
    "// c\nx = 1",
    "x:    # c\n  1",
    "{x: 1}",
};

START_TEST(standard_input_is_looked_at)
{
  write_file("input", inputs[_i], 0600);
  ck_assert_ptr_nonnull(freopen(path, "r", stdin));
  unlink(path);
  strcpy(path, "-");
  load("{x:\"1\"}");
  path[0] = '\0';
}
END_TEST

START_TEST(standard_input_may_hold_libconfig_groups)
{
  write_file("input", "sink : {\n  type = \"file\";\n};\n", 0600);
  ck_assert_ptr_nonnull(freopen(path, "r", stdin));
  unlink(path);
  strcpy(path, "-");
  load("{sink:{type:\"file\"}}");
  path[0] = '\0';
}
END_TEST

static void expect_no_file(const char *name, const char *message)
{
  dh_error error;
  ck_assert_ptr_null(dh_config_load(NULL, name, &error));
  ck_assert_int_eq(error.status, DH_UNAVAILABLE);
  ck_assert_str_eq(error.message, message);
}

START_TEST(absent_files_are_named)
{
  expect_no_file("/nonexistent/sink.cfg",
                 "/nonexistent/sink.cfg: cannot be opened: No such file or directory");
}
END_TEST

START_TEST(folders_are_no_files)
{
  expect_no_file("/", "/: is a folder, not a file");
}
END_TEST

START_TEST(endless_files_are_cut_short)
{
  dh_error error;
  ck_assert_ptr_null(dh_config_load(NULL, "/dev/zero", &error));
  ck_assert_str_eq(error.message,
                   "/dev/zero: more than 8388608 bytes; is this a configuration file?");
}
END_TEST

static void expect_warning(const char *text, mode_t mode, const char *end)
{
  dh_error error;
  char wanted[512] = "";
  dh_context_options options = {
      .struct_size = sizeof(options), .log_level = DH_LOG_WARNING, .log = keep_line};
  dh_context *context = dh_context_new(&options, NULL);
  write_file("sink.yml", text, mode);
  dh_config *root = dh_config_load(context, path, &error);
  ck_assert_msg(root != NULL, "%s", error.message);
  if (end)
    snprintf(wanted, sizeof(wanted), "%s%s chmod 600 %s", path, end, path);
  ck_assert_str_eq(logged, wanted);
  dh_config_free(root);
  dh_context_free(context);
}

START_TEST(secret_that_everyone_reads_is_warned_of)
{
  expect_warning("sink:\n  config:\n    token: not-a-real-one\n", 0644,
                 ":3: \"token\" holds a secret, and everyone may read the file; run:");
}
END_TEST

START_TEST(secret_that_the_group_reads_is_warned_of)
{
  expect_warning("client_secret: not-a-real-one\n", 0640,
                 ":1: \"client_secret\" holds a secret, and its group may read the file; run:");
}
END_TEST

START_TEST(private_file_is_fine)
{
  expect_warning("token: not-a-real-one\n", 0600, NULL);
}
END_TEST

START_TEST(secret_from_the_environment_is_fine)
{
  setenv("T_TOKEN", "not-a-real-one", 1);
  expect_warning("token: ${T_TOKEN}\npassword: ''\ntoken_file: /x\ntoken_endpoint: y\n", 0644,
                 NULL);
}
END_TEST

static TCase *case_load(void)
{
  TCase *c = tcase_create("load");
  tcase_add_checked_fixture(c, make_folder, remove_folder);
  tcase_add_loop_test(c, the_name_tells_the_form, 0, sizeof(names) / sizeof(names[0]));
  tcase_add_loop_test(c, standard_input_is_looked_at, 0, sizeof(inputs) / sizeof(inputs[0]));
  tcase_add_test(c, standard_input_may_hold_libconfig_groups);
  tcase_add_test(c, absent_files_are_named);
  tcase_add_test(c, folders_are_no_files);
  tcase_add_test(c, endless_files_are_cut_short);
  tcase_add_test(c, secret_that_everyone_reads_is_warned_of);
  tcase_add_test(c, secret_that_the_group_reads_is_warned_of);
  tcase_add_test(c, private_file_is_fine);
  tcase_add_test(c, secret_from_the_environment_is_fine);
  return c;
}

SUITE("load", case_load())
