/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub get, and what the commands have in common, against a scripted GMS.
 */
#include "suite.h"
#include "tools/emit/gms_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEN(x) x x x x x x x x x x

static int status;
static const char *body;
static test_server *server;

static void answer(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply_text(conn, status, body);
}

static void setup(void)
{
  status = 200;
  body = "{\"urn\":\"urn:li:tag:a\",\"aspects\":{\"tagProperties\":{\"name\":\"tagProperties\","
         "\"version\":0,\"value\":{\"name\":\"a/b\"}}}}";
  server = test_server_start(answer, NULL);
}

static void teardown(void)
{
  test_server_stop(server);
}

START_TEST(aspects_are_printed)
{
  test_program p;
  DHUB(&p, "get", "-s", test_server_url(server), "urn:li:tag:(a,b)", "-a", "status", "--aspect",
       "tagProperties");
  ended(&p, 0, NULL);
  ck_assert_msg(strstr(p.out, "\"name\": \"a/b\"") || strstr(p.out, "\"name\":\"a/b\""), "%s",
                p.out);
  const test_request *request = test_server_request(server, 0);
  ck_assert_str_eq(request->target,
                   "/entitiesV2/urn%3Ali%3Atag%3A%28a%2Cb%29?aspects=List(status,tagProperties)");
  ck_assert_str_eq(test_request_header(request, "X-RestLi-Protocol-Version"), "2.0.0");
  test_program_clear(&p);
}
END_TEST

/* Characters, numbers and a depth that json-c's own reader would not give back. */
START_TEST(aspects_are_printed_as_they_were_sent)
{
  test_program p;
  body = "{\"aspects\":{\"tagProperties\":{\"value\":{\"name\":\"\\ud877\\udc01\",\"n\":-0,"
         "\"d\":" TEN("[") TEN("[") TEN("[") TEN("[") TEN("]") TEN("]") TEN("]") TEN("]") "}}}}";
  DHUB(&p, "get", "-s", test_server_url(server), "urn:li:tag:a");
  ended(&p, 0, NULL);
  ck_assert_msg(strstr(p.out, "\"\xf0\xad\xb0\x81\"") && strstr(p.out, "-0"), "%s", p.out);
  test_program_clear(&p);
}
END_TEST

START_TEST(no_such_entity_is_1)
{
  test_program p;
  status = 404;
  DHUB(&p, "get", "-s", test_server_url(server), "urn:li:tag:a");
  ended(&p, 1, "no such entity");
  test_program_clear(&p);
}
END_TEST

START_TEST(unauthorized_is_3_after_no_second_try_without_a_token)
{
  test_program p;
  status = 401;
  DHUB(&p, "get", "-s", test_server_url(server), "urn:li:tag:a");
  ended(&p, 3, "answered 401");
  ck_assert_uint_eq(test_server_count(server), 1);
  test_program_clear(&p);
}
END_TEST

START_TEST(forbidden_is_3_in_other_words)
{
  test_program p;
  status = 403;
  body = "{\"message\":\"User x is unauthorized\",\"stackTrace\":\"at com.linkedin\"}";
  DHUB(&p, "get", "-s", test_server_url(server), "urn:li:tag:a");
  ended(&p, 3, "the token is good, but its user lacks the privilege: User x");
  ck_assert_ptr_null(strstr(p.err, "com.linkedin"));
  test_program_clear(&p);
}
END_TEST

START_TEST(something_else_than_gms_is_said_to_be_so)
{
  test_program p;
  body = "<html>";
  DHUB(&p, "get", "-s", test_server_url(server), "urn:li:tag:a");
  ended(&p, 4, "is it DataHub's GMS");
  test_program_clear(&p);
}
END_TEST

START_TEST(an_unreachable_server_is_4)
{
  test_program p;
  test_server_down(server);
  DHUB(&p, "get", "-s", test_server_url(server), "urn:li:tag:a");
  ended(&p, 4, "cannot reach");
  test_program_clear(&p);
}
END_TEST

START_TEST(wrong_usage_is_2)
{
  test_program p;
  DHUB(&p, "get");
  ended(&p, 2, "one URN is wanted");
  test_program_clear(&p);
  DHUB(&p, "get", "no-urn");
  ended(&p, 2, "urn:li:");
  test_program_clear(&p);
  DHUB(&p, "get", "urn:li:tag:a");
  ended(&p, 2, "no DataHub server is named");
  test_program_clear(&p);
  DHUB(&p, "nosuch");
  ended(&p, 2, "there is no command 'nosuch'");
  test_program_clear(&p);
}
END_TEST

START_TEST(help_and_version_are_0)
{
  test_program p;
  DHUB(&p, "help", "get");
  ended(&p, 0, NULL);
  ck_assert_ptr_nonnull(strstr(p.out, "--aspect NAME"));
  test_program_clear(&p);
  DHUB(&p, "--version");
  ended(&p, 0, NULL);
  ck_assert_int_eq(strncmp(p.out, "dhub ", 5), 0);
  test_program_clear(&p);
}
END_TEST

/* What a gateway before GMS asks for, every command sends. */
START_TEST(extra_headers_of_the_sink_are_sent)
{
  char text[512];
  test_program p;
  char *folder = test_tmpdir_new();
  snprintf(text, sizeof(text),
           "sink: {type: datahub-rest, config: {server: '%s', extra_headers: {X-Team: metadata, "
           "user-agent: own/1}}}\n",
           test_server_url(server));
  char *recipe = test_file_text(folder, "recipe.yml", text);
  DHUB(&p, "get", "-c", recipe, "urn:li:tag:a");
  ended(&p, 0, NULL);
  const test_request *request = test_server_request(server, 0);
  ck_assert_str_eq(test_request_header(request, "X-Team"), "metadata");
  ck_assert_str_eq(test_request_header(request, "User-Agent"), "own/1");
  ck_assert_ptr_null(strstr(request->head, "DataHub-Client/1.0"));
  ck_assert_str_eq(test_request_header(request, "X-DataHub-Client-Mode"), "CLI");
  test_program_clear(&p);
  free(recipe);
  test_tmpdir_remove(folder);
}
END_TEST

static TCase *case_get(void)
{
  TCase *c = tcase_create("get");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_set_timeout(c, 60);
  tcase_add_test(c, aspects_are_printed);
  tcase_add_test(c, extra_headers_of_the_sink_are_sent);
  tcase_add_test(c, aspects_are_printed_as_they_were_sent);
  tcase_add_test(c, no_such_entity_is_1);
  tcase_add_test(c, unauthorized_is_3_after_no_second_try_without_a_token);
  tcase_add_test(c, forbidden_is_3_in_other_words);
  tcase_add_test(c, something_else_than_gms_is_said_to_be_so);
  tcase_add_test(c, an_unreachable_server_is_4);
  tcase_add_test(c, wrong_usage_is_2);
  tcase_add_test(c, help_and_version_are_0);
  return c;
}

SUITE("dhub get", case_get())
