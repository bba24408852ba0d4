/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file emitter.h
 * The emitter: a bounded queue before a sink. Asynchronous, ordered per URN, lossless.
 */
#ifndef DATAHUB_EMITTER_H
#define DATAHUB_EMITTER_H

#include <datahub/config.h>
#include <datahub/metadata.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Thread-safe. */
typedef struct dh_emitter dh_emitter;

/** The final fate of one record; called once for each accepted record, from the
 *  emitter's own thread; it must not call back into the emitter but for dh_emitter_get_stats().
 *  `record`'s bytes live until it returns. `fate` is DH_DELIVERED, DH_REJECTED or DH_TOO_LARGE;
 *  DH_RETRY: undelivered when the emitter was closed or stopped (kept where there is a spool). */
typedef void (*dh_delivery_fn)(void *arg, const dh_record *record, void *opaque, dh_fate fate,
                               const dh_error *error);

typedef struct dh_emitter_stats {
  uint32_t struct_size; /**< set by the caller */
  uint64_t emitted, delivered, rejected, retried, undelivered;
  uint64_t queued, queued_bytes, in_flight; /**< records accepted whose fate is not known, their
                                                 bytes; batches with the sink */
  uint64_t requests, bytes_sent;
  uint64_t http_2xx, http_4xx, http_401, http_429, http_5xx, transport_errors;
  uint64_t concurrency; /**< requests allowed at once now */
  uint64_t spooled;
} dh_emitter_stats;

/** Receives a snapshot now and then, from the emitter's own thread; it must not call back into
 *  the emitter but for dh_emitter_get_stats(). `stats` lives until it returns. */
typedef void (*dh_stats_fn)(void *arg, const dh_emitter_stats *stats);

typedef struct dh_emitter_options {
  uint32_t struct_size;
  dh_delivery_fn delivered;  /**< or NULL */
  void *arg;                 /**< passed to `delivered` and `stats` */
  const char *component;     /**< for the User-Agent and clientId; NULL: "datahub-c" */
  const char *client_mode;   /**< "INGESTION", "CLI", "SDK" (NULL) */
  dh_stats_fn stats;         /**< or NULL */
  int64_t stats_interval_ms; /**< how often; 0: 10 s */
} dh_emitter_options;

/**
 * Opens an emitter on a sink.
 * @param sink  a map {type, config}: the `sink` block of a configuration or recipe.
 *              Copied. NULL: datahub-rest, from the environment and ~/.datahubenv.
 * @returns the emitter, ended with dh_emitter_close(), or NULL and `error`.
 */
DH_API dh_emitter *dh_emitter_open(dh_context *context, const dh_config *sink,
                                   const dh_emitter_options *options, dh_error *error);

/** Do not wait for room in the queue: DH_UNAVAILABLE at once. */
#define DH_EMIT_NOWAIT 0x1u

/**
 * Copies an MCP into the queue. With a spool, DH_OK means that it is on disk. In the mode SYNC it
 * returns once its fate has been reported.
 * @returns DH_OK: its fate will be reported; DH_UNAVAILABLE: the queue is full
 *          (DH_EMIT_NOWAIT) or the emitter has stopped (`error` says why); DH_MALFORMED;
 *          DH_NO_MEMORY. On anything but DH_OK no fate will be reported.
 */
DH_API dh_status dh_emitter_emit(dh_emitter *emitter, const dh_mcp *mcp, void *opaque,
                                 uint32_t flags, dh_error *error);

/** The same for records in the wire form, as a reader gives them, many at once: all or none. */
DH_API dh_status dh_emitter_emit_records(dh_emitter *emitter, const dh_record *records,
                                         size_t count, void *opaque, uint32_t flags,
                                         dh_error *error);

/**
 * The same for records whose bytes are all in one buffer, as dh_reader_next() makes them: nothing
 * is copied, the buffer becomes the emitter's.
 * @param buffer    memory from malloc(), which every part of every record lies in. On DH_OK
 *                  another takes its place: one that the emitter is done with, to be filled
 *                  anew, or NULL; it is the caller's, who frees it. Else it is what it was.
 * @param capacity  its size in bytes; with `buffer` NULL, 0. It is bound by max_pending_bytes
 *                  whole, however little of it the records take.
 * @returns as dh_emitter_emit(); DH_MALFORMED, too, where a record is not in the buffer.
 *          Thread-safe, as long as no two calls are given one buffer.
 */
DH_API dh_status dh_emitter_emit_buffer(dh_emitter *emitter, char **buffer, size_t *capacity,
                                        const dh_record *records, size_t count, void *opaque,
                                        uint32_t flags, dh_error *error);

/** Sends what is queued and waits until every record's fate is known, at most
 *  `timeout_ms` (-1: without end). DH_OK; DH_TIMEOUT; or why the emitter stopped. */
DH_API dh_status dh_emitter_flush(dh_emitter *emitter, int64_t timeout_ms, dh_error *error);

/** Why the emitter has stopped (a second 401, a server that cannot be reached): DH_OK where it has
 * not. */
DH_API dh_status dh_emitter_state(dh_emitter *emitter, dh_error *error);

/** A snapshot. Thread-safe. */
DH_API void dh_emitter_get_stats(dh_emitter *emitter, dh_emitter_stats *stats);

/** Writes a snapshot in Prometheus's text format, as snprintf() would: returns how many bytes
 *  the text has; what does not fit into `size` is cut. `labels` is NULL or goes between the
 *  braces as it is: `job="nightly"`. Thread-safe. */
DH_API size_t dh_emitter_stats_prometheus(const dh_emitter_stats *stats, const char *labels,
                                          char *out, size_t size);

/**
 * Flushes (at most `timeout_ms`; -1: without end; 0: abandons what is queued), stops the
 * thread, closes the sink, frees. What is undelivered is reported with DH_RETRY.
 * @returns DH_OK where nothing was left, else why.
 */
DH_API dh_status dh_emitter_close(dh_emitter *emitter, int64_t timeout_ms, dh_error *error);

/**
 * Reads the undelivered records of a spool, oldest first, without an emitter and without
 * changing it; of a damaged one, what can still be read.
 * @param path  the spool's file. It must not be in use: it is locked meanwhile.
 * @param each  called for each record, whose bytes live until it returns; where it returns
 *              non-zero, reading stops.
 * @returns DH_OK; DH_UNAVAILABLE (absent, or in use by a process that `error` names);
 *          DH_MALFORMED: some records, or all, could not be read. Thread-safe.
 */
DH_API dh_status dh_spool_read(const char *path, int (*each)(void *arg, const dh_record *record),
                               void *arg, dh_error *error);

#ifdef __cplusplus
}
#endif

#endif
