/* SPDX-License-Identifier: Apache-2.0 */
#include "graphql_schema.h"
#include "token_service.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* --- input ---------------------------------------------------------------- */

static const char *const token_types[] = {"PERSONAL", "SERVICE_ACCOUNT", NULL};
/* Of filters: only what is equal can be asked for here. */
static const char *const conditions[] = {"EQUAL", "IN", "CONTAIN", NULL};

static const gql_input filter_fields[] = {
    {.name = "field", .required = true},
    {.name = "values", .list = true},
    {.name = "value"},
    {.name = "condition", .kind = GQL_IN_ENUM, .choices = conditions},
    {.name = "negated", .kind = GQL_IN_BOOLEAN},
    {0}};
static const gql_input list_fields[] = {
    {.name = "start", .kind = GQL_IN_INT},
    {.name = "count", .kind = GQL_IN_INT},
    {.name = "filters", .kind = GQL_IN_OBJECT, .list = true, .fields = filter_fields},
    {0}};
static const gql_input list_accounts_fields[] = {{.name = "start", .kind = GQL_IN_INT},
                                                 {.name = "count", .kind = GQL_IN_INT},
                                                 {.name = "query"},
                                                 {0}};
/* The durations are those of the token service: see gql_create_access_token(). */
static const gql_input create_fields[] = {
    {.name = "type", .kind = GQL_IN_ENUM, .required = true, .choices = token_types},
    {.name = "actorUrn", .required = true},
    {.name = "duration", .kind = GQL_IN_ENUM, .required = true, .choices = gms_durations},
    {.name = "name", .required = true},
    {.name = "description"},
    {0}};
static const gql_input get_fields[] = {
    {.name = "type", .kind = GQL_IN_ENUM, .required = true, .choices = token_types},
    {.name = "actorUrn", .required = true},
    {.name = "duration", .kind = GQL_IN_ENUM, .required = true, .choices = gms_durations},
    {0}};
static const gql_input account_fields[] = {{.name = "displayName"}, {.name = "description"}, {0}};

/* Not the whole of DataHub's EntityType: what there is a policy for, and what asks most. */
static const char *const entity_types[] = {
    "DATASET",   "CHART",      "DASHBOARD",     "DATA_FLOW",
    "DATA_JOB",  "CONTAINER",  "DOMAIN",        "TAG",
    "CORP_USER", "CORP_GROUP", "GLOSSARY_TERM", "GLOSSARY_NODE",
    "DOCUMENT",  "MLMODEL",    "MLFEATURE",     "DATA_PLATFORM",
    NULL};
static const gql_input resource_fields[] = {
    {.name = "resourceType", .kind = GQL_IN_ENUM, .required = true, .choices = entity_types},
    {.name = "resourceUrn", .required = true},
    {0}};
static const gql_input granted_fields[] = {
    {.name = "actorUrn", .required = true},
    {.name = "resourceSpec", .kind = GQL_IN_OBJECT, .fields = resource_fields},
    {0}};

#define INPUT(name_, fields_)                                                                      \
  static const gql_input name_[] = {                                                               \
      {.name = "input", .kind = GQL_IN_OBJECT, .required = true, .fields = (fields_)}, {0}}
INPUT(list_input, list_fields);
INPUT(list_accounts_input, list_accounts_fields);
INPUT(create_input, create_fields);
INPUT(get_input, get_fields);
INPUT(account_input, account_fields);
INPUT(granted_input, granted_fields);
static const gql_input token_argument[] = {{.name = "token", .required = true}, {0}};
static const gql_input token_id_argument[] = {{.name = "tokenId", .required = true}, {0}};
static const gql_input urn_argument[] = {{.name = "urn", .required = true}, {0}};

/* --- output --------------------------------------------------------------- */

static const char *const entity[] = {"Entity", NULL};

static const gql_field metadata_fields[] = {{.name = "urn", .non_null = true},
                                            {.name = "type", .non_null = true},
                                            {.name = "id", .non_null = true},
                                            {.name = "name", .non_null = true},
                                            {.name = "description"},
                                            {.name = "actorUrn", .non_null = true},
                                            {.name = "ownerUrn", .non_null = true},
                                            {.name = "createdAt", .non_null = true},
                                            {.name = "expiresAt"},
                                            {0}};
static const gql_type metadata_type = {"AccessTokenMetadata", metadata_fields, entity};

static const gql_field token_fields[] = {
    {.name = "accessToken", .non_null = true}, {.name = "metadata", .type = &metadata_type}, {0}};
static const gql_type token_type = {"AccessToken", token_fields, NULL};

static const gql_field list_result_fields[] = {
    {.name = "start", .non_null = true},
    {.name = "count", .non_null = true},
    {.name = "total", .non_null = true},
    {.name = "tokens", .type = &metadata_type, .non_null = true},
    {0}};
static const gql_type list_result_type = {"ListAccessTokenResult", list_result_fields, NULL};

