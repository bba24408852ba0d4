/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file error.h
 * Results in words. The types dh_status and dh_error are those of the module ABI.
 */
#ifndef DATAHUB_ERROR_H
#define DATAHUB_ERROR_H

#include <datahub/plugin.h>

#include <stdarg.h>

/** Marks what libdatahub exports; all else is hidden. */
#if defined(__GNUC__) || defined(__clang__)
#define DH_API __attribute__((visibility("default")))
#else
#define DH_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The stable identifier of a result, for scripts and logs: "ok", "ignore",
 * "unavailable", "denied", "expired", "revoked", "malformed", "misconfigured",
 * "timeout", "no-memory", "internal"; "unknown" for any other number.
 * Static storage. Thread-safe.
 */
DH_API const char *dh_status_name(dh_status status);

/** Sets `error` (may be NULL) to OK: no message, no HTTP status, no delay. */
DH_API void dh_error_clear(dh_error *error);

/**
 * Fills `error` (may be NULL) with a status and a message made as printf makes
 * one; a message too long ends in "...". The HTTP status and the delay are reset.
 * @returns `status`, so that a function can end with it.
 */
DH_API dh_status dh_error_set(dh_error *error, dh_status status, const char *format, ...)
    DH_PRINTF_LIKE(3, 4);

/** dh_error_set() with a va_list. */
DH_API dh_status dh_error_setv(dh_error *error, dh_status status, const char *format, va_list ap)
    DH_PRINTF_LIKE(3, 0);

/** Puts words before the message that is there: "sink.cfg:12: " and the like. */
DH_API void dh_error_prefix(dh_error *error, const char *format, ...) DH_PRINTF_LIKE(2, 3);

#ifdef __cplusplus
}
#endif

#endif
