/* SPDX-License-Identifier: Apache-2.0 */
/* Same options as DataHub's Python client has for this type. The kubelet makes the file
 * readable by all where a pod's containers run as different users, and the pod is
 * the border: so allow_readable is on unless it is switched off. */
#include "../module.h"
#include "file.h"

static const dh_option options[] = {
    {.name = "token_file",
     .type = DH_OPT_PATH,
     .default_value = "/var/run/secrets/eks.amazonaws.com/serviceaccount/token",
     .help = "The projected service account token that the kubelet keeps fresh."},
    {.name = "audience",
     .type = DH_OPT_STRING,
     .help = "For the reader only: the audience is fixed where the pod's volume is declared."},
    FILE_OPTIONS("true", "anyone in this pod"),
    {.name = NULL},
};

const char *const file_path_option = "token_file";

MODULE("k8s_oidc", "a Kubernetes projected service account token", .options = options,
       .credential = &file_role);
