/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A module's tables may be shorter than ours (an older minor) or longer (a newer one that
 * says it needs no more than we have). Everything above reads a copy that is exactly ours.
 */
#include "module/load.h"

#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 1000
#define NAME_MAX_LENGTH 64
/* A size beyond this is not a table's: the descriptor is garbage. */
#define SIZE_SANE 65536u
/* The part of each table that 1.0 has: less cannot be a module. */
#define PLUGIN_MIN offsetof(dh_plugin, credential)
#define OPTION_MIN (offsetof(dh_option, help) + sizeof(char *))

#define BAD(...) dh_error_set(error, DH_MALFORMED, __VA_ARGS__)

static dh_status check_version(const dh_plugin *given, const char *path, dh_error *error)
{
  unsigned major = DH_ABI_GET_MAJOR(given->abi), minor = DH_ABI_GET_MINOR(given->abi);
  if (given->struct_size < offsetof(dh_plugin, needs) || given->struct_size > SIZE_SANE)
    return BAD("%s: its descriptor's struct_size is %u, which no version has; set it to "
               "sizeof(dh_plugin)",
               path, given->struct_size);
  if (major != DH_ABI_MAJOR)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s was built for version %u.%u of the module ABI, this library has %u.%u: "
                        "the major versions must be equal; install the module that was built for "
                        "this library",
                        path, major, minor, DH_ABI_MAJOR, DH_ABI_MINOR);
  if (given->struct_size < PLUGIN_MIN)
    return BAD("%s: its descriptor's struct_size is %u, less than version 1.0's", path,
               given->struct_size);
  if (given->needs > DH_ABI)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s needs version %u.%u of the module ABI, this library has %u.%u: upgrade "
                        "libdatahub, or install an older release of the module",
                        path, DH_ABI_GET_MAJOR(given->needs), DH_ABI_GET_MINOR(given->needs),
                        DH_ABI_MAJOR, DH_ABI_MINOR);
  return DH_OK;
}

static bool is_name(const char *name)
{
  size_t length = strnlen(name, NAME_MAX_LENGTH + 1);
  return length > 0 && length <= NAME_MAX_LENGTH &&
         strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == length;
}

/* Of an option: names joined by dots are a path of maps. */
static bool is_option_name(const char *name)
{
  size_t length = strnlen(name, NAME_MAX_LENGTH + 1);
  return length > 0 && length <= NAME_MAX_LENGTH && name[0] != '.' && name[length - 1] != '.' &&
         !strstr(name, "..") &&
         strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
             length;
}

static dh_status check_names(const dh_plugin *plugin, const char *path, dh_error *error)
{
  if (!plugin->name || !is_name(plugin->name))
    return BAD("%s: its descriptor has no valid name (letters, digits, '-', '_')", path);
  if (!plugin->version || !plugin->summary || !plugin->license)
    return BAD("%s: its descriptor lacks a %s", path,
               !plugin->version   ? "version"
               : !plugin->summary ? "summary"
                                  : "license");
  return DH_OK;
}

/* --- options --- */

static dh_status check_option(const dh_option *all, size_t index, const char *path, dh_error *error)
{
  const dh_option *option = &all[index];
  if (!is_option_name(option->name))
    return BAD("%s: option %zu has no valid name (letters, digits, '-', '_', dots between names)",
               path, index + 1);
  if ((unsigned)option->type < DH_OPT_STRING || (unsigned)option->type > DH_OPT_MAP)
    return BAD("%s: the option '%s' is of type %d, which this library does not know", path,
               option->name, (int)option->type);
  if (option->type == DH_OPT_ENUM && (!option->choices || !option->choices[0]))
    return BAD("%s: the option '%s' is an enum without choices", path, option->name);
  for (size_t i = 0; i < index; i++)
    if (!strcmp(all[i].name, option->name))
      return BAD("%s: the option '%s' is declared twice", path, option->name);
  return DH_OK;
}

