/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where secrets must not be: a core file, the log, the command line and environment of a
 * child. A child process obtains a credential; the test reads from outside what the
 * kernel would write into a core of it: all private memory but what is marked to be left
 * out ("dd" in its smaps).
 */
#include "plugins/idp.h"

#include "support/core.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Made at run time, so that neither lies in this program's own data. */
static char issued[73], client_secret[73];

static idp_fixture idp;

/* As long as real ones are: longer than a vector register, which the dynamic linker may spill. */
static void make_secret(char out[73], unsigned seed)
{
  for (unsigned i = 0; i < 72; i++)
    out[i] = (char)('a' + (seed + i * i * 7 + i * 3 + i / 26) % 26);
  out[72] = '\0';
}

static char body[256];

static void setup(void)
{
  idp_setup(&idp);
  make_secret(issued, 3);
  make_secret(client_secret, 11);
  snprintf(body, sizeof(body),
           "{\"access_token\":\"%s\",\"token_type\":\"Bearer\",\"expires_in\":3600}", issued);
  idp.body = body;
}

static void teardown(void)
{
  idp_teardown(&idp);
}

/* --- the log, command lines and environments --- */

START_TEST(debug_log_holds_no_secret)
{
  char options[512];
  snprintf(options, sizeof(options),
           "token_endpoint = \"%%s/t\"; client_id = \"app\"; client_secret = \"%s\";",
           client_secret);
  dh_credentials *credentials = idp_open(&idp, "client-credentials", options);
  auth_get(&idp.auth, credentials);
  dh_log(idp.auth.context, DH_LOG_DEBUG, "echoed: %s %s", issued, client_secret);
  dh_credentials_close(credentials);
  ck_has(idp.auth.log, "echoed: [redacted] [redacted]");
  ck_assert_ptr_null(strstr(idp.auth.log, issued));
  ck_assert_ptr_null(strstr(idp.auth.log, client_secret));
}
END_TEST

static bool file_holds(const char *name, const char *secret)
{
  size_t size;
  char *path = test_path(idp.dir, name), *text = test_read(path, &size);
  bool found = memmem(text, size, secret, strlen(secret)) != NULL;
  free(text);
  free(path);
  return found;
}

START_TEST(children_are_told_no_secret)
{
  char script[512], options[512];
  snprintf(script, sizeof(script),
           "#!/bin/sh\ncat /proc/self/environ >%s/environ\ncat /proc/$$/cmdline >%s/cmdline\n"
           "echo token\n",
           idp.dir, idp.dir);
  char *path = test_file(idp.dir, "helper", script, strlen(script), 0700);
  setenv("DATAHUB_GMS_TOKEN", issued, 1);
  setenv("DATAHUB_SYSTEM_CLIENT_SECRET", client_secret, 1);
  snprintf(options, sizeof(options), "command = \"%s\";", path);
  ck_assert_str_eq(idp_once(&idp, "exec", options), "Bearer token");
  ck_assert(file_holds("environ", "PATH=") && file_holds("cmdline", "helper"));
  ck_assert(!file_holds("environ", issued) && !file_holds("environ", client_secret));
  ck_assert(!file_holds("cmdline", issued) && !file_holds("cmdline", client_secret));
  free(path);
}
END_TEST

/* --- a core file ---
 *
 * The configuration is a recipe: libconfig's own parser leaves copies of what it read in
 * memory that it has freed, out of our reach (doc/credentials.md). */

/* What the child does: obtains a credential of a stack that it reads from a file, says so,
 * and waits to be ended. The secrets come in through files and the network alone. */
static void hold_credential(const char *config_path, int ready)
{
  dh_error error;
  dh_credential *credential = NULL;
  dh_context_options options = {.struct_size = sizeof(options),
                                .plugin_path = BUILDDIR "/plugins/.libs"};
  dh_context *context = dh_context_new(&options, &error);
  dh_config *config = dh_config_load(context, config_path, &error);
  dh_credentials *credentials = dh_credentials_open(context, config, IDP_GMS, &error);
  dh_config_free(config);
  bool good = credentials && dh_credentials_get(credentials, 20000, &credential, &error) == DH_OK;
  test_holder_wait(ready, good);
}

static void ck_core_is_clean(const char *config)
{
  char places[TEST_CORE_PLACES];
  char *path = test_file_text(idp.dir, "sink.yml", config);
  pid_t pid = test_holder_start(path);
  unsigned tokens = test_core_holds(pid, issued, strlen(issued), places);
  ck_assert_msg(!tokens, "the token is in%s", places);
  unsigned secrets = test_core_holds(pid, client_secret, strlen(client_secret), places);
  ck_assert_msg(!secrets, "the client's secret is in%s", places);
  test_holder_end(pid);
  free(path);
}

START_TEST(core_holds_no_token_of_a_file)
{
  char config[512];
  char *path = test_file_text(idp.dir, "token", issued);
  snprintf(config, sizeof(config), "auth: {type: file, config: {path: '%s'}}\n", path);
  ck_core_is_clean(config);
  free(path);
}
END_TEST

START_TEST(core_holds_no_token_of_the_configuration)
{
  char config[512];
  snprintf(config, sizeof(config), "token: %s\n", issued);
  ck_core_is_clean(config);
}
END_TEST

START_TEST(core_holds_no_token_of_a_provider)
{
  char config[1024];
  snprintf(config, sizeof(config),
           "auth: {type: oidc_client_credentials, config: {token_endpoint: '%s/t', client_id: app, "
           "client_secret: %s}}\n",
           test_server_url(idp.server), client_secret);
  ck_core_is_clean(config);
}
END_TEST

START_TEST(core_holds_no_token_of_a_command)
{
  char config[1024], script[256];
  snprintf(script, sizeof(script),
           "#!/bin/sh\necho '{\"kind\":\"ExecCredential\",\"apiVersion\":"
           "\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"%s\"}}'\n",
           issued);
  char *path = test_file(idp.dir, "helper", script, strlen(script), 0700);
  snprintf(config, sizeof(config), "auth: {type: exec, config: {command: '%s'}}\n", path);
  ck_core_is_clean(config);
  free(path);
}
END_TEST

/* The search itself: what is not hidden is found. */
START_TEST(search_finds_what_is_there)
{
  char places[TEST_CORE_PLACES], config[512];
  char *token = test_file_text(idp.dir, "token", issued);
  snprintf(config, sizeof(config), "auth: {type: file, config: {path: '%s'}}\n", token);
  char *path = test_file_text(idp.dir, "sink.yml", config);
  pid_t pid = test_holder_start(path);
  ck_assert_uint_ge(test_core_holds(pid, path, strlen(path), places), 1);
  test_holder_end(pid);
  free(path);
  free(token);
}
END_TEST

static TCase *case_secrets(void)
{
  TCase *c = tcase_create("secrets");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, debug_log_holds_no_secret);
  tcase_add_test(c, children_are_told_no_secret);
  if (!TEST_CORES)
    return c;
  tcase_add_test(c, search_finds_what_is_there);
  tcase_add_test(c, core_holds_no_token_of_a_file);
  tcase_add_test(c, core_holds_no_token_of_the_configuration);
  tcase_add_test(c, core_holds_no_token_of_a_provider);
  tcase_add_test(c, core_holds_no_token_of_a_command);
  return c;
}

int main(int argc, char **argv)
{
  if (argc == 4 && !strcmp(argv[1], "--hold"))
    hold_credential(argv[2], atoi(argv[3]));
  Suite *suite = suite_create("secrets");
  suite_add_tcase(suite, case_secrets());
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
