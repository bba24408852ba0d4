/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of DataHub's GraphQL schema that is served here: types, arguments, and who
 * answers a field of a root type.
 */
#ifndef GMS_GRAPHQL_SCHEMA_H
#define GMS_GRAPHQL_SCHEMA_H

#include "graphql.h"
#include "request.h"

/* --- input --- */

typedef enum gql_input_kind {
  GQL_IN_STRING,
  GQL_IN_INT,
  GQL_IN_BOOLEAN,
  GQL_IN_ENUM,
  GQL_IN_OBJECT
} gql_input_kind;

typedef struct gql_input {
  const char *name; /* a table of them ends with NULL */
  gql_input_kind kind;
  bool required, list;            /* a list's items are never null */
  const char *const *choices;     /* ENUM: ended by NULL */
  const struct gql_input *fields; /* OBJECT */
} gql_input;

/* --- output --- */

typedef struct gql_failure {
  int code;         /* 400, 403, 404, 409, 500: extensions.code */
  const char *type; /* "UNAUTHORIZED": extensions.type */
  char message[600];
} gql_failure;

/* Answers a root field: a tree with all fields of its type, or NULL and `failure` filled. */
typedef json_object *(*gql_resolver)(gms_request *request, json_object *arguments,
                                     gql_failure *failure);

typedef struct gql_field {
  const char *name;            /* a table of them ends with NULL */
  const struct gql_type *type; /* NULL: a scalar or an enum */
  bool non_null;
  const gql_input *arguments; /* or NULL */
  gql_resolver resolve;       /* of a root type */
} gql_field;

typedef struct gql_type {
  const char *name;
  const gql_field *fields;
  const char *const *interfaces; /* ended by NULL; or NULL */
} gql_type;

extern const gql_type gql_query_type, gql_mutation_type;

/* The field, or NULL. */
const gql_field *gql_field_of(const gql_type *type, const char *name);
/* Whether a fragment on `condition` is for this type. */
bool gql_type_matches(const gql_type *type, const char *condition);

/* Fills a failure and returns NULL, so that it can end a resolver. */
json_object *gql_fail(gql_failure *failure, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* GMS's words for a missing privilege. */
json_object *gql_unauthorized(gql_failure *failure);

/* The resolvers, by file. */
#define GQL_RESOLVER(name)                                                                         \
  json_object *name(gms_request *request, json_object *arguments, gql_failure *failure)
GQL_RESOLVER(gql_me);                        /* graphql_me.c */
GQL_RESOLVER(gql_app_config);                /* graphql_me.c */
GQL_RESOLVER(gql_get_granted_privileges);    /* graphql_privileges.c */
GQL_RESOLVER(gql_create_access_token);       /* graphql_tokens.c */
GQL_RESOLVER(gql_get_access_token);          /* graphql_tokens.c */
GQL_RESOLVER(gql_list_access_tokens);        /* graphql_token_list.c */
GQL_RESOLVER(gql_revoke_access_token);       /* graphql_tokens.c */
GQL_RESOLVER(gql_get_access_token_metadata); /* graphql_token_list.c */
GQL_RESOLVER(gql_create_service_account);    /* graphql_accounts.c */
GQL_RESOLVER(gql_list_service_accounts);     /* graphql_accounts.c */
GQL_RESOLVER(gql_delete_service_account);    /* graphql_accounts.c */

#endif
