/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sink's options: those of DataHub's Python sink, under its names, with its defaults.
 * What the emitter itself reads (max_per_batch, retry_max_times and so on) is in its own table.
 */
#include "rest.h"

#include "../../plugins/ascii.h"
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const modes[] = {"SYNC", "ASYNC", "ASYNC_BATCH", NULL};
static const char *const endpoints[] = {"RESTLI", "OPENAPI", NULL};
static const char *const emit_modes[] = {"SYNC_PRIMARY", "SYNC_WAIT", "ASYNC", "ASYNC_WAIT", NULL};
static const char *const client_modes[] = {"INGESTION", "CLI", "SDK", NULL};

const dh_option rest_options[] = {
    {.name = "server",
     .type = DH_OPT_URL,
     .flags = DH_OPT_REQUIRED,
     .help = "GMS: http://HOST:8080, or through the frontend https://HOST:9002/api/gms."},
    {.name = "timeout_sec",
     .type = DH_OPT_DURATION,
     .default_value = "30",
     .min = 1,
     .max = 86400000,
     .help = "How long to wait for a connection and for an answer; large bodies get more."},
    {.name = "retry_status_codes",
     .type = DH_OPT_LIST,
     .help = "HTTP statuses that are tried again and no others (429, 408 and all from 500)."},
    {.name = "extra_headers",
     .type = DH_OPT_MAP,
     .flags = DH_OPT_SENSITIVE,
     .help = "Headers to send with each request."},
    {.name = "ca_certificate_path",
     .type = DH_OPT_PATH,
     .help = "PEM file of the authorities that are trusted instead of the system's."},
    {.name = "client_certificate_path",
     .type = DH_OPT_PATH,
     .help = "PEM file of the certificate to show to the server; it may hold the key too."},
    {.name = "client_key_path",
     .type = DH_OPT_PATH,
     .help = "PEM file of its key, not locked with a password."},
    {.name = "disable_ssl_verification",
     .type = DH_OPT_BOOLEAN,
     .default_value = "false",
     .help = "Do not check the server's certificate: anyone on the way can read and change "
             "what is sent."},
    {.name = "proxy",
     .type = DH_OPT_STRING,
     .flags = DH_OPT_SENSITIVE,
     .help = "A proxy's URL, http://[USER:PASSWORD@]HOST:PORT, whatever no_proxy says; \"\": none; "
             "not given: as https_proxy or http_proxy and no_proxy in the environment say."},
    {.name = "mode",
     .type = DH_OPT_ENUM,
     .choices = modes,
     .help = "SYNC and ASYNC send one record a request, ASYNC_BATCH (default) many."},
    {.name = "endpoint",
     .type = DH_OPT_ENUM,
     .choices = endpoints,
     .help = "RESTLI (default), or OPENAPI for the v3 API."},
    {.name = "default_emit_mode",
     .type = DH_OPT_ENUM,
     .choices = emit_modes,
     .help = "SYNC_PRIMARY (default): answered when stored; SYNC_WAIT: when searchable; ASYNC: "
             "when queued; ASYNC_WAIT: queued, then waited for."},
    {.name = "trace_timeout",
     .type = DH_OPT_DURATION,
     .default_value = "1h",
     .min = 1,
     .max = 86400000,
     .help = "How long ASYNC_WAIT waits for a write."},
    {.name = "respect_mcp_sync_marker",
     .type = DH_OPT_BOOLEAN,
     .default_value = "false",
     .help = "A batch with a record whose emitModeMarker is sync is sent synchronously."},
    {.name = "datahub_component",
     .type = DH_OPT_STRING,
     .help = "What the User-Agent names as the component."},
    {.name = "client_mode",
     .type = DH_OPT_ENUM,
     .choices = client_modes,
     .help = "What the User-Agent and X-DataHub-Client-Mode name as the mode."},
    {.name = "server_config_refresh_interval",
     .type = DH_OPT_DURATION,
     .help = "Accepted for compatibility: this sink does not need the server's configuration."},
    {.name = NULL},
};

static const char *variable(const char *name)
{
  const char *value = secure_getenv(name);
  return value && *value ? value : NULL;
}

