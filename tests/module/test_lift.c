/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "module/load.h"

#include <stddef.h>
#include <string.h>

static dh_error error;
static dh_lifted lifted;

static dh_status nothing_open(const dh_host *host, const dh_options *options, void **self,
                              dh_error *e)
{
  (void)host;
  (void)options;
  (void)self;
  (void)e;
  return DH_IGNORE;
}

static dh_status nothing_verify(void *self, const dh_presented *presented, dh_principal *principal,
                                dh_error *e)
{
  (void)self;
  (void)presented;
  (void)principal;
  (void)e;
  return DH_IGNORE;
}

static void nothing_close(void *self)
{
  (void)self;
}

static dh_verifier_role verifier;
static dh_credential_role credential;
static dh_sink_role sink;
static dh_option options[3];
static dh_plugin plugin;

/* A descriptor that is good; each test spoils one thing. */
static void up(void)
{
  static const dh_option good[3] = {
      {"one", DH_OPT_STRING, 0, NULL, NULL, 0, 0, "One."},
      {"two", DH_OPT_INTEGER, 0, "2", NULL, 0, 9, "Two."},
      {NULL, DH_OPT_STRING, 0, NULL, NULL, 0, 0, NULL},
  };
  memcpy(options, good, sizeof(good));
  verifier = (dh_verifier_role){sizeof(verifier), 0, nothing_open, nothing_verify, nothing_close};
  plugin = (dh_plugin){
      .struct_size = sizeof(plugin),
      .abi = DH_ABI,
      .needs = DH_ABI_MAKE(1, 0),
      .option_size = sizeof(dh_option),
      .name = "good-1_x",
      .version = "1",
      .summary = "s",
      .license = "Apache-2.0",
      .options = options,
      .verifier = &verifier,
  };
}

static void down(void)
{
  free(lifted.options);
  lifted.options = NULL;
}

static void refused(dh_status status, const char *words)
{
  ck_assert_int_eq(dh_lift(&lifted, &plugin, "/m.so", &error), status);
  ck_assert_msg(strstr(error.message, words) != NULL, "'%s' is not in: %s", words, error.message);
  ck_assert_msg(!strncmp(error.message, "/m.so", 5), "the file is not named: %s", error.message);
}

START_TEST(a_good_one_is_copied)
{
  ck_assert_int_eq(dh_lift(&lifted, &plugin, "/m.so", &error), DH_OK);
  ck_assert_str_eq(lifted.plugin.name, "good-1_x");
  ck_assert_str_eq(lifted.plugin.options[1].name, "two");
  ck_assert_ptr_null(lifted.plugin.options[2].name);
  ck_assert_ptr_eq(lifted.plugin.verifier, &lifted.verifier);
  ck_assert_ptr_null(lifted.plugin.credential);
}
END_TEST

START_TEST(options_of_a_newer_minor_are_cut)
{
  struct longer {
    dh_option option;
    void *more;
  } table[] = {{options[0], &plugin}, {options[1], &plugin}, {options[2], NULL}};
  plugin.options = &table[0].option;
  plugin.option_size = sizeof(table[0]);
  ck_assert_int_eq(dh_lift(&lifted, &plugin, "/m.so", &error), DH_OK);
  ck_assert_str_eq(lifted.plugin.options[1].name, "two");
  ck_assert_uint_eq(lifted.plugin.option_size, sizeof(dh_option));
}
END_TEST

START_TEST(a_role_of_a_newer_minor_is_cut)
{
  struct longer {
    dh_verifier_role role;
    void *more;
  } longer = {verifier, &plugin};
  longer.role.struct_size = sizeof(longer);
  plugin.verifier = &longer.role;
  ck_assert_int_eq(dh_lift(&lifted, &plugin, "/m.so", &error), DH_OK);
  ck_assert_uint_eq(lifted.plugin.verifier->struct_size, sizeof(dh_verifier_role));
}
END_TEST

START_TEST(sizes_that_cannot_be)
{
  static const uint32_t sizes[] = {0, 4, 70000, UINT32_MAX};
  for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
    plugin.struct_size = sizes[i];
    refused(DH_MALFORMED, "struct_size");
  }
}
END_TEST

