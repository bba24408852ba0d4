/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include "command.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

/* With the lock held: a message takes the progress line's place. */
static void clear_line(dhub_output *output)
{
  if (output->line_open)
    fputs("\r\033[K", stderr);
  output->line_open = false;
}

void dhub_log(void *arg, dh_log_level level, const char *line)
{
  static const char *const names[] = {"error", "warning", "info", "debug"};
  dhub_output *output = arg;
  pthread_mutex_lock(&output->lock);
  clear_line(output);
  fprintf(stderr, "dhub: %s: %s\n", level <= DH_LOG_DEBUG ? names[level] : "log", line);
  pthread_mutex_unlock(&output->lock);
}

void dhub_say(dhub_output *output, const char *format, ...)
{
  va_list ap;
  va_start(ap, format);
  pthread_mutex_lock(&output->lock);
  clear_line(output);
  fputs("dhub: ", stderr);
  vfprintf(stderr, format, ap);
  fputc('\n', stderr);
  pthread_mutex_unlock(&output->lock);
  va_end(ap);
}

void dhub_progress(dhub_output *output, const char *format, ...)
{
  va_list ap;
  if (!isatty(STDERR_FILENO))
    return;
  va_start(ap, format);
  pthread_mutex_lock(&output->lock);
  fputs("\r\033[K", stderr);
  vfprintf(stderr, format, ap);
  fflush(stderr);
  output->line_open = true;
  pthread_mutex_unlock(&output->lock);
  va_end(ap);
}

void dhub_progress_end(dhub_output *output)
{
  pthread_mutex_lock(&output->lock);
  clear_line(output);
  pthread_mutex_unlock(&output->lock);
}

int dhub_exit_code(const dh_error *error)
{
  switch (error->status) {
  case DH_OK:
    return DHUB_OK;
  case DH_MISCONFIGURED:
  case DH_MALFORMED:
    return DHUB_USAGE;
  case DH_IGNORE:
  case DH_DENIED:
  case DH_EXPIRED:
  case DH_REVOKED:
    return DHUB_AUTH;
  case DH_UNAVAILABLE:
  case DH_TIMEOUT:
    return error->http_status == 401 || error->http_status == 403 ? DHUB_AUTH : DHUB_UNREACHABLE;
  case DH_NO_MEMORY:
  case DH_INTERNAL:
  case DH_STATUS_WIDTH_:
    break;
  }
  return DHUB_INTERNAL;
}

int dhub_fail(dhub_output *output, const dh_error *error)
{
  dhub_say(output, "%s", error->message);
  return dhub_exit_code(error);
}
