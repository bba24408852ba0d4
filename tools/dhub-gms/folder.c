/* SPDX-License-Identifier: Apache-2.0 */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static dh_status make_temporary(gms_folder *folder, dh_error *error)
{
  const char *where = getenv("TMPDIR");
  if (asprintf(&folder->path, "%s/dhub-gms-XXXXXX", where && *where ? where : "/tmp") < 0) {
    folder->path = NULL;
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while making a folder");
  }
  if (mkdtemp(folder->path)) {
    folder->temporary = true;
    return DH_OK;
  }
  return dh_error_set(error, DH_UNAVAILABLE, "cannot make a folder like %s: %m", folder->path);
}

dh_status gms_folder_open(gms_folder *folder, const char *given, dh_error *error)
{
  *folder = (gms_folder){0};
  if (!given)
    return make_temporary(folder, error);
  folder->path = strdup(given);
  if (!folder->path)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory while opening %s", given);
  if (mkdir(given, 0700) && errno != EEXIST)
    return dh_error_set(error, DH_UNAVAILABLE, "cannot make the data folder %s: %m", given);
  return DH_OK;
}

void gms_folder_close(gms_folder *folder)
{
  DIR *dir = folder->temporary ? opendir(folder->path) : NULL;
  if (dir) {
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
      unlinkat(dirfd(dir), entry->d_name, 0);
    closedir(dir);
    rmdir(folder->path);
  }
  free(folder->path);
  folder->path = NULL;
}

char *gms_folder_file(const gms_folder *folder, const char *name)
{
  char *out;
  return asprintf(&out, "%s/%s", folder->path, name) < 0 ? NULL : out;
}
