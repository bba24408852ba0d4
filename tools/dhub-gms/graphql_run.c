/* SPDX-License-Identifier: Apache-2.0 */
#include "graphql_run.h"
#include "graphql_input.h"

#include <stdlib.h>
#include <string.h>

/* A response name and the selections that have it, in the order of the document. */
typedef struct slot {
  const char *key;
  const gql_selection *first;
  const gql_selection **all;
  size_t count;
} slot;

typedef struct slots {
  slot *items;
  size_t count, room;
} slots;

typedef struct run {
  gms_request *request;
  const gql_document *document;
  json_object *variables;
  json_object *errors; /* an array */
  bool invalid;        /* the document does not fit the schema */
  bool no_data;        /* a field that must not be null is */
} run;

/* --- errors --- */

static json_object *error_at(const char *message, const gql_selection *where)
{
  json_object *error = json_object_new_object();
  json_object *locations = json_object_new_array(), *location = json_object_new_object();
  gms_json_add_string(error, "message", message);
  if (!where) {
    json_object_put(location);
    json_object_put(locations);
    return error;
  }
  json_object_object_add(location, "line", json_object_new_int64(where->line));
  json_object_object_add(location, "column", json_object_new_int64(where->column));
  json_object_array_add(locations, location);
  json_object_object_add(error, "locations", locations);
  return error;
}

static void add_classified(run *r, json_object *error, const char *classification)
{
  json_object *extensions = json_object_new_object();
  gms_json_add_string(extensions, "classification", classification);
  json_object_object_add(error, "extensions", extensions);
  json_object_array_add(r->errors, error);
}

static void invalid(run *r, const gql_selection *where, const char *format, const char *a,
                    const char *b)
{
  dh_error message;
  r->invalid = true;
  dh_error_set(&message, DH_MALFORMED, format, a, b);
  add_classified(r, error_at(message.message, where), "ValidationError");
}

static void failed(run *r, const slot *s, const gql_failure *failure)
{
  json_object *error = error_at(failure->message, s->first);
  json_object *path = json_object_new_array(), *extensions = json_object_new_object();
  json_object_array_add(path, json_object_new_string(s->key));
  json_object_object_add(error, "path", path);
  json_object_object_add(extensions, "code", json_object_new_int(failure->code));
  gms_json_add_string(extensions, "type", failure->type);
  gms_json_add_string(extensions, "classification", "DataFetchingException");
  json_object_object_add(error, "extensions", extensions);
  json_object_array_add(r->errors, error);
}

/* --- selections --- */

static void slots_clear(slots *list)
{
  for (size_t i = 0; i < list->count; i++)
    free(list->items[i].all);
  free(list->items);
  memset(list, 0, sizeof(*list));
}

static slot *slot_of(slots *list, const char *key)
{
  for (size_t i = 0; i < list->count; i++)
    if (!strcmp(list->items[i].key, key))
      return &list->items[i];
  if (list->count == list->room) {
    size_t room = list->room ? list->room * 2 : 8;
    slot *items = realloc(list->items, room * sizeof(*items));
    if (!items)
      return NULL;
    list->items = items;
    list->room = room;
  }
  list->items[list->count] = (slot){.key = key};
  return &list->items[list->count++];
}

static bool add_selection(slots *list, const gql_selection *selection)
{
  slot *s = slot_of(list, selection->alias);
  const gql_selection **all = s ? realloc(s->all, (s->count + 1) * sizeof(*all)) : NULL;
  if (!all)
    return false;
  s->all = all;
  if (!s->count)
    s->first = selection;
  s->all[s->count++] = selection;
  return true;
}

