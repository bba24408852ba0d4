/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/json.h"

#include "base/buf.h"
#include "base/text.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct parser {
  const char *p, *end;
  bool whole;
  dh_json_rules rules;
  int depth;
  dh_buf text; /* the present string, unescaped */
  dh_json_fault *fault;
} parser;

static dh_json_result parse_value(parser *in, struct json_object **out);

static dh_json_result bad(parser *in, const char *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static dh_json_result bad(parser *in, const char *at, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  in->fault->at = at;
  vsnprintf(in->fault->why, sizeof(in->fault->why), format, ap);
  va_end(ap);
  return DH_JSON_BAD;
}

static dh_json_result ended(parser *in)
{
  if (!in->whole)
    return DH_JSON_MORE;
  return bad(in, in->end, "the input ends within a value");
}

static void skip_space(parser *in)
{
  while (in->p < in->end && (*in->p == ' ' || *in->p == '\n' || *in->p == '\t' || *in->p == '\r'))
    in->p++;
}

static dh_json_result unexpected(parser *in, const char *wanted)
{
  unsigned char c = (unsigned char)*in->p;
  if (c > ' ' && c < 0x7f)
    return bad(in, in->p, "'%c' where %s was expected", c, wanted);
  return bad(in, in->p, "byte 0x%02x where %s was expected", c, wanted);
}

/* Skips white space; DH_JSON_OK where a byte is there. */
static dh_json_result next(parser *in)
{
  skip_space(in);
  return in->p < in->end ? DH_JSON_OK : ended(in);
}

/* --- strings ------------------------------------------------------------- */

static void add_utf8(dh_buf *out, uint32_t c)
{
  char bytes[4];
  size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (size_t i = n - 1; i > 0; i--, c >>= 6)
    bytes[i] = (char)(0x80 | (c & 0x3f));
  bytes[0] = (char)(lead[n] | c);
  dh_buf_add(out, bytes, n);
}

/* The four digits after "\u", at in->p. */
static dh_json_result four_digits(parser *in, uint32_t *out)
{
  *out = 0;
  for (int i = 0; i < 4; i++, in->p++) {
    if (in->p == in->end)
      return ended(in);
    int digit = dh_text_hex(*in->p);
    if (digit < 0)
      return unexpected(in, "a hexadecimal digit of \\u");
    *out = *out << 4 | (uint32_t)digit;
  }
  return DH_JSON_OK;
}

static dh_json_result unicode_escape(parser *in)
{
  const char *at = in->p - 2;
  uint32_t high, low;
  dh_json_result result = four_digits(in, &high);
  if (result != DH_JSON_OK)
    return result;
  if (high < 0xd800 || high > 0xdfff) {
    add_utf8(&in->text, high);
    return DH_JSON_OK;
  }
  if (high > 0xdbff)
    return bad(in, at, "\\u%04x is the second half of a surrogate pair without the first", high);
  for (const char *c = "\\u"; *c; c++, in->p++) {
    if (in->p == in->end)
      return ended(in);
    if (*in->p != *c)
      return bad(in, at, "\\u%04x is the first half of a surrogate pair without the second", high);
  }
  result = four_digits(in, &low);
  if (result != DH_JSON_OK)
    return result;
  if (low < 0xdc00 || low > 0xdfff)
    return bad(in, at, "\\u%04x is the first half of a surrogate pair without the second", high);
  add_utf8(&in->text, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
  return DH_JSON_OK;
}

static dh_json_result escape(parser *in)
{
  static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  if (++in->p == in->end)
    return ended(in);
  if (*in->p == 'u') {
    in->p++;
    return unicode_escape(in);
  }
  const char *name = *in->p ? strchr(names, *in->p) : NULL;
  if (!name)
    return unexpected(in, "the letter of an escape (one of \"\\/bfnrtu)");
  dh_buf_addc(&in->text, values[name - names]);
  in->p++;
  return DH_JSON_OK;
}

/* How long the multi-byte sequence at in->p is; 0 where it is not UTF-8, -1 where the
 * bytes end within it. RFC 3629, section 4. */
static int utf8_size(const parser *in)
{
  const unsigned char *p = (const unsigned char *)in->p;
  size_t left = (size_t)(in->end - in->p);
  int n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
  if (p[0] < 0xc2 || p[0] > 0xf4)
    return 0;
  if (left > 1 && ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
                   (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f)))
    return 0;
  for (int i = 1; i < n; i++) {
    if ((size_t)i >= left)
      return -1;
    if ((p[i] & 0xc0) != 0x80)
      return 0;
  }
  return n;
}

/* Reads the string at in->p into in->text. */
static dh_json_result parse_string(parser *in)
{
  dh_buf_clear(&in->text);
  in->p++;
  for (;;) {
    const char *from = in->p;
    while (in->p < in->end && *in->p != '"' && *in->p != '\\' && (unsigned char)*in->p >= ' ' &&
           (unsigned char)*in->p < 0x80)
      in->p++;
    dh_buf_add(&in->text, from, (size_t)(in->p - from));
    if (in->p == in->end)
      return ended(in);
    if (*in->p == '"') {
      in->p++;
      return in->text.failed ? DH_JSON_NO_MEMORY : DH_JSON_OK;
    }
    if (*in->p == '\\') {
      dh_json_result result = escape(in);
      if (result != DH_JSON_OK)
        return result;
    } else if ((unsigned char)*in->p < ' ') {
      return bad(in, in->p,
                 "a raw control character (0x%02x) in a string: a quote is missing, or it "
                 "must be escaped",
                 (unsigned char)*in->p);
    } else {
      int n = utf8_size(in);
      if (n < 0)
        return ended(in);
      if (!n)
        return bad(in, in->p, "byte 0x%02x in a string is not valid UTF-8", (unsigned char)*in->p);
      dh_buf_add(&in->text, in->p, (size_t)n);
      in->p += n;
    }
  }
}

static dh_json_result string_value(parser *in, struct json_object **out)
{
  dh_json_result result = parse_string(in);
  if (result != DH_JSON_OK)
    return result;
  if (in->text.size > INT32_MAX / 2)
    return bad(in, in->p, "a string is too long");
  *out = json_object_new_string_len(dh_buf_text(&in->text), (int)in->text.size);
  return *out ? DH_JSON_OK : DH_JSON_NO_MEMORY;
}

/* --- numbers and words --------------------------------------------------- */

/* Skips digits; DH_JSON_OK where there was one and something follows. */
static dh_json_result digits(parser *in)
{
  if (in->p == in->end)
    return ended(in);
  if (*in->p < '0' || *in->p > '9')
    return unexpected(in, "a digit");
  while (in->p < in->end && *in->p >= '0' && *in->p <= '9')
    in->p++;
  return in->p == in->end && !in->whole ? DH_JSON_MORE : DH_JSON_OK;
}

static dh_json_result number_syntax(parser *in)
{
  if (*in->p == '-')
    in->p++;
  dh_json_result result;
  if (in->p < in->end && *in->p == '0') {
    in->p++;
    if (in->p < in->end && *in->p >= '0' && *in->p <= '9')
      return bad(in, in->p, "a number with a leading zero");
    result = in->p == in->end && !in->whole ? DH_JSON_MORE : DH_JSON_OK;
  } else {
    result = digits(in);
  }
  if (result == DH_JSON_OK && in->p < in->end && *in->p == '.') {
    in->p++;
    result = digits(in);
  }
  if (result == DH_JSON_OK && in->p < in->end && (*in->p == 'e' || *in->p == 'E')) {
    in->p++;
    if (in->p < in->end && (*in->p == '+' || *in->p == '-'))
      in->p++;
    result = digits(in);
  }
  return result;
}

/* An integer that 64 bits hold exactly, or NULL: all else keeps its own spelling beside the
 * double. */
static struct json_object *integer(const char *text)
{
  if (strpbrk(text, ".eE") || !strcmp(text, "-0"))
    return NULL;
  errno = 0;
  int64_t value = strtoll(text, NULL, 10);
  if (!errno)
    return json_object_new_int64(value);
  errno = 0;
  uint64_t natural = *text == '-' ? 0 : strtoull(text, NULL, 10);
  return natural && !errno ? json_object_new_uint64(natural) : NULL;
}

static dh_json_result number_value(parser *in, struct json_object **out)
{
  const char *from = in->p;
  dh_json_result result = number_syntax(in);
  if (result != DH_JSON_OK)
    return result;
  dh_buf_clear(&in->text);
  dh_buf_add(&in->text, from, (size_t)(in->p - from));
  const char *text = dh_buf_text(&in->text);
  if (!text)
    return DH_JSON_NO_MEMORY;
  *out = integer(text);
  if (!*out)
    *out = json_object_new_double_s(dh_text_double(text, NULL), text);
  return *out ? DH_JSON_OK : DH_JSON_NO_MEMORY;
}

static dh_json_result word_value(parser *in, struct json_object **out)
{
  static const char *const words[] = {"true", "false", "null"};
  const char *word = *in->p == 't' ? words[0] : *in->p == 'f' ? words[1] : words[2];
  const char *at = in->p;
  for (; *word; word++, in->p++) {
    if (in->p == in->end)
      return ended(in);
    if (*in->p != *word)
      return bad(in, at, "a word that is neither true, false nor null");
  }
  *out = *at == 'n' ? NULL : json_object_new_boolean(*at == 't');
  return *at == 'n' || *out ? DH_JSON_OK : DH_JSON_NO_MEMORY;
}

/* --- containers ---------------------------------------------------------- */

static dh_json_result parse_member(parser *in, struct json_object *object)
{
  if (*in->p != '"')
    return unexpected(in, "a member's name in double quotes");
  const char *at = in->p;
  dh_json_result result = parse_string(in);
  if (result != DH_JSON_OK)
    return result;
  if (memchr(in->text.data, '\0', in->text.size))
    return bad(in, at, "a member's name with a NUL character in it");
  if (!in->rules.last_wins && json_object_object_get_ex(object, dh_buf_text(&in->text), NULL))
    return bad(in, at, "the member \"%.80s\" stands twice in one object", dh_buf_text(&in->text));
  char *name = strdup(dh_buf_text(&in->text));
  if (!name)
    return DH_JSON_NO_MEMORY;
  struct json_object *value = NULL;
  result = next(in);
  if (result == DH_JSON_OK && *in->p != ':')
    result = unexpected(in, "':' after a member's name");
  if (result == DH_JSON_OK) {
    in->p++;
    result = parse_value(in, &value);
  }
  if (result == DH_JSON_OK &&
      json_object_object_add_ex(object, name, value,
                                in->rules.last_wins ? 0 : JSON_C_OBJECT_ADD_KEY_IS_NEW)) {
    json_object_put(value);
    result = DH_JSON_NO_MEMORY;
  }
  free(name);
  return result;
}

static dh_json_result parse_item(parser *in, struct json_object *array)
{
  struct json_object *value = NULL;
  dh_json_result result = parse_value(in, &value);
  if (result == DH_JSON_OK && json_object_array_add(array, value)) {
    json_object_put(value);
    result = DH_JSON_NO_MEMORY;
  }
  return result;
}

/* An object or an array: what is between its brackets differs, the commas do not. */
static dh_json_result parse_container(parser *in, struct json_object **out)
{
  bool is_object = *in->p == '{';
  char close = is_object ? '}' : ']';
  if (++in->depth > in->rules.depth)
    return bad(in, in->p, "nesting deeper than %d", in->rules.depth);
  *out = is_object ? json_object_new_object() : json_object_new_array();
  if (!*out)
    return DH_JSON_NO_MEMORY;
  in->p++;
  dh_json_result result = next(in);
  if (result == DH_JSON_OK && *in->p == close)
    goto closed;
  while (result == DH_JSON_OK) {
    result = is_object ? parse_member(in, *out) : parse_item(in, *out);
    if (result == DH_JSON_OK)
      result = next(in);
    if (result != DH_JSON_OK || *in->p == close)
      break;
    if (*in->p != ',')
      return unexpected(in, is_object ? "',' or '}'" : "',' or ']'");
    in->p++;
    result = next(in);
  }
  if (result != DH_JSON_OK)
    return result;
closed:
  in->p++;
  in->depth--;
  return DH_JSON_OK;
}

/* On anything but DH_JSON_OK, *out may hold a part of the tree: the caller puts it. */
static dh_json_result parse_value(parser *in, struct json_object **out)
{
  dh_json_result result = next(in);
  if (result != DH_JSON_OK)
    return result;
  switch (*in->p) {
  case '{':
  case '[':
    result = parse_container(in, out);
    break;
  case '"':
    result = string_value(in, out);
    break;
  case 't':
  case 'f':
  case 'n':
    result = word_value(in, out);
    break;
  default:
    if (*in->p != '-' && (*in->p < '0' || *in->p > '9'))
      return unexpected(in, "a JSON value");
    result = number_value(in, out);
  }
  if (result != DH_JSON_OK) {
    json_object_put(*out);
    *out = NULL;
  }
  return result;
}

static dh_json_result parse(parser *in, struct json_object **out, size_t *used)
{
  const char *text = in->p;
  *out = NULL;
  in->fault->at = text;
  in->fault->why[0] = '\0';
  dh_json_result result = parse_value(in, out);
  *used = (size_t)(in->p - text);
  dh_buf_free(&in->text);
  return result;
}

static const dh_json_rules strictest = {.depth = DH_JSON_DEPTH};

dh_json_result dh_json_parse(const char *text, size_t size, bool whole, struct json_object **out,
                             size_t *used, dh_json_fault *fault)
{
  parser in = {.p = text, .end = text + size, .whole = whole, .rules = strictest, .fault = fault};
  return parse(&in, out, used);
}

dh_json_result dh_json_parse_as(const dh_json_rules *rules, const char *text, size_t size,
                                struct json_object **out, dh_json_fault *fault)
{
  parser in = {.p = text, .end = text + size, .whole = true, .rules = *rules, .fault = fault};
  size_t used;
  dh_json_result result = parse(&in, out, &used);
  if (result != DH_JSON_OK)
    return result;
  while (used < size && text[used] && strchr(" \n\r\t", text[used]))
    used++;
  if (used == size)
    return DH_JSON_OK;
  json_object_put(*out);
  *out = NULL;
  fault->at = text + used;
  snprintf(fault->why, sizeof(fault->why), "text after the end of the value");
  return DH_JSON_BAD;
}

dh_json_result dh_json_parse_whole(const char *text, size_t size, struct json_object **out,
                                   dh_json_fault *fault)
{
  return dh_json_parse_as(&strictest, text, size, out, fault);
}

struct json_object *dh_json_tree(const char *text, size_t size)
{
  static const dh_json_rules rules = {.depth = DH_JSON_DEPTH, .last_wins = true};
  dh_json_fault fault;
  struct json_object *tree = NULL;
  if (text)
    (void)dh_json_parse_as(&rules, text, size, &tree, &fault);
  return tree;
}
