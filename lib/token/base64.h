/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Base64 as JOSE writes it (RFC 7515, section 2: the URL alphabet, no padding), read
 * strictly: one byte string has one spelling, so that a token cannot be rewritten into
 * another one that means the same.
 */
#ifndef DH_BASE64_H
#define DH_BASE64_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* How many characters `size` bytes take, without padding. */
#define DH_BASE64URL_SIZE(size) (((size)*4 + 2) / 3)

/* How many bytes `size` characters stand for, at most. */
#define DH_BASE64URL_BYTES(size) ((size) / 4 * 3 + 2)

/*
 * Decodes into `out`, which has room for DH_BASE64URL_BYTES(size). False on a character
 * outside the alphabet ('=' included), an impossible length, or unused bits that are not 0.
 */
bool dh_base64url_decode(const char *text, size_t size, unsigned char *out, size_t *out_size);

void dh_base64url_encode(dh_buf *out, const void *bytes, size_t size);

/* The standard alphabet with padding. */
void dh_base64_encode(dh_buf *out, const void *bytes, size_t size);

#endif
