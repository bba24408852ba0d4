/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- in the child --- */

static void tell(dhub_probe *probe, char kind, const char *format, va_list ap)
{
  char text[1200];
  vsnprintf(text, sizeof(text), format, ap);
  for (char *c = text; *c; c++)
    if (*c == '\n')
      *c = ' ';
  fprintf(probe->out, "%c%s\n", kind, text);
  fflush(probe->out);
}

void dhub_probe_step(dhub_probe *probe, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  tell(probe, 'S', format, ap);
  va_end(ap);
}

void dhub_probe_finding(dhub_probe *probe, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  tell(probe, 'F', format, ap);
  va_end(ap);
}

void dhub_probe_note(dhub_probe *probe, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  tell(probe, 'N', format, ap);
  va_end(ap);
}

void dhub_probe_absent(dhub_probe *probe)
{
  fprintf(probe->out, "A\n");
}

/* A made-up value; the longest is a file in the probe's folder. */
enum { MADE_UP_SIZE = sizeof(((dhub_probe *)0)->folder) + 16 };

static const char *made_up(dhub_probe *probe, const dh_option *option, char text[MADE_UP_SIZE])
{
  switch (option->type) {
  case DH_OPT_INTEGER:
    snprintf(text, MADE_UP_SIZE, "%lld", (long long)(option->min > 1 ? option->min : 1));
    return text;
  case DH_OPT_BOOLEAN:
    return "true";
  case DH_OPT_DURATION:
    snprintf(text, MADE_UP_SIZE, "%lldms", (long long)(option->min > 0 ? option->min : 1000));
    return text;
  case DH_OPT_SIZE:
    snprintf(text, MADE_UP_SIZE, "%lld", (long long)(option->min > 0 ? option->min : 65536));
    return text;
  case DH_OPT_PATH:
    snprintf(text, MADE_UP_SIZE, "%s/made-up", probe->folder);
    return text;
  case DH_OPT_URL:
    return "http://made-up.invalid/";
  case DH_OPT_ENUM:
    return option->choices[0];
  case DH_OPT_SECRET:
    return "made-up-secret-value";
  default:
    return "made-up-word";
  }
}

static void make_file(dhub_probe *probe)
{
  char path[MADE_UP_SIZE];
  snprintf(path, sizeof(path), "%s/made-up", probe->folder);
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0)
    return;
  if (write(fd, "made-up-token-value\n", 20) < 0)
    dhub_probe_note(probe, "cannot write %s: %s", path, strerror(errno));
  close(fd);
}

static dh_status set_given(dh_config *map, const char *const *settings, dh_error *error)
{
  dh_status status = DH_OK;
  for (; !status && *settings; settings++) {
    const char *equals = strchr(*settings, '=');
    char *name = strndup(*settings, (size_t)(equals - *settings));
    status = name ? dh_config_set(map, name, equals + 1, error) : DH_NO_MEMORY;
    free(name);
  }
  return status;
}

static dh_status set_required(dhub_probe *probe, dh_config *map, dh_error *error)
{
  char text[MADE_UP_SIZE], key[200];
  dh_status status = DH_OK;
  for (const dh_option *o = probe->plugin->options; o && o->name && !status; o++) {
    if (!(o->flags & DH_OPT_REQUIRED) || dh_config_get(map, o->name))
      continue;
    snprintf(key, sizeof(key), o->type == DH_OPT_MAP ? "%s.made-up" : "%s", o->name);
    status = dh_config_set(map, key, made_up(probe, o, text), error);
  }
  return status;
}

dh_options *dhub_probe_options(dhub_probe *probe, const char *name, const char *value,
                               dh_error *error)
{
  dh_options *options = NULL;
  dh_config *map = dh_config_new_map("dhub plugin check");
  make_file(probe);
  if (!map)
    return NULL;
  dh_status status = set_given(map, probe->settings, error);
  if (!status)
    status = set_required(probe, map, error);
  if (!status && name)
    status = dh_config_set(map, name, value, error);
  if (!status)
    options = dh_options_check(probe->context, probe->plugin->options, probe->plugin->name, map,
                               NULL, error);
  dh_config_free(map);
  return options;
}

void dhub_probe_judge(dhub_probe *probe, const char *call, dh_status status, const dh_error *error)
{
  if ((unsigned)status >= DH_STATUS_COUNT) {
    dhub_probe_finding(probe, "%s returned %d, which is no dh_status", call, (int)status);
    return;
  }
  if (!memchr(error->message, '\0', sizeof(error->message))) {
    dhub_probe_finding(probe, "%s wrote past the end of the error's message: use host->fail()",
                       call);
    return;
  }
  if (status == DH_OK || status == DH_IGNORE)
    return;
  if (!error->message[0])
    dhub_probe_finding(probe, "%s returned %s without a word: end with host->fail()", call,
                       dh_status_name(status));
  else if (error->status != status)
    dhub_probe_finding(probe, "%s returned %s but the error says %s (\"%.100s\")", call,
                       dh_status_name(status), dh_status_name(error->status), error->message);
}

