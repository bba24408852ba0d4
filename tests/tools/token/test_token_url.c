/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub token verify with the keys that an issuer publishes.
 */
#include "suite.h"
#include "support/program.h"
#include "support/server.h"
#include "support/tmpdir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define JWK                                                                                        \
  "{\"kty\":\"oct\",\"kid\":\"k\",\"k\":\"YW4tZXhhbXBsZS1zaWduaW5nLWtleS1vZi10aGUtdGVzdHM\"}"

static test_server *issuer;
static char *folder, *token;
static int status;
static const char *body;

static void answer(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply_text(conn, status, body);
}

static void setup(void)
{
  test_program p;
  folder = test_tmpdir_new();
  char *key = test_file_text(folder, "jwk", JWK);
  status = 200;
  body = "{\"keys\":[" JWK "]}";
  issuer = test_server_start(answer, NULL);
  test_program_run(&p, "{\"sub\":\"jdoe\",\"exp\":4000000000}",
                   (const char *const[]){"dhub", "token", "mint", "--claims", "-", "--jwk", key,
                                         "--alg", "HS256", NULL});
  ck_assert_msg(p.code == 0, "%s", p.err);
  token = strdup(p.out);
  test_program_clear(&p);
  free(key);
}

static void teardown(void)
{
  test_server_stop(issuer);
  test_tmpdir_remove(folder);
  free(token);
}

static void verified(int code, const char *words)
{
  test_program p;
  char url[256];
  snprintf(url, sizeof(url), "%s/keys", test_server_url(issuer));
  test_program_run(
      &p, token,
      (const char *const[]){"dhub", "token", "verify", "--jwks", url, "--alg", "HS256", NULL});
  ck_assert_msg(p.code == code && (strstr(p.out, words) || strstr(p.err, words)), "%d: %s%s",
                p.code, p.out, p.err);
  test_program_clear(&p);
}

START_TEST(published_keys_verify)
{
  verified(0, "jdoe");
}
END_TEST

START_TEST(key_that_is_not_among_them_is_denied)
{
  body = "{\"keys\":[{\"kty\":\"oct\",\"kid\":\"other\",\"k\":"
         "\"YW5vdGhlci1leGFtcGxlLXNpZ25pbmcta2V5LW9mLXRlc3Rz\"}]}";
  verified(3, "no key is known under the token's kid");
}
END_TEST

START_TEST(page_without_keys_is_named)
{
  body = "<html>Sign in</html>";
  verified(2, "/keys: ");
}
END_TEST

START_TEST(answer_that_is_no_200_is_unreachable)
{
  status = 404;
  verified(4, "cannot read http");
}
END_TEST

START_TEST(server_that_is_down_is_unreachable)
{
  test_server_down(issuer);
  verified(4, "cannot read http");
}
END_TEST

static TCase *case_url(void)
{
  TCase *c = tcase_create("url");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, published_keys_verify);
  tcase_add_test(c, key_that_is_not_among_them_is_denied);
  tcase_add_test(c, page_without_keys_is_named);
  tcase_add_test(c, answer_that_is_no_200_is_unreachable);
  tcase_add_test(c, server_that_is_down_is_unreachable);
  return c;
}

SUITE("dhub token verify by URL", case_url())
