/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a core file of a server that checks tokens would hold: not the key that they are
 * signed with, nothing that is as good as that key, and not the tokens. The server is a
 * process of its own whose memory is read from outside.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* its states are looked for */
#include "suite.h"
#include "support/core.h"
#include "support/tmpdir.h"

#include "token/base64.h"

#include <datahub/token.h>
#include <datahub/verifier.h>

#include <openssl/sha.h>

#include <stdio.h>
#include <string.h>

#define KEY_SIZE 61

/* Made at run time: neither lies in this program's own data. */
static char key[KEY_SIZE + 1];
static char *folder, *header, *jwks;

/* --- the server --- */

static char *join(const char *dir, const char *name)
{
  static char path[512];
  snprintf(path, sizeof(path), "%s/%s", dir, name);
  return path;
}

/* Checks the header in a file as often as makes it known in each place, then forgets it: in the
 * caller's memory it is the caller's. */
static bool check_all(dh_verifier *verifier, const char *dir)
{
  size_t size;
  bool good = true;
  char *text = test_read(join(dir, "header"), &size);
  for (int round = 0; round < 2; round++) {
    dh_principal *who;
    for (int i = 0; i < 10; i++) {
      good = good && dh_verifier_check(verifier, text, &who, NULL) == DH_OK;
      dh_principal_unref(who);
    }
    text[size - 1] = text[size - 1] == 'A' ? 'E' : 'A'; /* a wrong signature */
    good = good && dh_verifier_check(verifier, text, &who, NULL) != DH_OK;
    dh_wipe(text, size);
    free(text);
    text = test_read(join(dir, "header"), &size);
    dh_verifier_forget(verifier);
  }
  dh_wipe(text, size);
  free(text);
  return good;
}

static void serve(const char *dir, int ready)
{
  dh_error error;
  dh_context_options options = {.struct_size = sizeof(options),
                                .plugin_path = BUILDDIR "/plugins/.libs"};
  dh_context *context = dh_context_new(&options, &error);
  dh_config *config = dh_config_load(context, join(dir, "verifier.cfg"), &error);
  dh_verifier *verifier = dh_verifier_open(context, config, &error);
  dh_config_free(config);
  test_holder_wait(ready, verifier && check_all(verifier, dir));
}

/* --- what is looked for --- */

static void setup(void)
{
  folder = test_tmpdir_new();
  for (unsigned i = 0; i < KEY_SIZE; i++)
    key[i] = (char)('a' + (5 + i * i * 7 + i * 3 + i / 26) % 26);
}

static void teardown(void)
{
  test_tmpdir_remove(folder);
  free(header);
  free(jwks);
}

static void ck_absent(pid_t pid, const char *what, const void *bytes, size_t size)
{
  char places[TEST_CORE_PLACES];
  unsigned found = test_core_holds(pid, bytes, size, places);
  ck_assert_msg(!found, "%s is in%s", what, places);
}

/* The words of SHA-256's state after one block, as the library keeps them while it hashes: what
 * HMAC makes of the key, and all that a forger needs. */
static void ck_no_state(pid_t pid, const char *what, unsigned char pad)
{
  unsigned char block[64] = {0};
  SHA256_CTX state;
  memcpy(block, key, KEY_SIZE);
  for (size_t i = 0; i < sizeof(block); i++)
    block[i] ^= pad;
  SHA256_Init(&state);
  SHA256_Update(&state, block, sizeof(block));
  ck_absent(pid, what, state.h, 32);
}

static void ck_core_is_clean(void)
{
  unsigned char signature[64];
  size_t size;
  const char *last = strrchr(header, '.') + 1;
  char places[TEST_CORE_PLACES];
  pid_t pid = test_holder_start(folder);
  /* Without the first bytes, over which malloc writes when memory is freed. */
  ck_absent(pid, "the key", key + 16, KEY_SIZE - 16);
  if (jwks)
    ck_absent(pid, "the key as the file has it", jwks + 64, strlen(jwks) - 64);
  ck_no_state(pid, "the key's inner state", 0x36);
  ck_no_state(pid, "the key's outer state", 0x5c);
  ck_absent(pid, "the token's signature", last, strlen(last));
  ck_assert(dh_base64url_decode(last, strlen(last), signature, &size));
  ck_absent(pid, "the token's decoded signature", signature, size);
  /* The search itself: what is not hidden is found. */
  ck_assert_uint_ge(test_core_holds(pid, folder, strlen(folder), places), 1);
  test_holder_end(pid);
}