START_TEST(too_small_for_1_0)
{
  plugin.struct_size = offsetof(dh_plugin, license);
  refused(DH_MALFORMED, "less than version 1.0's");
}
END_TEST

START_TEST(another_major_is_told_first)
{
  plugin.abi = DH_ABI_MAKE(3, 1);
  plugin.name = NULL;
  refused(DH_MISCONFIGURED, "built for version 3.1");
}
END_TEST

START_TEST(needs_more)
{
  plugin.needs = DH_ABI_MAKE(1, 7);
  refused(DH_MISCONFIGURED, "needs version 1.7");
}
END_TEST

START_TEST(names_that_cannot_be)
{
  static const char *const names[] = {
      NULL,  "",   "a b",
      "a/b", "..", "a123456789012345678901234567890123456789012345678901234567890123456789"};
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
    plugin.name = names[i];
    refused(DH_MALFORMED, "no valid name");
  }
}
END_TEST

START_TEST(texts_that_are_missing)
{
  plugin.license = NULL;
  refused(DH_MALFORMED, "lacks a license");
  plugin.summary = NULL;
  refused(DH_MALFORMED, "lacks a summary");
  plugin.version = NULL;
  refused(DH_MALFORMED, "lacks a version");
}
END_TEST

START_TEST(no_role)
{
  plugin.verifier = NULL;
  refused(DH_MALFORMED, "fills no role");
}
END_TEST

START_TEST(a_role_without_its_functions)
{
  verifier.verify = NULL;
  refused(DH_MALFORMED, "its verifier role has no function 'verify'");
  credential = (dh_credential_role){.struct_size = sizeof(credential), .open = nothing_open};
  plugin.credential = &credential;
  refused(DH_MALFORMED, "its credential role has no function 'acquire'");
  plugin.credential = NULL;
  plugin.verifier = NULL;
  sink = (dh_sink_role){.struct_size = sizeof(sink)};
  plugin.sink = &sink;
  refused(DH_MALFORMED, "its sink role has no function 'open'");
}
END_TEST

START_TEST(a_role_without_its_size)
{
  verifier.struct_size = 0;
  refused(DH_MALFORMED, "struct_size of its verifier role is 0");
}
END_TEST

START_TEST(option_size_that_cannot_be)
{
  plugin.option_size = 8;
  refused(DH_MALFORMED, "option_size is 8");
  plugin.option_size = sizeof(dh_option) + 1;
  refused(DH_MALFORMED, "option_size");
}
END_TEST

START_TEST(options_that_cannot_be)
{
  options[1].name = "one";
  refused(DH_MALFORMED, "'one' is declared twice");
  options[1].name = "two words";
  refused(DH_MALFORMED, "option 2 has no valid name");
  options[1].name = "two..words";
  refused(DH_MALFORMED, "option 2 has no valid name");
  options[1].name = "two";
  options[1].type = (dh_option_type)99;
  refused(DH_MALFORMED, "'two' is of type 99");
  options[1].type = DH_OPT_ENUM;
  refused(DH_MALFORMED, "'two' is an enum without choices");
}
END_TEST

static TCase *case_lift(void)
{
  TCase *c = tcase_create("lift");
  tcase_add_checked_fixture(c, up, down);
  tcase_add_test(c, a_good_one_is_copied);
  tcase_add_test(c, options_of_a_newer_minor_are_cut);
  tcase_add_test(c, a_role_of_a_newer_minor_is_cut);
  tcase_add_test(c, sizes_that_cannot_be);
  tcase_add_test(c, too_small_for_1_0);
  tcase_add_test(c, another_major_is_told_first);
  tcase_add_test(c, needs_more);
  tcase_add_test(c, names_that_cannot_be);
  tcase_add_test(c, texts_that_are_missing);
  tcase_add_test(c, no_role);
  tcase_add_test(c, a_role_without_its_functions);
  tcase_add_test(c, a_role_without_its_size);
  tcase_add_test(c, option_size_that_cannot_be);
  tcase_add_test(c, options_that_cannot_be);
  return c;
}

SUITE("module descriptors", case_lift())
