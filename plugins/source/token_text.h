/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A token as text, wherever it came from: what may surround it, what must not be in it.
 */
#ifndef DH_SOURCE_TOKEN_TEXT_H
#define DH_SOURCE_TOKEN_TEXT_H

#include <datahub/plugin.h>

/* As much as any server takes in a header, and more than any token has. */
#define TOKEN_TEXT_MAX 65536

/* Drops white space at both ends: files end in a newline. */
const char *token_text_trim(const char *text, size_t *size);

/*
 * Whether the bytes can stand in a header after "Bearer ". `what` names the source in
 * messages ("the file /run/token"). DH_UNAVAILABLE where empty, DH_MALFORMED.
 */
dh_status token_text_check(const dh_host *host, const char *what, const char *text, size_t size,
                           dh_error *error);

/* Trims, checks, and copies into locked memory. */
dh_status token_text_take(const dh_host *host, const char *what, const char *text, size_t size,
                          dh_secret **out, dh_error *error);

/* The same, into a credential that is sent as "Bearer". */
dh_status token_text_give(const dh_host *host, const char *what, const char *text, size_t size,
                          dh_credential *out, dh_error *error);

/* The same bytes? In a time that does not depend on where they differ. */
int token_text_same(const dh_host *host, const dh_secret *a, const dh_secret *b);

#endif
