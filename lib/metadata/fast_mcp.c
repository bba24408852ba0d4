/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An MCP's own members. Their order is that of the input; the aspect's text, a string to
 * GMS, is what fast_value.c makes.
 */
#include "metadata/fast_lead.h"
#include "metadata/fast_repeat.h"
#include "metadata/fast_step.h"

#include <stdio.h>
#include <string.h>

/* A place in a record: where it is read and written, and what has been passed. */
typedef struct spot {
  const char *p; /* NULL: there was none */
  size_t at;
  uint64_t lines;
  unsigned seen;
} spot;

typedef struct mcp {
  dh_fast *fast;
  const dh_wire_options *options;
  dh_record_spans *spans;
  dh_span text[DH_MCP_TEXTS]; /* of the members that are texts */
  char *o;
  unsigned seen; /* a bit for each member that has been met */
  bool typed;    /* changeType has been met */
  bool has_aspect;
  bool agreed;     /* type and URN were found good */
  bool ended;      /* the record was passed up to its end */
  spot head;       /* at the value of the last text before the aspect, */
  unsigned member; /* which is this one's, */
  unsigned place;  /* the so manieth */
  spot tail;       /* behind lastObserved's value */
  bool usual;      /* systemMetadata ended as most do */
} mcp;

/* The texts first: they have a place in mcp.text. */
enum member {
  ENTITY_TYPE = 1,
  ENTITY_URN = 2,
  CHANGE_TYPE = 4,
  ASPECT_NAME = 8,
  ASPECT = 16,
  SYSTEM_METADATA = 32,
  HEADERS = 64,
  AUDIT_HEADER = 128,
  KEY_ASPECT = 256,
  TEXTS = ENTITY_TYPE | ENTITY_URN | CHANGE_TYPE | ASPECT_NAME
};

DH_INLINE dh_span *text_of(mcp *m, unsigned member)
{
  return &m->text[__builtin_ctz(member)];
}

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

