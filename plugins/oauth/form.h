/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A body of application/x-www-form-urlencoded. It may hold secrets: dh_buf_init_secret(),
 * dh_buf_wipe().
 */
#ifndef DH_OAUTH_FORM_H
#define DH_OAUTH_FORM_H

#include "base/buf.h"

/* Appends percent-encoded: all but the unreserved characters of RFC 3986. */
void form_encode(dh_buf *out, const char *text, size_t size);
/* Appends "&key=value"; nothing where the value is NULL. */
void form_add(dh_buf *form, const char *key, const char *value);
void form_add_bytes(dh_buf *form, const char *key, const char *value, size_t size);

#endif
