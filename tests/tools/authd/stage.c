/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/authd/stage.h"

authd_process authd;
authd_reply reply;

static void setup(void)
{
  authd_prepare(&authd);
}

static void teardown(void)
{
  authd_end(&authd);
}

TCase *stage_case(const char *name, double seconds)
{
  TCase *tc = tcase_create(name);
  tcase_set_timeout(tc, seconds);
  tcase_add_checked_fixture(tc, setup, teardown);
  return tc;
}

void stage_start(const char *options)
{
  authd_configure(&authd, NULL, NULL, options);
  authd_start(&authd, NULL);
}
