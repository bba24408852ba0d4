/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub emit against a scripted GMS: exit codes, words, the dead-letter file, signals.
 */
#include "suite.h"
#include "tools/emit/gms_script.h"

#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *url(void)
{
  return test_server_url(script.server);
}

static void contains(const char *text, const char *part)
{
  ck_assert_msg(strstr(text, part) != NULL, "'%s' is not in: %s", part, text);
}

/* 0 where there is no such file. */
static size_t lines_of(const char *path)
{
  size_t lines = 0;
  if (access(path, F_OK) != 0)
    return 0;
  char *text = test_read(path, NULL);
  for (const char *c = text; *c; c++)
    lines += *c == '\n';
  free(text);
  return lines;
}

/* --- delivery --- */

START_TEST(all_delivered_is_0)
{
  test_program p;
  DHUB(&p, "emit", "--server", url(), script_records("in.json", 3, NULL));
  ended(&p, 0, "3 records read, 3 delivered, 0 rejected");
  ck_assert_uint_ge(posts_with("urn:li:tag:t2"), 1);
  test_program_clear(&p);
}
END_TEST

START_TEST(standard_input_is_read)
{
  test_program p;
  test_program_run(&p, record_of("piped"),
                   (const char *const[]){"dhub", "emit", "-s", url(), NULL});
  ended(&p, 0, "1 delivered");
  test_program_clear(&p);
}
END_TEST

START_TEST(a_pipe_that_pauses_has_its_records_sent)
{
  test_program p;
  test_program_start(&p, 0, (const char *const[]){"dhub", "emit", "-s", url(), "-", NULL});
  test_program_write(&p, record_of("early"));
  test_program_write(&p, "\n");
  wait_for_post("urn:li:tag:early");
  test_program_end(&p);
  ended(&p, 0, "1 delivered");
  test_program_clear(&p);
}
END_TEST

START_TEST(the_token_file_is_sent)
{
  test_program p;
  char *token = test_file(script.folder, "token", "secret-of-a-test\n", 17, 0600);
  DHUB(&p, "emit", "-s", url(), "-t", token, script_records("in.json", 1, NULL));
  ended(&p, 0, NULL);
  const test_request *request =
      test_server_request(script.server, test_server_count(script.server) - 1);
  ck_assert_str_eq(test_request_header(request, "Authorization"), "Bearer secret-of-a-test");
  ck_assert_ptr_null(strstr(p.err, "secret-of-a-test"));
  free(token);
  test_program_clear(&p);
}
END_TEST

START_TEST(a_token_as_an_argument_is_warned_of_and_wiped)
{
  test_program p;
  char name[64], line[4096] = "";
  script_hold();
  test_program_start(&p, 0,
                     (const char *const[]){"dhub", "emit", "-s", url(), "--token",
                                           "secret-of-a-test", script_records("in.json", 1, NULL),
                                           NULL});
  wait_for_post("urn:li:tag:t0");
  snprintf(name, sizeof(name), "/proc/%d/cmdline", (int)p.pid);
  FILE *f = fopen(name, "r");
  size_t n = f ? fread(line, 1, sizeof(line), f) : 0;
  if (f)
    fclose(f);
  ck_assert_ptr_null(memmem(line, n, "secret-of-a-test", 16));
  ck_assert_ptr_nonnull(memmem(line, n, "--token", 7));
  test_server_release(script.server);
  test_program_end(&p);
  ended(&p, 0, "use --token-file");
  ck_assert_ptr_null(strstr(p.err, "secret-of-a-test"));
  test_program_clear(&p);
}
END_TEST

START_TEST(a_recipe_is_a_configuration)
{
  test_program p;
  char recipe[512];
  snprintf(recipe, sizeof(recipe),
           "source:\n  type: file\nsink:\n  type: datahub-rest\n  config:\n    server: %s\n"
           "    token: secret-of-a-test\n",
           url());
  char *path = test_file(script.folder, "recipe.yml", recipe, strlen(recipe), 0600);
  DHUB(&p, "emit", "-c", path, script_records("in.json", 1, NULL));
  ended(&p, 0, "1 delivered");
  free(path);
  test_program_clear(&p);
}
END_TEST

