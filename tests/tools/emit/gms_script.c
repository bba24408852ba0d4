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

static void answer(void *arg, const test_request *request, test_conn *conn)
{
  const gms_script *s = arg;
  if (!strcmp(request->method, "GET")) {
    test_reply_text(conn, 200, "{\"noCode\":\"true\",\"versions\":{}}");
    return;
  }
  if (s->hold)
    test_hold(conn);
  if (s->refuse && strstr(request->body, s->refuse))
    test_reply_text(conn, 422, "{\"message\":\"no such colour\",\"status\":422}");
  else
    test_reply_text(conn, s->status ? s->status : 200,
                    s->body ? s->body : "{\"value\":\"success\"}");
}

void script_setup(void)
{
  memset(&script, 0, sizeof(script));
  path_count = 0;
  script.folder = test_tmpdir_new();
  script.server = test_server_start(answer, &script);
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
