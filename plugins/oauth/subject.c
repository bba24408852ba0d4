/* SPDX-License-Identifier: Apache-2.0 */
#include "subject.h"

#include "../source/command.h"
#include "../source/token_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_MS 30000

static const char **copy_list(const dh_host *host, const dh_options *options, const char *name)
{
  size_t count = host->option_count(host, options, name);
  const char **list = calloc(count + 1, sizeof(*list));
  for (size_t i = 0; list && i < count; i++)
    list[i] = host->option_item(host, options, name, i);
  return list;
}

dh_status oauth_subject_open(oauth_subject *subject, const dh_host *host, const dh_options *options,
                             const char *prefix, const char *what, dh_error *error)
{
  char name[64];
  memset(subject, 0, sizeof(*subject));
  subject->host = host;
  subject->what = what;
  snprintf(name, sizeof(name), "%s_file", prefix);
  /* Kubernetes makes projected tokens readable by all in their pod. */
  token_file_init(&subject->file, host, host->option_text(host, options, name), 1);
  snprintf(name, sizeof(name), "%s_env", prefix);
  subject->variable = host->option_text(host, options, name);
  snprintf(name, sizeof(name), "%s_command", prefix);
  if (host->option_count(host, options, name)) {
    subject->command = copy_list(host, options, name);
    if (!subject->command)
      return host->fail(host, error, DH_NO_MEMORY, "out of memory");
  }
  if ((subject->file.path != NULL) + (subject->variable != NULL) + (subject->command != NULL) > 1)
    return host->fail(host, error, DH_MISCONFIGURED,
                      "%s: only one of %s_file, %s_env and %s_command may be given",
                      host->option_where(host, options, name), prefix, prefix, prefix);
  return DH_OK;
}

int oauth_subject_given(const oauth_subject *subject)
{
  return subject->file.path || subject->variable || subject->command;
}

static dh_status copy(const oauth_subject *subject, const dh_secret *from, dh_secret **out,
                      dh_error *error)
{
  size_t size;
  const dh_host *host = subject->host;
  const char *bytes = host->secret_bytes(host, from, &size);
  *out = host->secret_new(host, bytes, size);
  return *out ? DH_OK : host->fail(host, error, DH_NO_MEMORY, "out of memory");
}

static dh_status from_variable(const oauth_subject *subject, dh_secret **out, dh_error *error)
{
  char what[256];
  const dh_host *host = subject->host;
  const char *text = getenv(subject->variable);
  if (!text)
    return host->fail(host, error, DH_UNAVAILABLE,
                      "the environment variable %s, for the %s, is not set", subject->variable,
                      subject->what);
  snprintf(what, sizeof(what), "the environment variable %s", subject->variable);
  return token_text_take(host, what, text, strlen(text), out, error);
}

static dh_status from_command(const oauth_subject *subject, int64_t deadline_ms, dh_secret **out,
                              dh_error *error)
{
  char what[256];
  size_t size;
  const dh_host *host = subject->host;
  dh_secret *output = NULL;
  command how = {.host = host, .argv = subject->command, .timeout_ms = COMMAND_MS};
  int64_t left = deadline_ms - host->mono_ms(host);
  if (left < how.timeout_ms)
    how.timeout_ms = left > 1 ? left : 1;
  dh_status status = command_run(&how, &output, error);
  if (status != DH_OK)
    return status;
  snprintf(what, sizeof(what), "the output of %s", subject->command[0]);
  const char *text = host->secret_bytes(host, output, &size);
  status = token_text_take(host, what, text, size, out, error);
  host->secret_free(host, output);
  return status;
}

dh_status oauth_subject_get(oauth_subject *subject, const dh_credential *prior, int64_t deadline_ms,
                            dh_secret **out, dh_error *error)
{
  const dh_host *host = subject->host;
  if (subject->file.path) {
    dh_status status = token_file_look(&subject->file, error);
    return status ? status : copy(subject, subject->file.value, out, error);
  }
  if (subject->variable)
    return from_variable(subject, out, error);
  if (subject->command)
    return from_command(subject, deadline_ms, out, error);
  if (prior)
    return copy(subject, host->credential_value(host, prior), out, error);
  return host->fail(host, error, DH_UNAVAILABLE,
                    "there is no %s: no module before this one in the stack gave a credential, and "
                    "no file, variable or command is configured",
                    subject->what);
}

void oauth_subject_refused(oauth_subject *subject)
{
  token_file_refused(&subject->file);
}

void oauth_subject_close(oauth_subject *subject)
{
  if (subject->host)
    token_file_clear(&subject->file);
  free(subject->command);
}
