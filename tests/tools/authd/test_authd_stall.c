/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub-authd while an issuer, a token store or a client does not answer: whoever does not need
 * them is served, whoever does is told so in time, and it can be reloaded and stopped.
 */
#include "suite.h"
#include "support/server.h"
#include "support/tmpdir.h"
#include "tools/authd/process.h"

#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ASKERS 10
#define UNDECIDED "{ control = \"[ok=done expired=die default=ignore]\"; "

static authd_process authd;
static authd_reply reply;
static test_server *issuer;
static int fds[ASKERS];

/* Knows the token "quick" at once, and all others when it is released. */
static void know(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  if (!strstr(request->body, "token=quick"))
    test_hold(conn);
  test_reply_text(conn, 200, "{\"active\":true,\"sub\":\"jdoe\"}");
}

static void never(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_stall(conn);
}

static void setup(void)
{
  authd_prepare(&authd);
  issuer = NULL;
}

static void teardown(void)
{
  authd_end(&authd);
  test_server_stop(issuer);
}

/* PATs of the store, else what the issuer says, else nobody. */
static void configure(const char *cache, const char *options)
{
  char stack[2048];
  snprintf(stack, sizeof(stack),
           UNDECIDED "plugin = \"pat\"; config = { signing_key = \"" AUTHD_KEY
                     "\"; salt = \"" AUTHD_SALT "\"; store = \"%s/tokens.db\"; }; }, " UNDECIDED
                     "plugin = \"introspect\"; config = { endpoint = \"%s/i\"; timeout = \"60s\"; "
                     "}; }, { control = \"required\"; plugin = \"deny\"; }",
           authd.dir, test_server_url(issuer));
  authd_configure(&authd, stack, cache, options);
}

static void start(test_handler handler, const char *cache, const char *options)
{
  issuer = test_server_start(handler, NULL);
  configure(cache, options);
  authd_start(&authd, NULL);
}

/* Asks about a token on a new connection, and does not wait for the answer. */
static int ask_later(const char *token)
{
  char request[512];
  int size = snprintf(request, sizeof(request),
                      "GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", token);
  int fd = authd_connect(&authd);
  authd_send(fd, request, (size_t)size);
  return fd;
}

static int answer_to(int fd)
{
  authd_read(fd, &reply);
  close(fd);
  return reply.status;
}

/* Waits until so many questions wait for the issuer. */
static void wait_for_waiting(long long count)
{
  for (int i = 0; i < 4000 && authd_metric(&authd, "dhub_authd_waiting_checks") != count; i++)
    usleep(5000);
  ck_assert_int_eq(authd_metric(&authd, "dhub_authd_waiting_checks"), count);
}

static void path_is(const char *path, int status)
{
  int fd = authd_connect(&authd);
  authd_get(fd, path, "", &reply);
  close(fd);
  ck_assert_int_eq(reply.status, status);
}

START_TEST(all_but_the_issuers_own_are_served_while_it_stalls)
{
  char token[32];
  start(know, "1h", "threads = 1; waiting_threads = 2;");
  char *known = authd_issue(&authd, "2", "jdoe", 0, NULL);
  ck_assert_int_eq(authd_ask(&authd, known, NULL), 200);
  ck_assert_int_eq(authd_ask(&authd, "Bearer quick", NULL), 200);
  for (int i = 0; i < ASKERS; i++) {
    snprintf(token, sizeof(token), "slow-%d", i);
    fds[i] = ask_later(token);
  }
  wait_for_waiting(ASKERS);
  ck_assert(test_server_wait(issuer, 3)); /* "quick", and as many as there are threads */
  ck_assert_int_eq(authd_ask(&authd, known, NULL), 200);
  ck_assert_int_eq(authd_ask(&authd, "Bearer quick", NULL), 200);
  char *fresh = authd_issue(&authd, "2", "anna", 0, NULL);
  ck_assert_int_eq(authd_ask(&authd, fresh, NULL), 200);
  ck_assert_int_eq(authd_ask(&authd, NULL, NULL), 401);
  path_is("/healthz", 200);
  path_is("/readyz", 200);
  path_is("/metrics", 200);
  ck_assert_uint_eq(test_server_count(issuer), 3);
  test_server_release(issuer);
  for (int i = 0; i < ASKERS; i++)
    ck_assert_int_eq(answer_to(fds[i]), 200);
  wait_for_waiting(0);
  free(known);
  free(fresh);
}
END_TEST

