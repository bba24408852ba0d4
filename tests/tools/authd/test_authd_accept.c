/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How dhub-authd takes connections, and ceases to: it is stopped while clients come and go, has as
 * many connections as may be, or no descriptor left; what it did not take is there for the next.
 */
#include "support/server.h"
#include "tools/authd/stage.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char question[] = "GET /auth HTTP/1.1\r\nHost: x\r\n\r\n";

static void ask(int fd)
{
  authd_send(fd, question, sizeof(question) - 1);
}

static void is_answered(int fd)
{
  authd_read(fd, &reply);
  ck_assert_int_eq(reply.status, 401);
}

static int ask_anew(void)
{
  int fd = authd_connect(&authd);
  ask(fd);
  return fd;
}

/* Nothing came, after others have been answered all the while. */
static void waits(int fd, int other)
{
  char byte;
  for (int i = 0; i < 20; i++) {
    ask(other);
    is_answered(other);
  }
  ck_assert_int_eq(recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK), -1);
}

/* --- stopped while clients come and go --- */

#define ROUNDS 50
#define CROWD 4

typedef struct crowd {
  struct sockaddr_un address;
  pthread_t threads[CROWD];
  atomic_ullong answered;
  atomic_bool ending;
} crowd;

/* One question on a connection of its own; the other side may leave in its midst. */
static bool ask_once(const struct sockaddr_un *address)
{
  char answer[512];
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  bool answered = !connect(fd, (const struct sockaddr *)address, sizeof(*address)) &&
                  send(fd, question, sizeof(question) - 1, MSG_NOSIGNAL) > 0 &&
                  recv(fd, answer, sizeof(answer), 0) > 0;
  close(fd);
  return answered;
}

static void *come_and_go(void *arg)
{
  crowd *all = arg;
  while (!atomic_load(&all->ending))
    if (ask_once(&all->address))
      atomic_fetch_add(&all->answered, 1);
    else
      usleep(200); /* nobody listens between two rounds */
  return NULL;
}

/* As few connections as threads, so that libmicrohttpd, where it listens itself, ceases to and
 * begins again all the time. */
static const char *const few[] = {"threads = 16; max_connections = 16; access_log = false;",
                                  "threads = 2; max_connections = 2; access_log = false;",
                                  "threads = 1; max_connections = 2; access_log = false;"};

START_TEST(stop_while_clients_come_and_go_ends_well)
{
  crowd all = {.address = {.sun_family = AF_UNIX}};
  char where[128];
  snprintf(all.address.sun_path, sizeof(all.address.sun_path), "%s/s", authd.dir);
  snprintf(where, sizeof(where), "unix:%s", all.address.sun_path);
  authd_configure(&authd, NULL, NULL, few[_i]);
  for (int i = 0; i < CROWD; i++)
    ck_assert_int_eq(pthread_create(&all.threads[i], NULL, come_and_go, &all), 0);
  for (int i = 0; i < ROUNDS; i++) {
    authd_start(&authd, where);
    unsigned long long enough = atomic_load(&all.answered) + CROWD;
    for (int t = 0; t < 20000 && atomic_load(&all.answered) < enough; t++)
      usleep(500);
    ck_assert_uint_ge(atomic_load(&all.answered), enough);
    ck_assert_msg(authd_stop(&authd) == 0, "stop %d", i + 1);
  }
  atomic_store(&all.ending, true);
  for (int i = 0; i < CROWD; i++)
    pthread_join(all.threads[i], NULL);
}
END_TEST

/* --- as many connections as may be --- */

START_TEST(there_may_be_fewer_connections_than_threads)
{
  stage_start("threads = 4; max_connections = 2;");
  int first = ask_anew(), second = ask_anew();
  is_answered(first);
  is_answered(second);
  int third = ask_anew();
  waits(third, second);
  close(first);
  is_answered(third);
  close(second);
  close(third);
}
END_TEST

/* Two that have not asked yet hold a place as well as two that have. */
START_TEST(connections_that_come_at_once_are_counted)
{
  int fds[3];
  stage_start("threads = 2; max_connections = 2;");
  for (int i = 0; i < 3; i++)
    fds[i] = authd_connect(&authd);
  for (int i = 0; i < 3; i++)
    ask(fds[i]);
  is_answered(fds[0]);
  is_answered(fds[1]);
  waits(fds[2], fds[1]);
  close(fds[0]);
  is_answered(fds[2]);
  close(fds[1]);
  close(fds[2]);
}
END_TEST

/* --- no descriptor left --- */

/* So many files that the next that is opened is one too many. */
static rlim_t lowest_free(void)
{
  char path[64];
  struct stat st;
  for (unsigned fd = 0;; fd++) {
    snprintf(path, sizeof(path), "/proc/%d/fd/%u", (int)authd.pid, fd);
    if (lstat(path, &st))
      return fd;
  }
}

static void allow(rlim_t files)
{
  struct rlimit limit;
  ck_assert_int_eq(prlimit(authd.pid, RLIMIT_NOFILE, NULL, &limit), 0);
  limit.rlim_cur = files ? files : limit.rlim_max;
  ck_assert_int_eq(prlimit(authd.pid, RLIMIT_NOFILE, &limit, NULL), 0);
}

