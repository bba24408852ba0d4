/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An MCP's own members. Their order is that of the input; the aspect's text, a string to
 * GMS, is what fast_value.c makes.
 */
#include "metadata/fast_step.h"

#include <stdio.h>
#include <string.h>

typedef struct mcp {
  dh_fast *fast;
  const dh_wire_options *options;
  dh_record_spans *spans;
  char *o;
  unsigned seen; /* a bit for each member that has been met */
  bool typed;    /* changeType has been met */
  bool has_aspect;
} mcp;

enum member {
  ENTITY_TYPE = 1,
  ENTITY_URN = 2,
  CHANGE_TYPE = 4,
  ASPECT_NAME = 8,
  ASPECT = 16,
  SYSTEM_METADATA = 32,
  HEADERS = 64,
  AUDIT_HEADER = 128,
  KEY_ASPECT = 256
};

/* Whether the name in quotes at `p` is the literal, and its size with the quotes. */
#define IS_NAME(p, literal) (!memcmp((p), "\"" literal "\"", sizeof(literal) + 1))
#define NAME_SIZE(literal) (sizeof(literal) + 1)

static const char *stop(mcp *m, const char *p)
{
  return dh_fast_stop(m->fast, p);
}

DH_INLINE const char *space(mcp *m, const char *p)
{
  return dh_scan_space(p, &m->fast->lines);
}

/* From behind a name to its value. */
DH_INLINE const char *colon(mcp *m, const char *p)
{
  p = space(m, p);
  return *p == ':' ? space(m, p + 1) : stop(m, p);
}

DH_INLINE bool room(mcp *m)
{
  return dh_fast_room(m->fast, &m->o);
}

DH_INLINE size_t position(const mcp *m)
{
  return (size_t)(m->o - m->fast->out->data);
}

DH_INLINE void put(mcp *m, const char *text, size_t size)
{
  memcpy(m->o, text, size);
  m->o += size;
}
#define PUT(m, literal) put((m), literal, sizeof(literal) - 1)

/* Any text, however long. */
static bool put_long(mcp *m, const char *text, size_t size)
{
  while (size) {
    size_t n = size < 32 ? size : 32;
    if (!room(m))
      return false;
    put(m, text, n);
    text += n;
    size -= n;
  }
  return room(m);
}

/* A control character, a quote or a backslash. */
static bool put_escape(mcp *m, unsigned char c)
{
  char escape[8] = {'\\', (char)c};
  if (c < ' ')
    snprintf(escape, sizeof(escape), "\\u%04x", c);
  return put_long(m, escape, strlen(escape));
}

/* A text of the options, which may need escapes. */
static bool put_text(mcp *m, const char *text)
{
  *m->o++ = '"';
  while (*text) {
    char *o = m->o, *end = o + 32;
    unsigned char c;
    while (o < end && (c = (unsigned char)*text) >= ' ' && c != '"' && c != '\\')
      *o++ = *text++;
    m->o = o;
    if (!room(m) || (o < end && *text && !put_escape(m, (unsigned char)*text++)))
      return false;
  }
  *m->o++ = '"';
  return room(m);
}

static bool put_number(mcp *m, int64_t number)
{
  char digits[24];
  char *p = digits + sizeof(digits);
  uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  do
    *--p = (char)('0' + rest % 10);
  while (rest /= 10);
  if (number < 0)
    *--p = '-';
  return put_long(m, p, (size_t)(digits + sizeof(digits) - p));
}

/* Copies the string at `p` with its quotes; `span` (may be NULL) is its text. */
DH_INLINE const char *copy_string(mcp *m, const char *p, dh_fast_text how, dh_span *span)
{
  if (*p != '"')
    return stop(m, p);
  *m->o++ = '"';
  size_t at = position(m);
  p = dh_fast_copy_text(m->fast, p + 1, &m->o, how);
  if (!p)
    return NULL;
  if (span)
    *span = (dh_span){at, position(m) - at};
  *m->o++ = '"';
  return p + 1;
}

/* --- systemMetadata and headers ------------------------------------------ */

/* An object of strings, without its braces; nulls are dropped, and names that mean
 * something to us are left to the tree. */
