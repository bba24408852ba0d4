/* SPDX-License-Identifier: Apache-2.0 */
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

/* What a handler may touch; a process has one set of signals. */
static volatile sig_atomic_t first_signal, signal_count;
static int ends[2] = {-1, -1};

static void note(int number)
{
  int saved = errno;
  if (!first_signal)
    first_signal = number;
  signal_count = signal_count + 1;
  if (write(ends[1], "", 1) < 0) {
    /* The pipe is full of earlier signals: it is readable, which is all that it is for. */
  }
  errno = saved;
}

static const int caught[] = {SIGINT, SIGTERM, SIGHUP};

static void mask(int how)
{
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++)
    sigaddset(&set, caught[i]);
  pthread_sigmask(how, &set, NULL);
}

void dhub_signals_here(void)
{
  mask(SIG_UNBLOCK);
}

void dhub_signals_catch(void)
{
  struct sigaction action = {.sa_handler = note};
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
    return;
  mask(SIG_BLOCK); /* threads that are started now inherit this */
  for (size_t i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
    struct sigaction old;
    /* nohup(1) and shells set some to be ignored: that stays. */
    if (sigaction(caught[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
      sigaction(caught[i], &action, NULL);
  }
  signal(SIGPIPE, SIG_IGN);
  signal(SIGXFSZ, SIG_IGN);
}

int dhub_signal_came(void)
{
  return first_signal;
}

int dhub_signals_count(void)
{
  return signal_count;
}

const char *dhub_signal_name(void)
{
  switch (first_signal) {
  case SIGINT:
    return "SIGINT";
  case SIGTERM:
    return "SIGTERM";
  case SIGHUP:
    return "SIGHUP";
  default:
    return "";
  }
}

int dhub_signals_fd(void)
{
  return ends[0];
}
