/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIGINT and SIGTERM as something to be looked at between two steps.
 */
#ifndef DHUB_SIGNALS_H
#define DHUB_SIGNALS_H

/* From now on they are noted and do not end the process. To be called before other threads
 * are started, and dhub_signals_here() after: this thread is the one that they interrupt. SIGPIPE
 * and SIGXFSZ are ignored: the write that caused them fails, and is reported. */
void dhub_signals_catch(void);
void dhub_signals_here(void);

/* The first of them that came, or 0; and how many came. */
int dhub_signal_came(void);
int dhub_signals_count(void);
/* "SIGTERM"; "" where none came. */
const char *dhub_signal_name(void);

/* A descriptor that is readable once one came, for poll(). */
int dhub_signals_fd(void);

#endif
