/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules that find a token rather than ask for one: file, k8s_oidc, exec, basic, datahubenv.
 */
#include "plugins/idp.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static idp_fixture idp;

static void setup(void)
{
  idp_setup(&idp);
}

static void teardown(void)
{
  idp_teardown(&idp);
}

/* --- a projected volume, as the kubelet lays it out --- */

static char *volume; /* DIR/token -> ..data/token; ..data -> a folder of the version */

static void project(const char *version, const char *text)
{
  char folder[256], link[256], aside[256], file[320];
  snprintf(folder, sizeof(folder), "%s/%s", idp.dir, version);
  ck_assert_int_eq(mkdir(folder, 0755), 0);
  snprintf(file, sizeof(file), "%s/token", folder);
  auth_write(file, text, 0644);
  snprintf(aside, sizeof(aside), "%s/..data_tmp", idp.dir);
  snprintf(link, sizeof(link), "%s/..data", idp.dir);
  ck_assert_int_eq(symlink(version, aside), 0);
  ck_assert_int_eq(rename(aside, link), 0);
  if (volume)
    return;
  volume = test_path(idp.dir, "token");
  ck_assert_int_eq(symlink("..data/token", volume), 0);
}

static dh_credentials *open_volume(void)
{
  char options[512];
  snprintf(options, sizeof(options), "token_file = \"%s\";", volume);
  return idp_open(&idp, "k8s_oidc", options);
}

/* What is handed out once the recheck that is due has been waited for. */
static const char *later(dh_credentials *credentials)
{
  auth_advance(&idp.auth, 60000);
  return auth_get(&idp.auth, credentials);
}

START_TEST(projected_token_follows_the_symlink)
{
  project("v1", "one\n");
  dh_credentials *credentials = open_volume();
  ck_assert_str_eq(auth_get(&idp.auth, credentials), "Bearer one");
  project("v2", "two\n");
  ck_assert_str_eq(later(credentials), "Bearer two");
  dh_credentials_close(credentials);
}
END_TEST

/* Nothing, a line break, a JWT cut in its payload, and one cut before its signature. */
#define CUT_IN_PAYLOAD "eyJhbGciOiJub25lIn0.eyJzdW"
#define CUT_BEFORE_SIGNATURE "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."
static const char *const unready[] = {"", "\n", CUT_IN_PAYLOAD, CUT_BEFORE_SIGNATURE};

START_TEST(token_that_is_not_whole_is_not_taken)
{
  project("v1", "one\n");
  dh_credentials *credentials = open_volume();
  auth_get(&idp.auth, credentials);
  project("v2", unready[_i]);
  ck_assert_str_eq(later(credentials), "Bearer one");
  project("v3", "three\n");
  ck_assert_str_eq(later(credentials), "Bearer three");
  dh_credentials_close(credentials);
}
END_TEST

START_TEST(file_that_vanishes_leaves_the_token)
{
  project("v1", "one\n");
  dh_credentials *credentials = open_volume();
  auth_get(&idp.auth, credentials);
  unlink(volume);
  ck_assert_str_eq(later(credentials), "Bearer one");
  dh_credentials_close(credentials);
}
END_TEST

START_TEST(file_written_in_place_is_taken_at_the_second_look)
{
  project("v1", "one\n");
  dh_credentials *credentials = open_volume();
  auth_get(&idp.auth, credentials);
  auth_write(volume, "tw", 0644);
  ck_assert_str_eq(later(credentials), "Bearer one");
  auth_write(volume, "two", 0644);
  ck_assert_str_eq(later(credentials), "Bearer one");
  ck_assert_str_eq(later(credentials), "Bearer two");
  dh_credentials_close(credentials);
}
END_TEST

static const struct {
  const char *text;
  unsigned mode;
  dh_status status;
  const char *words;
} refused[] = {
    {"one\n", 0666, DH_DENIED, "may be written by anyone"},
    {"one\ntwo\n", 0600, DH_MALFORMED, "more than one line"},
    {"Bearer one\n", 0600, DH_MALFORMED, "write the token alone"},
    {"a\001b", 0600, DH_MALFORMED, "0x01 at offset 1"},
    {"", 0600, DH_UNAVAILABLE, "is empty"},
};

