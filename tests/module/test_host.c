/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "module/module.h"
#include "support/server.h"
#include "support/tmpdir.h"

#include <datahub/credential.h>
#include <datahub/verifier.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

static int64_t now_ms;
static char line[300];
static dh_context *context;
static char *dir;
static dh_module *module;
static dh_instance instance;
static const dh_host *host;
static dh_error error;

static int64_t read_now(void *arg)
{
  (void)arg;
  return now_ms;
}

static void keep_line(void *arg, dh_log_level level, const char *text)
{
  (void)arg;
  snprintf(line, sizeof(line), "%d %s", (int)level, text);
}

static void up(void)
{
  size_t size;
  char *bytes = test_read(BUILDDIR "/tests/module/fixtures/.libs/good.so", &size);
  dh_clock clock = {read_now, read_now, NULL};
  now_ms = 1000000;
  dir = test_tmpdir_new();
  free(test_file(dir, "good.so", bytes, size, 0755));
  free(bytes);
  dh_context_options options = {.struct_size = sizeof(options),
                                .log_level = DH_LOG_INFO,
                                .log = keep_line,
                                .clock = &clock,
                                .plugin_path = dir};
  context = dh_context_new(&options, NULL);
  module = dh_module_load(context, "good", NULL, &error);
  ck_assert_msg(module != NULL, "%s", error.message);
  dh_instance_init(&instance, module, NULL, NULL);
  host = &instance.host;
}

static void down(void)
{
  dh_module_unref(module);
  dh_context_free(context);
  test_tmpdir_remove(dir);
}

/* --- log and errors --- */

START_TEST(log_names_the_module_and_hides_secrets)
{
  dh_secret *secret = host->secret_new(host, "open-sesame", 11);
  host->log(host, DH_LOG_WARNING, "sent %s", "open-sesame");
  ck_assert_str_eq(line, "1 good: sent [redacted]");
  host->secret_free(host, secret);
}
END_TEST

START_TEST(fail_fills_and_hides_secrets)
{
  dh_secret *secret = host->secret_new(host, "open-sesame", 11);
  ck_assert_int_eq(host->fail(host, &error, DH_DENIED, "the server said %s", "open-sesame"),
                   DH_DENIED);
  ck_assert_int_eq(error.status, DH_DENIED);
  ck_assert_str_eq(error.message, "the server said [redacted]");
  ck_assert_int_eq(host->fail(host, NULL, DH_EXPIRED, "x"), DH_EXPIRED);
  host->secret_free(host, secret);
}
END_TEST

/* --- clocks and cache --- */

static const char *cached(const char *key)
{
  static char text[50];
  dh_secret *value = host->cache_get(host, key);
  if (!value)
    return NULL;
  snprintf(text, sizeof(text), "%s", host->secret_bytes(host, value, NULL));
  host->secret_free(host, value);
  return text;
}

static void put(const char *key, const char *text, int64_t ttl_ms)
{
  dh_secret *value = text ? host->secret_new(host, text, strlen(text)) : NULL;
  ck_assert_int_eq(host->cache_put(host, key, value, ttl_ms), DH_OK);
  host->secret_free(host, value);
}

START_TEST(clocks_are_the_contexts)
{
  now_ms = 77;
  ck_assert_int_eq(host->wall_ms(host), 77);
  ck_assert_int_eq(host->mono_ms(host), 77);
}
END_TEST

START_TEST(cache_keeps_for_its_time)
{
  put("k", "value", 100);
  now_ms += 99;
  ck_assert_pstr_eq(cached("k"), "value");
  now_ms += 1;
  ck_assert_ptr_null(cached("k"));
}
END_TEST

START_TEST(cache_replaces_and_removes)
{
  put("k", "one", 100);
  put("k", "two", INT64_MAX);
  ck_assert_pstr_eq(cached("k"), "two");
  put("k", NULL, 100);
  ck_assert_ptr_null(cached("k"));
  put("k", "three", 0);
  ck_assert_ptr_null(cached("k"));
}
END_TEST

