/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of one running dhub-authd share.
 */
#ifndef TESTS_AUTHD_STAGE_H
#define TESTS_AUTHD_STAGE_H

#include "suite.h"
#include "tools/authd/process.h"

extern authd_process authd;
extern authd_reply reply;

/* A case whose tests begin with authd_prepare() and end with authd_end(). */
TCase *stage_case(const char *name, double seconds);
/* With PATs, and these options. */
void stage_start(const char *options);

#endif