static const char *copy_strings(mcp *m, const char *p, bool *any)
{
  dh_fast_level *level = dh_fast_open(m->fast, 0, true);
  *any = false;
  if (*p != '{')
    return stop(m, p);
  p = space(m, p + 1);
  for (bool first = true; *p != '}'; first = false) {
    if (!first) {
      if (*p != ',')
        return stop(m, p);
      p = space(m, p + 1);
    }
    if (!room(m))
      return NULL;
    size_t mark = position(m);
    const char *name = p + 1;
    if (*any)
      *m->o++ = ',';
    p = copy_string(m, p, DH_FAST_NAME, NULL);
    if (!p)
      return NULL;
    size_t size = (size_t)(p - 1 - name);
    if (!dh_fast_new_name(m->fast, level, name, size) || IS_NAME(name - 1, "clientId") ||
        IS_NAME(name - 1, "clientVersion") || IS_NAME(name - 1, DH_EMIT_MODE_MARKER) ||
        IS_NAME(name - 1, "fieldDiscriminator") || !memcmp(name, "com.linkedin.", 13))
      return stop(m, name);
    p = colon(m, p);
    if (!p)
      return NULL;
    if (!memcmp(p, "null", 4)) {
      m->o = m->fast->out->data + mark;
      p = space(m, p + 4);
      continue;
    }
    *m->o++ = ':';
    p = copy_string(m, p, DH_FAST_TEXT, NULL);
    if (!p)
      return NULL;
    *any = true;
    p = space(m, p);
  }
  m->fast->names_used = level->first_name;
  return p + 1;
}

/* Whether `text` is `kept`, or is kept now, and what was made of it is void; false where it is
 * none, long, or needs escapes. */
static bool keep_text(dh_fast_client *client, char *kept, size_t room, const char *text)
{
  if (!text || !strcmp(text, kept))
    return text != NULL;
  size_t size = strlen(text);
  for (size_t i = 0; i < size; i++)
    if ((unsigned char)text[i] < ' ' || text[i] == '"' || text[i] == '\\')
      return false;
  if (size >= room)
    return false;
  client->size = 0;
  memcpy(kept, text, size + 1);
  return true;
}

/* Both members, made once: most often each record gets the same. NULL: the long way. */
static const dh_fast_client *known_client(mcp *m)
{
  dh_fast_client *client = &m->fast->client;
  const dh_wire_options *options = m->options;
  if (!keep_text(client, client->id, sizeof(client->id), options->client_id) ||
      !keep_text(client, client->version, sizeof(client->version), options->client_version))
    return NULL;
  if (!client->size)
    client->size = (size_t)snprintf(client->text, sizeof(client->text),
                                    "\"clientId\":\"%s\",\"clientVersion\":\"%s\"", client->id,
                                    client->version);
  return client;
}

static bool put_client(mcp *m, bool any)
{
  const dh_wire_options *options = m->options;
  const dh_fast_client *client = known_client(m);
  if (!room(m))
    return false;
  if (client) {
    if (any)
      *m->o++ = ',';
    return put_long(m, client->text, client->size);
  }
  if (options->client_id) {
    if (any)
      *m->o++ = ',';
    PUT(m, "\"clientId\":");
    any = true;
    if (!put_text(m, options->client_id))
      return false;
  }
  if (options->client_version) {
    if (any)
      *m->o++ = ',';
    PUT(m, "\"clientVersion\":");
    if (!put_text(m, options->client_version))
      return false;
  }
  return true;
}

enum metadata_member { OBSERVED = 1, RUN_ID = 2, LAST_RUN_ID = 4, PROPERTIES = 8, PIPELINE = 16 };

/* What is missing, and the closing brace. */
static bool finish_metadata(mcp *m, unsigned have, bool any)
{
  const dh_wire_options *options = m->options;
  if (!room(m))
    return false;
  if (!(have & OBSERVED)) {
    if (any)
      *m->o++ = ',';
    any = true;
    PUT(m, "\"lastObserved\":");
    if (!put_number(m, options->now_ms))
      return false;
  }
  if (!(have & RUN_ID)) {
    PUT(m, ",\"runId\":");
    if (!put_text(m, options->run_id ? options->run_id : DH_NO_RUN_ID))
      return false;
  }
  if (!(have & LAST_RUN_ID))
    PUT(m, ",\"lastRunId\":\"" DH_NO_RUN_ID "\"");
  if (!(have & PROPERTIES) && (options->client_id || options->client_version)) {
    PUT(m, ",\"properties\":{");
    if (!put_client(m, false))
      return false;
    *m->o++ = '}';
  }
  *m->o++ = '}';
  return room(m);
}

/* A whole number of milliseconds; 0 becomes now. */
static const char *copy_observed(mcp *m, const char *p)
{
  const char *end = p;
  while (*end >= '0' && *end <= '9')
    end++;
  size_t size = (size_t)(end - p);
  if (!size || size > 18 || *end == '.' || *end == 'e' || *end == 'E' || (*p == '0' && size > 1))
    return stop(m, end);
  if (*p != '0') {
    put(m, p, size);
    return end;
  }
  return put_number(m, m->options->now_ms) ? end : NULL;
}

