/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration taken anew, tokens revoked and the program stopped, while clients ask without
 * a pause: each question is answered, and rightly.
 */
#include "support/server.h"
#include "support/tmpdir.h"
#include "tools/authd/stage.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLIENTS 4

/* A client that asks until told to end. */
typedef struct client {
  pthread_t thread;
  char headers[2048];
  int expected, other; /* statuses */
  atomic_ullong answered, wrong;
  atomic_bool ending;
} client;

static client clients[CLIENTS];

static void *ask_on(void *arg)
{
  client *me = arg;
  authd_reply *own = malloc(sizeof(*own));
  int fd = authd_connect(&authd);
  while (!atomic_load(&me->ending)) {
    authd_get(fd, "/auth", me->headers, own);
    if (own->status != me->expected && own->status != me->other)
      atomic_fetch_add(&me->wrong, 1);
    atomic_fetch_add(&me->answered, 1);
  }
  close(fd);
  free(own);
  return NULL;
}

static void begin(const char *token)
{
  for (int i = 0; i < CLIENTS; i++) {
    client *me = &clients[i];
    memset(me, 0, sizeof(*me));
    bool good = i % 2 == 0;
    snprintf(me->headers, sizeof(me->headers), "Authorization: %s\r\n", good ? token : "Bearer x");
    me->expected = me->other = good ? 200 : 401;
    ck_assert_int_eq(pthread_create(&me->thread, NULL, ask_on, me), 0);
  }
}

/* Waits until every client has had some answers more. */
static void let_them_ask(void)
{
  for (int i = 0; i < CLIENTS; i++) {
    unsigned long long enough = atomic_load(&clients[i].answered) + 20;
    for (int t = 0; t < 20000 && atomic_load(&clients[i].answered) < enough; t++)
      usleep(1000);
    ck_assert_uint_ge(atomic_load(&clients[i].answered), enough);
  }
}

static void end(void)
{
  for (int i = 0; i < CLIENTS; i++) {
    atomic_store(&clients[i].ending, true);
    pthread_join(clients[i].thread, NULL);
    ck_assert_uint_eq(atomic_load(&clients[i].wrong), 0);
  }
}

static void reload_until(const char *metric, long long count)
{
  kill(authd.pid, SIGHUP);
  for (int i = 0; i < 4000 && authd_metric(&authd, metric) < count; i++)
    usleep(5000);
  ck_assert_int_eq(authd_metric(&authd, metric), count);
}

START_TEST(reload_takes_the_new_realm)
{
  authd_configure(&authd, NULL, NULL, "realm = \"before\";");
  authd_start(&authd, NULL);
  authd_configure(&authd, NULL, NULL, "realm = \"after\";");
  reload_until("dhub_authd_reloads_total", 1);
  authd_ask(&authd, NULL, &reply);
  ck_assert_str_eq(authd_header_of(&reply, "WWW-Authenticate"), "Bearer realm=\"after\"");
}
END_TEST

/* Answers that were kept are made anew. */
START_TEST(reload_takes_new_claims_for_a_known_token)
{
  char headers[2048];
  authd_configure(&authd, NULL, "1h", "");
  authd_start(&authd, NULL);
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  snprintf(headers, sizeof(headers), "Authorization: %s\r\n", token);
  int fd = authd_connect(&authd);
  for (int i = 0; i < 20; i++)
    authd_get(fd, "/auth", headers, &reply);
  ck_assert_uint_eq(authd_count_of(&reply, "X-DataHub-Claim-actorId"), 0);
  authd_configure(&authd, NULL, "1h", "claims = (\"actorId\");");
  reload_until("dhub_authd_reloads_total", 1);
  authd_get(fd, "/auth", headers, &reply);
  ck_assert_str_eq(authd_header_of(&reply, "X-DataHub-Claim-actorId"), "jdoe");
  close(fd);
  free(token);
}
END_TEST

/* What was good under the old stack is asked anew. */
START_TEST(reload_takes_the_new_stack_for_a_known_token)
{
  authd_configure(&authd, NULL, "1h", "");
  authd_start(&authd, NULL);
  char *token = authd_issue(&authd, "1", "jdoe", 0, NULL);
  for (int i = 0; i < 20; i++)
    ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
  authd_configure(&authd, "{ control = \"required\"; plugin = \"deny\"; }", "1h", "");
  reload_until("dhub_authd_reloads_total", 1);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 401);
  free(token);
}
END_TEST

static const struct {
  const char *stack, *options, *words;
} bad[] = {
    {"{ control = \"required\"; plugin = \"no-such-module\"; }", "", "no-such-module"},
    {NULL, "realm = \"a\\\"b\";", "realm"},
    {NULL, "relm = \"x\";", "relm"},
    {"{", "", "authd.cfg"},
};

