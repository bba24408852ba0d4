/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text outside ASCII within an aspect, which GMS takes as bytes.
 */
#include "metadata/ascii.h"

#include "suite.h"

#include <datahub/metadata.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void expect(const char *json, const char *wanted)
{
  dh_buf buf;
  dh_buf_init(&buf);
  dh_ascii_add_json(&buf, json, strlen(json));
  ck_assert_str_eq(dh_buf_text(&buf), wanted);
  dh_buf_free(&buf);
}

START_TEST(ascii_is_only_escaped)
{
  expect("", "\"\"");
  expect("{\"a\":\"b\\n\"}", "\"{\\\"a\\\":\\\"b\\\\n\\\"}\"");
}
END_TEST

START_TEST(the_rest_becomes_escapes_of_the_inner_string)
{
  expect("\"\xc3\xa9\"", "\"\\\"\\\\u00e9\\\"\"");
  expect("\"a\xe2\x80\x93z\"", "\"\\\"a\\\\u2013z\\\"\"");
  expect("\"\xf0\x9f\x98\x80\"", "\"\\\"\\\\ud83d\\\\ude00\\\"\"");
}
END_TEST

START_TEST(bytes_that_are_no_character_stay)
{
  expect("\xff\xc3", "\"\xff\xc3\"");
}
END_TEST

/* Both ways to a proposal, at every alignment of the bulk path's loops. */
START_TEST(a_proposal_is_ascii_within_its_aspect)
{
  static const char head[] =
      "{\"entityType\":\"tag\",\"entityUrn\":\"urn:li:tag:a\",\"changeType\":"
      "\"UPSERT\",\"aspectName\":\"tagProperties\",\"aspect\":{\"json\":{\"name\":\"";
  char record[512];
  memset(record, 0, sizeof(record));
  strcpy(record, head);
  memset(record + strlen(head), 'x', (size_t)_i);
  strcat(record, "\xe2\x80\x93\xf0\x9f\x98\x80\"}}}");

  char path[] = "/tmp/dh-ascii-XXXXXX";
  int fd = mkstemp(path);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(write(fd, record, strlen(record)), (ssize_t)strlen(record));
  close(fd);
  dh_reader *reader = dh_reader_open_file(path, 0, NULL);
  dh_wire_options options = {.struct_size = sizeof(options), .now_ms = 1};
  dh_input_record input = {.struct_size = sizeof(input)};
  char *buffer = NULL;
  size_t size = 0, capacity = 0, count = 0;
  dh_record out;
  ck_assert_int_eq(
      dh_reader_next(reader, &options, &input, &buffer, &size, &capacity, &out, 1, &count, NULL),
      DH_READ_RECORD);
  char *found = memmem(out.proposal.ptr, out.proposal.len, "\\\\u2013\\\\ud83d\\\\ude00", 21);
  ck_assert_ptr_nonnull(found);
  for (size_t i = 0; i < out.proposal.len; i++)
    ck_assert_int_ge(out.proposal.ptr[i], 0);
  dh_reader_close(reader);
  unlink(path);
  free(buffer);
}
END_TEST

static TCase *case_ascii(void)
{
  TCase *c = tcase_create("ascii");
  tcase_add_test(c, ascii_is_only_escaped);
  tcase_add_test(c, the_rest_becomes_escapes_of_the_inner_string);
  tcase_add_test(c, bytes_that_are_no_character_stay);
  tcase_add_loop_test(c, a_proposal_is_ascii_within_its_aspect, 0, 33);
  return c;
}

SUITE("ascii", case_ascii())
