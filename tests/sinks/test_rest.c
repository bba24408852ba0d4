/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the datahub-rest sink puts on the wire, and what it makes of the answers.
 */
#include "emit/fixture.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

#define URN_A "urn:li:dataset:(urn:li:dataPlatform:hive,a,PROD)"
#define URN_B "urn:li:corpuser:b"

static fixture f;
static test_server *server;
static unsigned looks; /* at traces */

static void handler(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  if (strncmp(request->target, "/openapi/v1/trace/write/", 24)) {
    test_reply(conn, 200,
               "traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01\r\n"
               "Content-Type: application/json\r\n",
               "[]", 2);
    return;
  }
  test_server_lock(test_conn_server(conn));
  unsigned look = looks++;
  test_server_unlock(test_conn_server(conn));
  test_reply_text(conn, 200,
                  look ? "{\"" URN_A "\":{\"status\":{\"success\":true,\"primaryStorage\":{"
                         "\"writeStatus\":\"ACTIVE_STATE\"},\"searchStorage\":{\"writeStatus\":"
                         "\"ACTIVE_STATE\"}}}}"
                       : "{\"" URN_A "\":{\"status\":{\"success\":true,\"primaryStorage\":{"
                         "\"writeStatus\":\"ACTIVE_STATE\"},\"searchStorage\":{\"writeStatus\":"
                         "\"PENDING\"}}}}");
}

static void lost_write(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  if (strncmp(request->target, "/openapi/v1/trace/write/", 24))
    test_reply(conn, 200,
               "traceparent: 00-0123456789abcdef0123456789abcdef-0123456789abcdef-01\r\n", "[]", 2);
  else
    test_reply_text(conn, 200,
                    "{\"" URN_A "\":{\"status\":{\"success\":false,\"primaryStorage\":{"
                    "\"writeStatus\":\"ERROR\",\"writeMessage\":\"no such column\"}}}}");
}

static void setup(void)
{
  looks = 0;
  server = test_server_start(handler, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  fixture_set(&f, "linger", "1h");
}

static void teardown(void)
{
  fixture_end(&f);
  test_server_stop(server);
  unsetenv("DATAHUB_GMS_URL");
  unsetenv("DATAHUB_EMIT_MODE");
  unsetenv("DATAHUB_REST_EMITTER_DEFAULT_ENDPOINT");
}

static void emit(const char *urn, const char *aspect, dh_change_type type, const char *json)
{
  dh_error error;
  dh_mcp *mcp = dh_mcp_new(NULL, urn, aspect, &error);
  ck_assert_msg(mcp != NULL, "%s", error.message);
  ck_assert_int_eq(dh_mcp_set_change_type(mcp, type, &error), DH_OK);
  if (json)
    ck_assert_msg(dh_mcp_set_aspect_json(mcp, json, strlen(json), &error) == DH_OK, "%s",
                  error.message);
  ck_assert_msg(dh_emitter_emit(f.emitter, mcp, (void *)(uintptr_t)f.emitted, 0, &error) == DH_OK,
                "%s", error.message);
  f.emitted++;
  dh_mcp_free(mcp);
}

static void finish(size_t requests)
{
  dh_error error;
  ck_assert_msg(fixture_close(&f, -1, &error) == DH_OK, "%s", error.message);
  ck_assert_uint_eq(test_server_count(server), requests);
}

static const test_request *sent(size_t index)
{
  return test_server_request(server, index);
}

START_TEST(test_async_batch)
{
  fixture_set(&f, "default_emit_mode", "ASYNC");
  fixture_open(&f);
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":false}");
  finish(1);
  ck_assert_str_eq(sent(0)->target, "/aspects?action=ingestProposalBatch");
  ck_assert_ptr_nonnull(strstr(sent(0)->body, "}],\"async\":\"true\"}"));
}
END_TEST

START_TEST(test_one_record_a_request)
{
  fixture_set(&f, "mode", "ASYNC");
  fixture_open(&f);
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":false}");
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":true}");
  finish(2);
  ck_assert_str_eq(sent(0)->target, "/aspects?action=ingestProposal");
  ck_assert_int_eq(strncmp(sent(0)->body, "{\"proposal\":{", 13), 0);
  ck_assert_ptr_nonnull(strstr(sent(0)->body, "},\"async\":\"false\"}"));
}
END_TEST

START_TEST(test_restli_delete_keeps_order)
{
  fixture_open(&f);
  emit(URN_B, "status", DH_UPSERT, "{\"removed\":false}");
  emit(URN_B, "corpUserKey", DH_DELETE, NULL);
  emit(URN_B, "status", DH_UPSERT, "{\"removed\":true}");
  finish(3);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 3);
  ck_assert_str_eq(sent(1)->target, "/entities?action=delete");
  ck_assert_str_eq(sent(1)->body, "{\"urn\":\"" URN_B "\"}");
}
END_TEST

