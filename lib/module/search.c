/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folders in which modules are looked for, in order: those of the context (or of the
 * environment, which set-id programs ignore: base/context.c), then the built-in one.
 */
#include "base/buf.h"
#include "base/context.h"
#include "module/load.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int dh_module_folders(dh_context *context, int (*each)(void *arg, const char *folder), void *arg)
{
  const char *path = dh_context_plugin_path(context);
  while (path && *path) {
    size_t length = strcspn(path, ":");
    char *folder = strndup(path, length);
    int stop = folder && *folder ? each(arg, folder) : 0;
    free(folder);
    if (stop)
      return stop;
    path += length + (path[length] == ':');
  }
  return each(arg, DH_PLUGIN_DIR);
}

struct search {
  const char *name;
  char *found;
  dh_buf searched;
};

static int look(void *arg, const char *folder)
{
  struct search *search = arg;
  struct stat st;
  dh_buf_addf(&search->searched, "%s%s", search->searched.size ? ", " : "", folder);
  if (asprintf(&search->found, "%s/%s.so", folder, search->name) < 0) {
    search->found = NULL;
    return 0;
  }
  if (!stat(search->found, &st))
    return 1;
  free(search->found);
  search->found = NULL;
  return 0;
}

static bool is_name(const char *name)
{
  size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
  return length > 0 && length <= 64 && !name[length];
}

char *dh_search(dh_context *context, const char *name, dh_error *error)
{
  if (strchr(name, '/')) {
    char *path = strdup(name);
    if (!path)
      dh_error_set(error, DH_NO_MEMORY, "out of memory");
    return path;
  }
  if (!is_name(name)) {
    dh_error_set(
        error, DH_MISCONFIGURED,
        "'%s' is not a module's name: letters, digits, '-' and '_'; a file is given with a "
        "slash in it (./%s)",
        name, name);
    return NULL;
  }
  struct search search = {.name = name};
  dh_buf_init(&search.searched);
  dh_module_folders(context, look, &search);
  if (!search.found) {
    const char *folders = dh_buf_text(&search.searched);
    dh_error_set(error, DH_UNAVAILABLE,
                 "there is no module '%s': no %s.so in %s; `dhub plugin list` shows what is there, "
                 "DATAHUB_PLUGIN_PATH adds folders",
                 name, name, folders ? folders : "the folders searched");
  }
  dh_buf_free(&search.searched);
  return search.found;
}

/* --- the list --- */

struct listing {
  int (*each)(void *arg, const char *path);
  void *arg;
};

static int is_module(const struct dirent *entry)
{
  size_t length = strlen(entry->d_name);
  return length > 3 && entry->d_name[0] != '.' && !strcmp(entry->d_name + length - 3, ".so");
}

static int list_folder(void *arg, const char *folder)
{
  struct listing *listing = arg;
  struct dirent **names;
  int stop = 0, count = scandir(folder, &names, is_module, alphasort);
  for (int i = 0; i < count; i++) {
    char *path = NULL;
    if (!stop && asprintf(&path, "%s/%s", folder, names[i]->d_name) > 0) {
      stop = listing->each(listing->arg, path);
      free(path);
    }
    free(names[i]);
  }
  if (count >= 0)
    free(names);
  return stop;
}

int dh_module_list(dh_context *context, int (*each)(void *arg, const char *path), void *arg)
{
  struct listing listing = {each, arg};
  return dh_module_folders(context, list_folder, &listing);
}
