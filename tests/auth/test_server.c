/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which server is meant, and what is said where none is or it is none: one row a rule.
 */
#include "auth/support.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static auth_fixture f;
static char *dir;

static void setup(void)
{
  auth_setup(&f);
  dir = test_tmpdir_new();
  setenv("HOME", dir, 1);
}

static void teardown(void)
{
  auth_teardown(&f);
  test_tmpdir_remove(dir);
}

typedef struct row {
  const char *environment[4]; /* NAME=VALUE */
  const char *datahubenv;     /* or NULL */
  const char *sink;           /* or NULL */
  const char *got;            /* the server, or "!" and words of the error */
} row;

#define FILE_SERVER "gms: {server: 'https://file.example.com'}\n"

static const row rows[] = {
    {{"DATAHUB_GMS_URL=http://env.example.com"},
     FILE_SERVER,
     "server = \"http://own.example.com/api/gms/\";",
     "http://own.example.com/api/gms"},
    {{"DATAHUB_GMS_URL=http://env.example.com"}, FILE_SERVER, NULL, "http://env.example.com"},
    {{"DATAHUB_GMS_URL=http://env.example.com", "DATAHUB_GMS_HOST=h", "DATAHUB_GMS_PORT=1"},
     NULL,
     NULL,
     "http://h:1"},
    {{NULL}, FILE_SERVER, "token = \"t\";", "https://file.example.com"},
    {{"DATAHUB_GMS_URL=https://x.acryl.io/"}, NULL, NULL, "https://x.acryl.io/gms"},
    /* none */
    {{NULL}, NULL, NULL, "!gms.server in ~/.datahubenv"},
    {{NULL}, "gms: {token: t}\n", NULL, "!give --server URL"},
    {{"DATAHUB_SKIP_CONFIG=on"}, FILE_SERVER, NULL, "!no DataHub server is named"},
    /* the file has the last word, and none can be made out */
    {{NULL}, "gms: [\n", NULL, "!.datahubenv:"},
    {{"DATAHUB_GMS_URL=http://env.example.com"}, "gms: [\n", NULL, "http://env.example.com"},
    /* not a URL: who said so is named */
    {{NULL}, NULL, "server = \"localhost:8080\";", "!test.cfg:1: the server 'localhost:8080'"},
    {{NULL}, NULL, "server = \"\";", "!test.cfg:1: the server ''"},
    {{"DATAHUB_GMS_URL=env.example.com"}, NULL, NULL, "!DATAHUB_GMS_URL: the server 'env."},
    {{"DATAHUB_GMS_HOST=h"}, NULL, NULL, "!DATAHUB_GMS_HOST without DATAHUB_GMS_PORT: the"},
    {{"DATAHUB_GMS_HOST=h", "DATAHUB_GMS_PORT=1", "DATAHUB_GMS_PROTOCOL=ftp"},
     NULL,
     NULL,
     "!DATAHUB_GMS_HOST with DATAHUB_GMS_PORT: the server 'ftp://h:1'"},
    {{NULL}, "gms: {server: h}\n", NULL, "!gms.server of ~/.datahubenv: the server 'h'"},
    {{"DATAHUB_GMS_URL=user:made-up-not-real@h"}, NULL, NULL, "!the server '...'"},
};

START_TEST(server_that_is_meant)
{
  const row *r = &rows[_i];
  auth_set_environment(r->environment, 4);
  if (r->datahubenv)
    free(test_file_text(dir, ".datahubenv", r->datahubenv));
  dh_config *sink = r->sink ? auth_config(&f, r->sink) : NULL;
  char *server = dh_server_of(f.context, sink, &f.error);
  if (r->got[0] != '!')
    ck_assert_str_eq(server, r->got);
  else {
    ck_assert_ptr_null(server);
    ck_assert_msg(strstr(f.error.message, r->got + 1), "%s", f.error.message);
  }
  free(server);
  dh_config_free(sink);
}
END_TEST

START_TEST(folder_in_place_of_the_file)
{
  char path[512];
  snprintf(path, sizeof(path), "%s/.datahubenv", dir);
  ck_assert_int_eq(mkdir(path, 0700), 0);
  ck_assert_ptr_null(dh_server_of(f.context, NULL, &f.error));
  ck_assert_int_eq(f.error.status, DH_UNAVAILABLE);
  ck_assert_msg(strstr(f.error.message, "is a folder"), "%s", f.error.message);
}
END_TEST

static TCase *case_server(void)
{
  TCase *c = tcase_create("server");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_loop_test(c, server_that_is_meant, 0, (int)(sizeof(rows) / sizeof(rows[0])));
  tcase_add_test(c, folder_in_place_of_the_file);
  return c;
}

SUITE("server", case_server())
