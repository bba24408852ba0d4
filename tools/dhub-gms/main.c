/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub-gms: a local DataHub metadata service.
 */
#include "bootstrap.h"
#include "daemon/daemon.h"
#include "folder.h"
#include "options.h"
#include "server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define EXIT_CONFIG 2

static void log_line(void *arg, dh_log_level level, const char *line)
{
  static const char *const names[] = {"error", "warning", "info", "debug"};
  char stamp[32];
  struct timespec now;
  struct tm parts;
  (void)arg;
  clock_gettime(CLOCK_REALTIME, &now);
  gmtime_r(&now.tv_sec, &parts);
  strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &parts);
  fprintf(stderr, "%s.%03ldZ dhub-gms %s: %s\n", stamp, now.tv_nsec / 1000000, names[level], line);
}

static void name_instance(gms_server *server)
{
  uint64_t number = 0;
  if (getrandom(&number, sizeof(number), 0) < 0)
    number = (uint64_t)getpid();
  snprintf(server->instance, sizeof(server->instance), "%016llx", (unsigned long long)number);
}

static gms_store *open_store(const gms_folder *folder, dh_error *error)
{
  if (folder->temporary)
    return gms_store_open(NULL, error);
  char *path = gms_folder_file(folder, "metadata.db");
  gms_store *store = path ? gms_store_open(path, error) : NULL;
  if (!path)
    dh_error_set(error, DH_NO_MEMORY, "out of memory while opening the metadata store");
  free(path);
  return store;
}

/* A key that nobody reads is a slip: its author believes that it does something. */
static dh_config *load_config(gms_server *server, const char *path, dh_error *error)
{
  static const char *const known[] = {"users", "policies", "token_service", "verifier",
                                      "system_client"};
  dh_config *config = dh_config_load(server->context, path, error);
  for (size_t i = 0; config && i < dh_config_count(config); i++) {
    const char *key = dh_config_key_at(config, i);
    bool found = false;
    for (size_t k = 0; key && k < sizeof(known) / sizeof(known[0]); k++)
      found = found || !strcmp(key, known[k]);
    if (found)
      continue;
    dh_error_set(error, DH_MISCONFIGURED,
                 "%s: \"%s\" is none of users, policies, token_service, verifier and "
                 "system_client",
                 dh_config_where(dh_config_at(config, i)), key ? key : "");
    dh_config_free(config);
    return NULL;
  }
  return config;
}

/* On SIGHUP: the users and policies of the file as it is now. */
static void reload(gms_server *server, const char *path)
{
  dh_error error;
  dh_config *config = path ? load_config(server, path, &error) : NULL;
  if (!path)
    return;
  if (!config || gms_auth_reload(server->auth, config, &error))
    dh_log(server->context, DH_LOG_ERROR, "the users and policies stay as they were: %s",
           error.message);
  else
    dh_log(server->context, DH_LOG_INFO, "took users and policies of %s anew", path);
  dh_config_free(config);
}

static void wait_for_end(gms_server *server, const char *config, const sigset_t *signals)
{
  int got = 0;
  while (!sigwait(signals, &got) && got == SIGHUP)
    reload(server, config);
  dh_log(server->context, DH_LOG_INFO, "stopping");
}

static int serve(gms_server *server, const gms_options *options, const sigset_t *signals)
{
  dh_error error;
  uint16_t port = options->port;
  bool ipv6 = strchr(options->bind, ':') != NULL;
  if (gms_server_start(server, options->bind, &port, &error)) {
    fprintf(stderr, "dhub-gms: %s\n", error.message);
    return EXIT_FAILURE;
  }
  /* For whoever started it with --port 0: this line, or the file. */
  printf("dhub-gms: listening on http://%s%s%s:%u\n", ipv6 ? "[" : "", options->bind,
         ipv6 ? "]" : "", port);
  fflush(stdout);
  int code = EXIT_SUCCESS;
  if (options->port_file && !daemon_write_port(options->port_file, port)) {
    fprintf(stderr, "dhub-gms: cannot write the port to %s: %s\n", options->port_file,
            strerror(errno));
    code = EXIT_FAILURE;
  } else
    wait_for_end(server, options->config, signals);
  gms_server_stop(server);
  return code;
}

int main(int argc, char **argv)
{
  gms_options options;
  gms_server server = {0};
  gms_folder folder = {0};
  dh_config *config = NULL;
  sigset_t signals;
  dh_error error;
  int code = gms_options_read(&options, argc, argv);
  if (code >= 0)
    return code;
  daemon_keep_to_itself();
  umask(077);
  daemon_block_signals(&signals);
  code = EXIT_CONFIG;
  dh_context_options context = {
      .struct_size = sizeof(context), .log_level = options.log_level, .log = log_line};
  name_instance(&server);
  server.context = dh_context_new(&context, &error);
  if (!server.context)
    goto failed;
  if (options.config && !(config = load_config(&server, options.config, &error)))
    goto failed;
  if (gms_folder_open(&folder, options.data, &error) ||
      !(server.store = open_store(&folder, &error)))
    goto failed;
  server.auth = gms_auth_open(server.context, options.auth, config, folder.path, &error);
  if (!server.auth)
    goto failed;
  server.sessions = gms_sessions_new(server.context);
  if (!server.sessions) {
    dh_error_set(&error, DH_NO_MEMORY, "out of memory while starting");
    goto failed;
  }
  if (gms_bootstrap_users(&server, &error))
    goto failed;
  if (options.bootstrap_token_file &&
      gms_bootstrap_token(&server, options.bootstrap_token_file, &error))
    goto failed;
  code = serve(&server, &options, &signals);
  goto out;

failed:
  fprintf(stderr, "dhub-gms: %s\n", error.message);
out:
  gms_sessions_free(server.sessions);
  gms_auth_close(server.auth);
  gms_store_close(server.store);
  gms_folder_close(&folder);
  dh_config_free(config);
  dh_context_free(server.context);
  return code;
}