START_TEST(bad_configuration_changes_nothing_and_says_why)
{
  authd_configure(&authd, NULL, NULL, "realm = \"before\";");
  authd_start(&authd, NULL);
  char *token = authd_issue(&authd, "2", "jdoe", 0, NULL);
  authd_configure(&authd, bad[_i].stack, NULL, bad[_i].options);
  reload_until("dhub_authd_reload_failures_total", 1);
  authd_wait_for(&authd, "the old configuration stays");
  authd_wait_for(&authd, bad[_i].words);
  ck_assert_int_eq(authd_ask(&authd, token, &reply), 200);
  authd_ask(&authd, NULL, &reply);
  ck_assert_str_eq(authd_header_of(&reply, "WWW-Authenticate"), "Bearer realm=\"before\"");
  free(token);
}
END_TEST

START_TEST(what_a_reload_cannot_change_is_said)
{
  authd_configure(&authd, NULL, NULL, "threads = 2;");
  authd_start(&authd, NULL);
  authd_configure(&authd, NULL, NULL, "threads = 3;");
  reload_until("dhub_authd_reloads_total", 1);
  authd_wait_for(&authd, "\"threads\" was changed");
}
END_TEST

START_TEST(no_request_is_dropped_by_reloads_good_and_bad)
{
  authd_configure(&authd, NULL, NULL, "");
  authd_start(&authd, NULL);
  char *token = authd_issue(&authd, "2", "jdoe", 0, NULL);
  begin(token);
  for (int i = 0; i < 8; i++) {
    authd_configure(&authd, NULL, NULL, i % 2 ? "claims = (\"sub\");" : "relm = \"x\";");
    reload_until(i % 2 ? "dhub_authd_reloads_total" : "dhub_authd_reload_failures_total",
                 i / 2 + 1);
    let_them_ask();
  }
  end();
  free(token);
}
END_TEST

START_TEST(token_revoked_under_load_is_refused_for_good)
{
  char id[DH_PAT_ID_SIZE];
  authd_configure(&authd, NULL, NULL, "");
  authd_start(&authd, NULL);
  char *token = authd_issue(&authd, "2", "jdoe", 0, id);
  begin(token);
  let_them_ask();
  for (int i = 0; i < CLIENTS; i++)
    clients[i].other = 401;
  ck_assert_int_eq(dh_pat_store_revoke(authd.store, id, dh_wall_ms(authd.context), NULL), DH_OK);
  for (int i = 0; i < 2000 && authd_ask(&authd, token, &reply) == 200; i++)
    usleep(5000);
  for (int i = 0; i < 50; i++)
    ck_assert_int_eq(authd_ask(&authd, token, &reply), 401);
  end();
  free(token);
}
END_TEST

static void hold(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_hold(conn);
  test_reply_text(conn, 200, "{\"active\":true,\"sub\":\"jdoe\"}");
}

/* A question whose answer the issuer still owes when the program is told to end. */
START_TEST(end_waits_for_what_was_asked)
{
  char stack[512];
  int status = -1;
  test_server *issuer = test_server_start(hold, NULL);
  snprintf(stack, sizeof(stack),
           "{ control = \"required\"; plugin = \"introspect\"; config = { endpoint = \"%s/i\"; "
           "client_id = \"a\"; client_secret = \"a-made-up-secret\"; }; }",
           test_server_url(issuer));
  authd_configure(&authd, stack, NULL, "");
  authd_start(&authd, NULL);
  static const char request[] =
      "GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer opaque\r\n\r\n";
  int fd = authd_connect(&authd);
  authd_send(fd, request, sizeof(request) - 1);
  ck_assert(test_server_wait(issuer, 1));
  kill(authd.pid, SIGTERM);
  authd_wait_for(&authd, "stopping");
  ck_assert_int_eq(waitpid(authd.pid, &status, WNOHANG), 0);
  test_server_release(issuer);
  authd_read(fd, &reply);
  ck_assert_int_eq(reply.status, 200);
  ck_assert_int_eq(waitpid(authd.pid, &status, 0), authd.pid);
  authd.pid = 0;
  ck_assert_int_eq(status, 0);
  close(fd);
  test_server_stop(issuer);
}
END_TEST

static TCase *case_reload(void)
{
  TCase *tc = stage_case("reload", 120);
  tcase_add_test(tc, reload_takes_the_new_realm);
  tcase_add_test(tc, reload_takes_new_claims_for_a_known_token);
  tcase_add_test(tc, reload_takes_the_new_stack_for_a_known_token);
  tcase_add_loop_test(tc, bad_configuration_changes_nothing_and_says_why, 0,
                      sizeof(bad) / sizeof(bad[0]));
  tcase_add_test(tc, what_a_reload_cannot_change_is_said);
  tcase_add_test(tc, no_request_is_dropped_by_reloads_good_and_bad);
  tcase_add_test(tc, token_revoked_under_load_is_refused_for_good);
  tcase_add_test(tc, end_waits_for_what_was_asked);
  return tc;
}

SUITE("authd_reload", case_reload())
