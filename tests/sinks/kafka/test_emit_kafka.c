/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole way: dhub emit with a recipe of this sink, kcat to take the records off the
 * topic, python3-avro to read them with the schema that the registry was given.
 */
#include "cluster.h"
#include "suite.h"

#include "../../../sinks/kafka/encode.h"
#include "support/program.h"
#include "support/tmpdir.h"

#include <stdio.h>
#include <string.h>

static cluster c;
static char *dir, *recipe;

static void start(void)
{
  char yaml[1000];
  cluster_start(&c, 1, 3);
  dir = test_tmpdir_new();
  snprintf(yaml, sizeof(yaml),
           "sink:\n"
           "  type: datahub-kafka\n"
           "  config:\n"
           "    connection:\n"
           "      bootstrap: %s\n"
           "      schema_registry_url: %s\n"
           "      producer_config:\n"
           "        linger.ms: 1\n"
           "        message.timeout.ms: 500\n"
           "    retry_max_times: 0\n",
           c.bootstrap, test_server_url(c.registry));
  recipe = test_file_text(dir, "kafka.yml", yaml);
}

static void stop(void)
{
  free(recipe);
  test_tmpdir_remove(dir);
  cluster_stop(&c);
}

static int shell(const char *format, ...)
{
  char command[4000];
  va_list ap;
  va_start(ap, format);
  vsnprintf(command, sizeof(command), format, ap);
  va_end(ap);
  return system(command);
}

/* A python3 that has the avro package of Debian's python3-avro, or NULL. */
static const char *python(void)
{
  static const char *const some[] = {"python3", "/usr/bin/python3"};
  for (size_t i = 0; i < 2; i++)
    if (!shell("%s -c 'import avro.io' >/dev/null 2>&1", some[i]))
      return some[i];
  return NULL;
}

static test_program emit(const char *input)
{
  test_program p;
  const char *const argv[] = {"dhub", "emit", "-c", recipe, input, NULL};
  test_program_run(&p, NULL, argv);
  return p;
}

START_TEST(kcat_and_python_read_what_was_emitted)
{
  test_program p = emit(SRCDIR "/examples/metadata/shop.json");
  ck_assert_msg(p.code == 0, "%s", p.err);
  test_program_clear(&p);
  if (shell("command -v kcat >/dev/null")) {
    fprintf(stderr, "test_emit_kafka: skipped: there is no kcat\n");
    return;
  }
  ck_assert_int_eq(shell("kcat -C -q -e -b %s -t " TOPIC " -o beginning -f '%%K:%%k%%R%%s' "
                         ">%s/messages",
                         c.bootstrap, dir),
                   0);
  if (!python()) {
    fprintf(stderr, "test_emit_kafka: skipped: no python3 has the avro package\n");
    return;
  }
  free(test_file_text(dir, "schema.avsc", kafka_schema));
  ck_assert_int_eq(shell("%s %s/tests/sinks/kafka/decode.py %s/schema.avsc %s/messages "
                         "%s/examples/metadata/shop.json >&2",
                         python(), SRCDIR, dir, dir, SRCDIR),
                   0);
}
END_TEST

START_TEST(brokers_that_are_away_are_an_exit_code_and_words)
{
  rd_kafka_mock_broker_set_down(c.mock, -1);
  test_program p = emit(SRCDIR "/examples/metadata/shop.json");
  ck_assert_int_ne(p.code, 0);
  ck_assert_msg(strstr(p.err, "connection.bootstrap") != NULL, "%s", p.err);
  test_program_clear(&p);
}
END_TEST

START_TEST(the_module_passes_the_hosts_own_checks)
{
  test_program p;
  const char *const argv[] = {"dhub", "plugin", "check", BUILDDIR "/sinks/.libs/datahub-kafka.so",
                              NULL};
  test_program_run(&p, NULL, argv);
  ck_assert_msg(p.code == 0, "%s%s", p.out, p.err);
  test_program_clear(&p);
}
END_TEST

/* A sink is opened by its examples: nothing is asked of any server before a record comes. */
START_TEST(the_guides_examples_open_and_are_shown_there)
{
  static const char *const names[] = {"kafka.yml", "kafka-oauth.cfg"};
  static const char *const variables[] = {"REGISTRY_USER",  "REGISTRY_PASSWORD", "KAFKA_USER",
                                          "KAFKA_PASSWORD", "DATAHUB_GMS_TOKEN", "CLIENT_SECRET"};
  dh_error error;
  char path[600];
  for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
    setenv(variables[i], "not-a-real-one", 1);
  snprintf(path, sizeof(path), SRCDIR "/examples/config/%s", names[_i]);
  dh_context *context = dh_context_new(NULL, &error);
  dh_config *root = dh_config_load(context, path, &error);
  ck_assert_msg(root != NULL, "%s", error.message);
  dh_emitter *emitter = dh_emitter_open(context, dh_config_get(root, "sink"), NULL, &error);
  ck_assert_msg(emitter != NULL, "%s", error.message);
  ck_assert_int_eq(dh_emitter_close(emitter, 0, &error), DH_OK);
  dh_config_free(root);
  dh_context_free(context);

  char *example = test_read(path, NULL), *guide = test_read(SRCDIR "/doc/kafka.md", NULL);
  ck_assert_msg(strstr(guide, example) != NULL, "%s is not shown as it is", names[_i]);
  free(guide);
  free(example);
}
END_TEST

static TCase *case_emit(void)
{
  TCase *t = tcase_create("emit");
  tcase_add_checked_fixture(t, start, stop);
  tcase_set_timeout(t, 180);
  tcase_add_test(t, kcat_and_python_read_what_was_emitted);
  tcase_add_test(t, brokers_that_are_away_are_an_exit_code_and_words);
  tcase_add_loop_test(t, the_guides_examples_open_and_are_shown_there, 0, 2);
  tcase_add_test(t, the_module_passes_the_hosts_own_checks);
  return t;
}

SUITE("kafka emit", case_emit())
