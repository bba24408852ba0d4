/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a proposal: refused, or written so that avro-c reads it to the last byte and
 * writes the same bytes again.
 */
#include "../sinks/kafka/encode.h"

#include <avro.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static avro_value_iface_t *iface;

static void read_back(const text *out)
{
  avro_value_t value;
  const char *bytes = out->data + KAFKA_FRAME_SIZE;
  int64_t size = (int64_t)out->size - KAFKA_FRAME_SIZE;
  char one, *again = malloc((size_t)size);
  avro_generic_value_new(iface, &value);
  avro_reader_t reader = avro_reader_memory(bytes, size);
  if (avro_value_read(reader, &value) || !avro_read(reader, &one, 1))
    __builtin_trap();
  avro_writer_t writer = avro_writer_memory(again, size);
  if (avro_value_write(writer, &value))
    __builtin_trap();
  /* A map with a key twice comes back with it once. */
  if (avro_writer_tell(writer) == size && memcmp(again, bytes, (size_t)size) != 0)
    __builtin_trap();
  avro_writer_free(writer);
  avro_reader_free(reader);
  avro_value_decref(&value);
  free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  text out = {0};
  dh_record record = {.struct_size = sizeof(record)};
  if (!iface) {
    avro_schema_t schema;
    if (avro_schema_from_json_length(kafka_schema, strlen(kafka_schema), &schema))
      __builtin_trap();
    iface = avro_generic_class_from_schema(schema);
  }
  if (!size)
    return 0;
  record.change_type = (dh_change_type)(data[0] % 8);
  record.proposal = (dh_slice){(const char *)data + 1, size - 1};
  text_add(&out, "kept", 4);
  if (kafka_encode(&record, -1, &out)) {
    if (out.size != 4)
      __builtin_trap();
  } else {
    text message = {.data = out.data + 4, .size = out.size - 4};
    read_back(&message);
  }
  text_free(&out);
  return 0;
}
