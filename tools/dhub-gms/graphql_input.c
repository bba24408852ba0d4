/* SPDX-License-Identifier: Apache-2.0 */
#include "graphql_input.h"

#include <stdlib.h>
#include <string.h>

/* A literal without variables, whatever it is for: of a variable's default. */
static json_object *literal(const gql_value *value)
{
  json_object *out = NULL;
  switch (value->kind) {
  case GQL_INT:
    return json_object_new_int64(strtoll(value->text, NULL, 10));
  case GQL_FLOAT:
    return json_object_new_double(strtod(value->text, NULL));
  case GQL_BOOLEAN:
    return json_object_new_boolean(!strcmp(value->text, "true"));
  case GQL_STRING:
  case GQL_ENUM:
    return json_object_new_string(value->text);
  case GQL_LIST:
    out = json_object_new_array();
    for (const gql_value *item = value->item; item; item = item->next)
      json_object_array_add(out, literal(item));
    return out;
  case GQL_OBJECT:
    out = json_object_new_object();
    for (const gql_pair *pair = value->members; pair; pair = pair->next)
      json_object_object_add(out, pair->name, literal(pair->value));
    return out;
  default:
    return NULL;
  }
}

json_object *gql_variables(const gql_operation *operation, json_object *given, dh_error *error)
{
  json_object *out = json_object_new_object();
  for (const gql_variable *v = operation->variables; v; v = v->next) {
    json_object *value = NULL;
    bool there = json_object_is_type(given, json_type_object) &&
                 json_object_object_get_ex(given, v->name, &value);
    if (!there && v->initial) {
      json_object_object_add(out, v->name, literal(v->initial));
      continue;
    }
    if (!value && v->required) {
      dh_error_set(error, DH_MALFORMED,
                   "Variable '%s' has an invalid value: Variable '%s' has coerced Null value for "
                   "NonNull type '%s'",
                   v->name, v->name, v->type);
      json_object_put(out);
      return NULL;
    }
    if (there)
      json_object_object_add(out, v->name, json_object_get(value));
  }
  return out;
}

static dh_status wrong(const gql_input *input, const char *what, dh_error *error)
{
  return dh_error_set(error, DH_MALFORMED, "Validation error: argument '%s' %s", input->name, what);
}

static bool is_choice(const gql_input *input, const char *text)
{
  for (const char *const *choice = input->choices; *choice; choice++)
    if (!strcmp(*choice, text))
      return true;
  return false;
}

static dh_status from_json(const gql_input *input, json_object *value, json_object **out,
                           dh_error *error);

static const gql_input *input_of(const gql_input *fields, const char *name)
{
  for (; fields->name; fields++)
    if (!strcmp(fields->name, name))
      return fields;
  return NULL;
}

static dh_status check_required(const gql_input *fields, json_object *object, dh_error *error)
{
  for (; fields->name; fields++)
    if (fields->required && !json_object_object_get_ex(object, fields->name, NULL))
      return wrong(fields, "is missing", error);
  return DH_OK;
}

static dh_status unknown(const char *name, const char *where, dh_error *error)
{
  return dh_error_set(error, DH_MALFORMED, "Validation error: '%s' is not a field of '%s'", name,
                      where);
}

static dh_status object_from_json(const gql_input *input, json_object *value, json_object **out,
                                  dh_error *error)
{
  dh_status status = DH_OK;
  *out = json_object_new_object();
  json_object_object_foreach(value, name, member)
  {
    const gql_input *field = input_of(input->fields, name);
    json_object *made = NULL;
    if (status)
      continue;
    if (!field) {
      status = unknown(name, input->name, error);
      continue;
    }
    status = from_json(field, member, &made, error);
    if (made)
      json_object_object_add(*out, name, made);
  }
  return status ? status : check_required(input->fields, *out, error);
}

static dh_status list_from_json(const gql_input *input, json_object *value, json_object **out,
                                dh_error *error)
{
  gql_input item = *input;
  item.list = false;
  item.required = true;
  *out = json_object_new_array();
  bool many = json_object_is_type(value, json_type_array);
  size_t count = many ? json_object_array_length(value) : 1;
  for (size_t i = 0; i < count; i++) {
    json_object *made = NULL;
    dh_status status =
        from_json(&item, many ? json_object_array_get_idx(value, i) : value, &made, error);
    if (made)
      json_object_array_add(*out, made);
    if (status)
      return status;
  }
  return DH_OK;
}

