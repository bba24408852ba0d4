/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "trees.h"

#include <stdio.h>

static const char *const modes[] = {"SYNC", "ASYNC", "ASYNC_BATCH", NULL};

static const dh_option table[] = {
    {.name = "string", .type = DH_OPT_STRING, .default_value = "text"},
    {.name = "secret", .type = DH_OPT_SECRET},
    {.name = "integer", .type = DH_OPT_INTEGER, .default_value = "4", .min = -1, .max = 10},
    {.name = "boolean", .type = DH_OPT_BOOLEAN, .default_value = "yes"},
    {.name = "duration", .type = DH_OPT_DURATION, .default_value = "30s", .min = 1, .max = 60000},
    {.name = "size", .type = DH_OPT_SIZE, .default_value = "15M"},
    {.name = "path", .type = DH_OPT_PATH},
    {.name = "url", .type = DH_OPT_URL},
    {.name = "mode", .type = DH_OPT_ENUM, .default_value = "async", .choices = modes},
    {.name = "list", .type = DH_OPT_LIST, .default_value = "429,500"},
    {.name = "map", .type = DH_OPT_MAP, .flags = DH_OPT_SENSITIVE, .default_value = "a=1,b"},
    {.name = "old", .type = DH_OPT_STRING, .flags = DH_OPT_DEPRECATED, .help = "use string"},
    {.name = NULL},
};

static const dh_option strict[] = {
    {.name = "server", .type = DH_OPT_URL, .flags = DH_OPT_REQUIRED, .help = "where GMS is"},
    {.name = "token", .type = DH_OPT_SECRET, .flags = DH_OPT_REQUIRED},
    {.name = NULL},
};

static dh_context *context;
static char logged[512];

static void keep_line(void *arg, dh_log_level level, const char *line)
{
  (void)arg;
  (void)level;
  snprintf(logged, sizeof(logged), "%s", line);
}

static void make_context(void)
{
  dh_context_options options = {
      .struct_size = sizeof(options), .log_level = DH_LOG_DEBUG, .log = keep_line};
  context = dh_context_new(&options, NULL);
  logged[0] = '\0';
}

static void free_context(void)
{
  dh_context_free(context);
}

static dh_options *check(const dh_option *options, const char *yaml, dh_error *error)
{
  dh_config *root = read_tree(YML, yaml, error);
  ck_assert_msg(root != NULL, "%s", error->message);
  dh_options *checked = dh_options_check(context, options, "module", root, NULL, error);
  dh_config_free(root);
  return checked;
}

static dh_options *good(const char *yaml)
{
  dh_error error;
  dh_options *options = check(table, yaml, &error);
  ck_assert_msg(options != NULL, "%s", error.message);
  return options;
}

static void bad(const dh_option *options, const char *yaml, const char *message)
{
  dh_error error;
  ck_assert_ptr_null(check(options, yaml, &error));
  ck_assert_str_eq(error.message, message);
  ck_assert_int_eq(error.status, DH_MISCONFIGURED);
}

/* --- values --- */

START_TEST(defaults_are_converted)
{
  dh_error error;
  dh_options *o = dh_options_check(context, table, "module", NULL, NULL, &error);
  ck_assert_msg(o != NULL, "%s", error.message);
  ck_assert_str_eq(dh_options_text(o, "string"), "text");
  ck_assert_int_eq(dh_options_number(o, "integer"), 4);
  ck_assert_int_eq(dh_options_number(o, "boolean"), 1);
  ck_assert_int_eq(dh_options_number(o, "duration"), 30000);
  ck_assert_int_eq(dh_options_number(o, "size"), 15728640);
  ck_assert_str_eq(dh_options_text(o, "mode"), "ASYNC");
  ck_assert_uint_eq(dh_options_count(o, "list"), 2);
  ck_assert_str_eq(dh_options_item(o, "list", 1), "500");
  ck_assert_uint_eq(dh_options_count(o, "map"), 2);
  ck_assert_str_eq(dh_options_key(o, "map", 0), "a");
  ck_assert_str_eq(dh_options_item(o, "map", 0), "1");
  ck_assert_int_eq(dh_options_given(o, "string"), 0);
  ck_assert_uint_eq(dh_options_count(o, "string"), 1);
  ck_assert_str_eq(dh_options_where(o, "string"), "module");
  dh_options_free(o);
}
END_TEST