START_TEST(file_is_refused)
{
  char options[512];
  char *path =
      test_file(idp.dir, "bad", refused[_i].text, strlen(refused[_i].text), refused[_i].mode);
  snprintf(options, sizeof(options), "path = \"%s\";", path);
  ck_has(idp_once(&idp, "file", options), refused[_i].words);
  ck_assert_int_eq(idp.auth.error.status, refused[_i].status);
  free(path);
}
END_TEST

START_TEST(file_that_is_a_folder)
{
  char options[512];
  snprintf(options, sizeof(options), "path = \"%s\";", idp.dir);
  ck_has(idp_once(&idp, "file", options), "not a regular file");
}
END_TEST

/* --- exec --- */

static char *helper(const char *script)
{
  char text[2048];
  snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", script);
  return test_file(idp.dir, "helper", text, strlen(text), 0700);
}

static const char *exec_once(const char *script, const char *more)
{
  char options[1024];
  char *path = helper(script);
  snprintf(options, sizeof(options), "command = \"%s\"; %s", path, more);
  free(path);
  return idp_once(&idp, "exec", options);
}

START_TEST(exec_prints_a_plain_token)
{
  ck_assert_str_eq(exec_once("echo plain-token", ""), "Bearer plain-token");
}
END_TEST

#define EXEC_CREDENTIAL                                                                            \
  "cat <<'END'\n{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","  \
  "\"spec\":{\"interactive\":false},\"status\":{\"expirationTimestamp\":\"2026-01-01T01:00:00Z\"," \
  "\"token\":\"k8s-token\"}}\nEND"

START_TEST(exec_prints_an_exec_credential)
{
  char options[1024];
  dh_credential *credential;
  char *path = helper(EXEC_CREDENTIAL);
  snprintf(options, sizeof(options), "command = \"%s\";", path);
  dh_credentials *credentials = idp_open(&idp, "exec", options);
  ck_assert_str_eq(auth_get(&idp.auth, credentials), "Bearer k8s-token");
  ck_assert_int_eq(dh_credentials_get(credentials, 20000, &credential, NULL), DH_OK);
  ck_assert_int_eq(dh_credential_expiry(credential), 1767229200000);
  dh_credential_unref(credential);
  dh_credentials_close(credentials);
  free(path);
}
END_TEST

START_TEST(exec_has_a_clean_environment)
{
  setenv("DATAHUB_GMS_TOKEN", "not-for-children", 1);
  setenv("WANTED", "yes", 1);
  ck_assert_str_eq(exec_once("echo \"[${DATAHUB_GMS_TOKEN-unset}:${WANTED}:${MORE}:"
                             "${KUBERNETES_EXEC_INFO:+told}]\"",
                             "pass_env = \"WANTED\"; env = {MORE = \"more\";};"),
                   "Bearer [unset:yes:more:told]");
}
END_TEST

/* Of two variables of one name a program sees the first. */
START_TEST(exec_env_stands_above_what_is_passed_on)
{
  setenv("HOME", "/nonexistent", 1);
  setenv("WANTED", "passed", 1);
  ck_assert_str_eq(exec_once("tr '\\0' '\\n' </proc/$$/environ | grep -E '^(HOME|WANTED)=' | sort |"
                             " tr '\\n' ';'",
                             "pass_env = \"WANTED\"; env = {HOME = \"set\"; WANTED = \"too\";};"),
                   "Bearer HOME=set;WANTED=too;");
}
END_TEST

START_TEST(exec_inherits_no_open_files)
{
  /* Without O_CLOEXEC, as a careless program opens them. */
  ck_assert_int_eq(dup2(STDERR_FILENO, 77), 77);
  ck_assert_str_eq(exec_once("[ -e /proc/$$/fd/77 ] && echo open || echo closed", ""),
                   "Bearer closed");
  close(77);
}
END_TEST

