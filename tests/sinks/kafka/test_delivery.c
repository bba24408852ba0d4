/* SPDX-License-Identifier: Apache-2.0 */
/* Records through the emitter to brokers that are well, away, slow, or in error. */
#include "cluster.h"
#include "suite.h"

#include "support/tmpdir.h"

#include <stdio.h>
#include <string.h>

#define URN "urn:li:dataset:(urn:li:dataPlatform:hive,db.t,PROD)"
#define MINUTE 60000

static cluster c;
static fixture f;
static dh_error error;

static void start(void)
{
  cluster_start(&c, 2, 4);
  cluster_fixture(&c, &f);
}

static void stop(void)
{
  fixture_end(&f);
  cluster_stop(&c);
}

static long number_in(const message *m)
{
  const char *next;
  avro_value_t v = decode(m->value, m->size);
  const char *aspect = text_at(&v, "aspect.value"), *at = strstr(aspect, "number\":");
  long number = at ? strtol(at + 8, (char **)(uintptr_t)&next, 10) : -1;
  decode_free(&v);
  return number;
}

/* Each record is there, in the order of its URN, on one partition, under its URN's key.
 * Where the network failed it may be there again, and then all that followed it too. */
static void expect_in_order(size_t count, bool once)
{
  messages m = cluster_read(&c);
  size_t seen[LEDGER_MAX] = {0};
  ck_assert_uint_ge(m.count, count);
  if (once)
    ck_assert_uint_eq(m.count, count);
  for (size_t i = 0; i < m.count; i++) {
    long number = number_in(&m.at[i]);
    ck_assert_int_ge(number, 0);
    seen[number]++;
    for (size_t k = i + 1; k < m.count; k++) {
      if (strcmp(m.at[i].key, m.at[k].key) != 0)
        continue;
      ck_assert_int_eq(m.at[i].partition, m.at[k].partition);
      ck_assert_msg(!once || number < number_in(&m.at[k]), "%ld comes before %ld", number,
                    number_in(&m.at[k]));
      break;
    }
    avro_value_t v = decode(m.at[i].value, m.at[i].size);
    ck_assert_str_eq(text_at(&v, "entityUrn"), m.at[i].key);
    decode_free(&v);
  }
  for (size_t i = 0; i < count; i++)
    ck_assert_uint_ge(seen[i], 1);
  messages_free(&m);
}

static void run_well(size_t count, size_t urns)
{
  fixture_open(&f);
  fixture_emit_many(&f, count, urns);
  ck_assert_msg(!fixture_close(&f, MINUTE, &error), "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), count);
}

/* --- well --- */

START_TEST(records_arrive_keyed_and_in_order)
{
  run_well(1000, 13);
  expect_in_order(1000, true);
}
END_TEST

START_TEST(every_setting_of_librdkafka_is_passed_on)
{
  static const char *const codecs[] = {"none", "gzip", "lz4", "zstd"};
  fixture_set(&f, "connection.producer_config.compression_codec", codecs[_i]);
  run_well(200, 5);
  expect_in_order(200, true);
}
END_TEST

START_TEST(another_topic_and_its_subject)
{
  fixture_set(&f, "topic_routes.MetadataChangeProposal", "Other_v1");
  rd_kafka_mock_topic_create(c.mock, "Other_v1", 1, 1);
  run_well(3, 1);
  ck_assert_str_eq(test_server_request(c.registry, 0)->target, "/subjects/Other_v1-value/versions");
  messages m = cluster_read(&c);
  ck_assert_uint_eq(m.count, 0);
  messages_free(&m);
}
END_TEST

START_TEST(the_environment_names_brokers_and_registry)
{
  fixture bare;
  setenv("KAFKA_BOOTSTRAP_SERVER", c.bootstrap, 1);
  setenv("KAFKA_SCHEMAREGISTRY_URL", test_server_url(c.registry), 1);
  fixture_init(&bare, "datahub-kafka", NULL);
  fixture_open(&bare);
  fixture_emit_many(&bare, 10, 2);
  ck_assert_msg(!fixture_close(&bare, MINUTE, &error), "%s", error.message);
  expect_in_order(10, true);
  fixture_end(&bare);
}
END_TEST

START_TEST(a_full_queue_holds_back_and_loses_nothing)
{
  fixture_set(&f, "connection.producer_config.queue_buffering_max_messages", "7");
  fixture_set(&f, "connection.producer_config.linger_ms", "0");
  run_well(1000, 50);
  expect_in_order(1000, true);
}
END_TEST

START_TEST(a_slow_broker_is_waited_for)
{
  rd_kafka_mock_broker_set_rtt(c.mock, -1, 100);
  run_well(300, 9);
  expect_in_order(300, true);
}
END_TEST

/* --- away --- */

START_TEST(brokers_that_come_back_get_all)
{
  rd_kafka_mock_broker_set_down(c.mock, -1);
  fixture_open(&f);
  fixture_emit_many(&f, 200, 7);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, 300, &error), DH_TIMEOUT);
  rd_kafka_mock_broker_set_up(c.mock, -1);
  ck_assert_msg(!fixture_close(&f, MINUTE, &error), "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 200);
  expect_in_order(200, true);
}
END_TEST

