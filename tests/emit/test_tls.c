/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS: whom the emitter believes, and how it shows who it is.
 */
#include "emit/stage.h"

#include <string.h>

static void refuses_tls(const char *name, const char *words)
{
  dh_error error;
  stage_start_tls(name, NULL);
  fixture_open(&f);
  fixture_emit_many(&f, 2, 2);
  ck_assert_int_ne(fixture_close(&f, -1, &error), DH_OK);
  ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 2);
  ck_assert_uint_eq(test_server_count(server), 0);
}

START_TEST(test_tls_good)
{
  stage_start_tls("good", NULL);
  fixture_open(&f);
  fixture_emit_many(&f, 2, 2);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 2);
}
END_TEST

START_TEST(test_tls_expired)
{
  refuses_tls("expired", "has expired");
}
END_TEST

START_TEST(test_tls_wrong_name)
{
  refuses_tls("wrong-name", "for another name");
}
END_TEST

START_TEST(test_tls_stranger)
{
  refuses_tls("stranger", "not trusted");
}
END_TEST

START_TEST(test_tls_unchecked_on_demand)
{
  stage_start_tls("stranger", NULL);
  fixture_set(&f, "disable_ssl_verification", "true");
  fixture_open(&f);
  ck_assert(fixture_logged(&f, "disable_ssl_verification is set"));
  fixture_emit_many(&f, 2, 2);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 2);
}
END_TEST

static TCase *case_server(void)
{
  TCase *c = stage_case("the server's certificate");
  tcase_add_test(c, test_tls_good);
  tcase_add_test(c, test_tls_expired);
  tcase_add_test(c, test_tls_wrong_name);
  tcase_add_test(c, test_tls_stranger);
  tcase_add_test(c, test_tls_unchecked_on_demand);
  return c;
}

SUITE("tls", case_server())
