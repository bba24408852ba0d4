/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading. A context lists its modules by device and inode, so that one file is one
 * module; two contexts that load one file have a dh_module each, over one shared object.
 */
#include "module/load.h"

#include "base/context.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct dh_module {
  dh_module *next;   /* under the slot's lock */
  size_t references; /* under the slot's lock */
  dh_context *context;
  void *handle;
  char *path;
  dev_t device;
  ino_t inode;
  dh_lifted lifted;
  dh_cache *cache;
  dh_instance instance; /* what dh_module_host() hands out */
};

/* The modules of a context. They hold the context, not the other way round, so the list is
 * empty when it is dropped. */
struct slot {
  pthread_mutex_t lock;
  dh_module *first;
};

static void *make_slot(void)
{
  struct slot *slot = calloc(1, sizeof(*slot));
  if (slot && pthread_mutex_init(&slot->lock, NULL)) {
    free(slot);
    slot = NULL;
  }
  return slot;
}

static void drop_slot(void *kept)
{
  struct slot *slot = kept;
  pthread_mutex_destroy(&slot->lock);
  free(slot);
}

/* NULL only when out of memory at the first call for a context. */
static struct slot *modules_of(dh_context *context)
{
  static const char key;
  return dh_context_keep(context, &key, make_slot, drop_slot);
}

/*
 * glibc remembers an object by each name that it was opened by, for as long as the object stays,
 * which may be longer than we hold it. A descriptor's number is used again, so that its bare
 * /proc/self/fd/N could bring back another module. Each name must be new: a count is spelled in
 * slashes and dots that mean nothing to the file system.
 */
static void spell_name(char name[128], int fd)
{
  static atomic_uint count;
  char *at = name + sprintf(name, "/proc/self");
  for (unsigned bits = atomic_fetch_add(&count, 1) + 1; bits; bits >>= 1)
    at += sprintf(at, bits & 1 ? "/." : "//.");
  sprintf(at, "/fd/%d", fd);
}

/* What dlerror() says, without the name that only we know. */
static const char *reason(const char *name)
{
  const char *words = dlerror();
  size_t length = strlen(name);
  if (!words)
    return "for no reason given";
  if (!strncmp(words, name, length) && words[length] == ':')
    words += length + 1 + strspn(words + length + 1, " ");
  return words;
}

static dh_status open_object(dh_module *module, int fd, dh_error *error)
{
  char name[128];
  spell_name(name, fd);
  module->handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (module->handle)
    return DH_OK;
  return dh_error_set(
      error, DH_MALFORMED,
      "%s cannot be loaded: %s; it must be a shared object for this machine, and the "
      "libraries that it needs must be installed (ldd shows them)",
      module->path, reason(name));
}

static dh_status read_descriptor(dh_module *module, dh_error *error)
{
  const dh_plugin *(*entry)(uint32_t host_abi);
  void *symbol = dlsym(module->handle, "dh_plugin_entry");
  if (!symbol)
    return dh_error_set(
        error, DH_MALFORMED,
        "%s has no symbol dh_plugin_entry: it is not a module for libdatahub, or it "
        "was linked without exporting it (DH_PLUGIN_EXPORT)",
        module->path);
  memcpy(&entry, &symbol, sizeof(entry)); /* as POSIX asks: no cast from object to function */
  const dh_plugin *given = entry(DH_ABI);
  if (!given)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "%s says that it cannot run under version %u.%u of the module ABI: upgrade "
                        "libdatahub, or install another release of the module",
                        module->path, DH_ABI_MAJOR, DH_ABI_MINOR);
  return dh_lift(&module->lifted, given, module->path, error);
}

static void free_module(dh_module *module)
{
  dh_cache_free(module->cache);
  free(module->lifted.options);
  if (module->handle)
    dlclose(module->handle);
  free(module->path);
  dh_context_free(module->context);
  free(module);
}

static dh_module *find_file(struct slot *slot, const dh_checked *checked)
{
  for (dh_module *m = slot->first; m; m = m->next)
    if (m->device == checked->device && m->inode == checked->inode)
      return m;
  return NULL;
}

static dh_status check_clash(struct slot *slot, const dh_module *module, dh_error *error)
{
  const char *name = module->lifted.plugin.name;
  for (dh_module *m = slot->first; m; m = m->next)
    if (!strcmp(m->lifted.plugin.name, name))
      return dh_error_set(
          error, DH_MISCONFIGURED,
          "%s calls itself '%s', as does %s, which is loaded: remove one of them, or "
          "name one file in all places",
          module->path, name, m->path);
  return DH_OK;
}

/* Takes over `checked->path`. */
static dh_module *load_file(struct slot *slot, dh_context *context, dh_checked *checked,
                            dh_error *error)
{
  dh_module *module = calloc(1, sizeof(*module));
  if (!module) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
    return NULL;
  }
  module->references = 1;
  module->context = dh_context_ref(context);
  module->path = checked->path;
  checked->path = NULL;
  module->device = checked->device;
  module->inode = checked->inode;
  module->cache = dh_cache_new(context);
  dh_instance_init(&module->instance, module, NULL, NULL);
  dh_status status = module->cache ? DH_OK : dh_error_set(error, DH_NO_MEMORY, "out of memory");
  if (!status)
    status = open_object(module, checked->fd, error);
  if (!status)
    status = read_descriptor(module, error);
  if (!status)
    status = check_clash(slot, module, error);
  if (status) {
    free_module(module);
    return NULL;
  }
  module->next = slot->first;
  slot->first = module;
  dh_log(context, DH_LOG_DEBUG, "loaded the module %s %s from %s", module->lifted.plugin.name,
         module->lifted.plugin.version, module->path);
  return module;
}

dh_module *dh_module_load(dh_context *context, const char *name, const char *sha256,
                          dh_error *error)
{
  struct slot *slot = modules_of(context);
  dh_checked checked;
  dh_error_clear(error);
  if (!slot) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
    return NULL;
  }
  char *path = dh_search(context, name, error);
  dh_status status = path ? dh_check_file(&checked, path, sha256, error) : DH_UNAVAILABLE;
  free(path);
  if (status)
    return NULL;
  pthread_mutex_lock(&slot->lock);
  dh_module *module = find_file(slot, &checked);
  if (module)
    module->references++;
  else
    module = load_file(slot, context, &checked, error);
  pthread_mutex_unlock(&slot->lock);
  close(checked.fd);
  free(checked.path);
  return module;
}

dh_module *dh_module_ref(dh_module *module)
{
  struct slot *slot = modules_of(module->context);
  pthread_mutex_lock(&slot->lock);
  module->references++;
  pthread_mutex_unlock(&slot->lock);
  return module;
}

void dh_module_unref(dh_module *module)
{
  if (!module)
    return;
  struct slot *slot = modules_of(module->context);
  pthread_mutex_lock(&slot->lock);
  bool last = !--module->references;
  dh_module **link = &slot->first;
  while (last && *link != module)
    link = &(*link)->next;
  if (last)
    *link = module->next;
  pthread_mutex_unlock(&slot->lock);
  if (last)
    free_module(module);
}

const dh_plugin *dh_module_descriptor(const dh_module *module)
{
  return &module->lifted.plugin;
}

const char *dh_module_path(const dh_module *module)
{
  return module->path;
}

const dh_host *dh_module_host(const dh_module *module)
{
  return &module->instance.host;
}

dh_context *dh_module_context(const dh_module *module)
{
  return module->context;
}

dh_cache *dh_module_cache(const dh_module *module)
{
  return module->cache;
}