/* Gathers the fields of a selection, those of fragments included. */
static bool collect(run *r, const gql_type *type, const gql_selection *selections, slots *out)
{
  for (const gql_selection *s = selections; s; s = s->next) {
    bool known = true, included = gql_included(s->directives, r->variables, &known);
    if (!known) {
      invalid(r, s, "Validation error: %s%s", "a directive is none of @include(if:) and @skip(if:)",
              "");
      return false;
    }
    if (!included)
      continue;
    bool done = true;
    if (s->kind == GQL_FIELD)
      done = add_selection(out, s);
    else if (s->kind == GQL_INLINE)
      done = !gql_type_matches(type, s->type) || collect(r, type, s->selections, out);
    else {
      const gql_fragment *f = gql_fragment_of(r->document, s->name);
      done = !gql_type_matches(type, f->type) || collect(r, type, f->selections, out);
    }
    if (!done)
      return false;
  }
  return true;
}

/* Gathers what is selected below a field. */
static bool collect_below(run *r, const gql_type *type, const slot *s, slots *out)
{
  for (size_t i = 0; i < s->count; i++)
    if (!collect(r, type, s->all[i]->selections, out))
      return false;
  return true;
}

/* --- validation: before anything is done --- */

static void check_selections(run *r, const gql_type *type, const slots *list);

static void check_slot(run *r, const gql_type *type, const slot *s)
{
  for (size_t i = 1; i < s->count; i++)
    if (strcmp(s->all[i]->name, s->first->name))
      invalid(r, s->all[i], "Validation error: '%s' stands for different fields%s", s->key, "");
  if (!strcmp(s->first->name, "__typename"))
    return;
  const gql_field *field = gql_field_of(type, s->first->name);
  if (!field) {
    invalid(r, s->first, "Validation error (FieldUndefined) : Field '%s' in type '%s' is undefined",
            s->first->name, type->name);
    return;
  }
  for (size_t i = 0; i < s->count; i++) {
    if (field->type && !s->all[i]->selections)
      invalid(r, s->all[i],
              "Validation error (SubselectionRequired) : field '%s' of type '%s' needs a selection",
              field->name, field->type->name);
    else if (!field->type && s->all[i]->selections)
      invalid(r, s->all[i],
              "Validation error (SubselectionNotAllowed) : '%s' in type '%s' has no fields",
              field->name, type->name);
    dh_error error;
    json_object *arguments = gql_arguments(field, s->all[i]->arguments, r->variables, &error);
    if (!arguments)
      invalid(r, s->all[i], "%s%s", error.message, "");
    json_object_put(arguments);
  }
  slots below = {0};
  if (!r->invalid && field->type && collect_below(r, field->type, s, &below))
    check_selections(r, field->type, &below);
  slots_clear(&below);
}

static void check_selections(run *r, const gql_type *type, const slots *list)
{
  for (size_t i = 0; i < list->count && !r->invalid; i++)
    check_slot(r, type, &list->items[i]);
}

/* --- projection: what was asked for out of what there is --- */

static json_object *project(run *r, const gql_type *type, json_object *value, const slots *list)
{
  if (json_object_is_type(value, json_type_array)) {
    json_object *array = json_object_new_array();
    for (size_t i = 0; i < json_object_array_length(value); i++)
      json_object_array_add(array, project(r, type, json_object_array_get_idx(value, i), list));
    return array;
  }
  if (!json_object_is_type(value, json_type_object))
    return NULL;
  json_object *out = json_object_new_object();
  for (size_t i = 0; i < list->count; i++) {
    const slot *s = &list->items[i];
    json_object *member = NULL;
    if (!strcmp(s->first->name, "__typename")) {
      gms_json_add_string(out, s->key, type->name);
      continue;
    }
    const gql_field *field = gql_field_of(type, s->first->name);
    json_object_object_get_ex(value, field->name, &member);
    if (!field->type) {
      json_object_object_add(out, s->key, json_object_get(member));
      continue;
    }
    slots below = {0};
    json_object *projected = NULL;
    if (collect_below(r, field->type, s, &below))
      projected = project(r, field->type, member, &below);
    slots_clear(&below);
    json_object_object_add(out, s->key, projected);
  }
  return out;
}

