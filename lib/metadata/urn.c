/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URNs as GMS reads them: the syntax of its Urn and TupleKey classes, and the limits
 * that it puts on what is written. Parentheses within a key that is no tuple are left
 * alone, as GMS does unless told to be strict.
 */
#include "base/text.h"

#include <datahub/metadata.h>

#include <stdint.h>
#include <string.h>

/* What the whole may measure once percent-encoded, which makes three bytes of one at most; a
 * schemaField is exempt. */
#define URN_LIMIT 512

static const char prefix[] = "urn:li:";
#define PREFIX_SIZE (sizeof(prefix) - 1)

/* What Java's String.trim() removes. */
static bool is_trimmed(char c)
{
  return (unsigned char)c <= ' ';
}

/* Whether java.net.URLEncoder leaves the byte as it is, or makes one byte of it. */
static bool is_plain(unsigned char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '*' || c == '_' || c == ' ';
}

static size_t encoded_size(const char *urn, size_t size)
{
  size_t encoded = 0;
  for (size_t i = 0; i < size; i++)
    encoded += is_plain((unsigned char)urn[i]) ? 1 : 3;
  return encoded;
}

/* The entity type of something that begins as a URN, {NULL, 0} where there is none. */
static dh_slice type_of(const char *urn, size_t size)
{
  if (size <= PREFIX_SIZE || memcmp(urn, prefix, PREFIX_SIZE))
    return (dh_slice){NULL, 0};
  const char *type = urn + PREFIX_SIZE;
  const char *colon = memchr(type, ':', size - PREFIX_SIZE);
  if (!colon || colon == type)
    return (dh_slice){NULL, 0};
  return (dh_slice){type, (size_t)(colon - type)};
}

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

static uint64_t eight_bytes(const char *from)
{
  uint64_t bytes;
  memcpy(&bytes, from, sizeof(bytes));
  return bytes;
}

/* Of eight bytes those that are ',' or below, by their highest bit: a letter, a digit and most of
 * a URN are above, parentheses are not. What is not ASCII is above. */
static uint64_t up_to_comma(uint64_t bytes)
{
  const uint64_t high = EACH_BYTE(0x80);
  return ~(((bytes & ~high) + EACH_BYTE(0x7f - ',')) | bytes) & high;
}

/* The place of the first byte in memory that has its highest bit set. */
static size_t first_marked(uint64_t marks)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return (size_t)__builtin_ctzll(marks) / 8;
#else
  return (size_t)__builtin_clzll(marks) / 8;
#endif
}

/* From `i` on the first place that may be a parenthesis or a comma; `size`: there is none. */
static size_t next_mark(const char *key, size_t i, size_t size)
{
  for (; i + 8 <= size; i += 8) {
    uint64_t marks = up_to_comma(eight_bytes(key + i));
    if (marks)
      return i + first_marked(marks);
  }
  while (i < size && (unsigned char)key[i] > ',')
    i++;
  return i;
}

/* "(a,b,(c,d))": what is wrong with it, or NULL. */
static const char *tuple_fault(const char *key, size_t size)
{
  int depth = 0;
  size_t part = 1; /* where the present part of the outermost tuple begins */
  for (size_t i = 0; i < size; i = next_mark(key, i + 1, size)) {
    char c = key[i];
    if (c == '(')
      depth++;
    else if (c == ')')
      depth--;
    else if (c != ',')
      continue;
    bool ends_part = (c == ',' && depth == 1) || (c == ')' && depth == 0);
    if (ends_part && i == part)
      return "a part between the parentheses is empty";
    if (ends_part)
      part = i + 1;
    if (depth == 0 && i + 1 < size)
      return "text follows the closing parenthesis";
  }
  return depth ? "its parentheses are not balanced" : NULL;
}

static const char *syntax_fault(const char *urn, size_t size)
{
  if (!size)
    return "it is empty";
  if (is_trimmed(urn[0]) || is_trimmed(urn[size - 1]))
    return "it begins or ends with white space or a control character";
  if (size < PREFIX_SIZE || memcmp(urn, prefix, PREFIX_SIZE))
    return "it does not begin with \"urn:li:\"";
  dh_slice type = type_of(urn, size);
  if (!type.ptr)
    return "it has no entity type: the form is urn:li:TYPE:KEY";
  const char *key = type.ptr + type.len + 1;
  size_t key_size = size - (size_t)(key - urn);
  if (!key_size)
    return "it has no key: the form is urn:li:TYPE:KEY";
  return key[0] == '(' ? tuple_fault(key, key_size) : NULL;
}

/* ASCII without a NUL: no byte of it can be at fault. */
static bool is_ascii(const char *text, size_t size)
{
  uint64_t high = 0, borrowed = 0;
  size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    uint64_t bytes = eight_bytes(text + i);
    high |= bytes;
    borrowed |= bytes - EACH_BYTE(1); /* of a byte 0 the highest bit is left set */
  }
  for (; i < size; i++) {
    high |= (unsigned char)text[i];
    borrowed |= (uint64_t)(unsigned char)text[i] - 1;
  }
  return !((high | borrowed) & EACH_BYTE(0x80));
}

static const char *byte_fault(const char *urn, size_t size)
{
  static const char separator[] = "\xe2\x90\x9f";
  if (is_ascii(urn, size))
    return NULL;
  if (memchr(urn, '\0', size))
    return "it has a NUL character in it";
  if (!dh_text_utf8(urn, size))
    return "it is not valid UTF-8";
  if (memmem(urn, size, separator, sizeof(separator) - 1))
    return "it has the reserved character U+241F in it";
  return NULL;
}

dh_status dh_urn_check(const char *urn, size_t size, dh_error *error)
{
  const char *fault = syntax_fault(urn, size);
  if (!fault)
    fault = byte_fault(urn, size);
  int shown = size > 200 ? 200 : (int)size;
  if (fault)
    return dh_error_set(error, DH_MALFORMED, "the URN \"%.*s\" is malformed: %s", shown, urn,
                        fault);
  if (size <= URN_LIMIT / 3)
    return DH_OK;
  dh_slice type = type_of(urn, size);
  bool exempt = type.len == 11 && !memcmp(type.ptr, "schemaField", 11);
  size_t encoded = exempt ? 0 : encoded_size(urn, size);
  if (encoded > URN_LIMIT)
    return dh_error_set(error, DH_MALFORMED,
                        "the URN \"%.*s...\" is too long: %zu bytes once percent-encoded, and "
                        "DataHub takes at most %d; shorten the name in it",
                        shown < 100 ? shown : 100, urn, encoded, URN_LIMIT);
  return DH_OK;
}

dh_slice dh_urn_entity_type(const char *urn, size_t size)
{
  return syntax_fault(urn, size) ? (dh_slice){NULL, 0} : type_of(urn, size);
}
