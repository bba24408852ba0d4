/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "base/context.h"
#include "module/module.h"
#include "support/tmpdir.h"

#include <openssl/evp.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static dh_context *context;
static char *dir;
static dh_error error;

static void up(void)
{
  dir = test_tmpdir_new();
  dh_context_options options = {.struct_size = sizeof(options), .plugin_path = dir};
  context = dh_context_new(&options, NULL);
}

static void down(void)
{
  dh_context_free(context);
  test_tmpdir_remove(dir);
}

/* Puts a copy of a built fixture at DIR/AS.so; the caller frees its path. */
static char *put_in(const char *folder, const char *fixture, const char *as)
{
  size_t size;
  char name[100];
  char built[4096];
  snprintf(built, sizeof(built), BUILDDIR "/tests/module/fixtures/.libs/%s.so", fixture);
  char *bytes = test_read(built, &size);
  snprintf(name, sizeof(name), "%s.so", as);
  char *path = test_file(folder, name, bytes, size, 0755);
  free(bytes);
  return path;
}

static char *put(const char *fixture)
{
  return put_in(dir, fixture, fixture);
}

static void refused(const char *name, const char *sha256, dh_status status, const char *words)
{
  dh_module *module = dh_module_load(context, name, sha256, &error);
  ck_assert_msg(!module, "%s was loaded", name);
  ck_assert_msg(error.status == status, "%s: %s", dh_status_name(error.status), error.message);
  ck_assert_msg(strstr(error.message, words) != NULL, "'%s' is not in: %s", words, error.message);
}

static dh_module *loaded(const char *name)
{
  dh_module *module = dh_module_load(context, name, NULL, &error);
  ck_assert_msg(module != NULL, "%s", error.message);
  return module;
}

/* --- what loads --- */

START_TEST(a_module_is_found_by_name)
{
  char *path = put("good");
  dh_module *module = loaded("good");
  const dh_plugin *plugin = dh_module_descriptor(module);
  char *real = realpath(path, NULL);
  ck_assert_str_eq(plugin->name, "good");
  ck_assert_str_eq(plugin->version, "1.2.3");
  ck_assert_ptr_nonnull(plugin->credential);
  ck_assert_ptr_nonnull(plugin->verifier);
  ck_assert_ptr_nonnull(plugin->sink);
  ck_assert_str_eq(dh_module_path(module), real);
  dh_module_unref(module);
  free(real);
  free(path);
}
END_TEST

START_TEST(a_module_is_found_by_file)
{
  char *path = put_in(dir, "good", "another-name");
  dh_module *module = loaded(path);
  ck_assert_str_eq(dh_module_descriptor(module)->name, "good");
  dh_module_unref(module);
  free(path);
}
END_TEST

START_TEST(one_file_is_one_module)
{
  char *path = put("good");
  char *link_path = test_path(dir, "alias.so");
  ck_assert(!symlink(path, link_path));
  dh_module *first = loaded("good"), *second = loaded(path), *third = loaded("alias");
  ck_assert_ptr_eq(first, second);
  ck_assert_ptr_eq(first, third);
  dh_module_unref(first);
  dh_module_unref(second);
  ck_assert_str_eq(dh_module_descriptor(third)->name, "good");
  dh_module_unref(dh_module_ref(third));
  dh_module_unref(third);
  dh_module_unref(NULL);
  free(link_path);
  free(path);
}
END_TEST

START_TEST(contexts_do_not_share_modules)
{
  free(put("good"));
  dh_context_options options = {.struct_size = sizeof(options), .plugin_path = dir};
  dh_context *other = dh_context_new(&options, NULL);
  dh_module *mine = loaded("good"), *theirs = dh_module_load(other, "good", NULL, &error);
  ck_assert_ptr_nonnull(theirs);
  ck_assert_ptr_ne(mine, theirs);
  dh_context_free(other); /* the module holds it */
  dh_module_unref(mine);
  ck_assert_str_eq(dh_module_descriptor(theirs)->name, "good");
  dh_module_unref(theirs);
}
END_TEST

