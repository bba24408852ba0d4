/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "http/easy.h"

#include <string.h>

/* 2026-01-02 03:04:05 UTC */
#define NOW_MS 1767323045000

START_TEST(retry_after_in_seconds)
{
  ck_assert_int_eq(dh_http_retry_after("0", NOW_MS), 0);
  ck_assert_int_eq(dh_http_retry_after(" 120 ", NOW_MS), 120000);
  ck_assert_int_eq(dh_http_retry_after("99999999999999999999", NOW_MS), 86400000);
}
END_TEST

START_TEST(retry_after_as_a_date)
{
  ck_assert_int_eq(dh_http_retry_after("Fri, 02 Jan 2026 03:04:35 GMT", NOW_MS), 30000);
  ck_assert_int_eq(dh_http_retry_after("Friday, 02-Jan-26 03:04:35 GMT", NOW_MS), 30000);
  ck_assert_int_eq(dh_http_retry_after("Fri Jan  2 03:04:35 2026", NOW_MS), 30000);
  ck_assert_int_eq(dh_http_retry_after("Fri, 02 Jan 2026 03:04:00 GMT", NOW_MS), 0);
  ck_assert_int_eq(dh_http_retry_after("Fri, 02 Jan 333333333", NOW_MS), 86400000);
}
END_TEST

START_TEST(retry_after_that_cannot_be_read)
{
  static const char *const bad[] = {"", " ", "-1", "soon", "12 apples", "1.5", "\xff\xfe"};
  ck_assert_int_eq(dh_http_retry_after(NULL, NOW_MS), -1);
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    ck_assert_msg(dh_http_retry_after(bad[i], NOW_MS) == -1, "'%s' was read", bad[i]);
}
END_TEST

static void same(const char *url, const char *want)
{
  char *origin = dh_http_origin(url);
  ck_assert_pstr_eq(origin, want);
  free(origin);
}

START_TEST(origins_are_normalized)
{
  same("https://Data.Example.COM/api/gms", "https://data.example.com:443");
  same("HTTP://h", "http://h:80");
  same("http://h:8080?x", "http://h:8080");
  same("http://h:0080/", "http://h:80");
  same("https://h./", "https://h:443");
  same("http://%33./", "http://0.0.0.3:80");
  same("http://[::1]:8080/x", "http://[::1]:8080");
  same("http://[0:0::1]/", "http://[::1]:80");
  same("https://user:pass@h/", "https://h:443");
  same("https://h/@evil.example", "https://h:443");
}
END_TEST

START_TEST(what_has_no_origin)
{
  static const char *const bad[] = {"http://a%2525/",
                                    "",
                                    "h",
                                    "//h/x",
                                    "ftp://h/",
                                    "http://",
                                    "https:h",
                                    "http://h:99999/",
                                    "/path",
                                    "http://h h/",
                                    "mailto:x",
                                    "http://h:port/",
                                    "http://h../",
                                    "http://./"};
  ck_assert_ptr_null(dh_http_origin(NULL));
  for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
    ck_assert_msg(!dh_http_origin(bad[i]), "'%s' has an origin", bad[i]);
}
END_TEST

START_TEST(this_host_is_known)
{
  static const char *const here[] = {"http://127.0.0.1:80", "http://127.1.2.3:8080",
                                     "http://localhost:80", "https://[::1]:443"};
  static const char *const elsewhere[] = {"http://127.0.0.1.example.com:80",
                                          "http://127.example.com:80",
                                          "http://localhost.example.com:80",
                                          "http://128.0.0.1:80",
                                          "http://[::1:2]:80",
                                          "http://12.7.0.1:80",
                                          "x"};
  for (size_t i = 0; i < sizeof(here) / sizeof(here[0]); i++)
    ck_assert_msg(dh_http_is_loopback(here[i]), "%s", here[i]);
  for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++)
    ck_assert_msg(!dh_http_is_loopback(elsewhere[i]), "%s", elsewhere[i]);
}
END_TEST

START_TEST(origins_compare)
{
  ck_assert(dh_http_same_origin("https://h/a", "https://H:443/b"));
  ck_assert(!dh_http_same_origin("https://h/", "http://h/"));
  ck_assert(!dh_http_same_origin("https://h/", "https://h:444/"));
  ck_assert(!dh_http_same_origin("https://h/", "https://h.example/"));
  ck_assert(!dh_http_same_origin("nothing", "nothing"));
}
END_TEST

START_TEST(a_url_is_shown_without_what_may_be_secret)
{
  char out[100];
  dh_http_show_url("https://user:pass@h/p/q?token=abc#d", out, sizeof(out));
  ck_assert_str_eq(out, "https://h:443/p/q");
}
END_TEST

static TCase *case_headers(void)
{
  TCase *c = tcase_create("headers");
  tcase_add_test(c, retry_after_in_seconds);
  tcase_add_test(c, retry_after_as_a_date);
  tcase_add_test(c, retry_after_that_cannot_be_read);
  return c;
}

static TCase *case_origins(void)
{
  TCase *c = tcase_create("origins");
  tcase_add_test(c, origins_are_normalized);
  tcase_add_test(c, what_has_no_origin);
  tcase_add_test(c, this_host_is_known);
  tcase_add_test(c, origins_compare);
  tcase_add_test(c, a_url_is_shown_without_what_may_be_secret);
  return c;
}

SUITE("http headers", case_headers(), case_origins())
