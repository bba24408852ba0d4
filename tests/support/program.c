/* SPDX-License-Identifier: Apache-2.0 */
#include "support/program.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void need(int ok, const char *what)
{
  if (ok)
    return;
  perror(what);
  abort();
}

static void become(const test_program *p, int in, size_t file_limit, const char *const *argv)
{
  char name[4096];
  struct rlimit limit = {file_limit, file_limit};
  snprintf(name, sizeof(name), "%s/%s", BUILDDIR, argv[0]);
  setenv("HOME", "/nonexistent", 1);
  signal(SIGINT, SIG_DFL); /* a make in the background has it ignored */
  if (dup2(in, 0) < 0 || dup2(p->out_fd, 1) < 0 || dup2(p->err_fd, 2) < 0 ||
      (file_limit && setrlimit(RLIMIT_FSIZE, &limit) != 0))
    _exit(126);
  execv(name, (char *const *)(uintptr_t)argv);
  _exit(127);
}

void test_program_start(test_program *p, size_t file_limit, const char *const *argv)
{
  int ends[2];
  memset(p, 0, sizeof(*p));
  need(pipe2(ends, O_CLOEXEC) == 0, "pipe");
  p->out_fd = memfd_create("out", MFD_CLOEXEC);
  p->err_fd = memfd_create("err", MFD_CLOEXEC);
  need(p->out_fd >= 0 && p->err_fd >= 0, "memfd_create");
  signal(SIGPIPE, SIG_IGN);
  fflush(NULL);
  p->pid = fork();
  need(p->pid >= 0, "fork");
  if (!p->pid)
    become(p, ends[0], file_limit, argv);
  close(ends[0]);
  p->in = ends[1];
}

void test_program_write(test_program *p, const char *text)
{
  size_t size = strlen(text);
  while (size) {
    ssize_t n = write(p->in, text, size);
    if (n < 0)
      return; /* it has ended: how, the test looks at */
    text += n;
    size -= (size_t)n;
  }
}

static char *read_back(int fd)
{
  struct stat st;
  need(fstat(fd, &st) == 0, "fstat");
  char *text = calloc(1, (size_t)st.st_size + 1);
  need(text && pread(fd, text, (size_t)st.st_size, 0) == st.st_size, "read");
  close(fd);
  return text;
}

void test_program_end(test_program *p)
{
  int status;
  if (p->in >= 0)
    close(p->in);
  p->in = -1;
  need(waitpid(p->pid, &status, 0) == p->pid, "waitpid");
  p->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  p->out = read_back(p->out_fd);
  p->err = read_back(p->err_fd);
}

void test_program_run(test_program *p, const char *input, const char *const *argv)
{
  test_program_start(p, 0, argv);
  if (input)
    test_program_write(p, input);
  test_program_end(p);
}

void test_program_clear(test_program *p)
{
  free(p->out);
  free(p->err);
  p->out = p->err = NULL;
}
