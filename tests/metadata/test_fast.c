/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bulk path against trees: over whole files, over each cut and each spoilt byte of a
 * record, and over strings at every alignment. test_fast_portable is the same program
 * with the loops of machines without SSE2.
 */
#include "metadata/fast.h"
#include "metadata/files.h"
#include "metadata/outcome.h"
#include "metadata/window.h"

#include "suite.h"

static void compare(const char *bytes, size_t size, size_t chunk, const char *what)
{
  char *fast = outcome_of(bytes, size, (outcome_how){.chunk = chunk, .client = "a\"b"});
  char *trees = outcome_of(bytes, size, (outcome_how){.trees = true, .client = "a\"b"});
  ck_assert_msg(!strcmp(fast, trees), "%s: the bulk path came to\n%s\ntrees to\n%s", what, fast,
                trees);
  free(fast);
  free(trees);
}

static void compare_file(const char *path)
{
  size_t size;
  char *bytes = read_file(path, &size);
  compare(bytes, size, 0, path);
  compare(bytes, size, 4093, path);
  free(bytes);
}

START_TEST(each_sample_means_the_same)
{
  ck_assert_int_gt(each_file(SRCDIR "/tests/data/metadata/samples/mcp", ".json", compare_file), 0);
  ck_assert_int_gt(each_file(SRCDIR "/tests/data/metadata/samples/mce", ".json", compare_file), 0);
  ck_assert_int_gt(each_file(SRCDIR "/tests/data/metadata/cases", ".json", compare_file), 1);
}
END_TEST

START_TEST(all_real_metadata_means_the_same)
{
  static const char *const folders[] = {"mcp", "mce"};
  const char *folder = shared_data(folders[_i]);
  if (!*folder) {
    fprintf(stderr, "test_fast: skipped: no real metadata (DH_SHARED_DATA, ../shared/data)\n");
    return;
  }
  ck_assert_int_gt(each_file(folder, ".json", compare_file), 1);
}
END_TEST

/* --- which records it takes ---------------------------------------------- */

/* Whether the bulk path takes the record; its proposal is compared by the others. */
static dh_fast_result try_fast(const char *record)
{
  static dh_fast fast;
  dh_wire_options options = {.struct_size = sizeof(options), .now_ms = 1};
  dh_record_spans spans;
  size_t size = strlen(record), used;
  uint64_t lines;
  char *padded = calloc(1, size + DH_WINDOW_PAD);
  memcpy(padded, record, size);
  dh_buf out;
  dh_buf_init(&out);
  dh_fast_result result = dh_fast_mcp(&fast, padded, size, &options, &out, &spans, &used, &lines);
  dh_buf_free(&out);
  free(padded);
  return result;
}

#define HEAD                                                                                       \
  "{\"entityType\":\"tag\",\"entityUrn\":\"urn:li:tag:a\",\"changeType\":\"UPSERT\","              \
  "\"aspectName\":\"x\","
#define PATCH_HEAD                                                                                 \
  "{\"entityType\":\"tag\",\"entityUrn\":\"urn:li:tag:a\",\"changeType\":\"PATCH\","               \
  "\"aspectName\":\"x\","

static const char *const taken[] = {
    HEAD "\"aspect\":{\"json\":{}}}",
    HEAD "\"aspect\":{\"json\":{\"a\":[1,-2.5e+7,true,false,null,\"\\u00e9\\\"\\\\\"]}}}",
    HEAD "\"aspect\":{\"json\":{\"com.linkedin.pegasus2avro.a.B\":{\"x\":null}}}}",
    HEAD "\"aspect\":{\"json\":{}},\"headers\":{\"a\":\"b\"},\"auditHeader\":null}",
    (HEAD "\"aspect\":{\"json\":{}},\"systemMetadata\":{\"lastObserved\":0,\"runId\":\"a\\nb\","
          "\"properties\":{\"a\":\"b\"}}}"),
    PATCH_HEAD "\"aspect\":{\"json\":[{\"op\":\"add\",\"value\":null}]}}",
    ("{\"aspect\":{\"json\":{}},\"aspectName\":\"x\",\"changeType\":\"UPSERT\","
     "\"entityType\":\"tag\",\"entityUrn\":\"urn:li:tag:a\"}"),
};

static const char *const left[] = {
    HEAD "\"aspect\":{\"value\":\"{}\"}}                  ",
    HEAD "\"aspect\":{\"json\":{\"fieldDiscriminator\":\"a\",\"a\":1}}}           ",
    HEAD "\"aspect\":{\"json\":{\"a\":1,\"a\":2}}}                   ",
    HEAD "\"aspect\":{\"json\":{\"com.linkedin.pegasus2avro.a.B\":1,\"b\":2}}}           ",
    HEAD "\"aspect\":{\"json\":{}},\"unknown\":1}                 ",
    (HEAD "\"aspect\":{\"json\":{}},\"systemMetadata\":{\"properties\":{\"emitModeMarker\":\"sync\""
          "}}}              "),
    HEAD "\"aspect\":{\"json\":[]}}                  ",
    PATCH_HEAD "\"aspect\":{\"json\":{\"patch\":[]}}}                 ",
    "{\"proposedSnapshot\":{}}                   ",
};