/* The number of a closed descriptor comes back; the module behind it must not. */
START_TEST(the_file_checked_is_the_file_loaded)
{
  free(put("good"));
  free(put("twin-of-other"));
  dh_context *other = dh_context_new(NULL, NULL);
  for (int i = 0; i < 20; i++) {
    char *path = test_path(dir, i % 2 ? "good.so" : "twin-of-other.so");
    dh_module *kept = dh_module_load(other, path, NULL, &error);
    dh_module *module = loaded(i % 2 ? "twin-of-other" : "good");
    ck_assert_str_eq(dh_module_descriptor(module)->name, i % 2 ? "other" : "good");
    dh_module_unref(kept);
    dh_module_unref(module);
    free(path);
  }
  dh_context_free(other);
}
END_TEST

START_TEST(a_file_that_was_replaced_is_loaded_anew)
{
  free(put("good"));
  dh_module_unref(loaded("good"));
  free(put_in(dir, "twin-of-other", "good"));
  dh_module *module = loaded("good");
  ck_assert_str_eq(dh_module_descriptor(module)->name, "other");
  dh_module_unref(module);
}
END_TEST

START_TEST(an_older_minor_loads)
{
  free(put("older"));
  dh_module *module = loaded("older");
  const dh_plugin *plugin = dh_module_descriptor(module);
  ck_assert_uint_eq(plugin->struct_size, sizeof(dh_plugin));
  ck_assert_ptr_nonnull(plugin->credential);
  ck_assert_ptr_nonnull(plugin->verifier);
  ck_assert_ptr_null(plugin->sink); /* beyond what its struct_size says */
  dh_module_unref(module);
}
END_TEST

START_TEST(a_newer_minor_that_needs_no_more_loads)
{
  free(put("newer"));
  dh_module_unref(loaded("newer"));
}
END_TEST

/* --- what does not --- */

START_TEST(a_missing_name_tells_where_was_searched)
{
  refused("no-such-module", NULL, DH_UNAVAILABLE, dir);
  refused("no-such-module", NULL, DH_UNAVAILABLE, DH_PLUGIN_DIR);
}
END_TEST

START_TEST(a_missing_file)
{
  char *path = test_path(dir, "none.so");
  refused(path, NULL, DH_UNAVAILABLE, "none.so: No such file");
  free(path);
}
END_TEST

START_TEST(what_is_not_a_name)
{
  static const char *const bad[] = {"", "a b", "good.so", "..", "\xc3\xa9"};
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    refused(bad[i], NULL, DH_MISCONFIGURED, "is not a module's name");
}
END_TEST

START_TEST(a_folder)
{
  char *path = test_path(dir, "folder.so");
  ck_assert(!mkdir(path, 0755));
  refused("folder", NULL, DH_MALFORMED, "not a regular file");
  free(path);
}
END_TEST

START_TEST(a_fifo_is_not_waited_for)
{
  char *path = test_path(dir, "fifo.so");
  ck_assert(!mkfifo(path, 0644));
  refused("fifo", NULL, DH_MALFORMED, "not a regular file");
  free(path);
}
END_TEST

START_TEST(what_is_not_a_shared_object)
{
  free(test_file_text(dir, "text.so", "hello"));
  refused("text", NULL, DH_MALFORMED, "must be a shared object");
}
END_TEST

START_TEST(no_entry_symbol)
{
  free(put("no-entry"));
  refused("no-entry", NULL, DH_MALFORMED, "has no symbol dh_plugin_entry");
}
END_TEST

START_TEST(another_major)
{
  free(put("wrong-major"));
  refused("wrong-major", NULL, DH_MISCONFIGURED, "built for version 2.0");
}
END_TEST

