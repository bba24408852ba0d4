/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the programs that serve (dhub-gms, dhub-authd) have in common before they do.
 */
#ifndef DAEMON_H
#define DAEMON_H

#include <signal.h>
#include <stdbool.h>

/* Keys and tokens pass through this process: no core file of it, and no debugger of another
 * process of the same user. */
void daemon_keep_to_itself(void);

/* Blocks SIGTERM, SIGINT and SIGHUP in this thread and all that it starts, and puts them into `set`
 * for sigwait(3); ignores SIGPIPE. To be called before any thread is started. */
void daemon_block_signals(sigset_t *set);

/* Writes the port and a newline to a file that is whole from the first moment at which it is
 * there. False and errno where that fails; nothing is left behind. */
bool daemon_write_port(const char *path, unsigned port);

#endif