START_TEST(cache_is_bounded_and_drops_the_oldest)
{
  char key[20];
  for (int i = 0; i < 300; i++) {
    snprintf(key, sizeof(key), "k%d", i);
    put(key, "v", 1000);
  }
  ck_assert_ptr_null(cached("k43"));
  ck_assert_pstr_eq(cached("k44"), "v");
  ck_assert_pstr_eq(cached("k299"), "v");
}
END_TEST

START_TEST(cache_is_shared_by_the_instances_of_a_module)
{
  dh_instance other;
  dh_instance_init(&other, module, NULL, NULL);
  put("k", "value", 100);
  dh_secret *value = other.host.cache_get(&other.host, "k");
  ck_assert_ptr_nonnull(value);
  dh_secret_free(value);
  const dh_host *plain = dh_module_host(module);
  value = plain->cache_get(plain, "k");
  ck_assert_ptr_nonnull(value);
  dh_secret_free(value);
}
END_TEST

static void *use_cache(void *arg)
{
  char key[20];
  for (int i = 0; i < 200; i++) {
    snprintf(key, sizeof(key), "k%d", i % 7);
    dh_secret *value = host->secret_new(host, arg, 3);
    host->cache_put(host, key, value, 10);
    host->secret_free(host, value);
    host->secret_free(host, host->cache_get(host, key));
  }
  return NULL;
}

START_TEST(cache_from_many_threads)
{
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    ck_assert(!pthread_create(&threads[i], NULL, use_cache, "abc"));
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  put("last", "v", 10);
  ck_assert_pstr_eq(cached("last"), "v");
}
END_TEST

/* --- HTTP --- */

static void answer(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply(conn, 418, "X-Kind: teapot\r\n", "short", 5);
}

START_TEST(http_through_the_host)
{
  test_server *server = test_server_start(answer, NULL);
  dh_http_request request = {.struct_size = sizeof(request), .url = test_server_url(server)};
  dh_http_response *response;
  size_t size;
  ck_assert_int_eq(host->http(host, &request, &response, &error), DH_OK);
  ck_assert_int_eq(host->http_status(host, response), 418);
  ck_assert_str_eq(host->http_body(host, response, &size), "short");
  ck_assert_uint_eq(size, 5);
  ck_assert_str_eq(host->http_header(host, response, "x-kind"), "teapot");
  host->http_free(host, response);
  host->http_free(host, NULL);
  test_server_stop(server);
}
END_TEST

static void never(void *arg, dh_status status, dh_http_response *response, const dh_error *e)
{
  (void)status;
  (void)response;
  (void)e;
  *(int *)arg = 1;
}

START_TEST(what_only_a_sink_is_given)
{
  int called = 0;
  dh_http_request request = {.struct_size = sizeof(request), .url = "http://127.0.0.1:9/"};
  ck_assert_int_eq(host->http_start(host, &request, NULL, 0, never, &called, &error), DH_INTERNAL);
  ck_assert_ptr_nonnull(strstr(error.message, "which only a sink is given"));
  ck_assert_int_eq(called, 0);
  ck_assert_uint_eq(host->batch_count(host, NULL), 0);
  ck_assert_ptr_null(host->batch_record(host, NULL, 0));
  ck_assert_ptr_null(host->batch_aspect(host, NULL, 0).ptr);
  host->batch_done(host, NULL, 0, DH_DELIVERED, NULL);
  host->batch_done_all(host, NULL, DH_DELIVERED, NULL);
  dh_credential *credential = (dh_credential *)&called;
  ck_assert_int_eq(host->sink_credential(host, "https://h", 0, &credential, &error), DH_INTERNAL);
  ck_assert_ptr_null(credential);
  host->sink_credential_refused(host, NULL);
  host->credential_free(host, NULL);
}
END_TEST

static size_t seven(void *arg, const dh_batch *batch)
{
  (void)batch;
  return *(size_t *)arg;
}

START_TEST(ops_are_asked_with_their_arg)
{
  size_t count = 7;
  const dh_host_ops ops = {.batch_count = seven};
  dh_instance_init(&instance, module, &ops, &count);
  ck_assert_uint_eq(host->batch_count(host, NULL), 7);
  ck_assert_ptr_null(host->batch_record(host, NULL, 0));
}
END_TEST

/* --- credentials --- */

