/* SPDX-License-Identifier: Apache-2.0 */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SYSTEMD_FIRST_FD 3
#define BACKLOG 511

/* A number of the environment, or -1. */
static long number_of(const char *name)
{
  const char *text = getenv(name);
  char *end = NULL;
  long value = text && *text ? strtol(text, &end, 10) : -1;
  return end && *end ? -1 : value;
}

/* Takes the socket that systemd passed to this very process; fd -1: it passed none. */
static dh_status systemd_socket(int *fd, dh_error *error)
{
  int listening = 0, flags = 0;
  socklen_t size = sizeof(listening);
  long count = number_of("LISTEN_PID") == (long)getpid() ? number_of("LISTEN_FDS") : 0;
  *fd = -1;
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_FDNAMES");
  if (count <= 0)
    return DH_OK;
  if (count > 1)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "systemd passed %ld sockets; dhub-authd serves on one: leave one Listen "
                        "line in its .socket unit",
                        count);
  if (getsockopt(SYSTEMD_FIRST_FD, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) || !listening)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "what systemd passed is no listening stream socket; use ListenStream= and "
                        "Accept=no in the .socket unit");
  /* It comes in blocking mode, and a client may have left before it is accepted. */
  flags = fcntl(SYSTEMD_FIRST_FD, F_GETFL);
  if (flags < 0 || fcntl(SYSTEMD_FIRST_FD, F_SETFL, flags | O_NONBLOCK) ||
      fcntl(SYSTEMD_FIRST_FD, F_SETFD, FD_CLOEXEC))
    return dh_error_set(error, DH_INTERNAL, "cannot set up the socket that systemd passed: %m");
  *fd = SYSTEMD_FIRST_FD;
  return DH_OK;
}

static dh_status describe(authd_listener *listener)
{
  struct sockaddr_storage address = {0};
  socklen_t size = sizeof(address);
  char host[INET6_ADDRSTRLEN] = "";
  if (getsockname(listener->fd, (struct sockaddr *)&address, &size))
    return DH_INTERNAL;
  if (address.ss_family == AF_INET) {
    const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
    inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
    listener->port = ntohs(in->sin_port);
    snprintf(listener->name, sizeof(listener->name), "http://%s:%u", host, listener->port);
  } else if (address.ss_family == AF_INET6) {
    const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)&address;
    inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof(host));
    listener->port = ntohs(in->sin6_port);
    snprintf(listener->name, sizeof(listener->name), "http://[%s]:%u", host, listener->port);
  } else {
    const struct sockaddr_un *un = (const struct sockaddr_un *)&address;
    snprintf(listener->name, sizeof(listener->name), "unix:%.108s", un->sun_path);
  }
  return DH_OK;
}

/* Whether somebody answers on a socket's name; a name that was left behind may be reused. */
static bool alive(const struct sockaddr_un *address)
{
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return true;
  bool answered = !connect(fd, (const struct sockaddr *)address, sizeof(*address));
  close(fd);
  return answered;
}

/* "0660" */
static bool read_mode(const char *text, mode_t *mode)
{
  char *end;
  unsigned long value = strtoul(text, &end, 8);
  *mode = (mode_t)value;
  return *text >= '0' && *text <= '7' && !*end && value <= 0777;
}

static dh_status listen_unix(authd_listener *listener, const char *path, const char *mode_text,
                             dh_error *error)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  struct stat st;
  mode_t mode;
  if (!read_mode(mode_text, &mode))
    return dh_error_set(error, DH_MISCONFIGURED,
                        "socket_mode: \"%.32s\" is no octal mode; write \"0660\", for example",
                        mode_text);
  if (!*path || strlen(path) >= sizeof(address.sun_path))
    return dh_error_set(error, DH_MISCONFIGURED,
                        "listen: the path of a Unix socket has 1 to %zu bytes",
                        sizeof(address.sun_path) - 1);
  strcpy(address.sun_path, path);
  if (!lstat(path, &st)) {
    if (!S_ISSOCK(st.st_mode))
      return dh_error_set(error, DH_MISCONFIGURED,
                          "listen: %s is there and is no socket; choose another path", path);
    if (alive(&address))
      return dh_error_set(error, DH_UNAVAILABLE,
                          "listen: another server answers on %s; stop it first", path);
    unlink(path);
  }
  listener->unix_path = strdup(path);
  if (!listener->unix_path)
    return dh_error_set(error, DH_NO_MEMORY, "out of memory");
  listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener->fd < 0 || bind(listener->fd, (struct sockaddr *)&address, sizeof(address))) {
    dh_error_set(error, DH_UNAVAILABLE, "cannot listen on unix:%s: %m", path);
    free(listener->unix_path); /* not ours to remove */
    listener->unix_path = NULL;
    return DH_UNAVAILABLE;
  }
  /* Nobody can connect before listen(). */
  if (chmod(path, mode) || listen(listener->fd, BACKLOG))
    return dh_error_set(error, DH_UNAVAILABLE, "cannot listen on unix:%s: %m", path);
  return DH_OK;
}

