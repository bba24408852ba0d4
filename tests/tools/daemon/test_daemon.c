/* SPDX-License-Identifier: Apache-2.0 */
#include "suite.h"

#include "daemon/daemon.h"
#include "support/tmpdir.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char *dir;

static void setup(void)
{
  dir = test_tmpdir_new();
}

static void teardown(void)
{
  test_tmpdir_remove(dir);
}

START_TEST(port_is_written_and_nothing_else_is_left)
{
  char *path = test_path(dir, "port"), *fresh = test_path(dir, "port.new");
  ck_assert(daemon_write_port(path, 65535));
  char *text = test_read(path, NULL);
  ck_assert_str_eq(text, "65535\n");
  ck_assert_int_ne(access(fresh, F_OK), 0);
  free(text);
  free(fresh);
  free(path);
}
END_TEST

START_TEST(port_of_before_is_replaced)
{
  char *path = test_file(dir, "port", "1", 1, 0600);
  ck_assert(daemon_write_port(path, 2));
  char *text = test_read(path, NULL);
  ck_assert_str_eq(text, "2\n");
  free(text);
  free(path);
}
END_TEST

START_TEST(folder_that_is_not_there_is_an_error)
{
  char *path = test_path(dir, "none/port");
  ck_assert(!daemon_write_port(path, 1));
  ck_assert_int_eq(errno, ENOENT);
  free(path);
}
END_TEST

/* A folder cannot be replaced by a file. */
START_TEST(failure_leaves_nothing_behind)
{
  char *path = test_path(dir, "port"), *fresh = test_path(dir, "port.new");
  ck_assert_int_eq(mkdir(path, 0700), 0);
  ck_assert(!daemon_write_port(path, 1));
  ck_assert_int_eq(errno, EISDIR);
  ck_assert_int_ne(access(fresh, F_OK), 0);
  free(fresh);
  free(path);
}
END_TEST

START_TEST(name_that_is_too_long_is_an_error)
{
  char path[8192];
  memset(path, 'x', sizeof(path));
  path[sizeof(path) - 1] = '\0';
  ck_assert(!daemon_write_port(path, 1));
  ck_assert_int_eq(errno, ENAMETOOLONG);
}
END_TEST

static void *mask_of_thread(void *arg)
{
  pthread_sigmask(SIG_BLOCK, NULL, arg);
  return NULL;
}

START_TEST(signals_wait_in_all_threads)
{
  static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
  sigset_t set, mask;
  pthread_t thread;
  int got = 0;
  daemon_block_signals(&set);
  ck_assert_int_eq(pthread_create(&thread, NULL, mask_of_thread, &mask), 0);
  pthread_join(thread, NULL);
  for (int i = 0; i < 3; i++) {
    ck_assert(sigismember(&mask, numbers[i]));
    raise(numbers[i]);
    ck_assert_int_eq(sigwait(&set, &got), 0);
    ck_assert_int_eq(got, numbers[i]);
  }
  raise(SIGPIPE); /* and this one does nothing */
}
END_TEST

START_TEST(no_core_file_is_written)
{
  struct rlimit limit;
  daemon_keep_to_itself();
  ck_assert_int_eq(getrlimit(RLIMIT_CORE, &limit), 0);
  ck_assert_uint_eq(limit.rlim_cur, 0);
}
END_TEST

static TCase *case_daemon(void)
{
  TCase *tc = tcase_create("daemon");
  tcase_add_checked_fixture(tc, setup, teardown);
  tcase_add_test(tc, port_is_written_and_nothing_else_is_left);
  tcase_add_test(tc, port_of_before_is_replaced);
  tcase_add_test(tc, folder_that_is_not_there_is_an_error);
  tcase_add_test(tc, failure_leaves_nothing_behind);
  tcase_add_test(tc, name_that_is_too_long_is_an_error);
  tcase_add_test(tc, signals_wait_in_all_threads);
  tcase_add_test(tc, no_core_file_is_written);
  return tc;
}

SUITE("daemon", case_daemon())
