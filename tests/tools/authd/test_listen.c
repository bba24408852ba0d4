/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "listen.h"
#include "support/tmpdir.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char *dir, *path, where[256];
static authd_listener listener;
static dh_error error;

static void setup(void)
{
  dir = test_tmpdir_new();
  path = test_path(dir, "s");
  snprintf(where, sizeof(where), "unix:%s", path);
}

static void close_it(void)
{
  if (listener.fd >= 0)
    close(listener.fd);
  authd_listener_end(&listener);
  listener.fd = -1;
}

static void teardown(void)
{
  close_it();
  free(path);
  test_tmpdir_remove(dir);
}

static void listens(const char *at)
{
  dh_status status = authd_listen(&listener, at, "0600", &error);
  ck_assert_msg(status == DH_OK, "%s", error.message);
}

static void refuses(dh_status expected, const char *at, const char *words)
{
  ck_assert_int_eq(authd_listen(&listener, at, "0600", &error), expected);
  ck_assert_int_eq(listener.fd, -1);
  ck_assert_msg(strstr(error.message, words) != NULL, "%s", error.message);
}

START_TEST(free_port_is_taken_and_named)
{
  char name[64];
  listens("127.0.0.1:0");
  ck_assert_uint_ne(listener.port, 0);
  snprintf(name, sizeof(name), "http://127.0.0.1:%u", listener.port);
  ck_assert_str_eq(listener.name, name);
}
END_TEST

START_TEST(port_that_is_taken_is_refused)
{
  char again[64];
  authd_listener first;
  ck_assert_int_eq(authd_listen(&first, "127.0.0.1:0", "0600", &error), DH_OK);
  snprintf(again, sizeof(again), "127.0.0.1:%u", first.port);
  refuses(DH_UNAVAILABLE, again, "another server");
  close(first.fd);
}
END_TEST

static const char *const bad[] = {
    "",          "9099",  "127.0.0.1",      "127.0.0.1:", "::1:9099",
    "host:9099", "[::1]", "127.0.0.1:http", ":9099",      "127.0.0.1:99999999"};

START_TEST(address_that_is_none_is_refused)
{
  refuses(DH_MISCONFIGURED, bad[_i], "is no address");
}
END_TEST

START_TEST(unix_socket_has_the_mode_asked_for)
{
  struct stat st;
  listens(where);
  ck_assert_int_eq(lstat(path, &st), 0);
  ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

START_TEST(mode_that_is_none_is_refused)
{
  static const char *const modes[] = {"", "0888", "rw-rw----", "-1", "01777"};
  ck_assert_int_eq(authd_listen(&listener, where, modes[_i], &error), DH_MISCONFIGURED);
  ck_assert_ptr_nonnull(strstr(error.message, "socket_mode"));
  ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(unix_socket_is_removed_at_the_end)
{
  listens(where);
  close_it();
  ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(unix_socket_that_was_left_behind_is_replaced)
{
  listens(where);
  close(listener.fd); /* as a crash leaves it: the name stays */
  free(listener.unix_path);
  listens(where);
}
END_TEST

START_TEST(unix_socket_of_a_living_server_is_refused)
{
  authd_listener first;
  ck_assert_int_eq(authd_listen(&first, where, "0600", &error), DH_OK);
  refuses(DH_UNAVAILABLE, where, "another server answers");
  ck_assert_int_eq(access(path, F_OK), 0);
  close(first.fd);
  authd_listener_end(&first);
}
END_TEST

START_TEST(file_in_the_way_is_left_alone)
{
  free(test_file_text(dir, "s", "precious"));
  refuses(DH_MISCONFIGURED, where, "is no socket");
  char *text = test_read(path, NULL);
  ck_assert_str_eq(text, "precious");
  free(text);
}
END_TEST

START_TEST(unix_path_that_is_too_long_is_refused)
{
  char longer[200] = "unix:/";
  memset(longer + 6, 'x', 150);
  refuses(DH_MISCONFIGURED, longer, "1 to 107 bytes");
}
END_TEST

START_TEST(sockets_passed_to_another_process_are_not_taken)
{
  setenv("LISTEN_PID", "1", 1);
  setenv("LISTEN_FDS", "1", 1);
  listens("127.0.0.1:0");
  ck_assert_uint_ne(listener.port, 0);
  ck_assert_ptr_null(getenv("LISTEN_FDS"));
}
END_TEST

START_TEST(several_passed_sockets_are_refused)
{
  char pid[16];
  snprintf(pid, sizeof(pid), "%d", (int)getpid());
  setenv("LISTEN_PID", pid, 1);
  setenv("LISTEN_FDS", "2", 1);
  refuses(DH_MISCONFIGURED, "127.0.0.1:0", "systemd passed 2 sockets");
}
END_TEST

/* --- what systemd is told --- */

START_TEST(notification_reaches_a_socket)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  char got[64] = "";
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
  ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
  setenv("NOTIFY_SOCKET", path, 1);
  authd_notify("READY=1");
  unsetenv("NOTIFY_SOCKET");
  ck_assert_int_eq(recv(fd, got, sizeof(got) - 1, MSG_DONTWAIT), 7);
  ck_assert_str_eq(got, "READY=1");
  close(fd);
}
END_TEST

static TCase *case_listen(void)
{
  TCase *tc = tcase_create("listen");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, free_port_is_taken_and_named);
  tcase_add_test(tc, port_that_is_taken_is_refused);
  tcase_add_loop_test(tc, address_that_is_none_is_refused, 0, sizeof(bad) / sizeof(bad[0]));
  tcase_add_test(tc, unix_socket_has_the_mode_asked_for);
  tcase_add_loop_test(tc, mode_that_is_none_is_refused, 0, 5);
  tcase_add_test(tc, unix_socket_is_removed_at_the_end);
  tcase_add_test(tc, unix_socket_that_was_left_behind_is_replaced);
  tcase_add_test(tc, unix_socket_of_a_living_server_is_refused);
  tcase_add_test(tc, file_in_the_way_is_left_alone);
  tcase_add_test(tc, unix_path_that_is_too_long_is_refused);
  tcase_add_test(tc, sockets_passed_to_another_process_are_not_taken);
  tcase_add_test(tc, several_passed_sockets_are_refused);
  tcase_add_test(tc, notification_reaches_a_socket);
  return tc;
}

SUITE("authd_listen", case_listen())
