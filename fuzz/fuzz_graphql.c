/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GraphQL documents, parsed and checked: outside bytes in front of every question about tokens.
 */
#include "graphql.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  dh_error error;
  gql_document *document = gql_parse((const char *)data, size, &error);
  if (document)
    gql_check(document, &error);
  gql_free(document);
  return 0;
}