START_TEST(json_is_one_object)
{
  test_program p;
  json_object *value;
  DHUB(&p, "emit", "--json", "-s", url(), script_records("in.json", 5, NULL));
  ended(&p, 0, NULL);
  json_object *summary = json_tokener_parse(p.out);
  ck_assert_ptr_nonnull(summary);
  ck_assert(json_object_object_get_ex(summary, "delivered", &value));
  ck_assert_int_eq(json_object_get_int(value), 5);
  ck_assert(json_object_object_get_ex(summary, "exit", &value));
  ck_assert_int_eq(json_object_get_int(value), 0);
  ck_assert(!json_object_object_get_ex(summary, "error", &value));
  json_object_put(summary);
  test_program_clear(&p);
}
END_TEST

START_TEST(statistics_are_printed)
{
  test_program p;
  script_hold();
  test_program_start(&p, 0,
                     (const char *const[]){"dhub", "emit", "-s", url(), "--stats-interval", "0.05",
                                           script_records("in.json", 1, NULL), NULL});
  char said[1] = "";
  while (pread(p.err_fd, said, 1, 0) != 1) /* the first line is the one that is wanted */
    usleep(1000);
  test_server_release(script.server);
  test_program_end(&p);
  ended(&p, 0, "stats: ");
  test_program_clear(&p);
}
END_TEST

/* --- refusals --- */

START_TEST(a_rejected_record_is_1_and_in_the_dead_letter_file)
{
  test_program p;
  const char *dead = script_path("dead.json");
  script_refuse("purple");
  DHUB(&p, "emit", "-s", url(), "-d", dead, script_records("in.json", 10, record_of("purple")));
  ended(&p, 1, "10 delivered, 1 rejected");
  contains(p.err, "no such colour");
  char *letter = test_read(dead, NULL);
  contains(letter, "urn:li:tag:purple");
  contains(letter, "{\"json\":{\"name\":\"purple\"}}");
  ck_assert_uint_eq(lines_of(dead), 1);
  char *reasons = test_read(script_path("dead.json.reasons"), NULL);
  contains(reasons, "\"offset\":0");
  contains(reasons, "no such colour");
  free(letter);
  free(reasons);
  test_program_clear(&p);
}
END_TEST

START_TEST(a_dead_letter_file_is_emitted_again)
{
  test_program p;
  const char *dead = script_path("dead.json");
  script_refuse("purple");
  DHUB(&p, "emit", "-s", url(), "-d", dead, script_records("in.json", 3, record_of("purple")));
  ended(&p, 1, NULL);
  test_program_clear(&p);
  script_refuse(NULL);
  DHUB(&p, "emit", "-s", url(), dead);
  ended(&p, 0, "1 records read, 1 delivered");
  test_program_clear(&p);
}
END_TEST

START_TEST(an_unreadable_record_is_1_and_kept_byte_for_byte)
{
  test_program p;
  static const char odd[] = "{\"entityType\":\"tag\",  \"entityUrn\":\"no urn\"}";
  const char *dead = script_path("dead.json");
  DHUB(&p, "emit", "-s", url(), "-d", dead, script_records("in.json", 3, odd));
  ended(&p, 1, "3 delivered, 0 rejected, 1 unreadable");
  contains(p.err, "in.json:3:");
  char *letter = test_read(dead, NULL);
  ck_assert_uint_eq(strlen(letter), sizeof(odd));
  ck_assert_int_eq(strncmp(letter, odd, sizeof(odd) - 1), 0);
  free(letter);
  test_program_clear(&p);
}
END_TEST

START_TEST(nothing_rejected_leaves_no_dead_letter_file)
{
  test_program p;
  const char *dead = script_path("dead.json");
  DHUB(&p, "emit", "-s", url(), "-d", dead, script_records("in.json", 1, NULL));
  ended(&p, 0, NULL);
  ck_assert_int_ne(access(dead, F_OK), 0);
  ck_assert_int_ne(access(script_path("dead.json.reasons"), F_OK), 0);
  test_program_clear(&p);
}
END_TEST