/* Those who ask before a check has begun share it; those who ask later get the next one. */
START_TEST(questions_about_one_token_share_a_check)
{
  start(know, "0s", "");
  fds[0] = ask_later("slow");
  ck_assert(test_server_wait(issuer, 1));
  for (int i = 1; i < ASKERS; i++)
    fds[i] = ask_later("slow");
  wait_for_waiting(ASKERS);
  ck_assert_uint_eq(test_server_count(issuer), 1);
  test_server_release(issuer);
  for (int i = 0; i < ASKERS; i++)
    ck_assert_int_eq(answer_to(fds[i]), 200);
  ck_assert_uint_eq(test_server_count(issuer), 2);
}
END_TEST

START_TEST(more_than_may_wait_are_turned_away_at_once)
{
  start(know, "1h", "waiting_threads = 1; max_waiting = 2;");
  fds[0] = ask_later("slow-0");
  fds[1] = ask_later("slow-1");
  wait_for_waiting(2);
  ck_assert_int_eq(authd_ask(&authd, "Bearer slow-2", &reply), 503);
  ck_assert_str_eq(authd_header_of(&reply, "Retry-After"), "1");
  ck_assert_int_eq(authd_ask(&authd, "Bearer slow-1", &reply), 503); /* shared, and yet too many */
  ck_assert_int_eq(authd_metric(&authd, "dhub_authd_turned_away_total"), 2);
  authd_wait_for(&authd, "too many checks wait");
  char *known = authd_issue(&authd, "2", "jdoe", 0, NULL);
  ck_assert_int_eq(authd_ask(&authd, known, NULL), 200);
  test_server_release(issuer);
  ck_assert_int_eq(answer_to(fds[0]), 200);
  ck_assert_int_eq(answer_to(fds[1]), 200);
  ck_assert_int_eq(authd_ask(&authd, "Bearer slow-2", NULL), 200);
  free(known);
}
END_TEST

START_TEST(check_that_takes_too_long_is_answered_and_goes_on)
{
  start(know, "1h", "check_timeout = \"50ms\"; waiting_threads = 1;");
  ck_assert_int_eq(authd_ask(&authd, "Bearer slow", &reply), 503);
  ck_assert_str_eq(authd_header_of(&reply, "Retry-After"), "1");
  authd_wait_for(&authd, "not decided within check_timeout (50 ms)");
  ck_assert_int_eq(authd_ask(&authd, "Bearer other", &reply), 503); /* which never began */
  ck_assert(test_server_wait(issuer, 1));
  test_server_release(issuer);
  for (int i = 0; i < 4000 && authd_ask(&authd, "Bearer slow", &reply) != 200; i++)
    usleep(5000);
  ck_assert_int_eq(reply.status, 200);
  ck_assert_int_gt(authd_metric(&authd, "dhub_authd_checks_total{result=\"timeout\"}"), 1);
}
END_TEST

START_TEST(client_that_leaves_while_it_waits_does_no_harm)
{
  start(know, "0s", "");
  close(ask_later("slow"));
  ck_assert(test_server_wait(issuer, 1));
  test_server_release(issuer);
  wait_for_waiting(0);
  ck_assert_int_eq(authd_ask(&authd, "Bearer slow", &reply), 200);
}
END_TEST

/* --- all of it at once --- */

#define CROWD 6
#define QUESTIONS 300

typedef struct one_of_many {
  pthread_t thread;
  unsigned number, wrong;
} one_of_many;

/* Tokens that others ask about too, and one that nobody else has. */
static void *ask_many(void *arg)
{
  one_of_many *me = arg;
  char headers[128];
  authd_reply *own = malloc(sizeof(*own));
  int fd = authd_connect(&authd);
  for (unsigned i = 0; i < QUESTIONS; i++) {
    unsigned which = i % 4 == 3 ? 100 + me->number : i % 3;
    snprintf(headers, sizeof(headers), "Authorization: Bearer quick%u\r\n", which);
    authd_get(fd, "/auth", headers, own);
    if (own->status != 200 && own->status != 503)
      me->wrong++;
  }
  close(fd);
  free(own);
  return NULL;
}

/* Shared checks, full lanes, ends of time and new stacks, in any order: each is answered, and it
 * can be stopped. */
