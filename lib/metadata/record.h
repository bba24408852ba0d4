/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record of a file, as a tree, made into the proposals that it stands for.
 */
#ifndef DH_METADATA_RECORD_H
#define DH_METADATA_RECORD_H

#include "metadata/proposal.h"

/*
 * An MCP makes one proposal, an MCE one per aspect. *count is how many there are;
 * DH_MALFORMED says why none can be sent, and `out` is as it was.
 */
dh_status dh_record_read(struct json_object *tree, const dh_wire_options *options, dh_buf *out,
                         dh_record_spans *spans, size_t max_spans, size_t *count, dh_error *error);

/* The same for an MCE, known by its proposedSnapshot. */
dh_status dh_mce_read(struct json_object *tree, const dh_wire_options *options, dh_buf *out,
                      dh_record_spans *spans, size_t max_spans, size_t *count, dh_error *error);

/* DH_MALFORMED where the object has a member that is not in the NULL-ended list: a wrong
 * name is more often a slip than something that GMS will know. */
dh_status dh_record_check_members(struct json_object *tree, const char *const *known,
                                  dh_error *error);
/* The member, NULL where absent or null. */
struct json_object *dh_record_member(struct json_object *tree, const char *name);
/* The member's text; *text is NULL where it is absent or null. DH_MALFORMED: no string. */
dh_status dh_record_text(struct json_object *tree, const char *name, const char **text,
                         size_t *size, dh_error *error);

#endif
