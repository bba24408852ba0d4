/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "base/buf.h"
#include "base/text.h"

#include <datahub/context.h>

#include <stdio.h>
#include <string.h>

/* --- errors --- */

START_TEST(error_message_is_cut_with_dots)
{
  dh_error error;
  char longest[2 * DH_ERROR_MESSAGE_SIZE];
  memset(longest, 'x', sizeof(longest) - 1);
  longest[sizeof(longest) - 1] = '\0';
  ck_assert_int_eq(dh_error_set(&error, DH_DENIED, "%s", longest), DH_DENIED);
  ck_assert_uint_eq(strlen(error.message), DH_ERROR_MESSAGE_SIZE - 1);
  ck_assert_str_eq(error.message + DH_ERROR_MESSAGE_SIZE - 4, "...");
}
END_TEST

START_TEST(error_prefix_keeps_status_and_words)
{
  dh_error error;
  dh_error_set(&error, DH_MALFORMED, "a comma is missing");
  dh_error_prefix(&error, "%s:%d: ", "sink.cfg", 12);
  ck_assert_int_eq(error.status, DH_MALFORMED);
  ck_assert_str_eq(error.message, "sink.cfg:12: a comma is missing");
}
END_TEST

START_TEST(error_may_be_null)
{
  ck_assert_int_eq(dh_error_set(NULL, DH_TIMEOUT, "x"), DH_TIMEOUT);
  dh_error_clear(NULL);
  dh_error_prefix(NULL, "x");
}
END_TEST

START_TEST(every_status_has_a_name)
{
  for (int i = 0; i < DH_STATUS_COUNT; i++)
    ck_assert_str_ne(dh_status_name((dh_status)i), "unknown");
  ck_assert_str_eq(dh_status_name((dh_status)DH_STATUS_COUNT), "unknown");
}
END_TEST

/* --- buffers --- */

START_TEST(buf_escapes_json)
{
  dh_buf buf;
  dh_buf_init(&buf);
  dh_buf_add_json(&buf, "a\"\\\n\x01\xc3\xa9", 7);
  ck_assert_str_eq(dh_buf_text(&buf), "\"a\\\"\\\\\\n\\u0001\xc3\xa9\"");
  dh_buf_free(&buf);
}
END_TEST

START_TEST(buf_that_failed_stays_failed)
{
  dh_buf buf;
  dh_buf_init(&buf);
  ck_assert(!dh_buf_reserve(&buf, SIZE_MAX / 2));
  dh_buf_adds(&buf, "x");
  ck_assert_ptr_null(dh_buf_text(&buf));
  ck_assert_ptr_null(dh_buf_take(&buf));
}
END_TEST

/* --- text --- */

START_TEST(letters_compare_as_in_c)
{
  ck_assert_int_eq(dh_text_casecmp("INCLUDE", "include"), 0);
  ck_assert_int_lt(dh_text_casecmp("includ", "INCLUDE"), 0);
  ck_assert_int_gt(dh_text_casecmp("\xc4\xb0", "i"), 0);
  ck_assert_int_eq(dh_text_ncasecmp("INCLUDE x", "include y", 8), 0);
  ck_assert_int_ne(dh_text_ncasecmp("INCLUDE x", "include y", 9), 0);
}
END_TEST

START_TEST(numbers_read_and_write_as_in_c)
{
  char *end, text[32];
  ck_assert_double_eq(dh_text_double("1.5,", &end), 1.5);
  ck_assert_str_eq(end, ",");
  dh_text_from_double(0.001, text);
  ck_assert_str_eq(text, "0.001");
}
END_TEST

START_TEST(durations_and_sizes)
{
  int64_t v;
  ck_assert(dh_text_duration("250ms", &v) && v == 250);
  ck_assert(dh_text_duration("30", &v) && v == 30000);
  ck_assert(dh_text_duration("1.5", &v) && v == 1500);
  ck_assert(dh_text_duration("2h", &v) && v == 7200000);
  ck_assert(!dh_text_duration("-1s", &v) && !dh_text_duration("s", &v) &&
            !dh_text_duration("1w", &v) && !dh_text_duration("", &v) &&
            !dh_text_duration("1e3", &v) && !dh_text_duration("nan", &v));
  ck_assert(dh_text_size("15M", &v) && v == 15728640);
  ck_assert(dh_text_size("64KiB", &v) && v == 65536);
  ck_assert(!dh_text_size("99999999999G", &v));
}
END_TEST