START_TEST(what_is_not_given_is_empty)
{
  dh_options *o = good("string: x");
  ck_assert_ptr_null(dh_options_secret(o, "secret"));
  ck_assert_ptr_null(dh_options_text(o, "url"));
  ck_assert_uint_eq(dh_options_count(o, "url"), 0);
  ck_assert_ptr_null(dh_options_item(o, "list", 2));
  ck_assert_ptr_null(dh_options_key(o, "list", 0));
  ck_assert_str_eq(dh_options_where(o, "url"), "f.yml:1");
  dh_options_free(o);
  dh_options_free(NULL);
}
END_TEST

START_TEST(names_that_nobody_declared_are_empty)
{
  dh_options *o = good("");
  ck_assert_ptr_null(dh_options_text(o, "nope"));
  ck_assert_int_eq(dh_options_number(o, "nope"), 0);
  ck_assert_ptr_null(dh_options_secret(o, "nope"));
  ck_assert_uint_eq(dh_options_count(o, "nope"), 0);
  ck_assert_int_eq(dh_options_given(o, "nope"), 0);
  ck_assert_ptr_nonnull(dh_options_where(o, "nope"));
  dh_options_free(o);
}
END_TEST

START_TEST(given_values_are_converted)
{
  dh_options *o = good("string: 5\ninteger: -1\nboolean: Off\nduration: 250ms\nsize: 64K\n"
                       "path: /etc/x\nurl: HTTPS://h.example.com:8080/x?y=1\nmode: async_batch\n"
                       "list: [a, b]\nmap: {X-A: 1, X-B: two}\n");
  ck_assert_str_eq(dh_options_text(o, "string"), "5");
  ck_assert_int_eq(dh_options_number(o, "integer"), -1);
  ck_assert_int_eq(dh_options_number(o, "boolean"), 0);
  ck_assert_int_eq(dh_options_number(o, "duration"), 250);
  ck_assert_int_eq(dh_options_number(o, "size"), 65536);
  ck_assert_str_eq(dh_options_text(o, "path"), "/etc/x");
  ck_assert_str_eq(dh_options_text(o, "url"), "HTTPS://h.example.com:8080/x?y=1");
  ck_assert_str_eq(dh_options_text(o, "mode"), "ASYNC_BATCH");
  ck_assert_str_eq(dh_options_item(o, "list", 1), "b");
  ck_assert_str_eq(dh_options_key(o, "map", 1), "X-B");
  ck_assert_str_eq(dh_options_item(o, "map", 1), "two");
  ck_assert_str_eq(dh_options_where(o, "mode"), "f.yml:8");
  ck_assert_int_eq(dh_options_given(o, "mode"), 1);
  dh_options_free(o);
}
END_TEST

START_TEST(one_text_is_a_list_of_one)
{
  dh_options *o = good("list: a,b");
  ck_assert_uint_eq(dh_options_count(o, "list"), 1);
  ck_assert_str_eq(dh_options_item(o, "list", 0), "a,b");
  dh_options_free(o);
}
END_TEST

START_TEST(empty_list_replaces_the_default)
{
  dh_options *o = good("list: []");
  ck_assert_uint_eq(dh_options_count(o, "list"), 0);
  dh_options_free(o);
}
END_TEST

START_TEST(null_is_not_given)
{
  dh_options *o = good("string: ~\nlist: ~\n");
  ck_assert_str_eq(dh_options_text(o, "string"), "text");
  ck_assert_int_eq(dh_options_given(o, "list"), 0);
  dh_options_free(o);
}
END_TEST

START_TEST(empty_secret_is_not_given)
{
  dh_options *o = good("secret: '${T_UNSET:-}'");
  ck_assert_ptr_null(dh_options_secret(o, "secret"));
  dh_options_free(o);
}
END_TEST

START_TEST(secret_is_kept_and_hidden)
{
  size_t size;
  dh_options *o = good("secret: open-sesame");
  ck_assert_str_eq(dh_secret_bytes(dh_options_secret(o, "secret"), &size), "open-sesame");
  ck_assert_ptr_null(dh_options_text(o, "secret"));
  dh_log(context, DH_LOG_INFO, "<%s>", "open-sesame");
  ck_assert_str_eq(logged, "<[redacted]>");
  dh_options_free(o);
}
END_TEST

START_TEST(tilde_is_the_home_folder)
{
  setenv("HOME", "/home/nobody", 1);
  dh_options *o = good("path: ~/a/b");
  ck_assert_str_eq(dh_options_text(o, "path"), "/home/nobody/a/b");
  dh_options_free(o);
  o = good("path: a/~/b");
  ck_assert_str_eq(dh_options_text(o, "path"), "a/~/b");
  dh_options_free(o);
}
END_TEST

START_TEST(deprecated_option_warns_with_its_help)
{
  dh_options *o = good("old: x");
  ck_assert_str_eq(logged, "f.yml:1: option \"old\" of module is deprecated: use string");
  dh_options_free(o);
}
END_TEST

