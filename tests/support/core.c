/* SPDX-License-Identifier: Apache-2.0 */
#include "support/core.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static bool range_holds(int memory, unsigned long from, unsigned long to, const void *bytes,
                        size_t size)
{
  char *range = malloc(to - from);
  ssize_t got = range ? pread(memory, range, to - from, (off_t)from) : -1;
  bool found = got > 0 && memmem(range, (size_t)got, bytes, size);
  free(range);
  return found;
}

unsigned test_core_holds(pid_t pid, const void *bytes, size_t size, char places[TEST_CORE_PLACES])
{
  char path[64], line[512], name[256] = "";
  unsigned long from = 0, to = 0;
  unsigned found = 0;
  places[0] = '\0';
  snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
  int memory = open(path, O_RDONLY | O_CLOEXEC);
  snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
  FILE *maps = fopen(path, "re");
  ck_assert(memory >= 0 && maps);
  while (fgets(line, sizeof(line), maps)) {
    unsigned long a, b;
    if (sscanf(line, "%lx-%lx %*4s %*x %*s %*u %255[^\n]", &a, &b, name) >= 2) {
      from = a;
      to = b;
    } else if (!strncmp(line, "VmFlags:", 8) && strstr(line, " wr") && !strstr(line, " dd") &&
               range_holds(memory, from, to, bytes, size)) {
      found++;
      size_t used = strlen(places);
      snprintf(places + used, TEST_CORE_PLACES - used, " %s", name);
    }
  }
  fclose(maps);
  close(memory);
  return found;
}

pid_t test_holder_start(const char *arg)
{
  int ready[2];
  char said = 0;
  ck_assert_int_eq(pipe(ready), 0);
  pid_t pid = fork();
  ck_assert_int_ge(pid, 0);
  if (!pid) {
    char fd[16];
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    snprintf(fd, sizeof(fd), "%d", ready[1]);
    execl("/proc/self/exe", "test_holder", "--hold", arg, fd, (char *)NULL);
    _exit(127);
  }
  close(ready[1]);
  ck_assert_int_eq(read(ready[0], &said, 1), 1);
  ck_assert_int_eq(said, 'y');
  close(ready[0]);
  return pid;
}

void test_holder_end(pid_t pid)
{
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}

void test_holder_wait(int fd, int good)
{
  if (write(fd, good ? "y" : "n", 1) != 1)
    _exit(1);
  for (;;)
    pause();
}
