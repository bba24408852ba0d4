/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which source is taken where a sink has no credential of its own: the rules of DataHub's
 * Python client, one row a rule.
 */
#include "auth/support.h"

#include <stdio.h>
#include <string.h>

#define GMS "https://gms.example.com/api/gms"

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
  const char *environment[8]; /* NAME=VALUE */
  const char *datahubenv;     /* or NULL */
  const char *sink;           /* or NULL */
  const char *got;            /* of dh_credentials_get(), or "!" and words of the error */
} row;

#define FILE_TOKEN "gms: {server: 'https://gms.example.com', token: from-file}\n"

static const row rows[] = {
    {{NULL}, NULL, NULL, "none"},
    /* what the sink says wins over all */
    {{"DATAHUB_GMS_TOKEN=env"}, FILE_TOKEN, "token = \"own\";", "Bearer own"},
    {{"DATAHUB_GMS_URL=" GMS, "DATAHUB_AUTH_TYPE=pat", "DATAHUB_GMS_TOKEN=env"},
     NULL,
     "auth = {type = \"static\"; config = {token = \"own\";};};",
     "Bearer own"},
    {{"DATAHUB_GMS_TOKEN=env"}, NULL, "token = \"\";", "Bearer env"},
    {{"DATAHUB_GMS_TOKEN=env"}, NULL, "auth = ();", "none"},
    /* DATAHUB_AUTH_TYPE: only for the server of the environment */
    {{"DATAHUB_GMS_URL=" GMS, "DATAHUB_AUTH_TYPE=pat", "DATAHUB_GMS_TOKEN=env",
      "DATAHUB_SYSTEM_CLIENT_ID=i", "DATAHUB_SYSTEM_CLIENT_SECRET=secret"},
     NULL,
     NULL,
     "Bearer env"},
    {{"DATAHUB_GMS_URL=http://gms.example.com", "DATAHUB_AUTH_TYPE=pat", "DATAHUB_GMS_TOKEN=env"},
     NULL,
     NULL,
     "Bearer env"}, /* the step from http to https */
    {{"DATAHUB_GMS_URL=https://gms.example.com:8443", "DATAHUB_AUTH_TYPE=pat",
      "DATAHUB_GMS_TOKEN=env"},
     NULL,
     NULL,
     "none"},
    {{"DATAHUB_AUTH_TYPE=k8s_oidc", "DATAHUB_GMS_TOKEN=env"}, NULL, NULL, "Bearer env"},
    /* and where neither environment nor sink names one, for that of the file */
    {{"DATAHUB_AUTH_TYPE=kerberos"}, FILE_TOKEN, NULL, "!known are pat, k8s_oidc, azure_entra"},
    {{"DATAHUB_AUTH_TYPE=kerberos"}, FILE_TOKEN, "server = \"" GMS "\";", "Bearer from-file"},
    {{"DATAHUB_AUTH_TYPE=kerberos", "DATAHUB_SKIP_CONFIG=true"}, FILE_TOKEN, NULL, "none"},
    {{"DATAHUB_GMS_HOST=gms.example.com", "DATAHUB_GMS_PORT=443", "DATAHUB_GMS_PROTOCOL=https",
      "DATAHUB_GMS_URL=https://other.example.com", "DATAHUB_AUTH_TYPE=pat",
      "DATAHUB_GMS_TOKEN=env"},
     NULL,
     NULL,
     "Bearer env"}, /* host and port win over the URL */
    {{"DATAHUB_GMS_URL=" GMS, "DATAHUB_AUTH_TYPE=kerberos"},
     NULL,
     NULL,
     "!known are pat, k8s_oidc, azure_entra"},
    {{"DATAHUB_GMS_URL=" GMS, "DATAHUB_AUTH_TYPE=oidc_client_credentials",
      "DATAHUB_AUTH_CLIENT_ID=x"},
     NULL,
     NULL,
     "!not set: DATAHUB_AUTH_TOKEN_ENDPOINT, DATAHUB_AUTH_CLIENT_SECRET"},
    /* DATAHUB_GMS_TOKEN, then the system client, then the file */
    {{"DATAHUB_GMS_TOKEN=env", "DATAHUB_SYSTEM_CLIENT_ID=i", "DATAHUB_SYSTEM_CLIENT_SECRET=secret"},
     FILE_TOKEN,
     NULL,
     "Bearer env"},
    {{"DATAHUB_GMS_TOKEN=env", "DATAHUB_GMS_URL=https://other.example.com"}, NULL, NULL, "none"},
    {{"DATAHUB_SYSTEM_CLIENT_ID=i", "DATAHUB_SYSTEM_CLIENT_SECRET=secret"},
     FILE_TOKEN,
     NULL,
     "Basic i:secret"},
    {{"DATAHUB_SYSTEM_CLIENT_ID=i"}, NULL, NULL, "none"},
    {{NULL}, FILE_TOKEN, NULL, "Bearer from-file"},
    {{"DATAHUB_SKIP_CONFIG=true"}, FILE_TOKEN, NULL, "none"},
    {{NULL}, "gms: {server: 'https://other.example.com', token: t}\n", NULL, "none"},
    {{NULL}, "gms: {server: 'https://gms.example.com', token: null}\n", NULL, "none"},
    {{NULL}, "gms: [\n", NULL, "none"},
};