static size_t times_said(const char *words)
{
  size_t count = 0;
  char *text = authd_err(&authd);
  for (const char *at = text; (at = strstr(at, words)); at++)
    count++;
  free(text);
  return count;
}

#define LACKING "connections wait, for none can be accepted"

/* There is one connection, `first`, and no descriptor for the one that is returned. */
static int exhaust(int *first)
{
  stage_start("threads = 2;");
  *first = ask_anew();
  is_answered(*first);
  allow(lowest_free());
  int second = ask_anew();
  authd_wait_for(&authd, LACKING ": Too many open files; allow more open files (LimitNOFILE=");
  waits(second, *first);
  return second;
}

START_TEST(connection_without_a_descriptor_waits_for_more_to_be_allowed)
{
  int first, second = exhaust(&first);
  allow(0);
  is_answered(second);
  ck_assert_uint_eq(times_said(LACKING), 1);
  close(first);
  close(second);
}
END_TEST

START_TEST(connection_without_a_descriptor_waits_for_another_to_end)
{
  int first, second = exhaust(&first);
  close(first);
  is_answered(second);
  ck_assert_uint_eq(times_said(LACKING), 1);
  close(second);
}
END_TEST

/* It must not wait for a descriptor. */
START_TEST(stop_without_a_descriptor_ends_well)
{
  int first, second = exhaust(&first);
  ck_assert_int_eq(authd_stop(&authd), 0);
  close(first);
  close(second);
}
END_TEST

/* --- the next one on the same socket --- */

static void hold(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  (void)request;
  test_hold(conn);
  test_reply_text(conn, 200, "{\"active\":true,\"sub\":\"jdoe\"}");
}

static bool accepts(void)
{
  char path[320], name[32];
  bool found = false;
  snprintf(path, sizeof(path), "/proc/%d/task", (int)authd.pid);
  DIR *tasks = opendir(path);
  for (struct dirent *entry; tasks && !found && (entry = readdir(tasks));) {
    snprintf(path, sizeof(path), "/proc/%d/task/%s/comm", (int)authd.pid, entry->d_name);
    FILE *file = fopen(path, "r");
    found = file && fgets(name, sizeof(name), file) && !strcmp(name, "authd-accept\n");
    if (file)
      fclose(file);
  }
  closedir(tasks);
  return found;
}

/* Listens as systemd does, for whom the socket outlives the program. */
static int listen_for_it(void)
{
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
  ck_assert_int_eq(listen(fd, 16), 0);
  return fd;
}

static void has_ended_well(void)
{
  int status = -1;
  ck_assert_int_eq(waitpid(authd.pid, &status, 0), authd.pid);
  authd.pid = 0;
  ck_assert_int_eq(status, 0);
}

START_TEST(connection_made_during_the_stop_is_kept_for_the_next)
{
  char stack[512];
  static const char slow[] = "GET /auth HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\n\r\n";
  test_server *issuer = test_server_start(hold, NULL);
  snprintf(stack, sizeof(stack),
           "{ control = \"required\"; plugin = \"introspect\"; config = { endpoint = \"%s/i\"; "
           "client_id = \"a\"; client_secret = \"a-made-up-secret\"; }; }",
           test_server_url(issuer));
  authd_configure(&authd, stack, NULL, "");
  int listening = listen_for_it();
  authd_start_with_socket(&authd, listening);
  int asked = authd_connect(&authd);
  authd_send(asked, slow, sizeof(slow) - 1);
  ck_assert(test_server_wait(issuer, 1));
  ck_assert(accepts());
  kill(authd.pid, SIGTERM);
  for (int i = 0; i < 4000 && accepts(); i++)
    usleep(5000);
  ck_assert(!accepts());
  int kept = ask_anew();
  test_server_release(issuer);
  authd_read(asked, &reply);
  ck_assert_int_eq(reply.status, 200);
  has_ended_well();
  authd_start_with_socket(&authd, listening);
  is_answered(kept);
  close(asked);
  close(kept);
  close(listening);
  ck_assert_int_eq(authd_stop(&authd), 0);
  test_server_stop(issuer);
}
END_TEST

#define ADD(test) tcase_add_test(tc, test)

static TCase *case_accept(void)
{
  TCase *tc = stage_case("accept", 120);
  tcase_add_loop_test(tc, stop_while_clients_come_and_go_ends_well, 0,
                      sizeof(few) / sizeof(few[0]));
  ADD(there_may_be_fewer_connections_than_threads);
  ADD(connections_that_come_at_once_are_counted);
  ADD(connection_without_a_descriptor_waits_for_more_to_be_allowed);
  ADD(connection_without_a_descriptor_waits_for_another_to_end);
  ADD(stop_without_a_descriptor_ends_well);
  ADD(connection_made_during_the_stop_is_kept_for_the_next);
  return tc;
}

SUITE("authd_accept", case_accept())
