/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records that the server refuses, or that are not sent to it: each alone, without its
 * batch's others.
 */
#include "emit/stage.h"

#include <string.h>

/* Refuses whole any batch with a record of the dataset `poison`, and none without. */
static void picky(void *arg, const test_request *request, test_conn *conn)
{
  static const char refusal[] = "{\"exceptionClass\":\"x\",\"message\":\"Invalid field\\nmore\","
                                "\"stackTrace\":\"at com.Secret\",\"status\":422}";
  (void)arg;
  if (strstr(request->body, "poison"))
    test_reply(conn, 422, "X-RestLi-Error-Response: true\r\n", refusal, strlen(refusal));
  else
    test_reply_text(conn, 200, "{}");
}

START_TEST(test_422_of_one_in_a_hundred)
{
  dh_error error;
  server = test_server_start(picky, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  char *letters = test_path(dir, "letters.json");
  fixture_set(&f, "linger", "1h");
  fixture_set(&f, "dead_letter", letters);
  fixture_open(&f);
  fixture_emit_many(&f, 42, 7);
  ck_assert_int_eq(
      fixture_emit(&f, "urn:li:dataset:(urn:li:dataPlatform:hive,poison,PROD)", &error), DH_OK);
  fixture_emit_many(&f, 57, 7);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 99);
  ck_assert_int_eq(fixture_line(&f, 42)->fate, DH_REJECTED);
  ck_assert_str_eq(fixture_line(&f, 42)->words, "422: Invalid field");
  char *text = test_read(letters, NULL);
  ck_assert_ptr_nonnull(strstr(text, "poison"));
  ck_assert_ptr_nonnull(strstr(text, "\"aspect\":{\"json\":{\"removed\":false"));
  ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
  free(text);
  free(letters);
}
END_TEST

static void small_only(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  if (request->body_size > 2000)
    test_reply(conn, 413, NULL, "", 0);
  else
    test_reply_text(conn, 200, "{}");
}

START_TEST(test_413)
{
  dh_error error;

  server = test_server_start(small_only, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  fixture_set(&f, "linger", "1h");
  fixture_open(&f);
  fixture_emit_many(&f, 50, 7);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 50);
  ck_assert_uint_gt(test_server_count(server), 8);
}
END_TEST

START_TEST(test_413_of_one)
{
  START({STEP_STATUS, 413, NULL, NULL});
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_TOO_LARGE), 1);
}
END_TEST

START_TEST(test_refusal_that_is_not_json)
{
  START({STEP_STATUS, 400, NULL, "Bad \x01 things\nhappened"});
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_str_eq(fixture_line(&f, 0)->words, "400: Bad things");
}
END_TEST

START_TEST(test_500_of_one_record)
{
  START({STEP_STATUS, 500, NULL, "{\"message\":\"NullPointerException\"}"},
        {STEP_STATUS, 500, NULL, "{\"message\":\"NullPointerException\"}"});
  fixture_set(&f, "retry_max_times", "1");
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_REJECTED), 1);
  ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, "NullPointerException"));
}
END_TEST

START_TEST(test_500_that_is_not_retried)
{
  START({STEP_STATUS, 500, NULL, "{\"message\":\"NullPointerException\"}"});
  fixture_set(&f, "retry_status_codes", "503");
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_REJECTED), 1);
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

START_TEST(test_bad_urn_goes_alone)
{
  dh_error error;
  START({.what = STEP_OK});
  fixture_set(&f, "linger", "1h");
  fixture_open(&f);
  fixture_emit_many(&f, 5, 5);
  ck_assert_int_eq(fixture_emit(&f, "urn:li:dataset:(urn:li:dataPlatform:hive,t,PROD", &error),
                   DH_OK);
  fixture_emit_many(&f, 5, 5);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 10);
  ck_assert_int_eq(fixture_line(&f, 5)->fate, DH_REJECTED);
  ck_assert_uint_eq(test_server_count(server), 1);
}
END_TEST

START_TEST(test_too_large_goes_alone)
{
  dh_error error;
  char urn[1000] = "urn:li:corpuser:";
  START({.what = STEP_OK});
  memset(urn + strlen(urn), 'a', 900);
  fixture_set(&f, "linger", "1h");
  fixture_set(&f, "max_batch_bytes", "1024");
  fixture_open(&f);
  fixture_emit_many(&f, 3, 3);
  ck_assert_int_eq(fixture_emit(&f, urn, &error), DH_OK);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 3);
  ck_assert_int_ne(fixture_line(&f, 3)->fate, DH_DELIVERED);
}
END_TEST

START_TEST(test_dead_letter_disk_full)
{
  dh_error error;
  server = test_server_start(picky, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  fixture_set(&f, "dead_letter", "/dev/full");
  fixture_open(&f);
  ck_assert_int_eq(fixture_emit(&f, "urn:li:corpuser:poison", &error), DH_OK);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_UNAVAILABLE);
  ck_assert_ptr_nonnull(strstr(error.message, "/dev/full"));
  ck_assert_uint_eq(fixture_count(&f, DH_REJECTED), 1);
}
END_TEST

static TCase *case_refusals(void)
{
  TCase *c = stage_case("refusals");
  tcase_add_test(c, test_422_of_one_in_a_hundred);
  tcase_add_test(c, test_413);
  tcase_add_test(c, test_413_of_one);
  tcase_add_test(c, test_refusal_that_is_not_json);
  tcase_add_test(c, test_500_of_one_record);
  tcase_add_test(c, test_500_that_is_not_retried);
  tcase_add_test(c, test_bad_urn_goes_alone);
  tcase_add_test(c, test_too_large_goes_alone);
  tcase_add_test(c, test_dead_letter_disk_full);
  return c;
}

SUITE("refusals", case_refusals())