START_TEST(brokers_that_stay_away_end_the_run_in_words)
{
  rd_kafka_mock_broker_set_down(c.mock, -1);
  fixture_set(&f, "connection.producer_config.message_timeout_ms", "200");
  fixture_set(&f, "retry_max_times", "1");
  fixture_open(&f);
  fixture_emit_many(&f, 5, 5);
  ck_assert_int_ne(fixture_close(&f, MINUTE, &error), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 5);
  ck_assert_msg(strstr(error.message, c.bootstrap) && strstr(error.message, "connection.bootstrap"),
                "%s", error.message);
}
END_TEST

START_TEST(a_full_queue_that_stays_full_is_a_failed_try)
{
  rd_kafka_mock_broker_set_down(c.mock, -1);
  fixture_set(&f, "connection.producer_config.queue_buffering_max_messages", "1");
  fixture_set(&f, "max_queue_full_block_seconds", "100ms");
  fixture_set(&f, "connection.producer_config.message_timeout_ms", "1000");
  fixture_set(&f, "retry_max_times", "0");
  fixture_open(&f);
  fixture_emit_many(&f, 5, 5);
  ck_assert_int_ne(fixture_close(&f, MINUTE, &error), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 5);
}
END_TEST

START_TEST(closing_at_once_accounts_for_each)
{
  rd_kafka_mock_broker_set_down(c.mock, -1);
  fixture_open(&f);
  fixture_emit_many(&f, 500, 11);
  ck_assert_int_ne(fixture_close(&f, 0, &error), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 500);
}
END_TEST

START_TEST(a_spool_keeps_what_the_brokers_did_not_take)
{
  char *dir = test_tmpdir_new(), *path = test_path(dir, "spool");
  fixture again;
  rd_kafka_mock_broker_set_down(c.mock, -1);
  fixture_set(&f, "spool", path);
  fixture_open(&f);
  fixture_emit_many(&f, 50, 3);
  ck_assert_int_ne(fixture_close(&f, 100, &error), DH_OK);
  rd_kafka_mock_broker_set_up(c.mock, -1);
  cluster_fixture(&c, &again);
  fixture_set(&again, "spool", path);
  fixture_open(&again);
  again.emitted = 50;
  fixture_emit_many(&again, 1, 3); /* it waits behind what the spool holds */
  ck_assert_msg(!dh_emitter_close(again.emitter, MINUTE, &error), "%s", error.message);
  again.emitter = NULL;
  expect_in_order(51, true);
  fixture_end(&again);
  free(path);
  test_tmpdir_remove(dir);
}
END_TEST

/* --- in error --- */

static const rd_kafka_resp_err_t passing[] = {
    RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
    RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS};

/* One request at a time: these brokers do not look at sequence numbers, and take the second of
 * two after refusing the first. From a real broker that means that it has the first one as well,
 * so librdkafka would report as delivered what these have not. */
