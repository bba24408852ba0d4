/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emitter on a server that is well: batches, modes, order, backpressure, flush, close.
 */
#include "emit/fixture.h"
#include "suite.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

static void answer_ok(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_reply_text(conn, 200, "{\"value\":\"success\"}");
}

static fixture f;
static test_server *server;

static void setup(void)
{
  server = test_server_start(answer_ok, NULL);
  fixture_init(&f, "datahub-rest", test_server_url(server));
}

static void teardown(void)
{
  fixture_end(&f);
  test_server_stop(server);
}

/* Checks that the server saw each record once and each URN's in order; the last number
 * seen of each URN tells. */
static void check_all_seen(size_t count, size_t urns)
{
  long *last = malloc(urns * sizeof(*last));
  size_t seen = 0;
  for (size_t i = 0; i < urns; i++)
    last[i] = -1;
  for (size_t i = 0; i < test_server_count(server); i++) {
    const char *at = test_server_request(server, i)->body;
    for (long n; (n = fixture_number(at, &at)) >= 0; seen++) {
      ck_assert_int_gt(n, last[(size_t)n % urns]);
      last[(size_t)n % urns] = n;
    }
  }
  free(last);
  ck_assert_uint_eq(seen, count);
}

START_TEST(test_one_record_arrives)
{
  dh_error error;
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, &error), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 1);
  const test_request *request = test_server_request(server, 0);
  ck_assert_str_eq(request->method, "POST");
  ck_assert_str_eq(request->target, "/aspects?action=ingestProposalBatch");
  ck_assert_str_eq(
      request->body,
      "{\"proposals\":[{\"entityType\":\"dataset\",\"entityUrn\":\"urn:li:dataset:(urn:li:"
      "dataPlatform:hive,db.t0,PROD)\",\"changeType\":\"UPSERT\",\"aspectName\":\"status\","
      "\"aspect\":{\"contentType\":\"application/json\",\"value\":\"{\\\"removed\\\":false,"
      "\\\"number\\\":0}\"}}],\"async\":\"false\"}");
}
END_TEST

START_TEST(test_headers)
{
  fixture_set(&f, "token", "test-token-not-real");
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  const test_request *request = test_server_request(server, 0);
  ck_assert_str_eq(test_request_header(request, "Authorization"), "Bearer test-token-not-real");
  ck_assert_str_eq(test_request_header(request, "X-RestLi-Protocol-Version"), "2.0.0");
  ck_assert_str_eq(test_request_header(request, "Content-Type"), "application/json");
  ck_assert_str_eq(test_request_header(request, "X-DataHub-Client-Mode"), "SDK");
  ck_assert_ptr_nonnull(strstr(test_request_header(request, "User-Agent"),
                               "DataHub-Client/1.0 (sdk; datahub-c/libdatahub; "));
  ck_assert_ptr_null(test_request_header(request, "Expect"));
}
END_TEST

START_TEST(test_batches_are_full)
{
  fixture_set(&f, "linger", "1h");
  fixture_open(&f);
  fixture_emit_many(&f, 1000, 1000);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 1000);
  ck_assert_uint_eq(test_server_count(server), 10);
  check_all_seen(1000, 1000);
}
END_TEST

START_TEST(test_batches_end_at_their_bytes)
{
  fixture_set(&f, "linger", "1h");
  fixture_set(&f, "max_batch_bytes", "4096");
  f.padding = 1000;
  fixture_open(&f);
  fixture_emit_many(&f, 60, 60);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 60);
  ck_assert_uint_eq(test_server_count(server), 20);
  for (size_t i = 0; i < 20; i++)
    ck_assert_uint_lt(test_server_request(server, i)->body_size, 4096 + 100);
  check_all_seen(60, 60);
}
END_TEST

/* --- connections --- */

/* One request after the other needs one. */
START_TEST(test_connections_are_kept)
{
  fixture_open(&f);
  for (size_t i = 0; i < 20; i++) {
    fixture_emit_many(&f, 1, 1);
    ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, NULL), DH_OK);
  }
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(test_server_count(server), 20);
  ck_assert_uint_eq(test_server_connections(server), 1);
}
END_TEST

/* No more than may be used at once. */
START_TEST(test_connections_are_few)
{
  fixture_set(&f, "max_threads", "3");
  fixture_set(&f, "max_per_batch", "5");
  fixture_open(&f);
  fixture_emit_many(&f, 2000, 40);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_ge(test_server_count(server), 400);
  ck_assert_uint_le(test_server_connections(server), 3);
}
END_TEST