static const struct {
  const char *script;
  dh_status status;
  const char *words;
} failing[] = {
    {"echo 'please log in' >&2; exit 3", DH_UNAVAILABLE, "failed with status 3: please log in"},
    {"kill -9 $$", DH_UNAVAILABLE, "ended by signal 9"},
    {"exec sleep 100", DH_TIMEOUT, "was killed"},
    {"sleep 100 & echo token", DH_TIMEOUT, "was killed"},
    {"", DH_UNAVAILABLE, "is empty"},
    {"head -c 70000 /dev/zero | tr '\\0' x", DH_MALFORMED, "more than 65536 bytes"},
    {"echo '{}'", DH_MALFORMED, "kind is not ExecCredential"},
    {"echo '{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\"}'",
     DH_MALFORMED, "no status"},
};

START_TEST(exec_that_fails)
{
  ck_has(
      exec_once(failing[_i].script, failing[_i].status == DH_TIMEOUT ? "timeout = \"200ms\";" : ""),
      failing[_i].words);
  ck_assert_int_eq(idp.auth.error.status, failing[_i].status);
}
END_TEST

START_TEST(exec_of_a_command_that_is_not_there)
{
  ck_has(idp_once(&idp, "exec", "command = \"/nonexistent/helper\";"), "No such file");
  ck_assert_int_eq(idp.auth.error.status, DH_MISCONFIGURED);
}
END_TEST

START_TEST(exec_knows_no_shell)
{
  ck_assert_str_eq(idp_once(&idp, "exec", "command = (\"echo\", \"$HOME;id\");"),
                   "Bearer $HOME;id");
}
END_TEST

/* --- basic --- */

START_TEST(basic_is_in_clear)
{
  ck_assert_str_eq(idp_once(&idp, "basic", "client_id = \"sys\"; client_secret = \"pass:word\";"),
                   "Basic sys:pass:word");
}
END_TEST

START_TEST(basic_from_the_environment)
{
  setenv("DATAHUB_SYSTEM_CLIENT_ID", "sys", 1);
  setenv("DATAHUB_SYSTEM_CLIENT_SECRET", "secret", 1);
  ck_assert_str_eq(idp_once(&idp, "basic", ""), "Basic sys:secret");
}
END_TEST

START_TEST(basic_without_a_secret)
{
  auth_open_fails(&idp.auth, "auth = {type = \"basic\"; config = {client_id = \"x\";};};", IDP_GMS,
                  DH_MISCONFIGURED, "client_secret");
}
END_TEST

/* --- datahubenv --- */

/* A JWT whose `exp` is an hour, or a second, after the test's clock begins. */
#define HOUR_JWT "eyJhbGciOiJub25lIn0.eyJleHAiOjE3NjcyMjkyMDB9.c2ln"
#define SECOND_JWT "eyJhbGciOiJub25lIn0.eyJleHAiOjE3NjcyMjU2MDF9.c2ln"

static const char *session_once(const char *text, char **after)
{
  char options[512];
  char *path = test_file_text(idp.dir, "datahubenv", text);
  snprintf(options, sizeof(options), "path = \"%s\";", path);
  const char *got = idp_once(&idp, "datahubenv", options);
  if (after)
    *after = test_read(path, NULL);
  free(path);
  return got;
}

START_TEST(datahubenv_token)
{
  ck_assert_str_eq(session_once("gms:\n  server: " IDP_GMS "/api/gms\n  token: abc\n", NULL),
                   "Bearer abc");
}
END_TEST

START_TEST(datahubenv_of_another_server)
{
  ck_has(session_once("gms:\n  server: https://other.example.com\n  token: abc\n", NULL),
         "is for the server https://other.example.com");
}
END_TEST

START_TEST(datahubenv_session_that_lasts_is_used)
{
  ck_assert_str_eq(session_once("gms: {server: '" IDP_GMS "', token: " HOUR_JWT "}\n"
                                "oauth: {client_id: c, refresh_token: r}\n",
                                NULL),
                   "Bearer " HOUR_JWT);
  ck_assert_uint_eq(test_server_count(idp.server), 0);
}
END_TEST