static const char *copy_metadata_value(mcp *m, const char *p, unsigned member)
{
  bool any;
  switch (member) {
  case OBSERVED:
    return copy_observed(m, p);
  case PROPERTIES:
    *m->o++ = '{';
    p = copy_strings(m, p, &any);
    if (!p || !put_client(m, any))
      return NULL;
    *m->o++ = '}';
    return p;
  default:
    return copy_string(m, p, DH_FAST_TEXT, NULL);
  }
}

DH_INLINE unsigned metadata_member(const char *p)
{
  return IS_NAME(p, "lastObserved")   ? OBSERVED
         : IS_NAME(p, "runId")        ? RUN_ID
         : IS_NAME(p, "lastRunId")    ? LAST_RUN_ID
         : IS_NAME(p, "properties")   ? PROPERTIES
         : IS_NAME(p, "pipelineName") ? PIPELINE
                                      : 0;
}

static const char *copy_metadata(mcp *m, const char *p)
{
  unsigned met = 0, have = 0;
  size_t at = position(m);
  if (*p != '{')
    return stop(m, p);
  *m->o++ = '{';
  p = space(m, p + 1);
  while (*p != '}') {
    if (met) {
      if (*p != ',')
        return stop(m, p);
      p = space(m, p + 1);
    }
    unsigned member = metadata_member(p);
    if (!member || met & member)
      return stop(m, p);
    met |= member;
    if (!room(m))
      return NULL;
    size_t mark = position(m);
    if (have)
      *m->o++ = ',';
    p = copy_string(m, p, DH_FAST_NAME, NULL);
    *m->o++ = ':';
    p = colon(m, p);
    if (!p)
      return NULL;
    if (!memcmp(p, "null", 4)) {
      m->o = m->fast->out->data + mark;
      p = space(m, p + 4);
      continue;
    }
    have |= member;
    p = copy_metadata_value(m, p, member);
    if (!p)
      return NULL;
    p = space(m, p);
  }
  if (!finish_metadata(m, have, have != 0))
    return NULL;
  m->spans->system_metadata = (dh_span){at, position(m) - at};
  return p + 1;
}

static const char *copy_headers(mcp *m, const char *p)
{
  bool any;
  size_t at = position(m);
  *m->o++ = '{';
  p = copy_strings(m, p, &any);
  if (!p)
    return NULL;
  *m->o++ = '}';
  m->spans->headers = (dh_span){at, position(m) - at};
  return p;
}

/* --- the aspect ---------------------------------------------------------- */

/* {"json": value} becomes {"value": "...", "contentType": "..."}. */
static const char *copy_aspect(mcp *m, const char *p)
{
  bool patch = m->spans->change_type == DH_PATCH;
  if (*p != '{')
    return stop(m, p);
  p = space(m, p + 1);
  if (!IS_NAME(p, "json"))
    return stop(m, p);
  p = colon(m, p + NAME_SIZE("json"));
  if (!p)
    return NULL;
  if (*p != (patch ? '[' : '{'))
    return stop(m, p);
  PUT(m, "{\"value\":\"");
  p = dh_fast_value(m->fast, p, 2, patch, &m->o);
  if (!p)
    return NULL;
  p = space(m, p);
  if (*p != '}')
    return stop(m, p);
  if (!room(m))
    return NULL;
  PUT(m, "\",\"contentType\":\"");
  size_t at = position(m);
  if (patch)
    PUT(m, DH_JSON_PATCH_TYPE);
  else
    PUT(m, DH_JSON_TYPE);
  m->spans->content_type = (dh_span){at, position(m) - at};
  PUT(m, "\"}");
  m->has_aspect = true;
  return p + 1;
}

/* --- the record ---------------------------------------------------------- */

static const char *copy_change_type(mcp *m, const char *p)
{
  dh_span span = {0};
  p = copy_string(m, p, DH_FAST_NAME, &span);
  if (!p)
    return NULL;
  int type = dh_change_type_of(m->fast->out->data + span.at, span.size);
  /* An aspect that was met before was taken for what most are. */
  if (type < 0 || (type == DH_PATCH && m->has_aspect))
    return stop(m, p);
  m->spans->change_type = (dh_change_type)type;
  m->typed = true;
  return p;
}

DH_INLINE unsigned member_of(const char *p, size_t *size)
{
#define TRY(literal, bit)                                                                          \
  if (IS_NAME(p, literal)) {                                                                       \
    *size = NAME_SIZE(literal);                                                                    \
    return bit;                                                                                    \
  }
  TRY("entityType", ENTITY_TYPE)
  TRY("entityUrn", ENTITY_URN)
  TRY("changeType", CHANGE_TYPE)
  TRY("aspectName", ASPECT_NAME)
  TRY("aspect", ASPECT)
  TRY("systemMetadata", SYSTEM_METADATA)
  TRY("headers", HEADERS)
  TRY("auditHeader", AUDIT_HEADER)
  TRY("entityKeyAspect", KEY_ASPECT)
#undef TRY
  return 0;
}