static const gql_field account_result_fields[] = {{.name = "urn", .non_null = true},
                                                  {.name = "type", .non_null = true},
                                                  {.name = "name", .non_null = true},
                                                  {.name = "displayName"},
                                                  {.name = "description"},
                                                  {.name = "createdBy"},
                                                  {.name = "createdAt"},
                                                  {0}};
static const gql_type account_type = {"ServiceAccount", account_result_fields, entity};

static const gql_field accounts_fields[] = {
    {.name = "start", .non_null = true},
    {.name = "count", .non_null = true},
    {.name = "total", .non_null = true},
    {.name = "serviceAccounts", .type = &account_type, .non_null = true},
    {0}};
static const gql_type accounts_type = {"ListServiceAccountsResult", accounts_fields, NULL};

static const gql_field user_properties_fields[] = {{.name = "active", .non_null = true},
                                                   {.name = "displayName"},
                                                   {.name = "fullName"},
                                                   {.name = "email"},
                                                   {0}};
static const gql_type user_properties_type = {"CorpUserProperties", user_properties_fields, NULL};
static const gql_field user_fields[] = {{.name = "urn", .non_null = true},
                                        {.name = "type", .non_null = true},
                                        {.name = "username", .non_null = true},
                                        {.name = "properties", .type = &user_properties_type},
                                        {0}};
static const gql_type user_type = {"CorpUser", user_fields, entity};

static const gql_field privilege_fields[] = {
    {.name = "generatePersonalAccessTokens", .non_null = true},
    {.name = "manageTokens", .non_null = true},
    {.name = "manageServiceAccounts", .non_null = true},
    {0}};
static const gql_type privilege_type = {"PlatformPrivileges", privilege_fields, NULL};
static const gql_field me_fields[] = {
    {.name = "corpUser", .type = &user_type, .non_null = true},
    {.name = "platformPrivileges", .type = &privilege_type, .non_null = true},
    {0}};
static const gql_type me_type = {"AuthenticatedUser", me_fields, NULL};

static const gql_field auth_config_fields[] = {{.name = "tokenAuthEnabled", .non_null = true}, {0}};
static const gql_type auth_config_type = {"AuthConfig", auth_config_fields, NULL};
static const gql_field app_config_fields[] = {
    {.name = "appVersion"},
    {.name = "authConfig", .type = &auth_config_type, .non_null = true},
    {0}};
static const gql_type app_config_type = {"AppConfig", app_config_fields, NULL};

static const gql_field privileges_fields[] = {{.name = "privileges", .non_null = true}, {0}};
static const gql_type privileges_type = {"Privileges", privileges_fields, NULL};

static const gql_field query_fields[] = {
    {.name = "me", .type = &me_type, .resolve = gql_me},
    {.name = "appConfig", .type = &app_config_type, .resolve = gql_app_config},
    {"getGrantedPrivileges", &privileges_type, false, granted_input, gql_get_granted_privileges},
    {"getAccessToken", &token_type, false, get_input, gql_get_access_token},
    {"listAccessTokens", &list_result_type, true, list_input, gql_list_access_tokens},
    {"getAccessTokenMetadata", &metadata_type, true, token_argument, gql_get_access_token_metadata},
    {"listServiceAccounts", &accounts_type, true, list_accounts_input, gql_list_service_accounts},
    {0}};
const gql_type gql_query_type = {"Query", query_fields, NULL};

static const gql_field mutation_fields[] = {
    {"createAccessToken", &token_type, false, create_input, gql_create_access_token},
    {"revokeAccessToken", NULL, true, token_id_argument, gql_revoke_access_token},
    {"createServiceAccount", &account_type, false, account_input, gql_create_service_account},
    {"deleteServiceAccount", NULL, true, urn_argument, gql_delete_service_account},
    {0}};
const gql_type gql_mutation_type = {"Mutation", mutation_fields, NULL};

const gql_field *gql_field_of(const gql_type *type, const char *name)
{
  for (const gql_field *field = type->fields; field->name; field++)
    if (!strcmp(field->name, name))
      return field;
  return NULL;
}

bool gql_type_matches(const gql_type *type, const char *condition)
{
  if (!condition || !strcmp(type->name, condition))
    return true;
  for (const char *const *i = type->interfaces; i && *i; i++)
    if (!strcmp(*i, condition))
      return true;
  return false;
}

json_object *gql_fail(gql_failure *failure, int code, const char *format, ...)
{
  va_list ap;
  failure->code = code;
  failure->type = code == 403   ? "UNAUTHORIZED"
                  : code == 400 ? "BAD_REQUEST"
                  : code == 404 ? "NOT_FOUND"
                  : code == 409 ? "CONFLICT"
                                : "SERVER_ERROR";
  va_start(ap, format);
  vsnprintf(failure->message, sizeof(failure->message), format, ap);
  va_end(ap);
  return NULL;
}

json_object *gql_unauthorized(gql_failure *failure)
{
  return gql_fail(
      failure, 403,
      "Unauthorized to perform this action. Please contact your DataHub administrator.");
}
