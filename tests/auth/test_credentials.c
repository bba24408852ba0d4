/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a sink's configuration to a credential, through the real modules.
 */
#include "auth/support.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define GMS "https://gms.example.com:8080/api/gms"

static auth_fixture f;
static char *dir;

static void setup(void)
{
  auth_setup(&f);
  dir = test_tmpdir_new();
}

static void teardown(void)
{
  auth_teardown(&f);
  test_tmpdir_remove(dir);
}

/* The sink's credential, once. */
static const char *once(const char *sink)
{
  dh_credentials *credentials = auth_open(&f, sink, GMS);
  const char *got = auth_get(&f, credentials);
  dh_credentials_close(credentials);
  return got;
}

static char *file_sink(const char *path, const char *more)
{
  char *text;
  ck_assert_int_gt(asprintf(&text,
                            "auth = ({control = \"required\"; plugin = \"file\"; "
                            "config = {path = \"%s\"; %s};});",
                            path, more),
                   0);
  return text;
}

/* --- the sink's own --- */

START_TEST(token_is_static)
{
  ck_assert_str_eq(once("token = \"abc.def\";"), "Bearer abc.def");
}
END_TEST

START_TEST(token_loses_its_line_break)
{
  ck_assert_str_eq(once("token = \"abc\\n\";"), "Bearer abc");
}
END_TEST

START_TEST(token_and_auth_together_are_refused)
{
  auth_open_fails(&f, "token = \"abc\"; auth = {type = \"env\";};", GMS, DH_MISCONFIGURED,
                  "both `token` and `auth`");
}
END_TEST

START_TEST(python_map)
{
  ck_assert_str_eq(once("auth = {type = \"static\"; config = {token = \"abc\";};};"), "Bearer abc");
}
END_TEST

START_TEST(python_map_with_an_unknown_key)
{
  auth_open_fails(&f, "auth = {typ = \"static\";};", GMS, DH_MISCONFIGURED, "no key `typ`");
}
END_TEST

START_TEST(unknown_module)
{
  auth_open_fails(&f, "auth = {type = \"nosuch\";};", GMS, DH_UNAVAILABLE, "nosuch");
}
END_TEST

START_TEST(unknown_option_names_the_line)
{
  auth_open_fails(&f,
                  "auth = ({control = \"required\"; plugin = \"env\";\nconfig = {varable = 1;};});",
                  GMS, DH_MISCONFIGURED, "test.cfg:2");
}
END_TEST

START_TEST(empty_list_is_no_credential)
{
  ck_assert_str_eq(once("auth = ();"), "none");
}
END_TEST

START_TEST(stack_falls_through_to_the_next)
{
  char *path = test_file_text(dir, "token", "from-file\n"), *sink;
  chmod(path, 0600);
  ck_assert_int_gt(asprintf(&sink,
                            "auth = ({control = \"sufficient\"; plugin = \"env\"; config = "
                            "{variable = \"NO_SUCH_TOKEN\";};}, {control = \"required\"; plugin = "
                            "\"file\"; config = {path = \"%s\";};});",
                            path),
                   0);
  ck_assert_str_eq(once(sink), "Bearer from-file");
  setenv("NO_SUCH_TOKEN", "from-env", 1);
  ck_assert_str_eq(once(sink), "Bearer from-env");
  unsetenv("NO_SUCH_TOKEN");
  free(sink);
  free(path);
}
END_TEST

START_TEST(stack_failure_names_module_and_cause)
{
  ck_assert_str_eq(once("auth = ({control = \"required\"; plugin = \"env\"; config = {variable = "
                        "\"NO_SUCH_TOKEN\";};});"),
                   "unavailable: env: the environment variable NO_SUCH_TOKEN is not set");
}
END_TEST

static const char *const examples[] = {"auth-client.yml", "auth-exchange.cfg", "auth-helper.cfg",
                                       "auth-kubernetes.cfg"};

/* Those of doc/credentials.md: every module and option in them is one that there is. */
START_TEST(example_opens)
{
  char path[512];
  snprintf(path, sizeof(path), "%s/examples/config/%s", SRCDIR, examples[_i]);
  dh_config *config = dh_config_load(f.context, path, &f.error);
  ck_assert_msg(config, "%s", f.error.message);
  dh_credentials *credentials =
      dh_credentials_open(f.context, dh_config_get(config, "sink.config"), GMS, &f.error);
  ck_assert_msg(credentials, "%s", f.error.message);
  dh_credentials_close(credentials);
  dh_config_free(config);
}
END_TEST

/* --- the file module through its life --- */

START_TEST(file_is_read_again_when_it_is_replaced)
{
  char *path = test_file(dir, "token", "one\n", 4, 0600), *sink = file_sink(path, "");
  dh_credentials *credentials = auth_open(&f, sink, GMS);
  ck_assert_str_eq(auth_get(&f, credentials), "Bearer one");
  char *aside = test_file(dir, "aside", "two\n", 4, 0600);
  ck_assert_int_eq(rename(aside, path), 0);
  auth_advance(&f, 60000);
  ck_assert_str_eq(auth_get(&f, credentials), "Bearer two");
  dh_credentials_close(credentials);
  free(aside);
  free(sink);
  free(path);
}
END_TEST

START_TEST(file_that_others_may_read_is_refused)
{
  char *path = test_file(dir, "token", "one\n", 4, 0644), *sink = file_sink(path, "");
  ck_assert_ptr_nonnull(strstr(once(sink), "chmod o-rw"));
  ck_assert_int_eq(f.error.status, DH_DENIED);
  free(sink);
  sink = file_sink(path, "allow_readable = true;");
  ck_assert_str_eq(once(sink), "Bearer one");
  free(sink);
  free(path);
}
END_TEST

START_TEST(rejected_credential_is_asked_for_anew)
{
  char *path = test_file(dir, "token", "one\n", 4, 0600), *sink = file_sink(path, "");
  dh_credentials *credentials = auth_open(&f, sink, GMS);
  dh_credential *first;
  ck_assert_int_eq(dh_credentials_get(credentials, 20000, &first, NULL), DH_OK);
  free(test_file(dir, "token", "two\n", 4, 0600));
  ck_assert_str_eq(auth_get(&f, credentials), "Bearer one");
  dh_credentials_reject(credentials, first);
  ck_assert_str_eq(auth_get(&f, credentials), "Bearer two");
  dh_credential_unref(first);
  dh_credentials_close(credentials);
  free(sink);
  free(path);
}
END_TEST

static TCase *case_own(void)
{
  TCase *c = tcase_create("own");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, token_is_static);
  tcase_add_test(c, token_loses_its_line_break);
  tcase_add_test(c, token_and_auth_together_are_refused);
  tcase_add_test(c, python_map);
  tcase_add_test(c, python_map_with_an_unknown_key);
  tcase_add_test(c, unknown_module);
  tcase_add_test(c, unknown_option_names_the_line);
  tcase_add_test(c, empty_list_is_no_credential);
  tcase_add_test(c, stack_falls_through_to_the_next);
  tcase_add_test(c, stack_failure_names_module_and_cause);
  tcase_add_loop_test(c, example_opens, 0, 4);
  return c;
}

static TCase *case_file(void)
{
  TCase *c = tcase_create("file");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, file_is_read_again_when_it_is_replaced);
  tcase_add_test(c, file_that_others_may_read_is_refused);
  tcase_add_test(c, rejected_credential_is_asked_for_anew);
  return c;
}

SUITE("credentials", case_own(), case_file())
