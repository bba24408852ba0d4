/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing to dhub-gms and reading back, over Rest.li and OpenAPI.
 */
#include "suite.h"
#include "tools/gms/process.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define DATASET "urn:li:dataset:(urn:li:dataPlatform:hive,db.t,PROD)"
#define DATASET_ENCODED "urn%3Ali%3Adataset%3A%28urn%3Ali%3AdataPlatform%3Ahive%2Cdb.t%2CPROD%29"
#define ONE "/aspects?action=ingestProposal"
#define MANY "/aspects?action=ingestProposalBatch"

static gms_process gms;

static void setup(void)
{
  static const char *const arguments[] = {"--auth", "off", NULL};
  gms_start(&gms, arguments);
}

static void teardown(void)
{
  ck_assert_int_eq(gms_stop(&gms), 0);
}

/* A proposal of the Rest.li form; `value` is JSON without characters to be escaped but '"'. */
static const char *proposal(char *out, size_t size, const char *change, const char *urn,
                            const char *aspect, const char *value)
{
  json_object *p = json_object_new_object(), *a = json_object_new_object();
  bool patch = !strcmp(change, "PATCH");
  char type[64] = "";
  sscanf(urn, "urn:li:%63[^:]", type);
  json_object_object_add(p, "entityType", json_object_new_string(type));
  json_object_object_add(p, "entityUrn", json_object_new_string(urn));
  json_object_object_add(p, "changeType", json_object_new_string(change));
  json_object_object_add(p, "aspectName", json_object_new_string(aspect));
  if (value) {
    json_object_object_add(
        a, "contentType",
        json_object_new_string(patch ? "application/json-patch+json" : "application/json"));
    json_object_object_add(a, "value", json_object_new_string(value));
    json_object_object_add(p, "aspect", a);
  } else
    json_object_put(a);
  snprintf(out, size, "%s", json_object_to_json_string_ext(p, JSON_C_TO_STRING_PLAIN));
  json_object_put(p);
  return out;
}

static gms_answer ingest(const char *change, const char *urn, const char *aspect, const char *value)
{
  char text[4096], body[4200];
  proposal(text, sizeof(text), change, urn, aspect, value);
  snprintf(body, sizeof(body), "{\"proposal\":%s,\"async\":\"false\"}", text);
  return gms_call(&gms, "POST", ONE, NULL, body);
}

static void ingest_is(int status, const char *change, const char *urn, const char *aspect,
                      const char *value)
{
  gms_answer answer = ingest(change, urn, aspect, value);
  ck_assert_msg(answer.status == status, "%s %s: %d %s", change, aspect, answer.status,
                answer.text);
  gms_answer_clear(&answer);
}

static void value_is(const char *urn, const char *aspect, const char *expected)
{
  char path[1024], at[256];
  snprintf(path, sizeof(path), "/entitiesV2/%s", urn);
  gms_answer answer = gms_call(&gms, "GET", path, NULL, NULL);
  snprintf(at, sizeof(at), "aspects/%s/value", aspect);
  json_object *want = json_tokener_parse(expected);
  json_object *have = json_tokener_parse(gms_at(&answer, at));
  ck_assert_msg(json_object_equal(want, have), "%s", answer.text);
  json_object_put(want);
  json_object_put(have);
  gms_answer_clear(&answer);
}

