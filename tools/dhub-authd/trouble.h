/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator is told, on standard error, while checks cannot be decided, or connections not
 * be accepted: the reason that came last, at most once in a while, however many callers meet it.
 */
#ifndef AUTHD_TROUBLE_H
#define AUTHD_TROUBLE_H

#include <datahub/context.h>

#include <stdatomic.h>
#include <stdbool.h>

typedef struct authd_trouble {
  atomic_llong told_at_ms; /* monotonic, plus 1; 0: never */
  atomic_ullong untold;    /* since */
} authd_trouble;

/* Whether it is time to tell of it; where it is not, it is counted. Thread-safe. */
bool authd_trouble_due(authd_trouble *trouble, dh_context *context);
/* Notes that a check could not be decided, and says so where it is time to. Thread-safe. */
void authd_trouble_tell(authd_trouble *trouble, dh_context *context, dh_status result,
                        const char *reason);

#endif