START_TEST(ignored_keys_are_left_to_others)
{
  static const char *const ignored[] = {"auth", "plugin", NULL};
  dh_error error;
  dh_config *root = read_tree(YML, "auth: [1]\nstring: x\n", &error);
  dh_options *o = dh_options_check(context, table, "module", root, ignored, &error);
  ck_assert_msg(o != NULL, "%s", error.message);
  dh_options_free(o);
  dh_config_set(root, "plugn", "x", NULL);
  ck_assert_ptr_null(dh_options_check(context, table, "module", root, ignored, &error));
  ck_assert_str_eq(error.message,
                   "f.yml:1: module has no option \"plugn\"; did you mean \"plugin\"?");
  dh_config_free(root);
}
END_TEST

/* --- faults --- */

static const char *const faults[][2] = {
    {"a: 1\nstrng: x", "f.yml:1: module has no option \"a\"; it takes: string, secret, integer, "
                       "boolean, duration, size, path, url, mode, list, map"},
    {"strng: x", "f.yml:1: module has no option \"strng\"; did you mean \"string\"?"},
    {"integer: five", "f.yml:1: option \"integer\" of module: \"five\" is not a whole number"},
    {"integer: 1.5", "f.yml:1: option \"integer\" of module: \"1.5\" is not a whole number"},
    {"integer: 11",
     "f.yml:1: option \"integer\" of module: 11 is out of range: it must lie between -1 and 10"},
    {"integer: -2",
     "f.yml:1: option \"integer\" of module: -2 is out of range: it must lie between -1 and 10"},
    {"integer: 99999999999999999999",
     "f.yml:1: option \"integer\" of module: \"99999999999999999999\" is not a whole number"},
    {"boolean: maybe", "f.yml:1: option \"boolean\" of module: \"maybe\" is not true or false"},
    {"duration: soon", "f.yml:1: option \"duration\" of module: \"soon\" is not a time; write 30 "
                       "(seconds), \"250ms\", \"5m\", \"2h\" or \"7d\""},
    {"duration: 2m", "f.yml:1: option \"duration\" of module: 120000 ms is out of range: it must "
                     "lie between 1 and 60000 ms"},
    {"size: big", "f.yml:1: option \"size\" of module: \"big\" is not a size; write 512 (bytes), "
                  "\"64K\", \"15M\" or \"2G\""},
    {"path: ''", "f.yml:1: option \"path\" of module: the path is empty"},
    {"url: localhost:8080",
     "f.yml:1: option \"url\" of module: a URL must begin with http:// or https://"},
    {"url: 'http://a b'", "f.yml:1: option \"url\" of module: a URL holds no spaces"},
    {"url: 'http://user:open-sesame@:x/'",
     "f.yml:1: option \"url\" of module: this is not a URL; write for example "
     "https://datahub.example.com/api/gms"},
    {"mode: asynch", "f.yml:1: option \"mode\" of module: \"asynch\" is not one of SYNC, ASYNC, "
                     "ASYNC_BATCH; did you mean \"ASYNC\"?"},
    {"mode: x", "f.yml:1: option \"mode\" of module: \"x\" is not one of SYNC, ASYNC, ASYNC_BATCH"},
    {"string: [a]", "f.yml:1: option \"string\" of module: must be a single value, not a list"},
    {"secret: {a: open-sesame}",
     "f.yml:1: option \"secret\" of module: must be a single value, not a map of keys and values"},
    {"list: {a: b}",
     "f.yml:1: option \"list\" of module: must be a list, not a map of keys and values"},
    {"list:\n- a\n- [b]",
     "f.yml:3: option \"list\" of module: item 2 of the list must be a single text"},
    {"map: open-sesame",
     "f.yml:1: option \"map\" of module: must be a map of keys and values, not a single value"},
    {"map:\n  a: [open-sesame]",
     "f.yml:2: option \"map\" of module: the value of \"a\" must be a single text"},
    {"- a", "f.yml:1: the options of module must be a map of keys and values, not a list"},
};

START_TEST(faults_are_named)
{
  bad(table, faults[_i][0], faults[_i][1]);
}
END_TEST

START_TEST(long_values_are_cut_and_tokens_hidden)
{
  bad(table, "integer: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
      "f.yml:1: option \"integer\" of module: "
      "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...\" is not a whole number");
  bad(table, "integer: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
      "f.yml:1: option \"integer\" of module: \"[redacted]\" is not a whole number");
}
END_TEST