START_TEST(passing_errors_cost_nothing)
{
  fixture_set(&f, "connection.producer_config.max_in_flight", "1");
  for (int i = 0; i < 3; i++)
    rd_kafka_mock_push_request_errors(c.mock, API_PRODUCE, 1, passing[_i]);
  run_well(400, 7);
  expect_in_order(400, true);
}
END_TEST

START_TEST(a_partition_that_moves_is_followed)
{
  for (int32_t p = 0; p < 4; p++)
    rd_kafka_mock_partition_set_leader(c.mock, TOPIC, p, 1);
  fixture_open(&f);
  fixture_emit_many(&f, 200, 7);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, MINUTE, &error), DH_OK);
  for (int32_t p = 0; p < 4; p++)
    rd_kafka_mock_partition_set_leader(c.mock, TOPIC, p, 2);
  rd_kafka_mock_broker_set_down(c.mock, 1);
  fixture_emit_many(&f, 200, 7);
  ck_assert_msg(!fixture_close(&f, MINUTE, &error), "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 400);
  rd_kafka_mock_broker_set_up(c.mock, 1);
  expect_in_order(400, true);
}
END_TEST

START_TEST(a_producer_that_lost_its_place_is_replaced)
{
  fixture_open(&f);
  fixture_emit_many(&f, 20, 3);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, MINUTE, &error), DH_OK);
  rd_kafka_mock_push_request_errors(c.mock, API_PRODUCE, 1,
                                    RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER);
  fixture_emit_many(&f, 200, 3);
  ck_assert_msg(!fixture_close(&f, MINUTE, &error), "%s", error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 220);
  ck_assert(fixture_logged(&f, "is made anew"));
  expect_in_order(220, false);
}
END_TEST

START_TEST(a_record_that_the_broker_refuses_is_rejected_with_its_words)
{
  rd_kafka_mock_push_request_errors(c.mock, API_PRODUCE, 1, RD_KAFKA_RESP_ERR_INVALID_RECORD);
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, MINUTE, &error), DH_OK);
  fixture_emit_many(&f, 1, 1);
  fixture_close(&f, MINUTE, &error);
  ck_assert_int_eq(fixture_line(&f, 0)->fate, DH_REJECTED);
  ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, "refuses the record"));
  ck_assert_int_eq(fixture_line(&f, 1)->fate, DH_DELIVERED);
}
END_TEST

static const struct {
  rd_kafka_resp_err_t code;
  dh_status status;
  const char *cure;
} hopeless[] = {
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, DH_DENIED, "ACLs"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, DH_MISCONFIGURED, "topic_routes"},
};

START_TEST(what_only_a_person_can_mend_stops_the_run)
{
  rd_kafka_mock_push_request_errors(c.mock, API_PRODUCE, 1, hopeless[_i].code);
  fixture_open(&f);
  fixture_emit_many(&f, 3, 1);
  ck_assert_int_eq(fixture_close(&f, MINUTE, &error), hopeless[_i].status);
  ck_assert_msg(strstr(error.message, TOPIC) && strstr(error.message, hopeless[_i].cure), "%s",
                error.message);
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 3);
}
END_TEST

START_TEST(a_record_that_cannot_be_avro_is_rejected_alone)
{
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  static const char odd[] = "{\"entityType\":\"dataset\",\"entityUrn\":\"" URN "\",\"mood\":1}";
  dh_record record = {.struct_size = sizeof(record),
                      .urn = {URN, sizeof(URN) - 1},
                      .aspect_name = {"status", 6},
                      .proposal = {odd, sizeof(odd) - 1}};
  ck_assert_int_eq(
      dh_emitter_emit_records(f.emitter, &record, 1, (void *)(uintptr_t)f.emitted++, 0, &error),
      DH_OK);
  fixture_emit_many(&f, 1, 1);
  fixture_close(&f, MINUTE, &error);
  ck_assert_int_eq(fixture_line(&f, 0)->fate, DH_DELIVERED);
  ck_assert_int_eq(fixture_line(&f, 1)->fate, DH_REJECTED);
  ck_assert_msg(strstr(fixture_line(&f, 1)->words, "status of " URN " cannot go by Kafka"), "%s",
                fixture_line(&f, 1)->words);
  ck_assert_int_eq(fixture_line(&f, 2)->fate, DH_DELIVERED);
}
END_TEST

