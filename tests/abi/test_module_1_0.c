/* SPDX-License-Identifier: Apache-2.0 */
/* The promise of the module ABI: what was compiled for 1.0 works under this version. */
#include "suite.h"

#include "module/module.h"
#include "support/tmpdir.h"

#include <datahub/credential.h>
#include <datahub/verifier.h>

#include <string.h>

static dh_context *context;
static dh_module *module;
static const dh_plugin *plugin;
static dh_options *options;
static dh_instance instance;
static char *dir;
static dh_error error;

static void up(void)
{
  size_t size;
  char *bytes = test_read(BUILDDIR "/tests/abi/.libs/module-1-0.so", &size);
  dir = test_tmpdir_new();
  char *path = test_file(dir, "module-1-0.so", bytes, size, 0755);
  dh_config *map = dh_config_new_map("test");
  context = dh_context_new(NULL, NULL);
  module = dh_module_load(context, path, NULL, &error);
  ck_assert_msg(module != NULL, "%s", error.message);
  plugin = dh_module_descriptor(module);
  ck_assert_int_eq(dh_config_set(map, "password", "open-sesame", NULL), DH_OK);
  options = dh_options_check(context, plugin->options, plugin->name, map, NULL, &error);
  ck_assert_msg(options != NULL, "%s", error.message);
  dh_instance_init(&instance, module, NULL, NULL);
  dh_config_free(map);
  free(path);
  free(bytes);
}

static void down(void)
{
  dh_options_free(options);
  dh_module_unref(module);
  dh_context_free(context);
  test_tmpdir_remove(dir);
}

START_TEST(credential)
{
  void *self;
  dh_credential_request request = {.struct_size = sizeof(request), .server = "http://h:80"};
  dh_credential *out = dh_credential_new(context);
  ck_assert_int_eq(plugin->credential->open(&instance.host, options, &self, &error), DH_OK);
  ck_assert_int_eq(plugin->credential->acquire(self, &request, NULL, out, &error), DH_OK);
  ck_assert_str_eq(dh_credential_scheme(out), "Bearer");
  ck_assert_str_eq(dh_secret_bytes(dh_credential_value(out), NULL), "open-sesame");
  ck_assert_int_gt(dh_credential_expiry(out), dh_wall_ms(context));
  plugin->credential->close(self);
  dh_credential_unref(out);
}
END_TEST

START_TEST(verifier)
{
  void *self;
  dh_presented presented = {sizeof(presented), 0, "Bearer", "open-sesame", 11};
  dh_principal *principal = dh_principal_new();
  ck_assert_int_eq(plugin->verifier->open(&instance.host, options, &self, &error), DH_OK);
  ck_assert_int_eq(plugin->verifier->verify(self, &presented, principal, &error), DH_OK);
  ck_assert_str_eq(dh_principal_text(principal, DH_PRINCIPAL_ACTOR), "urn:li:corpuser:one");
  presented.token = "open-sesamE";
  ck_assert_int_eq(plugin->verifier->verify(self, &presented, principal, &error), DH_DENIED);
  plugin->verifier->close(self);
  dh_principal_unref(principal);
}
END_TEST

/* --- a batch of two, the second without an aspect --- */

static dh_fate fates[2];

static size_t count(void *arg, const dh_batch *batch)
{
  (void)arg;
  (void)batch;
  return 2;
}

static const dh_record *record(void *arg, const dh_batch *batch, size_t index)
{
  (void)batch;
  return (const dh_record *)arg + index;
}

static void done(void *arg, dh_batch *batch, size_t index, dh_fate fate, const dh_error *why)
{
  (void)arg;
  (void)batch;
  ck_assert_str_eq(why->message, "the record has no aspect");
  fates[index] = fate;
}

static void done_all(void *arg, dh_batch *batch, dh_fate fate, const dh_error *why)
{
  (void)arg;
  (void)batch;
  (void)why;
  fates[0] = fate;
}

START_TEST(sink)
{
  static const dh_host_ops ops = {
      .batch_count = count, .batch_record = record, .batch_done = done, .batch_done_all = done_all};
  dh_record records[2] = {{.struct_size = sizeof(dh_record), .aspect_name = {"status", 6}},
                          {.struct_size = sizeof(dh_record)}};
  void *self;
  fates[0] = fates[1] = DH_RETRY;
  dh_instance_init(&instance, module, &ops, records);
  ck_assert_int_eq(plugin->sink->open(&instance.host, options, &self, &error), DH_OK);
  ck_assert_int_eq(plugin->sink->submit(self, NULL, &error), DH_OK);
  ck_assert_int_eq(fates[0], DH_DELIVERED);
  ck_assert_int_eq(fates[1], DH_REJECTED);
  ck_assert_int_eq(plugin->sink->close(self, 0, &error), DH_OK);
}
END_TEST

static TCase *case_roles(void)
{
  TCase *c = tcase_create("roles");
  tcase_add_checked_fixture(c, up, down);
  tcase_add_test(c, credential);
  tcase_add_test(c, verifier);
  tcase_add_test(c, sink);
  return c;
}

SUITE("a module of ABI 1.0", case_roles())
