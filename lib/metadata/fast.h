/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bulk path: an MCP is checked and re-framed in one pass over its bytes, straight
 * into the output, without a tree. It knows only what most records are; for all else it
 * says "tree", also for what is malformed, so that one place judges and words it. What
 * it accepts must mean what the tree path makes of it: fuzz_reframe holds them together.
 */
#ifndef DH_METADATA_FAST_H
#define DH_METADATA_FAST_H

#include "base/buf.h"
#include "metadata/json.h"
#include "metadata/proposal.h"

#include <stdbool.h>
#include <stdint.h>

/* Names of one object, and of all open objects, that are held to find one twice. */
#define DH_FAST_MEMBERS 128
#define DH_FAST_NAMES 1024
/* What is always free behind the write position when a step begins. */
#define DH_FAST_ROOM 64

typedef enum dh_fast_result {
  DH_FAST_OK,
  DH_FAST_MORE, /* the bytes ended, or nearly: with more of them, or with trees */
  DH_FAST_TREE, /* not one of its own */
  DH_FAST_NO_MEMORY
} dh_fast_result;

typedef struct dh_fast_name {
  const char *text;
  size_t size;
} dh_fast_name;

/* What stood between two values, and what is written for it: fast_lead.h. */
#define DH_LEAD_SIZE 64
#ifndef DH_LEADS
#define DH_LEADS 2048
#endif
#define DH_LEAD_ROOTS 64
typedef struct dh_fast_lead {
  char text[DH_LEAD_SIZE], made[DH_LEAD_SIZE + 1];
  uint8_t size, made_size; /* 0: nothing is known */
  uint8_t lines;           /* newlines in it */
  uint8_t name_at, name_size;
  uint16_t next, child; /* links: an index, 0: none */
  uint16_t other;       /* of two that take turns in one place, the one that was used before */
  uint16_t member;      /* of those that an MCP has */
  bool ends;            /* it is the end of the object, with its brace */
  bool quoted;          /* it goes up to and into a string */
  uint8_t least;        /* what follows is no byte below this */
  uint64_t bit;         /* of the name's hash */
} dh_fast_lead;

/* How many members there are, each once. */
#define DH_MCP_MEMBERS 9
#define DH_MCP_TEXTS 4
#define DH_METADATA_MEMBERS 5

/* An open object or array. */
typedef struct dh_fast_level {
  uint64_t seen; /* a bit for each name's hash */
  unsigned first_name, members;
  bool is_object, written, renamed;
  uint16_t *next;  /* the link to the lead of the member to come */
  uint16_t *child; /* of the first one in an object that begins here */
} dh_fast_level;

/* The client's name and version as members, as they were added to the last record. */
typedef struct dh_fast_client {
  char id[48], version[32];
  char text[192];
  size_t size; /* 0: not made yet */
} dh_fast_client;

/* A part of the record before, and what was made of it: fast_repeat.h. */
#define DH_REPEAT_SIZE 512
typedef struct dh_fast_repeat {
  size_t size, made_size; /* 0: nothing is known */
  uint64_t lines;         /* newlines in it */
  char text[DH_REPEAT_SIZE], made[DH_REPEAT_SIZE];
} dh_fast_repeat;

/* What a record is once its head is read: the members that there were, the last of them, whose
 * value follows, and the place behind that. */
typedef struct dh_fast_head {
  dh_fast_repeat part;
  unsigned seen, member, place;
  dh_span text[DH_MCP_TEXTS]; /* from the record's first byte on */
  dh_change_type change_type;
  bool typed, agreed; /* type and URN are in it, and are good */
} dh_fast_head;

typedef struct dh_fast {
  dh_buf *out;
  char *limit;     /* the write position may not begin a step beyond this */
  const char *end; /* of the input */
  uint64_t lines;  /* newlines passed */
  dh_fast_result why;
  unsigned names_used;
  dh_fast_level levels[DH_JSON_DEPTH + 1];
  dh_fast_name names[DH_FAST_NAMES];
  dh_fast_lead leads[DH_LEADS]; /* the first one stays empty */
  unsigned leads_used;
  /* By their place: of an MCP's members, and of its systemMetadata's. */
  dh_fast_lead of_record[DH_MCP_MEMBERS + 1], of_metadata[DH_METADATA_MEMBERS + 1];
  dh_fast_lead of_aspect[2];     /* before the value, and behind it */
  uint16_t roots[DH_LEAD_ROOTS]; /* by the aspect's name */
  uint16_t no_link;
  dh_fast_client client;
  dh_fast_head head;
  dh_fast_repeat tail; /* from behind lastObserved's value to the record's end */
  unsigned tail_seen;  /* the members that there had been */
  size_t urn_size;     /* the last URN that was found good, 0: none */
  char urn[1024];
} dh_fast;

/*
 * Re-frames the MCP at `in`, followed by DH_WINDOW_PAD zero bytes behind `size`. Only
 * DH_FAST_OK appends to `out` and sets the rest: the bytes used, and newlines in them.
 * `fast` needs to be zeroed once.
 */
dh_fast_result dh_fast_mcp(dh_fast *fast, const char *in, size_t size,
                           const dh_wire_options *options, dh_buf *out, dh_record_spans *spans,
                           size_t *used, uint64_t *lines);

/* Copies the value at `p` as text within a string. `root`: of the roots, values of one kind
 * have one; NULL (as is): nulls stay, nothing is renamed. The position behind it, or NULL and
 * fast->why. */
const char *dh_fast_value(dh_fast *fast, const char *p, unsigned depth, uint16_t *root, char **out);

#endif
