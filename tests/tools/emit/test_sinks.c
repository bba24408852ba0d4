/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub emit without a server: the dry run, and the file, console and blackhole sinks.
 */
#include "suite.h"
#include "tools/emit/gms_script.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A file that DataHub's own sink wrote. */
static const char *golden(void)
{
  const char *data = getenv("DH_SHARED_DATA");
  static char path[4096];
  snprintf(path, sizeof(path), "%s/mcp/kafka__kafka_mces_golden.json",
           data ? data : SRCDIR "/../shared/data");
  return path;
}

static size_t files_in(const char *folder)
{
  size_t count = 0;
  DIR *dir = opendir(folder);
  ck_assert_ptr_nonnull(dir);
  for (struct dirent *e; (e = readdir(dir));)
    count += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
  closedir(dir);
  return count;
}

static void same_file(const char *a, const char *b)
{
  char *one = test_read(a, NULL), *other = test_read(b, NULL);
  ck_assert_str_eq(one, other);
  free(one);
  free(other);
}

START_TEST(a_dry_run_prints_proposals_and_sends_nothing)
{
  test_program p;
  DHUB(&p, "emit", "--dry-run", "-s", test_server_url(script.server),
       script_records("in.json", 2, NULL));
  ended(&p, 0, NULL);
  ck_assert_ptr_nonnull(strstr(p.out, "\"value\":\"{\\\"name\\\":\\\"t1\\\"}\""));
  ck_assert_uint_eq(test_server_count(script.server), 0);
  test_program_clear(&p);
}
END_TEST

START_TEST(a_dry_run_names_what_cannot_be_read)
{
  test_program p;
  DHUB(&p, "emit", "--dry-run", script_records("in.json", 2, "{\"entityUrn\":\"x\"}"));
  ended(&p, 1, "in.json:2:");
  test_program_clear(&p);
}
END_TEST

START_TEST(the_console_prints_what_can_be_read_again)
{
  test_program p, again;
  DHUB(&p, "emit", "--sink", "console", script_records("in.json", 2, NULL));
  ended(&p, 0, "2 delivered");
  ck_assert_ptr_nonnull(strstr(p.out, "\"aspect\":{\"json\":{\"name\":\"t1\"}}"));
  ck_assert_ptr_null(strstr(p.out, "clientId")); /* only DataHub is told who sent it */
  test_program_run(&again, p.out,
                   (const char *const[]){"dhub", "emit", "--sink", "blackhole", "-", NULL});
  ended(&again, 0, "2 records read, 2 delivered");
  test_program_clear(&again);
  test_program_clear(&p);
}
END_TEST

START_TEST(the_file_sink_writes_what_datahub_writes)
{
  test_program p;
  char option[600];
  const char *out = script_path("out.json");
  if (access(golden(), R_OK) != 0) {
    fprintf(stderr, "skipped: %s is not there\n", golden());
    return;
  }
  snprintf(option, sizeof(option), "filename=%s", out);
  DHUB(&p, "emit", "--sink", "file", "-o", option, golden());
  ended(&p, 0, NULL);
  same_file(out, golden());
  test_program_clear(&p);
}
END_TEST

START_TEST(the_file_sink_writes_an_empty_array)
{
  test_program p;
  char option[600];
  const char *out = script_path("out.json");
  snprintf(option, sizeof(option), "filename=%s", out);
  test_program_run(&p, "[]",
                   (const char *const[]){"dhub", "emit", "--sink", "file", "-o", option, NULL});
  ended(&p, 0, NULL);
  char *text = test_read(out, NULL);
  ck_assert_str_eq(text, "[\n\n]");
  free(text);
  test_program_clear(&p);
}
END_TEST

START_TEST(the_file_sink_replaces_and_keeps_the_mode)
{
  test_program p;
  char option[600];
  struct stat st;
  char *out = test_file(script.folder, "out.json", "old", 3, 0640);
  snprintf(option, sizeof(option), "filename=%s", out);
  DHUB(&p, "emit", "--sink", "file", "-o", option, script_records("in.json", 1, NULL));
  ended(&p, 0, NULL);
  ck_assert_int_eq(stat(out, &st), 0);
  ck_assert_int_eq(st.st_mode & 0777, 0640);
  ck_assert_uint_eq(files_in(script.folder), 2);
  free(out);
  test_program_clear(&p);
}
END_TEST

START_TEST(a_full_disk_leaves_the_old_file)
{
  test_program p;
  char option[600];
  char *out = test_file(script.folder, "out.json", "old", 3, 0640);
  snprintf(option, sizeof(option), "filename=%s", out);
  test_program_start(&p, 20000,
                     (const char *const[]){"dhub", "emit", "--sink", "file", "-o", option,
                                           script_records("in.json", 500, NULL), NULL});
  test_program_end(&p);
  ck_assert_msg(p.code != 0, "%s", p.err);
  ck_assert_msg(strstr(p.err, ".out.json.") != NULL, "%s", p.err);
  char *text = test_read(out, NULL);
  ck_assert_str_eq(text, "old");
  free(text);
  free(out);
  test_program_clear(&p);
}
END_TEST

START_TEST(a_folder_is_no_file)
{
  test_program p;
  char option[600];
  snprintf(option, sizeof(option), "filename=%s", script.folder);
  DHUB(&p, "emit", "--sink", "file", "-o", option, script_records("in.json", 1, NULL));
  ended(&p, 2, "it is a folder");
  test_program_clear(&p);
}
END_TEST

START_TEST(the_file_sink_wants_a_name)
{
  test_program p;
  DHUB(&p, "emit", "--sink", "file", script_records("in.json", 1, NULL));
  ended(&p, 2, "filename");
  test_program_clear(&p);
}
END_TEST

static TCase *case_sinks(void)
{
  TCase *c = tcase_create("sinks");
  tcase_add_checked_fixture(c, script_setup, script_teardown);
  tcase_set_timeout(c, 60);
  tcase_add_test(c, a_dry_run_prints_proposals_and_sends_nothing);
  tcase_add_test(c, a_dry_run_names_what_cannot_be_read);
  tcase_add_test(c, the_console_prints_what_can_be_read_again);
  tcase_add_test(c, the_file_sink_writes_what_datahub_writes);
  tcase_add_test(c, the_file_sink_writes_an_empty_array);
  tcase_add_test(c, the_file_sink_replaces_and_keeps_the_mode);
  tcase_add_test(c, a_full_disk_leaves_the_old_file);
  tcase_add_test(c, a_folder_is_no_file);
  tcase_add_test(c, the_file_sink_wants_a_name);
  return c;
}

SUITE("local sinks", case_sinks())
