/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/support.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int64_t wall(void *arg)
{
  return ((auth_fixture *)arg)->wall_ms;
}

static int64_t mono(void *arg)
{
  auth_fixture *f = arg;
  long long tick = f->tick_ms;
  return atomic_fetch_add(&f->mono_ms, tick) + tick;
}

static void keep_line(void *arg, dh_log_level level, const char *line)
{
  auth_fixture *f = arg;
  size_t size = strlen(line);
  (void)level;
  if (f->log_size + size + 2 > sizeof(f->log))
    return;
  memcpy(f->log + f->log_size, line, size);
  f->log_size += size;
  f->log[f->log_size++] = '\n';
  f->log[f->log_size] = '\0';
}

static void clear_environment(void)
{
  static const char *const names[] = {
      "DATAHUB_GMS_URL",         "DATAHUB_GMS_HOST",         "DATAHUB_GMS_PORT",
      "DATAHUB_GMS_PROTOCOL",    "DATAHUB_GMS_TOKEN",        "DATAHUB_AUTH_TYPE",
      "DATAHUB_AUTH_TOKEN_FILE", "DATAHUB_SYSTEM_CLIENT_ID", "DATAHUB_SYSTEM_CLIENT_SECRET",
      "DATAHUB_SKIP_CONFIG",
  };
  for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
    unsetenv(names[i]);
  setenv("HOME", "/nonexistent", 1);
}

void auth_setup(auth_fixture *f)
{
  memset(f, 0, sizeof(*f));
  clear_environment();
  f->wall_ms = 1767225600000;
  f->mono_ms = 5000000;
  f->clock = (dh_clock){wall, mono, f};
  dh_context_options options = {
      .struct_size = sizeof(options),
      .log_level = DH_LOG_DEBUG,
      .log = keep_line,
      .log_arg = f,
      .clock = &f->clock,
      .plugin_path = BUILDDIR "/plugins/.libs",
  };
  f->context = dh_context_new(&options, NULL);
  ck_assert_ptr_nonnull(f->context);
}

void auth_teardown(auth_fixture *f)
{
  dh_context_free(f->context);
}

void auth_set_environment(const char *const *settings, size_t most)
{
  char text[256];
  for (size_t i = 0; i < most && settings[i]; i++) {
    snprintf(text, sizeof(text), "%s", settings[i]);
    char *value = strchr(text, '=');
    *value++ = '\0';
    setenv(text, value, 1);
  }
}

void auth_advance(auth_fixture *f, long long ms)
{
  f->wall_ms += ms;
  f->mono_ms += ms;
}

dh_config *auth_config(auth_fixture *f, const char *text)
{
  dh_config *config =
      dh_config_parse(f->context, DH_CONFIG_LIBCONFIG, text, strlen(text), "test.cfg", &f->error);
  ck_assert_msg(config, "%s", f->error.message);
  return config;
}

static dh_credentials *open_sink(auth_fixture *f, const char *sink, const char *server)
{
  dh_config *config = sink ? auth_config(f, sink) : NULL;
  dh_error_clear(&f->error);
  dh_credentials *credentials = dh_credentials_open(f->context, config, server, &f->error);
  dh_config_free(config);
  return credentials;
}

dh_credentials *auth_open(auth_fixture *f, const char *sink, const char *server)
{
  dh_credentials *credentials = open_sink(f, sink, server);
  ck_assert_msg(credentials, "%s", f->error.message);
  return credentials;
}

void auth_open_fails(auth_fixture *f, const char *sink, const char *server, dh_status status,
                     const char *words)
{
  ck_assert_ptr_null(open_sink(f, sink, server));
  ck_assert_msg(f->error.status == status, "%s: %s", dh_status_name(f->error.status),
                f->error.message);
  ck_assert_msg(strstr(f->error.message, words), "%s", f->error.message);
}

const char *auth_get(auth_fixture *f, dh_credentials *credentials)
{
  static char text[1024];
  dh_credential *credential = NULL;
  dh_error_clear(&f->error);
  dh_status status = dh_credentials_get(credentials, 20000, &credential, &f->error);
  if (status != DH_OK)
    snprintf(text, sizeof(text), "%s: %s", dh_status_name(status), f->error.message);
  else if (!credential)
    snprintf(text, sizeof(text), "none");
  else
    snprintf(text, sizeof(text), "%s %s", dh_credential_scheme(credential),
             dh_secret_bytes(dh_credential_value(credential), NULL));
  dh_credential_unref(credential);
  return text;
}

void auth_write(const char *path, const char *text, unsigned mode)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  ck_assert_int_ge(fd, 0);
  ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
  ck_assert_int_eq(fchmod(fd, (mode_t)mode), 0);
  close(fd);
}