static const char *copy_value(mcp *m, const char *p, unsigned member)
{
  switch (member) {
  case ENTITY_TYPE:
    return copy_string(m, p, DH_FAST_NAME, &m->spans->entity_type);
  case ENTITY_URN:
    return copy_string(m, p, DH_FAST_NAME, &m->spans->urn);
  case ASPECT_NAME:
    return copy_string(m, p, DH_FAST_NAME, &m->spans->aspect_name);
  case CHANGE_TYPE:
    return copy_change_type(m, p);
  case ASPECT:
    return copy_aspect(m, p);
  case SYSTEM_METADATA:
    return copy_metadata(m, p);
  case HEADERS:
    return copy_headers(m, p);
  default: /* only null is known there */
    return stop(m, p);
  }
}

static const char *copy_members(mcp *m, const char *p)
{
  bool written = false;
  *m->o++ = '{';
  p = space(m, p + 1);
  while (*p != '}') {
    if (m->seen) {
      if (*p != ',')
        return stop(m, p);
      p = space(m, p + 1);
    }
    size_t size = 0;
    unsigned member = member_of(p, &size);
    if (!member || m->seen & member)
      return stop(m, p);
    m->seen |= member;
    const char *name = p;
    p = colon(m, p + size);
    if (!p || !room(m))
      return NULL;
    if (!memcmp(p, "null", 4)) {
      p = space(m, p + 4);
      continue;
    }
    if (written)
      *m->o++ = ',';
    written = true;
    put(m, name, size);
    *m->o++ = ':';
    p = copy_value(m, p, member);
    if (!p || !room(m))
      return NULL;
    p = space(m, p);
  }
  return p + 1;
}

/* The URN of the record before is not looked at again: the aspects of one entity most
 * often follow one another. */
static bool urn_is_good(dh_fast *fast, const char *urn, size_t size)
{
  if (size == fast->urn_size && !memcmp(urn, fast->urn, size))
    return true;
  if (dh_urn_check(urn, size, NULL) != DH_OK)
    return false;
  fast->urn_size = size <= sizeof(fast->urn) ? size : 0;
  memcpy(fast->urn, urn, fast->urn_size);
  return true;
}

/* All that a record must have, and what each must say of the others. */
static bool is_complete(const mcp *m)
{
  const dh_record_spans *spans = m->spans;
  const char *base = m->fast->out->data;
  if (spans->entity_type.at == DH_NOWHERE || spans->urn.at == DH_NOWHERE ||
      spans->aspect_name.at == DH_NOWHERE || !spans->aspect_name.size || !m->typed ||
      !m->has_aspect)
    return false;
  const char *urn = base + spans->urn.at;
  size_t type = spans->entity_type.size;
  return urn_is_good(m->fast, urn, spans->urn.size) && spans->urn.size > 7 + type &&
         !memcmp(urn + 7, base + spans->entity_type.at, type) && urn[7 + type] == ':';
}

dh_fast_result dh_fast_mcp(dh_fast *fast, const char *in, size_t size,
                           const dh_wire_options *options, dh_buf *out, dh_record_spans *spans,
                           size_t *used, uint64_t *lines)
{
  mcp m = {.fast = fast, .options = options, .spans = spans};
  if (!dh_buf_reserve(out, 1024))
    return DH_FAST_NO_MEMORY;
  fast->out = out;
  fast->end = in + size;
  fast->limit = out->data + out->capacity - DH_FAST_ROOM;
  fast->lines = 0;
  fast->names_used = 0;
  fast->why = DH_FAST_NO_MEMORY;
  m.o = out->data + out->size;
  dh_record_spans_clear(spans);
  const char *p = copy_members(&m, in);
  if (!p)
    return fast->why;
  if (!is_complete(&m))
    return DH_FAST_TREE;
  if (spans->system_metadata.at == DH_NOWHERE) {
    PUT(&m, ",\"systemMetadata\":");
    size_t at = position(&m);
    *m.o++ = '{';
    if (!finish_metadata(&m, 0, false))
      return fast->why;
    spans->system_metadata = (dh_span){at, position(&m) - at};
  }
  *m.o++ = '}';
  spans->proposal = (dh_span){out->size, position(&m) - out->size};
  out->size += spans->proposal.size;
  *used = (size_t)(p - in);
  *lines = fast->lines;
  return DH_FAST_OK;
}
