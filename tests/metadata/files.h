/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of a folder that end as asked, in the order of their names.
 */
#ifndef DH_TESTS_METADATA_FILES_H
#define DH_TESTS_METADATA_FILES_H

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Free with free(); the size without the NUL that follows. */
static inline char *read_file(const char *path, size_t *size)
{
  FILE *file = fopen(path, "rb");
  ck_assert_msg(file != NULL, "cannot open %s", path);
  char *bytes = NULL;
  size_t capacity = 0, n;
  *size = 0;
  do {
    capacity += 65536;
    bytes = realloc(bytes, capacity + 1);
    n = fread(bytes + *size, 1, capacity - *size, file);
    *size += n;
  } while (n);
  bytes[*size] = '\0';
  fclose(file);
  return bytes;
}

/* Calls `visit` with the path of each; returns how many, 0 where there is no folder. */
static inline int each_file(const char *folder, const char *ending, void (*visit)(const char *path))
{
  struct dirent **entries;
  int n = scandir(folder, &entries, NULL, alphasort), visited = 0;
  for (int i = 0; i < n; i++) {
    size_t size = strlen(entries[i]->d_name);
    if (size > strlen(ending) && !strcmp(entries[i]->d_name + size - strlen(ending), ending)) {
      char path[4096];
      snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
      visit(path);
      visited++;
    }
    free(entries[i]);
  }
  if (n >= 0)
    free(entries);
  return visited;
}

/* A folder of the real metadata, "" where there is none. */
static inline const char *shared_data(const char *folder)
{
  static char path[4096];
  const char *root = getenv("DH_SHARED_DATA");
  snprintf(path, sizeof(path), "%s/%s", root ? root : SRCDIR "/../shared/data", folder);
  FILE *file = fopen(path, "r");
  if (!file)
    return "";
  fclose(file);
  return path;
}

#endif
