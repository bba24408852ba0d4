/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/stage.h"
#include "support/certs.h"

#include <stdio.h>
#include <string.h>

fixture f;
test_server *server;
char *dir;
static script play;

void stage_setup(void)
{
  dir = test_tmpdir_new();
}

void stage_teardown(void)
{
  fixture_end(&f);
  test_server_stop(server);
  server = NULL;
  test_tmpdir_remove(dir);
}

TCase *stage_case(const char *name)
{
  TCase *tcase = tcase_create(name);
  tcase_add_checked_fixture(tcase, stage_setup, stage_teardown);
  tcase_set_timeout(tcase, 60);
  return tcase;
}

void stage_start(const step *steps, size_t count)
{
  play = (script){steps, count};
  server = test_server_start(script_handler, &play);
  fixture_init(&f, "datahub-rest", test_server_url(server));
}

void stage_set_path(const char *key, const char *file)
{
  char *path = test_path(dir, file);
  fixture_set(&f, key, path);
  free(path);
}

void stage_start_tls(const char *name, const char *client_ca)
{
  char file[64];
  test_certs_make(dir);
  snprintf(file, sizeof(file), "%s.pem", name);
  char *cert = test_path(dir, file);
  snprintf(file, sizeof(file), "%s.key", name);
  char *key = test_path(dir, file);
  char *ca = client_ca ? test_path(dir, client_ca) : NULL;
  play = (script){NULL, 0};
  server = test_server_start_tls(script_handler, &play, cert, key, ca);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  stage_set_path("ca_certificate_path", "ca.pem");
  fixture_set(&f, "retry_max_times", "1");
  free(cert);
  free(key);
  free(ca);
}

dh_emitter_stats stage_stats(void)
{
  dh_emitter_stats s = {.struct_size = sizeof(s)};
  dh_emitter_get_stats(f.emitter, &s);
  return s;
}

void stage_all_arrive(void)
{
  dh_error error;
  fixture_set(&f, "linger", "1h"); /* one batch: nothing is sent before all is emitted */
  fixture_open(&f);
  fixture_emit_many(&f, 10, 3);
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 10);
}

void stage_survives(size_t requests)
{
  stage_all_arrive();
  ck_assert_uint_eq(test_server_count(server), requests);
  stage_check_body(test_server_request(server, requests - 1), 10, 3);
}

void stage_check_body(const test_request *request, size_t count, size_t urns)
{
  long last[16];
  size_t seen = 0;
  const char *at = request->body;
  for (size_t i = 0; i < urns; i++)
    last[i] = (long)i - (long)urns;
  for (long n; (n = fixture_number(at, &at)) >= 0; seen++) {
    ck_assert_int_eq(n, last[(size_t)n % urns] + (long)urns);
    last[(size_t)n % urns] = n;
  }
  ck_assert_uint_eq(seen, count);
}
