/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The forms of a file, how the reader goes on after a bad record, and what it costs.
 */
#include "metadata/files.h"
#include "metadata/outcome.h"
#include "metadata/reader.h"

#include "suite.h"

#include <errno.h>
#include <stdint.h>

/* A record of the tag N, on one line. */
#define TAG(n)                                                                                     \
  "{\"entityType\":\"tag\",\"entityUrn\":\"urn:li:tag:" n "\",\"changeType\":\"UPSERT\","          \
  "\"aspectName\":\"status\",\"aspect\":{\"json\":{\"removed\":false}}}"
/* The same with line breaks, as it stands in most files. */
#define TALL(n)                                                                                    \
  "{\n    \"entityType\": \"tag\",\n    \"entityUrn\": \"urn:li:tag:" n "\",\n"                    \
  "    \"changeType\": \"UPSERT\",\n    \"aspectName\": \"status\",\n"                             \
  "    \"aspect\": {\n        \"json\": {\n            \"removed\": false\n        }\n    }\n}"

/* The summary of an outcome: '+' for each proposal, '-' for a bad record, '!' where the
 * rest could not be read. */
static const char *summary(const char *text, size_t size, outcome_how how, char **outcome)
{
  static char marks[64];
  char *out = marks;
  *outcome = outcome_of(text, size, how);
  for (const char *line = *outcome; *line; line = strchr(line, '\n') + 1) {
    if (!strncmp(line, "bad", 3))
      *out++ = '-';
    else if (!strncmp(line, "fatal", 5))
      *out++ = '!';
    else if (!strncmp(line, "  {", 3))
      *out++ = '+';
  }
  *out = '\0';
  return marks;
}

static const struct {
  const char *text, *marks, *message;
} forms[] = {
    {"", "", NULL},
    {" \n\t\r ", "", NULL},
    {"[]", "", NULL},
    {"[ ]\n", "", NULL},
    {TAG("a"), "+", NULL},
    {TALL("a") "\n", "+", NULL},
    {"[" TAG("a") "]", "+", NULL},
    {"[" TAG("a") "," TAG("b") "]", "++", NULL},
    {"[\n" TALL("a") ",\n" TALL("b") "\n]\n", "++", NULL},
    {TAG("a") "\n" TAG("b") "\n", "++", NULL},
    {TAG("a") "\r\n" TAG("b") "\r\n", "++", NULL},
    {TAG("a") "\n\n\n" TAG("b"), "++", NULL},
    {TAG("a") TAG("b"), "++", NULL},
    {TALL("a") TALL("b"), "++", NULL},
    {"\xef\xbb\xbf[" TAG("a") "]", "+", NULL},
    {"\xef\xbb\xbf" TAG("a"), "+", NULL},
    {"[" TAG("a") "]\n[" TAG("b") "]\n", "++", NULL}, /* two files behind one another */
    {"\x1f\x8b\x08", "!", "gzip -dc"},
    {"\xff\xfe[\0", "!", "UTF-16"},
    /* arrays */
    {"[", "!", "cut short"},
    {"[" TAG("a"), "+!", "cut short"},
    {"[" TAG("a") ",", "+!", "cut short"},
    {"[" TAG("a") ",]", "+!", "a comma before"},
    {"[" TAG("a") TAG("b") "]", "+!", "neither ',' nor ']'"},
    {"[" TAG("a") ",{\"x\":tru}," TAG("b") "]", "+-+", "neither true, false nor null"},
    {"[" TALL("a") ",\n{\"x\":\nNone\n},\n" TALL("b") "]", "+-+", "input:12: record 2"},
    {"[" TAG("a") ",{\"x\":1]," TAG("b") "]", "+!", "cannot be told"},
    {"[" TAG("a") ",{\"x:1}," TAG("b") "]", "+!", "cannot be told"},
    {"[" TAG("a") ",7,[[]],\"x\",null," TAG("b") "]", "+----+", "record 2: it is int"},
    {"[" TAG("a") ",{\"x\":", "+-!", "cut short"},
    /* lines */
    {TAG("a") "\n{\"x\":\n" TAG("b") "\n", "+-+", "input:2: record 2"},
    {TAG("a") "\n{\"x\n" TAG("b") "\n", "+-+", "a quote is missing"},
    {"{\"x\n" TAG("b") "\n", "-+", NULL},
    {TAG("a") "\n"
              "garbage\n" TAG("b") "\n",
     "+-+", NULL},
    {TAG("a") "\n"
              "{\"x\":",
     "+-", "ends within"},
    {TAG("a") " {\"x\":]} " TAG("b"), "+!", "cannot be told"},
    {TALL("a") "\n"
               "{\n  \"x\": tru\n}\n" TALL("b"),
     "+-+", NULL},
    {TALL("a") "\n"
               "{\n  \"x\": ]\n}\n" TALL("b"),
     "+!", "input:12: record 2"},
    {TAG("a") "]", "+!", NULL},
};