START_TEST(source_that_is_taken)
{
  const row *r = &rows[_i];
  auth_set_environment(r->environment, 8);
  if (r->datahubenv)
    free(test_file_text(dir, ".datahubenv", r->datahubenv));
  if (r->got[0] == '!') {
    auth_open_fails(&f, r->sink, GMS, DH_MISCONFIGURED, r->got + 1);
    return;
  }
  dh_credentials *credentials = auth_open(&f, r->sink, GMS);
  ck_assert_str_eq(auth_get(&f, credentials), r->got);
  dh_credentials_close(credentials);
}
END_TEST

static void add_line(void *arg, const char *text)
{
  strcat(strcat(arg, text), "\n");
}

START_TEST(reasons_are_told)
{
  char said[1024] = "";
  setenv("DATAHUB_AUTH_TYPE", "k8s_oidc", 1);
  setenv("DATAHUB_GMS_URL", "https://other.example.com", 1);
  dh_credentials *credentials = auth_open(&f, NULL, GMS);
  dh_credentials_explain(credentials, add_line, said);
  ck_assert_str_eq(said,
                   "the sink's token: not set\n"
                   "the sink's auth: not set\n"
                   "DATAHUB_AUTH_TYPE: set, but for the server https://other.example.com, not for "
                   "this one\n"
                   "DATAHUB_GMS_TOKEN: not set\n"
                   "DATAHUB_SYSTEM_CLIENT_ID: not set\n"
                   "~/.datahubenv: not there\n"
                   "none is there: requests go without a credential\n");
  dh_credentials_close(credentials);
}
END_TEST

START_TEST(plain_http_to_another_host)
{
  dh_credentials_close(auth_open(&f, "token = \"t\";", "http://gms.example.com"));
  ck_assert_ptr_nonnull(strstr(f.log, "over plain HTTP"));
  auth_open_fails(&f, "token = \"t\"; require_tls = true;", "http://gms.example.com",
                  DH_MISCONFIGURED, "require_tls");
  auth_open_fails(&f, "token = \"t\"; require_tls = true;", "http://127.0.0.1.example.com",
                  DH_MISCONFIGURED, "require_tls");
  dh_credentials_close(auth_open(&f, "token = \"t\"; require_tls = true;", "http://127.0.0.1:1"));
}
END_TEST

static TCase *case_order(void)
{
  TCase *c = tcase_create("order");
  tcase_add_checked_fixture(c, setup, teardown);
  tcase_add_loop_test(c, source_that_is_taken, 0, (int)(sizeof(rows) / sizeof(rows[0])));
  tcase_add_test(c, reasons_are_told);
  tcase_add_test(c, plain_http_to_another_host);
  return c;
}

SUITE("order", case_order())
