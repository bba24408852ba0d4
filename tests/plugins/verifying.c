/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/verifying.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

verifying v;

/* Runs on by hand from the real time, so that waits in the library see time pass. */
static atomic_int_least64_t ahead;
static char body[8192], headers[256]; /* what the server answers, behind its lock */
static int status;
static bool holding;
static pthread_mutex_t said_lock = PTHREAD_MUTEX_INITIALIZER; /* keys are fetched by a thread */
static char said[8192];

/* --- time --- */

static int64_t read_clock(clockid_t id)
{
  struct timespec now;
  clock_gettime(id, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + atomic_load(&ahead);
}

static int64_t read_wall(void *arg)
{
  (void)arg;
  return read_clock(CLOCK_REALTIME);
}

static int64_t read_mono(void *arg)
{
  (void)arg;
  return read_clock(CLOCK_MONOTONIC);
}

void verifying_pass(int64_t ms)
{
  atomic_fetch_add(&ahead, ms);
}

int64_t verifying_wall_ms(void)
{
  return read_wall(NULL);
}

/* --- the server --- */

static bool is_holding(test_server *server)
{
  test_server_lock(server);
  bool held = holding;
  test_server_unlock(server);
  return held;
}

static void handler(void *arg, const test_request *request, test_conn *conn)
{
  test_server *server = test_conn_server(conn);
  char answer[sizeof(body)], extra[sizeof(headers)];
  (void)arg;
  if (is_holding(server))
    test_hold(conn);
  test_server_lock(server);
  int code = status;
  strcpy(answer, body);
  strcpy(extra, headers);
  test_server_unlock(server);
  if (strstr(request->target, "openid-configuration")) {
    const char *url = test_server_url(server);
    snprintf(answer, sizeof(answer), "{\"issuer\":\"%s\",\"jwks_uri\":\"%s/keys\"}", url, url);
    *extra = '\0';
  }
  test_reply(conn, code, *extra ? extra : NULL, answer, strlen(answer));
}

void verifying_answer(int code, const char *extra, const char *format, ...)
{
  va_list ap;
  test_server_lock(v.server);
  va_start(ap, format);
  vsnprintf(body, sizeof(body), format, ap);
  va_end(ap);
  strcpy(headers, extra);
  status = code;
  test_server_unlock(v.server);
}

void verifying_hold(void)
{
  test_server_lock(v.server);
  holding = true;
  test_server_unlock(v.server);
}

/* --- the log --- */

static void keep_line(void *arg, dh_log_level level, const char *line)
{
  (void)arg;
  pthread_mutex_lock(&said_lock);
  size_t used = strlen(said);
  if (level <= DH_LOG_WARNING)
    snprintf(said + used, sizeof(said) - used, "%s\n", line);
  pthread_mutex_unlock(&said_lock);
}

const char *verifying_said(void)
{
  static char copy[sizeof(said)];
  pthread_mutex_lock(&said_lock);
  strcpy(copy, said);
  pthread_mutex_unlock(&said_lock);
  return copy;
}

/* --- life --- */

void verifying_setup(void)
{
  static const dh_clock clock = {read_wall, read_mono, NULL};
  dh_context_options options = {.struct_size = sizeof(options),
                                .clock = &clock,
                                .plugin_path = BUILDDIR "/plugins/.libs",
                                .log_level = DH_LOG_WARNING,
                                .log = keep_line};
  said[0] = '\0';
  holding = false;
  atomic_store(&ahead, 0);
  v.context = dh_context_new(&options, NULL);
  v.server = test_server_start(handler, NULL);
  v.folder = test_tmpdir_new();
  v.verifier = NULL;
  verifying_answer(200, "", "{}");
}

void verifying_teardown(void)
{
  dh_verifier_close(v.verifier);
  test_server_stop(v.server);
  dh_context_free(v.context);
  test_tmpdir_remove(v.folder);
}

TCase *verifying_case(const char *name)
{
  TCase *tests = tcase_create(name);
  tcase_set_timeout(tests, 60);
  tcase_add_checked_fixture(tests, verifying_setup, verifying_teardown);
  return tests;
}

/* --- the verifier --- */

dh_status verifying_open_cached(const char *cache, const char *plugin, const char *config)
{
  char text[4096];
  dh_error error = {.status = DH_OK};
  snprintf(text, sizeof(text),
           "stack = ({ control = \"required\"; plugin = \"%s\"; config = { %s }; });\n"
           "cache = { %s };",
           plugin, config, cache);
  dh_config *tree =
      dh_config_parse(v.context, DH_CONFIG_LIBCONFIG, text, strlen(text), "test.cfg", &error);
  ck_assert_msg(tree != NULL, "%s", error.message);
  v.verifier = dh_verifier_open(v.context, tree, &error);
  dh_config_free(tree);
  return v.verifier ? DH_OK : error.status;
}

dh_status verifying_open(const char *plugin, const char *format, ...)
{
  char config[2048];
  va_list ap;
  va_start(ap, format);
  vsnprintf(config, sizeof(config), format, ap);
  va_end(ap);
  return verifying_open_cached("max_entries = 0;", plugin, config);
}

dh_status verifying_check(const char *scheme, const char *token, dh_principal **who)
{
  char header[8192];
  dh_principal *mine = NULL;
  snprintf(header, sizeof(header), "%s %s", scheme, token);
  dh_status result = dh_verifier_check(v.verifier, header, who ? who : &mine, NULL);
  dh_principal_unref(mine);
  return result;
}

/* --- tokens --- */

char *verifying_issue(const dh_key *key, const char *kid, const char *more)
{
  char head[128], claims[1024];
  snprintf(head, sizeof(head), "{\"alg\":\"ES256\",\"kid\":\"%s\"}", kid);
  snprintf(claims, sizeof(claims),
           "{\"iss\":\"%s\",\"aud\":[\"other\",\"datahub\"],\"sub\":\"jdoe\",\"jti\":\"7\",\"exp\":"
           "%lld%s}",
           test_server_url(v.server), (long long)(verifying_wall_ms() / 1000 + 600), more);
  return forge_signed(head, claims, strlen(claims), key, "ES256");
}

dh_status verifying_check_issued(const dh_key *key, const char *kid)
{
  char *token = verifying_issue(key, kid, "");
  dh_status result = verifying_check("Bearer", token, NULL);
  free(token);
  return result;
}

void verifying_publish(const char *extra, const dh_key *first, const char *first_kid,
                       const dh_key *second, const char *second_kid)
{
  char *a = forge_jwk(first, first_kid), *b = second ? forge_jwk(second, second_kid) : NULL;
  verifying_answer(200, extra, "{\"keys\":[%s%s%s]}", a, b ? "," : "", b ? b : "");
  free(a);
  free(b);
}

void verifying_open_jwt(const char *more)
{
  const char *url = test_server_url(v.server);
  ck_assert_int_eq(
      verifying_open("jwt", VERIFYING_JWT "jwks_url = \"%s/keys\"; %s", url, url, more), DH_OK);
}
