/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON patches: an aspect's name, the aspect and the patch, one a line.
 */
#include "patch.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  dh_error error;
  char *text = malloc(size + 1);
  if (!text)
    return 0;
  memcpy(text, data, size);
  text[size] = '\0';
  char *aspect_text = strchr(text, '\n');
  char *patch_text = aspect_text ? strchr(aspect_text + 1, '\n') : NULL;
  if (patch_text) {
    *aspect_text++ = '\0';
    *patch_text++ = '\0';
    json_object *aspect = gms_json_parse(aspect_text, strlen(aspect_text), &error);
    json_object *patch = gms_json_parse(patch_text, strlen(patch_text), &error);
    if (patch && json_object_is_type(aspect, json_type_object) && !gms_patch_check(patch, &error))
      json_object_put(gms_patch_apply(text, aspect, patch, &error));
    json_object_put(aspect);
    json_object_put(patch);
  }
  free(text);
  return 0;
}