START_TEST(crowd_is_answered_in_full)
{
  one_of_many crowd[CROWD];
  memset(crowd, 0, sizeof(crowd));
  start(know, "0s",
        "threads = 2; waiting_threads = 2; max_waiting = 3; check_timeout = \"1ms\"; access_log = "
        "false;");
  for (unsigned i = 0; i < CROWD; i++) {
    crowd[i].number = i;
    ck_assert_int_eq(pthread_create(&crowd[i].thread, NULL, ask_many, &crowd[i]), 0);
  }
  for (int i = 1; i <= 5; i++) {
    kill(authd.pid, SIGHUP);
    for (int n = 0; n < 4000 && authd_metric(&authd, "dhub_authd_reloads_total") < i; n++)
      usleep(5000);
  }
  for (unsigned i = 0; i < CROWD; i++) {
    pthread_join(crowd[i].thread, NULL);
    ck_assert_uint_eq(crowd[i].wrong, 0);
  }
  ck_assert_int_eq(authd_metric(&authd, "dhub_authd_check_seconds_count"), CROWD * QUESTIONS);
  wait_for_waiting(0);
}
END_TEST

/* The next request stands behind the one that waits, on one connection. */
START_TEST(requests_behind_one_that_waits_are_answered_in_order)
{
  static const char both[] = "GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer slow\r\n\r\n"
                             "GET /auth HTTP/1.1\r\nHost: x\r\n\r\n";
  start(know, "0s", "");
  int fd = authd_connect(&authd);
  authd_send(fd, both, sizeof(both) - 1);
  ck_assert(test_server_wait(issuer, 1));
  test_server_release(issuer);
  authd_read(fd, &reply);
  ck_assert_int_eq(reply.status, 200);
  authd_read(fd, &reply);
  ck_assert_int_eq(reply.status, 401);
  close(fd);
}
END_TEST

START_TEST(reload_does_not_wait_for_a_stalled_check)
{
  start(know, "1h", "realm = \"before\";");
  fds[0] = ask_later("slow");
  ck_assert(test_server_wait(issuer, 1));
  authd_configure(&authd, "{ control = \"required\"; plugin = \"deny\"; }", "1h",
                  "realm = \"after\";");
  kill(authd.pid, SIGHUP);
  for (int i = 0; i < 4000 && authd_metric(&authd, "dhub_authd_reloads_total") != 1; i++)
    usleep(5000);
  ck_assert_int_eq(authd_ask(&authd, "Bearer quick", &reply), 401);
  ck_assert_ptr_nonnull(strstr(authd_header_of(&reply, "WWW-Authenticate"), "after"));
  test_server_release(issuer);
  ck_assert_int_eq(answer_to(fds[0]), 200); /* begun under the old stack */
  ck_assert_int_eq(authd_ask(&authd, "Bearer slow", &reply), 401);
}
END_TEST

static void configure_jwt(const char *url)
{
  char stack[1024];
  snprintf(stack, sizeof(stack),
           "{ control = \"required\"; plugin = \"jwt\"; config = { issuers = "
           "(\"https://idp.example\"); jwks_url = \"%s/keys\"; timeout = \"60s\"; }; }",
           url);
  authd_configure(&authd, stack, "0s", "stop_timeout = \"10ms\";");
}

/* The issuer of the old stack's keys would be waited for 60 s. */
START_TEST(reload_does_not_wait_for_keys_under_way)
{
  issuer = test_server_start(never, NULL);
  configure_jwt(test_server_url(issuer));
  authd_start(&authd, NULL);
  ck_assert(test_server_wait(issuer, 1));
  authd_configure(&authd, "{ control = \"required\"; plugin = \"deny\"; }", "1h", "");
  kill(authd.pid, SIGHUP);
  for (int i = 0; i < 2000 && authd_metric(&authd, "dhub_authd_reloads_total") != 1; i++)
    usleep(5000);
  ck_assert_int_eq(authd_metric(&authd, "dhub_authd_reloads_total"), 1);
  path_is("/readyz", 200);
}
END_TEST

/* The issuer would be waited for 60 s. */
START_TEST(end_gives_up_a_stalled_check_and_answers_it)
{
  int status = -1;
  start(never, "0s", "stop_timeout = \"10ms\"; waiting_threads = 1;");
  fds[0] = ask_later("one");
  fds[1] = ask_later("two");
  ck_assert(test_server_wait(issuer, 1));
  wait_for_waiting(2);
  kill(authd.pid, SIGTERM);
  ck_assert_int_eq(answer_to(fds[0]), 503);
  ck_assert_int_eq(answer_to(fds[1]), 503);
  ck_assert_int_eq(waitpid(authd.pid, &status, 0), authd.pid);
  authd.pid = 0;
  ck_assert_int_eq(status, 0);
}
END_TEST

/* --- keys --- */