START_TEST(integers_and_booleans)
{
  int64_t v;
  bool b;
  ck_assert(dh_text_int("-42", &v) && v == -42);
  ck_assert(!dh_text_int("42x", &v) && !dh_text_int("", &v) && !dh_text_int(" 1", &v) &&
            !dh_text_int("9223372036854775808", &v));
  ck_assert(dh_text_bool("Yes", &b) && b);
  ck_assert(dh_text_bool("off", &b) && !b);
  ck_assert(!dh_text_bool("maybe", &b));
}
END_TEST

START_TEST(nearest_word)
{
  static const char *const words[] = {"server", "token", "timeout_sec", NULL};
  ck_assert_str_eq(dh_text_nearest("tokn", words), "token");
  ck_assert_str_eq(dh_text_nearest("timeout", words), "timeout_sec");
  ck_assert_ptr_null(dh_text_nearest("zzzzzz", words));
}
END_TEST

START_TEST(utf8)
{
  ck_assert(dh_text_utf8("\xf0\x9f\x98\x80 \xc3\xa9", 7));
  ck_assert(!dh_text_utf8("\xc0\xaf", 2));
  ck_assert(!dh_text_utf8("\xed\xa0\x80", 3));
  ck_assert(!dh_text_utf8("\xe2\x82", 2));
}
END_TEST

/* --- log and secrets --- */

static void keep_line(void *arg, dh_log_level level, const char *line)
{
  (void)level;
  snprintf(arg, 256, "%s", line);
}

static dh_context *logging_context(char line[256])
{
  line[0] = '\0';
  dh_context_options options = {
      .struct_size = sizeof(options), .log_level = DH_LOG_INFO, .log = keep_line, .log_arg = line};
  return dh_context_new(&options, NULL);
}

START_TEST(log_hides_live_secrets)
{
  char line[256];
  dh_context *context = logging_context(line);
  dh_secret *secret = dh_secret_new(context, "open sesame", 11);
  dh_log(context, DH_LOG_INFO, "sent <%s>", "open sesame");
  ck_assert_str_eq(line, "sent <[redacted]>");
  dh_secret_free(secret);
  dh_context_free(context);
}
END_TEST

START_TEST(log_hides_what_looks_like_a_jwt)
{
  char line[256];
  dh_context *context = logging_context(line);
  dh_log(context, DH_LOG_INFO, "header: Bearer %s.", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln");
  ck_assert_str_eq(line, "header: Bearer [redacted].");
  dh_context_free(context);
}
END_TEST

START_TEST(log_is_one_line_and_leveled)
{
  char line[256];
  dh_context *context = logging_context(line);
  dh_log(context, DH_LOG_DEBUG, "not wanted");
  ck_assert_str_eq(line, "");
  dh_log(context, DH_LOG_ERROR, "one\ntwo");
  ck_assert_str_eq(line, "one two");
  dh_context_free(context);
}
END_TEST

START_TEST(secret_outlives_its_context)
{
  size_t size;
  dh_context *context = dh_context_new(NULL, NULL);
  dh_secret *secret = dh_secret_new(context, "abc", 3);
  dh_context_free(context);
  ck_assert_str_eq(dh_secret_bytes(secret, &size), "abc");
  ck_assert_uint_eq(size, 3);
  dh_secret_free(secret);
}
END_TEST

static TCase *case_error(void)
{
  TCase *c = tcase_create("error");
  tcase_add_test(c, error_message_is_cut_with_dots);
  tcase_add_test(c, error_prefix_keeps_status_and_words);
  tcase_add_test(c, error_may_be_null);
  tcase_add_test(c, every_status_has_a_name);
  return c;
}

static TCase *case_text(void)
{
  TCase *c = tcase_create("text");
  tcase_add_test(c, buf_escapes_json);
  tcase_add_test(c, buf_that_failed_stays_failed);
  tcase_add_test(c, letters_compare_as_in_c);
  tcase_add_test(c, numbers_read_and_write_as_in_c);
  tcase_add_test(c, durations_and_sizes);
  tcase_add_test(c, integers_and_booleans);
  tcase_add_test(c, nearest_word);
  tcase_add_test(c, utf8);
  return c;
}

static TCase *case_log(void)
{
  TCase *c = tcase_create("log");
  tcase_add_test(c, log_hides_live_secrets);
  tcase_add_test(c, log_hides_what_looks_like_a_jwt);
  tcase_add_test(c, log_is_one_line_and_leveled);
  tcase_add_test(c, secret_outlives_its_context);
  return c;
}

SUITE("base", case_error(), case_text(), case_log())