static dh_status lift_options(dh_lifted *lifted, const char *path, dh_error *error)
{
  const char *given = (const char *)lifted->plugin.options;
  size_t step = lifted->plugin.option_size, count = 0;
  if (!given)
    return DH_OK;
  if (step < OPTION_MIN || step > SIZE_SANE || step % _Alignof(dh_option))
    return BAD("%s: its descriptor's option_size is %zu; set it to sizeof(dh_option)", path, step);
  while (((const dh_option *)(const void *)(given + count * step))->name)
    if (++count > OPTIONS_MAX)
      return BAD("%s: its table of options does not end with a NULL name", path);
  lifted->options = calloc(count + 1, sizeof(*lifted->options));
  if (!lifted->options)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory");
  for (size_t i = 0; i < count; i++) {
    memcpy(&lifted->options[i], given + i * step,
           step < sizeof(dh_option) ? step : sizeof(dh_option));
    dh_status status = check_option(lifted->options, i, path, error);
    if (status)
      return status;
  }
  lifted->plugin.options = lifted->options;
  lifted->plugin.option_size = sizeof(dh_option);
  return DH_OK;
}

/* --- roles --- */

/* Copies a role's table of any size. `min` is what 1.0 has at least. */
static dh_status lift_role(void *to, size_t size, const void *from, size_t min, const char *role,
                           const char *path, dh_error *error)
{
  uint32_t given;
  memcpy(&given, from, sizeof(given));
  if (given < min || given > SIZE_SANE)
    return BAD("%s: the struct_size of its %s role is %u; set it to the size of the table", path,
               role, given);
  memcpy(to, from, given < size ? given : size);
  given = (uint32_t)size;
  memcpy(to, &given, sizeof(given));
  return DH_OK;
}

static dh_status lacks(const char *path, const char *role, const char *function, dh_error *error)
{
  return BAD("%s: its %s role has no function '%s', which every module of that role has", path,
             role, function);
}

static dh_status lift_credential(dh_lifted *lifted, const char *path, dh_error *error)
{
  dh_credential_role *role = &lifted->credential;
  dh_status status = lift_role(role, sizeof(*role), lifted->plugin.credential, sizeof(*role),
                               "credential", path, error);
  if (status)
    return status;
  lifted->plugin.credential = role;
  if (!role->open || !role->acquire || !role->close)
    return lacks(path, "credential",
                 !role->open      ? "open"
                 : !role->acquire ? "acquire"
                                  : "close",
                 error);
  return DH_OK;
}

static dh_status lift_verifier(dh_lifted *lifted, const char *path, dh_error *error)
{
  dh_verifier_role *role = &lifted->verifier;
  dh_status status = lift_role(role, sizeof(*role), lifted->plugin.verifier, sizeof(*role),
                               "verifier", path, error);
  if (status)
    return status;
  lifted->plugin.verifier = role;
  if (!role->open || !role->verify || !role->close)
    return lacks(path, "verifier",
                 !role->open     ? "open"
                 : !role->verify ? "verify"
                                 : "close",
                 error);
  return DH_OK;
}

static dh_status lift_sink(dh_lifted *lifted, const char *path, dh_error *error)
{
  dh_sink_role *role = &lifted->sink;
  dh_status status =
      lift_role(role, sizeof(*role), lifted->plugin.sink, sizeof(*role), "sink", path, error);
  if (status)
    return status;
  lifted->plugin.sink = role;
  if (!role->open || !role->submit || !role->close)
    return lacks(path, "sink", !role->open ? "open" : !role->submit ? "submit" : "close", error);
  return DH_OK;
}

static dh_status lift_roles(dh_lifted *lifted, const char *path, dh_error *error)
{
  const dh_plugin *plugin = &lifted->plugin;
  dh_status status = DH_OK;
  if (!plugin->credential && !plugin->verifier && !plugin->sink)
    return BAD("%s: the module '%s' fills no role: neither credential, verifier nor sink", path,
               plugin->name);
  if (plugin->credential)
    status = lift_credential(lifted, path, error);
  if (!status && plugin->verifier)
    status = lift_verifier(lifted, path, error);
  if (!status && plugin->sink)
    status = lift_sink(lifted, path, error);
  return status;
}

dh_status dh_lift(dh_lifted *lifted, const dh_plugin *given, const char *path, dh_error *error)
{
  memset(lifted, 0, sizeof(*lifted));
  dh_status status = check_version(given, path, error);
  if (status)
    return status;
  memcpy(&lifted->plugin, given,
         given->struct_size < sizeof(dh_plugin) ? given->struct_size : sizeof(dh_plugin));
  lifted->plugin.struct_size = sizeof(dh_plugin);
  status = check_names(&lifted->plugin, path, error);
  if (!status)
    status = lift_options(lifted, path, error);
  if (!status)
    status = lift_roles(lifted, path, error);
  if (!status)
    return DH_OK;
  free(lifted->options);
  lifted->options = NULL;
  return status;
}
