/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a core file of another process would hold: all private memory but what is marked to
 * be left out ("dd" in its smaps), read from outside. Not under a sanitizer, whose shadow
 * memory would be searched too.
 */
#ifndef DH_TESTS_CORE_H
#define DH_TESTS_CORE_H

#include <stddef.h>
#include <sys/types.h>

/* Set by a test's own flags (see test_secrets in tests/auth/Makefile.am). */
#ifdef DH_SANITIZED
#define TEST_CORES 0
#else
#define TEST_CORES 1
#endif

#define TEST_CORE_PLACES 512

/* In how many mappings the bytes are; `places` names them. */
unsigned test_core_holds(pid_t pid, const void *bytes, size_t size, char places[TEST_CORE_PLACES]);

/*
 * Runs this program anew as "NAME --hold ARG FD" and waits until it has written 'y' to FD,
 * which says that it holds what it should; killed with its parent. Ended by the caller with
 * test_holder_end().
 */
pid_t test_holder_start(const char *arg);
void test_holder_end(pid_t pid);
/* For that program: says whether it went well, and waits to be ended. */
_Noreturn void test_holder_wait(int fd, int good);

#endif
