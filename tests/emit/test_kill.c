/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that emits with a spool is killed 200 times, at any instant. Nothing that was
 * acknowledged is lost, and no record of a URN arrives after one emitted later.
 *
 * The process is this program again: `test_kill emit URL SPOOL FIRST` emits without end and
 * prints each number once it is acknowledged; `test_kill drain URL SPOOL 0` sends the rest.
 */
#include "support/server.h"
#include "support/tmpdir.h"

#include <check.h>
#include <datahub/emitter.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLS = 200, URNS = 7, NUMBERS_MAX = 1 << 20 };

/* --- the process that is killed ---------------------------------------------- */

static dh_emitter *open_emitter(const char *url, const char *spool)
{
  dh_error error;
  dh_context *context = dh_context_new(NULL, &error);
  dh_config *sink = dh_config_new_map("test");
  dh_config_set(sink, "type", "datahub-rest", &error);
  dh_config_set(sink, "config.server", url, &error);
  dh_config_set(sink, "config.spool", spool, &error);
  dh_config_set(sink, "config.spool_sync", "normal", &error); /* what a kill asks for */
  dh_emitter *emitter = dh_emitter_open(context, sink, NULL, &error);
  if (!emitter)
    fprintf(stderr, "%s\n", error.message);
  dh_config_free(sink);
  dh_context_free(context);
  return emitter;
}

static int emit_number(dh_emitter *emitter, int n)
{
  char urn[32], aspect[64];
  dh_error error;
  snprintf(urn, sizeof(urn), "urn:li:tag:u%d", n % URNS);
  int size = snprintf(aspect, sizeof(aspect), "{\"name\":\"%d\"}", n);
  dh_mcp *mcp = dh_mcp_new("tag", urn, "tagProperties", &error);
  int ok = mcp && dh_mcp_set_aspect_json(mcp, aspect, (size_t)size, &error) == DH_OK &&
           dh_emitter_emit(emitter, mcp, NULL, 0, &error) == DH_OK;
  dh_mcp_free(mcp);
  return ok;
}

static int run_child(char **argv)
{
  dh_emitter *emitter = open_emitter(argv[2], argv[3]);
  if (!emitter)
    return 1;
  dh_error error;
  if (!strcmp(argv[1], "drain")) {
    if (dh_emitter_close(emitter, -1, &error) == DH_OK)
      return 0;
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  for (int n = atoi(argv[4]); emit_number(emitter, n); n++)
    if (write(STDOUT_FILENO, &n, sizeof(n)) != sizeof(n))
      return 1;
  return 1;
}

/* --- the server's ledger -------------------------------------------------------- */

typedef struct arrivals {
  unsigned char seen[NUMBERS_MAX];
  int newest[URNS]; /* the largest number that came */
  int last[URNS];   /* the one that came last: what DataHub has now */
  int disordered;   /* a number that came for the first time after a larger one; 0: none */
} arrivals;

static arrivals came;

static void note(int urn, int n)
{
  if (urn < 0 || urn >= URNS || n < 0 || n >= NUMBERS_MAX)
    return;
  if (!came.seen[n] && n < came.newest[urn])
    came.disordered = n;
  came.seen[n] = 1;
  came.last[urn] = n;
  if (n > came.newest[urn])
    came.newest[urn] = n;
}

static void take(void *arg, const test_request *request, test_conn *conn)
{
  static const char urn[] = "urn:li:tag:u", name[] = "name\\\":\\\"";
  (void)arg;
  test_server *server = test_conn_server(conn);
  test_server_lock(server);
  for (const char *p = request->body; (p = strstr(p, urn));) {
    int which = atoi(p + sizeof(urn) - 1);
    p = strstr(p, name);
    if (!p)
      break;
    note(which, atoi(p + sizeof(name) - 1));
  }
  test_server_unlock(server);
  test_reply_text(conn, 200, "{\"value\":\"success\"}");
}

/* --- the test -------------------------------------------------------------------- */

static pid_t start(const char *mode, const char *url, const char *spool, int first, int *out)
{
  char number[16];
  int ends[2];
  snprintf(number, sizeof(number), "%d", first);
  ck_assert_int_eq(pipe(ends), 0);
  pid_t child = fork();
  ck_assert_int_ge(child, 0);
  if (!child) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl("/proc/self/exe", "test_kill", mode, url, spool, number, (char *)NULL);
    _exit(127);
  }
  close(ends[1]);
  *out = ends[0];
  return child;
}

/* Starts the process, kills it some time after its first acknowledgement, and returns the
 * last number that it acknowledged. */
static int run_and_kill(const char *url, const char *spool, int first, unsigned delay_us)
{
  int out, n, last = first - 1, killed = 0;
  pid_t child = start("emit", url, spool, first, &out);
  while (read(out, &n, sizeof(n)) == sizeof(n)) {
    last = n;
    if (killed++)
      continue;
    usleep(delay_us); /* any instant must do */
    kill(child, SIGKILL);
  }
  close(out);
  waitpid(child, NULL, 0);
  ck_assert_msg(killed, "the process could not go on after %d was acknowledged", last);
  return last;
}

static int count_record(void *arg, const dh_record *record)
{
  (void)record;
  ++*(int *)arg;
  return 0;
}

START_TEST(acknowledged_records_survive_200_kills_in_order)
{
  int last = 0, out, status;
  char *folder = test_tmpdir_new(), *spool = test_path(folder, "spool.db");
  test_server *server = test_server_start(take, NULL);
  for (unsigned i = 0; i < KILLS; i++)
    last = run_and_kill(test_server_url(server), spool, last + 1, i * 37 % 4000);
  pid_t child = start("drain", test_server_url(server), spool, 0, &out);
  ck_assert_int_eq(waitpid(child, &status, 0), child);
  close(out);
  ck_assert_int_eq(status, 0);
  test_server_stop(server);
  int left = 0;
  ck_assert_int_eq(dh_spool_read(spool, count_record, &left, NULL), DH_OK);
  ck_assert_msg(!left, "%d records are left in the spool after all were sent", left);
  ck_assert_int_lt(last, NUMBERS_MAX);
  for (int n = 1; n <= last; n++)
    ck_assert_msg(came.seen[n], "%d of %d was acknowledged and is lost", n, last);
  ck_assert_msg(!came.disordered, "%d came after a later one", came.disordered);
  for (int urn = 0; urn < URNS; urn++)
    ck_assert_msg(came.last[urn] == came.newest[urn], "%d was written over by %d", came.newest[urn],
                  came.last[urn]);
  free(spool);
  test_tmpdir_remove(folder);
}
END_TEST

int main(int argc, char **argv)
{
  if (argc == 5)
    return run_child(argv);
  TCase *c = tcase_create("kill");
  Suite *suite = suite_create("kill -9");
  tcase_add_test(c, acknowledged_records_survive_200_kills_in_order);
  tcase_set_timeout(c, 600);
  suite_add_tcase(suite, c);
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
