/* SPDX-License-Identifier: Apache-2.0 */
#include "encode.h"
#include "scan.h"

#include <string.h>

/* Values begin as they are found; the fields are written in the schema's order at the end. */
typedef struct aspect {
  bool present;
  dh_slice value, content_type;
} aspect;

typedef struct proposal {
  dh_slice entity_type, entity_urn, aspect_name; /* raw strings; ptr NULL: absent */
  aspect key_aspect, aspect;
  dh_slice system_metadata, headers; /* objects */
} proposal;

typedef struct stamp {
  int64_t time;
  dh_slice actor, impersonator, message;
  bool has_time;
} stamp;

typedef struct system_metadata {
  int64_t last_observed, schema_version;
  bool has_last_observed, has_schema_version;
  dh_slice run_id, last_run_id, pipeline_name, registry_name, registry_version, version;
  dh_slice properties, created, modified;
} system_metadata;

static const char broken[] = "its JSON is damaged";
static const char bad_escape[] = "a string in it has an escape that is not JSON's";

/* --- Avro's primitives --- */

static void put_long(text *out, int64_t value)
{
  unsigned char bytes[10];
  size_t n = 0;
  uint64_t zigzag = ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
  while (zigzag > 0x7f) {
    bytes[n++] = (unsigned char)(zigzag | 0x80);
    zigzag >>= 7;
  }
  bytes[n++] = (unsigned char)zigzag;
  text_add(out, (const char *)bytes, n);
}

static void put_string(text *out, const char *words)
{
  put_long(out, (int64_t)strlen(words));
  text_add(out, words, strlen(words));
}

/* How many bytes a length takes as a long. */
static size_t long_size(size_t length)
{
  size_t n = 1;
  for (uint64_t zigzag = (uint64_t)length << 1; zigzag > 0x7f; zigzag >>= 7)
    n++;
  return n;
}

/* Room for a length that is known only afterwards is left as it will be where nothing is
 * escaped; where something is, the text moves up by the byte or two that the guess was too long. */
static const char *put_text(text *out, dh_slice raw)
{
  if (!memchr(raw.ptr, '\\', raw.len)) {
    put_long(out, (int64_t)raw.len);
    text_add(out, raw.ptr, raw.len);
    return NULL;
  }
  static const char room[10];
  size_t guess = long_size(raw.len), at = out->size;
  text_add(out, room, guess);
  if (!scan_unescape(raw, out))
    return bad_escape;
  if (out->failed)
    return NULL;
  size_t length = out->size - at - guess, size = long_size(length);
  if (size < guess) {
    memmove(out->data + at + size, out->data + at + guess, length);
    out->size -= guess - size;
  }
  for (size_t i = 0, zigzag = length << 1; i < size; i++, zigzag >>= 7)
    out->data[at + i] = (char)((zigzag & 0x7f) | (i + 1 < size ? 0x80 : 0));
  return NULL;
}

/* ["null", string] */
static const char *put_optional(text *out, dh_slice raw)
{
  put_long(out, raw.ptr != NULL);
  return raw.ptr ? put_text(out, raw) : NULL;
}

/* ["string", "null"] with a default, which is written where there is none. */
static const char *put_defaulted(text *out, dh_slice raw, const char *otherwise)
{
  put_long(out, 0);
  if (raw.ptr)
    return put_text(out, raw);
  put_string(out, otherwise);
  return NULL;
}

/* --- reading --- */

typedef enum kind { TEXT, OBJECT, NUMBER, ASPECT } kind;

typedef struct field {
  const char *name;
  size_t size;
  kind kind;
  void *to;  /* dh_slice, int64_t, or aspect */
  bool *has; /* of a number */
} field;

#define FIELD(name, kind, to, has)                                                                 \
  {                                                                                                \
    name, sizeof(name) - 1, kind, to, has                                                          \
  }

static const char *read_members(scan *s, const field *fields, const char *unknown);

/* Read where it stands, for it is most of the record. */
static const char *read_aspect(scan *s, aspect *to)
{
  const field fields[] = {FIELD("value", TEXT, &to->value, NULL),
                          FIELD("contentType", TEXT, &to->content_type, NULL),
                          {0}};
  to->present = true;
  return read_members(s, fields, "its aspect has a member that Kafka's form has not");
}

