/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAID_MAX 512

typedef struct running {
  const command *how;
  pid_t pid;
  int out, err; /* read ends; -1 once closed */
  char *bytes;  /* COMMAND_OUTPUT_MAX + 1, wiped */
  size_t size;
  char said[SAID_MAX + 1]; /* the beginning of what it wrote to standard error */
  size_t said_size;
  int too_much;
} running;

static int64_t now_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* --- its environment --- */

static size_t count_of(const char *const *list)
{
  size_t n = 0;
  while (list && list[n])
    n++;
  return n;
}

static int is_set(char **env, size_t used, const char *name)
{
  size_t n = strlen(name);
  for (size_t i = 0; i < used; i++)
    if (!strncmp(env[i], name, n) && env[i][n] == '=')
      return 1;
  return 0;
}

static int add_variable(char **env, size_t *used, const char *name)
{
  const char *value = getenv(name);
  if (!value || is_set(env, *used, name))
    return 0;
  if (asprintf(&env[*used], "%s=%s", name, value) < 0)
    return -1;
  ++*used;
  return 0;
}

static void free_environment(const command *how, char **env)
{
  for (size_t i = 0; env && env[i]; i++) {
    how->host->wipe(how->host, env[i], strlen(env[i]));
    free(env[i]);
  }
  free(env);
}

static char **make_environment(const command *how)
{
  static const char *const always[] = {"PATH", "HOME",   "USER",   "LOGNAME", "LANG",
                                       "TZ",   "LC_ALL", "TMPDIR", NULL};
  size_t used = 0, room = count_of(always) + count_of(how->env) + count_of(how->pass) + 1;
  char **env = calloc(room, sizeof(*env));
  int failed = env == NULL;
  /* What is set by hand goes first: of two variables of one name the first counts. */
  for (size_t i = 0; !failed && how->env && how->env[i]; i++) {
    env[used] = strdup(how->env[i]);
    failed = env[used] == NULL;
    used += !failed;
  }
  for (size_t i = 0; !failed && always[i]; i++)
    failed = add_variable(env, &used, always[i]);
  for (size_t i = 0; !failed && how->pass && how->pass[i]; i++)
    failed = add_variable(env, &used, how->pass[i]);
  if (!failed)
    return env;
  free_environment(how, env);
  return NULL;
}

/* --- its start --- */

static int set_attributes(posix_spawnattr_t *attributes)
{
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  /* A group of its own, so that what it starts can be killed with it; and no signal blocked
   * or ignored as they are in the thread that runs it. */
  int failed = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                        POSIX_SPAWN_SETSIGDEF);
  if (!failed)
    failed = posix_spawnattr_setpgroup(attributes, 0);
  if (!failed)
    failed = posix_spawnattr_setsigmask(attributes, &none);
  return failed ? failed : posix_spawnattr_setsigdefault(attributes, &all);
}

static int set_files(posix_spawn_file_actions_t *files, int out, int err)
{
  int failed = posix_spawn_file_actions_addopen(files, 0, "/dev/null", O_RDONLY, 0);
  if (!failed)
    failed = posix_spawn_file_actions_adddup2(files, out, 1);
  if (!failed)
    failed = posix_spawn_file_actions_adddup2(files, err, 2);
  return failed ? failed : posix_spawn_file_actions_addclosefrom_np(files, 3);
}

static int spawn(running *r, char **env, int out, int err)
{
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_t files;
  char *const *argv = (char *const *)(uintptr_t)r->how->argv;
  int failed = posix_spawnattr_init(&attributes);
  if (failed)
    return failed;
  failed = posix_spawn_file_actions_init(&files);
  if (!failed) {
    failed = set_attributes(&attributes);
    if (!failed)
      failed = set_files(&files, out, err);
    if (!failed)
      failed = posix_spawnp(&r->pid, argv[0], &files, &attributes, argv, env);
    posix_spawn_file_actions_destroy(&files);
  }
  posix_spawnattr_destroy(&attributes);
  return failed;
}

static void close_fd(int *fd)
{
  if (*fd >= 0)
    close(*fd);
  *fd = -1;
}

static int start(running *r)
{
  int out[2] = {-1, -1}, err[2] = {-1, -1};
  char **env = make_environment(r->how);
  int failed = env ? 0 : ENOMEM;
  if (!failed && (pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC)))
    failed = errno;
  if (!failed)
    failed = spawn(r, env, out[1], err[1]);
  free_environment(r->how, env);
  close_fd(&out[1]);
  close_fd(&err[1]);
  r->out = out[0];
  r->err = err[0];
  return failed;
}

/* --- its output --- */

static void read_out(running *r)
{
  ssize_t n = read(r->out, r->bytes + r->size, COMMAND_OUTPUT_MAX + 1 - r->size);
  if (n < 0 && errno == EINTR)
    return;
  if (n <= 0) {
    close_fd(&r->out);
    return;
  }
  r->size += (size_t)n;
  r->too_much = r->size > COMMAND_OUTPUT_MAX;
}