static void run_root(run *r, const gql_type *root, const slot *s, json_object *data)
{
  if (!strcmp(s->first->name, "__typename")) {
    gms_json_add_string(data, s->key, root->name);
    return;
  }
  const gql_field *field = gql_field_of(root, s->first->name);
  gql_failure failure = {
      .code = 500, .type = "SERVER_ERROR", .message = "An unknown error occurred."};
  json_object *arguments = gql_arguments(field, s->first->arguments, r->variables, NULL);
  json_object *value = arguments ? field->resolve(r->request, arguments, &failure) : NULL;
  json_object *out = NULL;
  json_object_put(arguments);
  if (!value)
    failed(r, s, &failure);
  else if (!field->type)
    out = json_object_get(value);
  else {
    slots below = {0};
    if (collect_below(r, field->type, s, &below))
      out = project(r, field->type, value, &below);
    slots_clear(&below);
  }
  json_object_put(value);
  if (!out && field->non_null)
    r->no_data = true;
  json_object_object_add(data, s->key, out);
}

/* --- the whole --- */

static const gql_operation *choose(const gql_document *document, const char *name, dh_error *error)
{
  const gql_operation *first = gql_operations(document);
  if (!name || !*name) {
    if (!first->next)
      return first;
    dh_error_set(error, DH_MALFORMED,
                 "Must provide operation name if query contains multiple operations");
    return NULL;
  }
  for (const gql_operation *o = first; o; o = o->next)
    if (o->name && !strcmp(o->name, name))
      return o;
  dh_error_set(error, DH_MALFORMED, "Unknown operation named '%s'", name);
  return NULL;
}

static json_object *execute(run *r, const gql_operation *operation)
{
  const gql_type *root = operation->kind == GQL_MUTATION ? &gql_mutation_type : &gql_query_type;
  slots top = {0};
  json_object *data = NULL;
  if (operation->kind == GQL_SUBSCRIPTION)
    invalid(r, NULL, "Validation error: there are no subscriptions%s%s", "", "");
  else if (collect(r, root, operation->selections, &top))
    check_selections(r, root, &top);
  if (!r->invalid) {
    data = json_object_new_object();
    for (size_t i = 0; i < top.count; i++)
      run_root(r, root, &top.items[i], data);
  }
  slots_clear(&top);
  if (r->no_data) {
    json_object_put(data);
    data = NULL;
  }
  return data;
}

static void refuse(run *r, const dh_error *error, const char *classification)
{
  r->invalid = true;
  add_classified(r, error_at(error->message, NULL), classification);
}

static json_object *run_document(run *r, json_object *body)
{
  dh_error error;
  const gql_operation *operation = NULL;
  if (gql_check(r->document, &error))
    refuse(r, &error, "ValidationError");
  else if ((operation = choose(r->document, gms_json_string(body, "operationName"), &error)) ==
           NULL)
    refuse(r, &error, "ExecutionAborted");
  else if ((r->variables = gql_variables(
                operation, gms_json_member(body, "variables", json_type_object), &error)) == NULL)
    refuse(r, &error, "ValidationError");
  return r->invalid ? NULL : execute(r, operation);
}

json_object *gql_run(gms_request *request, json_object *body, int *status)
{
  run r = {.request = request, .errors = json_object_new_array()};
  json_object *query = gms_json_member(body, "query", json_type_string);
  json_object *data = NULL;
  gql_document *document = NULL;
  dh_error error;
  *status = 200;
  if (!query) {
    *status = 400;
    dh_error_set(&error, DH_MALFORMED, "The request has no query");
    refuse(&r, &error, "InvalidSyntax");
  } else {
    document =
        gql_parse(json_object_get_string(query), (size_t)json_object_get_string_len(query), &error);
    r.document = document;
    if (document)
      data = run_document(&r, body);
    else {
      *status = 400;
      refuse(&r, &error, "InvalidSyntax");
    }
  }
  gql_free(document);
  json_object_put(r.variables);
  json_object *answer = json_object_new_object();
  if (json_object_array_length(r.errors))
    json_object_object_add(answer, "errors", r.errors);
  else
    json_object_put(r.errors);
  json_object_object_add(answer, "data", data);
  return answer;
}
