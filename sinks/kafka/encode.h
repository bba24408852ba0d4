/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A metadata change proposal as Avro binary, out of its JSON in one pass: the aspect's
 * text is unescaped into the message and copied nowhere else. Why by hand and not with
 * avro-c: bench/kafka.md has the figures.
 */
#ifndef SINKS_KAFKA_ENCODE_H
#define SINKS_KAFKA_ENCODE_H

#include "../common/text.h"

/* The Avro schema of what is written, as JSON without documentation. */
extern const char kafka_schema[];

#define KAFKA_FRAME_SIZE 5

/*
 * Appends a framed message: 0, `schema_id` in four bytes, the record. NULL, or, in
 * static words, why the record cannot be written; `out` is then cut back to what it was.
 * The change type is the record's own; all else is read from `proposal`.
 */
const char *kafka_encode(const dh_record *record, int32_t schema_id, text *out);

#endif
