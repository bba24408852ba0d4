/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes sent to a dhub-authd that accepts nobody, over a socket: it goes on, and never says who
 * somebody is. The same bytes as a header's value, which must stand in a header and be read back,
 * and as a line of the access log, which must be one line of JSON.
 */
#include "server.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

static authd_server server;
static struct sockaddr_un address;
static socklen_t address_size = sizeof(address);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool holds, const char *what)
{
  if (holds)
    return;
  fprintf(stderr, "fuzz_authd_request: %s\n", what);
  abort();
}

static void start(void)
{
  static const char text[] = "verifier = { stack = (); cache = { max_entries = 0; }; }; authd = { "
                             "threads = 1; access_log = false; max_header_size = \"4K\"; };";
  authd_listener listener = {.name = "a socket without a name"};
  sa_family_t family = AF_UNIX;
  server.context = dh_context_new(NULL, NULL);
  dh_config *config = dh_config_parse(server.context, DH_CONFIG_LIBCONFIG, text, sizeof(text) - 1,
                                      "fuzz.cfg", NULL);
  dh_options *options = dh_options_check(server.context, authd_option_table, "dhub-authd",
                                         dh_config_get(config, "authd"), NULL, NULL);
  server.verifier = dh_verifier_open(server.context, dh_config_get(config, "verifier"), NULL);
  require(options && server.verifier, "cannot start");
  /* Linux chooses an address in the abstract namespace. */
  listener.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  require(!bind(listener.fd, (struct sockaddr *)&family, sizeof(family)) &&
              !listen(listener.fd, 16) &&
              !getsockname(listener.fd, (struct sockaddr *)&address, &address_size),
          "cannot listen");
  require(authd_server_start(&server, &listener, options, NULL) == DH_OK, "cannot serve");
  dh_options_free(options);
  dh_config_free(config);
}

/* A connection's whole life. */
static void converse(const uint8_t *bytes, size_t size)
{
  static char answer[1 << 20];
  size_t used = 0;
  ssize_t got = 1;
  /* An unfinished request is waited for until it is idle for too long: not by us. */
  struct timeval patience = {0, 5000};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  require(fd >= 0 && !connect(fd, (struct sockaddr *)&address, address_size), "cannot connect");
  while (size && (got = send(fd, bytes, size, MSG_NOSIGNAL)) > 0) {
    bytes += got;
    size -= (size_t)got;
  }
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, (socklen_t)sizeof(patience));
  shutdown(fd, SHUT_WR);
  while (used < sizeof(answer) && (got = recv(fd, answer + used, sizeof(answer) - used, 0)) > 0)
    used += (size_t)got;
  close(fd);
  require(!memmem(answer, used, "X-DataHub-", 10), "somebody was accepted");
  require(!used || (used > 9 && !memcmp(answer, "HTTP/1.", 7)), "an answer that is none");
}

static int digit(char c)
{
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= '0' && c <= '9' ? c - '0' : -1;
}

static void check_value(const char *bytes, size_t size)
{
  char *value = authd_header_value(bytes, size);
  size_t at = 0, length = value ? strlen(value) : 0;
  require(value != NULL, "no value");
  require(!length || (value[0] != ' ' && value[length - 1] != ' '), "a space at an end");
  for (const char *p = value; *p; p++, at++) {
    require(*p >= 0x20 && *p < 0x7f, "a byte that cannot stand in a header");
    int byte = *p == '%' ? digit(p[1]) * 16 + digit(p[2]) : *p;
    p += *p == '%' ? 2 : 0;
    require(at < size && (unsigned char)bytes[at] == (unsigned)byte, "another value");
  }
  require(at == size, "half a value");
  free(value);
}

static void check_line(const char *text)
{
  static char line[AUTHD_LINE_MAX];
  size_t size = authd_line_make(line, server.context,
                                &(authd_access){.remote = "unix",
                                                .client = text,
                                                .id = text,
                                                .method = text,
                                                .uri = text,
                                                .status = 401,
                                                .result = DH_DENIED,
                                                .reason = text});
  require(size && size <= sizeof(line) && memchr(line, '\n', size) == line + size - 1,
          "not one line");
  line[size - 1] = '\0';
  json_object *read_back = json_tokener_parse(line);
  require(json_object_is_type(read_back, json_type_object), "a line that is not JSON");
  json_object *status = NULL;
  require(json_object_object_get_ex(read_back, "status", &status) &&
              json_object_get_int(status) == 401,
          "a member was forged");
  json_object_put(read_back);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
  if (!server.accepting)
    start();
  char *text = malloc(size + 1);
  if (!text)
    return 0;
  memcpy(text, bytes, size);
  text[size] = '\0';
  converse(bytes, size);
  check_value(text, size);
  check_line(text);
  free(text);
  return 0;
}
