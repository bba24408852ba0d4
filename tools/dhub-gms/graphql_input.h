/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that a client sends, checked against the schema.
 */
#ifndef GMS_GRAPHQL_INPUT_H
#define GMS_GRAPHQL_INPUT_H

#include "graphql_schema.h"

/* The variables of an operation: those given, then the defaults. NULL and `error` where a
 * required one is missing. The caller owns the result. */
json_object *gql_variables(const gql_operation *operation, json_object *given, dh_error *error);

/* The arguments of a field as a tree without nulls; NULL and `error` where one is missing,
 * unknown, or of another type. The caller owns the result. */
json_object *gql_arguments(const gql_field *field, const gql_pair *given, json_object *variables,
                           dh_error *error);

/* Whether @include and @skip let a selection be; false in `*known` where there is another
 * directive, or one without a boolean `if`. */
bool gql_included(const gql_directive *directives, json_object *variables, bool *known);

#endif