START_TEST(an_input_is_no_dead_letter_file)
{
  test_program p;
  const char *in = script_records("in.json", 1, NULL);
  DHUB(&p, "emit", "-s", url(), "-d", in, in);
  ended(&p, 2, "also read as input");
  ck_assert_uint_eq(posts_with("urn"), 0);
  ck_assert_uint_eq(lines_of(in), 1);
  test_program_clear(&p);
}
END_TEST

START_TEST(a_full_disk_under_the_dead_letter_file_names_what_is_lost)
{
  test_program p;
  const char *dead = script_path("dead.json");
  char long_name[200], odd[512];
  memset(long_name, 'x', sizeof(long_name) - 1);
  long_name[sizeof(long_name) - 1] = '\0';
  snprintf(odd, sizeof(odd), "{\"entityUrn\":\"%s\"}", long_name);
  char full[9001];
  memset(full, ' ', sizeof(full) - 1);
  full[sizeof(full) - 1] = '\0';
  char *there = test_file(script.folder, "dead.json", full, 9000, 0644);
  test_program_start(&p, 9100,
                     (const char *const[]){"dhub", "emit", "-s", url(), "-d", dead,
                                           script_records("in.json", 2, odd), NULL});
  test_program_end(&p);
  ended(&p, 5, "could not be written to");
  contains(p.err, "in.json (line 2)");
  char *after = test_read(dead, NULL);
  ck_assert_str_eq(after, full); /* no half of a record */
  free(after);
  free(there);
  test_program_clear(&p);
}
END_TEST

/* --- failures --- */

START_TEST(unauthorized_is_3)
{
  test_program p;
  const char *dead = script_path("dead.json");
  script_answer_status(401);
  DHUB(&p, "emit", "-s", url(), "-d", dead, script_records("in.json", 3, NULL));
  ended(&p, 3, "401");
  ck_assert_uint_eq(lines_of(dead), 3);
  test_program_clear(&p);
}
END_TEST

/* Each record is accounted for once, also where it was waited for. */
START_TEST(an_unreachable_server_is_4)
{
  static const char *const modes[] = {"mode=ASYNC_BATCH", "mode=SYNC"};
  test_program p;
  const char *dead = script_path("dead.json");
  test_server_down(script.server);
  DHUB(&p, "emit", "-s", url(), "-o", "retry_max_times=0", "-o", modes[_i], "-d", dead,
       script_records("in.json", 3, NULL));
  ended(&p, 4, url());
  ck_assert_uint_eq(lines_of(dead), 3);
  test_program_clear(&p);
}
END_TEST

START_TEST(a_missing_file_is_2_and_nothing_is_sent)
{
  test_program p;
  DHUB(&p, "emit", "-s", url(), script_records("in.json", 1, NULL), "/nonexistent.json");
  ended(&p, 2, "cannot read /nonexistent.json");
  ck_assert_uint_eq(posts_with("urn"), 0);
  test_program_clear(&p);
}
END_TEST

START_TEST(wrong_usage_is_2)
{
  static const struct {
    const char *argument, *words;
  } cases[] = {{"--servr=x", "there is no option '--servr=x'"},
               {"--stats-interval=soon", "wants a number of seconds"},
               {"--option=x", "wants KEY=VALUE"},
               {"--option=sevrer=x", "server"},
               {"--sink=nosuch", "nosuch"},
               {"--dry-run=1", "takes no value"},
               {"--config=/nonexistent.cfg", "/nonexistent.cfg"}};
  for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
    test_program p;
    DHUB(&p, "emit", cases[i].argument, script_records("in.json", 1, NULL));
    ended(&p, 2, cases[i].words);
    test_program_clear(&p);
  }
}
END_TEST

/* --- signals --- */

static const int signals[] = {SIGTERM, SIGINT};

/* A run whose first requests are under way and will not be answered. */
static void start_held(test_program *p, const char *grace, const char *dead, const char *spool)
{
  script_hold();
  test_program_start(p, 0,
                     (const char *const[]){"dhub", "emit", "-s", url(), "--grace", grace, "-d",
                                           dead, script_records("in.json", 3000, NULL),
                                           spool ? "--spool" : NULL, spool, NULL});
  wait_for_post("urn:li:tag:t0");
}