/* This process's end of a connection to the server; -1: there is none. */
static int our_end(void)
{
  for (int fd = 3; fd < 1024; fd++) {
    struct sockaddr_in peer;
    socklen_t size = sizeof(peer);
    if (!getpeername(fd, (struct sockaddr *)&peer, &size) && peer.sin_family == AF_INET &&
        ntohs(peer.sin_port) == test_server_port(server))
      return fd;
  }
  return -1;
}

START_TEST(test_tcp_keepalive)
{
  static const char *const values[] = {NULL, "false", "true"};
  int on = -1;
  socklen_t size = sizeof(on);
  if (values[_i])
    fixture_set(&f, "tcp_keepalive", values[_i]);
  fixture_open(&f);
  fixture_emit_many(&f, 1, 1);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, NULL), DH_OK);
  ck_assert_int_eq(getsockopt(our_end(), SOL_SOCKET, SO_KEEPALIVE, &on, &size), 0);
  ck_assert_int_eq(on != 0, _i != 1);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
}
END_TEST

START_TEST(test_order_under_concurrency)
{
  fixture_set(&f, "max_per_batch", "7");
  fixture_open(&f);
  fixture_emit_many(&f, 5000, 13);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
  ck_assert_uint_eq(fixture_count(&f, DH_DELIVERED), 5000);
}
END_TEST

START_TEST(test_stats)
{
  fixture_set(&f, "linger", "1h");
  fixture_open(&f);
  fixture_emit_many(&f, 250, 250);
  ck_assert_int_eq(dh_emitter_flush(f.emitter, -1, NULL), DH_OK);
  dh_emitter_stats s = {.struct_size = sizeof(s)};
  dh_emitter_get_stats(f.emitter, &s);
  ck_assert_uint_eq(s.emitted, 250);
  ck_assert_uint_eq(s.delivered, 250);
  ck_assert_uint_eq(s.queued, 0);
  ck_assert_uint_eq(s.queued_bytes, 0);
  ck_assert_uint_eq(s.http_2xx, 3);
  ck_assert_uint_eq(s.requests, 3);
  ck_assert_uint_eq(s.concurrency, 15);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
}
END_TEST

/* A caller built with an older header: no more than it knows is written. */
START_TEST(test_stats_of_an_older_caller)
{
  dh_emitter_stats s;
  memset(&s, 0x55, sizeof(s));
  s.struct_size = offsetof(dh_emitter_stats, queued);
  fixture_open(&f);
  dh_emitter_get_stats(f.emitter, &s);
  ck_assert_uint_eq(s.emitted, 0);
  ck_assert_uint_eq(s.queued, 0x5555555555555555u);
  ck_assert_int_eq(fixture_close(&f, -1, NULL), DH_OK);
}
END_TEST

START_TEST(test_prometheus)
{
  char text[8192], cut[16];
  dh_emitter_stats s = {.struct_size = sizeof(s), .delivered = 7, .concurrency = 3};
  size_t size = dh_emitter_stats_prometheus(&s, "job=\"nightly\"", text, sizeof(text));
  ck_assert_uint_eq(size, strlen(text));
  ck_assert_ptr_nonnull(strstr(text,
                               "# TYPE datahub_emitter_records_delivered_total counter\n"
                               "datahub_emitter_records_delivered_total{job=\"nightly\"} 7\n"));
  ck_assert_uint_eq(dh_emitter_stats_prometheus(&s, "job=\"nightly\"", cut, sizeof(cut)), size);
  ck_assert_uint_lt(strlen(cut), sizeof(cut));
}
END_TEST

static TCase *case_well(void)
{
  TCase *tcase = tcase_create("well");
  tcase_add_checked_fixture(tcase, setup, teardown);
  tcase_set_timeout(tcase, 60);
  tcase_add_test(tcase, test_one_record_arrives);
  tcase_add_test(tcase, test_headers);
  tcase_add_test(tcase, test_batches_are_full);
  tcase_add_test(tcase, test_batches_end_at_their_bytes);
  tcase_add_test(tcase, test_connections_are_kept);
  tcase_add_test(tcase, test_connections_are_few);
  tcase_add_loop_test(tcase, test_tcp_keepalive, 0, 3);
  tcase_add_test(tcase, test_order_under_concurrency);
  tcase_add_test(tcase, test_stats);
  tcase_add_test(tcase, test_stats_of_an_older_caller);
  tcase_add_test(tcase, test_prometheus);
  return tcase;
}

SUITE("emit", case_well())
