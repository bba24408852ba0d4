/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub emit: metadata from files to a sink.
 */
#include "command.h"
#include "connect.h"
#include "emit_report.h"
#include "emit_run.h"
#include "signals.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GRACE_MS = 10000, SETTINGS_MAX = 64 };

typedef struct emit_command {
  dhub_connection connection;
  const char *dead_letter, *spool, *run_id;
  char *settings[SETTINGS_MAX]; /* KEY=VALUE */
  size_t setting_count;
  int64_t stats_ms, grace_ms;
  bool dry_run, json;
} emit_command;

static const dhub_option emit_options[] = {
    {"sink", 0, "TYPE", "datahub-rest (default), file, console, blackhole, or another module"},
    {"option", 'o', "KEY=VALUE", "set an option of the sink, as in its `config` block"},
    {"dry-run", 'n', NULL, "print what would be sent, one proposal a line, and send nothing"},
    {"dead-letter", 'd', "FILE", "add what was not delivered to FILE, and why to FILE.reasons"},
    {"spool", 0, "FILE", "keep records in FILE until they are delivered, across crashes"},
    {"run-id", 0, "ID", "the run that records belong to where they do not say"},
    {"stats-interval", 0, "SECONDS", "print statistics that often"},
    {"grace", 0, "SECONDS", "how long to go on sending after SIGINT or SIGTERM (default 10)"},
    {"json", 0, NULL, "print the summary as one JSON object on standard output"},
    {NULL, 0, NULL, NULL},
};

static const dhub_option *const tables[] = {emit_options, dhub_connection_options, NULL};

static const dhub_usage usage = {
    .command = "emit",
    .arguments = "[FILE]...",
    .summary = "Sends the metadata records of each FILE (default or \"-\": standard input): a JSON "
               "array,\nJSON lines, or one object; MCPs, MCEs and usage records.",
    .tables = tables,
    .notes =
        "Exit status: 0 all delivered; 1 some rejected or unreadable; 2 usage, configuration "
        "or an\ninput that cannot be read; 3 authentication; 4 server unreachable; 5 internal, "
        "or a\ndead-letter file that could not be written; 128 + N stopped by signal N.\n\n"
        "  dhub emit --server http://localhost:8080 --token-file token metadata.json\n"
        "  dhub emit -c recipe.yml --dead-letter rejected.json *.json",
};

/* --- the command line ------------------------------------------------------- */

static bool set_seconds(const char *option, const char *value, int64_t *out_ms)
{
  char *end;
  errno = 0;
  double seconds = strtod(value, &end);
  if (errno || end == value || *end || !(seconds >= 0) || seconds > 1e9) {
    dhub_usage_error("emit", "--%s wants a number of seconds, not '%s'", option, value);
    return false;
  }
  *out_ms = (int64_t)(seconds * 1000);
  return true;
}

static bool add_setting(emit_command *command, char *value)
{
  const char *equals = strchr(value, '=');
  if (!equals || equals == value) {
    dhub_usage_error("emit", "--option wants KEY=VALUE, not '%s'", value);
    return false;
  }
  if (command->setting_count == SETTINGS_MAX) {
    dhub_usage_error("emit", "more than %d times --option", SETTINGS_MAX);
    return false;
  }
  command->settings[command->setting_count++] = value;
  return true;
}

static bool set_option(void *arg, const dhub_option *option, char *value)
{
  emit_command *command = arg;
  const char *name = option->name;
  if (dhub_connection_set(&command->connection, option, value))
    return true;
  if (!strcmp(name, "option"))
    return add_setting(command, value);
  if (!strcmp(name, "stats-interval"))
    return set_seconds(name, value, &command->stats_ms);
  if (!strcmp(name, "grace"))
    return set_seconds(name, value, &command->grace_ms);
  if (!strcmp(name, "sink"))
    command->connection.sink_type = value;
  else if (!strcmp(name, "dry-run"))
    command->dry_run = true;
  else if (!strcmp(name, "dead-letter"))
    command->dead_letter = value;
  else if (!strcmp(name, "spool"))
    command->spool = value;
  else if (!strcmp(name, "run-id"))
    command->run_id = value;
  else if (!strcmp(name, "json"))
    command->json = true;
  return true;
}

/* --- before anything is sent --------------------------------------------------- */

/* A name that is wrong is found before the first record has gone. */
static int check_inputs(char *const *files)
{
  if (!*files && isatty(STDIN_FILENO))
    return dhub_usage_error("emit", "no FILE is given, and standard input is a terminal; \"-\" "
                                    "reads from it");
  for (; *files; files++) {
    if (strcmp(*files, "-") != 0 && access(*files, R_OK) != 0) {
      fprintf(stderr, "dhub: cannot read %s: %s; nothing was sent\n", *files, strerror(errno));
      return DHUB_USAGE;
    }
  }
  return DHUB_OK;
}

