/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of web/, made into arrays at build time.
 */
#ifndef GMS_WEB_FILES_H
#define GMS_WEB_FILES_H

#include <stddef.h>

extern const unsigned char gms_web_page[], gms_web_style[], gms_web_script[];
extern const size_t gms_web_page_size, gms_web_style_size, gms_web_script_size;

#endif
