/* SPDX-License-Identifier: Apache-2.0 */
/* A YAML map against a table with an option of every type. */
#include <datahub/config.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const colours[] = {"red", "green", NULL};
static const dh_option table[] = {
    {.name = "string", .type = DH_OPT_STRING, .default_value = "s"},
    {.name = "secret", .type = DH_OPT_SECRET},
    {.name = "integer", .type = DH_OPT_INTEGER, .min = -5, .max = 5},
    {.name = "boolean", .type = DH_OPT_BOOLEAN, .default_value = "yes"},
    {.name = "duration", .type = DH_OPT_DURATION, .default_value = "30s"},
    {.name = "size", .type = DH_OPT_SIZE, .default_value = "15M"},
    {.name = "path", .type = DH_OPT_PATH},
    {.name = "url", .type = DH_OPT_URL},
    {.name = "enum", .type = DH_OPT_ENUM, .choices = colours},
    {.name = "list", .type = DH_OPT_LIST, .default_value = "a,b"},
    {.name = "map", .type = DH_OPT_MAP, .default_value = "k=v"},
    {.name = NULL},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  dh_error error;
  dh_context *context = dh_context_new(NULL, NULL);
  dh_config *root =
      dh_config_parse(context, DH_CONFIG_YAML, (const char *)data, size, "fuzz.yml", &error);
  dh_options *options = root ? dh_options_check(context, table, "fuzz", root, NULL, &error) : NULL;
  for (const dh_option *o = table; options && o->name; o++)
    if (dh_options_count(options, o->name) && !dh_options_where(options, o->name))
      __builtin_trap();
  dh_options_free(options);
  dh_config_free(root);
  dh_context_free(context);
  return 0;
}
