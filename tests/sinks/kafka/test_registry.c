/* SPDX-License-Identifier: Apache-2.0 */
/* The schema's number: how it is asked for, and every answer that a registry may give. */
#include "cluster.h"
#include "suite.h"

#include "../../../sinks/kafka/encode.h"
#include "base/buf.h"
#include "support/certs.h"
#include "support/tmpdir.h"

#include <stdio.h>
#include <string.h>

#define MINUTE 60000

static cluster c;
static fixture f;
static dh_error error;

/* What the registry of a test says to each question in turn; the last is said again. */
typedef struct say {
  int code;
  const char *body;
} say;
static const say *script;
static size_t script_count;

static void handler(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  size_t i = request->number < script_count ? request->number : script_count - 1;
  test_reply_text(conn, script[i].code, script[i].body);
}

static void says(const say *lines, size_t count)
{
  script = lines;
  script_count = count;
  test_server_stop(c.registry);
  c.registry = test_server_start(handler, NULL);
  fixture_set(&f, "connection.schema_registry_url", test_server_url(c.registry));
}

static void start(void)
{
  cluster_start(&c, 1, 1);
  cluster_fixture(&c, &f);
}

static void stop(void)
{
  fixture_end(&f);
  cluster_stop(&c);
}

static void set(const char *key, const char *value)
{
  char path[100];
  snprintf(path, sizeof(path), "connection.schema_registry_config.%s", key);
  fixture_set(&f, path, value);
}

static dh_status run(void)
{
  fixture_open(&f);
  fixture_emit_many(&f, 2, 2);
  return fixture_close(&f, MINUTE, &error);
}

static void run_well(void)
{
  ck_assert_msg(!run(), "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 2);
}

/* "\"schema\":\"...\"" with the quotes escaped, as a registry gives it. */
static char *escaped(const char *schema)
{
  dh_buf out;
  dh_buf_init(&out);
  dh_buf_add_json(&out, schema, strlen(schema));
  return dh_buf_take(&out);
}

/* --- asking --- */

START_TEST(the_schema_is_registered_under_the_topics_subject)
{
  run_well();
  const test_request *r = test_server_request(c.registry, 0);
  char *schema = escaped(kafka_schema);
  ck_assert_str_eq(r->method, "POST");
  ck_assert_str_eq(r->target, "/subjects/" TOPIC "-value/versions");
  ck_assert_str_eq(test_request_header(r, "Content-Type"),
                   "application/vnd.schemaregistry.v1+json");
  ck_assert_ptr_null(test_request_header(r, "Authorization"));
  ck_assert_ptr_nonnull(strstr(r->body, schema));
  free(schema);
}
END_TEST

START_TEST(a_slash_at_the_urls_end_is_dropped)
{
  char url[200];
  snprintf(url, sizeof(url), "%s/schema-registry/api/", test_server_url(c.registry));
  fixture_set(&f, "connection.schema_registry_url", url);
  run_well();
  ck_assert_str_eq(test_server_request(c.registry, 0)->target,
                   "/schema-registry/api/subjects/" TOPIC "-value/versions");
}
END_TEST

START_TEST(sinks_that_are_open_together_ask_once)
{
  fixture second;
  cluster_fixture(&c, &second);
  fixture_open(&f);
  fixture_emit_many(&f, 2, 2);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, MINUTE, &error), DH_OK);
  second.emitter = dh_emitter_open(f.context, second.sink, NULL, &error);
  ck_assert_ptr_nonnull(second.emitter);
  fixture_emit_many(&second, 2, 2);
  ck_assert_int_eq(dh_emitter_close(second.emitter, MINUTE, &error), DH_OK);
  second.emitter = NULL;
  fixture_end(&second);
  ck_assert_int_eq(fixture_close(&f, MINUTE, &error), DH_OK);
  ck_assert_uint_eq(test_server_count(c.registry), 1);
}
END_TEST

START_TEST(without_registering_it_is_looked_up)
{
  static const say lines[] = {{200, "{\"subject\":\"s\",\"version\":3,\"id\":77}"}};
  says(lines, 1);
  set("auto_register_schemas", "false");
  run_well();
  ck_assert_str_eq(test_server_request(c.registry, 0)->target, "/subjects/" TOPIC "-value");
  ck_assert_uint_eq(test_server_count(c.registry), 1);
}
END_TEST