START_TEST(config_says_that_it_is_gms)
{
  gms_answer answer = gms_call(&gms, "GET", "/config", NULL, NULL);
  ck_assert_int_eq(answer.status, 200);
  ck_assert_str_eq(gms_at(&answer, "noCode"), "true");
  ck_assert_str_eq(gms_at(&answer, "patchCapable"), "true");
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(health_answers_under_every_name)
{
  static const char *const paths[] = {"/health", "/health/live", "/health/detailed",
                                      "/api/gms/health"};
  for (size_t i = 0; i < 4; i++) {
    gms_answer answer = gms_call(&gms, "GET", paths[i], NULL, NULL);
    ck_assert_int_eq(answer.status, 200);
    gms_answer_clear(&answer);
  }
}
END_TEST

START_TEST(unknown_path_is_404_and_wrong_method_405)
{
  gms_answer answer = gms_call(&gms, "GET", "/nowhere", NULL, NULL);
  ck_assert_int_eq(answer.status, 404);
  gms_answer_clear(&answer);
  answer = gms_call(&gms, "POST", "/config", NULL, "{}");
  ck_assert_int_eq(answer.status, 405);
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(proposal_is_read_back)
{
  gms_answer answer = ingest("UPSERT", DATASET, "status", "{\"removed\":false}");
  ck_assert_int_eq(answer.status, 200);
  ck_assert_str_eq(gms_at(&answer, "value"), "success");
  ck_assert_uint_eq(strlen(answer.trace), 55);
  gms_answer_clear(&answer);
  value_is(DATASET_ENCODED, "status", "{\"removed\":false}");
  value_is(DATASET_ENCODED, "datasetKey",
           "{\"platform\":\"urn:li:dataPlatform:hive\",\"name\":\"db.t\",\"origin\":\"PROD\"}");
}
END_TEST

START_TEST(frontend_prefix_and_slash_reach_the_same)
{
  char text[1024], body[1200];
  proposal(text, sizeof(text), "UPSERT", DATASET, "status", "{\"removed\":true}");
  snprintf(body, sizeof(body), "{\"proposal\":%s}", text);
  gms_answer answer = gms_call(&gms, "POST", "/api/gms/aspects/?action=ingestProposal", NULL, body);
  ck_assert_int_eq(answer.status, 200);
  gms_answer_clear(&answer);
  value_is(DATASET_ENCODED, "status", "{\"removed\":true}");
}
END_TEST

START_TEST(snapshot_form_names_records)
{
  ingest_is(200, "UPSERT", "urn:li:corpuser:jdoe", "corpUserInfo", "{\"active\":true}");
  gms_answer answer = gms_call(&gms, "GET", "/entities/urn%3Ali%3Acorpuser%3Ajdoe", NULL, NULL);
  ck_assert_int_eq(answer.status, 200);
  ck_assert_str_eq(gms_at(&answer,
                          "value/com.linkedin.metadata.snapshot.CorpUserSnapshot/aspects/0/"
                          "com.linkedin.identity.CorpUserInfo/active"),
                   "true");
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(versions_go_from_the_oldest)
{
  ingest_is(200, "UPSERT", DATASET, "status", "{\"removed\":true}");
  ingest_is(200, "UPSERT", DATASET, "status", "{\"removed\":false}");
  gms_answer answer =
      gms_call(&gms, "GET", "/aspects/" DATASET_ENCODED "?aspect=status&version=1", NULL, NULL);
  ck_assert_str_eq(gms_at(&answer, "aspect/com.linkedin.common.Status/removed"), "true");
  gms_answer_clear(&answer);
  answer =
      gms_call(&gms, "GET", "/aspects/" DATASET_ENCODED "?aspect=status&version=0", NULL, NULL);
  ck_assert_str_eq(gms_at(&answer, "aspect/com.linkedin.common.Status/removed"), "false");
  gms_answer_clear(&answer);
  answer =
      gms_call(&gms, "GET", "/aspects/" DATASET_ENCODED "?aspect=status&version=2", NULL, NULL);
  ck_assert_int_eq(answer.status, 404);
  ck_assert_str_eq(answer.restli, "true");
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(same_value_is_no_new_version)
{
  ingest_is(200, "UPSERT", DATASET, "status", "{\"removed\":true}");
  ingest_is(200, "UPSERT", DATASET, "status", "{ \"removed\" : true }");
  gms_answer answer =
      gms_call(&gms, "GET", "/aspects/" DATASET_ENCODED "?aspect=status&version=1", NULL, NULL);
  ck_assert_int_eq(answer.status, 404);
  gms_answer_clear(&answer);
}
END_TEST

/* A batch with one proposal that cannot be: nothing of it is there afterwards. */
START_TEST(batch_is_all_or_nothing)
{
  char good[1024], bad[1024], body[4096];
  proposal(good, sizeof(good), "UPSERT", DATASET, "status", "{\"removed\":false}");
  proposal(bad, sizeof(bad), "CREATE", DATASET, "status", "{\"removed\":false}");
  snprintf(body, sizeof(body), "{\"proposals\":[%s,%s],\"async\":\"false\"}", good, bad);
  gms_answer answer = gms_call(&gms, "POST", MANY, NULL, body);
  ck_assert_int_eq(answer.status, 422);
  ck_assert_str_eq(gms_at(&answer, "status"), "422");
  ck_assert_str_eq(answer.restli, "true");
  gms_answer_clear(&answer);
  answer = gms_call(&gms, "GET", "/entitiesV2/" DATASET_ENCODED, NULL, NULL);
  ck_assert_int_eq(answer.status, 404);
  gms_answer_clear(&answer);
}
END_TEST

static const struct {
  int status;
  const char *change, *urn, *aspect, *value;
} refused[] = {
    {400, "UPSERT", DATASET, "nope", "{}"},
    {422, "UPSERT", DATASET, "corpUserInfo", "{\"active\":true}"},
    {400, "UPSERT", "urn:li:dataset:(urn:li:dataPlatform:hive,db.t,PROD", "status", "{}"},
    {400, "UPSERT", "urn:li:nothing:x", "status", "{}"},
    {400, "UPSERT", DATASET, "status", "{\"removed\":"},
    {400, "UPSERT", DATASET, "status", "[]"},
    {400, "UPSERT", DATASET, "status", NULL},
    {400, "REPLACE", DATASET, "status", "{}"},
    {400, "UPSERT", DATASET, "status", "{\"x\":\"\xe2\x82\xac\"}"}, /* no byte: U+20AC */
    {422, "DELETE", DATASET, "status", NULL},
    {422, "UPSERT", DATASET, "datasetProfile", "{\"rowCount\":1}"},
    {422, "CREATE", DATASET, "datasetProfile", "{\"timestampMillis\":1}"},
    {400, "PATCH", DATASET, "globalTags", "{\"op\":\"add\"}"},
    {422, "PATCH", DATASET, "globalTags", "[{\"op\":\"replace\",\"path\":\"/x\",\"value\":1}]"},
};

START_TEST(wrong_proposal_is_refused)
{
  ingest_is(refused[_i].status, refused[_i].change, refused[_i].urn, refused[_i].aspect,
            refused[_i].value);
}
END_TEST

START_TEST(too_many_proposals_are_refused)
{
  size_t size = 0, room = 201 * 400;
  char *body = malloc(room), text[512];
  size += (size_t)sprintf(body, "{\"proposals\":[");
  proposal(text, sizeof(text), "UPSERT", DATASET, "status", "{\"removed\":false}");
  for (int i = 0; i < 201; i++)
    size += (size_t)snprintf(body + size, room - size, "%s%s", i ? "," : "", text);
  snprintf(body + size, room - size, "]}");
  gms_answer answer = gms_call(&gms, "POST", MANY, NULL, body);
  ck_assert_int_eq(answer.status, 400);
  ck_assert_ptr_nonnull(strstr(gms_at(&answer, "message"), "201"));
  gms_answer_clear(&answer);
  free(body);
}
END_TEST

START_TEST(too_large_request_is_refused)
{
  size_t size = 16000001;
  char *body = malloc(size + 1);
  memset(body, ' ', size);
  body[size] = '\0';
  gms_answer answer = gms_call(&gms, "POST", MANY, NULL, body);
  ck_assert_int_eq(answer.status, 413);
  gms_answer_clear(&answer);
  free(body);
}
END_TEST

START_TEST(create_only_where_absent)
{
  ingest_is(200, "CREATE_ENTITY", DATASET, "status", "{\"removed\":false}");
  ingest_is(422, "CREATE_ENTITY", DATASET, "subTypes", "{\"typeNames\":[]}");
  ingest_is(200, "CREATE", DATASET, "subTypes", "{\"typeNames\":[]}");
  ingest_is(422, "CREATE", DATASET, "subTypes", "{\"typeNames\":[]}");
}
END_TEST

START_TEST(delete_takes_the_entity)
{
  ingest_is(200, "UPSERT", DATASET, "status", "{\"removed\":false}");
  ingest_is(200, "DELETE", DATASET, "datasetKey", NULL);
  gms_answer answer = gms_call(&gms, "GET", "/entitiesV2/" DATASET_ENCODED, NULL, NULL);
  ck_assert_int_eq(answer.status, 404);
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(delete_action_counts_rows)
{
  ingest_is(200, "UPSERT", DATASET, "status", "{\"removed\":false}");
  ingest_is(200, "UPSERT", DATASET, "datasetProfile", "{\"timestampMillis\":5}");
  gms_answer answer =
      gms_call(&gms, "POST", "/entities?action=delete", NULL, "{\"urn\":\"" DATASET "\"}");
  ck_assert_int_eq(answer.status, 200);
  ck_assert_str_eq(gms_at(&answer, "value/rows"), "2");
  ck_assert_str_eq(gms_at(&answer, "value/timeseriesRows"), "1");
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(tags_are_patched_by_their_urn)
{
  ingest_is(200, "UPSERT", DATASET, "globalTags", "{\"tags\":[{\"tag\":\"urn:li:tag:a\"}]}");
  ingest_is(200, "PATCH", DATASET, "globalTags",
            "[{\"op\":\"add\",\"path\":\"/tags/urn:li:tag:b\",\"value\":{\"tag\":"
            "\"urn:li:tag:b\"}},{\"op\":\"remove\",\"path\":\"/tags/urn:li:tag:a\"}]");
  value_is(DATASET_ENCODED, "globalTags", "{\"tags\":[{\"tag\":\"urn:li:tag:b\"}]}");
}
END_TEST

START_TEST(primary_keys_of_a_patch_are_used)
{
  ingest_is(200, "PATCH", DATASET, "institutionalMemory",
            "{\"arrayPrimaryKeys\":{\"elements\":[\"url\"]},\"patch\":[{\"op\":\"add\",\"path\":"
            "\"/elements/https:~1~1x.example\",\"value\":{\"url\":\"https://x.example\","
            "\"description\":\"d\"}}]}");
  value_is(DATASET_ENCODED, "institutionalMemory",
           "{\"elements\":[{\"url\":\"https://x.example\",\"description\":\"d\"}]}");
}
END_TEST

START_TEST(bytes_beyond_ascii_are_utf8)
{
  /* U+00C3 U+00A9 stand for the two bytes of an e with an acute accent. */
  ingest_is(200, "UPSERT", DATASET, "datasetProperties",
            "{\"description\":\"caf\xc3\x83\xc2\xa9 \\u20ac\"}");
  value_is(DATASET_ENCODED, "datasetProperties", "{\"description\":\"caf\xc3\xa9 \xe2\x82\xac\"}");
}
END_TEST

/* Characters that json-c's own reader takes for halves of a surrogate pair, U+1DE01 and U+2DC01,
 * and numbers that it rounds: what was sent is read, whichever way it came and went. */
#define ESCAPED                                                                                    \
  "{\"description\":\"\\ud837\\ude01 \\ud877\\udc01\",\"customProperties\":{\"\\ud837\\ude01\":"   \
  "\"\\ud877\\udc01\"},\"x\":[-0,9223372036854775807,18446744073709551616,1.50]}"
#define RAW                                                                                        \
  "{\"description\":\"\xf0\x9d\xb8\x81 \xf0\xad\xb0\x81\",\"customProperties\":{"                  \
  "\"\xf0\x9d\xb8\x81\":\"\xf0\xad\xb0\x81\"},\"x\":[-0,9223372036854775807,18446744073709551616," \
  "1.50]}"

static void properties_are_whole(const char *path)
{
  gms_answer answer = gms_call(&gms, "GET", path, NULL, NULL);
  ck_assert_msg(strstr(answer.text, RAW) != NULL, "%s", answer.text);
  gms_answer_clear(&answer);
}

START_TEST(text_and_numbers_are_read_as_they_were_sent)
{
  ingest_is(200, "UPSERT", DATASET, "datasetProperties", ESCAPED);
  properties_are_whole("/entitiesV2/" DATASET_ENCODED);
  properties_are_whole("/openapi/v3/entity/dataset/" DATASET_ENCODED);
}
END_TEST

static const char *const spellings[] = {ESCAPED, RAW};

START_TEST(text_and_numbers_over_openapi_are_read_as_they_were_sent)
{
  char body[1024];
  snprintf(body, sizeof(body), "[{\"urn\":\"" DATASET "\",\"datasetProperties\":{\"value\":%s}}]",
           spellings[_i]);
  gms_answer answer = gms_call(&gms, "POST", "/openapi/v3/entity/dataset?async=false", NULL, body);
  ck_assert_int_eq(answer.status, 200);
  gms_answer_clear(&answer);
  properties_are_whole("/entitiesV2/" DATASET_ENCODED);
}
END_TEST

START_TEST(patch_leaves_the_rest_as_it_was_sent)
{
  ingest_is(200, "UPSERT", DATASET, "datasetProperties", ESCAPED);
  ingest_is(200, "PATCH", DATASET, "datasetProperties",
            "[{\"op\":\"add\",\"path\":\"/name\",\"value\":\"\\ud877\\udc01\"}]");
  gms_answer answer = gms_call(&gms, "GET", "/entitiesV2/" DATASET_ENCODED, NULL, NULL);
  ck_assert_str_eq(gms_at(&answer, "aspects/datasetProperties/value/name"), "\xf0\xad\xb0\x81");
  ck_assert_str_eq(gms_at(&answer, "aspects/datasetProperties/value/description"),
                   "\xf0\x9d\xb8\x81 \xf0\xad\xb0\x81");
  gms_answer_clear(&answer);
}
END_TEST

/* As GMS reads them; its emitters never send one. */
START_TEST(last_of_two_members_of_one_name_counts)
{
  ingest_is(200, "UPSERT", DATASET, "status", "{\"removed\":true,\"removed\":false}");
  value_is(DATASET_ENCODED, "status", "{\"removed\":false}");
}
END_TEST

START_TEST(timeseries_are_appended)
{
  ingest_is(200, "UPSERT", DATASET, "datasetProfile", "{\"timestampMillis\":1,\"rowCount\":10}");
  ingest_is(200, "UPSERT", DATASET, "datasetProfile", "{\"timestampMillis\":2,\"rowCount\":20}");
  gms_answer answer =
      gms_call(&gms, "POST", "/aspects?action=getTimeseriesAspectValues", NULL,
               "{\"urn\":\"" DATASET "\",\"entity\":\"dataset\",\"aspect\":\"datasetProfile\","
               "\"latestValue\":true}");
  ck_assert_int_eq(answer.status, 200);
  ck_assert_str_eq(gms_at(&answer, "value/values/0/aspect/value"),
                   "{\"timestampMillis\":2,\"rowCount\":20}");
  ck_assert_str_eq(gms_at(&answer, "value/values/1"), "");
  gms_answer_clear(&answer);
  answer = gms_call(&gms, "POST", "/aspects?action=getTimeseriesAspectValues", NULL,
                    "{\"urn\":\"" DATASET "\",\"entity\":\"dataset\",\"aspect\":"
                    "\"datasetProfile\",\"startTimeMillis\":0,\"endTimeMillis\":1,\"limit\":10}");
  ck_assert_str_eq(gms_at(&answer, "value/values/0/aspect/value"),
                   "{\"timestampMillis\":1,\"rowCount\":10}");
  ck_assert_str_eq(gms_at(&answer, "value/values/1"), "");
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(event_becomes_aspects)
{
  gms_answer answer = gms_call(
      &gms, "POST", "/entities?action=ingest", NULL,
      "{\"entity\":{\"value\":{\"com.linkedin.metadata.snapshot.CorpUserSnapshot\":{\"urn\":"
      "\"urn:li:corpuser:e\",\"aspects\":[{\"com.linkedin.identity.CorpUserInfo\":{\"active\":"
      "true}}]}}}}");
  ck_assert_int_eq(answer.status, 200);
  gms_answer_clear(&answer);
  value_is("urn%3Ali%3Acorpuser%3Ae", "corpUserInfo", "{\"active\":true}");
}
END_TEST

START_TEST(openapi_writes_reads_patches_and_deletes)
{
  gms_answer answer =
      gms_call(&gms, "POST", "/openapi/v3/entity/dataset?async=false", NULL,
               "[{\"urn\":\"" DATASET "\",\"globalTags\":{\"value\":{\"tags\":[]}}}]");
  ck_assert_int_eq(answer.status, 200);
  ck_assert_str_eq(gms_at(&answer, "0/urn"), DATASET);
  ck_assert_ptr_nonnull(answer.trace);
  gms_answer_clear(&answer);
  answer = gms_call(&gms, "PATCH", "/openapi/v3/entity/dataset?async=true", NULL,
                    "[{\"urn\":\"" DATASET "\",\"globalTags\":{\"value\":{\"patch\":[{\"op\":"
                    "\"add\",\"path\":\"/tags/urn:li:tag:x\",\"value\":{\"tag\":\"urn:li:tag:x\"}"
                    "}]}}}]");
  ck_assert_int_eq(answer.status, 202);
  gms_answer_clear(&answer);
  answer = gms_call(
      &gms, "GET", "/openapi/v3/entity/dataset/" DATASET_ENCODED "?aspects=globalTags", NULL, NULL);
  ck_assert_str_eq(gms_at(&answer, "globalTags/value/tags/0/tag"), "urn:li:tag:x");
  ck_assert_str_eq(gms_at(&answer, "datasetKey"), "");
  gms_answer_clear(&answer);
  answer = gms_call(&gms, "DELETE", "/openapi/v3/entity/dataset/" DATASET_ENCODED, NULL, NULL);
  ck_assert_int_eq(answer.status, 200);
  gms_answer_clear(&answer);
  answer = gms_call(&gms, "GET", "/openapi/v3/entity/dataset/" DATASET_ENCODED, NULL, NULL);
  ck_assert_int_eq(answer.status, 404);
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(trace_tells_what_became_of_a_write)
{
  char path[128];
  gms_answer answer = ingest("UPSERT", DATASET, "status", "{\"removed\":false}");
  snprintf(path, sizeof(path), "/openapi/v1/trace/write/%.32s?onlyIncludeErrors=false",
           answer.trace + 3);
  gms_answer_clear(&answer);
  answer = gms_call(&gms, "POST", path, NULL, "{\"" DATASET "\":[\"status\",\"subTypes\"]}");
  ck_assert_int_eq(answer.status, 200);
  ck_assert_str_eq(gms_at(&answer, DATASET "/status/success"), "true");
  ck_assert_str_eq(gms_at(&answer, DATASET "/status/primaryStorage/writeStatus"), "ACTIVE_STATE");
  ck_assert_str_eq(gms_at(&answer, DATASET "/subTypes/success"), "false");
  gms_answer_clear(&answer);
}
END_TEST

START_TEST(usage_buckets_become_a_timeseries)
{
  gms_answer answer = gms_call(
      &gms, "POST", "/usageStats?action=batchIngest", NULL,
      "{\"buckets\":[{\"bucket\":86400000,\"duration\":\"DAY\",\"resource\":\"" DATASET
      "\",\"metrics\":{\"totalSqlQueries\":3,\"users\":[{\"user\":"
      "\"urn:li:corpuser:u\",\"count\":2}],\"fields\":[{\"fieldName\":\"f\",\"count\":1}]}}]}");
  ck_assert_int_eq(answer.status, 200);
  gms_answer_clear(&answer);
  answer = gms_call(&gms, "POST", "/aspects?action=getTimeseriesAspectValues", NULL,
                    "{\"urn\":\"" DATASET "\",\"entity\":\"dataset\",\"aspect\":"
                    "\"datasetUsageStatistics\",\"latestValue\":true}");
  const char *value = gms_at(&answer, "value/values/0/aspect/value");
  ck_assert_ptr_nonnull(strstr(value, "\"totalSqlQueries\":3"));
  ck_assert_ptr_nonnull(
      strstr(value, "\"userCounts\":[{\"user\":\"urn:li:corpuser:u\",\"count\":2}]"));
  ck_assert_ptr_nonnull(strstr(value, "\"fieldCounts\":[{\"fieldPath\":\"f\",\"count\":1}]"));
  gms_answer_clear(&answer);
}
END_TEST

static TCase *all_cases(void)
{
  TCase *tc = tcase_create("ingest");
  tcase_set_timeout(tc, 60);
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, config_says_that_it_is_gms);
  tcase_add_test(tc, health_answers_under_every_name);
  tcase_add_test(tc, unknown_path_is_404_and_wrong_method_405);
  tcase_add_test(tc, proposal_is_read_back);
  tcase_add_test(tc, frontend_prefix_and_slash_reach_the_same);
  tcase_add_test(tc, snapshot_form_names_records);
  tcase_add_test(tc, versions_go_from_the_oldest);
  tcase_add_test(tc, same_value_is_no_new_version);
  tcase_add_test(tc, batch_is_all_or_nothing);
  tcase_add_loop_test(tc, wrong_proposal_is_refused, 0,
                      (int)(sizeof(refused) / sizeof(refused[0])));
  tcase_add_test(tc, too_many_proposals_are_refused);
  tcase_add_test(tc, too_large_request_is_refused);
  tcase_add_test(tc, create_only_where_absent);
  tcase_add_test(tc, delete_takes_the_entity);
  tcase_add_test(tc, delete_action_counts_rows);
  tcase_add_test(tc, tags_are_patched_by_their_urn);
  tcase_add_test(tc, primary_keys_of_a_patch_are_used);
  tcase_add_test(tc, bytes_beyond_ascii_are_utf8);
  tcase_add_test(tc, text_and_numbers_are_read_as_they_were_sent);
  tcase_add_loop_test(tc, text_and_numbers_over_openapi_are_read_as_they_were_sent, 0, 2);
  tcase_add_test(tc, patch_leaves_the_rest_as_it_was_sent);
  tcase_add_test(tc, last_of_two_members_of_one_name_counts);
  tcase_add_test(tc, timeseries_are_appended);
  tcase_add_test(tc, event_becomes_aspects);
  tcase_add_test(tc, openapi_writes_reads_patches_and_deletes);
  tcase_add_test(tc, trace_tells_what_became_of_a_write);
  tcase_add_test(tc, usage_buckets_become_a_timeseries);
  return tc;
}

SUITE("gms_ingest", all_cases())