START_TEST(needs_a_newer_host)
{
  free(put("needs-newer"));
  refused("needs-newer", NULL, DH_MISCONFIGURED, "needs version 1.9");
}
END_TEST

START_TEST(declines_this_host)
{
  free(put("declines"));
  refused("declines", NULL, DH_MISCONFIGURED, "says that it cannot run");
}
END_TEST

START_TEST(a_name_that_another_file_has)
{
  free(put("good"));
  free(put_in(dir, "good", "copy"));
  dh_module *module = loaded("good");
  refused("copy", NULL, DH_MISCONFIGURED, "calls itself 'good', as does");
  dh_module_unref(module);
  dh_module_unref(loaded("copy")); /* the clash is gone with the first */
}
END_TEST

START_TEST(a_refusal_leaves_nothing_behind)
{
  free(put("no-entry"));
  refused("no-entry", NULL, DH_MALFORMED, "no symbol");
  refused("no-entry", NULL, DH_MALFORMED, "no symbol");
}
END_TEST

/* --- owner and mode --- */

START_TEST(a_file_that_others_may_write)
{
  char *path = put("good");
  ck_assert(!chmod(path, 0757));
  refused("good", NULL, DH_DENIED, "chmod go-w");
  ck_assert(!chmod(path, 0775));
  refused("good", NULL, DH_DENIED, "good.so can be written by others");
  free(path);
}
END_TEST

static char *folder_with_module(mode_t mode)
{
  char *folder = test_path(dir, "folder");
  char *path;
  ck_assert(!mkdir(folder, 0755));
  path = put_in(folder, "good", "good");
  ck_assert(!chmod(folder, mode));
  free(folder);
  return path;
}

START_TEST(a_folder_that_others_may_write)
{
  char *path = folder_with_module(0777);
  refused(path, NULL, DH_DENIED, "/folder can be written by others");
  free(path);
}
END_TEST

START_TEST(a_sticky_folder_is_good)
{
  char *path = folder_with_module(01777);
  dh_module_unref(loaded(path));
  free(path);
}
END_TEST

START_TEST(a_link_does_not_hide_a_bad_folder)
{
  char *path = folder_with_module(0777);
  char *link_path = test_path(dir, "good.so");
  ck_assert(!symlink(path, link_path));
  refused("good", NULL, DH_DENIED, "/folder can be written by others");
  free(link_path);
  free(path);
}
END_TEST

/* These two need root, to give files away. */
START_TEST(a_file_of_another_user)
{
  if (geteuid())
    return;
  char *path = put("good");
  ck_assert(!chown(path, NOBODY, NOBODY));
  refused("good", NULL, DH_DENIED, "belongs to user 65534, who is neither root nor you");
  free(path);
}
END_TEST

START_TEST(a_folder_of_another_user)
{
  if (geteuid())
    return;
  char *path = folder_with_module(0755), *folder = test_path(dir, "folder");
  ck_assert(!chown(folder, NOBODY, NOBODY));
  refused(path, NULL, DH_DENIED, "/folder belongs to user 65534");
  free(folder);
  free(path);
}
END_TEST

START_TEST(the_callers_own_file)
{
  if (geteuid())
    return;
  char *path = put("good");
  ck_assert(!chown(path, NOBODY, NOBODY) && !chown(dir, NOBODY, NOBODY));
  pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (!child) {
    if (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY))
      _exit(2);
    dh_module *module = dh_module_load(context, "good", NULL, &error);
    dh_module_unref(module);
    _exit(module ? 0 : 1);
  }
  int status;
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  ck_assert_int_eq(status, 0);
  free(path);
}
END_TEST

/* --- digest --- */

static char *digest_of(const char *path)
{
  unsigned char digest[32];
  size_t size;
  char *bytes = test_read(path, &size), *hex = malloc(65);
  ck_assert(EVP_Q_digest(NULL, "SHA256", NULL, bytes, size, digest, NULL) == 1);
  for (size_t i = 0; i < 32; i++)
    sprintf(hex + 2 * i, "%02X", digest[i]);
  free(bytes);
  return hex;
}

