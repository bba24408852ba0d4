/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS: whom the emitter believes, and how it shows who it is.
 */
#include "emit/stage.h"

#include <stdio.h>
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

/* --- who the emitter is --- */

static void client_certificate(void)
{
  stage_set_path("client_certificate_path", "client.pem");
  stage_set_path("client_key_path", "client.key");
}

START_TEST(test_client_certificate)
{
  stage_start_tls("good", "ca.pem");
  client_certificate();
  stage_survives(1);
}
END_TEST

static void append(const char *to, const char *from)
{
  char *path = test_path(dir, from);
  size_t size;
  char *text = test_read(path, &size);
  free(path);
  path = test_path(dir, to);
  FILE *file = fopen(path, "a");
  ck_assert_uint_eq(fwrite(text, 1, size, file), size);
  fclose(file);
  free(path);
  free(text);
}

START_TEST(test_client_certificate_with_its_key)
{
  stage_start_tls("good", "ca.pem");
  append("both.pem", "client.pem");
  append("both.pem", "client.key");
  stage_set_path("client_certificate_path", "both.pem");
  stage_survives(1);
}
END_TEST

START_TEST(test_client_certificate_from_the_environment)
{
  stage_start_tls("good", "ca.pem");
  char *cert = test_path(dir, "client.pem"), *key = test_path(dir, "client.key");
  setenv("DATAHUB_CLIENT_CERT_PATH", cert, 1);
  setenv("DATAHUB_CLIENT_KEY_PATH", key, 1);
  stage_survives(1);
  free(cert);
  free(key);
}
END_TEST

START_TEST(test_client_certificate_that_is_missing)
{
  dh_error error;
  stage_start_tls("good", "ca.pem");
  fixture_open(&f);
  fixture_emit_many(&f, 2, 2);
  ck_assert_int_ne(fixture_close(&f, -1, &error), DH_OK);
  ck_assert_msg(strstr(error.message, "client certificate") != NULL, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 2);
  ck_assert_uint_eq(test_server_count(server), 0);
}
END_TEST

START_TEST(test_client_certificate_of_a_stranger)
{
  dh_error error;
  stage_start_tls("good", "ca.pem");
  stage_set_path("client_certificate_path", "stranger.pem");
  stage_set_path("client_key_path", "stranger.key");
  fixture_open(&f);
  fixture_emit_many(&f, 2, 2);
  ck_assert_int_ne(fixture_close(&f, -1, &error), DH_OK);
  ck_assert_msg(strstr(error.message, "client certificate") != NULL, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 2);
}
END_TEST

/* --- files that are wrong: told when the sink is opened --- */

/* `option`, and the file in the folder, are named with what is wrong. */
static void does_not_open(const char *option, const char *file, const char *words)
{
  dh_error error;
  char *path = test_path(dir, file);
  ck_assert_ptr_null(dh_emitter_open(f.context, f.sink, NULL, &error));
  ck_assert_int_eq(error.status, DH_MISCONFIGURED);
  ck_assert_msg(strstr(error.message, option) && strstr(error.message, path) &&
                    strstr(error.message, words),
                "%s", error.message);
  free(path);
}

START_TEST(test_file_that_is_missing)
{
  static const char *const options[] = {"ca_certificate_path", "client_certificate_path",
                                        "client_key_path"};
  stage_start_tls("good", NULL);
  client_certificate();
  stage_set_path(options[_i], "none.pem");
  does_not_open(options[_i], "none.pem", "No such file");
}
END_TEST

/* A folder: even root cannot read that. */
START_TEST(test_file_that_cannot_be_read)
{
  stage_start_tls("good", NULL);
  stage_set_path("ca_certificate_path", ".");
  does_not_open("ca_certificate_path", ".", "Is a directory");
}
END_TEST

START_TEST(test_file_of_something_else)
{
  stage_start_tls("good", NULL);
  stage_set_path("ca_certificate_path", "client.key");
  does_not_open("ca_certificate_path", "client.key", "holds no certificate in PEM form");
}
END_TEST

START_TEST(test_certificate_for_a_key)
{
  stage_start_tls("good", NULL);
  client_certificate();
  stage_set_path("client_key_path", "client.pem");
  does_not_open("client_key_path", "client.pem", "holds no private key in PEM form");
}
END_TEST

START_TEST(test_certificate_without_a_key)
{
  stage_start_tls("good", NULL);
  stage_set_path("client_certificate_path", "client.pem");
  does_not_open("client_certificate_path", "client.pem", "holds no private key");
}
END_TEST

START_TEST(test_key_without_a_certificate)
{
  stage_start_tls("good", NULL);
  stage_set_path("client_key_path", "client.key");
  does_not_open("client_key_path", "client.key", "and nothing its certificate");
}
END_TEST

/* Nobody is there to be asked for its password, least of all on the terminal. */
START_TEST(test_key_that_is_locked)
{
  static const char locked[] = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nbm90IHJlYWw=\n"
                               "-----END ENCRYPTED PRIVATE KEY-----\n";
  stage_start_tls("good", NULL);
  free(test_file(dir, "locked.key", locked, sizeof(locked) - 1, 0600));
  client_certificate();
  stage_set_path("client_key_path", "locked.key");
  does_not_open("client_key_path", "locked.key", "locked with a password");
}
END_TEST

static TCase *case_client(void)
{
  TCase *c = stage_case("the client's certificate");
  tcase_add_test(c, test_client_certificate);
  tcase_add_test(c, test_client_certificate_with_its_key);
  tcase_add_test(c, test_client_certificate_from_the_environment);
  tcase_add_test(c, test_client_certificate_that_is_missing);
  tcase_add_test(c, test_client_certificate_of_a_stranger);
  return c;
}

static TCase *case_files(void)
{
  TCase *c = stage_case("files");
  tcase_add_loop_test(c, test_file_that_is_missing, 0, 3);
  tcase_add_test(c, test_file_that_cannot_be_read);
  tcase_add_test(c, test_file_of_something_else);
  tcase_add_test(c, test_certificate_for_a_key);
  tcase_add_test(c, test_certificate_without_a_key);
  tcase_add_test(c, test_key_without_a_certificate);
  tcase_add_test(c, test_key_that_is_locked);
  return c;
}

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

SUITE("tls", case_server(), case_client(), case_files())
