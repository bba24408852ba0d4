/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a sink's `type` to its module.
 */
#ifndef DH_SINK_MODULE_H
#define DH_SINK_MODULE_H

#include <datahub/module.h>

/*
 * Loads the module of a sink type: TYPE-sink.so where there is one, else TYPE.so. The
 * first spelling is for names that another role has too: `file` is a credential
 * module (file.so) and a sink (file-sink.so). A type with a slash is a file.
 * NULL and `error` as dh_module_load(), and DH_MISCONFIGURED where the module is no sink.
 */
dh_module *dh_sink_module_load(dh_context *context, const char *type, const char *sha256,
                               dh_error *error);

#endif