/* An enum's value: as configured, else as the environment says, else the default. */
static dh_status choose(rest *sink, const dh_options *options, const char *name,
                        const char *variable_name, const char *const *choices, const char *fallback,
                        int *out, dh_error *error)
{
  const dh_host *host = sink->host;
  const char *value = host->option_text(host, options, name);
  const char *from = value ? name : variable_name;
  if (!value)
    value = variable_name ? variable(variable_name) : NULL;
  if (!value)
    value = fallback;
  for (int i = 0; choices[i]; i++)
    if (ascii_same(choices[i], value)) {
      *out = i;
      return DH_OK;
    }
  char list[100] = "";
  for (int i = 0; choices[i]; i++) {
    size_t n = strlen(list);
    snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", choices[i]);
  }
  return host->fail(host, error, DH_MISCONFIGURED, "%s=%.60s: it must be one of %s", from, value,
                    list);
}

/* Trailing slashes are dropped, and DataHub Cloud's bare address gets its path. */
static char *normalize(const char *url)
{
  size_t n = strlen(url);
  while (n && url[n - 1] == '/')
    n--;
  char *server = malloc(n + 5);
  if (!server)
    return NULL;
  memcpy(server, url, n);
  server[n] = '\0';
  const char *host = strstr(server, "://");
  static const char cloud[] = ".acryl.io";
  if (host && !strchr(host + 3, '/') && n > sizeof(cloud) &&
      ascii_same(server + n - (sizeof(cloud) - 1), cloud))
    memcpy(server + n, "/gms", 5);
  return server;
}

static dh_status read_retry_codes(rest *sink, const dh_options *options, dh_error *error)
{
  static const int64_t usual[] = {429, 500, 502, 503, 504};
  const dh_host *host = sink->host;
  size_t count = host->option_count(host, options, "retry_status_codes");
  size_t room = count ? count : sizeof(usual) / sizeof(usual[0]);
  sink->retry_codes = calloc(room, sizeof(sink->retry_codes[0]));
  if (!sink->retry_codes)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while opening the sink");
  sink->retry_count = room;
  sink->retry_given = count > 0;
  if (!count) {
    memcpy(sink->retry_codes, usual, sizeof(usual));
    return DH_OK;
  }
  for (size_t i = 0; i < count; i++) {
    const char *item = host->option_item(host, options, "retry_status_codes", i);
    char *end;
    sink->retry_codes[i] = strtol(item, &end, 10);
    if (*end || sink->retry_codes[i] < 400 || sink->retry_codes[i] > 599)
      return host->fail(host, error, DH_MISCONFIGURED,
                        "%s: retry_status_codes: '%.20s' is no HTTP status from 400 to 599",
                        host->option_where(host, options, "retry_status_codes"), item);
  }
  return DH_OK;
}

/* --- headers --- */

static bool is_ours(const char *name)
{
  static const char *const ours[] = {"X-RestLi-Protocol-Version", "Content-Type", "User-Agent",
                                     "X-DataHub-Client-Mode", NULL};
  for (size_t i = 0; ours[i]; i++)
    if (ascii_same(ours[i], name))
      return true;
  return false;
}

static const char *given(rest *sink, const dh_options *options, const char *name)
{
  const dh_host *host = sink->host;
  for (size_t i = 0; i < host->option_count(host, options, "extra_headers"); i++)
    if (ascii_same(host->option_key(host, options, "extra_headers", i), name))
      return host->option_item(host, options, "extra_headers", i);
  return NULL;
}

static char *user_agent(rest *sink, const dh_options *options, const char *mode)
{
  const dh_host *host = sink->host;
  const char *component = host->option_text(host, options, "datahub_component");
  char lower[16] = "", out[256];
  if (!component)
    component = variable("DATAHUB_COMPONENT");
  for (size_t i = 0; mode[i] && i + 1 < sizeof(lower); i++)
    lower[i] = (char)(mode[i] | 0x20);
  snprintf(out, sizeof(out), "DataHub-Client/1.0 (%s; %.100s/libdatahub; %s)", lower,
           component ? component : "datahub-c", PACKAGE_VERSION);
  return strdup(out);
}

static void header(rest *sink, const dh_options *options, const char *name, const char *value)
{
  const char *other = given(sink, options, name);
  sink->headers[sink->header_count++] = (dh_http_header){name, other ? other : value};
}

