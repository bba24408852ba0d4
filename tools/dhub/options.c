/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "command.h"

#include <datahub/context.h>

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of every command; one that has a --version of its own (token mint) keeps it. */
static const dhub_option common_table[] = {
    {"help", 'h', NULL, "print this and exit"},
    {"version", 'V', NULL, "print the version and exit"},
    {NULL, 0, NULL, NULL},
};
enum { COMMON = 2 };

/* Long options return their place in the flat table plus this: above any letter. */
enum { LONG_BASE = 256 };

static size_t count_options(const dhub_usage *usage)
{
  size_t count = COMMON;
  for (const dhub_option *const *table = usage->tables; *table; table++)
    for (const dhub_option *o = *table; o->name; o++)
      count++;
  return count;
}

static void flatten(const dhub_usage *usage, const dhub_option **flat)
{
  size_t n = 0;
  for (const dhub_option *const *table = usage->tables; *table; table++)
    for (const dhub_option *o = *table; o->name; o++)
      flat[n++] = o;
  for (const dhub_option *o = common_table; o->name; o++)
    flat[n++] = o;
}

/* --- help ---------------------------------------------------------------- */

enum { HELP_COLUMN = 28 };

static void print_option(const dhub_option *o)
{
  char left[80];
  char letter[5] = "    ";
  if (o->letter)
    snprintf(letter, sizeof(letter), "-%c, ", o->letter);
  snprintf(left, sizeof(left), "  %s--%s%s%s", letter, o->name, o->argument ? " " : "",
           o->argument ? o->argument : "");
  printf("%-*s", HELP_COLUMN, left);
  if (strlen(left) >= HELP_COLUMN)
    printf("\n%*s", HELP_COLUMN, "");
  for (const char *c = o->help; *c; c++) {
    putchar(*c);
    if (*c == '\n')
      printf("%*s", HELP_COLUMN, "");
  }
  putchar('\n');
}

static void print_help(const dhub_usage *usage)
{
  printf("Usage: dhub %s [OPTION]...%s%s\n\n%s\n\nOptions:\n", usage->command,
         usage->arguments && *usage->arguments ? " " : "", usage->arguments ? usage->arguments : "",
         usage->summary);
  for (const dhub_option *const *table = usage->tables; *table; table++)
    for (const dhub_option *o = *table; o->name; o++)
      print_option(o);
  print_option(common_table);
  if (usage->notes)
    printf("\n%s\n", usage->notes);
}

void dhub_print_version(void)
{
  printf("dhub %s\n", dh_version());
}

/* --- parsing ------------------------------------------------------------- */

int dhub_usage_error(const char *command, const char *format, ...)
{
  va_list ap;
  fprintf(stderr, "dhub %s: ", command);
  va_start(ap, format);
  vfprintf(stderr, format, ap);
  va_end(ap);
  fprintf(stderr, "; `dhub %s --help` says more\n", command);
  return DHUB_USAGE;
}

/* What getopt_long() refused; it leaves the option's text behind `optind`. */
static int refuse(const dhub_usage *usage, char **argv, int kind)
{
  const char *given = argv[optind - 1];
  if (kind == ':')
    return dhub_usage_error(usage->command, "option '%s' needs a value", given), DHUB_PARSE_WRONG;
  if (optopt && optopt < LONG_BASE)
    return dhub_usage_error(usage->command, "there is no option '-%c'", optopt), DHUB_PARSE_WRONG;
  if (optopt)
    return dhub_usage_error(usage->command, "option '%s' takes no value", given), DHUB_PARSE_WRONG;
  return dhub_usage_error(usage->command, "there is no option '%s', or it stands for several",
                          given),
         DHUB_PARSE_WRONG;
}

static const dhub_option *chosen(const dhub_option **flat, size_t count, int key)
{
  if (key >= LONG_BASE)
    return flat[key - LONG_BASE];
  for (size_t i = 0; i < count; i++)
    if (flat[i]->letter == key)
      return flat[i];
  return NULL;
}

static int run_getopt(const dhub_usage *usage, int argc, char **argv, const dhub_option **flat,
                      size_t count, const char *letters, const struct option *longs,
                      dhub_option_set set, void *arg)
{
  int key;
  opterr = 0;
  optind = 0;
  while ((key = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
    if (key == '?' || key == ':')
      return refuse(usage, argv, key);
    const dhub_option *option = chosen(flat, count, key);
    if (option == &common_table[0]) {
      print_help(usage);
      return DHUB_PARSE_HELP;
    }
    if (option == &common_table[1]) {
      dhub_print_version();
      return DHUB_PARSE_HELP;
    }
    if (!option || !set(arg, option, optarg))
      return DHUB_PARSE_WRONG;
  }
  return optind;
}

int dhub_parse(const dhub_usage *usage, int argc, char **argv, dhub_option_set set, void *arg)
{
  size_t count = count_options(usage);
  const dhub_option **flat = calloc(count, sizeof(*flat));
  struct option *longs = calloc(count + 1, sizeof(*longs));
  char *letters = calloc(1, 2 * count + 2);
  int result = DHUB_PARSE_WRONG;
  if (!flat || !longs || !letters) {
    fprintf(stderr, "dhub: out of memory\n");
    goto out;
  }
  flatten(usage, flat);
  char *letter = letters;
  *letter++ = ':'; /* a missing value is told apart from an unknown option */
  for (size_t i = 0; i < count; i++) {
    longs[i].name = flat[i]->name;
    longs[i].has_arg = flat[i]->argument ? required_argument : no_argument;
    longs[i].val = LONG_BASE + (int)i;
    if (!flat[i]->letter)
      continue;
    *letter++ = flat[i]->letter;
    if (flat[i]->argument)
      *letter++ = ':';
  }
  result = run_getopt(usage, argc, argv, flat, count, letters, longs, set, arg);

out:
  free(flat);
  free(longs);
  free(letters);
  return result;
}