#define SOME_JWT "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJpc3MiOiJodHRwczovL2lkcC5leGFtcGxlIn0.AAAA"

START_TEST(issuer_down_without_keys_is_undecided_and_unready)
{
  issuer = test_server_start(never, NULL);
  test_server_down(issuer);
  configure_jwt(test_server_url(issuer));
  authd_start(&authd, NULL);
  ck_assert_int_eq(authd_ask(&authd, "Bearer " SOME_JWT, &reply), 503);
  ck_assert_str_eq(authd_header_of(&reply, "Retry-After"), "1");
  authd_wait_for(&authd, "answered 503 (unavailable): there are no keys to check with: "
                         "http://127.0.0.1:");
  authd_wait_for(&authd, "is the server running, and is this its port?");
  path_is("/readyz", 503);
  ck_assert_ptr_nonnull(strstr(reply.body, "not ready: jwt: there are no keys"));
  path_is("/healthz", 200);
}
END_TEST

static void keys(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_hold(conn);
  test_reply_text(conn, 200,
                  "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":"
                  "\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":"
                  "\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}");
}

START_TEST(ready_once_the_keys_have_come)
{
  issuer = test_server_start(keys, NULL);
  configure_jwt(test_server_url(issuer));
  authd_start(&authd, NULL);
  ck_assert(test_server_wait(issuer, 1));
  path_is("/readyz", 503);
  ck_assert_ptr_nonnull(strstr(reply.body, "not here yet"));
  test_server_release(issuer);
  for (int i = 0; i < 4000 && reply.status != 200; i++) {
    int fd = authd_connect(&authd);
    authd_get(fd, "/readyz", "", &reply);
    close(fd);
    usleep(5000);
  }
  ck_assert_int_eq(reply.status, 200);
}
END_TEST

START_TEST(end_does_not_wait_for_keys)
{
  issuer = test_server_start(never, NULL);
  configure_jwt(test_server_url(issuer));
  authd_start(&authd, NULL);
  ck_assert(test_server_wait(issuer, 1));
  ck_assert_int_eq(authd_stop(&authd), 0);
}
END_TEST

/* --- the token store --- */

/* In WAL mode a writer locks no reader out; a store may have another. */
START_TEST(locked_store_is_undecided_until_it_is_free)
{
  sqlite3 *db;
  char *path = test_path(authd.dir, "tokens.db");
  char *token = authd_issue(&authd, "2", "jdoe", 0, NULL);
  dh_pat_store_close(authd.store);
  authd.store = NULL;
  ck_assert_int_eq(sqlite3_open(path, &db), SQLITE_OK);
  ck_assert_int_eq(sqlite3_exec(db, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL), SQLITE_OK);
  authd_configure(&authd, NULL, "0s", "");
  authd_start(&authd, NULL);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
  ck_assert_int_eq(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 503);
  ck_assert_str_eq(authd_header_of(&reply, "Retry-After"), "1");
  authd_wait_for(&authd, "answered 503 (unavailable): the token store: cannot be read: database is "
                         "locked: another program holds it");
  path_is("/readyz", 503);
  path_is("/healthz", 200);
  ck_assert_int_eq(authd_ask(&authd, NULL, &reply), 401);
  ck_assert_int_eq(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
  path_is("/readyz", 200);
  sqlite3_close(db);
  free(path);
  free(token);
}
END_TEST

#define ADD(test) tcase_add_test(tc, test)

static TCase *case_stall(void)
{
  TCase *tc = tcase_create("stall");
  tcase_set_timeout(tc, 120);
  tcase_add_checked_fixture(tc, setup, teardown);
  ADD(all_but_the_issuers_own_are_served_while_it_stalls);
  ADD(questions_about_one_token_share_a_check);
  ADD(more_than_may_wait_are_turned_away_at_once);
  ADD(check_that_takes_too_long_is_answered_and_goes_on);
  ADD(client_that_leaves_while_it_waits_does_no_harm);
  ADD(crowd_is_answered_in_full);
  ADD(requests_behind_one_that_waits_are_answered_in_order);
  ADD(reload_does_not_wait_for_a_stalled_check);
  ADD(reload_does_not_wait_for_keys_under_way);
  ADD(end_gives_up_a_stalled_check_and_answers_it);
  ADD(issuer_down_without_keys_is_undecided_and_unready);
  ADD(ready_once_the_keys_have_come);
  ADD(end_does_not_wait_for_keys);
  ADD(locked_store_is_undecided_until_it_is_free);
  return tc;
}

SUITE("authd_stall", case_stall())
