/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"
#include "options.h"
#include "output.h"
#include "plugin_probe.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS_MAX 64

struct settings {
  const char *given[SETTINGS_MAX + 1];
  size_t count;
  dh_log_level level;
};

static const dhub_option options[] = {
    {"option", 'o', "KEY=VALUE", "check: an option of the module; may be given many times"},
    {"verbose", 'v', NULL, "show what the library logs"},
    {NULL, 0, NULL, NULL},
};
static const dhub_option *const tables[] = {options, NULL};
static const dhub_usage usage = {
    "plugin",
    "list | info NAME | check FILE.so",
    "Shows the loadable modules, what options they take, and whether they keep the contract of "
    "the\n"
    "module ABI.",
    tables,
    "  list            all modules on the search path: DATAHUB_PLUGIN_PATH, then the built-in "
    "folder\n"
    "  info NAME       one of them, with its options; NAME with a slash is a file\n"
    "  check FILE.so   drives the module under a host that fails in turn, with good, bad and "
    "hostile\n"
    "                  input, in a process of its own, and says what it finds\n"
    "\n"
    "Exit status: 0 good; 1 a module cannot be loaded or has faults; 2 usage.\n",
};

static bool set_option(void *arg, const dhub_option *option, char *value)
{
  struct settings *settings = arg;
  if (option->letter == 'v') {
    settings->level = DH_LOG_DEBUG;
    return true;
  }
  if (!strchr(value, '=') || value[0] == '=' || settings->count == SETTINGS_MAX) {
    dhub_usage_error("plugin", "-o takes KEY=VALUE, not '%s'", value);
    return false;
  }
  settings->given[settings->count++] = value;
  return true;
}

/* --- list --- */

struct listing {
  dh_context *context;
  int broken, count;
};

static void print_roles(const dh_plugin *plugin)
{
  char roles[40] = "";
  if (plugin->credential)
    strcat(roles, "credential ");
  if (plugin->verifier)
    strcat(roles, "verifier ");
  if (plugin->sink)
    strcat(roles, "sink ");
  roles[strlen(roles) - 1] = '\0';
  printf("%-24s", roles);
}

static int list_one(void *arg, const char *path)
{
  struct listing *listing = arg;
  dh_error error;
  dh_module *module = dh_module_load(listing->context, path, NULL, &error);
  if (!module) {
    printf("%-20s cannot be loaded: %s\n", strrchr(path, '/') + 1, error.message);
    listing->broken++;
    return 0;
  }
  const dh_plugin *plugin = dh_module_descriptor(module);
  printf("%-20s ", plugin->name);
  print_roles(plugin);
  printf(" %s\n", plugin->summary);
  listing->count++;
  dh_module_unref(module);
  return 0;
}

static int list_folder(void *arg, const char *folder)
{
  bool *more = arg;
  printf("%s %s", *more ? "," : "", folder);
  *more = true;
  return 0;
}

static int list(dh_context *context)
{
  struct listing listing = {context, 0, 0};
  dh_module_list(context, list_one, &listing);
  if (!listing.count && !listing.broken) {
    printf("no modules found in");
    bool more = false;
    dh_module_folders(context, list_folder, &more);
    printf("; DATAHUB_PLUGIN_PATH adds folders to search\n");
  }
  return listing.broken ? DHUB_SOME_REJECTED : DHUB_OK;
}

/* --- info --- */

static const char *type_name(dh_option_type type)
{
  static const char *const names[] = {"?",    "string", "secret", "integer", "boolean", "duration",
                                      "size", "path",   "url",    "enum",    "list",    "map"};
  return (unsigned)type < sizeof(names) / sizeof(names[0]) ? names[type] : names[0];
}

static void print_option(const dh_option *option)
{
  printf("\n  %s (%s", option->name, type_name(option->type));
  for (const char *const *c = option->choices; option->type == DH_OPT_ENUM && *c; c++)
    printf("%s%s", c == option->choices ? ": " : ", ", *c);
  if (option->flags & DH_OPT_REQUIRED)
    printf(", required");
  if (option->flags & DH_OPT_DEPRECATED)
    printf(", deprecated");
  if (option->min || option->max)
    printf(", %lld to %lld", (long long)option->min, (long long)option->max);
  if (option->default_value)
    printf(", default %s", *option->default_value ? option->default_value : "empty");
  printf(")\n    %s\n", option->help ? option->help : "");
}

static int info(dh_context *context, dhub_output *output, const char *name)
{
  dh_error error;
  dh_module *module = dh_module_load(context, name, NULL, &error);
  if (!module) {
    dhub_say(output, "%s", error.message);
    return DHUB_SOME_REJECTED;
  }
  const dh_plugin *plugin = dh_module_descriptor(module);
  printf("%s %s: %s\n", plugin->name, plugin->version, plugin->summary);
  printf("file     %s\n", dh_module_path(module));
  printf("license  %s\n", plugin->license);
  printf("ABI      %u.%u, needs %u.%u\n", DH_ABI_GET_MAJOR(plugin->abi),
         DH_ABI_GET_MINOR(plugin->abi), DH_ABI_GET_MAJOR(plugin->needs),
         DH_ABI_GET_MINOR(plugin->needs));
  printf("roles    ");
  print_roles(plugin);
  printf("\n%s", plugin->options && plugin->options->name ? "options\n" : "options  none\n");
  for (const dh_option *option = plugin->options; option && option->name; option++)
    print_option(option);
  dh_module_unref(module);
  return DHUB_OK;
}

/* --- check --- */

static int check(dh_context *context, const char *file, const struct settings *settings)
{
  char *named = NULL;
  /* What is checked is a file: one in this folder needs no "./". */
  if (!strchr(file, '/') && asprintf(&named, "./%s", file) < 0)
    return DHUB_INTERNAL;
  printf("%s\n", file);
  int found = dhub_plugin_check(context, named ? named : file, settings->given);
  free(named);
  if (found < 0) {
    fprintf(stderr, "dhub: plugin: a process for the check could not be started\n");
    return DHUB_INTERNAL;
  }
  if (found)
    printf("%d fault%s\n", found, found == 1 ? "" : "s");
  else
    printf("no faults\n");
  return found ? DHUB_SOME_REJECTED : DHUB_OK;
}

static int run(dh_context *context, dhub_output *output, int count, char **words,
               const struct settings *settings)
{
  const char *action = count ? words[0] : "";
  if (!strcmp(action, "list") && count == 1)
    return list(context);
  if (!strcmp(action, "info") && count == 2)
    return info(context, output, words[1]);
  if (!strcmp(action, "check") && count == 2)
    return check(context, words[1], settings);
  return dhub_usage_error("plugin", "one of: list, info NAME, check FILE.so");
}

int dhub_cmd_plugin(int argc, char **argv)
{
  struct settings settings = {.level = DH_LOG_WARNING};
  dhub_output output = DHUB_OUTPUT_INIT;
  dh_error error;
  int first = dhub_parse(&usage, argc, argv, set_option, &settings);
  if (first == DHUB_PARSE_HELP)
    return DHUB_OK;
  if (first == DHUB_PARSE_WRONG)
    return DHUB_USAGE;
  dh_context_options given = {.struct_size = sizeof(given),
                              .log_level = settings.level,
                              .log = dhub_log,
                              .log_arg = &output};
  dh_context *context = dh_context_new(&given, &error);
  if (!context)
    return dhub_fail(&output, &error);
  int code = run(context, &output, argc - first, argv + first, &settings);
  dh_context_free(context);
  return code;
}
