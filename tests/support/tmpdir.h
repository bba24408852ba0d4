/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders and files for one test. All end the program with words where they fail.
 */
#ifndef DH_TESTS_TMPDIR_H
#define DH_TESTS_TMPDIR_H

#include <stddef.h>
#include <sys/types.h>

/* A new folder, mode 0700, below $TMPDIR or /tmp. The caller passes it to test_tmpdir_remove(). */
char *test_tmpdir_new(void);
/* Removes it with all that is in it, and frees the name. NULL is accepted. */
void test_tmpdir_remove(char *dir);
/* "DIR/NAME"; the caller frees. */
char *test_path(const char *dir, const char *name);
/* Writes a file of that mode at DIR/NAME, replacing one that is there; returns its path, which the
 * caller frees. */
char *test_file(const char *dir, const char *name, const void *bytes, size_t size, mode_t mode);
char *test_file_text(const char *dir, const char *name, const char *text);
/* The whole of a file, NUL-terminated; the caller frees. `size` may be NULL. */
char *test_read(const char *path, size_t *size);
/* Holds the lock (flock) of DIR/NAME, as another process would, until the descriptor is closed;
 * `text` (may be NULL) replaces what is in the file. */
int test_lock_held(const char *dir, const char *name, const char *text);

#endif
