/* SPDX-License-Identifier: Apache-2.0 */
/* What Kafka cannot carry: by REST where that is configured, in its URN's order. */
#include "cluster.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

#define URN "urn:li:dataset:(urn:li:dataPlatform:hive,db.t,PROD)"
#define OTHER "urn:li:dataset:(urn:li:dataPlatform:hive,db.other,PROD)"
#define MINUTE 60000

static cluster c;
static fixture f;
static dh_error error;
static test_server *gms;
static bool hold;
static int first_code; /* what the first request is answered, 0: as all */

static void handler(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  if (hold)
    test_hold(conn);
  if (request->number == 0 && first_code)
    test_reply_text(conn, first_code, "{\"message\":\"so it is\",\"status\":400}");
  else
    test_reply_text(conn, 200, "{\"value\":\"success\"}");
}

static void start(void)
{
  hold = false;
  first_code = 0;
  cluster_start(&c, 1, 2);
  cluster_fixture(&c, &f);
  gms = test_server_start(handler, NULL);
}

static void stop(void)
{
  fixture_end(&f);
  test_server_stop(gms);
  cluster_stop(&c);
}

static void with_fallback(void)
{
  fixture_set(&f, "rest_fallback.server", test_server_url(gms));
  fixture_set(&f, "rest_fallback.token", "not-a-real-one");
}

static void emit(dh_change_type type, const char *urn, const char *aspect)
{
  if (emit_typed(&f, type, urn, aspect, &error))
    ck_abort_msg("%s", error.message);
}

static size_t on_kafka(void)
{
  messages m = cluster_read(&c);
  size_t count = m.count;
  messages_free(&m);
  return count;
}

static void close_well(void)
{
  ck_assert_msg(!fixture_close(&f, MINUTE, &error), "%s", error.message);
}

/* --- without --- */

static const struct {
  dh_change_type type;
  const char *aspect;
  bool by_kafka;
} kinds[] = {
    {DH_UPSERT, "status", true},         {DH_CREATE, "status", true},
    {DH_CREATE_ENTITY, "status", true},  {DH_UPDATE, "status", true},
    {DH_PATCH, "status", true},          {DH_UPSERT, "datasetProfile", true},
    {DH_PATCH, "datasetProfile", false}, {DH_DELETE, "datasetKey", false},
    {DH_RESTATE, "status", false},
};

START_TEST(what_kafka_does_not_take_is_rejected_in_words)
{
  fixture_open(&f);
  emit(kinds[_i].type, URN, kinds[_i].aspect);
  fixture_close(&f, MINUTE, &error);
  ck_assert_int_eq(fixture_line(&f, 0)->fate, kinds[_i].by_kafka ? DH_DELIVERED : DH_REJECTED);
  ck_assert_uint_eq(on_kafka(), kinds[_i].by_kafka);
  if (!kinds[_i].by_kafka) {
    ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, "rest_fallback"));
    ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, dh_change_type_name(kinds[_i].type)));
  }
}
END_TEST

/* Those that the model of this library knows, and no others. */
START_TEST(the_timeseries_are_those_of_the_model)
{
  static const char *const some[] = {"assertionRunEvent",
                                     "chartUsageStatistics",
                                     "dashboardUsageStatistics",
                                     "dataProcessInstanceRunEvent",
                                     "datahubIngestionCheckpoint",
                                     "datahubIngestionRunSummary",
                                     "datasetProfile",
                                     "datasetUsageStatistics",
                                     "documentUsageStatistics",
                                     "operation",
                                     "queryUsageStatistics"};
  with_fallback();
  fixture_open(&f);
  for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
    ck_assert_int_eq(dh_model_is_timeseries(some[i]), 1);
    emit(DH_PATCH, URN, some[i]);
  }
  close_well();
  ck_assert_uint_eq(test_server_count(gms), sizeof(some) / sizeof(some[0]));
  ck_assert_uint_eq(on_kafka(), 0);
}
END_TEST

START_TEST(what_is_too_large_for_this_producer_is_named_so)
{
  fixture_set(&f, "connection.producer_config.message_max_bytes", "2000");
  fixture_open(&f);
  ck_assert_int_eq(emit_padded(&f, URN, 5000, &error), DH_OK);
  ck_assert_int_eq(emit_padded(&f, URN, 5, &error), DH_OK);
  fixture_close(&f, MINUTE, &error);
  ck_assert_int_eq(fixture_line(&f, 0)->fate, DH_TOO_LARGE);
  ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, "message.max.bytes"));
  ck_assert_int_eq(fixture_line(&f, 1)->fate, DH_DELIVERED);
}
END_TEST