START_TEST(test_delete_of_an_aspect)
{
  fixture_open(&f);
  emit(URN_B, "status", DH_DELETE, NULL);
  finish(0);
  ck_assert_int_eq(fixture_line(&f, 0)->fate, DH_REJECTED);
  ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, "key aspect"));
}
END_TEST

START_TEST(test_openapi_groups)
{
  fixture_set(&f, "endpoint", "OPENAPI");
  fixture_open(&f);
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":false}");
  emit(URN_B, "status", DH_UPSERT, "{\"removed\":false}");
  emit(URN_A, "globalTags", DH_PATCH, "[{\"op\":\"add\",\"path\":\"/tags\",\"value\":[]}]");
  emit(URN_B, "status", DH_UPSERT, "{\"removed\":true}");
  emit(URN_B, "corpUserKey", DH_DELETE, NULL);
  finish(4);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 5);
  ck_assert_str_eq(sent(0)->method, "POST");
  ck_assert_str_eq(sent(0)->target, "/openapi/v3/entity/dataset?async=false");
  ck_assert_ptr_nonnull(strstr(sent(0)->body, "[{\"urn\":\"" URN_A "\",\"status\":{\"value\":"
                                              "{\"removed\":false}"));
  ck_assert_str_eq(sent(1)->method, "PATCH");
  ck_assert_ptr_nonnull(
      strstr(sent(1)->body, "\"globalTags\":{\"value\":{\"patch\":[{\"op\":\"add\""));
  ck_assert_str_eq(sent(2)->target, "/openapi/v3/entity/corpuser?async=false");
  ck_assert_ptr_nonnull(strstr(sent(2)->body, "\"removed\":true"));
  ck_assert_str_eq(sent(3)->method, "DELETE");
  ck_assert_str_eq(sent(3)->target, "/openapi/v3/entity/corpuser/urn%3Ali%3Acorpuser%3Ab");
}
END_TEST

START_TEST(test_openapi_sync_wait)
{
  fixture_set(&f, "endpoint", "OPENAPI");
  fixture_set(&f, "default_emit_mode", "SYNC_WAIT");
  fixture_open(&f);
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":false}");
  finish(1);
  ck_assert_ptr_nonnull(
      strstr(sent(0)->body, "\"headers\":{\"X-DataHub-Sync-Index-Update\":\"true\"}"));
}
END_TEST

START_TEST(test_async_wait_follows_the_trace)
{
  fixture_set(&f, "default_emit_mode", "ASYNC_WAIT");
  fixture_open(&f);
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":false}");
  finish(3);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 1);
  ck_assert_str_eq(sent(1)->target, "/openapi/v1/trace/write/0123456789abcdef0123456789abcdef"
                                    "?onlyIncludeErrors=false&detailed=true");
  ck_assert_str_eq(sent(1)->body, "{\"" URN_A "\":[\"status\"]}");
}
END_TEST

START_TEST(test_async_wait_finds_a_lost_write)
{
  fixture_end(&f);
  test_server_stop(server);
  server = test_server_start(lost_write, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  fixture_set(&f, "default_emit_mode", "ASYNC_WAIT");
  fixture_open(&f);
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":false}");
  finish(2);
  ck_assert_int_eq(fixture_line(&f, 0)->fate, DH_REJECTED);
  ck_assert_ptr_nonnull(strstr(fixture_line(&f, 0)->words, "no such column"));
}
END_TEST

/* The same over the v3 API. */
START_TEST(test_openapi_async_wait)
{
  fixture_set(&f, "endpoint", "OPENAPI");
  fixture_set(&f, "default_emit_mode", "ASYNC_WAIT");
  fixture_open(&f);
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":false}");
  finish(3);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 1);
  ck_assert_str_eq(sent(0)->target, "/openapi/v3/entity/dataset?async=true");
  ck_assert_str_eq(sent(1)->target, "/openapi/v1/trace/write/0123456789abcdef0123456789abcdef"
                                    "?onlyIncludeErrors=false&detailed=true");
}
END_TEST

static void untraced(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply_text(conn, 200, "{}");
}

/* A server before 1.0.1 names no trace: said once, and the write counts as it was answered. */
START_TEST(test_async_wait_without_a_trace)
{
  fixture_end(&f);
  test_server_stop(server);
  server = test_server_start(untraced, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
  fixture_set(&f, "default_emit_mode", "ASYNC_WAIT");
  fixture_open(&f);
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":false}");
  finish(1);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 1);
  ck_assert(fixture_logged(&f, "names no trace for its writes"));
}
END_TEST