START_TEST(datahubenv_session_is_renewed_and_kept)
{
  char text[1024], *after;
  idp.body =
      "{\"access_token\":\"" HOUR_JWT "\",\"token_type\":\"Bearer\",\"refresh_token\":\"r2\"}";
  snprintf(text, sizeof(text),
           "gms:\n  server: " IDP_GMS "\n  token: " SECOND_JWT "\n  timeout_sec: 7\n"
           "oauth:\n  client_id: c\n  refresh_token: r1\n  token_endpoint: %s/t\n",
           test_server_url(idp.server));
  ck_assert_str_eq(session_once(text, &after), "Bearer " HOUR_JWT);
  ck_assert_str_eq(idp_asked(&idp, 0)->body,
                   "grant_type=refresh_token&refresh_token=r1&client_id=c");
  ck_has(after, "token: " HOUR_JWT "\n");
  ck_has(after, "refresh_token: r2\n");
  ck_has(after, "timeout_sec: 7\n");
  free(after);
}
END_TEST

START_TEST(datahubenv_session_under_another_s_lock)
{
  int lock = test_lock_held(idp.dir, "datahubenv.lock", "");
  idp.auth.tick_ms = 1000;
  ck_has(session_once("gms: {server: '" IDP_GMS "', token: " SECOND_JWT "}\n"
                      "oauth: {client_id: c, refresh_token: r}\n",
                      NULL),
         "/datahubenv.lock did not come free in time: another process holds it");
  ck_assert_int_eq(idp.auth.error.status, DH_TIMEOUT);
  close(lock);
}
END_TEST

START_TEST(datahubenv_session_that_cannot_be_renewed)
{
  char text[1024];
  idp.status = 400;
  idp.body = "{\"error\":\"invalid_grant\"}";
  snprintf(text, sizeof(text),
           "gms: {server: '" IDP_GMS "', token: " SECOND_JWT "}\n"
           "oauth: {client_id: c, refresh_token: r1, token_endpoint: '%s/t'}\n",
           test_server_url(idp.server));
  auth_advance(&idp.auth, 2000);
  ck_has(session_once(text, NULL), "datahub init --oauth");
  ck_assert_int_eq(idp.auth.error.status, DH_EXPIRED);
}
END_TEST

static TCase *case_file(void)
{
  TCase *c = tcase_create("file");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, projected_token_follows_the_symlink);
  tcase_add_loop_test(c, token_that_is_not_whole_is_not_taken, 0,
                      (int)(sizeof(unready) / sizeof(unready[0])));
  tcase_add_test(c, file_that_vanishes_leaves_the_token);
  tcase_add_test(c, file_written_in_place_is_taken_at_the_second_look);
  tcase_add_loop_test(c, file_is_refused, 0, (int)(sizeof(refused) / sizeof(refused[0])));
  tcase_add_test(c, file_that_is_a_folder);
  return c;
}

static TCase *case_exec(void)
{
  TCase *c = tcase_create("exec");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, exec_prints_a_plain_token);
  tcase_add_test(c, exec_prints_an_exec_credential);
  tcase_add_test(c, exec_has_a_clean_environment);
  tcase_add_test(c, exec_env_stands_above_what_is_passed_on);
  tcase_add_test(c, exec_inherits_no_open_files);
  tcase_add_loop_test(c, exec_that_fails, 0, (int)(sizeof(failing) / sizeof(failing[0])));
  tcase_add_test(c, exec_of_a_command_that_is_not_there);
  tcase_add_test(c, exec_knows_no_shell);
  return c;
}

static TCase *case_others(void)
{
  TCase *c = tcase_create("others");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_test(c, basic_is_in_clear);
  tcase_add_test(c, basic_from_the_environment);
  tcase_add_test(c, basic_without_a_secret);
  tcase_add_test(c, datahubenv_token);
  tcase_add_test(c, datahubenv_of_another_server);
  tcase_add_test(c, datahubenv_session_that_lasts_is_used);
  tcase_add_test(c, datahubenv_session_is_renewed_and_kept);
  tcase_add_test(c, datahubenv_session_under_another_s_lock);
  tcase_add_test(c, datahubenv_session_that_cannot_be_renewed);
  return c;
}

SUITE("sources", case_file(), case_exec(), case_others())