START_TEST(an_ordinary_record_is_taken)
{
  ck_assert_int_eq(try_fast(taken[_i]), DH_FAST_OK);
}
END_TEST

START_TEST(an_unusual_record_is_left_to_the_tree)
{
  ck_assert_int_eq(try_fast(left[_i]), DH_FAST_TREE);
}
END_TEST

/* --- each byte of a record ----------------------------------------------- */

static const char rich[] =
    "{\"entityType\": \"dataset\",\n  \"entityUrn\": "
    "\"urn:li:dataset:(urn:li:dataPlatform:h,t,P)\","
    "\"changeType\":\"UPSERT\",\n\"aspectName\":\"x\",\"aspect\":{\"json\":{\"a\":[1,2.5e7,-3],"
    "\"b\":{\"c\":null,\"d\":\"e\\\"f\\\\g\\u00e9\\ud83d\\ude00\xc3\xa9\xf0\x9f\x98\x80 h\"},"
    "\"com.linkedin.pegasus2avro.x.Y\":{\"com.linkedin.pegasus2avro.x.Z\":true},\"t\":false}},"
    "\"systemMetadata\":{\"lastObserved\":0,\"runId\":\"r\",\"properties\":{\"k\":\"v\"}},"
    "\"headers\":{\"If-None-Match\":\"*\"}}";

START_TEST(each_cut_means_the_same)
{
  for (size_t size = 0; size < sizeof(rich); size++) {
    char what[32];
    snprintf(what, sizeof(what), "cut at %zu", size);
    compare(rich, size, 0, what);
  }
}
END_TEST

START_TEST(each_spoilt_byte_means_the_same)
{
  static const char spoilers[] = "\"\\{}[]:,0-.eEutn \n\x01\x80\xc3\xed\xff";
  char copy[sizeof(rich)];
  for (size_t at = 0; at < sizeof(rich) - 1; at++) {
    for (size_t s = 0; s < sizeof(spoilers); s++) { /* the NUL too */
      char what[48];
      memcpy(copy, rich, sizeof(rich));
      copy[at] = spoilers[s];
      snprintf(what, sizeof(what), "0x%02x at %zu", (unsigned char)spoilers[s], at);
      compare(copy, sizeof(rich) - 1, 0, what);
    }
  }
}
END_TEST

/* A string of each length up to three steps, with something special at its end. */
START_TEST(strings_of_each_length_mean_the_same)
{
  static const char *const ends[] = {"",         "\\n",          "\\\"",
                                     "\\\\",     "\\u0041",      "\\ud83d\\ude00",
                                     "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80",
                                     "\x7f",     "\\u000"};
  char text[512];
  for (size_t length = 0; length < 50; length++) {
    for (size_t e = 0; e < sizeof(ends) / sizeof(ends[0]); e++) {
      char fill[64];
      memset(fill, 'x', sizeof(fill));
      int n = snprintf(text, sizeof(text),
                       HEAD "\"aspect\":{\"json\":{\"%.*s\":\"%.*s%s%.*s\"}},"
                            "\"headers\":{\"h\":\"%.*s%s\"}}",
                       (int)length, fill, (int)length, fill, ends[e], (int)(length % 7), fill,
                       (int)length, fill, ends[e]);
      compare(text, (size_t)n, 0, text);
    }
  }
}
END_TEST

/* More names than are held, in one object and in nested ones; the last one doubles one. */
START_TEST(many_names_mean_the_same)
{
  dh_buf text;
  dh_buf_init(&text);
  dh_buf_adds(&text, HEAD "\"aspect\":{\"json\":{");
  for (int i = 0; i < 60 + _i % 2 * 200; i++)
    dh_buf_addf(&text, "\"n%d\":{\"n%d\":%d},", i, i, i);
  for (int i = 0; i < 200; i++)
    dh_buf_addf(&text, "\"d%d\":{\"a\":1,\"b\":2,\"c\":3,", i);
  dh_buf_adds(&text, "\"z\":0");
  for (int i = 0; i < 200; i++)
    dh_buf_addc(&text, '}');
  dh_buf_addf(&text, ",\"n%d\":1}}}", _i < 2 ? 7 : 7777);
  compare(dh_buf_text(&text), text.size, 0, "many names");
  dh_buf_free(&text);
}
END_TEST

static TCase *case_fast(void)
{
  TCase *t = tcase_create("fast");
  tcase_add_test(t, each_sample_means_the_same);
  tcase_add_loop_test(t, all_real_metadata_means_the_same, 0, 2);
  tcase_add_loop_test(t, an_ordinary_record_is_taken, 0, sizeof(taken) / sizeof(taken[0]));
  tcase_add_loop_test(t, an_unusual_record_is_left_to_the_tree, 0, sizeof(left) / sizeof(left[0]));
  tcase_add_test(t, each_cut_means_the_same);
  tcase_add_test(t, each_spoilt_byte_means_the_same);
  tcase_add_test(t, strings_of_each_length_mean_the_same);
  tcase_add_loop_test(t, many_names_mean_the_same, 0, 4);
  tcase_set_timeout(t, 120);
  return t;
}

SUITE("fast", case_fast())
