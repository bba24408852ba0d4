/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/emit/gms_script.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gms_script script;

enum { PATHS_MAX = 16 };
static char *paths[PATHS_MAX];
static size_t path_count;

/* What to do with a POST; under the server's lock. */
static struct {
  int status;
  const char *refuse;
  bool hold;
} play;

static void answer(void *arg, const test_request *request, test_conn *conn)
{
  (void)arg;
  if (!strcmp(request->method, "GET")) {
    test_reply_text(conn, 200, "{\"noCode\":\"true\",\"versions\":{}}");
    return;
  }
  test_server_lock(test_conn_server(conn));
  bool hold = play.hold, refuse = play.refuse && strstr(request->body, play.refuse);
  int status = play.status;
  test_server_unlock(test_conn_server(conn));
  if (hold)
    test_hold(conn);
  if (refuse)
    test_reply_text(conn, 422, "{\"message\":\"no such colour\",\"status\":422}");
  else
    test_reply_text(conn, status, "{\"value\":\"success\"}");
}

void script_hold(void)
{
  test_server_lock(script.server);
  play.hold = true;
  test_server_unlock(script.server);
}

void script_refuse(const char *text)
{
  test_server_lock(script.server);
  play.refuse = text;
  test_server_unlock(script.server);
}

void script_answer_status(int status)
{
  test_server_lock(script.server);
  play.status = status;
  test_server_unlock(script.server);
}

void script_setup(void)
{
  memset(&script, 0, sizeof(script));
  path_count = 0;
  script.folder = test_tmpdir_new();
  memset(&play, 0, sizeof(play));
  play.status = 200;
  script.server = test_server_start(answer, NULL);
}

void script_teardown(void)
{
  test_server_stop(script.server);
  test_tmpdir_remove(script.folder);
  while (path_count)
    free(paths[--path_count]);
}

static const char *keep(char *path)
{
  ck_assert_uint_lt(path_count, PATHS_MAX);
  return paths[path_count++] = path;
}

const char *script_path(const char *name)
{
  return keep(test_path(script.folder, name));
}

const char *record_of(const char *name)
{
  static char turns[4][256];
  static unsigned turn;
  char *out = turns[turn++ % 4];
  snprintf(out, sizeof(turns[0]),
           "{\"entityType\":\"tag\",\"entityUrn\":\"urn:li:tag:%s\",\"changeType\":\"UPSERT\","
           "\"aspectName\":\"tagProperties\",\"aspect\":{\"json\":{\"name\":\"%s\"}}}",
           name, name);
  return out;
}

const char *script_records(const char *name, int count, const char *odd)
{
  char *text = NULL;
  char *between = odd ? strdup(odd) : NULL; /* it may be of record_of() */
  size_t size;
  FILE *to = open_memstream(&text, &size);
  for (int i = 0; i < count; i++) {
    char tag[16];
    snprintf(tag, sizeof(tag), "t%d", i);
    if (between && i == count - 1)
      fprintf(to, "%s\n", between);
    fprintf(to, "%s\n", record_of(tag));
  }
  fclose(to);
  const char *path = keep(test_file(script.folder, name, text, size, 0644));
  free(text);
  free(between);
  return path;
}

size_t posts_with(const char *text)
{
  size_t found = 0;
  for (size_t i = 0; i < test_server_count(script.server); i++) {
    const test_request *request = test_server_request(script.server, i);
    found += !strcmp(request->method, "POST") && strstr(request->body, text);
  }
  return found;
}

void wait_for_post(const char *text)
{
  for (;;) {
    size_t seen = test_server_count(script.server);
    if (posts_with(text))
      return;
    ck_assert_msg(test_server_wait(script.server, seen + 1), "no post with '%s' came", text);
  }
}

void ended(test_program *p, int code, const char *words)
{
  ck_assert_msg(p->code == code, "exit %d, not %d; it said:\n%s%s", p->code, code, p->out, p->err);
  ck_assert_msg(!words || strstr(p->err, words), "'%s' was not said, but:\n%s", words, p->err);
}
