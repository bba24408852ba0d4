/* SPDX-License-Identifier: Apache-2.0 */
#include "token/json.h"

#include "base/text.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct reader {
  const char *start, *at, *end;
  const char *fault;
  dh_json_object *object; /* where the outermost members go; NULL when only stepping */
  bool check_names;       /* false for text that has passed already */
  size_t open;            /* names in use below, all levels */
  struct {
    uint32_t hash;
    dh_json_value text;
  } name[DH_JSON_MAX_OPEN];
} reader;

static bool fail(reader *r, const char *fault)
{
  if (!r->fault)
    r->fault = fault;
  return false;
}

static void skip_space(reader *r)
{
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
    r->at++;
}

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

/* --- strings --- */

/* The code point of an escape that begins at `*p` with 'u'; -1 where it is refused. */
static int32_t unicode_escape(const char **p, const char *end)
{
  if (end - *p < 5)
    return -1;
  int32_t code = dh_text_hex4(*p + 1);
  *p += 5;
  if (code <= 0 || (code >= 0xdc00 && code <= 0xdfff))
    return -1;
  if (code < 0xd800 || code > 0xdbff)
    return code;
  if (end - *p < 6 || (*p)[0] != '\\' || (*p)[1] != 'u')
    return -1;
  int32_t low = dh_text_hex4(*p + 2);
  *p += 6;
  if (low < 0xdc00 || low > 0xdfff)
    return -1;
  return 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
}

/* The code point of the escape after a backslash at `*p`, which moves past it. */
static int32_t escape(const char **p, const char *end)
{
  static const char from[] = "\"\\/bfnrt";
  static const char to[] = "\"\\/\b\f\n\r\t";
  if (*p == end)
    return -1;
  if (**p == 'u')
    return unicode_escape(p, end);
  const char *found = **p ? strchr(from, **p) : NULL;
  if (!found)
    return -1;
  ++*p;
  return (unsigned char)to[found - from];
}

static size_t put_utf8(int32_t code, char out[4])
{
  uint32_t c = (uint32_t)code;
  if (c < 0x80) {
    out[0] = (char)c;
    return 1;
  }
  size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = n - 1; i > 0; i--) {
    out[i] = (char)(0x80 | (c & 0x3f));
    c >>= 6;
  }
  out[0] = (char)((0xf00 >> n & 0xff) | c);
  return n;
}

/* The next unescaped bytes of a string that has passed; 0 at its end. */
static size_t next_bytes(const char **p, const char *end, char out[4])
{
  if (*p == end)
    return 0;
  if (**p != '\\') {
    out[0] = *(*p)++;
    return 1;
  }
  ++*p;
  return put_utf8(escape(p, end), out);
}

