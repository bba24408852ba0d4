/* SPDX-License-Identifier: Apache-2.0 */
#include "support/nginx.h"
#include "support/tmpdir.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct test_nginx {
  pid_t pid;
  char url[64];
};

static void must(int good, const char *what)
{
  if (good)
    return;
  perror(what);
  abort();
}

static const char *program(void)
{
  static const char *const places[] = {"/usr/sbin/nginx", "/usr/local/sbin/nginx", "/usr/bin/nginx",
                                       "/usr/local/bin/nginx"};
  for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
    if (!access(places[i], X_OK))
      return places[i];
  return NULL;
}

bool test_nginx_is_there(void)
{
  return program() != NULL;
}

static int bound(unsigned *port)
{
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof(address);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  must(fd >= 0 && !bind(fd, (struct sockaddr *)&address, size) && !listen(fd, 64) &&
           !getsockname(fd, (struct sockaddr *)&address, &size),
       "listen");
  *port = ntohs(address.sin_port);
  return fd;
}

static char *configure(const char *dir, const char *listen, const char *more, unsigned port,
                       unsigned upstream)
{
  static const char *const temporary[] = {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"};
  char *text = NULL;
  size_t size;
  FILE *to = open_memstream(&text, &size);
  struct passwd *me = getpwuid(geteuid());
  must(to != NULL, "memory");
  if (!geteuid() && me) /* its worker would be nobody, who may not write into the folder */
    fprintf(to, "user %s;\n", me->pw_name);
  fprintf(
      to,
      "daemon off;\nworker_processes 1;\npid %s/nginx.pid;\nerror_log %s/error.log;\n"
      "events { worker_connections 256; }\nhttp {\n"
      "log_format seen '$server_protocol $connection $status';\naccess_log %s/access.log seen;\n",
      dir, dir, dir);
  for (size_t i = 0; i < sizeof(temporary) / sizeof(temporary[0]); i++)
    fprintf(to, "%s_temp_path %s/%s;\n", temporary[i], dir, temporary[i]);
  fprintf(to,
          "server {\nlisten 127.0.0.1:%u %s;\nssl_certificate %s/good.pem;\n"
          "ssl_certificate_key %s/good.key;\n%s\n"
          "location / { proxy_pass http://127.0.0.1:%u; }\n}\n}\n",
          port, listen, dir, dir, more ? more : "", upstream);
  fclose(to);
  char *path = test_file(dir, "nginx.conf", text, size, 0644);
  free(text);
  return path;
}

/* nginx takes over sockets of its predecessor when it is renewed without a pause: by their
 * numbers, in its environment. */
static void become(const char *dir, const char *conf, int fd)
{
  char inherited[16];
  snprintf(inherited, sizeof(inherited), "%d;", fd);
  setenv("NGINX", inherited, 1);
  prctl(PR_SET_PDEATHSIG, SIGTERM); /* a test that fails leaves nothing behind */
  execl(program(), "nginx", "-p", dir, "-e", "stderr", "-c", conf, (char *)NULL);
  _exit(127);
}

test_nginx *test_nginx_start(const char *dir, const char *listen, const char *more,
                             unsigned upstream)
{
  test_nginx *nginx = calloc(1, sizeof(*nginx));
  unsigned port;
  must(nginx != NULL, "memory");
  int fd = bound(&port);
  char *conf = configure(dir, listen, more, port, upstream);
  snprintf(nginx->url, sizeof(nginx->url), "https://127.0.0.1:%u", port);
  fflush(NULL);
  nginx->pid = fork();
  must(nginx->pid >= 0, "fork");
  if (!nginx->pid)
    become(dir, conf, fd);
  close(fd);
  free(conf);
  return nginx;
}

const char *test_nginx_url(const test_nginx *nginx)
{
  return nginx->url;
}

void test_nginx_stop(test_nginx *nginx)
{
  if (!nginx)
    return;
  kill(nginx->pid, SIGTERM);
  waitpid(nginx->pid, NULL, 0);
  free(nginx);
}