START_TEST(a_digest_that_matches)
{
  char *path = put("good"), *hex = digest_of(path);
  dh_module *module = dh_module_load(context, "good", hex, &error);
  ck_assert_msg(module != NULL, "%s", error.message);
  dh_module_unref(module);
  free(hex);
  free(path);
}
END_TEST

START_TEST(a_digest_that_does_not_match)
{
  char *path = put("good"), *hex = digest_of(path);
  hex[0] = hex[0] == '0' ? '1' : '0';
  refused("good", hex, DH_DENIED, "not the file that the configuration pins");
  dh_module *module = loaded("good"); /* a module that is loaded already is checked too */
  refused("good", hex, DH_DENIED, "not the file that the configuration pins");
  dh_module_unref(module);
  free(hex);
  free(path);
}
END_TEST

START_TEST(what_is_not_a_digest)
{
  free(put("good"));
  refused("good", "abc", DH_MISCONFIGURED, "not 64 hexadecimal digits");
}
END_TEST

/* --- the list and the path --- */

static int collect(void *arg, const char *path)
{
  const char *name = strrchr(path, '/') + 1;
  char *all = arg;
  if (!strncmp(path, dir, strlen(dir)))
    snprintf(all + strlen(all), 200 - strlen(all), "%s ", name);
  return !strcmp(name, "stop.so") ? 42 : 0;
}

START_TEST(the_list_is_in_order_and_loads_nothing)
{
  char all[200] = "";
  free(test_file_text(dir, "b.so", ""));
  free(test_file_text(dir, "a.so", ""));
  free(test_file_text(dir, "readme.txt", ""));
  free(test_file_text(dir, ".hidden.so", ""));
  ck_assert_int_eq(dh_module_list(context, collect, all), 0);
  ck_assert_str_eq(all, "a.so b.so ");
  free(test_file_text(dir, "stop.so", ""));
  free(test_file_text(dir, "z.so", ""));
  all[0] = '\0';
  ck_assert_int_eq(dh_module_list(context, collect, all), 42);
  ck_assert_str_eq(all, "a.so b.so stop.so ");
}
END_TEST

START_TEST(the_first_folder_wins)
{
  char *one = test_path(dir, "one"), *two = test_path(dir, "two"), both[300];
  ck_assert(!mkdir(one, 0755) && !mkdir(two, 0755));
  free(put_in(one, "good", "m"));
  free(put_in(two, "twin-of-other", "m"));
  snprintf(both, sizeof(both), ":%s/none:%s:%s:", dir, two, one);
  dh_context_options options = {.struct_size = sizeof(options), .plugin_path = both};
  dh_context *other = dh_context_new(&options, NULL);
  dh_module *module = dh_module_load(other, "m", NULL, &error);
  ck_assert_msg(module != NULL, "%s", error.message);
  ck_assert_str_eq(dh_module_descriptor(module)->name, "other");
  dh_module_unref(module);
  dh_context_free(other);
  free(one);
  free(two);
}
END_TEST

/* This program again, as its copy with the set-user-id bit: prints whether it is set-id, and
 * which path a context takes from the environment. */
__attribute__((constructor)) static void print_path(int argc, char **argv)
{
  if (argc < 2 || strcmp(argv[1], "--print-plugin-path"))
    return;
  dh_context *own = dh_context_new(NULL, NULL);
  const char *path = own ? dh_context_plugin_path(own) : "no context";
  printf("%d %s", geteuid() != getuid(), path ? path : "(none)");
  dh_context_free(own);
  exit(0);
}

