/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of a GraphQL document.
 */
#ifndef GMS_GRAPHQL_LEX_H
#define GMS_GRAPHQL_LEX_H

#include <datahub/error.h>

#include <stdbool.h>

typedef enum gql_token_kind {
  GQL_T_END,
  GQL_T_NAME,
  GQL_T_INT,
  GQL_T_FLOAT,
  GQL_T_STRING,
  GQL_T_BLOCK, /* a block string, to be dedented */
  GQL_T_SPREAD,
  GQL_T_PUNCTUATOR, /* one of ! $ & ( ) : = @ [ ] { | } */
  GQL_T_WRONG
} gql_token_kind;

typedef struct gql_token {
  gql_token_kind kind;
  const char *text; /* in the document; a string without its quotes */
  size_t size;
  unsigned line, column;
} gql_token;

typedef struct gql_lexer {
  const char *at, *end;
  const char *line_start;
  unsigned line;
  const char *wrong; /* what is wrong with a GQL_T_WRONG */
} gql_lexer;

void gql_lexer_init(gql_lexer *lexer, const char *text, size_t size);
gql_token gql_next(gql_lexer *lexer);

/* Writes the value of a string token to `out`, which has room for its size and a NUL. False
 * where an escape is none. */
bool gql_string_value(const gql_token *token, char *out);

#endif
