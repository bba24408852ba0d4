/* SPDX-License-Identifier: Apache-2.0 */
/* The encoder by itself: what avro-c reads of what it wrote. */
#include "suite.h"

#include "../../../sinks/kafka/encode.h"
#include "cluster.h"

#include <string.h>

static text out;

static void clear(void)
{
  text_free(&out);
}

static const char *encode(dh_change_type type, const char *proposal)
{
  dh_record record = {
      .struct_size = sizeof(record), .change_type = type, .proposal = {proposal, strlen(proposal)}};
  return kafka_encode(&record, SCHEMA_ID, &out);
}

static avro_value_t good(const char *proposal)
{
  const char *why = encode(DH_UPSERT, proposal);
  ck_assert_msg(!why, "%s", why);
  return decode(out.data, out.size);
}

static void expect(avro_value_t *value, const char *path, const char *words)
{
  ck_assert_msg(!strcmp(text_at(value, path), words), "%s is %s, not %s", path,
                text_at(value, path), words);
}

START_TEST(every_field_arrives)
{
  avro_value_t v = good(
      "{\"entityType\":\"dataset\",\"entityUrn\":\"urn:li:x\",\"changeType\":\"UPSERT\","
      "\"entityKeyAspect\":{\"contentType\":\"application/json\",\"value\":\"{\\\"k\\\":1}\"},"
      "\"aspectName\":\"status\",\"aspect\":{\"value\":\"{\\\"removed\\\":false}\",\"contentType\":"
      "\"application/json\"},\"systemMetadata\":{\"lastObserved\":1615443388097,\"runId\":\"r\","
      "\"lastRunId\":\"l\",\"pipelineName\":\"p\",\"registryName\":\"n\",\"registryVersion\":\"v\","
      "\"properties\":{\"a\":\"1\",\"b\":\"2\"},\"version\":\"3\",\"schemaVersion\":-4,"
      "\"aspectCreated\":{\"time\":5,\"actor\":\"urn:li:corpuser:c\"},\"aspectModified\":{\"time\":"
      "6,\"actor\":\"urn:li:corpuser:m\",\"impersonator\":\"i\",\"message\":\"w\"}},"
      "\"headers\":{\"h\":\"x\"}}");
  expect(&v, "auditHeader", "(null)");
  expect(&v, "entityType", "dataset");
  expect(&v, "entityUrn", "urn:li:x");
  expect(&v, "entityKeyAspect.value", "{\"k\":1}");
  expect(&v, "changeType", "UPSERT");
  expect(&v, "aspectName", "status");
  expect(&v, "aspect.value", "{\"removed\":false}");
  expect(&v, "aspect.contentType", "application/json");
  expect(&v, "systemMetadata.lastObserved", "1615443388097");
  expect(&v, "systemMetadata.runId", "r");
  expect(&v, "systemMetadata.lastRunId", "l");
  expect(&v, "systemMetadata.pipelineName", "p");
  expect(&v, "systemMetadata.registryName", "n");
  expect(&v, "systemMetadata.registryVersion", "v");
  expect(&v, "systemMetadata.properties", "(map of 2)");
  expect(&v, "systemMetadata.properties.b", "2");
  expect(&v, "systemMetadata.version", "3");
  expect(&v, "systemMetadata.schemaVersion", "-4");
  expect(&v, "systemMetadata.aspectCreated.time", "5");
  expect(&v, "systemMetadata.aspectCreated.actor", "urn:li:corpuser:c");
  expect(&v, "systemMetadata.aspectCreated.impersonator", "(null)");
  expect(&v, "systemMetadata.aspectModified.impersonator", "i");
  expect(&v, "systemMetadata.aspectModified.message", "w");
  expect(&v, "headers.h", "x");
  decode_free(&v);
}
END_TEST

START_TEST(what_is_absent_or_null_is_null)
{
  static const char *const proposals[] = {"{\"entityType\":\"dataset\"}",
                                          " { \"entityType\" : \"dataset\" , \"aspect\" : null, "
                                          "\"entityUrn\":null,\"headers\":null } "};
  static const char *const fields[] = {"entityUrn", "entityKeyAspect", "aspectName",
                                       "aspect",    "systemMetadata",  "headers"};
  avro_value_t v = good(proposals[_i]);
  for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
    expect(&v, fields[i], "(null)");
  decode_free(&v);
}
END_TEST

START_TEST(system_metadata_has_the_schemas_defaults)
{
  avro_value_t v = good("{\"entityType\":\"dataset\",\"systemMetadata\":{\"properties\":{}}}");
  expect(&v, "systemMetadata.lastObserved", "0");
  expect(&v, "systemMetadata.runId", "no-run-id-provided");
  expect(&v, "systemMetadata.lastRunId", "no-run-id-provided");
  expect(&v, "systemMetadata.schemaVersion", "(null)");
  expect(&v, "systemMetadata.properties", "(map of 0)");
  decode_free(&v);
}
END_TEST

