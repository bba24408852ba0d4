/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token file that is replaced in the middle of a run of 100,000 records: none is lost,
 * and of the old token the server sees no more than the requests that were on their way
 * when it began to refuse it.
 */
#include "auth/support.h"
#include "support/server.h"

#include <datahub/emitter.h>

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#define RECORDS 100000
/* Requests that may be in flight when the server changes its mind. */
#define THREADS 4

static struct {
  unsigned accepted; /* records in requests that were let in */
  unsigned refused;  /* requests with the old token after the change */
  bool changed;
} seen;

static char *dir;

static void put_token(const char *text)
{
  char aside[256], path[256];
  free(test_file_text(dir, "aside", text));
  snprintf(aside, sizeof(aside), "%s/aside", dir);
  snprintf(path, sizeof(path), "%s/token", dir);
  if (rename(aside, path))
    abort();
}

static unsigned count_records(const char *body)
{
  unsigned n = 0;
  for (const char *at = body; (at = strstr(at, "\"entityUrn\"")); at++)
    n++;
  return n;
}

static void gms(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  if (strcmp(request->method, "POST")) {
    test_reply_text(conn, 200, "{\"noCode\":\"true\"}");
    return;
  }
  const char *token = test_request_header(request, "Authorization");
  test_server *server = test_conn_server(conn);
  unsigned records = count_records(request->body);
  test_server_lock(server);
  if (!seen.changed && seen.accepted > RECORDS / 2) {
    put_token("new-token\n");
    seen.changed = true;
  }
  bool good = token && !strcmp(token, seen.changed ? "Bearer new-token" : "Bearer old-token");
  if (good)
    seen.accepted += records;
  else
    seen.refused++;
  test_server_unlock(server);
  test_reply_text(conn, good ? 200 : 401, good ? "{\"value\":\"success\"}" : "{}");
}

typedef struct tally {
  pthread_mutex_t lock;
  unsigned delivered, other;
} tally;

static void delivered(void *arg, const dh_record *record, void *opaque, dh_fate fate,
                      const dh_error *error)
{
  tally *t = arg;
  (void)record, (void)opaque, (void)error;
  pthread_mutex_lock(&t->lock);
  if (fate == DH_DELIVERED)
    t->delivered++;
  else
    t->other++;
  pthread_mutex_unlock(&t->lock);
}

static dh_emitter *open_emitter(dh_context *context, const char *url, tally *t)
{
  char text[1024];
  dh_error error;
  snprintf(text, sizeof(text),
           "type = \"datahub-rest\"; config = {server = \"%s\"; max_threads = %d; auth = {type = "
           "\"file\"; config = {path = \"%s/token\"; recheck = \"1h\";};};};",
           url, THREADS, dir);
  dh_config *sink =
      dh_config_parse(context, DH_CONFIG_LIBCONFIG, text, strlen(text), "test.cfg", &error);
  ck_assert_msg(sink, "%s", error.message);
  dh_emitter_options options = {.struct_size = sizeof(options), .delivered = delivered, .arg = t};
  dh_emitter *emitter = dh_emitter_open(context, sink, &options, &error);
  ck_assert_msg(emitter, "%s", error.message);
  dh_config_free(sink);
  return emitter;
}

static void emit_all(dh_emitter *emitter)
{
  for (unsigned i = 0; i < RECORDS; i++) {
    dh_error error;
    char urn[64], proposal[512];
    int u = snprintf(urn, sizeof(urn), "urn:li:tag:t%u", i);
    int n = snprintf(proposal, sizeof(proposal),
                     "{\"entityType\":\"tag\",\"entityUrn\":\"%s\",\"changeType\":\"UPSERT\","
                     "\"aspectName\":\"status\",\"aspect\":{\"contentType\":\"application/json\","
                     "\"value\":\"{\\\"removed\\\":false}\"}}",
                     urn);
    dh_record record = {.struct_size = sizeof(record),
                        .entity_type = {"tag", 3},
                        .urn = {urn, (size_t)u},
                        .aspect_name = {"status", 6},
                        .content_type = {"application/json", 16},
                        .proposal = {proposal, (size_t)n}};
    dh_status status = dh_emitter_emit_records(emitter, &record, 1, NULL, 0, &error);
    ck_assert_msg(status == DH_OK, "%s", error.message);
  }
}

START_TEST(rotation_loses_nothing)
{
  tally t = {PTHREAD_MUTEX_INITIALIZER, 0, 0};
  dh_error error;
  dir = test_tmpdir_new();
  put_token("old-token\n");
  dh_context_options options = {.struct_size = sizeof(options),
                                .plugin_path = BUILDDIR "/plugins/.libs:" BUILDDIR "/sinks/.libs"};
  dh_context *context = dh_context_new(&options, &error);
  test_server *server = test_server_start(gms, NULL);
  dh_emitter *emitter = open_emitter(context, test_server_url(server), &t);
  emit_all(emitter);
  dh_status status = dh_emitter_close(emitter, -1, &error);
  test_server_stop(server);
  dh_context_free(context);
  test_tmpdir_remove(dir);
  ck_assert_msg(status == DH_OK, "%s", error.message);
  ck_assert_uint_eq(t.delivered, RECORDS);
  ck_assert_uint_eq(t.other, 0);
  ck_assert_uint_eq(seen.accepted, RECORDS);
  /* At least one: the file is looked at again only because of it. */
  ck_assert_uint_ge(seen.refused, 1);
  ck_assert_uint_le(seen.refused, THREADS);
}
END_TEST

static TCase *case_rotation(void)
{
  TCase *c = tcase_create("rotation");
  tcase_set_timeout(c, 120);
  tcase_add_test(c, rotation_loses_nothing);
  return c;
}

SUITE("rotation", case_rotation())
