/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/authd/process.h"

#include "support/tmpdir.h"

#include <arpa/inet.h>
#include <check.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- life --- */

void authd_prepare(authd_process *authd)
{
  dh_error error;
  memset(authd, 0, sizeof(*authd));
  authd->dir = test_tmpdir_new();
  authd->context = dh_context_new(NULL, &error);
  ck_assert_ptr_nonnull(authd->context);
  char *path = test_path(authd->dir, "tokens.db");
  authd->store = dh_pat_store_open(path, DH_PAT_STORE_CREATE, &error);
  ck_assert_msg(authd->store != NULL, "%s", error.message);
  free(path);
}

void authd_configure(const authd_process *authd, const char *stack, const char *cache,
                     const char *options)
{
  char text[4096];
  snprintf(text, sizeof(text),
           "verifier = { stack = ( %s%s%s );\n"
           "  cache = { revocation_delay = \"%s\"; negative_ttl = \"0s\"; }; };\nauthd = { %s };\n",
           stack ? stack
                 : "{ control = \"required\"; plugin = \"pat\"; config = { "
                   "signing_key = \"" AUTHD_KEY "\"; salt = \"" AUTHD_SALT "\"; store = \"",
           stack ? "" : authd->dir, stack ? "" : "/tokens.db\"; }; }", cache ? cache : "50ms",
           options ? options : "");
  free(test_file(authd->dir, "authd.cfg", text, strlen(text), 0600));
}

static void redirect(const authd_process *authd, const char *name, int fd)
{
  char *path = test_path(authd->dir, name);
  int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file < 0 || dup2(file, fd) < 0)
    _exit(126);
  free(path);
}

/* In the child; `socket` -1: none is handed over. */
static void become(const authd_process *authd, const char *listen, int socket)
{
  char *config = test_path(authd->dir, "authd.cfg"), *port = test_path(authd->dir, "port");
  const char *argv[] = {
      BUILDDIR "/dhub-authd", "-c", config, "--port-file", port, "-l", listen, NULL};
  redirect(authd, "out", 1);
  redirect(authd, "err", 2);
  if (socket >= 0) {
    char pid[16];
    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "1", 1);
    if (socket == 3 ? fcntl(3, F_SETFD, 0) : dup2(socket, 3) < 0)
      _exit(126);
  }
  execv(argv[0], (char *const *)(uintptr_t)argv);
  _exit(127);
}

static void launch(authd_process *authd, const char *listen, int socket)
{
  char *path = test_path(authd->dir, "port");
  unlink(path);
  authd->pid = fork();
  ck_assert_int_ge(authd->pid, 0);
  if (!authd->pid)
    become(authd, listen, socket);
  /* Not a wait for a length of time: it ends with the file or with the program. */
  while (access(path, R_OK)) {
    if (waitpid(authd->pid, NULL, WNOHANG)) {
      authd->pid = 0;
      char *words = authd_err(authd);
      ck_abort_msg("dhub-authd did not start: %s", words);
    }
    usleep(5000);
  }
  char *text = test_read(path, NULL);
  authd->port = (unsigned)strtoul(text, NULL, 10);
  free(text);
  free(path);
}

void authd_start(authd_process *authd, const char *listen)
{
  authd->unix_path[0] = '\0';
  if (listen && !strncmp(listen, "unix:", 5))
    snprintf(authd->unix_path, sizeof(authd->unix_path), "%s", listen + 5);
  launch(authd, listen ? listen : "127.0.0.1:0", -1);
}

void authd_start_with_socket(authd_process *authd, int fd)
{
  authd->unix_path[0] = '\0';
  launch(authd, "unix:/nowhere/at/all", fd);
}

int authd_stop(authd_process *authd)
{
  int status = 0;
  kill(authd->pid, SIGTERM);
  ck_assert_int_eq(waitpid(authd->pid, &status, 0), authd->pid);
  authd->pid = 0;
  if (WIFEXITED(status))
    return WEXITSTATUS(status);
  char *words = authd_err(authd);
  fprintf(stderr, "dhub-authd died of signal %d (%s); it had said:\n%s", WTERMSIG(status),
          strsignal(WTERMSIG(status)), words);
  free(words);
  return -1;
}

void authd_end(authd_process *authd)
{
  if (authd->pid)
    ck_assert_int_eq(authd_stop(authd), 0);
  dh_pat_store_close(authd->store);
  dh_context_free(authd->context);
  test_tmpdir_remove(authd->dir);
}

static char *printed(const authd_process *authd, const char *name)
{
  char *path = test_path(authd->dir, name);
  char *text = test_read(path, NULL);
  free(path);
  return text;
}

char *authd_out(const authd_process *authd)
{
  return printed(authd, "out");
}

char *authd_err(const authd_process *authd)
{
  return printed(authd, "err");
}

void authd_wait_for(const authd_process *authd, const char *words)
{
  bool found = false;
  for (int i = 0; i < 4000 && !found; i++) {
    char *text = authd_err(authd);
    found = strstr(text, words) != NULL;
    free(text);
    if (!found)
      usleep(5000);
  }
  ck_assert_msg(found, "dhub-authd never said \"%s\"", words);
}

/* --- tokens --- */

static void enter(const authd_process *authd, const char *id, const char *actor)
{
  char urn[128];
  dh_error error;
  snprintf(urn, sizeof(urn), "urn:li:corpuser:%s", actor);
  dh_pat_record record = {.struct_size = sizeof(record),
                          .id = id,
                          .name = "a test's",
                          .type = "PERSONAL",
                          .actor_urn = urn,
                          .owner_urn = urn,
                          .created_at_ms = dh_wall_ms(authd->context)};
  ck_assert_int_eq(dh_pat_store_insert(authd->store, &record, &error), DH_OK);
}

