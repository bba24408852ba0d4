/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub-authd: answers a gateway's question whether a caller's credential is good.
 */
#include "daemon/daemon.h"
#include "server.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2
#define DEFAULT_CONFIG "/etc/datahub/authd.cfg"

typedef struct arguments {
  const char *config;
  const char *listen; /* NULL: as the configuration says */
  const char *port_file;
  dh_log_level log_level;
  bool check_only;
} arguments;

static void help(void)
{
  puts("Usage: dhub-authd [OPTION]...\n"
       "Answers a gateway's question whether a caller's credential is good.\n"
       "\n"
       "  -c, --config FILE      the configuration (default: " DEFAULT_CONFIG ")\n"
       "  -l, --listen WHERE     ADDRESS:PORT or unix:PATH, in place of the configuration's\n"
       "      --port-file FILE   write the port to FILE once requests are answered\n"
       "      --check            check the configuration and exit\n"
       "      --log-level LEVEL  error, warning, info or debug (default: info)\n"
       "  -h, --help, -V, --version\n"
       "\n"
       "SIGHUP reads the configuration again; SIGTERM ends. Exit status: 0 ended as asked;\n"
       "1 it cannot serve; 2 usage or configuration.");
}

static bool read_level(const char *text, dh_log_level *level)
{
  static const char *const names[] = {"error", "warning", "info", "debug"};
  for (int i = 0; i < 4; i++)
    if (!strcmp(text, names[i])) {
      *level = (dh_log_level)i;
      return true;
    }
  fprintf(stderr, "dhub-authd: --log-level %s: use error, warning, info or debug\n", text);
  return false;
}

/* Returns -1 to go on, else the exit status. */
static int read_arguments(arguments *args, int argc, char **argv)
{
  enum { O_PORT_FILE = 256, O_CHECK, O_LEVEL };
  static const struct option table[] = {
      {"config", required_argument, NULL, 'c'},
      {"listen", required_argument, NULL, 'l'},
      {"port-file", required_argument, NULL, O_PORT_FILE},
      {"check", no_argument, NULL, O_CHECK},
      {"log-level", required_argument, NULL, O_LEVEL},
      {"help", no_argument, NULL, 'h'},
      {"version", no_argument, NULL, 'V'},
      {NULL, 0, NULL, 0},
  };
  *args = (arguments){.config = DEFAULT_CONFIG, .log_level = DH_LOG_INFO};
  int code;
  while ((code = getopt_long(argc, argv, "c:l:hV", table, NULL)) != -1) {
    if (code == 'c')
      args->config = optarg;
    else if (code == 'l')
      args->listen = optarg;
    else if (code == O_PORT_FILE)
      args->port_file = optarg;
    else if (code == O_CHECK)
      args->check_only = true;
    else if (code == O_LEVEL && !read_level(optarg, &args->log_level))
      return EXIT_USAGE;
    else if (code == 'V') {
      printf("dhub-authd %s\n", dh_version());
      return EXIT_SUCCESS;
    } else if (code == 'h') {
      help();
      return EXIT_SUCCESS;
    } else if (code == '?') {
      fputs("Try 'dhub-authd --help'.\n", stderr);
      return EXIT_USAGE;
    }
  }
  if (optind == argc)
    return -1;
  fprintf(stderr, "dhub-authd: unexpected argument \"%s\"\nTry 'dhub-authd --help'.\n",
          argv[optind]);
  return EXIT_USAGE;
}

static void log_line(void *arg, dh_log_level level, const char *line)
{
  static const char *const names[] = {"error", "warning", "info", "debug"};
  (void)arg;
  fprintf(stderr, "dhub-authd %s: %s\n", names[level], line);
}

static void warn_of_fixed(authd_server *server, const dh_options *old, const dh_options *fresh)
{
  static const char *const fixed[] = {"listen", "socket_mode"};
  static const char *const numbers[] = {"threads",       "waiting_threads", "max_waiting",
                                        "check_timeout", "max_connections", "max_header_size",
                                        "idle_timeout",  "stop_timeout",    "access_log"};
  const char *name = NULL;
  for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
    if (strcmp(dh_options_text(old, fixed[i]), dh_options_text(fresh, fixed[i])))
      name = fixed[i];
  for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
    if (dh_options_number(old, numbers[i]) != dh_options_number(fresh, numbers[i]))
      name = numbers[i];
  if (name)
    dh_log(server->context, DH_LOG_WARNING,
           "%s: \"%s\" was changed; that takes effect when dhub-authd is restarted",
           dh_options_where(fresh, name), name);
}