static const struct {
  const char *json, *means;
} escapes[] = {
    {"plain", "plain"},
    {"", ""},
    {"\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t"},
    {"\\u0041\\u00e9\\u20AC", "A\xc3\xa9\xe2\x82\xac"},
    {"\\ud83d\\ude00", "\xf0\x9f\x98\x80"},
    {"\xc3\xa9 \\\\\\\" end", "\xc3\xa9 \\\" end"},
    /* 64 characters as written, 59 in truth: the length takes two bytes, and then one. */
    {"0123456789012345678901234567890123456789012345678901234567\\u0041",
     "0123456789012345678901234567890123456789012345678901234567A"},
};

START_TEST(strings_are_unescaped)
{
  char proposal[400];
  snprintf(proposal, sizeof(proposal), "{\"entityType\":\"%s\",\"aspectName\":\"next\"}",
           escapes[_i].json);
  avro_value_t v = good(proposal);
  expect(&v, "entityType", escapes[_i].means);
  expect(&v, "aspectName", "next");
  decode_free(&v);
}
END_TEST

START_TEST(change_types_have_the_schemas_order)
{
  for (int type = DH_UPSERT; type <= DH_RESTATE; type++) {
    ck_assert_ptr_null(encode((dh_change_type)type, "{\"entityType\":\"d\"}"));
    avro_value_t v = decode(out.data, out.size);
    expect(&v, "changeType", dh_change_type_name((dh_change_type)type));
    decode_free(&v);
    out.size = 0;
  }
}
END_TEST

START_TEST(numbers_of_all_sizes)
{
  static const char *const numbers[] = {
      "0", "-1", "63", "64", "-64", "-65", "9223372036854775807", "-9223372036854775808"};
  char proposal[200];
  snprintf(proposal, sizeof(proposal),
           "{\"entityType\":\"d\",\"systemMetadata\":{\"lastObserved\":%s}}", numbers[_i]);
  avro_value_t v = good(proposal);
  expect(&v, "systemMetadata.lastObserved", numbers[_i]);
  decode_free(&v);
}
END_TEST

static const struct {
  const char *proposal, *why;
} refusals[] = {
    {"", "damaged"},
    {"[]", "damaged"},
    {"{\"entityType\":\"d\"", "damaged"},
    {"{\"entityType\":\"d\"} x", "damaged"},
    {"{\"entityType\":\"d\",}", "damaged"},
    {"{\"entityType\":7}", "damaged"},
    {"{\"entityType\":\"d}", "damaged"},
    {"{}", "no entityType"},
    {"{\"entityType\":\"d\",\"colour\":1}", "a member that"},
    {"{\"entityType\":\"\\x\"}", "escape"},
    {"{\"entityType\":\"\\u12\"}", "escape"},
    {"{\"entityType\":\"\\ud800\"}", "escape"},
    {"{\"entityType\":\"\\ude00\"}", "escape"},
    {"{\"entityType\":\"d\",\"aspect\":{\"value\":\"{}\"}}", "contentType"},
    {"{\"entityType\":\"d\",\"aspect\":{\"json\":{}}}", "aspect has a member"},
    {"{\"entityType\":\"d\",\"headers\":{\"a\":1}}", "headers is no string"},
    {"{\"entityType\":\"d\",\"systemMetadata\":{\"lastObserved\":1.5}}", "damaged"},
    {"{\"entityType\":\"d\",\"systemMetadata\":{\"lastObserved\":9223372036854775808}}", "damaged"},
    {"{\"entityType\":\"d\",\"systemMetadata\":{\"mood\":\"good\"}}",
     "systemMetadata has a member"},
    {"{\"entityType\":\"d\",\"systemMetadata\":{\"properties\":{\"a\":{}}}}", "is no string"},
    {"{\"entityType\":\"d\",\"systemMetadata\":{\"aspectCreated\":{\"time\":1}}}", "lacks"},
};

START_TEST(what_cannot_be_written_is_refused_whole)
{
  ck_assert_ptr_null(encode(DH_UPSERT, "{\"entityType\":\"before\"}"));
  size_t size = out.size;
  const char *why = encode(DH_UPSERT, refusals[_i].proposal);
  ck_assert_msg(why && strstr(why, refusals[_i].why), "%s: %s", refusals[_i].proposal,
                why ? why : "accepted");
  ck_assert_uint_eq(out.size, size);
}
END_TEST

START_TEST(an_unknown_change_type_is_refused)
{
  ck_assert_ptr_nonnull(encode((dh_change_type)99, "{\"entityType\":\"d\"}"));
}
END_TEST

static TCase *case_encode(void)
{
  TCase *c = tcase_create("encode");
  tcase_add_checked_fixture(c, NULL, clear);
  tcase_add_test(c, every_field_arrives);
  tcase_add_loop_test(c, what_is_absent_or_null_is_null, 0, 2);
  tcase_add_test(c, system_metadata_has_the_schemas_defaults);
  tcase_add_loop_test(c, strings_are_unescaped, 0, sizeof(escapes) / sizeof(escapes[0]));
  tcase_add_test(c, change_types_have_the_schemas_order);
  tcase_add_loop_test(c, numbers_of_all_sizes, 0, 8);
  tcase_add_loop_test(c, what_cannot_be_written_is_refused_whole, 0,
                      sizeof(refusals) / sizeof(refusals[0]));
  tcase_add_test(c, an_unknown_change_type_is_refused);
  return c;
}

SUITE("kafka encode", case_encode())