/* Keeps the beginning and reads on, so that a talkative helper does not block. */
static void read_err(running *r)
{
  char bytes[512];
  ssize_t n = read(r->err, bytes, sizeof(bytes));
  if (n < 0 && errno == EINTR)
    return;
  if (n <= 0) {
    close_fd(&r->err);
    return;
  }
  size_t room = SAID_MAX - r->said_size, take = (size_t)n < room ? (size_t)n : room;
  memcpy(r->said + r->said_size, bytes, take);
  r->said_size += take;
}

/* Until it has closed its output; 0, or -1 when the time is up. */
static int collect(running *r, int64_t until)
{
  while (r->out >= 0 && !r->too_much) {
    struct pollfd fds[2] = {{r->out, POLLIN, 0}, {r->err, POLLIN, 0}};
    int64_t left = until - now_ms();
    if (left <= 0)
      return -1;
    if (poll(fds, 2, left > 1000000 ? 1000000 : (int)left) < 0)
      continue;
    if (fds[0].revents)
      read_out(r);
    if (fds[1].revents)
      read_err(r);
  }
  return 0;
}

/* Waits for its end; -1 when the time is up. A program that ignores SIGCHLD has no
 * children to wait for: then what it printed must do. */
static int await_end(running *r, int64_t until, int *how)
{
  *how = 0;
  for (;;) {
    pid_t got = waitpid(r->pid, how, WNOHANG);
    if (got == r->pid || (got < 0 && errno != EINTR))
      return 0;
    int64_t left = until - now_ms();
    if (left <= 0)
      return -1;
    struct pollfd fd = {r->err, POLLIN, 0};
    if (poll(&fd, 1, left > 20 ? 20 : (int)left) > 0 && r->err >= 0)
      read_err(r);
  }
}

static void kill_all(running *r)
{
  kill(-r->pid, SIGKILL);
  while (waitpid(r->pid, NULL, 0) < 0 && errno == EINTR)
    ;
}

/* One line for a message: line breaks and what a terminal would obey become blanks. */
static const char *said(running *r)
{
  while (r->said_size && (unsigned char)r->said[r->said_size - 1] <= 0x20)
    r->said_size--;
  r->said[r->said_size] = '\0';
  for (char *c = r->said; *c; c++)
    if ((unsigned char)*c < 0x20 || *c == 0x7f)
      *c = ' ';
  return r->said;
}

static dh_status judge(running *r, int how, dh_error *error)
{
  const dh_host *host = r->how->host;
  const char *name = r->how->argv[0];
  if (WIFSIGNALED(how))
    return host->fail(host, error, DH_UNAVAILABLE, "the command %s was ended by signal %d (%s)%s%s",
                      name, WTERMSIG(how), strsignal(WTERMSIG(how)), r->said_size ? ": " : "",
                      said(r));
  if (WEXITSTATUS(how))
    return host->fail(host, error, DH_UNAVAILABLE, "the command %s failed with status %d%s%s", name,
                      WEXITSTATUS(how), r->said_size ? ": " : "", said(r));
  return DH_OK;
}

static dh_status finish(running *r, dh_error *error)
{
  int how = 0;
  const dh_host *host = r->how->host;
  const char *name = r->how->argv[0];
  int64_t until = now_ms() + r->how->timeout_ms;
  if (collect(r, until) || (!r->too_much && await_end(r, until, &how))) {
    kill_all(r);
    return host->fail(host, error, DH_TIMEOUT,
                      "the command %s did not end within %lld ms and was killed%s%s", name,
                      (long long)r->how->timeout_ms, r->said_size ? ": " : "", said(r));
  }
  if (r->too_much) {
    kill_all(r);
    return host->fail(host, error, DH_MALFORMED,
                      "the command %s printed more than %d bytes; a token is shorter", name,
                      COMMAND_OUTPUT_MAX);
  }
  return judge(r, how, error);
}

dh_status command_run(const command *how, dh_secret **output, dh_error *error)
{
  const dh_host *host = how->host;
  running r = {.how = how, .out = -1, .err = -1};
  dh_status status = DH_OK;
  r.bytes = malloc(COMMAND_OUTPUT_MAX + 1);
  int failed = r.bytes ? start(&r) : ENOMEM;
  if (failed)
    status = host->fail(host, error, failed == ENOMEM ? DH_NO_MEMORY : DH_MISCONFIGURED,
                        "cannot run the command %s: %s", how->argv[0], strerror(failed));
  else
    status = finish(&r, error);
  if (status == DH_OK) {
    *output = host->secret_new(host, r.bytes, r.size);
    if (!*output)
      status = host->fail(host, error, DH_NO_MEMORY, "out of memory");
  }
  close_fd(&r.out);
  close_fd(&r.err);
  if (r.bytes)
    host->wipe(host, r.bytes, COMMAND_OUTPUT_MAX + 1);
  free(r.bytes);
  host->wipe(host, r.said, sizeof(r.said));
  return status;
}