START_TEST(required_options_are_asked_for)
{
  bad(strict, "{}", "f.yml:1: module needs the option \"server\" (where GMS is); add it");
  bad(strict, "server: ''",
      "f.yml:1: module needs the option \"server\", but it is empty (where GMS is)");
  bad(strict, "server: http://x\ntoken: ''\n",
      "f.yml:2: module needs the option \"token\", but it is empty");
}
END_TEST

START_TEST(module_without_options_takes_none)
{
  bad(NULL, "a: 1", "f.yml:1: module has no option \"a\": it takes none; remove it");
}
END_TEST

START_TEST(error_may_be_null)
{
  dh_error error;
  dh_config *root = read_tree(YML, "a: 1", &error);
  ck_assert_ptr_null(dh_options_check(context, table, "module", root, NULL, NULL));
  dh_config_free(root);
}
END_TEST

static const dh_option nested[] = {
    {.name = "link.host", .type = DH_OPT_STRING, .default_value = "localhost"},
    {.name = "link.more", .type = DH_OPT_MAP},
    {.name = "back.server", .type = DH_OPT_URL},
    {.name = NULL},
};

START_TEST(a_name_with_dots_is_a_path_of_maps)
{
  dh_error error;
  dh_options *o = check(nested, "link:\n  host: h\n  more:\n    a.b: c\n", &error);
  ck_assert_msg(o != NULL, "%s", error.message);
  ck_assert_str_eq(dh_options_text(o, "link.host"), "h");
  ck_assert_str_eq(dh_options_key(o, "link.more", 0), "a.b");
  ck_assert_str_eq(dh_options_where(o, "link.host"), "f.yml:2");
  dh_options_free(o);
  o = check(nested, "link:\n", &error);
  ck_assert_msg(o != NULL, "%s", error.message);
  ck_assert_str_eq(dh_options_text(o, "link.host"), "localhost");
  dh_options_free(o);
}
END_TEST

START_TEST(an_unknown_key_in_a_map_of_options_is_named_whole)
{
  dh_error error;
  ck_assert_ptr_null(check(nested, "link:\n  hots: h\n", &error));
  ck_assert_str_eq(error.message, "f.yml:2: module has no option \"link.hots\"; did you mean "
                                  "\"link.host\"?");
  ck_assert_ptr_null(check(nested, "link: text\n", &error));
  ck_assert_str_eq(error.message, "f.yml:1: \"link\" of module must be a map of options");
}
END_TEST

START_TEST(keys_in_a_map_may_be_anothers)
{
  static const char *const others[] = {"back.token", "far.x", NULL};
  static const char *const yaml[] = {"back: {server: 'http://h', token: t}", "far: {x: 1, y: 2}",
                                     "back: {token: t, tokens: t}"};
  dh_error error;
  for (size_t i = 0; i < 3; i++) {
    dh_config *root = read_tree(YML, yaml[i], &error);
    dh_options *o = dh_options_check(NULL, nested, "module", root, others, &error);
    ck_assert_msg((o != NULL) == (i < 2), "%s", yaml[i]);
    dh_options_free(o);
    dh_config_free(root);
  }
}
END_TEST

static TCase *case_values(void)
{
  TCase *c = tcase_create("values");
  tcase_add_checked_fixture(c, make_context, free_context);
  tcase_add_test(c, defaults_are_converted);
  tcase_add_test(c, what_is_not_given_is_empty);
  tcase_add_test(c, names_that_nobody_declared_are_empty);
  tcase_add_test(c, given_values_are_converted);
  tcase_add_test(c, one_text_is_a_list_of_one);
  tcase_add_test(c, empty_list_replaces_the_default);
  tcase_add_test(c, null_is_not_given);
  tcase_add_test(c, empty_secret_is_not_given);
  tcase_add_test(c, secret_is_kept_and_hidden);
  tcase_add_test(c, tilde_is_the_home_folder);
  tcase_add_test(c, deprecated_option_warns_with_its_help);
  tcase_add_test(c, ignored_keys_are_left_to_others);
  tcase_add_test(c, a_name_with_dots_is_a_path_of_maps);
  tcase_add_test(c, keys_in_a_map_may_be_anothers);
  return c;
}

static TCase *case_faults(void)
{
  TCase *c = tcase_create("faults");
  tcase_add_checked_fixture(c, make_context, free_context);
  tcase_add_loop_test(c, faults_are_named, 0, sizeof(faults) / sizeof(faults[0]));
  tcase_add_test(c, long_values_are_cut_and_tokens_hidden);
  tcase_add_test(c, required_options_are_asked_for);
  tcase_add_test(c, module_without_options_takes_none);
  tcase_add_test(c, error_may_be_null);
  tcase_add_test(c, an_unknown_key_in_a_map_of_options_is_named_whole);
  return c;
}

SUITE("options", case_values(), case_faults())