static void run_copy(const char *program, int nobody, char out[200])
{
  int ends[2];
  ck_assert(!pipe(ends));
  pid_t child = fork();
  if (!child) {
    char *const args[] = {"copy", "--print-plugin-path", NULL};
    char *const environment[] = {"DATAHUB_PLUGIN_PATH=/from/the/environment", NULL};
    dup2(ends[1], 1);
    if (!nobody || !setresuid(NOBODY, NOBODY, NOBODY))
      execve(program, args, environment);
    _exit(127);
  }
  close(ends[1]);
  size_t used = 0;
  ssize_t n;
  while ((n = read(ends[0], out + used, 199 - used)) > 0)
    used += (size_t)n;
  out[used] = '\0';
  close(ends[0]);
  waitpid(child, NULL, 0);
}

START_TEST(a_set_id_program_ignores_the_environment)
{
  char out[200];
  size_t size;
  char *bytes = test_read("/proc/self/exe", &size);
  char *program = test_file(dir, "copy", bytes, size, 0755);
  ck_assert(!chmod(dir, 0755));
  run_copy(program, 0, out);
  ck_assert_str_eq(out, "0 /from/the/environment");
  ck_assert(!chmod(program, 04755));
  if (!geteuid()) {
    run_copy(program, 1, out);
    if (out[0] == '1') /* else this system grants no set-id here */
      ck_assert_str_eq(out, "1 (none)");
  }
  free(program);
  free(bytes);
}
END_TEST

static TCase *new_case(const char *name)
{
  TCase *c = tcase_create(name);
  tcase_add_checked_fixture(c, up, down);
  tcase_set_timeout(c, 60);
  return c;
}

static TCase *case_loads(void)
{
  TCase *c = new_case("loads");
  tcase_add_test(c, a_module_is_found_by_name);
  tcase_add_test(c, a_module_is_found_by_file);
  tcase_add_test(c, one_file_is_one_module);
  tcase_add_test(c, contexts_do_not_share_modules);
  tcase_add_test(c, the_file_checked_is_the_file_loaded);
  tcase_add_test(c, a_file_that_was_replaced_is_loaded_anew);
  tcase_add_test(c, an_older_minor_loads);
  tcase_add_test(c, a_newer_minor_that_needs_no_more_loads);
  return c;
}

static TCase *case_refusals(void)
{
  TCase *c = new_case("refusals");
  tcase_add_test(c, a_missing_name_tells_where_was_searched);
  tcase_add_test(c, a_missing_file);
  tcase_add_test(c, what_is_not_a_name);
  tcase_add_test(c, a_folder);
  tcase_add_test(c, a_fifo_is_not_waited_for);
  tcase_add_test(c, what_is_not_a_shared_object);
  tcase_add_test(c, no_entry_symbol);
  tcase_add_test(c, another_major);
  tcase_add_test(c, needs_a_newer_host);
  tcase_add_test(c, declines_this_host);
  tcase_add_test(c, a_name_that_another_file_has);
  tcase_add_test(c, a_refusal_leaves_nothing_behind);
  return c;
}

static TCase *case_hands(void)
{
  TCase *c = new_case("owner and mode");
  tcase_add_test(c, a_file_that_others_may_write);
  tcase_add_test(c, a_folder_that_others_may_write);
  tcase_add_test(c, a_sticky_folder_is_good);
  tcase_add_test(c, a_link_does_not_hide_a_bad_folder);
  tcase_add_test(c, a_file_of_another_user);
  tcase_add_test(c, a_folder_of_another_user);
  tcase_add_test(c, the_callers_own_file);
  tcase_add_test(c, a_digest_that_matches);
  tcase_add_test(c, a_digest_that_does_not_match);
  tcase_add_test(c, what_is_not_a_digest);
  return c;
}

static TCase *case_path(void)
{
  TCase *c = new_case("path");
  tcase_add_test(c, the_list_is_in_order_and_loads_nothing);
  tcase_add_test(c, the_first_folder_wins);
  tcase_add_test(c, a_set_id_program_ignores_the_environment);
  return c;
}

SUITE("module loading", case_loads(), case_refusals(), case_hands(), case_path())