char *authd_issue(const authd_process *authd, const char *version, const char *actor,
                  int64_t expires_in_ms, char id[DH_PAT_ID_SIZE])
{
  char own[DH_PAT_ID_SIZE];
  size_t size;
  dh_pat_claims claims = {.struct_size = sizeof(claims),
                          .type = "PERSONAL",
                          .version = version,
                          .actor_type = "USER",
                          .actor_id = actor};
  if (expires_in_ms)
    claims.expires_at_ms = dh_wall_ms(authd->context) + expires_in_ms;
  dh_secret *key = dh_secret_new(authd->context, AUTHD_KEY, strlen(AUTHD_KEY));
  dh_secret *token = dh_pat_mint(authd->context, key, &claims, NULL);
  ck_assert_ptr_nonnull(token);
  const char *text = dh_secret_bytes(token, &size);
  dh_pat_id(text, size, AUTHD_SALT, id ? id : own, NULL);
  if (!strcmp(version, "2"))
    enter(authd, id ? id : own, actor);
  char *header = malloc(size + 8);
  sprintf(header, "Bearer %s", text);
  dh_secret_free(token);
  dh_secret_free(key);
  return header;
}

/* --- requests --- */

int authd_connect(const authd_process *authd)
{
  struct sockaddr_un un = {.sun_family = AF_UNIX};
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)authd->port)};
  struct timeval limit = {30, 0};
  bool local = authd->unix_path[0] != '\0';
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  snprintf(un.sun_path, sizeof(un.sun_path), "%s", authd->unix_path);
  int fd = socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ck_assert_int_ge(fd, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, (socklen_t)sizeof(limit));
  int failed = connect(fd, local ? (struct sockaddr *)&un : (struct sockaddr *)&in,
                       local ? (socklen_t)sizeof(un) : (socklen_t)sizeof(in));
  ck_assert_msg(!failed, "cannot connect: %s", strerror(errno));
  return fd;
}

void authd_send(int fd, const char *bytes, size_t size)
{
  while (size) {
    ssize_t done = send(fd, bytes, size, MSG_NOSIGNAL);
    if (done <= 0)
      return;
    bytes += done;
    size -= (size_t)done;
  }
}

void authd_read(int fd, authd_reply *reply)
{
  size_t used = 0;
  char *end;
  memset(reply, 0, sizeof(*reply));
  while (!strstr(reply->head, "\r\n\r\n")) {
    if (used + 1 >= sizeof(reply->head) || recv(fd, reply->head + used, 1, 0) != 1)
      return;
    used++;
  }
  ck_assert_int_eq(sscanf(reply->head, "HTTP/1.1 %d", &reply->status), 1);
  const char *length = authd_header_of(reply, "Content-Length");
  size_t size = length ? strtoul(length, &end, 10) : 0;
  ck_assert_uint_lt(size, sizeof(reply->body));
  for (used = 0; used < size;) {
    ssize_t got = recv(fd, reply->body + used, size - used, 0);
    ck_assert_int_gt(got, 0);
    used += (size_t)got;
  }
}

static const char *line_of(const char *head, const char *name)
{
  size_t size = strlen(name);
  for (const char *line = strstr(head, "\r\n"); line && line[2]; line = strstr(line + 2, "\r\n"))
    if (!strncasecmp(line + 2, name, size) && line[2 + size] == ':')
      return line + 2;
  return NULL;
}

size_t authd_count_of(const authd_reply *reply, const char *name)
{
  size_t count = 0;
  for (const char *line = line_of(reply->head, name); line; line = line_of(line, name))
    count++;
  return count;
}

const char *authd_header_of(authd_reply *reply, const char *name)
{
  const char *line = line_of(reply->head, name);
  if (!line)
    return NULL;
  const char *value = line + strlen(name) + 1;
  value += strspn(value, " \t");
  size_t size = strcspn(value, "\r");
  while (size && isspace((unsigned char)value[size - 1]))
    size--;
  /* Behind the body, where there is room for it. */
  char *copy = reply->body + sizeof(reply->body) - 8192;
  snprintf(copy, 8192, "%.*s", (int)size, value);
  return copy;
}

void authd_get(int fd, const char *path, const char *headers, authd_reply *reply)
{
  char *request = NULL;
  int size = asprintf(&request, "GET %s HTTP/1.1\r\nHost: authd\r\n%s\r\n", path, headers);
  ck_assert_int_gt(size, 0);
  authd_send(fd, request, (size_t)size);
  free(request);
  authd_read(fd, reply);
}

int authd_ask(const authd_process *authd, const char *authorization, authd_reply *reply)
{
  char *line = NULL;
  authd_reply *own = reply ? NULL : malloc(sizeof(*own));
  ck_assert_int_ge(asprintf(&line, "%s%s%s", authorization ? "Authorization: " : "",
                            authorization ? authorization : "", authorization ? "\r\n" : ""),
                   0);
  int fd = authd_connect(authd);
  authd_get(fd, "/auth", line, reply ? reply : own);
  close(fd);
  free(line);
  int status = (reply ? reply : own)->status;
  free(own);
  return status;
}

long long authd_metric(const authd_process *authd, const char *name)
{
  authd_reply *reply = malloc(sizeof(*reply));
  int fd = authd_connect(authd);
  authd_get(fd, "/metrics", "", reply);
  close(fd);
  ck_assert_int_eq(reply->status, 200);
  const char *line = strstr(reply->body, name);
  while (line && (line == reply->body || line[-1] != '\n' || line[strlen(name)] != ' '))
    line = strstr(line + 1, name);
  long long value = line ? strtoll(line + strlen(name), NULL, 10) : -1;
  free(reply);
  return value;
}
