/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Executable GraphQL documents (the specification of October 2021, section 2): what a
 * client sends. No type system definitions, no subscriptions' transport.
 *
 * A document owns all of its nodes; they are read-only once it is parsed.
 */
#ifndef GMS_GRAPHQL_H
#define GMS_GRAPHQL_H

#include <datahub/error.h>

#include <stdbool.h>

/* Bounds: a document beyond one is refused, not truncated. */
#define GQL_MAX_SIZE 65536
#define GQL_MAX_DEPTH 32
#define GQL_MAX_NODES 8192

typedef enum gql_kind {
  GQL_VARIABLE,
  GQL_INT,
  GQL_FLOAT,
  GQL_STRING,
  GQL_BOOLEAN,
  GQL_NULL,
  GQL_ENUM,
  GQL_LIST,
  GQL_OBJECT
} gql_kind;

typedef struct gql_value gql_value;

/* An argument, or a member of an object. */
typedef struct gql_pair {
  const char *name;
  const gql_value *value;
  const struct gql_pair *next;
} gql_pair;

struct gql_value {
  gql_kind kind;
  const char *text;        /* a variable's name, a number, a string unescaped, "true", an enum */
  const gql_value *item;   /* LIST: the first */
  const gql_value *next;   /* in a list */
  const gql_pair *members; /* OBJECT */
};

typedef struct gql_directive {
  const char *name;
  const gql_pair *arguments;
  const struct gql_directive *next;
} gql_directive;

typedef enum gql_selection_kind { GQL_FIELD, GQL_SPREAD, GQL_INLINE } gql_selection_kind;

typedef struct gql_selection {
  gql_selection_kind kind;
  const char *alias; /* FIELD: what it is called in the answer, its name where none is given */
  const char *name;  /* FIELD, SPREAD */
  const char *type;  /* INLINE: the condition, or NULL */
  const gql_pair *arguments;
  const gql_directive *directives;
  const struct gql_selection *selections; /* NULL: a leaf */
  const struct gql_selection *next;
  unsigned line, column; /* from 1 */
} gql_selection;

typedef struct gql_variable {
  const char *name;
  const char *type;         /* as written, without white space: "[FacetFilterInput!]" */
  const gql_value *initial; /* or NULL */
  bool required;
  const struct gql_variable *next;
} gql_variable;

typedef enum gql_operation_kind { GQL_QUERY, GQL_MUTATION, GQL_SUBSCRIPTION } gql_operation_kind;

typedef struct gql_operation {
  gql_operation_kind kind;
  const char *name; /* or NULL */
  const gql_variable *variables;
  const gql_directive *directives;
  const gql_selection *selections;
  const struct gql_operation *next;
} gql_operation;

typedef struct gql_fragment {
  const char *name;
  const char *type;
  const gql_directive *directives;
  const gql_selection *selections;
  const struct gql_fragment *next;
} gql_fragment;

typedef struct gql_document gql_document;

/* Parses. NULL and DH_MALFORMED, with line and column in the message, or DH_NO_MEMORY. */
gql_document *gql_parse(const char *text, size_t size, dh_error *error);
void gql_free(gql_document *document);

const gql_operation *gql_operations(const gql_document *document);
const gql_fragment *gql_fragment_of(const gql_document *document, const char *name);

/* Checks what the grammar does not say: each fragment that is spread is there and does not
 * spread itself, names of operations are unique. */
dh_status gql_check(const gql_document *document, dh_error *error);

#endif