START_TEST(each_form_is_read)
{
  static const size_t chunks[] = {0, 1, 3, 64};
  size_t size = strlen(forms[_i].text);
  for (size_t c = 0; c < sizeof(chunks) / sizeof(chunks[0]); c++) {
    char *outcome;
    const char *marks = summary(forms[_i].text, size, (outcome_how){.chunk = chunks[c]}, &outcome);
    ck_assert_msg(!strcmp(marks, forms[_i].marks), "%s", outcome);
    if (forms[_i].message)
      ck_assert_msg(strstr(outcome, forms[_i].message) != NULL, "%s", outcome);
    free(outcome);
  }
}
END_TEST

START_TEST(each_form_is_read_by_trees_alike)
{
  size_t size = strlen(forms[_i].text);
  char *fast = outcome_of(forms[_i].text, size, (outcome_how){.trees = false});
  char *trees = outcome_of(forms[_i].text, size, (outcome_how){.trees = true});
  ck_assert_str_eq(fast, trees);
  free(fast);
  free(trees);
}
END_TEST

/* A cut file is never taken for a whole one, wherever it was cut. */
START_TEST(a_cut_array_is_told)
{
  static const char text[] = "[" TALL("a") "," TAG("b") "]";
  for (size_t size = 1; size < sizeof(text) - 1; size++) {
    char *outcome = outcome_of(text, size, (outcome_how){.chunk = 0});
    ck_assert_msg(strstr(outcome, "fatal input:") != NULL, "%zu bytes: %s", size, outcome);
    free(outcome);
  }
}
END_TEST

/* --- nesting and size ---------------------------------------------------- */

/* A record whose aspect nests `depth` arrays; its own two objects and the aspect's count. */
static char *nested(unsigned depth)
{
  static const char head[] = "{\"entityType\":\"tag\",\"entityUrn\":\"urn:li:tag:a\","
                             "\"changeType\":\"UPSERT\",\"aspectName\":\"x\","
                             "\"aspect\":{\"json\":{\"x\":";
  char *text = malloc(sizeof(head) + 2 * depth + 8);
  char *p = text + sprintf(text, "%s", head);
  memset(p, '[', depth);
  memset(p + depth, ']', depth);
  strcpy(p + 2 * depth, "}}}\n");
  return text;
}

START_TEST(nesting_has_a_bound)
{
  char *outcome, *text = nested(253 + (unsigned)_i);
  const char *marks = summary(text, strlen(text), (outcome_how){.trees = false}, &outcome);
  ck_assert_str_eq(marks, _i ? "-" : "+");
  if (_i)
    ck_assert_ptr_nonnull(strstr(outcome, "nesting deeper than 256"));
  free(outcome);
  free(text);
}
END_TEST

/* An array of a small record, one of `size` bytes, and a small one. */
static char *with_large(size_t size)
{
  char *text = malloc(size + 4 * sizeof(TAG("a")) + 200);
  char *p = text + sprintf(text,
                           "[%s,\n{\"entityType\":\"tag\",\"entityUrn\":\"urn:li:tag:a\","
                           "\"changeType\":\"UPSERT\",\"aspectName\":\"x\","
                           "\"aspect\":{\"json\":{\"x\":\"",
                           TAG("a"));
  memset(p, 'x', size);
  sprintf(p + size, "\"}}},\n%s]", TAG("b"));
  return text;
}

START_TEST(a_large_record_is_read)
{
  char *outcome, *text = with_large(3000000);
  const char *marks = summary(text, strlen(text), (outcome_how){.chunk = 65536}, &outcome);
  ck_assert_str_eq(marks, "+++");
  free(outcome);
  free(text);
}
END_TEST