/* Nothing changes unless all of the new configuration can be taken. */
static dh_status take_anew(authd_server *server, const arguments *args, const dh_options *old,
                           dh_error *error)
{
  authd_settings fresh;
  authd_change change;
  dh_status status = authd_settings_load(&fresh, server->context, args->config, error);
  if (status)
    return status;
  status = authd_change_make(&change, fresh.options, error);
  if (!status)
    status = dh_verifier_reload(server->verifier, authd_settings_verifier(&fresh), error);
  if (!status) {
    authd_server_take(server, &change);
    warn_of_fixed(server, old, fresh.options);
  }
  authd_change_free(&change);
  authd_settings_free(&fresh);
  return status;
}

static void reload(authd_server *server, const arguments *args, const dh_options *old)
{
  dh_error error;
  if (take_anew(server, args, old, &error)) {
    atomic_fetch_add(&server->metrics.reload_failures, 1);
    dh_log(server->context, DH_LOG_ERROR, "the old configuration stays: %s", error.message);
    return;
  }
  atomic_fetch_add(&server->metrics.reloads, 1);
  dh_log(server->context, DH_LOG_INFO, "%s was read again", args->config);
}

static void run(authd_server *server, const arguments *args, const dh_options *options,
                const sigset_t *signals)
{
  int got = 0;
  authd_notify("READY=1");
  while (!sigwait(signals, &got) && got == SIGHUP) {
    authd_notify("RELOADING=1");
    reload(server, args, options);
    authd_notify("READY=1");
  }
  authd_notify("STOPPING=1");
  dh_log(server->context, DH_LOG_INFO, "stopping");
}

static int serve(authd_server *server, const arguments *args, const dh_options *options,
                 const sigset_t *signals)
{
  authd_listener listener;
  dh_error error;
  int code = EXIT_FAILURE;
  const char *where = args->listen ? args->listen : dh_options_text(options, "listen");
  dh_status status =
      authd_listen(&listener, where, dh_options_text(options, "socket_mode"), &error);
  if (status) {
    fprintf(stderr, "dhub-authd: %s\n", error.message);
    return status == DH_MISCONFIGURED ? EXIT_USAGE : EXIT_FAILURE;
  }
  status = authd_server_start(server, &listener, options, &error);
  if (status)
    fprintf(stderr, "dhub-authd: %s\n", error.message);
  else if (args->port_file && !daemon_write_port(args->port_file, listener.port))
    fprintf(stderr, "dhub-authd: cannot write the port to %s: %s\n", args->port_file,
            strerror(errno));
  else {
    dh_log(server->context, DH_LOG_INFO, "listening on %s", listener.name);
    run(server, args, options, signals);
    code = EXIT_SUCCESS;
  }
  authd_server_stop(server);
  authd_listener_end(&listener);
  return code;
}

int main(int argc, char **argv)
{
  arguments args;
  authd_settings settings = {NULL, NULL};
  authd_server server = {0};
  sigset_t signals;
  dh_error error;
  int code = read_arguments(&args, argc, argv);
  if (code >= 0)
    return code;
  daemon_keep_to_itself();
  daemon_block_signals(&signals);
  code = EXIT_USAGE;
  dh_context_options options = {
      .struct_size = sizeof(options), .log_level = args.log_level, .log = log_line};
  server.debug = args.log_level == DH_LOG_DEBUG;
  server.context = dh_context_new(&options, &error);
  if (!server.context || authd_settings_load(&settings, server.context, args.config, &error))
    goto failed;
  server.verifier = dh_verifier_open(server.context, authd_settings_verifier(&settings), &error);
  if (!server.verifier)
    goto failed;
  if (args.check_only) {
    authd_change change;
    if (authd_change_make(&change, settings.options, &error))
      goto failed;
    authd_change_free(&change);
    printf("%s: good\n", args.config);
    code = EXIT_SUCCESS;
    goto out;
  }
  code = serve(&server, &args, settings.options, &signals);
  goto out;

failed:
  fprintf(stderr, "dhub-authd: %s\n", error.message);
out:
  dh_verifier_close(server.verifier);
  authd_settings_free(&settings);
  dh_context_free(server.context);
  return code;
}
