/* SPDX-License-Identifier: Apache-2.0 */
#include "emit/spool_pack.h"
#include "emit/entry.h"

#include <stdlib.h>
#include <string.h>

enum { ROW_MARK = 0x44485331, FIELDS = 7 };
#define ABSENT UINT32_MAX

/* Before each record's bytes. Offsets count from the first of them. */
typedef struct packed {
  uint32_t change_type, flags;
  uint32_t size; /* of the bytes that follow, a multiple of 4 */
  struct {
    uint32_t offset, length;
  } field[FIELDS];
} packed;

static const size_t field_offsets[FIELDS] = {
    offsetof(dh_record, proposal),     offsetof(dh_record, entity_type),
    offsetof(dh_record, urn),          offsetof(dh_record, aspect_name),
    offsetof(dh_record, content_type), offsetof(dh_record, system_metadata),
    offsetof(dh_record, headers),
};

static const dh_slice *field_of(const dh_record *record, size_t i)
{
  return (const dh_slice *)(const void *)((const char *)record + field_offsets[i]);
}

static dh_slice *field_in(dh_record *record, size_t i)
{
  return (dh_slice *)(void *)((char *)record + field_offsets[i]);
}

static bool is_beside(const dh_record *record, dh_slice part)
{
  return !dh_part_is_within(part, record->proposal.ptr, record->proposal.len);
}

size_t dh_spool_packed_size(const dh_record *record)
{
  return sizeof(uint32_t) + sizeof(packed) + record->proposal.len + 3;
}

/* Where each field lies in the record's bytes; those outside of the proposal come behind it. */
static size_t place_fields(const dh_record *record, packed *header)
{
  size_t size = record->proposal.len;
  for (size_t i = 0; i < FIELDS; i++) {
    const dh_slice *slice = field_of(record, i);
    header->field[i].length = (uint32_t)slice->len;
    if (!slice->ptr) {
      header->field[i].offset = ABSENT;
    } else if (is_beside(record, *slice)) {
      header->field[i].offset = (uint32_t)size;
      size += slice->len;
    } else {
      header->field[i].offset = (uint32_t)(slice->ptr - record->proposal.ptr);
    }
  }
  return size;
}

void dh_spool_pack(dh_buf *row, const dh_record *record)
{
  const uint32_t mark = ROW_MARK;
  packed header = {.change_type = (uint32_t)record->change_type, .flags = record->flags};
  size_t size = place_fields(record, &header), padding = (4 - size % 4) % 4;
  header.size = (uint32_t)(size + padding);
  if (!row->size)
    dh_buf_add(row, &mark, sizeof(mark));
  if (!dh_buf_reserve(row, sizeof(header) + header.size))
    return;
  char *at = row->data + row->size;
  memcpy(at, &header, sizeof(header));
  at += sizeof(header);
  memcpy(at, record->proposal.ptr, record->proposal.len);
  for (size_t i = 1; size > record->proposal.len && i < FIELDS; i++) {
    const dh_slice *slice = field_of(record, i);
    if (is_beside(record, *slice))
      memcpy(at + header.field[i].offset, slice->ptr, slice->len);
  }
  memset(at + size, 0, padding);
  row->size += sizeof(header) + header.size;
}

int64_t dh_spool_sum(const void *bytes, size_t size)
{
  const unsigned char *p = bytes;
  uint64_t a = size, b = 0;
  /* Four words at a time come to the same with a fourth of the waiting for the one before. */
  for (; size >= 32; p += 32, size -= 32) {
    uint64_t w[4];
    memcpy(w, p, 32);
    b += 4 * a + (4 * w[0] + 3 * w[1] + 2 * w[2] + w[3]);
    a += (w[0] + w[1]) + (w[2] + w[3]);
  }
  for (; size >= 8; p += 8, size -= 8) {
    uint64_t word;
    memcpy(&word, p, 8);
    a += word;
    b += a; /* so that the order counts too */
  }
  uint64_t last = 0;
  memcpy(&last, p, size);
  a += last;
  b += a;
  return (int64_t)(a ^ (b << 32 | b >> 32));
}

/* The header at `*at`, checked against what is left; NULL where it cannot be one. */
static bool next_header(const char *bytes, size_t size, size_t *at, packed *header)
{
  if (size - *at < sizeof(*header))
    return false;
  memcpy(header, bytes + *at, sizeof(*header));
  *at += sizeof(*header);
  if (header->size > size - *at || header->size % 4 || header->change_type > DH_RESTATE)
    return false;
  for (size_t i = 0; i < FIELDS; i++)
    if (header->field[i].offset != ABSENT &&
        (header->field[i].offset > header->size ||
         header->field[i].length > header->size - header->field[i].offset))
      return false;
  return true;
}

static void unpack_record(const packed *header, const char *bytes, uint64_t ticket,
                          dh_record *record)
{
  memset(record, 0, sizeof(*record));
  record->struct_size = sizeof(*record);
  record->change_type = (dh_change_type)header->change_type;
  record->flags = header->flags;
  record->sequence = ticket;
  for (size_t i = 0; i < FIELDS; i++)
    if (header->field[i].offset != ABSENT)
      *field_in(record, i) = (dh_slice){bytes + header->field[i].offset, header->field[i].length};
}

/* One block: the struct, the records, the tickets, the bytes. */
static dh_spool_batch *new_batch(size_t count, size_t size, char **copy)
{
  if (count > SIZE_MAX / 4 / (sizeof(dh_record) + sizeof(uint64_t)))
    return NULL;
  size_t records = sizeof(dh_spool_batch);
  size_t tickets = records + count * sizeof(dh_record);
  size_t bytes = tickets + count * sizeof(uint64_t);
  dh_spool_batch *batch = malloc(bytes + size);
  if (!batch)
    return NULL;
  batch->count = 0;
  batch->records = (dh_record *)(void *)((char *)batch + records);
  batch->tickets = (uint64_t *)(void *)((char *)batch + tickets);
  *copy = (char *)batch + bytes;
  return batch;
}

dh_spool_batch *dh_spool_unpack(const void *bytes, size_t size, size_t count, uint64_t first,
                                const unsigned char *done, dh_error *error)
{
  uint32_t mark = 0;
  char *copy;
  /* Each record takes a header at least: a count that is damaged asks for no memory. */
  if (size < sizeof(mark) || count > size / sizeof(packed)) {
    dh_error_set(error, DH_MALFORMED, "it is shorter than its %zu records", count);
    return NULL;
  }
  memcpy(&mark, bytes, sizeof(mark));
  if (mark != ROW_MARK) {
    dh_error_set(error, DH_MALFORMED,
                 "it does not begin as a row of this machine's byte order does");
    return NULL;
  }
  dh_spool_batch *batch = new_batch(count, size, &copy);
  if (!batch) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory");
    return NULL;
  }
  memcpy(copy, bytes, size);
  size_t at = sizeof(mark);
  for (size_t i = 0; i < count; i++) {
    packed header;
    if (!next_header(copy, size, &at, &header)) {
      dh_error_set(error, DH_MALFORMED, "its record %zu of %zu is cut short or overlong", i + 1,
                   count);
      free(batch);
      return NULL;
    }
    if (!dh_spool_bit(done, i)) {
      unpack_record(&header, copy + at, first + i, &batch->records[batch->count]);
      batch->tickets[batch->count++] = first + i;
    }
    at += header.size;
  }
  return batch;
}

void dh_spool_batch_free(dh_spool_batch *batch)
{
  free(batch);
}
