/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exec: a token that a command prints, as it is or as an ExecCredential, so that the
 * credential helpers written for kubectl work unchanged.
 */
#include "../module.h"
#include "exec_credential.h"

#include "../source/command.h"
#include "../source/token_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What kubectl tells a helper: which form is wanted, and that nobody is there to ask. */
#define EXEC_INFO                                                                                  \
  "KUBERNETES_EXEC_INFO={\"kind\":\"ExecCredential\",\"apiVersion\":"                              \
  "\"client.authentication.k8s.io/v1\",\"spec\":{\"interactive\":false}}"

typedef struct exec {
  const dh_host *host;
  const char **argv, **pass;
  char **env;
  int64_t timeout_ms, recheck_ms;
} exec;

static const dh_option options[] = {
    {.name = "command",
     .type = DH_OPT_LIST,
     .flags = DH_OPT_REQUIRED,
     .help = "The command and its arguments; no shell is between. A name is searched in PATH."},
    {.name = "env",
     .type = DH_OPT_MAP,
     .flags = DH_OPT_SENSITIVE,
     .help = "Environment variables to set; others than PATH, HOME, USER, LOGNAME, LANG, LC_ALL, "
             "TMPDIR and TZ are not passed on."},
    {.name = "pass_env", .type = DH_OPT_LIST, .help = "More variables to pass on, by name."},
    {.name = "timeout",
     .type = DH_OPT_DURATION,
     .default_value = "30s",
     .min = 1,
     .max = 600000,
     .help = "How long it may run; then it is killed with all that it started."},
    {.name = "recheck",
     .type = DH_OPT_DURATION,
     .default_value = "5m",
     .max = 604800000,
     .help = "How often to run it again where it does not say when the token ends."},
    {.name = NULL},
};

static void exec_close(void *self)
{
  exec *e = self;
  for (size_t i = 0; e->env && e->env[i]; i++) {
    e->host->wipe(e->host, e->env[i], strlen(e->env[i]));
    free(e->env[i]);
  }
  free(e->env);
  free(e->argv);
  free(e->pass);
  free(e);
}

static const char **take_list(const dh_host *host, const dh_options *given, const char *name)
{
  size_t count = host->option_count(host, given, name);
  const char **list = calloc(count + 1, sizeof(*list));
  for (size_t i = 0; list && i < count; i++)
    list[i] = host->option_item(host, given, name, i);
  return list;
}

static char **take_env(const dh_host *host, const dh_options *given)
{
  size_t count = host->option_count(host, given, "env");
  char **env = calloc(count + 2, sizeof(*env));
  if (!env || !(env[0] = strdup(EXEC_INFO)))
    return env;
  for (size_t i = 0; i < count; i++)
    if (asprintf(&env[i + 1], "%s=%s", host->option_key(host, given, "env", i),
                 host->option_item(host, given, "env", i)) < 0) {
      env[i + 1] = NULL;
      break;
    }
  return env;
}

static dh_status exec_open(const dh_host *host, const dh_options *given, void **self,
                           dh_error *error)
{
  exec *e = calloc(1, sizeof(*e));
  if (!e)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  e->host = host;
  e->timeout_ms = host->option_number(host, given, "timeout");
  e->recheck_ms = host->option_number(host, given, "recheck");
  e->argv = take_list(host, given, "command");
  e->pass = take_list(host, given, "pass_env");
  e->env = take_env(host, given);
  dh_status status = DH_OK;
  size_t last = host->option_count(host, given, "env");
  if (!e->argv || !e->pass || !e->env || !e->env[last])
    status = host->fail(host, error, DH_NO_MEMORY, "out of memory");
  else if (!e->argv[0] || !*e->argv[0])
    status = host->fail(host, error, DH_MISCONFIGURED, "%s: the command is empty",
                        host->option_where(host, given, "command"));
  if (status == DH_OK)
    *self = e;
  else
    exec_close(e);
  return status;
}

static dh_status give(const exec *e, const char *text, size_t size, int64_t expires_at_ms,
                      dh_credential *out, dh_error *error)
{
  char what[256];
  const dh_host *host = e->host;
  snprintf(what, sizeof(what), "the output of the command %s", e->argv[0]);
  dh_status status = token_text_give(host, what, text, size, out, error);
  if (status != DH_OK)
    return status;
  if (expires_at_ms)
    host->credential_set_expiry(host, out, expires_at_ms);
  else
    host->credential_set_recheck(host, out, e->recheck_ms);
  snprintf(what, sizeof(what), "the command %s", e->argv[0]);
  host->credential_set_origin(host, out, what);
  return DH_OK;
}

static dh_status take_output(const exec *e, const dh_secret *output, dh_credential *out,
                             dh_error *error)
{
  char why[256];
  dh_buf token;
  size_t size;
  int64_t expires_at_ms = 0;
  const dh_host *host = e->host;
  const char *text = host->secret_bytes(host, output, &size);
  text = token_text_trim(text, &size);
  if (!size || *text != '{')
    return give(e, text, size, 0, out, error);
  dh_status status;
  dh_buf_init_secret(&token);
  if (exec_credential_read(text, size, &token, &expires_at_ms, why, sizeof(why)))
    status = give(e, token.data, token.size, expires_at_ms, out, error);
  else
    status = host->fail(host, error, DH_MALFORMED,
                        "the output of the command %s cannot be used: %s", e->argv[0], why);
  dh_buf_wipe(&token);
  return status;
}

static dh_status exec_acquire(void *self, const dh_credential_request *request,
                              const dh_credential *prior, dh_credential *out, dh_error *error)
{
  const exec *e = self;
  const dh_host *host = e->host;
  dh_secret *output = NULL;
  command how = {
      .host = host,
      .argv = e->argv,
      .env = (const char *const *)e->env,
      .pass = e->pass,
      .timeout_ms = e->timeout_ms,
  };
  int64_t left = request->deadline_ms - host->mono_ms(host);
  (void)prior;
  if (left < how.timeout_ms)
    how.timeout_ms = left > 1 ? left : 1;
  dh_status status = command_run(&how, &output, error);
  if (status == DH_OK)
    status = take_output(e, output, out, error);
  host->secret_free(host, output);
  return status;
}

CREDENTIAL_MODULE(exec, "exec", "a token that a command prints");