static const char *read_field(scan *s, const field *f)
{
  if (scan_null(s))
    return NULL;
  const char *from;
  switch (f->kind) {
  case TEXT:
    return scan_string(s, f->to) ? NULL : broken;
  case NUMBER:
    *f->has = scan_integer(s, f->to);
    return *f->has ? NULL : broken;
  case ASPECT:
    return read_aspect(s, f->to);
  default:
    if (scan_peek(s) != '{')
      return broken;
    from = s->at;
    if (!scan_skip(s))
      return broken;
    *(dh_slice *)f->to = (dh_slice){from, (size_t)(s->at - from)};
    return NULL;
  }
}

/* An object with these members and no others; `unknown` is said of any other. */
static const char *read_members(scan *s, const field *fields, const char *unknown)
{
  bool first = true, bad;
  dh_slice key;
  if (!scan_take(s, '{'))
    return broken;
  while (scan_member(s, &first, &key, &bad)) {
    const field *f = fields;
    while (f->name && (key.len != f->size || memcmp(key.ptr, f->name, f->size) != 0))
      f++;
    const char *why = f->name ? read_field(s, f) : unknown;
    if (why)
      return why;
  }
  return bad ? broken : NULL;
}

static const char *read_object(dh_slice json, const field *fields, const char *unknown)
{
  scan s = scan_of(json);
  const char *why = read_members(&s, fields, unknown);
  return why ? why : scan_peek(&s) ? broken : NULL;
}

/* --- the records --- */

/* How many members an object has that are not null; what is broken is found later. */
static size_t count_members(dh_slice json)
{
  scan s = scan_of(json);
  bool first = true, bad;
  dh_slice key;
  size_t count = 0;
  if (!scan_take(&s, '{'))
    return 0;
  while (scan_member(&s, &first, &key, &bad))
    if (!scan_null(&s)) {
      count++;
      if (!scan_skip(&s))
        break;
    }
  return count;
}

static const char *put_map(text *out, dh_slice json, const char *not_text)
{
  scan s = scan_of(json);
  bool first = true, bad = false;
  dh_slice key, value;
  const char *why = NULL;
  size_t count = count_members(json);
  if (!scan_take(&s, '{'))
    return broken;
  if (count)
    put_long(out, (int64_t)count);
  while (!why && scan_member(&s, &first, &key, &bad)) {
    if (scan_null(&s))
      continue;
    if (!scan_string(&s, &value))
      return not_text;
    why = put_text(out, key);
    if (!why)
      why = put_text(out, value);
  }
  put_long(out, 0);
  return why ? why : bad || scan_peek(&s) ? broken : NULL;
}

static const char *put_optional_map(text *out, dh_slice json, const char *not_text)
{
  put_long(out, json.ptr != NULL);
  return json.ptr ? put_map(out, json, not_text) : NULL;
}

static const char *put_aspect(text *out, const aspect *a)
{
  put_long(out, a->present);
  if (!a->present)
    return NULL;
  if (!a->value.ptr || !a->content_type.ptr)
    return "its aspect lacks `value` or `contentType`";
  const char *why = put_text(out, a->value);
  return why ? why : put_text(out, a->content_type);
}

static const char *put_stamp(text *out, dh_slice json)
{
  stamp a = {0};
  const field fields[] = {FIELD("time", NUMBER, &a.time, &a.has_time),
                          FIELD("actor", TEXT, &a.actor, NULL),
                          FIELD("impersonator", TEXT, &a.impersonator, NULL),
                          FIELD("message", TEXT, &a.message, NULL),
                          {0}};
  put_long(out, json.ptr != NULL);
  if (!json.ptr)
    return NULL;
  const char *why =
      read_object(json, fields, "an audit stamp in its systemMetadata has an unknown member");
  if (why)
    return why;
  if (!a.has_time || !a.actor.ptr)
    return "an audit stamp in its systemMetadata lacks `time` or `actor`";
  put_long(out, a.time);
  why = put_text(out, a.actor);
  if (!why)
    why = put_optional(out, a.impersonator);
  return why ? why : put_optional(out, a.message);
}