/* On an error `*out` may hold a part; its owner frees it. */
static dh_status from_json(const gql_input *input, json_object *value, json_object **out,
                           dh_error *error)
{
  if (!value)
    return input->required ? wrong(input, "must not be null", error) : DH_OK;
  if (input->list)
    return list_from_json(input, value, out, error);
  json_type type = json_object_get_type(value);
  switch (input->kind) {
  case GQL_IN_STRING:
    if (type != json_type_string)
      return wrong(input, "is not a string", error);
    break;
  case GQL_IN_INT:
    if (type != json_type_int || json_object_get_int64(value) > INT32_MAX ||
        json_object_get_int64(value) < INT32_MIN)
      return wrong(input, "is not an Int", error);
    break;
  case GQL_IN_BOOLEAN:
    if (type != json_type_boolean)
      return wrong(input, "is not a Boolean", error);
    break;
  case GQL_IN_ENUM:
    if (type != json_type_string || !is_choice(input, json_object_get_string(value)))
      return wrong(input, "is none of the values that it may have", error);
    break;
  case GQL_IN_OBJECT:
    if (type != json_type_object)
      return wrong(input, "is not an object", error);
    return object_from_json(input, value, out, error);
  }
  *out = json_object_get(value);
  return DH_OK;
}

static dh_status from_value(const gql_input *input, const gql_value *value, json_object *variables,
                            json_object **out, dh_error *error);

static dh_status object_from_value(const gql_input *input, const gql_value *value,
                                   json_object *variables, json_object **out, dh_error *error)
{
  *out = json_object_new_object();
  for (const gql_pair *pair = value->members; pair; pair = pair->next) {
    const gql_input *field = input_of(input->fields, pair->name);
    json_object *made = NULL;
    if (!field)
      return unknown(pair->name, input->name, error);
    dh_status status = from_value(field, pair->value, variables, &made, error);
    if (made)
      json_object_object_add(*out, pair->name, made);
    if (status)
      return status;
  }
  return check_required(input->fields, *out, error);
}

static dh_status list_from_value(const gql_input *input, const gql_value *value,
                                 json_object *variables, json_object **out, dh_error *error)
{
  gql_input item = *input;
  item.list = false;
  item.required = true;
  *out = json_object_new_array();
  bool many = value->kind == GQL_LIST;
  for (const gql_value *v = many ? value->item : value; v; v = many ? v->next : NULL) {
    json_object *made = NULL;
    dh_status status = from_value(&item, v, variables, &made, error);
    if (made)
      json_object_array_add(*out, made);
    if (status)
      return status;
  }
  return DH_OK;
}

/* A literal: unlike a variable's JSON it tells an enum from a string. */
static dh_status from_value(const gql_input *input, const gql_value *value, json_object *variables,
                            json_object **out, dh_error *error)
{
  json_object *given = NULL;
  if (value->kind == GQL_VARIABLE) {
    json_object_object_get_ex(variables, value->text, &given);
    return from_json(input, given, out, error);
  }
  if (value->kind == GQL_NULL)
    return from_json(input, NULL, out, error);
  if (input->list)
    return list_from_value(input, value, variables, out, error);
  if (input->kind == GQL_IN_OBJECT) {
    if (value->kind != GQL_OBJECT)
      return wrong(input, "is not an object", error);
    return object_from_value(input, value, variables, out, error);
  }
  if (value->kind == GQL_LIST || value->kind == GQL_OBJECT ||
      (value->kind == GQL_ENUM) != (input->kind == GQL_IN_ENUM))
    return wrong(input, "has a value of another type", error);
  given = literal(value);
  dh_status status = from_json(input, given, out, error);
  json_object_put(given);
  return status;
}

json_object *gql_arguments(const gql_field *field, const gql_pair *given, json_object *variables,
                           dh_error *error)
{
  static const gql_input none[] = {{0}};
  gql_input all = {.name = field->name,
                   .kind = GQL_IN_OBJECT,
                   .fields = field->arguments ? field->arguments : none};
  gql_value value = {.kind = GQL_OBJECT, .members = given};
  json_object *out = NULL;
  if (!object_from_value(&all, &value, variables, &out, error))
    return out;
  json_object_put(out);
  return NULL;
}

bool gql_included(const gql_directive *directives, json_object *variables, bool *known)
{
  bool included = true;
  for (; directives; directives = directives->next) {
    bool include = !strcmp(directives->name, "include"), skip = !strcmp(directives->name, "skip");
    const gql_pair *condition = directives->arguments;
    static const gql_input input = {.name = "if", .kind = GQL_IN_BOOLEAN, .required = true};
    json_object *value = NULL;
    *known = *known && (include || skip) && condition && !condition->next &&
             !strcmp(condition->name, "if") &&
             !from_value(&input, condition->value, variables, &value, NULL);
    if (*known && (bool)json_object_get_boolean(value) != include)
      included = false;
    json_object_put(value);
  }
  return included;
}