START_TEST(a_record_too_large_is_passed_over)
{
  char *outcome, *text = with_large(3000000);
  outcome_how how = {.chunk = 65536, .max_record = 1000000};
  ck_assert_str_eq(summary(text, strlen(text), how, &outcome), "+-+");
  ck_assert_ptr_nonnull(strstr(outcome, "input:2: record 2: it is larger than 1000000 bytes"));
  free(outcome);
  free(text);
}
END_TEST

START_TEST(a_record_too_large_by_a_little_is_passed_over)
{
  char *outcome, *text = with_large(1000);
  outcome_how how = {.max_record = 1000};
  ck_assert_str_eq(summary(text, strlen(text), how, &outcome), "+-+");
  free(outcome);
  free(text);
}
END_TEST

/* --- memory -------------------------------------------------------------- */

typedef struct endless {
  const char *text;
  size_t size, at;
  uint64_t left;
} endless;

static int64_t read_endless(void *arg, void *bytes, size_t size)
{
  endless *e = arg;
  char *out = bytes;
  size_t n = 0;
  while (n < size && e->left) {
    out[n++] = e->text[e->at++];
    e->left--;
    if (e->at == e->size)
      e->at = 0;
  }
  return (int64_t)n;
}

START_TEST(memory_does_not_grow_with_the_input)
{
  static const char text[] = TALL("a") "\n";
  endless e = {text, sizeof(text) - 1, 0, (sizeof(text) - 1) * UINT64_C(100000)};
  dh_wire_options options = {.struct_size = sizeof(options), .now_ms = 1};
  dh_error error;
  dh_reader *reader = dh_reader_open(read_endless, &e, "endless", 0, &error);
  dh_input_record input = {.struct_size = sizeof(input)};
  dh_record record;
  char *buffer = NULL;
  size_t size = 0, capacity = 0, count;
  uint64_t records = 0;
  while (dh_reader_next(reader, &options, &input, &buffer, &size, &capacity, &record, 1, &count,
                        &error) == DH_READ_RECORD) {
    records++;
    size = 0;
  }
  ck_assert_uint_eq(records, 100000);
  ck_assert_uint_eq(input.line, 11 * 99999 + 1);
  ck_assert_uint_le(reader->window.capacity, 256 * 1024);
  ck_assert_uint_le(capacity, 16 * 1024);
  free(buffer);
  dh_reader_close(reader);
}
END_TEST

START_TEST(memory_shrinks_again_behind_a_large_record)
{
  char *text = with_large(3000000);
  size_t length = strlen(text);
  endless e = {text, length, 0, length * 2};
  dh_wire_options options = {.struct_size = sizeof(options), .now_ms = 1};
  dh_error error;
  dh_reader *reader = dh_reader_open(read_endless, &e, "endless", 0, &error);
  dh_input_record input = {.struct_size = sizeof(input)};
  dh_record record;
  char *buffer = NULL;
  size_t size = 0, capacity = 0, count;
  while (dh_reader_next(reader, &options, &input, &buffer, &size, &capacity, &record, 1, &count,
                        &error) == DH_READ_RECORD)
    size = 0;
  ck_assert_uint_eq(input.index, 6);
  ck_assert_uint_le(reader->window.capacity, 256 * 1024);
  free(buffer);
  dh_reader_close(reader);
  free(text);
}
END_TEST

/* --- the interface ------------------------------------------------------- */

static int64_t read_broken(void *arg, void *bytes, size_t size)
{
  (void)arg;
  (void)bytes;
  (void)size;
  errno = EIO;
  return -1;
}

START_TEST(a_failed_read_is_named)
{
  dh_wire_options options = {.struct_size = sizeof(options)};
  dh_error error;
  dh_reader *reader = dh_reader_open(read_broken, NULL, "broken", 0, &error);
  dh_input_record input = {.struct_size = sizeof(input)};
  dh_record record;
  char *buffer = NULL;
  size_t size = 0, capacity = 0, count;
  dh_read_result result = dh_reader_next(reader, &options, &input, &buffer, &size, &capacity,
                                         &record, 1, &count, &error);
  ck_assert_int_eq(result, DH_READ_FATAL);
  ck_assert_int_eq(error.status, DH_UNAVAILABLE);
  ck_assert_str_eq(error.message, "cannot read broken: Input/output error");
  free(buffer);
  dh_reader_close(reader);
}
END_TEST