/* --- configuration --- */

static const struct {
  const char *key, *value, *words;
} faults[] = {
    {"connection.producer_config.lingers", "1", "\"lingers\""},
    {"connection.producer_config.linger_ms", "soon", "linger"},
    {"connection.producer_config.oauth_cb", "a:b", "`auth`"},
    {"connection.producer_config.transactional_id", "a", "transactional"},
    {"connection.bootstraps", "h:1", "did you mean \"connection.bootstrap\""},
    {"connection.schema_registry_config.basic_auth", "a", "\"basic_auth\""},
    {"connection.schema_registry_config.basic_auth_user_info", "secret", "USER:PASSWORD"},
    {"connection.schema_registry_config.use_latest_version", "maybe", "true or false"},
    {"topic_routes.MetadataChangeEvent", "t", "no topic for MetadataChangeProposal"},
    {"rest_fallback.sever", "http://h", "did you mean \"rest_fallback.server\""},
    {"connection.producer_config.security_protocol", "sasl_tcp", "security.protocol"},
};

START_TEST(configuration_that_cannot_work_is_named)
{
  fixture_set(&f, faults[_i].key, faults[_i].value);
  dh_emitter *none = dh_emitter_open(f.context, f.sink, NULL, &error);
  ck_assert_ptr_null(none);
  ck_assert_int_eq(error.status, DH_MISCONFIGURED);
  ck_assert_msg(strstr(error.message, faults[_i].words) != NULL, "%s", error.message);
  ck_assert_ptr_null(strstr(error.message, "secret"));
}
END_TEST

static TCase *case_of(const char *name)
{
  TCase *tcase = tcase_create(name);
  tcase_add_checked_fixture(tcase, start, stop);
  tcase_set_timeout(tcase, 120);
  return tcase;
}

static TCase *case_well(void)
{
  TCase *t = case_of("well");
  tcase_add_test(t, records_arrive_keyed_and_in_order);
  tcase_add_loop_test(t, every_setting_of_librdkafka_is_passed_on, 0, 4);
  tcase_add_test(t, another_topic_and_its_subject);
  tcase_add_test(t, the_environment_names_brokers_and_registry);
  tcase_add_test(t, a_full_queue_holds_back_and_loses_nothing);
  tcase_add_test(t, a_slow_broker_is_waited_for);
  return t;
}

static TCase *case_away(void)
{
  TCase *t = case_of("away");
  tcase_add_test(t, brokers_that_come_back_get_all);
  tcase_add_test(t, brokers_that_stay_away_end_the_run_in_words);
  tcase_add_test(t, a_full_queue_that_stays_full_is_a_failed_try);
  tcase_add_test(t, closing_at_once_accounts_for_each);
  tcase_add_test(t, a_spool_keeps_what_the_brokers_did_not_take);
  return t;
}

static TCase *case_errors(void)
{
  TCase *t = case_of("errors");
  tcase_add_loop_test(t, passing_errors_cost_nothing, 0, 4);
  tcase_add_test(t, a_partition_that_moves_is_followed);
  tcase_add_test(t, a_producer_that_lost_its_place_is_replaced);
  tcase_add_test(t, a_record_that_the_broker_refuses_is_rejected_with_its_words);
  tcase_add_loop_test(t, what_only_a_person_can_mend_stops_the_run, 0, 2);
  tcase_add_test(t, a_record_that_cannot_be_avro_is_rejected_alone);
  tcase_add_loop_test(t, configuration_that_cannot_work_is_named, 0,
                      sizeof(faults) / sizeof(faults[0]));
  return t;
}

SUITE("kafka delivery", case_well(), case_away(), case_errors())