static bool read_string(reader *r, dh_json_value *out)
{
  const char *p = ++r->at;
  out->type = DH_JSON_STRING;
  out->escaped = false;
  out->ptr = p;
  for (;;) {
    while (p < r->end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
      p++;
    if (p == r->end)
      return fail(r, "a string does not end");
    if (*p == '"')
      break;
    if (*p != '\\')
      return fail(r, "a control character stands in a string");
    out->escaped = true;
    p++;
    if (escape(&p, r->end) < 0)
      return fail(r, "a string holds an escape that is not accepted");
  }
  out->len = (size_t)(p - out->ptr);
  r->at = p + 1;
  return true;
}

static uint32_t hash_name(const dh_json_value *name)
{
  uint32_t hash = 2166136261u;
  char bytes[4];
  const char *p = name->ptr, *end = p + name->len;
  if (!name->escaped) {
    for (; p < end; p++)
      hash = (hash ^ (unsigned char)*p) * 16777619u;
    return hash;
  }
  for (size_t n; (n = next_bytes(&p, end, bytes)) > 0;)
    for (size_t i = 0; i < n; i++)
      hash = (hash ^ (unsigned char)bytes[i]) * 16777619u;
  return hash;
}

static bool same_unescaped(const dh_json_value *a, const char *text, size_t size, bool escaped)
{
  const char *p = a->ptr, *p_end = p + a->len, *q = text, *q_end = q + size;
  char x[4] = "", y[4] = "";
  size_t nx = 0, ny = 0, ix = 0, iy = 0;
  for (;;) {
    if (ix == nx) {
      nx = next_bytes(&p, p_end, x);
      ix = 0;
    }
    if (iy == ny) {
      ny = q == q_end ? 0 : 1;
      iy = 0;
      if (ny && escaped)
        ny = next_bytes(&q, q_end, y);
      else if (ny)
        y[0] = *q++;
    }
    if (!nx || !ny)
      return nx == ny;
    if (x[ix++] != y[iy++])
      return false;
  }
}

static inline bool same_string(const dh_json_value *a, const char *text, size_t size, bool escaped)
{
  if (a->escaped || escaped)
    return same_unescaped(a, text, size, escaped);
  return a->len == size && !memcmp(a->ptr, text, size);
}

/* --- values --- */

static bool read_value(reader *r, dh_json_value *out, unsigned depth);

static bool read_digits(reader *r)
{
  if (r->at == r->end || !is_digit(*r->at))
    return fail(r, "a number is not well formed");
  while (r->at < r->end && is_digit(*r->at))
    r->at++;
  return true;
}

static bool read_number(reader *r, dh_json_value *out)
{
  out->ptr = r->at;
  if (*r->at == '-')
    r->at++;
  const char *first = r->at;
  if (!read_digits(r))
    return false;
  if (*first == '0' && r->at > first + 1)
    return fail(r, "a number begins with 0");
  if (r->at < r->end && *r->at == '.') {
    r->at++;
    if (!read_digits(r))
      return false;
  }
  if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
    r->at++;
    if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
      r->at++;
    if (!read_digits(r))
      return false;
  }
  out->type = DH_JSON_NUMBER;
  out->escaped = false;
  out->len = (size_t)(r->at - out->ptr);
  return true;
}

static bool read_word(reader *r, dh_json_value *out, const char *word, dh_json_type type)
{
  size_t size = strlen(word);
  if ((size_t)(r->end - r->at) < size || memcmp(r->at, word, size))
    return fail(r, "a value is expected");
  out->ptr = r->at;
  out->len = size;
  out->type = type;
  out->escaped = false;
  r->at += size;
  return true;
}

/* Remembers a name of the object that began at `base`; refuses one that it has. */
static bool take_name(reader *r, const dh_json_value *name, size_t base)
{
  if (!r->check_names)
    return true;
  uint32_t hash = hash_name(name);
  for (size_t i = base; i < r->open; i++)
    if (r->name[i].hash == hash &&
        same_string(name, r->name[i].text.ptr, r->name[i].text.len, r->name[i].text.escaped))
      return fail(r, "a member appears twice");
  if (r->open == DH_JSON_MAX_OPEN)
    return fail(r, "there are too many members");
  r->name[r->open].hash = hash;
  r->name[r->open].text = *name;
  r->open++;
  return true;
}

static bool keep_member(reader *r, const dh_json_value *name, const dh_json_value *value)
{
  dh_json_object *object = r->object;
  if (object->count == DH_JSON_MAX_MEMBERS)
    return fail(r, "there are too many members");
  object->member[object->count].name = *name;
  object->member[object->count].value = *value;
  object->count++;
  return true;
}

static bool read_member(reader *r, size_t base, unsigned depth)
{
  dh_json_value name, value;
  skip_space(r);
  if (r->at == r->end || *r->at != '"')
    return fail(r, "a member's name is expected");
  if (!read_string(r, &name) || !take_name(r, &name, base))
    return false;
  skip_space(r);
  if (r->at == r->end || *r->at != ':')
    return fail(r, "a colon is expected");
  r->at++;
  skip_space(r);
  if (!read_value(r, &value, depth))
    return false;
  return depth > 1 || !r->object || keep_member(r, &name, &value);
}

/* After an element: 1 where a comma promises more, 0 where `close` ended the list. */
static int after_element(reader *r, char close)
{
  skip_space(r);
  if (r->at == r->end || (*r->at != ',' && *r->at != close)) {
    fail(r, "a comma or the end of a list is expected");
    return -1;
  }
  return *r->at++ == ',';
}

