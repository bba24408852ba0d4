/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include <microhttpd.h>
#include <string.h>

void gms_get_health(gms_request *request)
{
  bool detailed = strstr(request->path, "detailed") != NULL;
  dh_error error;
  if (gms_store_begin(request->server->store, false, &error)) {
    gms_reply_failed(request, &error);
    return;
  }
  gms_store_end(request->server->store, false, NULL);
  if (!detailed) {
    gms_reply_bytes(request, MHD_HTTP_OK, "text/plain", "GMS is up\n", 10);
    return;
  }
  json_object *body = json_object_new_object();
  gms_json_add_string(body, "status", "UP");
  gms_json_add_string(body, "instance", request->server->instance);
  gms_json_add_string(body, "version", dh_version());
  gms_reply_json(request, MHD_HTTP_OK, body);
}

static json_object *boolean_map(const char *key, bool value)
{
  json_object *map = json_object_new_object();
  json_object_object_add(map, key, json_object_new_boolean(value));
  return map;
}

/* What clients read from it: `noCode`, a string, is how they tell GMS from its frontend. */
void gms_get_config(gms_request *request)
{
  json_object *body = json_object_new_object();
  json_object *versions = json_object_new_object();
  json_object *version = json_object_new_object();
  json_object *datahub = json_object_new_object();
  json_object *ingestion = json_object_new_object();
  gms_json_add_string(body, "noCode", "true");
  json_object_object_add(body, "statefulIngestionCapable", json_object_new_boolean(true));
  json_object_object_add(body, "supportsImpactAnalysis", json_object_new_boolean(true));
  json_object_object_add(body, "patchCapable", json_object_new_boolean(true));
  json_object_object_add(body, "timeZone", json_object_new_string("GMT"));
  gms_json_add_string(version, "version", "v1.6.0");
  gms_json_add_string(version, "commit", dh_version());
  json_object_object_add(versions, "acryldata/datahub", version);
  json_object_object_add(body, "versions", versions);
  gms_json_add_string(datahub, "serverType", "quickstart");
  gms_json_add_string(datahub, "serverEnv", "core");
  json_object_object_add(body, "datahub", datahub);
  gms_json_add_string(ingestion, "defaultCliVersion", "1.6.0");
  json_object_object_add(ingestion, "enabled", json_object_new_boolean(false));
  json_object_object_add(body, "managedIngestion", ingestion);
  json_object *telemetry = json_object_new_object();
  json_object_object_add(telemetry, "enabledCli", json_object_new_boolean(false));
  json_object_object_add(telemetry, "enabledIngestion", json_object_new_boolean(false));
  json_object_object_add(body, "telemetry", telemetry);
  gms_json_add_string(body, "retention", "true");
  json_object_object_add(body, "authentication",
                         boolean_map("enabled", gms_auth_enabled(request->server->auth)));
  gms_reply_json(request, MHD_HTTP_OK, body);
}
