/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub get: the aspects of one entity.
 */
#include "command.h"
#include "request.h"

#include "metadata/json.h"

#include <datahub/metadata.h>

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASPECTS_MAX = 64 };

typedef struct get_command {
  dhub_connection connection;
  const char *aspects[ASPECTS_MAX];
  size_t aspect_count;
} get_command;

static const dhub_option get_options[] = {
    {"aspect", 'a', "NAME", "this aspect only; may be given several times"},
    {NULL, 0, NULL, NULL},
};

static const dhub_option *const tables[] = {get_options, dhub_connection_options, NULL};

static const dhub_usage usage = {
    .command = "get",
    .arguments = "URN",
    .summary = "Prints the aspects of an entity as JSON: {\"ASPECT\": {...}, ...}",
    .tables = tables,
    .notes = "Exit status: 0 done; 1 there is no such entity, or it has none of the aspects; "
             "2 usage or\nconfiguration; 3 authentication; 4 server unreachable.\n\n"
             "  dhub get 'urn:li:dataset:(urn:li:dataPlatform:hive,db.t,PROD)' --aspect status",
};

static bool set_option(void *arg, const dhub_option *option, char *value)
{
  get_command *command = arg;
  if (dhub_connection_set(&command->connection, option, value))
    return true;
  if (command->aspect_count == ASPECTS_MAX || !*value || strpbrk(value, ",()&#? ")) {
    dhub_usage_error("get", "'%s' is no aspect's name, or there are more than %d", value,
                     ASPECTS_MAX);
    return false;
  }
  command->aspects[command->aspect_count++] = value;
  return true;
}

/* Percent-encodes all but RFC 3986's unreserved characters. */
static void add_encoded(FILE *to, const char *text)
{
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 strchr("-._~", c);
    fprintf(to, plain ? "%c" : "%%%02X", c);
  }
}

static char *make_path(const get_command *command, const char *urn)
{
  char *path = NULL;
  size_t size;
  FILE *to = open_memstream(&path, &size);
  if (!to)
    return NULL;
  fputs("/entitiesV2/", to);
  add_encoded(to, urn);
  for (size_t i = 0; i < command->aspect_count; i++) {
    fputs(i ? "," : "?aspects=List(", to);
    add_encoded(to, command->aspects[i]);
  }
  if (command->aspect_count)
    fputc(')', to);
  fclose(to);
  return path;
}

/* {"status": {...}} out of {"aspects": {"status": {"value": {...}, ...}}}; NULL where the
 * answer is not of that shape. */
static struct json_object *values_of(struct json_object *entity)
{
  struct json_object *aspects, *value;
  if (!json_object_object_get_ex(entity, "aspects", &aspects) ||
      !json_object_is_type(aspects, json_type_object))
    return NULL;
  struct json_object *out = json_object_new_object();
  json_object_object_foreach(aspects, name, aspect)
  {
    if (json_object_object_get_ex(aspect, "value", &value))
      json_object_object_add(out, name, json_object_get(value));
  }
  return out;
}

static int print_entity(get_command *command, const char *urn, const dhub_reply *reply)
{
  dhub_output *output = &command->connection.output;
  struct json_object *entity = dh_json_tree(reply->body, reply->size);
  struct json_object *values = entity ? values_of(entity) : NULL;
  int code = DHUB_OK;
  if (!values) {
    dhub_say(output,
             "%s answered with something else than an entity: is it DataHub's GMS (port 8080, or "
             "/api/gms below the frontend)?",
             reply->url);
    code = DHUB_UNREACHABLE;
  } else if (!json_object_object_length(values)) {
    dhub_say(output, "%s: there is no such entity, or it has none of the aspects", urn);
    code = DHUB_SOME_REJECTED;
  } else {
    puts(json_object_to_json_string_ext(values, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                    JSON_C_TO_STRING_NOSLASHESCAPE));
  }
  json_object_put(values);
  json_object_put(entity);
  return code;
}

static int run_get(get_command *command, const char *urn)
{
  dhub_reply reply;
  char *path = make_path(command, urn);
  if (!path)
    return DHUB_INTERNAL;
  int code = dhub_request(&command->connection, "GET", path, NULL, &reply);
  if (code == DHUB_OK && reply.status == 404) {
    dhub_say(&command->connection.output, "%s: there is no such entity", urn);
    code = DHUB_SOME_REJECTED;
  } else if (code == DHUB_OK) {
    code = dhub_reply_check(&command->connection, &reply);
    if (code == DHUB_OK)
      code = print_entity(command, urn, &reply);
  }
  dhub_reply_free(&reply);
  free(path);
  return code;
}

int dhub_cmd_get(int argc, char **argv)
{
  dh_error error;
  get_command command = {.connection = DHUB_CONNECTION_INIT("get")};
  int first = dhub_parse(&usage, argc, argv, set_option, &command);
  if (first < 0)
    return first == DHUB_PARSE_HELP ? DHUB_OK : DHUB_USAGE;
  if (argc - first != 1)
    return dhub_usage_error("get", "one URN is wanted, %d were given", argc - first);
  const char *urn = argv[first];
  if (dh_urn_check(urn, strlen(urn), &error) != DH_OK) {
    fprintf(stderr, "dhub: %s: %s\n", urn, error.message);
    return DHUB_USAGE;
  }
  int code = dhub_connect(&command.connection);
  if (code == DHUB_OK)
    code = run_get(&command, urn);
  dhub_disconnect(&command.connection);
  return code;
}
