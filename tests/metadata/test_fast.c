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

/* --- files made at random -------------------------------------------------- */

/* One that writes records as a program would: mostly alike, now and then not, seldom wrong. */
typedef struct maker {
  dh_buf text;
  uint64_t dice;
  unsigned style; /* of white space */
  bool wrong;     /* it makes faults */
} maker;

static unsigned roll(maker *m, unsigned sides)
{
  m->dice ^= m->dice << 13;
  m->dice ^= m->dice >> 7;
  m->dice ^= m->dice << 17;
  return (unsigned)(m->dice % sides);
}

static void make_fault(maker *m)
{
  static const char faults[] = ",:{}[]\"x\\\n 0";
  if (m->wrong && !roll(m, 400))
    dh_buf_addc(&m->text, faults[roll(m, sizeof(faults) - 1)]);
}

static void make_comma(maker *m, bool due)
{
  if (due && !(m->wrong && !roll(m, 150)))
    dh_buf_addc(&m->text, ',');
}

static void make_space(maker *m, unsigned depth)
{
  static const char *const odd[] = {" ", "\n", "\r\n", "\t", "", "  \n\n   \t "};
  make_fault(m);
  if (!roll(m, 60)) {
    dh_buf_adds(&m->text, odd[roll(m, sizeof(odd) / sizeof(odd[0]))]);
  } else if (m->style) {
    dh_buf_addc(&m->text, '\n');
    for (unsigned i = 0; i < depth * m->style; i++)
      dh_buf_addc(&m->text, ' ');
  }
}

static void make_string(maker *m)
{
  static const char *const parts[] = {"a",
                                      "value",
                                      "urn:li:corpuser:b",
                                      "\\n",
                                      "\\\"",
                                      "\\u00e9",
                                      "\xc3\xa9",
                                      "\xe2\x82\xac",
                                      "\\ud83d\\ude00",
                                      " ",
                                      "a text that is longer than one step of the scanner has"};
  dh_buf_addc(&m->text, '"');
  for (unsigned n = roll(m, 4); n; n--)
    dh_buf_adds(&m->text, parts[roll(m, sizeof(parts) / sizeof(parts[0]))]);
  dh_buf_addc(&m->text, '"');
}

static void make_value(maker *m, unsigned depth);

static void make_object(maker *m, unsigned depth)
{
  static const char *const names[] = {
      "a",
      "b",
      "name",
      "description",
      "customProperties",
      "fieldPath",
      "c",
      "d",
      "e\\n",
      "",
      "fieldDiscriminator",
      "a name that is so long that what stands before its value is not kept at all"};
  static const char avro[] = "com.linkedin.pegasus2avro.x.Y";
  /* The names come in an order, from which some are left out: as programs do it. */
  unsigned at = 0, count = 0, all = roll(m, 40) ? 9 : sizeof(names) / sizeof(names[0]);
  dh_buf_addc(&m->text, '{');
  while ((at += roll(m, 3)) < all) {
    make_comma(m, count++ > 0);
    make_space(m, depth);
    dh_buf_addf(&m->text, "\"%s\":%s", at || roll(m, 10) ? names[at] : avro, m->style ? " " : "");
    make_value(m, depth + 1);
    at += roll(m, 100) != 0; /* else it may stand twice */
  }
  make_space(m, depth - 1);
  dh_buf_addc(&m->text, '}');
}

static void make_array(maker *m, unsigned depth)
{
  dh_buf_addc(&m->text, '[');
  for (unsigned i = 0, n = roll(m, 4); i < n; i++) {
    make_comma(m, i > 0);
    make_space(m, depth);
    make_value(m, depth + 1);
  }
  make_space(m, depth - 1);
  dh_buf_addc(&m->text, ']');
}

static void make_value(maker *m, unsigned depth)
{
  static const char *const words[] = {"true", "false",         "null",  "0",
                                      "-1",   "1623110400000", "2.5e-7"};
  unsigned kind = roll(m, depth < 6 ? 10 : 7);
  make_fault(m);
  if (kind < 4)
    make_string(m);
  else if (kind < 7)
    dh_buf_adds(&m->text, words[roll(m, sizeof(words) / sizeof(words[0]))]);
  else if (kind < 9)
    make_object(m, depth);
  else
    make_array(m, depth);
}

static void make_member(maker *m, const char *name, const char *value)
{
  if (!roll(m, 100))
    return;
  if (m->text.data[m->text.size - 1] != '{')
    dh_buf_addc(&m->text, ',');
  make_space(m, 1);
  dh_buf_addf(&m->text, "\"%s\":%s%s", name, m->style ? " " : "", roll(m, 100) ? value : "null");
}

