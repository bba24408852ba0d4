/* SPDX-License-Identifier: Apache-2.0 */
#include "graphql_lex.h"

#include <string.h>

void gql_lexer_init(gql_lexer *lexer, const char *text, size_t size)
{
  *lexer = (gql_lexer){.at = text, .end = text + size, .line_start = text, .line = 1};
  if (size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
    lexer->at += 3;
}

static bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

static bool is_name_start(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static void new_line(gql_lexer *lexer)
{
  if (*lexer->at == '\r' && lexer->at + 1 < lexer->end && lexer->at[1] == '\n')
    lexer->at++;
  lexer->at++;
  lexer->line++;
  lexer->line_start = lexer->at;
}

/* White space, commas and comments mean nothing. */
static void skip_ignored(gql_lexer *lexer)
{
  while (lexer->at < lexer->end) {
    char c = *lexer->at;
    if (c == '\n' || c == '\r')
      new_line(lexer);
    else if (c == ' ' || c == '\t' || c == ',')
      lexer->at++;
    else if (c == '#')
      while (lexer->at < lexer->end && *lexer->at != '\n' && *lexer->at != '\r')
        lexer->at++;
    else
      return;
  }
}

static gql_token wrong(gql_lexer *lexer, gql_token token, const char *why)
{
  lexer->wrong = why;
  token.kind = GQL_T_WRONG;
  return token;
}

static const char *digits(const char *at, const char *end)
{
  while (at < end && is_digit(*at))
    at++;
  return at;
}

static gql_token number(gql_lexer *lexer, gql_token token)
{
  const char *at = lexer->at, *end = lexer->end;
  token.kind = GQL_T_INT;
  if (*at == '-')
    at++;
  const char *whole = at;
  at = digits(at, end);
  if (at == whole || (at - whole > 1 && *whole == '0'))
    return wrong(lexer, token, "a number without digits, or with a leading zero");
  if (at < end && *at == '.') {
    token.kind = GQL_T_FLOAT;
    const char *fraction = ++at;
    at = digits(at, end);
    if (at == fraction)
      return wrong(lexer, token, "a number that ends in a point");
  }
  if (at < end && (*at == 'e' || *at == 'E')) {
    token.kind = GQL_T_FLOAT;
    at++;
    if (at < end && (*at == '+' || *at == '-'))
      at++;
    const char *exponent = at;
    at = digits(at, end);
    if (at == exponent)
      return wrong(lexer, token, "a number with an empty exponent");
  }
  if (at < end && (is_name_start(*at) || *at == '.'))
    return wrong(lexer, token, "a number that runs into a name");
  token.size = (size_t)(at - lexer->at);
  lexer->at = at;
  return token;
}

static gql_token string(gql_lexer *lexer, gql_token token)
{
  const char *at = lexer->at + 1;
  token.kind = GQL_T_STRING;
  token.text = at;
  for (; at < lexer->end && *at != '"'; at++) {
    if ((unsigned char)*at < 0x20 && *at != '\t')
      return wrong(lexer, token, "a control character, or the line's end, in a string");
    if (*at == '\\' && ++at == lexer->end)
      break;
  }
  if (at >= lexer->end)
    return wrong(lexer, token, "a string without an end");
  token.size = (size_t)(at - token.text);
  lexer->at = at + 1;
  return token;
}

static gql_token block_string(gql_lexer *lexer, gql_token token)
{
  lexer->at += 3;
  token.kind = GQL_T_BLOCK;
  token.text = lexer->at;
  while (lexer->end - lexer->at >= 3) {
    if (!memcmp(lexer->at, "\"\"\"", 3)) {
      token.size = (size_t)(lexer->at - token.text);
      lexer->at += 3;
      return token;
    }
    if (lexer->end - lexer->at >= 4 && !memcmp(lexer->at, "\\\"\"\"", 4))
      lexer->at += 4;
    else if (*lexer->at == '\n' || *lexer->at == '\r')
      new_line(lexer);
    else if ((unsigned char)*lexer->at < 0x20 && *lexer->at != '\t')
      return wrong(lexer, token, "a control character in a string");
    else
      lexer->at++;
  }
  return wrong(lexer, token, "a block string without an end");
}

gql_token gql_next(gql_lexer *lexer)
{
  skip_ignored(lexer);
  gql_token token = {.kind = GQL_T_END,
                     .text = lexer->at,
                     .line = lexer->line,
                     .column = (unsigned)(lexer->at - lexer->line_start) + 1};
  size_t left = (size_t)(lexer->end - lexer->at);
  if (!left)
    return token;
  char c = *lexer->at;
  if (is_name_start(c)) {
    const char *at = lexer->at;
    while (at < lexer->end && (is_name_start(*at) || is_digit(*at)))
      at++;
    token.kind = GQL_T_NAME;
    token.size = (size_t)(at - lexer->at);
    lexer->at = at;
    return token;
  }
  if (c == '-' || is_digit(c))
    return number(lexer, token);
  if (left >= 3 && !memcmp(lexer->at, "\"\"\"", 3))
    return block_string(lexer, token);
  if (c == '"')
    return string(lexer, token);
  if (left >= 3 && !memcmp(lexer->at, "...", 3)) {
    token.kind = GQL_T_SPREAD;
    token.size = 3;
    lexer->at += 3;
    return token;
  }
  if (!c || !strchr("!$&():=@[]{|}", c))
    return wrong(lexer, token, "a character that means nothing here");
  token.kind = GQL_T_PUNCTUATOR;
  token.size = 1;
  lexer->at++;
  return token;
}

static int hex(char c)
{
  if (is_digit(c))
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hex digits, or -1. */
static long hex4(const char *at, const char *end)
{
  long value = 0;
  if (end - at < 4)
    return -1;
  for (int i = 0; i < 4; i++) {
    int digit = hex(at[i]);
    if (digit < 0)
      return -1;
    value = value * 16 + digit;
  }
  return value;
}

/* UTF-8 of a character; its escape was at least as long. */
static char *put_character(char *out, long c)
{
  if (c < 0x80)
    *out++ = (char)c;
  else if (c < 0x800) {
    *out++ = (char)(0xc0 | c >> 6);
    *out++ = (char)(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    *out++ = (char)(0xe0 | c >> 12);
    *out++ = (char)(0x80 | (c >> 6 & 0x3f));
    *out++ = (char)(0x80 | (c & 0x3f));
  } else {
    *out++ = (char)(0xf0 | c >> 18);
    *out++ = (char)(0x80 | (c >> 12 & 0x3f));
    *out++ = (char)(0x80 | (c >> 6 & 0x3f));
    *out++ = (char)(0x80 | (c & 0x3f));
  }
  return out;
}

/* After "\u": moves `*at` on; -1 where it is no character. */
static long unicode_escape(const char **at, const char *end)
{
  long c = hex4(*at, end);
  *at += 4;
  if (c < 0xd800 || c > 0xdfff)
    return c ? c : -1; /* NUL would cut the string short */
  if (c > 0xdbff || end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u')
    return -1;
  long low = hex4(*at + 2, end);
  *at += 6;
  if (low < 0xdc00 || low > 0xdfff)
    return -1;
  return 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
}

static bool quoted_value(const gql_token *token, char *out)
{
  static const char escapes[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
  const char *at = token->text, *end = at + token->size;
  while (at < end) {
    if (*at != '\\') {
      *out++ = *at++;
      continue;
    }
    at++;
    if (at < end && *at == 'u') {
      at++;
      long c = unicode_escape(&at, end);
      if (c < 0)
        return false;
      out = put_character(out, c);
      continue;
    }
    const char *which = at < end && *at ? strchr(escapes, *at) : NULL;
    if (!which)
      return false;
    *out++ = values[which - escapes];
    at++;
  }
  *out = '\0';
  return true;
}

static size_t line_length(const char *at, const char *end)
{
  const char *start = at;
  while (at < end && *at != '\n' && *at != '\r')
    at++;
  return (size_t)(at - start);
}

static size_t indent_of(const char *line, size_t length)
{
  size_t n = 0;
  while (n < length && (line[n] == ' ' || line[n] == '\t'))
    n++;
  return n;
}

static const char *after_line(const char *at, const char *end)
{
  if (at < end && *at == '\r' && at + 1 < end && at[1] == '\n')
    return at + 2;
  return at < end ? at + 1 : end;
}

/* The indent that all lines but the first share, blank ones not counted. */
static size_t common_indent(const char *text, const char *end)
{
  size_t common = (size_t)-1;
  for (const char *at = after_line(text + line_length(text, end), end); at < end;) {
    size_t length = line_length(at, end), indent = indent_of(at, length);
    if (indent < length && indent < common)
      common = indent;
    at = after_line(at + length, end);
  }
  return common == (size_t)-1 ? 0 : common;
}

/* Blank lines at both ends go, and so does the common indent. */
static void block_value(const gql_token *token, char *out)
{
  const char *text = token->text, *end = text + token->size;
  size_t common = common_indent(text, end);
  char *last = out; /* where the last line with anything on it ends */
  bool first = true, any = false;
  for (const char *at = text; at < end || first;) {
    size_t length = line_length(at, end);
    size_t cut = first ? 0 : common < length ? common : length;
    bool blank = indent_of(at, length) == length;
    if (any && !first)
      *out++ = '\n';
    if (any || !blank) {
      for (size_t i = cut; i < length; i++) {
        if (length - i >= 4 && !memcmp(at + i, "\\\"\"\"", 4))
          continue; /* the backslash goes, the quotes stay */
        *out++ = at[i];
      }
      any = true;
    }
    if (!blank)
      last = out;
    first = false;
    at = after_line(at + length, end);
  }
  *last = '\0';
}

bool gql_string_value(const gql_token *token, char *out)
{
  if (token->kind == GQL_T_STRING)
    return quoted_value(token, out);
  block_value(token, out);
  return true;
}
