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

/**
 * Whether `urn` (`size` bytes, no NUL needed) is a URN that GMS takes: "urn:li:TYPE:KEY",
 * no white space or control character at its ends, valid UTF-8 without NUL and without the
 * reserved U+241F, at most 512 bytes once percent-encoded (a schemaField is exempt). A key
 * that begins with a parenthesis is a tuple: its parentheses balance, no part is empty,
 * nothing follows it. Whether the type exists is not asked: see dh_model_has_entity().
 * @returns DH_OK, or DH_MALFORMED with the URN and the rule in `error` (may be NULL).
 * Thread-safe, as all functions of this header that take no handle.
 */
DH_API dh_status dh_urn_check(const char *urn, size_t size, dh_error *error);
/** The entity type within a URN ("dataset"), a slice of it; {NULL, 0} where its syntax is
 *  wrong. Length and UTF-8 are not checked. */
DH_API dh_slice dh_urn_entity_type(const char *urn, size_t size);

/* --- the model -----------------------------------------------------------
 *
 * What DataHub 1.6 knows. A server can be older, newer, or have a model of its own: the
 * reader and the builder refuse nothing for not being here. All strings are static.
 */

/** The aspect name for a Pegasus record name, or NULL: "com.linkedin.common.Status" -> "status".
 *  Avro's spelling ("com.linkedin.pegasus2avro.common.Status") is understood. */
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

/**
 * An UPSERT of one aspect, which dh_mcp_set_aspect_json() or dh_mcp_set_aspect() then gives.
 * @param entity_type  NULL: the URN's. Else it must be that one.
 * @param urn          checked with dh_urn_check(); copied, as all texts here
 * @param aspect_name  "status"
 * @returns what dh_mcp_free() frees; NULL and `error`: DH_MALFORMED, DH_NO_MEMORY.
 */
DH_API dh_mcp *dh_mcp_new(const char *entity_type, const char *urn, const char *aspect_name,
                          dh_error *error);
/** NULL is ignored. */
DH_API void dh_mcp_free(dh_mcp *mcp);
/** DH_MALFORMED: not one of the change types. */
DH_API dh_status dh_mcp_set_change_type(dh_mcp *mcp, dh_change_type type, dh_error *error);
/**
 * The aspect as JSON text of `size` bytes, or as a json-c tree, which stays the caller's
 * and is read at once. A JSON object; for a PATCH an array of operations, or an object with
 * `arrayPrimaryKeys` and `patch`. Null members are left out when it is written, but for a
 * PATCH. Numbers keep their digits.
 * @returns DH_OK; DH_MALFORMED with the byte and the reason, DH_NO_MEMORY: the MCP is as it was.
 */
DH_API dh_status dh_mcp_set_aspect_json(dh_mcp *mcp, const char *json, size_t size,
                                        dh_error *error);
DH_API dh_status dh_mcp_set_aspect(dh_mcp *mcp, struct json_object *aspect, dh_error *error);
/** systemMetadata, a JSON object; and headers, a JSON object of strings. NULL: none.
 *  Members' types are checked when it is written: dh_mcp_to_wire(). Errors as above. */
DH_API dh_status dh_mcp_set_system_metadata(dh_mcp *mcp, const char *json, size_t size,
                                            dh_error *error);
DH_API dh_status dh_mcp_set_headers(dh_mcp *mcp, const char *json, size_t size, dh_error *error);

/* --- the wire form ------------------------------------------------------- */

/** What is put into records on their way out. All texts are borrowed, UTF-8. */
typedef struct dh_wire_options {
  uint32_t struct_size;
  int64_t now_ms;             /**< wall time for `lastObserved` where it is 0 or missing */
  const char *run_id;         /**< for systemMetadata where missing; NULL "no-run-id-provided" */
  const char *client_id;      /**< properties.clientId; NULL: not added */
  const char *client_version; /**< properties.clientVersion */
} dh_wire_options;

/**
 * Appends the MCP's wire form to a growing buffer: see dh_record.proposal. `record` is
 * filled, its `sequence` 0; its slices point into `*buffer` as it is on return and are void
 * after the next append. `*buffer`, `*size`, `*capacity` describe malloc'ed memory (NULL, 0,
 * 0 at first) that the caller frees with free(), whatever is returned.
 * @returns DH_OK; DH_MALFORMED where a part is missing or of the wrong type, DH_NO_MEMORY:
 *          `*size` is as it was.
 */
