/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A control in words becomes a table of actions. The named ones are spellings of
 * bracket forms, as in Linux-PAM.
 */
#include "stack/stack.h"

#include "base/text.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define SPACES " \t\r\n"
#define UNSET INT32_MIN
/* More entries than a stack may have: a skip that long is a slip of the finger. */
#define MAX_SKIP 1000

struct word {
  const char *name;
  int value;
};

static const struct word named_controls[] = {{"required", DH_ACT_BAD},
                                             {"requisite", DH_ACT_DIE},
                                             {"sufficient", DH_ACT_DONE},
                                             {"optional", DH_ACT_OK}};

static const struct word actions[] = {{"ignore", DH_ACT_IGNORE}, {"ok", DH_ACT_OK},
                                      {"done", DH_ACT_DONE},     {"bad", DH_ACT_BAD},
                                      {"die", DH_ACT_DIE},       {"reset", DH_ACT_RESET}};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void take_named(const struct word *control, int action[DH_STATUS_COUNT])
{
  bool failure_counts = control->value == DH_ACT_BAD || control->value == DH_ACT_DIE;
  for (int i = 0; i < DH_STATUS_COUNT; i++)
    action[i] = failure_counts ? control->value : DH_ACT_IGNORE;
  action[DH_IGNORE] = DH_ACT_IGNORE;
  action[DH_OK] = failure_counts ? DH_ACT_OK : control->value;
}

/* --- the bracket form --- */

/* One word of the text. */
struct piece {
  const char *text;
  size_t size;
};

static bool same(struct piece piece, const char *word)
{
  return !dh_text_ncasecmp(piece.text, word, piece.size) && !word[piece.size];
}

static struct piece take_piece(const char **text)
{
  *text += strspn(*text, SPACES);
  struct piece piece = {*text, strcspn(*text, "=]" SPACES)};
  *text += piece.size;
  return piece;
}

static int shown_size(struct piece piece)
{
  return piece.size < 40 ? (int)piece.size : 40;
}

/* The index of a result's name; DH_STATUS_COUNT for "default"; -1 for neither. */
static int find_result(struct piece piece)
{
  for (int i = 0; i < DH_STATUS_COUNT; i++)
    if (same(piece, dh_status_name((dh_status)i)))
      return i;
  return same(piece, "default") ? DH_STATUS_COUNT : -1;
}

static dh_status unknown_result(struct piece piece, dh_error *error)
{
  return dh_error_set(
      error, DH_MISCONFIGURED,
      "\"%.*s\" is not a result; they are: ok, ignore, unavailable, denied, expired, "
      "revoked, malformed, misconfigured, timeout, no-memory, internal, default",
      shown_size(piece), piece.text);
}

static dh_status find_action(struct piece piece, int *action, dh_error *error)
{
  char digits[8] = "";
  int64_t skip;
  for (size_t i = 0; i < COUNT(actions); i++) {
    if (!same(piece, actions[i].name))
      continue;
    *action = actions[i].value;
    return DH_OK;
  }
  if (piece.size < sizeof(digits) && piece.size && isdigit((unsigned char)*piece.text))
    memcpy(digits, piece.text, piece.size);
  if (!dh_text_int(digits, &skip))
    return dh_error_set(
        error, DH_MISCONFIGURED,
        "\"%.*s\" is not an action; they are: ok, done, bad, die, ignore, reset, or "
        "the number of entries to skip",
        shown_size(piece), piece.text);
  if (skip < 1 || skip > MAX_SKIP)
    return dh_error_set(error, DH_MISCONFIGURED, "cannot skip %s entries: write 1 to %d%s", digits,
                        MAX_SKIP, skip ? "" : ", or ignore to go on with the next");
  *action = (int)skip;
  return DH_OK;
}

/* "result=action", into `table`, whose last member is that of "default". */
static dh_status take_pair(const char **text, int table[DH_STATUS_COUNT + 1], dh_error *error)
{
  int action = DH_ACT_BAD;
  struct piece result = take_piece(text);
  int index = find_result(result);
  if (index < 0)
    return unknown_result(result, error);
  *text += strspn(*text, SPACES);
  if (**text != '=')
    return dh_error_set(error, DH_MISCONFIGURED,
                        "\"%.*s\" has no action; write %.*s=ok or the like", shown_size(result),
                        result.text, shown_size(result), result.text);
  ++*text;
  dh_status status = find_action(take_piece(text), &action, error);
  if (status)
    return status;
  if (table[index] != UNSET)
    return dh_error_set(error, DH_MISCONFIGURED, "\"%.*s\" is given twice", shown_size(result),
                        result.text);
  table[index] = action;
  return DH_OK;
}

static dh_status take_bracket(const char *text, int action[DH_STATUS_COUNT], dh_error *error)
{
  int table[DH_STATUS_COUNT + 1];
  bool empty = true;
  for (size_t i = 0; i < COUNT(table); i++)
    table[i] = UNSET;
  for (text++;; empty = false) {
    text += strspn(text, SPACES);
    if (*text == ']')
      break;
    if (!*text)
      return dh_error_set(error, DH_MISCONFIGURED, "the closing ] is missing");
    dh_status status = take_pair(&text, table, error);
    if (status)
      return status;
  }
  text++;
  if (text[strspn(text, SPACES)])
    return dh_error_set(error, DH_MISCONFIGURED, "there is more text after the ]");
  if (empty)
    return dh_error_set(error, DH_MISCONFIGURED,
                        "the brackets are empty; write for example [ok=done default=bad]");
  /* What nobody thought of fails closed. */
  if (table[DH_STATUS_COUNT] == UNSET)
    table[DH_STATUS_COUNT] = DH_ACT_BAD;
  for (int i = 0; i < DH_STATUS_COUNT; i++)
    action[i] = table[i] == UNSET ? table[DH_STATUS_COUNT] : table[i];
  return DH_OK;
}

dh_status dh_stack_parse_control(const char *text, int action[DH_STATUS_COUNT], dh_error *error)
{
  static const char *const names[] = {"required", "requisite", "sufficient",
                                      "optional", "include",   NULL};
  dh_error_clear(error);
  text += strspn(text, SPACES);
  if (*text == '[') {
    dh_status status = take_bracket(text, action, error);
    if (status)
      dh_error_prefix(error, "control \"%.80s\": ", text);
    return status;
  }
  struct piece piece = {text, strlen(text)};
  while (piece.size && strchr(SPACES, piece.text[piece.size - 1]))
    piece.size--;
  for (size_t i = 0; i < COUNT(named_controls); i++) {
    if (!same(piece, named_controls[i].name))
      continue;
    take_named(&named_controls[i], action);
    return DH_OK;
  }
  const char *near = dh_text_nearest(text, names);
  return dh_error_set(error, DH_MISCONFIGURED,
                      "\"%.80s\" is not a control; they are: required, requisite, sufficient, "
                      "optional, \"include NAME\", and brackets as in [ok=done default=bad]%s%s%s",
                      text, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}
