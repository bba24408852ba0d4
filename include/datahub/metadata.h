/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file metadata.h
 * Metadata change proposals (MCPs): URNs, a builder for connectors, a streaming
 * reader for files.
 */
#ifndef DATAHUB_METADATA_H
#define DATAHUB_METADATA_H

#include <datahub/context.h>

#ifdef __cplusplus
extern "C" {
#endif

struct json_object;

/* --- URNs ---------------------------------------------------------------- */

/** Whether `urn` is a URN that GMS can read: "urn:li:TYPE:KEY", balanced parentheses,
 *  no white space or control characters at its ends, at most 512 bytes once percent-encoded,
 *  no reserved U+241F. DH_OK, or DH_MALFORMED with the reason in `error`. */
DH_API dh_status dh_urn_check(const char *urn, size_t size, dh_error *error);
/** The entity type within a URN ("dataset"), a slice of it; {NULL, 0} where malformed. */
DH_API dh_slice dh_urn_entity_type(const char *urn, size_t size);

/* --- the model ----------------------------------------------------------- */

/** The aspect name for a Pegasus record name, or NULL: "com.linkedin.common.Status" -> "status". */
DH_API const char *dh_model_aspect_of_record(const char *record);
/** The reverse, or NULL. */
DH_API const char *dh_model_record_of_aspect(const char *aspect_name);
/** 1 where the aspect is a timeseries, 0 where versioned, -1 where unknown. */
DH_API int dh_model_is_timeseries(const char *aspect_name);
/** 1 where the entity type exists. */
DH_API int dh_model_has_entity(const char *entity_type);
/** 1 where the entity type has the aspect (its key aspect included). */
DH_API int dh_model_entity_has_aspect(const char *entity_type, const char *aspect_name);
/** The key aspect of an entity type, or NULL. */
DH_API const char *dh_model_key_aspect(const char *entity_type);
/** Entity type for a snapshot's record name ("DatasetSnapshot", or in full), or NULL; and back. */
DH_API const char *dh_model_entity_of_snapshot(const char *record);
DH_API const char *dh_model_snapshot_of_entity(const char *entity_type);

/** "UPSERT" and so on; NULL for a number that is none. And back, -1 where unknown. */
DH_API const char *dh_change_type_name(dh_change_type type);
DH_API int dh_change_type_of(const char *name, size_t size);

/* --- building ------------------------------------------------------------ */

/** One MCP under construction or complete. Not thread-safe. */
typedef struct dh_mcp dh_mcp;

/** An UPSERT of one aspect. The entity type is taken from the URN where NULL.
 *  NULL and `error`: DH_MALFORMED (URN), DH_NO_MEMORY. Free with dh_mcp_free(). */
DH_API dh_mcp *dh_mcp_new(const char *entity_type, const char *urn, const char *aspect_name,
                          dh_error *error);
DH_API void dh_mcp_free(dh_mcp *mcp);
DH_API dh_status dh_mcp_set_change_type(dh_mcp *mcp, dh_change_type type, dh_error *error);
/** The aspect as JSON text (checked) or as a json-c tree (borrowed). */
DH_API dh_status dh_mcp_set_aspect_json(dh_mcp *mcp, const char *json, size_t size,
                                        dh_error *error);
DH_API dh_status dh_mcp_set_aspect(dh_mcp *mcp, struct json_object *aspect, dh_error *error);
/** systemMetadata, a JSON object; and headers, a JSON object of strings. NULL: none. */
DH_API dh_status dh_mcp_set_system_metadata(dh_mcp *mcp, const char *json, size_t size,
                                            dh_error *error);
DH_API dh_status dh_mcp_set_headers(dh_mcp *mcp, const char *json, size_t size, dh_error *error);

/* --- the wire form ------------------------------------------------------- */

/** What is put into records on their way out. */
typedef struct dh_wire_options {
  uint32_t struct_size;
  int64_t now_ms;             /**< wall time for `lastObserved` where it is 0 or missing */
  const char *run_id;         /**< for systemMetadata where missing; NULL "no-run-id-provided" */
  const char *client_id;      /**< properties.clientId; NULL: not added */
  const char *client_version; /**< properties.clientVersion */
} dh_wire_options;

/** Appends the MCP's wire form to a growing buffer: see dh_record.proposal. `record`'s
 *  slices point into `*buffer` as it is on return and are void after the next append.
 *  `*buffer`, `*size`, `*capacity` describe malloc'ed memory that the caller frees. */
DH_API dh_status dh_mcp_to_wire(const dh_mcp *mcp, const dh_wire_options *options, char **buffer,
                                size_t *size, size_t *capacity, dh_record *record, dh_error *error);

/* --- reading files ------------------------------------------------------- */

/** A streaming reader: a JSON array, JSON lines, a concatenation, or one object, of
 *  MCPs (simplified or not), MCEs and usage records; constant memory. Not thread-safe. */
typedef struct dh_reader dh_reader;

/** Reads bytes: returns how many, 0 at the end, -1 on an error (errno). */
typedef int64_t (*dh_read_fn)(void *arg, void *bytes, size_t size);

/** `name` stands for the input in messages; `max_record` (bytes, 0: 16 MB) bounds one record. */
DH_API dh_reader *dh_reader_open(dh_read_fn read, void *arg, const char *name, size_t max_record,
                                 dh_error *error);
/** Reads a file ("-": standard input). */
DH_API dh_reader *dh_reader_open_file(const char *path, size_t max_record, dh_error *error);
DH_API void dh_reader_close(dh_reader *reader);

/** What dh_reader_next() came to. */
typedef enum dh_read_result {
  DH_READ_RECORD = 0, /**< one input record: its MCPs are ready */
  DH_READ_BAD = 1,    /**< one input record that cannot be sent: why is in `error`; go on */
  DH_READ_END = 2,    /**< no more */
  DH_READ_FATAL = 3   /**< the rest cannot be read: why is in `error` */
} dh_read_result;

/** The bytes of one input record as they stand in the input, and where. */
typedef struct dh_input_record {
  uint32_t struct_size;
  uint64_t index; /**< from 1 */
  uint64_t line;  /**< where it begins, from 1 */
  dh_slice raw;   /**< valid until the next call */
} dh_input_record;

/**
 * Reads the next record and appends the wire form of its MCPs (one of an MCP, one per
 * aspect of an MCE) to `*buffer`, as dh_mcp_to_wire(). Up to `max_records` of
 * `records` are filled and `*count` says how many there were; a larger count is
 * DH_READ_BAD. Slices point into `*buffer`.
 */
DH_API dh_read_result dh_reader_next(dh_reader *reader, const dh_wire_options *options,
                                     dh_input_record *input, char **buffer, size_t *size,
                                     size_t *capacity, dh_record *records, size_t max_records,
                                     size_t *count, dh_error *error);

/** Appends a record in the simplified form that files hold, one line without a newline:
 *  the inverse of the wire form, for a dead-letter file or the file sink. */
DH_API dh_status dh_record_to_file_form(const dh_record *record, char **buffer, size_t *size,
                                        size_t *capacity, dh_error *error);

#ifdef __cplusplus
}
#endif

#endif
