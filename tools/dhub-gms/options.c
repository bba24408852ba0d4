/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "password.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE 2

enum { O_AUTH = 256, O_BIND, O_BOOTSTRAP, O_CONFIG, O_DATA, O_HASH, O_LOG, O_PORT, O_PORT_FILE };

static const struct option table[] = {
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {"auth", required_argument, NULL, O_AUTH},
    {"bind", required_argument, NULL, O_BIND},
    {"bootstrap-token-file", required_argument, NULL, O_BOOTSTRAP},
    {"config", required_argument, NULL, O_CONFIG},
    {"data", required_argument, NULL, O_DATA},
    {"hash-password", no_argument, NULL, O_HASH},
    {"log-level", required_argument, NULL, O_LOG},
    {"port", required_argument, NULL, O_PORT},
    {"port-file", required_argument, NULL, O_PORT_FILE},
    {NULL, 0, NULL, 0},
};

static void help(void)
{
  puts("Usage: dhub-gms [OPTION]...\n"
       "A local DataHub metadata service (GMS) on SQLite.\n"
       "\n"
       "  --auth on|off        ask every caller for a token (default: on)\n"
       "  --bind ADDRESS       address to listen on (default: 127.0.0.1)\n"
       "  --port PORT          port to listen on; 0 takes any free one (default: 8080)\n"
       "  --port-file FILE     write the port to FILE once requests are answered\n"
       "  --data DIR           keep everything in this folder (default: :memory:)\n"
       "  -c, --config FILE    authentication, users and policies: see dhub-gms(8)\n"
       "  --bootstrap-token-file FILE\n"
       "                       write a token of the user datahub to FILE (mode 0600) at the start\n"
       "  --hash-password      read a password from standard input, print its password_hash\n"
       "  --log-level LEVEL    error, warning, info or debug (default: info)\n"
       "  -h, --help, -V, --version");
}

static bool read_number(const char *text, unsigned long most, unsigned long *out)
{
  char *end;
  if (*text < '0' || *text > '9')
    return false;
  *out = strtoul(text, &end, 10);
  return !*end && *out <= most;
}

static int wrong(const char *option, const char *value, const char *cure)
{
  fprintf(stderr, "dhub-gms: --%s %s: %s\n", option, value, cure);
  return EXIT_USAGE;
}

static int read_log_level(gms_options *options, const char *value)
{
  static const char *const names[] = {"error", "warning", "info", "debug"};
  for (int i = 0; i < 4; i++) {
    if (strcmp(names[i], value))
      continue;
    options->log_level = (dh_log_level)i;
    return -1;
  }
  return wrong("log-level", value, "use error, warning, info or debug");
}

/* For a users file: the password must not be in anybody's `ps`. */
static int hash_password(void)
{
  char line[1024], hash[GMS_PASSWORD_HASH_SIZE];
  if (!fgets(line, sizeof(line), stdin)) {
    fputs("dhub-gms: --hash-password: no password on standard input\n", stderr);
    return EXIT_USAGE;
  }
  line[strcspn(line, "\r\n")] = '\0';
  bool made = *line && gms_password_hash(line, hash);
  dh_wipe(line, sizeof(line));
  if (!made) {
    fputs("dhub-gms: --hash-password: the password is empty, or memory is short\n", stderr);
    return EXIT_USAGE;
  }
  puts(hash);
  return 0;
}

static int take(gms_options *options, int code, const char *value)
{
  unsigned long number;
  switch (code) {
  case 'h':
    help();
    return 0;
  case 'V':
    printf("dhub-gms %s\n", dh_version());
    return 0;
  case O_AUTH:
    if (strcmp(value, "on") && strcmp(value, "off"))
      return wrong("auth", value, "use on or off");
    options->auth = !strcmp(value, "on");
    return -1;
  case O_BIND:
    options->bind = value;
    return -1;
  case 'c':
  case O_CONFIG:
    options->config = value;
    return -1;
  case O_BOOTSTRAP:
    options->bootstrap_token_file = value;
    return -1;
  case O_HASH:
    return hash_password();
  case O_DATA:
    options->data = strcmp(value, ":memory:") ? value : NULL;
    return -1;
  case O_LOG:
    return read_log_level(options, value);
  case O_PORT:
    if (!read_number(value, 65535, &number))
      return wrong("port", value, "use a number from 0 to 65535");
    options->port = (uint16_t)number;
    return -1;
  case O_PORT_FILE:
    options->port_file = value;
    return -1;
  default: /* getopt has said what is wrong */
    fputs("Try 'dhub-gms --help'.\n", stderr);
    return EXIT_USAGE;
  }
}

int gms_options_read(gms_options *options, int argc, char **argv)
{
  *options =
      (gms_options){.bind = "127.0.0.1", .port = 8080, .auth = true, .log_level = DH_LOG_INFO};
  for (;;) {
    int code = getopt_long(argc, argv, "c:hV", table, NULL);
    if (code == -1)
      break;
    int result = take(options, code, optarg);
    if (result >= 0)
      return result;
  }
  if (optind == argc)
    return -1;
  fprintf(stderr, "dhub-gms: unexpected argument \"%s\"\nTry 'dhub-gms --help'.\n", argv[optind]);
  return EXIT_USAGE;
}