static dh_status make_headers(rest *sink, const dh_options *options, dh_error *error)
{
  const dh_host *host = sink->host;
  const char *mode = host->option_text(host, options, "client_mode");
  size_t extra = host->option_count(host, options, "extra_headers");
  if (!mode)
    mode = "SDK";
  sink->agent = user_agent(sink, options, mode);
  sink->headers = calloc(extra + 4, sizeof(sink->headers[0]));
  if (!sink->agent || !sink->headers)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while opening the sink");
  header(sink, options, "X-RestLi-Protocol-Version", "2.0.0");
  header(sink, options, "Content-Type", "application/json");
  header(sink, options, "User-Agent", sink->agent);
  header(sink, options, "X-DataHub-Client-Mode", mode);
  for (size_t i = 0; i < extra; i++) {
    const char *name = host->option_key(host, options, "extra_headers", i);
    if (!is_ours(name))
      sink->headers[sink->header_count++] =
          (dh_http_header){name, host->option_item(host, options, "extra_headers", i)};
  }
  return DH_OK;
}

/* --- all --- */

static dh_status read_modes(rest *sink, const dh_options *options, dh_error *error)
{
  int mode = 0, endpoint = 0, emit = 0;
  const char *endpoint_variable = variable("DATAHUB_REST_EMITTER_DEFAULT_ENDPOINT")
                                      ? "DATAHUB_REST_EMITTER_DEFAULT_ENDPOINT"
                                      : "DATAHUB_REST_SINK_DEFAULT_ENDPOINT";
  dh_status status = choose(sink, options, "mode", "DATAHUB_REST_SINK_DEFAULT_MODE", modes,
                            "ASYNC_BATCH", &mode, error);
  if (!status)
    status =
        choose(sink, options, "endpoint", endpoint_variable, endpoints, "RESTLI", &endpoint, error);
  if (!status)
    status = choose(sink, options, "default_emit_mode", "DATAHUB_EMIT_MODE", emit_modes,
                    "SYNC_PRIMARY", &emit, error);
  sink->single = mode != 2;
  sink->openapi = endpoint == 1;
  sink->mode = (emit_mode)emit;
  return status;
}

/* `*from`: who names it. */
static const char *path_of(rest *sink, const dh_options *options, const char *name,
                           const char *variable_name, const char **from)
{
  const char *path = sink->host->option_text(sink->host, options, name);
  *from = path || !variable_name ? name : variable_name;
  return path || !variable_name ? path : variable(variable_name);
}

static dh_status read_tls(rest *sink, const dh_options *options, dh_error *error)
{
  rest_tls_names names;
  sink->ca_file = path_of(sink, options, "ca_certificate_path", NULL, &names.ca);
  sink->cert_file =
      path_of(sink, options, "client_certificate_path", "DATAHUB_CLIENT_CERT_PATH", &names.cert);
  sink->key_file = path_of(sink, options, "client_key_path", "DATAHUB_CLIENT_KEY_PATH", &names.key);
  return rest_check_pem(sink, &names, error);
}

static void read_connection(rest *sink, const dh_options *options)
{
  const dh_host *host = sink->host;
  sink->timeout_ms = host->option_number(host, options, "timeout_sec");
  sink->trace_timeout_ms = host->option_number(host, options, "trace_timeout");
  sink->respect_sync_marker = host->option_number(host, options, "respect_mcp_sync_marker") != 0;
  sink->proxy = host->option_text(host, options, "proxy");
  sink->http_flags = DH_HTTP_FOLLOW;
  if (!host->option_number(host, options, "disable_ssl_verification"))
    return;
  sink->http_flags |= DH_HTTP_INSECURE;
  host->log(host, DH_LOG_WARNING,
            "disable_ssl_verification is set: the certificate of %s is not checked, and anyone on "
            "the way can read and change what is sent, the token included; trust its authority "
            "with ca_certificate_path instead",
            sink->server);
}

dh_status rest_configure(rest *sink, const dh_options *options, dh_error *error)
{
  const dh_host *host = sink->host;
  sink->server = normalize(host->option_text(host, options, "server"));
  if (!sink->server)
    return host->fail(host, error, DH_NO_MEMORY, "out of memory while opening the sink");
  dh_status status = read_modes(sink, options, error);
  if (!status)
    status = read_retry_codes(sink, options, error);
  if (!status)
    status = make_headers(sink, options, error);
  if (!status)
    status = read_tls(sink, options, error);
  if (!status)
    read_connection(sink, options);
  return status;
}

void rest_unconfigure(rest *sink)
{
  free(sink->server);
  free(sink->retry_codes);
  free(sink->agent);
  free(sink->headers);
}