static dh_status set(dh_credential *credential, const char *scheme, const char *text)
{
  dh_secret *value = text ? host->secret_new(host, text, strlen(text)) : NULL;
  dh_status status = host->credential_set(host, credential, scheme, value);
  host->secret_free(host, value);
  return status;
}

START_TEST(a_credential_is_what_was_set)
{
  dh_credential *credential = dh_credential_new(context);
  ck_assert_ptr_null(dh_credential_value(credential));
  ck_assert_int_eq(credential->recheck_ms, -1);
  ck_assert_int_eq(set(credential, "Bearer", "first"), DH_OK);
  ck_assert_int_eq(set(credential, "Basic", "a:b\xc3\xa9"), DH_OK);
  host->credential_set_expiry(host, credential, 5);
  host->credential_set_recheck(host, credential, 6);
  host->credential_set_token_type(host, credential, "urn:x");
  host->credential_set_origin(host, credential, "the file /x");
  ck_assert_str_eq(host->credential_scheme(host, credential), "Basic");
  ck_assert_str_eq(dh_secret_bytes(host->credential_value(host, credential), NULL), "a:b\xc3\xa9");
  ck_assert_int_eq(host->credential_expiry(host, credential), 5);
  ck_assert_int_eq(credential->recheck_ms, 6);
  ck_assert_str_eq(host->credential_token_type(host, credential), "urn:x");
  ck_assert_str_eq(dh_credential_origin(credential), "the file /x");
  host->credential_set_token_type(host, credential, NULL);
  ck_assert_ptr_null(dh_credential_token_type(credential));
  dh_credential_unref(dh_credential_ref(credential));
  dh_credential_unref(credential);
  dh_credential_unref(NULL);
}
END_TEST

START_TEST(a_credential_that_cannot_be_sent_is_refused)
{
  dh_credential *credential = dh_credential_new(context);
  ck_assert_int_eq(set(credential, "Bearer", "good"), DH_OK);
  ck_assert_int_eq(set(credential, "Bearer", "a\nX-Evil: b"), DH_MALFORMED);
  ck_assert_int_eq(set(credential, "Bearer", "a\x7f"), DH_MALFORMED);
  ck_assert_int_eq(set(credential, "Bearer", ""), DH_MALFORMED);
  ck_assert_int_eq(set(credential, "Bearer", NULL), DH_MALFORMED);
  ck_assert_int_eq(set(credential, "", "a"), DH_MALFORMED);
  ck_assert_int_eq(set(credential, "Bea rer", "a"), DH_MALFORMED);
  ck_assert_int_eq(set(credential, NULL, "a"), DH_MALFORMED);
  ck_assert_str_eq(dh_secret_bytes(dh_credential_value(credential), NULL), "good");
  dh_credential_unref(credential);
}
END_TEST

/* --- principals --- */

START_TEST(a_principal_is_what_was_set)
{
  dh_principal *principal = dh_principal_new();
  ck_assert_int_eq(host->principal_set(host, principal, DH_PRINCIPAL_ACTOR, "one"), DH_OK);
  ck_assert_int_eq(host->principal_set(host, principal, DH_PRINCIPAL_ACTOR, "two"), DH_OK);
  ck_assert_int_eq(host->principal_set(host, principal, DH_PRINCIPAL_AUDIENCE, "a"), DH_OK);
  ck_assert_int_eq(host->principal_set(host, principal, DH_PRINCIPAL_AUDIENCE, "b"), DH_OK);
  host->principal_set_expiry(host, principal, 9);
  dh_principal *copy = dh_principal_copy(principal);
  dh_principal_unref(principal);
  ck_assert_str_eq(host->principal_get(host, copy, DH_PRINCIPAL_ACTOR), "two");
  ck_assert_str_eq(host->principal_get(host, copy, DH_PRINCIPAL_AUDIENCE), "a");
  ck_assert_str_eq(dh_principal_audience(copy, 1), "b");
  ck_assert_ptr_null(dh_principal_audience(copy, 2));
  ck_assert_ptr_null(dh_principal_text(copy, DH_PRINCIPAL_ISSUER));
  ck_assert_int_eq(dh_principal_expiry(copy), 9);
  ck_assert_int_eq(host->principal_set(host, copy, DH_PRINCIPAL_AUDIENCE, NULL), DH_OK);
  ck_assert_ptr_null(dh_principal_audience(copy, 0));
  dh_principal_unref(copy);
}
END_TEST