/* getaddrinfo() takes 99999 for a port, and binds to another. */
static bool is_port(const char *text)
{
  char *end;
  unsigned long value = strtoul(text, &end, 10);
  return *text >= '0' && *text <= '9' && !*end && value <= 65535;
}

/* "127.0.0.1:9099", "[::1]:9099" -> host and port within `copy`. */
static bool split(char *copy, char **host, char **port)
{
  char *colon = strrchr(copy, ':');
  if (!colon || !is_port(colon + 1))
    return false;
  *colon = '\0';
  *port = colon + 1;
  *host = copy;
  size_t size = strlen(copy);
  if (copy[0] == '[' && size > 2 && copy[size - 1] == ']') {
    copy[size - 1] = '\0';
    *host = copy + 1;
    return true;
  }
  return *copy && !strchr(copy, ':');
}

static dh_status bind_tcp(authd_listener *listener, const struct addrinfo *found, const char *where,
                          dh_error *error)
{
  int on = 1;
  listener->fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
  if (listener->fd < 0 ||
      setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on, (socklen_t)sizeof(on)) ||
      bind(listener->fd, found->ai_addr, found->ai_addrlen) || listen(listener->fd, BACKLOG))
    return dh_error_set(error, DH_UNAVAILABLE,
                        "cannot listen on %s: %m; is another server there? Port 0 takes any free "
                        "port",
                        where);
  return DH_OK;
}

static dh_status listen_tcp(authd_listener *listener, const char *where, dh_error *error)
{
  char copy[256], *host, *port;
  struct addrinfo *found = NULL;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                           .ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV};
  if (strlen(where) >= sizeof(copy) || !split(strcpy(copy, where), &host, &port) ||
      getaddrinfo(host, port, &hints, &found))
    return dh_error_set(error, DH_MISCONFIGURED,
                        "listen: \"%.200s\" is no address: write 127.0.0.1:9099, [::1]:9099 or "
                        "unix:/run/dhub-authd.sock",
                        where);
  dh_status status = bind_tcp(listener, found, where, error);
  freeaddrinfo(found);
  return status;
}

dh_status authd_listen(authd_listener *listener, const char *where, const char *socket_mode,
                       dh_error *error)
{
  memset(listener, 0, sizeof(*listener));
  dh_status status = systemd_socket(&listener->fd, error);
  if (!status && listener->fd < 0)
    status = strncmp(where, "unix:", 5) ? listen_tcp(listener, where, error)
                                        : listen_unix(listener, where + 5, socket_mode, error);
  if (!status && describe(listener))
    status = dh_error_set(error, DH_INTERNAL, "cannot read the socket's own address: %m");
  if (!status)
    return DH_OK;
  if (listener->fd >= 0)
    close(listener->fd);
  listener->fd = -1;
  authd_listener_end(listener);
  return status;
}

void authd_listener_end(authd_listener *listener)
{
  if (listener->unix_path)
    unlink(listener->unix_path);
  free(listener->unix_path);
  listener->unix_path = NULL;
}

void authd_notify(const char *state)
{
  const char *path = getenv("NOTIFY_SOCKET");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (!path || (*path != '/' && *path != '@') || strlen(path) >= sizeof(address.sun_path))
    return;
  strcpy(address.sun_path, path);
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
  if (*path == '@')
    address.sun_path[0] = '\0';
  int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return;
  (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
  close(fd);
}