/* DataHub's own tools register the same schema with its documentation: another text. */
static char *documented(void)
{
  static const char mark[] = "\"name\":\"entityType\"";
  dh_buf out;
  const char *at = strstr(kafka_schema, mark);
  ck_assert_ptr_nonnull(at);
  dh_buf_init(&out);
  dh_buf_add(&out, kafka_schema, (size_t)(at - kafka_schema));
  dh_buf_adds(&out, "\"doc\":\"Type of the entity\",");
  dh_buf_adds(&out, at);
  return dh_buf_take(&out);
}

START_TEST(the_same_schema_in_other_words_is_found)
{
  char *schema = documented(), *json = escaped(schema), *latest = NULL;
  ck_assert_int_gt(asprintf(&latest, "{\"id\":77,\"version\":1,\"schema\":%s}", json), 0);
  const say lines[] = {{404, "{\"error_code\":40403,\"message\":\"Schema not found\"}"},
                       {200, latest}};
  says(lines, 2);
  set("auto_register_schemas", "false");
  run_well();
  ck_assert_str_eq(test_server_request(c.registry, 1)->target,
                   "/subjects/" TOPIC "-value/versions/latest");
  ck_assert_str_eq(test_server_request(c.registry, 1)->method, "GET");
  free(latest);
  free(json);
  free(schema);
}
END_TEST

START_TEST(a_newest_schema_with_other_fields_is_refused)
{
  static const say lines[] = {
      {200, "{\"id\":5,\"schema\":\"{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"x\\\","
            "\\\"fields\\\":[{\\\"name\\\":\\\"a\\\",\\\"type\\\":\\\"int\\\"}]}\"}"},
      {200, "{\"id\":5,\"schema\":\"{\"}"},
      {200, "{\"id\":5}"}};
  says(&lines[_i], 1);
  set("use_latest_version", "true");
  ck_assert_int_eq(run(), DH_MISCONFIGURED);
  ck_assert_msg(strstr(error.message, "other fields") != NULL, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 2);
}
END_TEST

/* --- who asks --- */

START_TEST(basic_authentication)
{
  set("basic_auth_user_info", "ada:love");
  run_well();
  ck_assert_str_eq(test_request_header(test_server_request(c.registry, 0), "Authorization"),
                   "Basic YWRhOmxvdmU=");
}
END_TEST

START_TEST(bearer_authentication)
{
  set("bearer_auth_token", "not-a-real-one");
  set("bearer_auth_logical_cluster", "lsrc-1");
  set("bearer_auth_identity_pool_id", "pool-1");
  run_well();
  const test_request *r = test_server_request(c.registry, 0);
  ck_assert_str_eq(test_request_header(r, "Authorization"), "Bearer not-a-real-one");
  ck_assert_str_eq(test_request_header(r, "target-sr-cluster"), "lsrc-1");
  ck_assert_str_eq(test_request_header(r, "Confluent-Identity-Pool-Id"), "pool-1");
}
END_TEST

START_TEST(the_sinks_own_credential)
{
  set("bearer_auth_credentials_source", "SINK");
  fixture_set(&f, "token", "the-sinks-own");
  run_well();
  ck_assert_str_eq(test_request_header(test_server_request(c.registry, 0), "Authorization"),
                   "Bearer the-sinks-own");
}
END_TEST

START_TEST(the_sinks_own_credential_where_there_is_none)
{
  set("bearer_auth_credentials_source", "SINK");
  ck_assert_int_eq(run(), DH_MISCONFIGURED);
  ck_assert_msg(strstr(error.message, "`auth`") != NULL, "%s", error.message);
  ck_assert_uint_eq(test_server_count(c.registry), 0);
}
END_TEST

