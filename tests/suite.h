/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The main function of a Check suite: one suite a program.
 *   SUITE("urn", case_syntax(), case_types())
 * where each argument is a TCase. CK_FORK=no and CK_RUN_CASE work as Check says.
 */
#ifndef DH_TESTS_SUITE_H
#define DH_TESTS_SUITE_H

#include <check.h>
#include <locale.h>
#include <stdlib.h>

#undef fail /* Check's old macro; dh_host has a member of that name */

#define SUITE(name, ...)                                                                           \
  int main(void)                                                                                   \
  {                                                                                                \
    setlocale(LC_ALL, ""); /* as a program that speaks its user's language */                      \
    TCase *cases[] = {__VA_ARGS__};                                                                \
    Suite *suite = suite_create(name);                                                             \
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)                                  \
      suite_add_tcase(suite, cases[i]);                                                            \
    SRunner *runner = srunner_create(suite);                                                       \
    srunner_run_all(runner, CK_ENV);                                                               \
    int failed = srunner_ntests_failed(runner);                                                    \
    srunner_free(runner);                                                                          \
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;                                                   \
  }

#endif
