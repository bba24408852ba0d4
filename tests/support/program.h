/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program of this build, run by a test: what it prints and how it ends.
 */
#ifndef DH_TESTS_PROGRAM_H
#define DH_TESTS_PROGRAM_H

#include <stddef.h>
#include <sys/types.h>

typedef struct test_program {
  pid_t pid;
  int in;             /* its standard input, to be written to; -1 once closed */
  int out_fd, err_fd; /* files that take what it prints */
  int code;           /* exit status; 128 + N where signal N ended it */
  char *out, *err;    /* what it printed, NUL-terminated */
} test_program;

/* Starts BUILDDIR/argv[0] with these arguments (ended by NULL). `file_limit`: RLIMIT_FSIZE of it
 * in bytes, 0: as it is. The test's own environment, with HOME at a place without anything. All
 * end the program with words where they fail. */
void test_program_start(test_program *program, size_t file_limit, const char *const *argv);
/* Writes to its standard input. */
void test_program_write(test_program *program, const char *text);
/* Closes its standard input, waits for its end, and takes what it printed. */
void test_program_end(test_program *program);
/* The three in one; `input` may be NULL. */
void test_program_run(test_program *program, const char *input, const char *const *argv);
/* Frees what it printed. */
void test_program_clear(test_program *program);

#endif
