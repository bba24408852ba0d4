/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as both kinds of configuration; a tree that results must survive a copy. */
#include <datahub/config.h>

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  static const dh_config_format formats[] = {DH_CONFIG_LIBCONFIG, DH_CONFIG_YAML};
  dh_error error;
  for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
    dh_config *root =
        dh_config_parse(NULL, formats[i], (const char *)data, size, "fuzz.cfg", &error);
    dh_config *copy = dh_config_copy(root);
    dh_config_free(root);
    if (copy && dh_config_kind_of(copy) == DH_CONFIG_MAP)
      (void)dh_config_set(copy, "sink.config.token", "x", &error);
    dh_config_free(copy);
  }
  return 0;
}
