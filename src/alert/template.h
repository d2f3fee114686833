/*
 * Templates of messages: text with {{ names }} of what a notice says, by the paths of its JSON (alert/notice.h).
 *
 *	{{ title }} in {{ data.project }}: {{# incidents }}{{ asset }}{{ comma }} {{/ incidents }}
 *
 * Everywhere: id, title, type, timestamp, data.project, data.environment, data.run_id, data.route, data.count, data.omitted.  Between
 * {{# incidents }} and {{/ incidents }}, once for each: id, kind, asset, partition, check, severity, change, title, message, opened_at,
 * resolved_at, owners, tags, symptom_count, and `comma`, which is a comma but after the last.  {{ title|80 }} is at most 80 characters of
 * it, {{# incidents|5 }} goes over the first five.  That is all there is: no conditions, no loops in loops.  Values are escaped for where they go, the template's own text is not.
 */
#ifndef WEIR_ALERT_TEMPLATE_H
#define WEIR_ALERT_TEMPLATE_H

#include "alert/channel.h"

enum { TEMPLATE_OUT_MAX = 1 << 20 };

/* ERR_CATALOG for a name that does not exist or a tag that is not closed; ERR_LIMIT for too long a text. */
MUST_CHECK bool template_render(struct arena *a, struct sv text, struct sv id, const struct notice *n,
                                enum escape escape, struct sv *ret, struct err *err);
/* Renders it with made-up incidents: false if it never could be.  json: the result must be JSON, too. */
MUST_CHECK bool template_check(struct arena *a, struct sv text, enum escape escape, bool json,
                               struct err *err);

/* Appends text, escaped. */
void escape_put(struct buf *b, enum escape escape, struct sv text);

#endif
