/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the server keeps its files: the folder that was given, or one of its own that goes
 * away with it.
 */
#ifndef GMS_FOLDER_H
#define GMS_FOLDER_H

#include <datahub/error.h>

#include <stdbool.h>

typedef struct gms_folder {
  char *path;
  bool temporary;
} gms_folder;

/* `given` NULL: a temporary one. Made, mode 0700, where it is not there. */
dh_status gms_folder_open(gms_folder *folder, const char *given, dh_error *error);
/* Removes a temporary one with what is in it. */
void gms_folder_close(gms_folder *folder);
/* "FOLDER/NAME", malloc'ed; NULL out of memory. */
char *gms_folder_file(const gms_folder *folder, const char *name);

#endif
