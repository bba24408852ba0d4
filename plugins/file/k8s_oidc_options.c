/* SPDX-License-Identifier: Apache-2.0 */
/* Same options as DataHub's Python client has for this type. The kubelet makes the file
 * readable by all where a pod's containers run as different users, and the pod is
 * the border: so allow_readable is on unless it is switched off. */
#include "file.h"

static const dh_option options[] = {
    {.name = "token_file",
     .type = DH_OPT_PATH,
     .default_value = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
     .help = "The projected service account token that the kubelet keeps fresh."},
    {.name = "audience",
     .type = DH_OPT_STRING,
     .help = "For the reader only: the audience is fixed where the pod's volume is declared."},
    {.name = "allow_readable",
     .type = DH_OPT_BOOLEAN,
     .default_value = "true",
     .help = "Take the file even where anyone in this pod may read it."},
    {.name = "recheck",
     .type = DH_OPT_DURATION,
     .default_value = "1s",
     .max = 86400000,
     .help = "How often to look whether the file has changed; 0 before every request."},
    {.name = NULL},
};

const char *const file_path_option = "token_file";

static const dh_plugin plugin = {
    .struct_size = sizeof(plugin),
    .abi = DH_ABI,
    .needs = DH_ABI_MAKE(1, 0),
    .option_size = sizeof(dh_option),
    .name = "k8s_oidc",
    .version = "1.0",
    .summary = "a Kubernetes projected service account token",
    .license = "Apache-2.0",
    .options = options,
    .credential = &file_role,
};

const dh_plugin *dh_plugin_entry(uint32_t host_abi)
{
  (void)host_abi;
  return &plugin;
}
