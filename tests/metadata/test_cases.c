/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes in and what must come out, in files: tests/data/metadata/cases/NAME.json and
 * NAME.expected (the form of outcome.h). Each is read by the bulk path and by trees, in
 * one piece and byte by byte. CASES_WRITE=1 writes what came out, to be read and committed.
 */
#include "metadata/files.h"
#include "metadata/outcome.h"

#include "suite.h"

#define CASES SRCDIR "/tests/data/metadata/cases"

static outcome_how how;

static void check_case(const char *path)
{
  size_t size, expected_size;
  char expected_path[4096];
  char *bytes = read_file(path, &size);
  char *outcome = outcome_of(bytes, size, how);
  snprintf(expected_path, sizeof(expected_path), "%.*s.expected", (int)strlen(path) - 5, path);
  if (getenv("CASES_WRITE")) {
    FILE *file = fopen(expected_path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(outcome, file);
    fclose(file);
  }
  char *expected = read_file(expected_path, &expected_size);
  ck_assert_msg(!strcmp(outcome, expected), "%s came to\n%s", path, outcome);
  free(expected);
  free(outcome);
  free(bytes);
}

START_TEST(each_case_by_the_bulk_path)
{
  how = (outcome_how){.client = "libdatahub"};
  ck_assert_int_gt(each_file(CASES, ".json", check_case), 5);
}
END_TEST

START_TEST(each_case_by_trees)
{
  how = (outcome_how){.client = "libdatahub", .trees = true};
  ck_assert_int_gt(each_file(CASES, ".json", check_case), 5);
}
END_TEST

START_TEST(each_case_byte_by_byte)
{
  how = (outcome_how){.client = "libdatahub", .chunk = 1};
  ck_assert_int_gt(each_file(CASES, ".json", check_case), 5);
}
END_TEST

static TCase *case_files(void)
{
  TCase *t = tcase_create("cases");
  tcase_add_test(t, each_case_by_the_bulk_path);
  tcase_add_test(t, each_case_by_trees);
  tcase_add_test(t, each_case_byte_by_byte);
  return t;
}

SUITE("cases", case_files())