START_TEST(what_cannot_be_read_is_said_again)
{
  static const char text[] = "[" TAG("a") ",{]";
  endless e = {text, sizeof(text) - 1, 0, sizeof(text) - 1};
  dh_wire_options options = {.struct_size = sizeof(options)};
  dh_error error;
  dh_reader *reader = dh_reader_open(read_endless, &e, "cut", 0, &error);
  dh_input_record input = {.struct_size = sizeof(input)};
  dh_record record;
  char *buffer = NULL;
  size_t size = 0, capacity = 0, count;
  dh_read_result results[4];
  for (int i = 0; i < 4; i++)
    results[i] = dh_reader_next(reader, &options, &input, &buffer, &size, &capacity, &record, 1,
                                &count, &error);
  ck_assert_int_eq(results[0], DH_READ_RECORD);
  ck_assert_int_eq(results[1], DH_READ_FATAL);
  ck_assert_int_eq(results[3], DH_READ_FATAL);
  ck_assert_str_eq(error.message, "cut: nothing can be read after line 1");
  free(buffer);
  dh_reader_close(reader);
}
END_TEST

START_TEST(a_large_record_that_is_cut_is_told_twice)
{
  char *outcome, *text = with_large(3000);
  outcome_how how = {.max_record = 1000};
  ck_assert_str_eq(summary(text, 2000, how, &outcome), "+-!");
  ck_assert_ptr_nonnull(strstr(outcome, "cut short"));
  free(outcome);
  free(text);
}
END_TEST

START_TEST(a_missing_file_is_named)
{
  dh_error error;
  ck_assert_ptr_null(dh_reader_open_file("/nonexistent/x.json", 0, &error));
  ck_assert_int_eq(error.status, DH_UNAVAILABLE);
  ck_assert_str_eq(error.message, "cannot open /nonexistent/x.json: No such file or directory");
}
END_TEST

START_TEST(an_mce_with_more_aspects_than_room_is_bad)
{
  size_t length;
  char *text = read_file(SRCDIR "/tests/data/metadata/cases/mce.json", &length);
  endless e = {text, length, 0, length};
  dh_wire_options options = {.struct_size = sizeof(options)};
  dh_error error;
  dh_reader *reader = dh_reader_open(read_endless, &e, "mce.json", 0, &error);
  dh_input_record input = {.struct_size = sizeof(input)};
  dh_record record;
  char *buffer = NULL;
  size_t size = 0, capacity = 0, count;
  dh_read_result result = dh_reader_next(reader, &options, &input, &buffer, &size, &capacity,
                                         &record, 1, &count, &error);
  ck_assert_int_eq(result, DH_READ_BAD);
  ck_assert_ptr_nonnull(strstr(error.message, "2 proposals"));
  ck_assert_uint_eq(size, 0);
  free(buffer);
  dh_reader_close(reader);
  free(text);
}
END_TEST

static TCase *case_reader(void)
{
  TCase *t = tcase_create("reader");
  tcase_add_loop_test(t, each_form_is_read, 0, sizeof(forms) / sizeof(forms[0]));
  tcase_add_loop_test(t, each_form_is_read_by_trees_alike, 0, sizeof(forms) / sizeof(forms[0]));
  tcase_add_test(t, a_cut_array_is_told);
  tcase_add_loop_test(t, nesting_has_a_bound, 0, 2);
  tcase_add_test(t, a_large_record_is_read);
  tcase_add_test(t, a_record_too_large_is_passed_over);
  tcase_add_test(t, a_record_too_large_by_a_little_is_passed_over);
  tcase_add_test(t, memory_does_not_grow_with_the_input);
  tcase_add_test(t, memory_shrinks_again_behind_a_large_record);
  tcase_add_test(t, a_failed_read_is_named);
  tcase_add_test(t, what_cannot_be_read_is_said_again);
  tcase_add_test(t, a_large_record_that_is_cut_is_told_twice);
  tcase_add_test(t, a_missing_file_is_named);
  tcase_add_test(t, an_mce_with_more_aspects_than_room_is_bad);
  tcase_set_timeout(t, 60);
  return t;
}

SUITE("reader", case_reader())