static int set_in_sink(emit_command *command, const char *key, const char *value)
{
  char path[256];
  dh_error error;
  snprintf(path, sizeof(path), "config.%s", key);
  if (dhub_connection_config(&command->connection, path, value, &error) == DH_OK)
    return DHUB_OK;
  return dhub_fail(&command->connection.output, &error);
}

static int apply_settings(emit_command *command)
{
  int code = DHUB_OK;
  for (size_t i = 0; i < command->setting_count && code == DHUB_OK; i++) {
    char *equals = strchr(command->settings[i], '=');
    *equals = '\0';
    code = set_in_sink(command, command->settings[i], equals + 1);
    *equals = '=';
  }
  if (code == DHUB_OK && command->spool)
    code = set_in_sink(command, "spool", command->spool);
  return code;
}

static bool is_for_datahub(const dh_config *sink)
{
  const char *type = sink ? dh_config_get_text(sink, "type", "datahub-rest") : "datahub-rest";
  return !strncmp(type, "datahub-", 8);
}

static int open_dead_letter(emit_command *command, emit_run *run, char *const *files)
{
  dh_error error;
  if (!command->dead_letter)
    return DHUB_OK;
  run->letter = dead_letter_open(command->dead_letter, files, run->output, &error);
  if (run->letter)
    return DHUB_OK;
  dhub_say(run->output, "%s", error.message);
  return error.status == DH_NO_MEMORY ? DHUB_INTERNAL : DHUB_USAGE;
}

static int open_emitter(emit_command *command, emit_run *run)
{
  dh_error error;
  dh_emitter_options options = {.struct_size = sizeof(options),
                                .delivered = emit_run_fate,
                                .arg = run,
                                .component = "dhub",
                                .client_mode = "CLI"};
  if (command->dry_run)
    return DHUB_OK;
  run->emitter =
      dh_emitter_open(command->connection.context, command->connection.sink, &options, &error);
  if (run->emitter)
    return DHUB_OK;
  /* Nothing has been sent for yet: what is absent is a module, a file or a spool. */
  int code = dhub_fail(run->output, &error);
  return code == DHUB_UNREACHABLE ? DHUB_USAGE : code;
}

/* --- the run --------------------------------------------------------------------- */

static void read_files(emit_run *run, char *const *files)
{
  if (!*files) {
    emit_run_input(run, "-");
    return;
  }
  while (*files && emit_run_input(run, *files))
    files++;
}

/* The gravest thing that happened. */
static int exit_code(emit_run *run, bool letter_ok)
{
  if (!letter_ok)
    return DHUB_INTERNAL;
  if (run->failure.status != DH_OK && !run->input_failed)
    return dhub_exit_code(&run->failure);
  if (run->input_failed)
    return run->failure.status == DH_NO_MEMORY ? DHUB_INTERNAL : DHUB_USAGE;
  /* One that came when all had been read and was delivered has changed nothing. */
  if (dhub_signal_came() && (run->stopped_in || atomic_load(&run->undelivered)))
    return 128 + dhub_signal_came();
  if (atomic_load(&run->rejected) || run->unreadable)
    return DHUB_SOME_REJECTED;
  return atomic_load(&run->undelivered) ? DHUB_UNREACHABLE : DHUB_OK;
}

static int run_emit(emit_command *command, char *const *files)
{
  dhub_connection *connection = &command->connection;
  emit_run run = {.output = &connection->output,
                  .context = connection->context,
                  .command_line_run_id = command->run_id,
                  .for_datahub = is_for_datahub(connection->sink),
                  .show_progress = isatty(STDERR_FILENO) && connection->log_level == DH_LOG_WARNING,
                  .quiet = connection->log_level == DH_LOG_ERROR,
                  .stats_ms = command->stats_ms,
                  .grace_ms = command->grace_ms,
                  .spooled = dh_config_get(dhub_sink_config(connection), "spool") != NULL};
  emit_run_init(&run);
  int code = open_dead_letter(command, &run, files);
  dhub_signals_catch();
  if (code == DHUB_OK)
    code = open_emitter(command, &run);
  dhub_signals_here();
  if (code == DHUB_OK) {
    read_files(&run, files);
    emit_run_finish(&run);
    code = exit_code(&run, !run.letter || !dead_letter_lost(run.letter));
    emit_report_end(&run, !command->dry_run, command->json, code);
  }
  if (!dead_letter_close(run.letter) && code < 128)
    code = DHUB_INTERNAL;
  emit_run_free(&run);
  return code;
}

int dhub_cmd_emit(int argc, char **argv)
{
  emit_command command = {.connection = DHUB_CONNECTION_INIT("emit"), .grace_ms = GRACE_MS};
  int first = dhub_parse(&usage, argc, argv, set_option, &command);
  if (first < 0)
    return first == DHUB_PARSE_HELP ? DHUB_OK : DHUB_USAGE;
  int code = check_inputs(argv + first);
  if (code == DHUB_OK)
    code = dhub_connect(&command.connection);
  if (code == DHUB_OK)
    code = apply_settings(&command);
  if (code == DHUB_OK)
    code = run_emit(&command, argv + first);
  dhub_disconnect(&command.connection);
  return code;
}