START_TEST(mutual_tls)
{
  char *dir = test_tmpdir_new();
  test_certs_make(dir);
  char *ca = test_path(dir, "ca.pem"), *cert = test_path(dir, "good.pem"),
       *key = test_path(dir, "good.key"), *mine = test_path(dir, "client.pem"),
       *mine_key = test_path(dir, "client.key");
  test_server_stop(c.registry);
  c.registry = test_server_start_tls(cluster_registry, NULL, cert, key, ca);
  fixture_set(&f, "connection.schema_registry_url", test_server_url(c.registry));
  set("ssl_ca_location", ca);
  if (_i == 0) {
    set("ssl_certificate_location", mine);
    set("ssl_key_location", mine_key);
    run_well();
  } else { /* the server asks for a certificate and gets none */
    fixture_set(&f, "retry_max_times", "0");
    set("timeout", "2");
    ck_assert_int_ne(run(), DH_OK);
    ck_assert_uint_eq(test_server_count(c.registry), 0);
  }
  free(ca);
  free(cert);
  free(key);
  free(mine);
  free(mine_key);
  test_tmpdir_remove(dir);
}
END_TEST

/* --- answers --- */

static const struct {
  say line;
  dh_status status;
  const char *words;
} answers[] = {
    {{401, "{\"error_code\":40101,\"message\":\"who are you\"}"}, DH_DENIED, "who are you"},
    {{403, "{\"error_code\":40301,\"message\":\"no\"}"}, DH_DENIED, "auto.register.schemas"},
    {{404, "{\"error_code\":40401,\"message\":\"Subject not found\"}"},
     DH_MISCONFIGURED,
     "topic_routes"},
    {{409, "{\"error_code\":409,\"message\":\"incompatible\"}"},
     DH_MISCONFIGURED,
     "not compatible"},
    {{422, "not JSON"}, DH_MISCONFIGURED, "422"},
    {{200, "<html>hello</html>"}, DH_MISCONFIGURED, "not as a schema registry"},
    {{200, "{\"id\":\"7\"}"}, DH_MISCONFIGURED, "not as a schema registry"},
    {{200, "{\"id\":-1}"}, DH_MISCONFIGURED, "not as a schema registry"},
    {{200, "{\"id\":4294967296}"}, DH_MISCONFIGURED, "not as a schema registry"},
};

START_TEST(what_cannot_work_stops_the_run_in_words)
{
  says(&answers[_i].line, 1);
  ck_assert_int_eq(run(), answers[_i].status);
  ck_assert_msg(strstr(error.message, answers[_i].words) != NULL, "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 2);
  ck_assert_uint_eq(test_server_count(c.registry), 1);
}
END_TEST

START_TEST(a_registry_that_is_unwell_is_tried_again)
{
  static const say lines[] = {{503, "{\"error_code\":50301,\"message\":\"later\"}"},
                              {200, "{\"id\":77}"}};
  says(lines, 2);
  run_well();
  ck_assert_uint_eq(test_server_count(c.registry), 2);
}
END_TEST

START_TEST(a_registry_that_is_down_is_waited_for)
{
  test_server_down(c.registry);
  set("timeout", "0.2");
  fixture_set(&f, "retry_max_times", "-1");
  fixture_open(&f);
  fixture_emit_many(&f, 2, 2);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, 300, &error), DH_TIMEOUT);
  test_server_up(c.registry);
  ck_assert_msg(!fixture_close(&f, MINUTE, &error), "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 2);
}
END_TEST

static TCase *case_registry(void)
{
  TCase *t = tcase_create("registry");
  tcase_add_checked_fixture(t, start, stop);
  tcase_set_timeout(t, 120);
  tcase_add_test(t, the_schema_is_registered_under_the_topics_subject);
  tcase_add_test(t, a_slash_at_the_urls_end_is_dropped);
  tcase_add_test(t, sinks_that_are_open_together_ask_once);
  tcase_add_test(t, without_registering_it_is_looked_up);
  tcase_add_test(t, the_same_schema_in_other_words_is_found);
  tcase_add_loop_test(t, a_newest_schema_with_other_fields_is_refused, 0, 3);
  tcase_add_test(t, basic_authentication);
  tcase_add_test(t, bearer_authentication);
  tcase_add_test(t, the_sinks_own_credential);
  tcase_add_test(t, the_sinks_own_credential_where_there_is_none);
  tcase_add_loop_test(t, mutual_tls, 0, 2);
  tcase_add_loop_test(t, what_cannot_work_stops_the_run_in_words, 0,
                      sizeof(answers) / sizeof(answers[0]));
  tcase_add_test(t, a_registry_that_is_unwell_is_tried_again);
  tcase_add_test(t, a_registry_that_is_down_is_waited_for);
  return t;
}

SUITE("kafka registry", case_registry())