static bool read_list(reader *r, dh_json_value *out, unsigned depth)
{
  bool object = *r->at == '{';
  char close = object ? '}' : ']';
  size_t base = r->open;
  int more = 1;
  if (depth > DH_JSON_MAX_DEPTH)
    return fail(r, "it is nested too deeply");
  out->ptr = r->at++;
  out->type = object ? DH_JSON_OBJECT : DH_JSON_ARRAY;
  out->escaped = false;
  skip_space(r);
  if (r->at < r->end && *r->at == close) {
    r->at++;
    more = 0;
  }
  while (more == 1) {
    dh_json_value element;
    skip_space(r);
    if (object ? !read_member(r, base, depth) : !read_value(r, &element, depth))
      return false;
    more = after_element(r, close);
  }
  r->open = base;
  out->len = (size_t)(r->at - out->ptr);
  return more == 0;
}

/* Reads the value at the cursor; `depth` is how many lists enclose it. */
static bool read_value(reader *r, dh_json_value *out, unsigned depth)
{
  if (r->at == r->end)
    return fail(r, "a value is expected");
  switch (*r->at) {
  case '"':
    return read_string(r, out);
  case '{':
  case '[':
    return read_list(r, out, depth + 1);
  case 't':
    return read_word(r, out, "true", DH_JSON_TRUE);
  case 'f':
    return read_word(r, out, "false", DH_JSON_FALSE);
  case 'n':
    return read_word(r, out, "null", DH_JSON_NULL);
  default:
    if (*r->at == '-' || is_digit(*r->at))
      return read_number(r, out);
    return fail(r, "a value is expected");
  }
}

static void start(reader *r, const char *text, size_t size, dh_json_object *object)
{
  r->start = r->at = text;
  r->end = text + size;
  r->fault = NULL;
  r->object = object;
  r->check_names = object != NULL;
  r->open = 0;
}

bool dh_json_read(dh_json_object *object, const char *text, size_t size)
{
  reader r;
  dh_json_value whole;
  start(&r, text, size, object);
  object->count = 0;
  skip_space(&r);
  if (!dh_text_utf8(text, size))
    fail(&r, "it is not UTF-8");
  else if (r.at == r.end || *r.at != '{')
    fail(&r, "an object is expected");
  else if (read_value(&r, &whole, 0)) {
    skip_space(&r);
    if (r.at != r.end)
      fail(&r, "something follows the object");
  }
  object->fault = r.fault;
  object->fault_at = (size_t)(r.at - r.start);
  return !r.fault;
}

const dh_json_value *dh_json_get(const dh_json_object *object, const char *name)
{
  size_t size = strlen(name);
  for (size_t i = 0; i < object->count; i++)
    if (same_string(&object->member[i].name, name, size, false))
      return &object->member[i].value;
  return NULL;
}

bool dh_json_next(const dh_json_value *array, size_t *at, dh_json_value *element)
{
  reader r;
  if (array->type != DH_JSON_ARRAY)
    return false;
  start(&r, array->ptr, array->len, NULL);
  r.at += *at ? *at : 1;
  skip_space(&r);
  if (r.at < r.end && *r.at == ',') {
    r.at++;
    skip_space(&r);
  }
  if (r.at >= r.end || *r.at == ']' || !read_value(&r, element, 0))
    return false;
  *at = (size_t)(r.at - r.start);
  return true;
}

bool dh_json_is(const dh_json_value *value, const char *text, size_t size)
{
  return value && value->type == DH_JSON_STRING && same_string(value, text, size, false);
}

bool dh_json_string(const dh_json_value *value, dh_buf *out)
{
  char bytes[4];
  if (!value || value->type != DH_JSON_STRING)
    return false;
  if (!value->escaped) {
    dh_buf_add(out, value->ptr, value->len);
    return true;
  }
  const char *p = value->ptr, *end = p + value->len;
  for (size_t n; (n = next_bytes(&p, end, bytes)) > 0;)
    dh_buf_add(out, bytes, n);
  return true;
}

char *dh_json_dup(const dh_json_value *value)
{
  dh_buf buf;
  dh_buf_init(&buf);
  if (!dh_json_string(value, &buf))
    return NULL;
  return dh_buf_take(&buf);
}

bool dh_json_integer(const dh_json_value *value, int64_t *out)
{
  char digits[24];
  if (!value || value->type != DH_JSON_NUMBER || value->len >= sizeof(digits))
    return false;
  memcpy(digits, value->ptr, value->len);
  digits[value->len] = '\0';
  return dh_text_int(digits, out);
}
