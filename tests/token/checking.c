/* SPDX-License-Identifier: Apache-2.0 */
#include "token/checking.h"

#include "suite.h"

#include <datahub/token.h>

#include <string.h>

static const char *const every_alg[] = {"HS256", "HS384", "HS512", "RS256", "RS384",
                                        "RS512", "PS256", "PS384", "PS512", "ES256",
                                        "ES384", "ES512", "EdDSA", NULL};
dh_status check_with(dh_keys *keys, const char *token, size_t size)
{
  const dh_checker_options options = {
      .struct_size = sizeof(options), .algorithms = every_alg, .flags = DH_CHECKER_ANY_PAYLOAD};
  dh_checker *checker = dh_checker_new(keys, &options, NULL);
  dh_status status = dh_checker_check(checker, token, size, 1, NULL, NULL);
  dh_checker_free(checker);
  return status;
}

dh_status check_jwk(const char *jwk, const char *token)
{
  dh_error error;
  dh_keys *keys = dh_keys_new(NULL);
  ck_assert_msg(dh_keys_add_jwks(keys, jwk, strlen(jwk), NULL, &error) == DH_OK, "%s",
                error.message);
  dh_status status = check_with(keys, token, strlen(token));
  dh_keys_unref(keys);
  return status;
}

dh_status check_key(dh_key *key, char *token)
{
  dh_keys *keys = dh_keys_new(NULL);
  dh_keys_take(keys, dh_key_ref(key), NULL);
  dh_status status = check_with(keys, token, strlen(token));
  dh_keys_unref(keys);
  free(token);
  return status;
}
