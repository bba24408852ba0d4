/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "settings.h"
#include "support/tmpdir.h"

#include <string.h>

static dh_context *context;
static char *dir;
static authd_settings settings;

static dh_status load(const char *text, dh_error *error)
{
  char *path = test_file_text(dir, "authd.cfg", text);
  dh_status status = authd_settings_load(&settings, context, path, error);
  free(path);
  return status;
}

static void refused(const char *text, const char *words)
{
  dh_error error;
  ck_assert_int_eq(load(text, &error), DH_MISCONFIGURED);
  ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
  ck_assert_msg(strstr(error.message, "authd.cfg") != NULL, "%s", error.message);
}

static void setup(void)
{
  context = dh_context_new(NULL, NULL);
  dir = test_tmpdir_new();
  memset(&settings, 0, sizeof(settings));
}

static void teardown(void)
{
  authd_settings_free(&settings);
  test_tmpdir_remove(dir);
  dh_context_free(context);
}

START_TEST(defaults_stand_without_an_authd_map)
{
  dh_error error;
  ck_assert_int_eq(load("verifier = { stack = (); };", &error), DH_OK);
  ck_assert_str_eq(dh_options_text(settings.options, "listen"), "127.0.0.1:9099");
  ck_assert_int_eq(dh_options_number(settings.options, "max_header_size"), 32768);
  ck_assert_int_eq(dh_options_number(settings.options, "rate_limit"), 0);
}
END_TEST

START_TEST(verifier_is_found)
{
  dh_error error;
  ck_assert_int_eq(load("verifier = { stack = (); };", &error), DH_OK);
  ck_assert_ptr_nonnull(dh_config_get(authd_settings_verifier(&settings), "stack"));
}
END_TEST

START_TEST(misspelled_verifier_is_refused)
{
  refused("verifer = { stack = (); };", "\"verifer\" is not known");
}
END_TEST

START_TEST(missing_verifier_is_refused)
{
  refused("authd = { realm = \"x\"; };", "verifier");
}
END_TEST

START_TEST(misspelled_option_names_the_nearest)
{
  refused("verifier = { stack = (); };\nauthd = { rate_limt = 5; };", "rate_limit");
}
END_TEST

START_TEST(number_out_of_range_is_refused)
{
  refused("verifier = { stack = (); };\nauthd = { threads = 0; };", "threads");
}
END_TEST

START_TEST(missing_file_is_named)
{
  dh_error error;
  char *path = test_path(dir, "absent.cfg");
  ck_assert_int_ne(authd_settings_load(&settings, context, path, &error), DH_OK);
  ck_assert_ptr_nonnull(strstr(error.message, "absent.cfg"));
  free(path);
}
END_TEST

static TCase *case_settings(void)
{
  TCase *tc = tcase_create("settings");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, defaults_stand_without_an_authd_map);
  tcase_add_test(tc, verifier_is_found);
  tcase_add_test(tc, misspelled_verifier_is_refused);
  tcase_add_test(tc, missing_verifier_is_refused);
  tcase_add_test(tc, misspelled_option_names_the_nearest);
  tcase_add_test(tc, number_out_of_range_is_refused);
  tcase_add_test(tc, missing_file_is_named);
  return tc;
}

SUITE("authd_settings", case_settings())
