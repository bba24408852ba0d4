/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dhub token inspect and hash: what can be said of a token without any key.
 */
#include "command.h"
#include "options.h"
#include "output.h"
#include "token_command.h"

#include "metadata/json.h"

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* --- inspect --- */

static const dhub_option *const no_tables[] = {NULL};

static const dhub_usage inspect_usage = {
    .command = "token inspect",
    .arguments = "[FILE]",
    .summary = "Prints the header and the claims of the token in FILE, or on standard input. "
               "Nothing is checked:\nanyone can write such a token.",
    .tables = no_tables,
    .notes = "Exit status: 0 shown; 1 not a token; 2 usage; 4 the file cannot be read.\n\n"
             "  dhub token inspect < token.txt",
};

/* JSON made readable; as it is where it is none. */
static void print_json(const char *title, const char *text, size_t size)
{
  struct json_object *tree = dh_json_tree(text, size);
  printf("%s\n", title);
  if (tree)
    printf("%s\n",
           json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
                                                    JSON_C_TO_STRING_NOSLASHESCAPE));
  else
    printf("  (%zu bytes that are not JSON)\n", size);
  json_object_put(tree);
}

/* Whether there is an `exp`, whatever it is. */
static bool has_expiry(const char *payload, size_t size)
{
  struct json_object *tree = dh_json_tree(payload, size);
  bool has =
      json_object_is_type(tree, json_type_object) && json_object_object_get_ex(tree, "exp", NULL);
  json_object_put(tree);
  return has;
}

static void print_expiry(const char *payload, size_t size, int64_t expires_at_ms)
{
  char when[64];
  struct tm broken;
  time_t seconds = (time_t)(expires_at_ms / 1000), now = time(NULL);
  if (!expires_at_ms && has_expiry(payload, size)) {
    printf("expires: its exp is no date, and whoever checks the token refuses it\n");
    return;
  }
  if (!expires_at_ms) {
    printf("expires: never, or it does not say\n");
    return;
  }
  gmtime_r(&seconds, &broken);
  strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &broken);
  printf("expires: %s (%s)\n", when, seconds <= now ? "that is past" : "in the future");
}

int dhub_token_inspect(int argc, char **argv)
{
  dhub_output output = DHUB_OUTPUT_INIT;
  dh_error error;
  size_t size;
  int first = dhub_parse(&inspect_usage, argc, argv, NULL, NULL);
  if (first < 0)
    return first == DHUB_PARSE_HELP ? DHUB_OK : DHUB_USAGE;
  if (argc - first > 1)
    return dhub_usage_error("token inspect", "one FILE is read, %d were given", argc - first);
  char *text = dhub_read_text(argv[first], 1, &size, &error);
  if (!text)
    return dhub_fail(&output, &error);
  if (!size)
    dhub_say(&output, "%s is empty: there is no token in it",
             argv[first] && strcmp(argv[first], "-") ? argv[first] : "standard input");
  dh_token *token = size ? dh_token_decode(text, size, &error) : NULL;
  dhub_wipe_text(text);
  if (!size)
    return DHUB_SOME_REJECTED;
  if (!token) {
    dhub_say(&output, "%s", error.message);
    return DHUB_SOME_REJECTED;
  }
  const char *payload = dh_token_payload(token, &size);
  print_json("header:", dh_token_header(token), strlen(dh_token_header(token)));
  print_json("claims (not checked):", payload, size);
  print_expiry(payload, size, dh_token_expiry(token));
  dh_token_free(token);
  return DHUB_OK;
}

/* --- hash --- */

static const dhub_option hash_options[] = {
    {"salt-file", 0, "FILE", "the salt of GMS; without it DATAHUB_TOKEN_SERVICE_SALT is read"},
    {NULL, 0, NULL, NULL},
};
static const dhub_option *const hash_tables[] = {hash_options, NULL};

static const dhub_usage hash_usage = {
    .command = "token hash",
    .arguments = "[FILE]",
    .summary =
        "Prints the id under which DataHub keeps the personal access token in FILE, or on "
        "standard\ninput: urn:li:dataHubAccessToken:ID is its entity, ID is what is revoked.",
    .tables = hash_tables,
    .notes = "Exit status: 0 printed; 2 usage; 4 a file cannot be read.",
};

static bool set_hash(void *arg, const dhub_option *option, char *value)
{
  (void)option;
  *(char **)arg = value;
  return true;
}

int dhub_token_hash(int argc, char **argv)
{
  dhub_output output = DHUB_OUTPUT_INIT;
  char id[DH_PAT_ID_SIZE], *salt_file = NULL, *salt = NULL;
  dh_error error;
  size_t size, salt_size;
  int first = dhub_parse(&hash_usage, argc, argv, set_hash, &salt_file);
  if (first < 0)
    return first == DHUB_PARSE_HELP ? DHUB_OK : DHUB_USAGE;
  if (argc - first > 1)
    return dhub_usage_error("token hash", "one FILE is read, %d were given", argc - first);
  if (salt_file && !(salt = dhub_read_text(salt_file, 1, &salt_size, &error)))
    return dhub_fail(&output, &error);
  const char *variable = secure_getenv("DATAHUB_TOKEN_SERVICE_SALT");
  if (!salt && !variable)
    dhub_say(&output, "warning: no salt was given: this is the id at a GMS without one");
  char *text = dhub_read_text(argv[first], 1, &size, &error);
  dh_status status = text ? dh_pat_id(text, size,
                                      salt       ? salt
                                      : variable ? variable
                                                 : "",
                                      id, &error)
                          : error.status;
  dhub_wipe_text(text);
  dhub_wipe_text(salt);
  if (status != DH_OK)
    return dhub_fail(&output, &error);
  printf("%s\n", id);
  return DHUB_OK;
}
