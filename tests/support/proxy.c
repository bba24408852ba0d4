/* SPDX-License-Identifier: Apache-2.0 */
#include "support/proxy.h"
#include "support/conn.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static int reach(unsigned port)
{
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
    close(fd);
    return -1;
  }
  return fd;
}

static bool send_all(int fd, const char *bytes, size_t size)
{
  while (size) {
    ssize_t n = send(fd, bytes, size, MSG_NOSIGNAL);
    if (n <= 0)
      return false;
    bytes += n;
    size -= (size_t)n;
  }
  return true;
}

/* Passes on what one side has sent. False at its end. */
static bool pass(int from, int to)
{
  char bytes[16384];
  ssize_t n = recv(from, bytes, sizeof(bytes), 0);
  return n > 0 && send_all(to, bytes, (size_t)n);
}

/* Until either side ends. */
static void relay(test_conn *conn, int there)
{
  struct pollfd ends[2] = {{.fd = conn->fd, .events = POLLIN}, {.fd = there, .events = POLLIN}};
  bool open = send_all(there, conn->in, conn->in_size);
  conn->in_size = 0;
  while (open && poll(ends, 2, -1) > 0) {
    if (ends[0].revents)
      open = pass(conn->fd, there);
    if (open && ends[1].revents)
      open = pass(there, conn->fd);
  }
}

/* The header lines that are not the proxy's own. */
static bool send_head(int there, const test_request *request)
{
  const char *path = strstr(request->target, "://");
  path = path ? strchr(path + 3, '/') : NULL;
  char line[1024];
  int n = snprintf(line, sizeof(line), "%s %s HTTP/1.1\r\nConnection: close\r\n", request->method,
                   path ? path : "/");
  bool good = send_all(there, line, (size_t)n);
  for (const char *at = request->head, *end; good && (end = strstr(at, "\r\n")); at = end + 2)
    if (strncasecmp(at, "Proxy-", 6) != 0)
      good = send_all(there, at, (size_t)(end + 2 - at));
  return good && send_all(there, "\r\n", 2);
}

static bool is_known(const test_proxy *proxy, const test_request *request)
{
  char wanted[200];
  const char *sent = test_request_header(request, "Proxy-Authorization");
  if (!proxy->basic)
    return true;
  snprintf(wanted, sizeof(wanted), "Basic %s", proxy->basic);
  return sent && !strcmp(sent, wanted);
}

void test_proxy_handler(void *arg, const test_request *request, test_conn *conn)
{
  const test_proxy *proxy = arg;
  if (proxy->refuse) {
    test_reply(conn, proxy->refuse, NULL, "no", 2);
    return;
  }
  if (!is_known(proxy, request)) {
    test_reply(conn, 407, "Proxy-Authenticate: Basic realm=\"test\"\r\n", "", 0);
    return;
  }
  int there = reach(proxy->port);
  if (there < 0) {
    test_reply(conn, 502, NULL, "", 0);
    return;
  }
  if (!strcmp(request->method, "CONNECT"))
    test_send(conn, "HTTP/1.1 200 Connection established\r\n\r\n", 39);
  else if (!send_head(there, request) || !send_all(there, request->body, request->body_size))
    test_reply(conn, 502, NULL, "", 0);
  conn->answered = true;
  relay(conn, there);
  close(there);
  test_close(conn);
}