static void run_child(dhub_probe *probe, void (*run)(dhub_probe *probe))
{
  dh_error error;
  int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (null >= 0)
    dup2(null, 1); /* what a console sink writes is not for the reader of findings */
  alarm(DHUB_PROBE_SECONDS);
  dhub_probe_step(probe, "loading it");
  probe->module = dh_module_load(probe->context, probe->file, NULL, &error);
  if (!probe->module) {
    dhub_probe_finding(probe, "%s", error.message);
    return;
  }
  probe->plugin = dh_module_descriptor(probe->module);
  run(probe);
  dhub_probe_step(probe, "unloading it");
  dh_module_unref(probe->module);
  dh_context_free(probe->context);
}

/* --- in the parent --- */

struct report {
  int findings, notes;
  bool absent;
  char step[1400];
  char *seen[100]; /* a fault that shows in many ways is said once */
  size_t seen_count;
};

static bool seen_before(struct report *report, const char *line)
{
  for (size_t i = 0; i < report->seen_count; i++)
    if (!strcmp(report->seen[i], line))
      return true;
  if (report->seen_count < sizeof(report->seen) / sizeof(report->seen[0]))
    report->seen[report->seen_count] = strdup(line);
  if (report->seen_count < sizeof(report->seen) / sizeof(report->seen[0]) &&
      report->seen[report->seen_count])
    report->seen_count++;
  return false;
}

static void take_line(struct report *report, const char *title, char *line)
{
  line[strcspn(line, "\n")] = '\0';
  if (line[0] == 'S') {
    snprintf(report->step, sizeof(report->step), "%s", line + 1);
  } else if (line[0] == 'A') {
    report->absent = true;
  } else if (line[0] == 'F' && !seen_before(report, line)) {
    printf("  fault: %s: %s\n", title, line + 1);
    report->findings++;
  } else if (line[0] == 'N' && !seen_before(report, line)) {
    printf("  note:  %s: %s\n", title, line + 1);
    report->notes++;
  }
}

static void take_end(struct report *report, const char *title, int status)
{
  if (WIFEXITED(status) && !WEXITSTATUS(status))
    return;
  report->findings++;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    printf("  fault: %s: it had not returned after %d s, while %s\n", title, DHUB_PROBE_SECONDS,
           report->step);
  else if (WIFSIGNALED(status))
    printf("  fault: %s: it crashed (%s) while %s\n", title, strsignal(WTERMSIG(status)),
           report->step);
  else
    printf("  fault: %s: it ended the process with exit status %d while %s\n", title,
           WEXITSTATUS(status), report->step);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
  (void)st;
  (void)flag;
  (void)walk;
  return remove(path);
}

static bool make_folder(dhub_probe *probe)
{
  const char *below = secure_getenv("TMPDIR");
  if (!below || !*below)
    below = "/tmp";
  int n = snprintf(probe->folder, sizeof(probe->folder), "%s/dhub-check-XXXXXX", below);
  if (n > 0 && (size_t)n < sizeof(probe->folder) && mkdtemp(probe->folder))
    return true;
  fprintf(stderr, "dhub: plugin: cannot make a folder in %s: %s; TMPDIR names another place\n",
          below,
          n > 0 && (size_t)n < sizeof(probe->folder) ? strerror(errno) : "its name is too long");
  return false;
}

/* Returns the findings of one probe, or -1. */
static int run_probe(dhub_probe *probe, const char *title, void (*run)(dhub_probe *probe))
{
  struct report report = {0};
  char line[1400];
  int ends[2], status = 0;
  if (!make_folder(probe) || pipe2(ends, O_CLOEXEC))
    return -1;
  fflush(NULL);
  pid_t child = fork();
  if (child < 0)
    return -1;
  if (!child) {
    close(ends[0]);
    probe->out = fdopen(ends[1], "w");
    if (!probe->out)
      _exit(70);
    run_child(probe, run);
    fclose(probe->out);
    _exit(0);
  }
  close(ends[1]);
  FILE *in = fdopen(ends[0], "r");
  while (in && fgets(line, sizeof(line), in))
    take_line(&report, title, line);
  if (in)
    fclose(in);
  waitpid(child, &status, 0);
  take_end(&report, title, status);
  for (size_t i = 0; i < report.seen_count; i++)
    free(report.seen[i]);
  nftw(probe->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
  if (!report.findings && !report.notes && !report.absent)
    printf("  good:  %s\n", title);
  return report.findings;
}

int dhub_plugin_check(dh_context *context, const char *file, const char *const *settings)
{
  static const struct {
    const char *title;
    void (*run)(dhub_probe *probe);
  } probes[] = {
      {"descriptor and options", dhub_probe_descriptor},
      {"credential role", dhub_probe_credential},
      {"verifier role", dhub_probe_verifier},
      {"sink role", dhub_probe_sink},
  };
  dhub_probe probe = {.context = context, .file = file, .settings = settings};
  int total = 0;
  for (size_t i = 0; i < sizeof(probes) / sizeof(probes[0]); i++) {
    int found = run_probe(&probe, probes[i].title, probes[i].run);
    if (found < 0)
      return -1;
    total += found;
    if (found && i == 0)
      break; /* its roles are not worth driving before its descriptor is right */
  }
  return total;
}
