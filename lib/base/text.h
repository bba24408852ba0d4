/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small readings of text that several floors need.
 */
#ifndef DH_TEXT_H
#define DH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A decimal integer and nothing else; false on anything else or out of range. */
bool dh_text_int(const char *text, int64_t *out);
/* true, yes, on, 1; false, no, off, 0; any case. */
bool dh_text_bool(const char *text, bool *out);
/* "250ms", "30s", "5m", "2h", "7d", a bare number in seconds ("1.5" too) -> ms. */
bool dh_text_duration(const char *text, int64_t *out_ms);
/* "512", "64K", "15M", "2G", with an optional "B" or "iB" -> bytes. */
bool dh_text_size(const char *text, int64_t *out);
/* Edit distance, for "did you mean"; compares at most 63 bytes of each. */
size_t dh_text_distance(const char *a, const char *b);
/* The nearest of a NULL-ended list, NULL where none is near enough to be meant. */
const char *dh_text_nearest(const char *word, const char *const *words);
/* Whether bytes are valid UTF-8 (no overlong forms, no surrogates). */
bool dh_text_utf8(const void *bytes, size_t size);

#endif