static void emit_marked(const char *urn)
{
  dh_error error;
  dh_mcp *mcp = dh_mcp_new(NULL, urn, "status", &error);
  ck_assert_int_eq(dh_mcp_set_aspect_json(mcp, "{\"removed\":true}", 16, &error), DH_OK);
  static const char marked[] = "{\"properties\":{\"emitModeMarker\":\"sync\"}}";
  ck_assert_msg(dh_mcp_set_system_metadata(mcp, marked, sizeof(marked) - 1, &error) == DH_OK, "%s",
                error.message);
  ck_assert_int_eq(dh_emitter_emit(f.emitter, mcp, (void *)(uintptr_t)f.emitted, 0, &error), DH_OK);
  f.emitted++;
  dh_mcp_free(mcp);
}

START_TEST(test_sync_marker)
{
  static const char *const wanted[] = {"\"async\":\"true\"}", "\"async\":\"false\"}"};
  fixture_set(&f, "default_emit_mode", "ASYNC");
  fixture_set(&f, "respect_mcp_sync_marker", _i ? "true" : "false");
  fixture_open(&f);
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":false}");
  emit_marked(URN_B);
  finish(1);
  ck_assert_ptr_nonnull(strstr(sent(0)->body, wanted[_i]));
}
END_TEST

START_TEST(test_extra_headers)
{
  fixture_set(&f, "extra_headers.X-Team", "data");
  fixture_set(&f, "extra_headers.User-Agent", "mine");
  fixture_open(&f);
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":false}");
  finish(1);
  ck_assert_str_eq(test_request_header(sent(0), "X-Team"), "data");
  ck_assert_str_eq(test_request_header(sent(0), "User-Agent"), "mine");
}
END_TEST

START_TEST(test_environment)
{
  setenv("DATAHUB_GMS_URL", test_server_url(server), 1);
  setenv("DATAHUB_EMIT_MODE", "ASYNC", 1);
  setenv("DATAHUB_REST_EMITTER_DEFAULT_ENDPOINT", "OPENAPI", 1);
  dh_config_remove(f.sink, "config.server");
  fixture_open(&f);
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":false}");
  finish(1);
  ck_assert_str_eq(sent(0)->target, "/openapi/v3/entity/dataset?async=true");
}
END_TEST

static void does_not_open(const char *words)
{
  dh_error error;
  ck_assert_ptr_null(dh_emitter_open(f.context, f.sink, NULL, &error));
  ck_assert_int_eq(error.status, DH_MISCONFIGURED);
  ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
}

START_TEST(test_no_server)
{
  dh_config_remove(f.sink, "config.server");
  does_not_open("DATAHUB_GMS_URL");
}
END_TEST

START_TEST(test_bad_retry_code)
{
  fixture_set(&f, "retry_status_codes", "20");
  does_not_open("retry_status_codes");
}
END_TEST

START_TEST(test_unknown_key)
{
  fixture_set(&f, "max_thread", "3");
  does_not_open("max_thread");
}
END_TEST

START_TEST(test_slashes_are_dropped)
{
  char url[100];
  snprintf(url, sizeof(url), "%s/gms//", test_server_url(server));
  fixture_set(&f, "server", url);
  fixture_open(&f);
  emit(URN_A, "status", DH_UPSERT, "{\"removed\":false}");
  finish(1);
  ck_assert_str_eq(sent(0)->target, "/gms/aspects?action=ingestProposalBatch");
}
END_TEST

static TCase *case_rest(void)
{
  TCase *tcase = tcase_create("rest");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_async_batch);
  tcase_add_test(tcase, test_one_record_a_request);
  tcase_add_test(tcase, test_restli_delete_keeps_order);
  tcase_add_test(tcase, test_delete_of_an_aspect);
  tcase_add_test(tcase, test_openapi_groups);
  tcase_add_test(tcase, test_openapi_sync_wait);
  tcase_add_test(tcase, test_async_wait_follows_the_trace);
  tcase_add_test(tcase, test_async_wait_finds_a_lost_write);
  tcase_add_test(tcase, test_openapi_async_wait);
  tcase_add_test(tcase, test_async_wait_without_a_trace);
  tcase_add_loop_test(tcase, test_sync_marker, 0, 2);
  tcase_add_test(tcase, test_extra_headers);
  tcase_add_test(tcase, test_environment);
  tcase_add_test(tcase, test_no_server);
  tcase_add_test(tcase, test_bad_retry_code);
  tcase_add_test(tcase, test_unknown_key);
  tcase_add_test(tcase, test_slashes_are_dropped);
  return tcase;
}

SUITE("rest", case_rest())