static void make_record(maker *m)
{
  static const char *const aspects[] = {"\"status\"", "\"ownership\"", "\"x\""};
  dh_buf_addc(&m->text, '{');
  make_member(m, "entityType", "\"tag\"");
  make_member(m, "entityUrn", roll(m, 2) ? "\"urn:li:tag:a\"" : "\"urn:li:tag:bb\"");
  bool patch = !roll(m, 12);
  make_member(m, "changeType", patch ? "\"PATCH\"" : "\"UPSERT\"");
  make_member(m, "aspectName", aspects[roll(m, 3)]);
  make_member(m, "aspect", "{");
  make_space(m, 2);
  dh_buf_addf(&m->text, "\"json\":%s", m->style ? " " : "");
  if (patch)
    make_array(m, 3);
  else
    make_object(m, 3);
  make_space(m, 1);
  dh_buf_addc(&m->text, '}');
  if (roll(m, 3)) {
    make_member(m, "systemMetadata", "{\"lastObserved\":5,\"runId\":\"r\",\"lastRunId\":\"l\"");
    if (!roll(m, 4))
      dh_buf_adds(&m->text, ",\"properties\":{\"k\":\"v\"}");
    dh_buf_addc(&m->text, '}');
  }
  if (!roll(m, 4))
    make_member(m, "headers", "{\"h\":\"v\"}");
  make_space(m, 0);
  dh_buf_adds(&m->text, "}\n");
}

/* Behind many records that are alike, and between some that are not, each means what it means
 * by itself. Faults are few, for a file may not be read on behind one. */
START_TEST(files_made_at_random_mean_the_same)
{
  static const size_t chunks[] = {0, 4093, 61};
  for (unsigned round = 0; round < 120; round++) {
    maker m = {.dice = 0x9e3779b97f4a7c15u * (round + 1 + 1000u * (unsigned)_i),
               .style = round / 2 % 4,
               .wrong = round % 2 == 0};
    char what[48];
    dh_buf_init(&m.text);
    for (unsigned i = 0; i < (m.wrong ? 40 : 100); i++)
      make_record(&m);
    snprintf(what, sizeof(what), "file %u of run %d", round, _i);
    compare(dh_buf_text(&m.text), m.text.size, chunks[round % 3], what);
    dh_buf_free(&m.text);
  }
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
    (HEAD "\"aspect\":{\"json\":{\"a\":\"b\"}},\"systemMetadata\":{\"lastObserved\":null,"
          "\"runId\":null,\"lastRunId\":\"r\",\"properties\":null}}"),
    ("{ \"entityType\" : \"tag\", \"entityUrn\": \"urn:li:tag:a\",  \"changeType\":  \"UPSERT\",\n"
     "\"aspectName\":\t\"x\" , \"aspect\": { \"json\":  { \"a\":  { \"b\": 1 , \"c\":  \"d\"}}}}"),
    ("{\"entityType\" :\"tag\",\"entityUrn\": \"urn:li:tag:a\", \"changeType\": \"UPSERT\",\n"
     "\"aspectName\":\"x\" ,\"aspect\": {\"json\": { \"a\": { \"b\":1 , \"c\": \"d\"} }}}"),
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

/* What was learnt of one must not keep the next from being taken. */
START_TEST(an_ordinary_record_is_taken_behind_any_other)
{
  const size_t count = sizeof(taken) / sizeof(taken[0]);
  for (size_t first = 0; first < count + sizeof(left) / sizeof(left[0]); first++) {
    try_fast(first < count ? taken[first] : left[first - count]);
    ck_assert_int_eq(try_fast(taken[_i]), DH_FAST_OK);
  }
}
END_TEST

START_TEST(an_ordinary_record_is_taken_behind_any_cut)
{
  char cut[512];
  for (size_t size = 0; size < strlen(taken[_i]); size++) {
    snprintf(cut, sizeof(cut), "%.*s", (int)size, taken[_i]);
    ck_assert_int_eq(try_fast(cut), DH_FAST_MORE);
    ck_assert_msg(try_fast(taken[_i]) == DH_FAST_OK, "behind its first %zu bytes", size);
  }
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

/* Each by itself, and behind one that is whole, whose leads then fit. */
static void compare_behind(const char *record, size_t size, const char *what)
{
  char both[2 * sizeof(rich)];
  size_t first = sizeof(rich) - 1;
  memcpy(both, rich, first);
  both[first] = '\n';
  memcpy(both + first + 1, record, size);
  compare(record, size, 0, what);
  compare(both, first + 1 + size, 0, what);
}

START_TEST(each_cut_means_the_same)
{
  for (size_t size = 0; size < sizeof(rich); size++) {
    char what[32];
    snprintf(what, sizeof(what), "cut at %zu", size);
    compare_behind(rich, size, what);
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
      compare_behind(copy, sizeof(rich) - 1, what);
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
  tcase_add_loop_test(t, an_ordinary_record_is_taken_behind_any_other, 0,
                      sizeof(taken) / sizeof(taken[0]));
  tcase_add_loop_test(t, an_ordinary_record_is_taken_behind_any_cut, 0,
                      sizeof(taken) / sizeof(taken[0]));
  tcase_add_loop_test(t, an_unusual_record_is_left_to_the_tree, 0, sizeof(left) / sizeof(left[0]));
  tcase_add_test(t, each_cut_means_the_same);
  tcase_add_test(t, each_spoilt_byte_means_the_same);
  tcase_add_test(t, strings_of_each_length_mean_the_same);
  tcase_add_loop_test(t, files_made_at_random_mean_the_same, 0, 3);
  tcase_add_loop_test(t, many_names_mean_the_same, 0, 4);
  tcase_set_timeout(t, 120);
  return t;
}

SUITE("fast", case_fast())
