/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file context.h
 * What all objects of one user of the library share: where the log goes, which
 * clock is read, where modules are looked for, and which secrets the log hides.
 * There is no global state: a process may have several contexts.
 */
#ifndef DATAHUB_CONTEXT_H
#define DATAHUB_CONTEXT_H

#include <datahub/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dh_context dh_context;

/** Receives one line without a newline, redacted. Called from any thread, one at a time. */
typedef void (*dh_log_fn)(void *arg, dh_log_level level, const char *line);

/** A clock to inject in tests. Both functions are called from any thread. */
typedef struct dh_clock {
  int64_t (*wall_ms)(void *arg);
  int64_t (*mono_ms)(void *arg);
  void *arg;
} dh_clock;

typedef struct dh_context_options {
  uint32_t struct_size;   /**< sizeof(dh_context_options) */
  dh_log_level log_level; /**< what is less urgent is dropped */
  dh_log_fn log;          /**< NULL: nothing is logged; the library never prints */
  void *log_arg;
  const dh_clock *clock;   /**< copied; NULL: the system's */
  const char *plugin_path; /**< folders, colon separated, searched before the built-in one;
                                NULL: DATAHUB_PLUGIN_PATH, which set-id programs ignore */
} dh_context_options;

/**
 * Makes a context. `options` may be NULL for the defaults.
 * @returns the context, released with dh_context_free(), or NULL and `error`
 *          (DH_NO_MEMORY).
 */
DH_API dh_context *dh_context_new(const dh_context_options *options, dh_error *error);

/** Another reference to the same context. Thread-safe. */
DH_API dh_context *dh_context_ref(dh_context *context);

/** Drops a reference; the last one frees. NULL is accepted. Thread-safe. */
DH_API void dh_context_free(dh_context *context);

/**
 * Ends what waits for a network: HTTP requests that verifiers, credentials and modules have under
 * way, and those that they would begin from now on, fail within a second with
 * DH_UNAVAILABLE. For a program that was told to stop and would otherwise wait for a server that
 * does not answer. An emitter's requests have their own end (dh_emitter_close()). Thread-safe;
 * cannot be undone.
 */
DH_API void dh_context_cancel(dh_context *context);

/** Logs one line through the context. Thread-safe. */
DH_API void dh_log(dh_context *context, dh_log_level level, const char *format, ...)
    DH_PRINTF_LIKE(3, 4);

/** Wall clock in ms since 1970-01-01 UTC; monotonic clock in ms. Thread-safe. */
DH_API int64_t dh_wall_ms(const dh_context *context);
DH_API int64_t dh_mono_ms(const dh_context *context);

/**
 * Copies `size` bytes into locked memory that core files leave out. While the
 * secret lives, the context's log shows "[redacted]" in its place (values
 * shorter than 6 bytes are not searched for).
 * @returns the secret, freed with dh_secret_free(), or NULL when out of memory.
 */
DH_API dh_secret *dh_secret_new(dh_context *context, const void *bytes, size_t size);
/** The bytes, NUL-terminated, valid until freed. `size` may be NULL. */
DH_API const char *dh_secret_bytes(const dh_secret *secret, size_t *size);
/** Wipes and frees. NULL is accepted. Thread-safe. */
DH_API void dh_secret_free(dh_secret *secret);
/** Overwrites memory in a way that the compiler keeps. */
DH_API void dh_wipe(void *bytes, size_t size);

/** Copies `text` with JWTs and the context's live secrets replaced by "[redacted]".
 *  `size` is that of `out`, NUL included. Thread-safe. */
DH_API void dh_redact(dh_context *context, const char *text, char *out, size_t size);

/** The library's version, "0.1.0". Static storage. */
DH_API const char *dh_version(void);

#ifdef __cplusplus
}
#endif

#endif