static dh_secret *sign_pat(dh_context *context)
{
  const dh_pat_claims claims = {.struct_size = sizeof(claims),
                                .type = "PERSONAL",
                                .version = "1",
                                .actor_type = "USER",
                                .actor_id = "jdoe"};
  dh_secret *secret = dh_secret_new(context, key, KEY_SIZE);
  dh_secret *token = dh_pat_mint(context, secret, &claims, NULL);
  dh_secret_free(secret);
  return token;
}

static dh_secret *sign_jwt(dh_context *context)
{
  static const char claims[] =
      "{\"iss\":\"https://idp.example.com\",\"sub\":\"jdoe\",\"exp\":4000000000}";
  dh_keys *keys = dh_keys_new(NULL);
  dh_keys_add_secret(keys, key, KEY_SIZE, NULL, "HS256", NULL);
  dh_secret *token =
      dh_token_sign(context, keys, NULL, "HS256", "JWT", claims, strlen(claims), NULL);
  dh_keys_unref(keys);
  return token;
}

static void write_header(dh_secret *(*sign)(dh_context *context))
{
  dh_context *context = dh_context_new(NULL, NULL);
  dh_secret *token = sign(context);
  ck_assert_ptr_nonnull(token);
  header = malloc(strlen(dh_secret_bytes(token, NULL)) + 8);
  sprintf(header, "Bearer %s", dh_secret_bytes(token, NULL));
  free(test_file_text(folder, "header", header));
  dh_secret_free(token);
  dh_context_free(context);
}

START_TEST(core_holds_no_signing_key_of_pats)
{
  char text[1024];
  char *path = test_file(folder, "key", key, KEY_SIZE, 0600);
  snprintf(text, sizeof(text),
           "stack = ({ control = \"required\"; plugin = \"pat\"; config = { signing_key_file = "
           "\"%s\"; }; });",
           path);
  free(test_file_text(folder, "verifier.cfg", text));
  write_header(sign_pat);
  ck_core_is_clean();
  free(path);
}
END_TEST

START_TEST(core_holds_no_shared_secret_of_a_jwks_file)
{
  char text[1024];
  dh_buf set;
  dh_buf_init(&set);
  dh_buf_adds(&set, "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"");
  dh_base64url_encode(&set, key, KEY_SIZE);
  dh_buf_adds(&set, "\"}]}");
  jwks = dh_buf_take(&set);
  char *path = test_file(folder, "jwks.json", jwks, strlen(jwks), 0600);
  snprintf(text, sizeof(text),
           "stack = ({ control = \"required\"; plugin = \"jwt\"; config = { issuers = "
           "(\"https://idp.example.com\"); algorithms = (\"HS256\"); jwks_file = \"%s\"; }; });",
           path);
  free(test_file_text(folder, "verifier.cfg", text));
  write_header(sign_jwt);
  ck_core_is_clean();
  free(path);
}
END_TEST

static TCase *memory_case(void)
{
  TCase *tests = tcase_create("memory");
  tcase_add_checked_fixture(tests, setup, teardown);
  if (!TEST_CORES)
    return tests;
  tcase_add_test(tests, core_holds_no_signing_key_of_pats);
  tcase_add_test(tests, core_holds_no_shared_secret_of_a_jwks_file);
  return tests;
}

int main(int argc, char **argv)
{
  if (argc == 4 && !strcmp(argv[1], "--hold"))
    serve(argv[2], atoi(argv[3]));
  Suite *suite = suite_create("memory");
  suite_add_tcase(suite, memory_case());
  SRunner *runner = srunner_create(suite);
  srunner_run_all(runner, CK_ENV);
  int failed = srunner_ntests_failed(runner);
  srunner_free(runner);
  return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