START_TEST(what_is_too_large_for_the_topic_is_named_so)
{
  rd_kafka_mock_push_request_errors(c.mock, API_PRODUCE, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  fixture_open(&f);
  ck_assert_int_eq(emit_padded(&f, URN, 5, &error), DH_OK);
  fixture_close(&f, MINUTE, &error);
  ck_assert_int_eq(fixture_line(&f, 0)->fate, DH_TOO_LARGE);
  ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, "topic's max.message.bytes"));
}
END_TEST

/* --- with --- */

START_TEST(a_delete_goes_by_rest_with_the_fallbacks_token)
{
  with_fallback();
  fixture_open(&f);
  emit(DH_DELETE, URN, "datasetKey");
  close_well();
  const test_request *r = test_server_request(gms, 0);
  ck_assert_str_eq(r->target, "/entities?action=delete");
  ck_assert_str_eq(r->body, "{\"urn\":\"" URN "\"}");
  ck_assert_str_eq(test_request_header(r, "Authorization"), "Bearer not-a-real-one");
  ck_assert_str_eq(test_request_header(r, "X-RestLi-Protocol-Version"), "2.0.0");
  ck_assert_uint_eq(on_kafka(), 0);
}
END_TEST

START_TEST(a_restate_goes_as_it_is_and_is_waited_for)
{
  with_fallback();
  fixture_open(&f);
  emit(DH_RESTATE, URN, "status");
  close_well();
  const test_request *r = test_server_request(gms, 0);
  ck_assert_str_eq(r->target, "/aspects?action=ingestProposal");
  ck_assert_ptr_nonnull(strstr(r->body, "{\"proposal\":{\"entityType\":\"dataset\""));
  ck_assert_ptr_nonnull(strstr(r->body, "\"changeType\":\"RESTATE\""));
  ck_assert_ptr_nonnull(strstr(r->body, "},\"async\":\"false\"}"));
}
END_TEST

START_TEST(a_delete_of_one_aspect_is_rejected_unsent)
{
  with_fallback();
  fixture_open(&f);
  emit(DH_DELETE, URN, "status");
  fixture_close(&f, MINUTE, &error);
  ck_assert_int_eq(fixture_line(&f, 0)->fate, DH_REJECTED);
  ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, "key aspect"));
  ck_assert_uint_eq(test_server_count(gms), 0);
}
END_TEST

/* While the DELETE is under way, what precedes it is on Kafka and what follows is not. */
START_TEST(order_within_a_urn_holds_across_both_ways)
{
  hold = true;
  with_fallback();
  fixture_open(&f);
  emit(DH_UPSERT, URN, "status");
  emit(DH_UPSERT, URN, "status");
  emit(DH_DELETE, URN, "datasetKey");
  emit(DH_UPSERT, URN, "status");
  emit(DH_UPSERT, OTHER, "status");
  ck_assert_int_eq(dh_emitter_flush(f.emitter, 0, &error), DH_TIMEOUT);
  ck_assert(test_server_wait(gms, 1));
  messages m = cluster_read(&c);
  ck_assert_uint_eq(m.count, 3);
  for (size_t i = 0; i < m.count; i++)
    ck_assert_ptr_null(strstr(m.at[i].value, "\"number\":3"));
  messages_free(&m);
  test_server_release(gms);
  close_well();
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 5);
  m = cluster_read(&c);
  ck_assert_uint_eq(m.count, 4);
  messages_free(&m);
}
END_TEST

START_TEST(two_deletes_of_one_urn_go_one_after_the_other)
{
  hold = true;
  with_fallback();
  fixture_open(&f);
  emit(DH_RESTATE, URN, "status");
  emit(DH_RESTATE, URN, "ownership");
  emit(DH_RESTATE, OTHER, "status");
  ck_assert_int_eq(dh_emitter_flush(f.emitter, 0, &error), DH_TIMEOUT);
  ck_assert(test_server_wait(gms, 2));
  test_server_release(gms);
  close_well();
  ck_assert_uint_eq(test_server_count(gms), 3);
  ck_assert_ptr_nonnull(strstr(test_server_request(gms, 2)->body, "ownership"));
}
END_TEST

START_TEST(what_is_too_large_goes_by_rest_in_order)
{
  with_fallback();
  if (_i == 0)
    fixture_set(&f, "connection.producer_config.message_max_bytes", "2000");
  else
    rd_kafka_mock_push_request_errors(c.mock, API_PRODUCE, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
  fixture_open(&f);
  ck_assert_int_eq(emit_padded(&f, URN, 5000, &error), DH_OK);
  if (_i == 1)
    ck_assert_int_eq(dh_emitter_flush(f.emitter, MINUTE, &error), DH_OK);
  ck_assert_int_eq(emit_padded(&f, URN, 5, &error), DH_OK);
  close_well();
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 2);
  ck_assert_uint_eq(test_server_count(gms), 1);
  ck_assert_ptr_nonnull(strstr(test_server_request(gms, 0)->body, "number\\\":0}"));
  ck_assert_uint_eq(on_kafka(), 1);
}
END_TEST

