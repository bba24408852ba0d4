/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/gms/process.h"

#include "http/http.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define MOST_ARGUMENTS 24

/* The line that it prints once it listens ends in the port. */
static unsigned read_port(int fd)
{
  char line[256];
  size_t used = 0;
  while (used + 1 < sizeof(line) && read(fd, line + used, 1) == 1 && line[used] != '\n')
    used++;
  line[used] = '\0';
  const char *colon = strrchr(line, ':');
  return colon ? (unsigned)strtoul(colon + 1, NULL, 10) : 0;
}

void gms_start(gms_process *gms, const char *const *arguments)
{
  const char *argv[MOST_ARGUMENTS] = {BUILDDIR "/dhub-gms", "--port", "0", "--log-level",
                                      "warning"};
  size_t count = 5;
  int pipes[2];
  posix_spawn_file_actions_t actions;
  for (; arguments && *arguments; arguments++) {
    ck_assert_uint_lt(count + 1, MOST_ARGUMENTS);
    argv[count++] = *arguments;
  }
  ck_assert_int_eq(pipe2(pipes, O_CLOEXEC), 0);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, pipes[1], 1);
  ck_assert_int_eq(
      posix_spawn(&gms->pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ), 0);
  posix_spawn_file_actions_destroy(&actions);
  close(pipes[1]);
  gms->out = pipes[0];
  gms->port = read_port(gms->out);
  ck_assert_msg(gms->port != 0, "dhub-gms did not start");
  snprintf(gms->url, sizeof(gms->url), "http://127.0.0.1:%u", gms->port);
}

int gms_stop(gms_process *gms)
{
  int status = 0;
  kill(gms->pid, SIGTERM);
  ck_assert_int_eq(waitpid(gms->pid, &status, 0), gms->pid);
  close(gms->out);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *copy(const char *text)
{
  return text ? strdup(text) : NULL;
}

gms_answer gms_call_with(const gms_process *gms, const char *method, const char *path,
                         const char *token, const char *body, const dh_http_header *headers)
{
  gms_answer answer = {0};
  dh_http_header all[8];
  size_t count = 0;
  char url[4096], authorization[4096];
  dh_http_response *response = NULL;
  dh_error error;
  dh_context *context = dh_context_new(NULL, &error);
  ck_assert_ptr_nonnull(context);
  snprintf(url, sizeof(url), "%s%s", gms->url, path);
  if (token) {
    snprintf(authorization, sizeof(authorization), "%s%s", strchr(token, ' ') ? "" : "Bearer ",
             token);
    all[count++] = (dh_http_header){"Authorization", authorization};
  }
  if (body)
    all[count++] = (dh_http_header){"Content-Type", "application/json"};
  for (; headers && headers->name && count < 8; headers++)
    all[count++] = *headers;
  dh_http_request request = {.struct_size = sizeof(request),
                             .method = method,
                             .url = url,
                             .headers = all,
                             .header_count = count,
                             .body = body,
                             .body_size = body ? strlen(body) : 0,
                             .max_body = 64 << 20};
  dh_status status = dh_http_perform(context, &request, &response, &error);
  ck_assert_msg(status == DH_OK, "%s %s: %s", method, path, error.message);
  answer.status = dh_http_status(response);
  answer.text = copy(dh_http_body(response, NULL));
  answer.json = json_tokener_parse(answer.text);
  answer.trace = copy(dh_http_header_of(response, "traceparent"));
  answer.cookie = copy(dh_http_header_of(response, "Set-Cookie"));
  answer.policy = copy(dh_http_header_of(response, "Content-Security-Policy"));
  answer.restli = copy(dh_http_header_of(response, "X-RestLi-Error-Response"));
  dh_http_free(response);
  dh_context_free(context);
  return answer;
}

gms_answer gms_call(const gms_process *gms, const char *method, const char *path, const char *token,
                    const char *body)
{
  return gms_call_with(gms, method, path, token, body, NULL);
}

void gms_answer_clear(gms_answer *answer)
{
  free(answer->text);
  free(answer->trace);
  free(answer->cookie);
  free(answer->policy);
  free(answer->restli);
  json_object_put(answer->json);
  memset(answer, 0, sizeof(*answer));
}

const char *gms_at(const gms_answer *answer, const char *path)
{
  json_object *node = answer->json;
  char key[256];
  while (node && *path) {
    size_t size = strcspn(path, "/");
    ck_assert_uint_lt(size, sizeof(key));
    memcpy(key, path, size);
    key[size] = '\0';
    json_object *next = NULL;
    if (json_object_is_type(node, json_type_array))
      next = json_object_array_get_idx(node, strtoul(key, NULL, 10));
    else if (!json_object_is_type(node, json_type_object) ||
             !json_object_object_get_ex(node, key, &next))
      next = NULL;
    node = next;
    path += path[size] ? size + 1 : size;
  }
  return node ? json_object_get_string(node) : "";
}