DH_API dh_status dh_mcp_to_wire(const dh_mcp *mcp, const dh_wire_options *options, char **buffer,
                                size_t *size, size_t *capacity, dh_record *record, dh_error *error);

/* --- reading files ------------------------------------------------------- */

/**
 * A streaming reader: a JSON array, JSON lines, a concatenation, or one object, of MCPs
 * (simplified or not) and MCEs; UTF-8, a byte order mark is skipped. Memory does not grow
 * with the input, but with a single record. Not thread-safe.
 *
 * A record is refused that is not strict JSON (RFC 8259), has a member twice in one object,
 * nests deeper than 256, has a surrogate without its other half, or is not such as
 * DataHub takes. doc/internals/reader.md has the rules.
 */
typedef struct dh_reader dh_reader;

/** Reads bytes: returns how many (less than `size` is no end), 0 at the end, -1 on an error
 *  (errno; EINTR is tried again). */
typedef int64_t (*dh_read_fn)(void *arg, void *bytes, size_t size);

/** `name` stands for the input in messages; `max_record` (bytes, 0: 16,000,000) bounds one
 *  record. NULL and `error`: DH_NO_MEMORY. */
DH_API dh_reader *dh_reader_open(dh_read_fn read, void *arg, const char *name, size_t max_record,
                                 dh_error *error);
/** Reads a file ("-": standard input, which is not closed). NULL and `error`: DH_UNAVAILABLE
 *  with the reason, DH_NO_MEMORY. */
DH_API dh_reader *dh_reader_open_file(const char *path, size_t max_record, dh_error *error);
/** NULL is ignored. */
DH_API void dh_reader_close(dh_reader *reader);

/** What dh_reader_next() came to. */
typedef enum dh_read_result {
  DH_READ_RECORD = 0, /**< one input record: its MCPs are ready */
  DH_READ_BAD = 1,    /**< one input record that cannot be sent: why is in `error`, after
                           "NAME:LINE: record N: "; go on */
  DH_READ_END = 2,    /**< no more */
  DH_READ_FATAL = 3   /**< the rest cannot be read: why is in `error` */
} dh_read_result;

/** The bytes of one input record as they stand in the input, and where. */
typedef struct dh_input_record {
  uint32_t struct_size;
  uint64_t index; /**< from 1 */
  uint64_t line;  /**< where it begins, from 1 */
  dh_slice raw;   /**< valid until the next call; {NULL, 0} for one that was too large to keep */
} dh_input_record;

/**
 * Reads the next record and appends the wire form of its MCPs (one of an MCP, one per
 * aspect of an MCE) to `*buffer`, as dh_mcp_to_wire(). Up to `max_records` of
 * `records` are filled and `*count` says how many there were; a larger count is
 * DH_READ_BAD. 256 are always enough. Slices point into `*buffer`.
 *
 * `input` is filled for DH_READ_RECORD and DH_READ_BAD. `error` is set for DH_READ_BAD
 * (DH_MALFORMED) and DH_READ_FATAL: DH_MALFORMED where it cannot be told where the next
 * record begins or the input is cut short, DH_UNAVAILABLE where reading failed,
 * DH_NO_MEMORY. After DH_READ_FATAL every call says so again.
 */
DH_API dh_read_result dh_reader_next(dh_reader *reader, const dh_wire_options *options,
                                     dh_input_record *input, char **buffer, size_t *size,
                                     size_t *capacity, dh_record *records, size_t max_records,
                                     size_t *count, dh_error *error);

/**
 * Appends a record in the simplified form that files hold, one line without a newline: the
 * inverse of the wire form, for a dead-letter file or the file sink. Members are in the
 * order of DataHub's file sink. Of `record` the texts, `proposal`, `system_metadata` and
 * `headers` are read.
 * @returns DH_OK; DH_MALFORMED where `proposal` is not JSON, DH_NO_MEMORY: `*size` is as it was.
 */
DH_API dh_status dh_record_to_file_form(const dh_record *record, char **buffer, size_t *size,
                                        size_t *capacity, dh_error *error);

#ifdef __cplusplus
}
#endif

#endif