/* "R records read, D delivered" of the summary. */
static void summary_of(const test_program *p, unsigned long long *read,
                       unsigned long long *delivered)
{
  const char *summary = strstr(p->err, " records read");
  ck_assert_ptr_nonnull(summary);
  while (summary > p->err && summary[-1] != ' ')
    summary--;
  ck_assert_int_eq(sscanf(summary, "%llu records read, %llu delivered", read, delivered), 2);
}

START_TEST(a_signal_in_the_middle_accounts_for_all)
{
  test_program p;
  unsigned long long read = 0, delivered = 0;
  const char *dead = script_path("dead.json");
  start_held(&p, "0", dead, NULL);
  kill(p.pid, signals[_i]);
  test_program_end(&p);
  ended(&p, 128 + signals[_i], "0 delivered");
  summary_of(&p, &read, &delivered);
  ck_assert_uint_gt(read, 0);
  ck_assert_uint_eq(lines_of(dead), read);
  test_program_clear(&p);
}
END_TEST

/* What was accepted is in the spool, and the next run sends it; what the full queue had no room
 * for is in the dead-letter file. */
START_TEST(a_signal_in_the_middle_leaves_the_spool)
{
  test_program p;
  unsigned long long read = 0, delivered = 0, again = 0;
  const char *spool = script_path("spool.db"), *dead = script_path("dead.json");
  start_held(&p, "0", dead, spool);
  kill(p.pid, signals[_i]);
  test_program_end(&p);
  ended(&p, 128 + signals[_i], "0 delivered");
  summary_of(&p, &read, &delivered);
  ck_assert_uint_gt(read, 0);
  test_program_clear(&p);
  test_server_release(script.server);
  DHUB(&p, "emit", "-s", url(), "--spool", spool, script_records("none.json", 0, NULL));
  ended(&p, 0, NULL);
  summary_of(&p, &again, &delivered);
  ck_assert_uint_eq(again, 0);
  ck_assert_uint_gt(delivered, 0);
  ck_assert_uint_eq(delivered + lines_of(dead), read);
  test_program_clear(&p);
}
END_TEST

/* Within the grace what was read is sent. */
START_TEST(a_signal_has_what_was_read_sent)
{
  test_program p;
  unsigned long long read = 0, delivered = 0;
  char said[4096] = "";
  start_held(&p, "3600", script_path("dead.json"), NULL);
  kill(p.pid, signals[_i]);
  while (!strstr(said, "sending what was read")) {
    ssize_t n = pread(p.err_fd, said, sizeof(said) - 1, 0);
    ck_assert_int_ge(n, 0);
    said[n] = '\0';
    usleep(1000);
  }
  test_server_release(script.server);
  test_program_end(&p);
  ended(&p, 128 + signals[_i], NULL);
  summary_of(&p, &read, &delivered);
  ck_assert_uint_gt(read, 0);
  ck_assert_uint_lt(read, 3000);
  test_program_clear(&p);
}
END_TEST

START_TEST(a_signal_while_waiting_for_input_delivers_what_was_read)
{
  test_program p;
  test_program_start(&p, 0, (const char *const[]){"dhub", "emit", "-s", url(), NULL});
  test_program_write(&p, record_of("first"));
  test_program_write(&p, "\n{\"entityType\":\"tag\",\"entity");
  wait_for_post("urn:li:tag:first");
  kill(p.pid, SIGINT);
  test_program_end(&p);
  ended(&p, 128 + SIGINT, "1 records read, 1 delivered");
  contains(p.err, "stopped by SIGINT while reading standard input");
  test_program_clear(&p);
}
END_TEST

/* --- the spool --- */

