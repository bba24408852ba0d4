/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look at a libconfig text before libconfig reads it, for what it does silently or
 * badly: @include (which would read files unchecked), numbers of more than 32 bits
 * (which 1.5 cuts), strings and comments without an end (which it reports at the end of
 * the file), and brackets nested so deep that its recursion would need a large stack.
 */
#include "config/tree.h"

#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BRACKETS 1000

struct scan {
  dh_config_reader *reader;
  const char *at;
  int line;
  size_t depth;
};

static bool refuse(const struct scan *s, int line, const char *words)
{
  dh_error_set(s->reader->error, DH_MALFORMED, "%s:%d: %s", s->reader->name, line, words);
  return false;
}

/* Goes on to `end` and counts lines. */
static void go_to(struct scan *s, const char *end)
{
  for (; s->at < end; s->at++)
    s->line += *s->at == '\n';
}

static bool skip_string(struct scan *s)
{
  const char *end = s->at + 1;
  while (*end && *end != '"')
    end += *end == '\\' && end[1] ? 2 : 1;
  if (!*end)
    return refuse(s, s->line, "the string that begins here has no closing \"");
  go_to(s, end + 1);
  return true;
}

static bool skip_comment(struct scan *s)
{
  const char *end = strstr(s->at + 2, "*/");
  if (!end)
    return refuse(s, s->line, "the comment that begins here has no closing */");
  go_to(s, end + 2);
  return true;
}

/* A word, a number, or what is no token at all; `@include` is a word here. */
static bool skip_word(struct scan *s)
{
  size_t size = 0;
  while (s->at[size] && (isalnum((unsigned char)s->at[size]) || strchr("@_-+.*", s->at[size])))
    size++;
  const char *word = s->at;
  go_to(s, s->at + (size ? size : 1));
  if (size >= 8 && !dh_text_ncasecmp(word, "@include", 8))
    return refuse(s, s->line,
                  "@include is not taken, because the owner and mode of a second file would go "
                  "unchecked; put its settings here");
  if (!isdigit((unsigned char)word[0]) &&
      !(strchr("+-", word[0]) && isdigit((unsigned char)word[1])))
    return true;
  char *end;
  bool hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
  errno = 0;
  long long number = strtoll(word, &end, hex ? 16 : 10);
  bool fits = !errno && (hex ? number <= UINT32_MAX : number >= INT32_MIN && number <= INT32_MAX);
  if (fits || end != word + size)
    return !errno || refuse(s, s->line, "this number has more than 64 bits");
  return refuse(s, s->line,
                "libconfig would cut this number to 32 bits; write an L behind it, or quotes "
                "around it");
}

static bool step(struct scan *s)
{
  char c = *s->at;
  if (c == '"')
    return skip_string(s);
  if (c == '#' || (c == '/' && s->at[1] == '/')) {
    go_to(s, s->at + strcspn(s->at, "\n"));
    return true;
  }
  if (c == '/' && s->at[1] == '*')
    return skip_comment(s);
  if (!strchr("({[)}]", c))
    return skip_word(s);
  if (strchr("({[", c) && ++s->depth > MAX_BRACKETS)
    return refuse(s, s->line, "more than 1000 brackets are open at once");
  s->depth -= strchr(")}]", c) && s->depth;
  go_to(s, s->at + 1);
  return true;
}

bool dh_config_scan_libconfig(dh_config_reader *reader, const char *text)
{
  struct scan s = {.reader = reader, .at = text, .line = 1};
  while (*s.at)
    if (!step(&s))
      return false;
  return true;
}