static const char *put_system_fields(text *out, const system_metadata *m)
{
  static const char no_run[] = "no-run-id-provided";
  const char *why;
  put_long(out, 0);
  put_long(out, m->last_observed);
  if ((why = put_defaulted(out, m->run_id, no_run)) ||
      (why = put_defaulted(out, m->last_run_id, no_run)) ||
      (why = put_optional(out, m->pipeline_name)) || (why = put_optional(out, m->registry_name)) ||
      (why = put_optional(out, m->registry_version)) ||
      (why = put_optional_map(out, m->properties,
                              "a value in its systemMetadata.properties is no string")) ||
      (why = put_optional(out, m->version)))
    return why;
  put_long(out, m->has_schema_version);
  if (m->has_schema_version)
    put_long(out, m->schema_version);
  why = put_stamp(out, m->created);
  return why ? why : put_stamp(out, m->modified);
}

static const char *put_system_metadata(text *out, dh_slice json)
{
  system_metadata m = {0};
  const field fields[] = {FIELD("lastObserved", NUMBER, &m.last_observed, &m.has_last_observed),
                          FIELD("runId", TEXT, &m.run_id, NULL),
                          FIELD("lastRunId", TEXT, &m.last_run_id, NULL),
                          FIELD("pipelineName", TEXT, &m.pipeline_name, NULL),
                          FIELD("registryName", TEXT, &m.registry_name, NULL),
                          FIELD("registryVersion", TEXT, &m.registry_version, NULL),
                          FIELD("properties", OBJECT, &m.properties, NULL),
                          FIELD("version", TEXT, &m.version, NULL),
                          FIELD("schemaVersion", NUMBER, &m.schema_version, &m.has_schema_version),
                          FIELD("aspectCreated", OBJECT, &m.created, NULL),
                          FIELD("aspectModified", OBJECT, &m.modified, NULL),
                          {0}};
  put_long(out, json.ptr != NULL);
  if (!json.ptr)
    return NULL;
  const char *why =
      read_object(json, fields, "its systemMetadata has a member that Kafka's form has not");
  return why ? why : put_system_fields(out, &m);
}

/* The schema's enum has another order than the API. */
static int64_t symbol_of(dh_change_type type)
{
  switch (type) {
  case DH_UPSERT:
    return 0;
  case DH_CREATE:
    return 1;
  case DH_UPDATE:
    return 2;
  case DH_DELETE:
    return 3;
  case DH_PATCH:
    return 4;
  case DH_RESTATE:
    return 5;
  case DH_CREATE_ENTITY:
    return 6;
  default:
    return -1;
  }
}

static const char *put_proposal(text *out, const proposal *p, int64_t symbol)
{
  const char *why;
  put_long(out, 0); /* auditHeader: nobody sets it */
  if ((why = put_text(out, p->entity_type)) || (why = put_optional(out, p->entity_urn)) ||
      (why = put_aspect(out, &p->key_aspect)))
    return why;
  put_long(out, symbol);
  if ((why = put_optional(out, p->aspect_name)) || (why = put_aspect(out, &p->aspect)) ||
      (why = put_system_metadata(out, p->system_metadata)))
    return why;
  return put_optional_map(out, p->headers, "a value in its headers is no string");
}

const char *kafka_encode(const dh_record *record, int32_t schema_id, text *out)
{
  proposal p = {0};
  dh_slice change_type = {NULL, 0};
  const field fields[] = {FIELD("entityType", TEXT, &p.entity_type, NULL),
                          FIELD("entityUrn", TEXT, &p.entity_urn, NULL),
                          FIELD("entityKeyAspect", ASPECT, &p.key_aspect, NULL),
                          FIELD("changeType", TEXT, &change_type, NULL),
                          FIELD("aspectName", TEXT, &p.aspect_name, NULL),
                          FIELD("aspect", ASPECT, &p.aspect, NULL),
                          FIELD("systemMetadata", OBJECT, &p.system_metadata, NULL),
                          FIELD("headers", OBJECT, &p.headers, NULL),
                          {0}};
  uint32_t id = (uint32_t)schema_id;
  const char frame[KAFKA_FRAME_SIZE] = {0, (char)(id >> 24), (char)(id >> 16), (char)(id >> 8),
                                        (char)id};
  size_t begin = out->size;
  int64_t symbol = symbol_of(record->change_type);
  const char *why =
      read_object(record->proposal, fields, "it has a member that Kafka's form has not");
  if (!why && !p.entity_type.ptr)
    why = "it has no entityType";
  if (!why && symbol < 0)
    why = "its change type is unknown";
  if (!why) {
    text_add(out, frame, sizeof(frame));
    why = put_proposal(out, &p, symbol);
  }
  if (!why && out->failed)
    why = "out of memory";
  if (why)
    out->size = begin;
  return why;
}
