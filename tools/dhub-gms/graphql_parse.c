/* SPDX-License-Identifier: Apache-2.0 */
#include "graphql.h"
#include "graphql_lex.h"

#include <stdlib.h>
#include <string.h>

/* Nodes are taken from blocks that are freed together. */
typedef struct block {
  struct block *next;
  size_t used, size;
  _Alignas(max_align_t) char bytes[];
} block;

struct gql_document {
  block *blocks;
  const gql_operation *operations;
  const gql_fragment *fragments;
};

typedef struct parser {
  gql_lexer lexer;
  gql_token token; /* the one looked at */
  gql_document *document;
  dh_error *error;
  unsigned depth, nodes;
  bool failed;
} parser;

#define BLOCK_SIZE 4096

static void *take(gql_document *document, size_t size)
{
  size = (size + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
  block *b = document->blocks;
  if (!b || b->size - b->used < size) {
    size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
    b = calloc(1, sizeof(*b) + room);
    if (!b)
      return NULL;
    b->size = room;
    b->next = document->blocks;
    document->blocks = b;
  }
  void *out = b->bytes + b->used;
  b->used += size;
  return out;
}

static void fail(parser *p, const char *what)
{
  if (p->failed)
    return;
  p->failed = true;
  dh_error_set(p->error, DH_MALFORMED, "Invalid syntax at line %u column %u: %s", p->token.line,
               p->token.column, what);
}

/* A zeroed node; a dummy after a failure would be of no use: NULL, and `failed` is set. */
static void *node(parser *p, size_t size)
{
  if (p->failed)
    return NULL;
  if (++p->nodes > GQL_MAX_NODES) {
    fail(p, "the document has too many parts");
    return NULL;
  }
  void *out = take(p->document, size);
  if (!out) {
    p->failed = true;
    dh_error_set(p->error, DH_NO_MEMORY, "out of memory while parsing a GraphQL document");
  }
  return out;
}

static void advance(parser *p)
{
  if (p->failed)
    return;
  p->token = gql_next(&p->lexer);
  if (p->token.kind == GQL_T_WRONG)
    fail(p, p->lexer.wrong);
}

static bool at(const parser *p, char punctuator)
{
  return !p->failed && p->token.kind == GQL_T_PUNCTUATOR && *p->token.text == punctuator;
}

static bool at_word(const parser *p, const char *word)
{
  return !p->failed && p->token.kind == GQL_T_NAME && p->token.size == strlen(word) &&
         !memcmp(p->token.text, word, p->token.size);
}

static bool accept(parser *p, char punctuator)
{
  if (!at(p, punctuator))
    return false;
  advance(p);
  return true;
}

static void expect(parser *p, char punctuator, const char *what)
{
  if (!accept(p, punctuator))
    fail(p, what);
}

static bool enter(parser *p)
{
  if (++p->depth > GQL_MAX_DEPTH)
    fail(p, "the document is nested too deep");
  return !p->failed;
}

static const char *copy_token(parser *p)
{
  char *text = node(p, p->token.size + 1);
  if (text)
    memcpy(text, p->token.text, p->token.size);
  return text;
}

static const char *name(parser *p)
{
  if (p->failed || p->token.kind != GQL_T_NAME) {
    fail(p, "a name is expected");
    return NULL;
  }
  const char *text = copy_token(p);
  advance(p);
  return text;
}

static const gql_value *value(parser *p, bool constant);

static const gql_pair *pairs(parser *p, char end, bool constant)
{
  const gql_pair *first = NULL;
  const gql_pair **link = &first;
  while (!p->failed && !at(p, end)) {
    gql_pair *pair = node(p, sizeof(*pair));
    if (!pair)
      break;
    pair->name = name(p);
    expect(p, ':', "a colon is expected after a name");
    pair->value = value(p, constant);
    *link = pair;
    link = &pair->next;
  }
  expect(p, end, end == ')' ? "a closing parenthesis is expected" : "a closing brace is expected");
  return first;
}

static void list(parser *p, gql_value *out, bool constant)
{
  const gql_value **link = &out->item;
  while (!p->failed && !at(p, ']')) {
    const gql_value *item = value(p, constant);
    if (!item)
      break;
    *link = item;
    link = (const gql_value **)&((gql_value *)item)->next;
  }
  expect(p, ']', "a closing bracket is expected");
}

static void string(parser *p, gql_value *out)
{
  /* An escape is never shorter than what it stands for. */
  char *text = node(p, p->token.size + 1);
  if (!text)
    return;
  if (!gql_string_value(&p->token, text))
    fail(p, "a string has an escape that is none");
  out->text = text;
  out->kind = GQL_STRING;
  advance(p);
}

static void word(parser *p, gql_value *out)
{
  out->kind = at_word(p, "true") || at_word(p, "false") ? GQL_BOOLEAN
              : at_word(p, "null")                      ? GQL_NULL
                                                        : GQL_ENUM;
  out->text = name(p);
}

static const gql_value *value(parser *p, bool constant)
{
  gql_value *out = node(p, sizeof(*out));
  if (!out || !enter(p))
    return NULL;
  if (p->token.kind == GQL_T_INT || p->token.kind == GQL_T_FLOAT) {
    out->kind = p->token.kind == GQL_T_INT ? GQL_INT : GQL_FLOAT;
    out->text = copy_token(p);
    advance(p);
  } else if (p->token.kind == GQL_T_STRING || p->token.kind == GQL_T_BLOCK)
    string(p, out);
  else if (p->token.kind == GQL_T_NAME)
    word(p, out);
  else if (accept(p, '[')) {
    out->kind = GQL_LIST;
    list(p, out, constant);
  } else if (accept(p, '{')) {
    out->kind = GQL_OBJECT;
    out->members = pairs(p, '}', constant);
  } else if (!constant && accept(p, '$')) {
    out->kind = GQL_VARIABLE;
    out->text = name(p);
  } else
    fail(p, constant ? "a constant value is expected" : "a value is expected");
  p->depth--;
  return p->failed ? NULL : out;
}

static const gql_pair *arguments(parser *p, bool constant)
{
  if (!accept(p, '('))
    return NULL;
  if (at(p, ')'))
    fail(p, "an argument is expected");
  return pairs(p, ')', constant);
}

static const gql_directive *directives(parser *p, bool constant)
{
  const gql_directive *first = NULL;
  const gql_directive **link = &first;
  while (accept(p, '@')) {
    gql_directive *directive = node(p, sizeof(*directive));
    if (!directive)
      break;
    directive->name = name(p);
    directive->arguments = arguments(p, constant);
    *link = directive;
    link = &directive->next;
  }
  return first;
}

static const gql_selection *selection_set(parser *p);

static void fragment_selection(parser *p, gql_selection *out)
{
  advance(p); /* the dots */
  out->kind = GQL_INLINE;
  if (at_word(p, "on")) {
    advance(p);
    out->type = name(p);
  } else if (!p->failed && p->token.kind == GQL_T_NAME) {
    out->kind = GQL_SPREAD;
    out->name = name(p);
  }
  out->directives = directives(p, false);
  if (out->kind == GQL_INLINE)
    out->selections = selection_set(p);
}

static void field(parser *p, gql_selection *out)
{
  out->kind = GQL_FIELD;
  out->name = out->alias = name(p);
  if (accept(p, ':'))
    out->name = name(p);
  out->arguments = arguments(p, false);
  out->directives = directives(p, false);
  if (at(p, '{'))
    out->selections = selection_set(p);
}

static const gql_selection *selection_set(parser *p)
{
  const gql_selection *first = NULL;
  const gql_selection **link = &first;
  expect(p, '{', "an opening brace is expected");
  if (at(p, '}'))
    fail(p, "a selection must not be empty");
  if (!enter(p))
    return NULL;
  while (!p->failed && !at(p, '}')) {
    gql_selection *selection = node(p, sizeof(*selection));
    if (!selection)
      break;
    selection->line = p->token.line;
    selection->column = p->token.column;
    if (p->token.kind == GQL_T_SPREAD)
      fragment_selection(p, selection);
    else
      field(p, selection);
    *link = selection;
    link = &selection->next;
  }
  expect(p, '}', "a closing brace is expected");
  p->depth--;
  return first;
}

/* Reads a type and keeps its text. */
static void type_text(parser *p, char *out, size_t room, size_t *used)
{
  if (!enter(p))
    return;
  if (accept(p, '[')) {
    if (*used + 1 < room)
      out[(*used)++] = '[';
    type_text(p, out, room, used);
    expect(p, ']', "a closing bracket is expected");
    if (*used + 1 < room)
      out[(*used)++] = ']';
  } else {
    const char *text = name(p);
    size_t size = text ? strlen(text) : 0;
    if (size < room - *used) {
      if (size)
        memcpy(out + *used, text, size);
      *used += size;
    } else
      fail(p, "the name of a type is too long");
  }
  if (accept(p, '!') && *used + 1 < room)
    out[(*used)++] = '!';
  p->depth--;
}

static const gql_variable *variables(parser *p)
{
  const gql_variable *first = NULL;
  const gql_variable **link = &first;
  if (!accept(p, '('))
    return NULL;
  if (at(p, ')'))
    fail(p, "a variable is expected");
  while (!p->failed && !at(p, ')')) {
    char text[256] = "";
    size_t used = 0;
    gql_variable *variable = node(p, sizeof(*variable));
    if (!variable)
      break;
    expect(p, '$', "a variable is expected");
    variable->name = name(p);
    expect(p, ':', "a colon is expected after a variable");
    type_text(p, text, sizeof(text), &used);
    char *copy = node(p, used + 1);
    if (copy)
      memcpy(copy, text, used);
    variable->type = copy;
    variable->required = used && text[used - 1] == '!';
    if (accept(p, '='))
      variable->initial = value(p, true);
    directives(p, true);
    *link = variable;
    link = &variable->next;
  }
  expect(p, ')', "a closing parenthesis is expected");
  return first;
}

static gql_operation *operation(parser *p)
{
  gql_operation *out = node(p, sizeof(*out));
  if (!out)
    return NULL;
  if (!at(p, '{')) {
    out->kind = at_word(p, "mutation")       ? GQL_MUTATION
                : at_word(p, "subscription") ? GQL_SUBSCRIPTION
                                             : GQL_QUERY;
    advance(p);
    if (!p->failed && p->token.kind == GQL_T_NAME)
      out->name = name(p);
    out->variables = variables(p);
    out->directives = directives(p, false);
  }
  out->selections = selection_set(p);
  return out;
}

static gql_fragment *fragment(parser *p)
{
  gql_fragment *out = node(p, sizeof(*out));
  advance(p);
  if (!out)
    return NULL;
  if (at_word(p, "on"))
    fail(p, "a fragment's name is expected");
  out->name = name(p);
  if (!at_word(p, "on"))
    fail(p, "\"on\" and a type are expected");
  advance(p);
  out->type = name(p);
  out->directives = directives(p, false);
  out->selections = selection_set(p);
  return out;
}

static void document(parser *p)
{
  const gql_operation **operations = &p->document->operations;
  const gql_fragment **fragments = &p->document->fragments;
  advance(p);
  if (!p->failed && p->token.kind == GQL_T_END)
    fail(p, "an operation is expected");
  while (!p->failed && p->token.kind != GQL_T_END) {
    if (at_word(p, "fragment")) {
      gql_fragment *f = fragment(p);
      *fragments = f;
      if (f)
        fragments = &f->next;
    } else if (at(p, '{') || at_word(p, "query") || at_word(p, "mutation") ||
               at_word(p, "subscription")) {
      gql_operation *o = operation(p);
      *operations = o;
      if (o)
        operations = &o->next;
    } else
      fail(p, "an operation or a fragment is expected");
  }
}

gql_document *gql_parse(const char *text, size_t size, dh_error *error)
{
  if (size > GQL_MAX_SIZE) {
    dh_error_set(error, DH_MALFORMED, "Invalid syntax: the document of %zu bytes is too large",
                 size);
    return NULL;
  }
  gql_document *out = calloc(1, sizeof(*out));
  if (!out) {
    dh_error_set(error, DH_NO_MEMORY, "out of memory while parsing a GraphQL document");
    return NULL;
  }
  parser p = {.document = out, .error = error};
  gql_lexer_init(&p.lexer, text, size);
  document(&p);
  if (!p.failed)
    return out;
  gql_free(out);
  return NULL;
}

void gql_free(gql_document *doc)
{
  if (!doc)
    return;
  while (doc->blocks) {
    block *next = doc->blocks->next;
    free(doc->blocks);
    doc->blocks = next;
  }
  free(doc);
}

const gql_operation *gql_operations(const gql_document *doc)
{
  return doc->operations;
}

const gql_fragment *gql_fragment_of(const gql_document *doc, const char *wanted)
{
  const gql_fragment *f = doc->fragments;
  while (f && strcmp(f->name, wanted))
    f = f->next;
  return f;
}

/* Follows every spread below; `depth` bounds a chain, which a loop would exceed, and the
 * budget how often small fragments multiply. */
static dh_status check_spreads(const gql_document *doc, const gql_selection *s, unsigned depth,
                               unsigned *budget, dh_error *error)
{
  for (; s; s = s->next) {
    const gql_selection *below = s->selections;
    if (depth > GQL_MAX_DEPTH || !*budget)
      return dh_error_set(error, DH_MALFORMED,
                          "Validation error: fragments are spread too deep, or into themselves");
    (*budget)--;
    if (s->kind == GQL_SPREAD) {
      const gql_fragment *f = gql_fragment_of(doc, s->name);
      if (!f)
        return dh_error_set(error, DH_MALFORMED, "Validation error: fragment '%s' is undefined",
                            s->name);
      below = f->selections;
    }
    dh_status status = below ? check_spreads(doc, below, depth + 1, budget, error) : DH_OK;
    if (status)
      return status;
  }
  return DH_OK;
}

dh_status gql_check(const gql_document *doc, dh_error *error)
{
  unsigned budget = GQL_MAX_NODES;
  if (!doc->operations)
    return dh_error_set(error, DH_MALFORMED, "Validation error: the document has no operation");
  for (const gql_operation *o = doc->operations; o; o = o->next) {
    for (const gql_operation *other = o->next; other; other = other->next)
      if (!o->name || !other->name || !strcmp(o->name, other->name))
        return dh_error_set(error, DH_MALFORMED,
                            "Validation error: each of several operations needs a name of its own");
    dh_status status = check_spreads(doc, o->selections, 0, &budget, error);
    if (status)
      return status;
  }
  return DH_OK;
}