START_TEST(a_principal_refuses_what_is_not_its_own)
{
  dh_principal *principal = dh_principal_new();
  ck_assert_int_eq(host->principal_set(host, principal, DH_PRINCIPAL_METHOD, "me"), DH_INTERNAL);
  ck_assert_int_eq(host->principal_set(host, principal, (dh_principal_field)99, "x"), DH_INTERNAL);
  ck_assert_int_eq(host->principal_set(host, principal, DH_PRINCIPAL_ACTOR, "\xff"), DH_MALFORMED);
  ck_assert_ptr_null(dh_principal_text(principal, (dh_principal_field)99));
  ck_assert_int_eq(dh_principal_set(principal, DH_PRINCIPAL_METHOD, "good"), DH_OK);
  ck_assert_str_eq(dh_principal_text(principal, DH_PRINCIPAL_METHOD), "good");
  dh_principal_unref(principal);
}
END_TEST

/* --- a module through the host --- */

START_TEST(a_module_runs_in_two_roles)
{
  const dh_plugin *plugin = dh_module_descriptor(module);
  dh_options *options =
      dh_options_check(context, plugin->options, plugin->name, NULL, NULL, &error);
  void *client, *server;
  dh_credential_request request = {.struct_size = sizeof(request), .server = "http://h:80"};
  dh_credential *credential = dh_credential_new(context);
  dh_principal *principal = dh_principal_new();
  ck_assert_msg(options != NULL, "%s", error.message);
  ck_assert_int_eq(plugin->credential->open(host, options, &client, &error), DH_OK);
  ck_assert_int_eq(plugin->verifier->open(host, options, &server, &error), DH_OK);
  ck_assert_int_eq(plugin->credential->acquire(client, &request, NULL, credential, &error), DH_OK);
  dh_presented presented = {.struct_size = sizeof(presented),
                            .scheme = dh_credential_scheme(credential)};
  presented.token = dh_secret_bytes(dh_credential_value(credential), &presented.token_size);
  ck_assert_int_eq(plugin->verifier->verify(server, &presented, principal, &error), DH_OK);
  ck_assert_str_eq(dh_principal_text(principal, DH_PRINCIPAL_ACTOR), "urn:li:corpuser:word");
  presented.token = "wrong";
  ck_assert_int_eq(plugin->verifier->verify(server, &presented, principal, &error), DH_DENIED);
  plugin->credential->close(client);
  plugin->verifier->close(server);
  dh_principal_unref(principal);
  dh_credential_unref(credential);
  dh_options_free(options);
}
END_TEST

static TCase *case_host(void)
{
  TCase *c = tcase_create("host");
  tcase_add_checked_fixture(c, up, down);
  tcase_add_test(c, log_names_the_module_and_hides_secrets);
  tcase_add_test(c, fail_fills_and_hides_secrets);
  tcase_add_test(c, clocks_are_the_contexts);
  tcase_add_test(c, cache_keeps_for_its_time);
  tcase_add_test(c, cache_replaces_and_removes);
  tcase_add_test(c, cache_is_bounded_and_drops_the_oldest);
  tcase_add_test(c, cache_is_shared_by_the_instances_of_a_module);
  tcase_add_test(c, cache_from_many_threads);
  tcase_add_test(c, http_through_the_host);
  tcase_add_test(c, what_only_a_sink_is_given);
  tcase_add_test(c, ops_are_asked_with_their_arg);
  return c;
}

static TCase *case_objects(void)
{
  TCase *c = tcase_create("credentials and principals");
  tcase_add_checked_fixture(c, up, down);
  tcase_add_test(c, a_credential_is_what_was_set);
  tcase_add_test(c, a_credential_that_cannot_be_sent_is_refused);
  tcase_add_test(c, a_principal_is_what_was_set);
  tcase_add_test(c, a_principal_refuses_what_is_not_its_own);
  tcase_add_test(c, a_module_runs_in_two_roles);
  return c;
}

SUITE("module host", case_host(), case_objects())
