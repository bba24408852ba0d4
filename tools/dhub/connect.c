/* SPDX-License-Identifier: Apache-2.0 */
#include "connect.h"

#include "command.h"

#include <string.h>

const dhub_option dhub_connection_options[] = {
    {"config", 'c', "FILE",
     "read the sink from FILE: a libconfig file, or a DataHub recipe (.yml)"},
    {"server", 's', "URL", "DataHub's address (default: -c, DATAHUB_GMS_URL, ~/.datahubenv)"},
    {"token-file", 't', "FILE", "read the access token from FILE"},
    {"token", 0, "TOKEN", "the access token itself: unsafe, other users see it in `ps`"},
    {"verbose", 'v', NULL, "say what is done"},
    {"debug", 0, NULL, "say all that is done; secrets are left out"},
    {"quiet", 'q', NULL, "print errors only"},
    {NULL, 0, NULL, NULL},
};

bool dhub_connection_set(dhub_connection *connection, const dhub_option *option, char *value)
{
  const char *name = option->name;
  if (!strcmp(name, "config"))
    connection->config = value;
  else if (!strcmp(name, "server"))
    connection->server = value;
  else if (!strcmp(name, "token-file"))
    connection->token_file = value;
  else if (!strcmp(name, "token"))
    connection->token = value;
  else if (!strcmp(name, "verbose"))
    connection->log_level = DH_LOG_INFO;
  else if (!strcmp(name, "debug"))
    connection->log_level = DH_LOG_DEBUG;
  else if (!strcmp(name, "quiet"))
    connection->log_level = DH_LOG_ERROR;
  else
    return false;
  return true;
}

/* The `sink` block of the file that -c names. */
static dh_status read_file(dhub_connection *c, dh_error *error)
{
  c->file = dh_config_load(c->context, c->config, error);
  if (!c->file)
    return error->status;
  const dh_config *sink = dh_config_get(c->file, "sink");
  if (!sink || dh_config_kind_of(sink) != DH_CONFIG_MAP)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s: there is no `sink` block; it says where records go: "
                        "sink = { type = \"datahub-rest\"; config = { server = \"...\"; }; };",
                        dh_config_where(c->file));
  c->sink = dh_config_copy(sink);
  if (!c->sink)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory");
  return DH_OK;
}

static dh_status set(dhub_connection *c, const char *path, const char *value, dh_error *error)
{
  if (!c->sink)
    c->sink = dh_config_new_map("command line");
  if (!c->sink)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory");
  return dh_config_set(c->sink, path, value, error);
}

/* A credential of the command line takes the place of those in the file. */
static dh_status set_credential(dhub_connection *c, dh_error *error)
{
  if (!c->token && !c->token_file)
    return DH_OK;
  if (c->sink) {
    dh_config_remove(c->sink, "config.token");
    dh_config_remove(c->sink, "config.auth");
  }
  if (c->token)
    return set(c, "config.token", c->token, error);
  dh_status status = set(c, "config.auth.type", "file", error);
  return status == DH_OK ? set(c, "config.auth.config.path", c->token_file, error) : status;
}

/* Where the command line names a server but no type, what it names is DataHub's. */
static dh_status apply_command_line(dhub_connection *c, dh_error *error)
{
  dh_status status = DH_OK;
  if (c->sink_type)
    status = set(c, "type", c->sink_type, error);
  if (status == DH_OK && c->server)
    status = set(c, "config.server", c->server, error);
  if (status == DH_OK)
    status = set_credential(c, error);
  if (status == DH_OK && c->sink && !dh_config_get(c->sink, "type"))
    status = set(c, "type", "datahub-rest", error);
  return status;
}

static int check_command_line(const dhub_connection *c)
{
  if (c->token && c->token_file)
    return dhub_usage_error(c->command, "--token and --token-file cannot both be given");
  return DHUB_OK;
}

int dhub_connect(dhub_connection *c)
{
  dh_error error;
  int code = check_command_line(c);
  if (code != DHUB_OK)
    return code;
  dh_context_options options = {.struct_size = sizeof(options),
                                .log_level = c->log_level,
                                .log = dhub_log,
                                .log_arg = &c->output};
  c->context = dh_context_new(&options, &error);
  dh_status status = c->context ? DH_OK : error.status;
  if (status == DH_OK && c->config)
    status = read_file(c, &error);
  if (status == DH_OK)
    status = apply_command_line(c, &error);
  if (c->token) {
    dh_wipe(c->token, strlen(c->token));
    dhub_say(&c->output, "warning: --token shows the token to every user of this machine (`ps`); "
                         "use --token-file or DATAHUB_GMS_TOKEN");
  }
  if (status == DH_OK)
    return DHUB_OK;
  code = dhub_fail(&c->output, &error);
  return code == DHUB_UNREACHABLE ? DHUB_USAGE : code; /* it is a file that is out of reach */
}

void dhub_disconnect(dhub_connection *c)
{
  dh_config_free(c->sink);
  dh_config_free(c->file);
  dh_context_free(c->context);
  c->sink = c->file = NULL;
  c->context = NULL;
}

dh_status dhub_connection_config(dhub_connection *connection, const char *path, const char *value,
                                 dh_error *error)
{
  dh_status status = set(connection, path, value, error);
  if (status == DH_OK && !dh_config_get(connection->sink, "type"))
    status = set(connection, "type", "datahub-rest", error);
  return status;
}

const dh_config *dhub_sink_config(const dhub_connection *connection)
{
  return connection->sink ? dh_config_get(connection->sink, "config") : NULL;
}