DH_INLINE spot spot_at(const mcp *m, const char *p, const char *o)
{
  return (spot){p, (size_t)(o - m->fast->out->data), m->fast->lines, m->seen};
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

/* Copies a string from behind its first quote to behind its last one. */
DH_INLINE const char *copy_text(dh_fast *fast, const char *p, char **o, dh_fast_text how,
                                dh_span *span)
{
  size_t at = (size_t)(*o - fast->out->data);
  p = dh_fast_copy_text(fast, p, o, how);
  if (!p)
    return NULL;
  *span = (dh_span){at, (size_t)(*o - fast->out->data) - at};
  *(*o)++ = '"';
  return p + 1;
}

/* Copies the string at `p` with its quotes. */
static const char *copy_string(mcp *m, const char *p, dh_fast_text how)
{
  dh_span span;
  if (*p != '"')
    return stop(m, p);
  *m->o++ = '"';
  return copy_text(m->fast, p + 1, &m->o, how, &span);
}

/* --- members -------------------------------------------------------------- */

/* The bit of the name in quotes at `p`, and its size with the quotes; 0: it is none of ours. */
typedef unsigned find_fn(const char *p, size_t *size);

/* Reads what stands before a value, or the end, and keeps it: where the lead did not fit.
 * Returns the value's position, behind its quote where it is a string. */
static const char *learn_member(mcp *m, dh_fast_lead *lead, const char *from, unsigned met,
                                find_fn *find)
{
  const uint64_t before = m->fast->lines;
  const char *p = space(m, from), *name;
  size_t size;
  lead->size = 0; /* until all of it has been found good */
  lead->member = 0;
  if (*p == '}') {
    dh_lead_learn_end(lead, from, p + 1, m->fast->lines - before);
    return p + 1;
  }
  if (met) {
    if (*p != ',')
      return stop(m, p);
    p = space(m, p + 1);
  }
  name = p;
  lead->member = (uint16_t)find(p, &size);
  if (!lead->member || met & lead->member)
    return stop(m, p);
  p = colon(m, p + size);
  if (!p)
    return NULL;
  bool quoted = *p == '"';
  dh_lead_learn(lead, from, p + quoted, m->fast->lines - before, quoted, ",", name, size,
                quoted ? ":\"" : ":");
  return p + quoted;
}

/* To the value of the next member; `met` are those that there have been. */
DH_INLINE const char *next_member(mcp *m, dh_fast_lead *lead, const char *p, unsigned met,
                                  find_fn *find)
{
  if (!dh_lead_fits(lead, p) || met & lead->member)
    return learn_member(m, lead, p, met, find);
  m->fast->lines += lead->lines;
  return p + lead->size;
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
    p = copy_string(m, p, DH_FAST_NAME);
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
    p = copy_string(m, p, DH_FAST_TEXT);
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

/* Before the client's members, where there are no other properties. */
#define CLIENT_BEFORE ",\"properties\":{"

/* Both members, made once: most often each record gets the same, as the end of a systemMetadata
 * that has no properties. NULL: the long way. */
static const dh_fast_client *known_client(mcp *m)
{
  dh_fast_client *client = &m->fast->client;
  const dh_wire_options *options = m->options;
  if (!keep_text(client, client->id, sizeof(client->id), options->client_id) ||
      !keep_text(client, client->version, sizeof(client->version), options->client_version))
    return NULL;
  if (!client->size) {
    client->size = (size_t)snprintf(client->text, sizeof(client->text),
                                    CLIENT_BEFORE "\"clientId\":\"%s\",\"clientVersion\":\"%s\"}}",
                                    client->id, client->version);
    m->fast->tail.size = 0; /* it has them in it */
  }
  return client;
}

/* All of it, in steps of as much as there is always room for. */
static bool put_known(mcp *m, const dh_fast_client *client)
{
  char *o = m->o;
  for (size_t at = 0; at < client->size; at += DH_FAST_ROOM) {
    if (!dh_fast_room(m->fast, &o))
      return false;
    memcpy(o, client->text + at, DH_FAST_ROOM);
    o += client->size - at < DH_FAST_ROOM ? client->size - at : DH_FAST_ROOM;
  }
  m->o = o;
  return room(m);
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
    return put_long(m, client->text + sizeof(CLIENT_BEFORE) - 1,
                    client->size - sizeof(CLIENT_BEFORE) - 1);
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

enum metadata_member {
  OBSERVED = 1,
  RUN_ID = 2,
  LAST_RUN_ID = 4,
  PROPERTIES = 8,
  PIPELINE = 16,
  METADATA_TEXTS = RUN_ID | LAST_RUN_ID | PIPELINE,
  USUAL = OBSERVED | RUN_ID | LAST_RUN_ID
};

/* What is missing, and the closing brace. */
static bool finish_metadata(mcp *m, unsigned have, bool any)
{
  const dh_wire_options *options = m->options;
  const dh_fast_client *client = (have & (USUAL | PROPERTIES)) == USUAL ? known_client(m) : NULL;
  m->usual = client != NULL;
  if (client)
    return put_known(m, client);
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
  unsigned size = dh_scan_digits(p);
  const char *end = p + size;
  if (!size || size == 16 || *end == '.' || *end == 'e' || *end == 'E' || (*p == '0' && size > 1))
    return stop(m, end);
  if (*p != '0') {
    memcpy(m->o, p, 16);
    m->o += size;
    return end;
  }
  return put_number(m, m->options->now_ms) ? end : NULL;
}

static const char *copy_properties(mcp *m, const char *p)
{
  bool any;
  *m->o++ = '{';
  p = copy_strings(m, p, &any);
  if (!p || !put_client(m, any))
    return NULL;
  *m->o++ = '}';
  return p;
}

static unsigned metadata_member(const char *p, size_t *size)
{
#define TRY(literal, bit)                                                                          \
  if (IS_NAME(p, literal)) {                                                                       \
    *size = NAME_SIZE(literal);                                                                    \
    return bit;                                                                                    \
  }
  TRY("lastObserved", OBSERVED)
  TRY("runId", RUN_ID)
  TRY("lastRunId", LAST_RUN_ID)
  TRY("properties", PROPERTIES)
  TRY("pipelineName", PIPELINE)
  return 0;
}

/* Behind lastObserved, the first of them: all else is mostly that of the record before. Where it
 * is, the record ends with it. */
DH_INLINE const char *pass_tail(mcp *m, const char *p)
{
  dh_fast *fast = m->fast;
  m->tail = spot_at(m, p, m->o);
  if (fast->tail_seen != m->seen || !dh_repeat_fits(&fast->tail, p, fast->end) ||
      !known_client(m) || !fast->tail.size)
    return p;
  m->ended = true;
  return dh_repeat_put(fast, &fast->tail, p, &m->o);
}

static const char *copy_metadata(mcp *m, const char *p)
{
  unsigned met = 0, have = 0;
  size_t at = position(m);
  dh_fast *fast = m->fast;
  dh_fast_lead *lead = fast->of_metadata;
  char *o = m->o;
  dh_span span;
  if (*p != '{')
    return stop(m, p);
  *o++ = '{';
  for (p++;; lead++) {
    p = next_member(m, lead, p, met, metadata_member);
    if (!p || !dh_fast_room(fast, &o))
      return NULL;
    if (lead->ends)
      break;
    met |= lead->member;
    if (!lead->quoted && !memcmp(p, "null", 4)) {
      p += 4;
      continue;
    }
    o = dh_lead_put(lead, !have, o);
    have |= lead->member;
    if (lead->quoted) {
      p = lead->member & METADATA_TEXTS ? copy_text(fast, p, &o, DH_FAST_TEXT, &span) : stop(m, p);
    } else {
      m->o = o;
      p = lead->member == OBSERVED     ? copy_observed(m, p)
          : lead->member == PROPERTIES ? copy_properties(m, p)
                                       : stop(m, p);
      if (p && met == OBSERVED)
        p = pass_tail(m, p);
      o = m->o;
    }
    if (!p)
      return NULL;
    if (m->ended)
      break;
  }
  m->o = o;
  if (!m->ended && !finish_metadata(m, have, have != 0))
    return NULL;
  m->spans->system_metadata = (dh_span){at, position(m) - at};
  return p;
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

/* Aspects of one name are mostly made alike. */
static uint16_t *root_of(mcp *m)
{
  const dh_span *name = text_of(m, ASPECT_NAME);
  if (name->at == DH_NOWHERE || !name->size)
    return &m->fast->roots[0];
  const unsigned char *text = (const unsigned char *)m->fast->out->data + name->at;
  unsigned hash =
      (unsigned)name->size + 5u * text[0] + 3u * text[name->size / 2] + 7u * text[name->size - 1];
  return &m->fast->roots[hash % DH_LEAD_ROOTS];
}

/* From the aspect's brace to the value of its only member. */
static const char *open_aspect(mcp *m, const char *from)
{
  dh_fast_lead *lead = &m->fast->of_aspect[0];
  if (dh_lead_fits(lead, from)) {
    m->fast->lines += lead->lines;
    return from + lead->size;
  }
  const uint64_t before = m->fast->lines;
  if (*from != '{')
    return stop(m, from);
  const char *p = space(m, from + 1);
  if (!IS_NAME(p, "json"))
    return stop(m, p);
  p = colon(m, p + NAME_SIZE("json"));
  if (p)
    dh_lead_learn(lead, from, p, m->fast->lines - before, false, "", from, 0, "");
  return p;
}

/* From behind that value to behind the aspect's brace. */
static const char *close_aspect(mcp *m, const char *from)
{
  dh_fast_lead *lead = &m->fast->of_aspect[1];
  if (dh_lead_fits(lead, from)) {
    m->fast->lines += lead->lines;
    return from + lead->size;
  }
  const uint64_t before = m->fast->lines;
  const char *p = space(m, from);
  if (*p != '}')
    return stop(m, p);
  dh_lead_learn_end(lead, from, p + 1, m->fast->lines - before);
  return p + 1;
}

/* {"json": value} becomes {"value": "...", "contentType": "..."}. */
static const char *copy_aspect(mcp *m, const char *p)
{
  bool patch = m->spans->change_type == DH_PATCH;
  p = open_aspect(m, p);
  if (!p)
    return NULL;
  if (*p != (patch ? '[' : '{'))
    return stop(m, p);
  PUT(m, "{\"value\":\"");
  p = dh_fast_value(m->fast, p, 2, patch ? NULL : root_of(m), &m->o);
  if (!p)
    return NULL;
  p = close_aspect(m, p);
  if (!p || !room(m))
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
  return p;
}

/* --- the record ---------------------------------------------------------- */

/* What the text is that has been copied; false where it is none of ours. */
static bool take_change_type(mcp *m)
{
  const dh_span *text = text_of(m, CHANGE_TYPE);
  int type = dh_change_type_of(m->fast->out->data + text->at, text->size);
  /* An aspect that was met before was taken for what most are. */
  if (type < 0 || (type == DH_PATCH && m->has_aspect))
    return false;
  m->spans->change_type = (dh_change_type)type;
  m->typed = true;
  return true;
}

static unsigned member_of(const char *p, size_t *size)
{
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

/* The value of a member that is no text. */
static const char *copy_value(mcp *m, const char *p, unsigned member)
{
  switch (member) {
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

/* The value of a member that is a text, from behind its quote. */
DH_INLINE const char *copy_member_text(mcp *m, const char *p, unsigned member, char **o)
{
  p = copy_text(m->fast, p, o, DH_FAST_NAME, text_of(m, member));
  return p && member == CHANGE_TYPE && !take_change_type(m) ? stop(m, p) : p;
}

/* Passes a head that is that of the record before, and the value of its last member. */
DH_INLINE const char *pass_head(mcp *m, const char *p, char **o)
{
  dh_fast *fast = m->fast;
  const dh_fast_head *head = &fast->head;
  size_t from = (size_t)(*o - fast->out->data);
  p = dh_repeat_put(fast, &head->part, p, o);
  if (!p || !dh_fast_room(fast, o))
    return NULL;
  for (unsigned i = 0; i < DH_MCP_TEXTS; i++)
    m->text[i] = (dh_span){head->text[i].at + (head->text[i].at == DH_NOWHERE ? 0 : from),
                           head->text[i].size};
  m->seen = head->seen;
  m->typed = head->typed;
  m->agreed = head->agreed;
  m->spans->change_type = head->change_type;
  return copy_member_text(m, p, head->member, o);
}

static const char *copy_members(mcp *m, const char *p)
{
  bool written = false;
  dh_fast *fast = m->fast;
  dh_fast_lead *lead = fast->of_record;
  char *o = m->o;
  if (dh_repeat_fits(&fast->head.part, p, fast->end)) {
    p = pass_head(m, p, &o);
    lead += fast->head.place;
    written = true;
    if (!p)
      return NULL;
  } else {
    *o++ = '{';
    p++;
  }
  for (;; lead++) {
    p = next_member(m, lead, p, m->seen, member_of);
    if (!p || !dh_fast_room(fast, &o))
      return NULL;
    m->seen |= lead->member;
    if (lead->ends)
      break;
    if (!lead->quoted && !memcmp(p, "null", 4)) {
      p += 4;
      continue;
    }
    o = dh_lead_put(lead, !written, o);
    written = true;
    if (!lead->quoted) {
      m->o = o;
      p = copy_value(m, p, lead->member);
      o = m->o;
    } else if (lead->member & TEXTS) {
      if (!(m->seen & ~(unsigned)TEXTS)) {
        m->head = spot_at(m, p, o);
        m->member = lead->member;
        m->place = (unsigned)(lead - fast->of_record) + 1;
      }
      p = copy_member_text(m, p, lead->member, &o);
    } else {
      p = stop(m, p);
    }
    if (!p)
      return NULL;
    if (m->ended)
      break;
  }
  m->o = o;
  return p;
}

/* --- what may recur -------------------------------------------------------- */

/* Keeps the head of a record that was found good, unless it was the one that is kept. */
static void learn_head(mcp *m, const char *in, size_t from)
{
  dh_fast_head *head = &m->fast->head;
  const unsigned both = ENTITY_TYPE | ENTITY_URN;
  if (!m->head.p)
    return;
  unsigned passed = m->head.seen & ~m->member;
  dh_repeat_learn(&head->part, in, m->head.p, m->head.lines, m->fast->out->data + from,
                  m->head.at - from);
  head->seen = m->head.seen;
  head->member = m->member;
  head->place = m->place;
  for (unsigned i = 0; i < DH_MCP_TEXTS; i++) {
    bool has = passed & 1u << i && m->text[i].at != DH_NOWHERE;
    head->text[i] =
        has ? (dh_span){m->text[i].at - from, m->text[i].size} : (dh_span){DH_NOWHERE, 0};
  }
  head->typed = m->typed && passed & CHANGE_TYPE;
  head->change_type = head->typed ? m->spans->change_type : DH_UPSERT;
  head->agreed = (passed & both) == both;
}

/* Keeps what stood behind lastObserved up to the record's end at `p`. */
static void learn_tail(mcp *m, const char *p)
{
  const dh_span *metadata = &m->spans->system_metadata;
  dh_fast *fast = m->fast;
  if (m->ended || !m->tail.p || !m->usual || metadata->at + metadata->size != position(m))
    return;
  dh_repeat_learn(&fast->tail, m->tail.p, p, fast->lines - m->tail.lines,
                  fast->out->data + m->tail.at, position(m) - m->tail.at);
  fast->tail_seen = m->tail.seen;
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
  if (m->agreed)
    return true;
  const char *urn = base + spans->urn.at;
  size_t type = spans->entity_type.size;
  return urn_is_good(m->fast, urn, spans->urn.size) && spans->urn.size > 7 + type &&
         !memcmp(urn + 7, base + spans->entity_type.at, type) && urn[7 + type] == ':';
}

dh_fast_result dh_fast_mcp(dh_fast *fast, const char *in, size_t size,
                           const dh_wire_options *options, dh_buf *out, dh_record_spans *spans,
                           size_t *used, uint64_t *lines)
{
  static const dh_span nowhere = {DH_NOWHERE, 0};
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
  spans->flags = 0;
  spans->change_type = DH_UPSERT;
  spans->content_type = spans->system_metadata = spans->headers = nowhere;
  for (unsigned i = 0; i < DH_MCP_TEXTS; i++)
    m.text[i] = nowhere;
  const char *p = copy_members(&m, in);
  if (!p)
    return fast->why;
  spans->entity_type = *text_of(&m, ENTITY_TYPE);
  spans->urn = *text_of(&m, ENTITY_URN);
  spans->aspect_name = *text_of(&m, ASPECT_NAME);
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
  learn_head(&m, in, out->size);
  learn_tail(&m, p);
  *m.o++ = '}';
  spans->proposal = (dh_span){out->size, position(&m) - out->size};
  out->size += spans->proposal.size;
  *used = (size_t)(p - in);
  *lines = fast->lines;
  return DH_FAST_OK;
}