START_TEST(what_the_spool_holds_is_sent_by_the_next_run)
{
  test_program p;
  const char *spool = script_path("spool.db");
  test_server_down(script.server);
  DHUB(&p, "emit", "-s", url(), "-o", "retry_max_times=0", "--spool", spool,
       script_records("in.json", 3, NULL));
  ended(&p, 4, "in the spool: 3;");
  test_program_clear(&p);
  DHUB(&p, "spool", spool);
  ended(&p, 0, NULL);
  contains(p.out, "urn:li:tag:t0");
  contains(p.out, "urn:li:tag:t2");
  test_program_clear(&p);
  test_server_up(script.server);
  DHUB(&p, "emit", "-s", url(), "--spool", spool, script_records("more.json", 1, NULL));
  ended(&p, 0, "4 delivered");
  test_program_clear(&p);
  DHUB(&p, "spool", spool);
  ck_assert_str_eq(p.out, "");
  test_program_clear(&p);
}
END_TEST

/* The second is refused and told of the first, which goes on. */
START_TEST(a_spool_is_one_process_s)
{
  test_program first, second;
  char pid[32];
  const char *spool = script_path("spool.db");
  start_held(&first, "3600", script_path("dead.json"), spool);
  snprintf(pid, sizeof(pid), "in use by process %d", (int)first.pid);
  DHUB(&second, "emit", "-s", url(), "--spool", spool, script_records("more.json", 1, NULL));
  ended(&second, 2, pid);
  contains(second.err, spool);
  test_program_clear(&second);
  test_server_release(script.server);
  test_program_end(&first);
  ended(&first, 0, "3000 records read, 3000 delivered");
  test_program_clear(&first);
}
END_TEST

/* --- the suite --- */

static TCase *case_of(const char *name)
{
  TCase *c = tcase_create(name);
  tcase_add_checked_fixture(c, script_setup, script_teardown);
  tcase_set_timeout(c, 60);
  return c;
}

static TCase *case_delivery(void)
{
  TCase *c = case_of("delivery");
  tcase_add_test(c, all_delivered_is_0);
  tcase_add_test(c, standard_input_is_read);
  tcase_add_test(c, a_pipe_that_pauses_has_its_records_sent);
  tcase_add_test(c, the_token_file_is_sent);
  tcase_add_test(c, a_token_as_an_argument_is_warned_of_and_wiped);
  tcase_add_test(c, a_recipe_is_a_configuration);
  tcase_add_test(c, json_is_one_object);
  tcase_add_test(c, statistics_are_printed);
  return c;
}

static TCase *case_refusals(void)
{
  TCase *c = case_of("refusals");
  tcase_add_test(c, a_rejected_record_is_1_and_in_the_dead_letter_file);
  tcase_add_test(c, a_dead_letter_file_is_emitted_again);
  tcase_add_test(c, an_unreadable_record_is_1_and_kept_byte_for_byte);
  tcase_add_test(c, nothing_rejected_leaves_no_dead_letter_file);
  tcase_add_test(c, an_input_is_no_dead_letter_file);
  tcase_add_test(c, a_full_disk_under_the_dead_letter_file_names_what_is_lost);
  return c;
}

static TCase *case_failures(void)
{
  TCase *c = case_of("failures");
  tcase_add_test(c, unauthorized_is_3);
  tcase_add_loop_test(c, an_unreachable_server_is_4, 0, 2);
  tcase_add_test(c, a_missing_file_is_2_and_nothing_is_sent);
  tcase_add_test(c, wrong_usage_is_2);
  return c;
}

static TCase *case_signals(void)
{
  TCase *c = case_of("signals");
  tcase_add_loop_test(c, a_signal_in_the_middle_accounts_for_all, 0, 2);
  tcase_add_loop_test(c, a_signal_in_the_middle_leaves_the_spool, 0, 2);
  tcase_add_loop_test(c, a_signal_has_what_was_read_sent, 0, 2);
  tcase_add_test(c, a_signal_while_waiting_for_input_delivers_what_was_read);
  return c;
}

static TCase *case_spool(void)
{
  TCase *c = case_of("spool");
  tcase_add_test(c, what_the_spool_holds_is_sent_by_the_next_run);
  tcase_add_test(c, a_spool_is_one_process_s);
  return c;
}

SUITE("dhub emit", case_delivery(), case_refusals(), case_failures(), case_signals(), case_spool())