START_TEST(a_server_that_comes_back_is_tried_again)
{
  first_code = 503;
  with_fallback();
  fixture_open(&f);
  emit(DH_UPSERT, URN, "status");
  emit(DH_DELETE, URN, "datasetKey");
  emit(DH_UPSERT, URN, "status");
  close_well();
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 3);
  ck_assert_uint_eq(test_server_count(gms), 2);
  ck_assert_uint_eq(on_kafka(), 2);
}
END_TEST

START_TEST(a_refused_record_is_rejected_with_the_servers_words)
{
  first_code = _i ? 403 : 400;
  with_fallback();
  fixture_open(&f);
  emit(DH_DELETE, URN, "datasetKey");
  emit(DH_UPSERT, URN, "status");
  fixture_close(&f, MINUTE, &error);
  ck_assert_int_eq(fixture_line(&f, 0)->fate, DH_REJECTED);
  ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, "so it is"));
  ck_assert_int_eq(fixture_line(&f, 1)->fate, DH_DELIVERED);
}
END_TEST

static void always_401(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply_text(conn, 401, "{}");
}

START_TEST(a_refused_credential_stops_the_run)
{
  test_server_stop(gms);
  gms = test_server_start(always_401, NULL);
  with_fallback();
  fixture_open(&f);
  emit(DH_DELETE, URN, "datasetKey");
  ck_assert_int_eq(fixture_close(&f, MINUTE, &error), DH_DENIED);
  ck_assert_msg(strstr(error.message, "rest_fallback") != NULL, "%s", error.message);
  ck_assert_ptr_null(strstr(error.message, "not-a-real-one"));
  ck_assert_uint_eq(fixture_count(&f, DH_RETRY), 1);
}
END_TEST

START_TEST(closing_while_a_request_waits_accounts_for_each)
{
  hold = true;
  with_fallback();
  fixture_open(&f);
  emit(DH_UPSERT, URN, "status");
  emit(DH_DELETE, URN, "datasetKey");
  emit(DH_UPSERT, URN, "status");
  ck_assert_int_eq(dh_emitter_flush(f.emitter, 0, &error), DH_TIMEOUT);
  ck_assert(test_server_wait(gms, 1));
  ck_assert_int_ne(fixture_close(&f, 0, &error), DH_OK);
  ck_assert_int_eq(fixture_line(&f, 0)->fate, DH_DELIVERED);
  ck_assert_int_eq(fixture_line(&f, 1)->fate, DH_RETRY);
  ck_assert_int_eq(fixture_line(&f, 2)->fate, DH_RETRY);
}
END_TEST

static TCase *case_of(const char *name)
{
  TCase *tcase = tcase_create(name);
  tcase_add_checked_fixture(tcase, start, stop);
  tcase_set_timeout(tcase, 120);
  return tcase;
}

static TCase *case_without(void)
{
  TCase *t = case_of("without a fallback");
  tcase_add_loop_test(t, what_kafka_does_not_take_is_rejected_in_words, 0,
                      sizeof(kinds) / sizeof(kinds[0]));
  tcase_add_test(t, what_is_too_large_for_this_producer_is_named_so);
  tcase_add_test(t, what_is_too_large_for_the_topic_is_named_so);
  return t;
}

static TCase *case_with(void)
{
  TCase *t = case_of("with a fallback");
  tcase_add_test(t, the_timeseries_are_those_of_the_model);
  tcase_add_test(t, a_delete_goes_by_rest_with_the_fallbacks_token);
  tcase_add_test(t, a_restate_goes_as_it_is_and_is_waited_for);
  tcase_add_test(t, a_delete_of_one_aspect_is_rejected_unsent);
  tcase_add_test(t, order_within_a_urn_holds_across_both_ways);
  tcase_add_test(t, two_deletes_of_one_urn_go_one_after_the_other);
  tcase_add_loop_test(t, what_is_too_large_goes_by_rest_in_order, 0, 2);
  tcase_add_test(t, a_server_that_comes_back_is_tried_again);
  tcase_add_loop_test(t, a_refused_record_is_rejected_with_the_servers_words, 0, 2);
  tcase_add_test(t, a_refused_credential_stops_the_run);
  tcase_add_test(t, closing_while_a_request_waits_accounts_for_each);
  return t;
}

SUITE("kafka fallback", case_without(), case_with())
