/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The value of an Authorization header taken apart.
 */
#ifndef DH_VERIFY_PRESENTED_H
#define DH_VERIFY_PRESENTED_H

#include <datahub/error.h>

/* Longer values are refused unread. */
#define DH_PRESENTED_MAX ((size_t)64 * 1024)
#define DH_SCHEME_MAX 32

/*
 * Fills `presented`, whose scheme is a copy in `scheme`. As GMS, "Bearer " and "bearer " are
 * one scheme ("Bearer"); any other is passed on as it was written. DH_DENIED: none was
 * presented; DH_MALFORMED: no scheme, nothing after it, too long, a control character.
 */
dh_status dh_presented_split(dh_presented *presented, char scheme[DH_SCHEME_MAX],
                             const char *authorization, size_t size, dh_error *error);

#endif
