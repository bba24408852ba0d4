/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The examples of RFC 7515, appendix A, RFC 7520, section 4, and RFC 8037: those that have a
 * compact form pass, the others are refused.
 */
#include "suite.h"

#include "token/base64.h"
#include "token/checking.h"
#include "token/vectors.h"

#include <stdio.h>
#include <string.h>

#define VECTORS (sizeof(vectors) / sizeof(vectors[0]))

/* --- in the compact form --- */

START_TEST(a_published_example_passes)
{
  ck_assert_msg(check_jwk(vectors[_i].jwk, vectors[_i].token) == DH_OK, "%s", vectors[_i].name);
}
END_TEST

START_TEST(a_published_example_changed_anywhere_fails)
{
  char *token = strdup(vectors[_i].token);
  for (char *p = token; *p; p++) {
    char old = *p;
    if (old == '.')
      continue;
    *p = old == 'A' ? 'B' : 'A';
    ck_assert_msg(check_jwk(vectors[_i].jwk, token) != DH_OK, "%s, byte %td", vectors[_i].name,
                  p - token);
    *p = old;
  }
  free(token);
}
END_TEST

START_TEST(the_unsecured_example_is_denied)
{
  /* RFC 7515, appendix A.5 */
  ck_assert_int_eq(check_jwk(vectors[0].jwk,
                             "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQog"
                             "Imh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."),
                   DH_DENIED);
}
END_TEST

/* --- what has no compact form --- */

static const struct vector *vector_of(const char *name)
{
  for (size_t i = 0; i < VECTORS; i++)
    if (!strcmp(vectors[i].name, name))
      return &vectors[i];
  ck_abort_msg("no example %s", name);
  return NULL;
}

/* Part 0, 1 or 2 of an example's token; freed by the caller. */
static char *part_of(const char *name, int part)
{
  const char *at = vector_of(name)->token;
  for (; part; part--)
    at = strchr(at, '.') + 1;
  return strndup(at, strcspn(at, "."));
}

/* Signatures over a payload alone: their header is not protected, so that only the JSON
 * serialization can carry them. The key of another example made each. */
static const struct {
  const char *name, *key_of, *alg, *signature;
} bare[] = {
    {"RFC 7520 4.7", "RFC 7520 4.4", "HS256", "xuLifqLGiblpv9zBpuZczWhNj1gARaLV3UxvxhJxZuk"},
    {"RFC 7520 4.8, signature 2", "RFC 7520 4.3", "ES512",
     "ARcVLnaJJaUWG8fG-8t5BREVAuTY8n8YHjwDO1muhcdCoFZFFjfISu0Cdkn9Ybdlmi54ho0x924DUz8sK7ZXkhc7AFM8"
     "ObLfTvNCrqcI3Jkl2U5IX3utNhODH6v7xgy1Qahsn0fyb4zSAkje8bAWz4vIfj5pCMYxxm4fgV3q7ZYhm5eD"},
};

START_TEST(a_signature_without_a_header_is_good_and_no_token)
{
  unsigned char signature[256];
  char text[2048];
  size_t size;
  const struct vector *other = vector_of(bare[_i].key_of);
  char *payload = part_of(other->name, 1);
  dh_key *key = dh_key_from_jwk(other->jwk, strlen(other->jwk), NULL);
  const dh_alg *alg = dh_alg_find(bare[_i].alg, strlen(bare[_i].alg));
  ck_assert(dh_base64url_decode(bare[_i].signature, strlen(bare[_i].signature), signature, &size));
  int input = snprintf(text, sizeof(text), ".%s", payload);
  ck_assert_msg(dh_key_verify(key, alg, text, (size_t)input, signature, size), "%s", bare[_i].name);
  snprintf(text + input, sizeof(text) - (size_t)input, ".%s", bare[_i].signature);
  ck_assert_int_eq(check_jwk(other->jwk, text), DH_MALFORMED);
  dh_key_unref(key);
  free(payload);
}
END_TEST

/* RFC 7520, 4.5: the payload is left out, for whoever has it by other means. */
START_TEST(the_detached_example_is_denied)
{
  char text[1024];
  const struct vector *whole = vector_of("RFC 7520 4.5");
  char *header = part_of(whole->name, 0), *signature = part_of(whole->name, 2);
  snprintf(text, sizeof(text), "%s..%s", header, signature);
  ck_assert_int_eq(check_jwk(whole->jwk, text), DH_DENIED);
  free(header);
  free(signature);
}
END_TEST

/* RFC 7515, A.7, and of RFC 7520 the flattened forms: of each example that has a compact one. */
START_TEST(a_flattened_example_is_no_token)
{
  char text[4096];
  char *header = part_of(vectors[_i].name, 0), *payload = part_of(vectors[_i].name, 1),
       *signature = part_of(vectors[_i].name, 2);
  snprintf(
      text, sizeof(text),
      "{\"payload\":\"%s\",\"protected\":\"%s\",\"header\":{\"kid\":\"k\"},\"signature\":\"%s\"}",
      payload, header, signature);
  ck_assert_int_eq(check_jwk(vectors[_i].jwk, text), DH_MALFORMED);
  free(header);
  free(payload);
  free(signature);
}
END_TEST

/* RFC 7515, A.6, whose signatures are those of A.2 and A.3. */
START_TEST(the_example_with_two_signatures_is_no_token)
{
  char text[4096];
  const char *names[] = {"RFC 7515 A.2", "RFC 7515 A.3"};
  char *payload = part_of(names[0], 1);
  int used = snprintf(text, sizeof(text), "{\"payload\":\"%s\",\"signatures\":[", payload);
  for (int i = 0; i < 2; i++) {
    char *header = part_of(names[i], 0), *signature = part_of(names[i], 2);
    used += snprintf(text + used, sizeof(text) - (size_t)used,
                     "%s{\"protected\":\"%s\",\"header\":{\"kid\":\"%d\"},\"signature\":\"%s\"}",
                     i ? "," : "", header, i, signature);
    free(header);
    free(signature);
  }
  snprintf(text + used, sizeof(text) - (size_t)used, "]}");
  for (int i = 0; i < 2; i++)
    ck_assert_int_eq(check_jwk(vector_of(names[i])->jwk, text), DH_MALFORMED);
  free(payload);
}
END_TEST

static TCase *published_case(void)
{
  TCase *tests = tcase_create("published");
  tcase_set_timeout(tests, 60);
  tcase_add_loop_test(tests, a_published_example_passes, 0, VECTORS);
  tcase_add_loop_test(tests, a_published_example_changed_anywhere_fails, 0, VECTORS);
  tcase_add_test(tests, the_unsecured_example_is_denied);
  tcase_add_loop_test(tests, a_signature_without_a_header_is_good_and_no_token, 0, 2);
  tcase_add_test(tests, the_detached_example_is_denied);
  tcase_add_loop_test(tests, a_flattened_example_is_no_token, 0, VECTORS);
  tcase_add_test(tests, the_example_with_two_signatures_is_no_token);
  return tests;
}

SUITE("published", published_case())
