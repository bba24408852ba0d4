/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file datahub.h
 * All of libdatahub.
 */
#ifndef DATAHUB_DATAHUB_H
#define DATAHUB_DATAHUB_H

#include <datahub/config.h>
#include <datahub/context.h>
#include <datahub/credential.h>
#include <datahub/emitter.h>
#include <datahub/error.h>
#include <datahub/metadata.h>
#include <datahub/module.h>
#include <datahub/plugin.h>
#include <datahub/token.h>
#include <datahub/verifier.h>

#endif
