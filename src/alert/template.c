#include "alert/template.h"

#include <stdio.h>

#include "base/civil.h"
#include "base/num.h"
#include "base/utf8.h"

/* Escaping ------------------------------------------------------------------------------------------------------ */

static void
put_json(struct buf *b, struct sv text)
{
	AUTO(buf) quoted = buf_new(TEMPLATE_OUT_MAX);
	struct json_writer w;

	json_write_init(&w, quoted, 0);
	json_sv(&w, text);
	if (quoted->full)
		b->full = true;
	else
		buf_add(b, (struct sv){quoted->p + 1, quoted->n - 2});
}

/* Controls of both kinds, line ends that are no \n, and what turns the direction of the text around it: names that look like others. */
static bool
is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c || c == 0x200e || c == 0x200f ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Marks that mean something to Discord; a backslash takes that from them, also from addresses. */
static bool
is_discord_mark(uint32_t c)
{
	return c < 0x80 && c != 0 && strchr("\\*_~`|>#-+[]()<@:!", (int)c) != NULL;
}

static void
put_char(struct buf *b, enum escape escape, uint32_t c, struct sv as)
{
	if (is_control(c))
		buf_putc(b, ' ');
	else if (escape == ESCAPE_SLACK && c == '&')
		buf_puts(b, "&amp;");
	else if (escape == ESCAPE_SLACK && c == '<')
		buf_puts(b, "&lt;");
	else if (escape == ESCAPE_SLACK && c == '>')
		buf_puts(b, "&gt;");
	/* Google Chat knows no escapes: mentions and links stand between these two. */
	else if (escape == ESCAPE_GOOGLE_CHAT && (c == '<' || c == '>'))
		buf_puts(b, c == '<' ? "‹" : "›");
	else {
		if (escape == ESCAPE_DISCORD && is_discord_mark(c))
			buf_putc(b, '\\');
		buf_add(b, as);
	}
}

void
escape_put(struct buf *b, enum escape escape, struct sv text)
{
	const bool json = escape == ESCAPE_DISCORD || escape == ESCAPE_GOOGLE_CHAT;
	AUTO(buf) inner = buf_new(TEMPLATE_OUT_MAX);
	struct buf *to = json ? inner : b;

	if (escape == ESCAPE_JSON) {
		put_json(b, text);
		return;
	}
	while (text.n > 0) {
		uint32_t c;
		size_t n = utf8_decode(text, &c);

		put_char(to, escape, c, (struct sv){text.p, n});
		text = sv_skip(text, n);
	}
	if (json)
		put_json(b, buf_sv(inner));
	b->full = b->full || to->full;
}

/* Names --------------------------------------------------------------------------------------------------------- */

struct context {
	struct arena *a;
	struct sv id;
	const struct notice *notice;
	const struct notice_incident *incident; /* NULL outside of the loop */
	bool last;                              /* of the loop */
	enum escape escape;
	struct buf *out;
};

static struct sv
time_text(struct arena *a, int64_t t_us)
{
	char text[RFC3339_MAX];

	return t_us == TIME_NONE ? (struct sv){0} : arena_sv(a, sv_of(rfc3339_format(t_us, text)));
}

static struct sv
number_text(struct arena *a, int64_t v)
{
	return arena_svf(a, "%lld", (long long)v);
}

static struct sv
owners_text(const struct context *c)
{
	struct sv text = {0};

	for (size_t i = 0; i < c->incident->nowner; i++)
		text = arena_svf(c->a, SV_FMT "%s" SV_FMT, SV_ARG(text), i > 0 ? ", " : "",
		                 SV_ARG(c->incident->owner[i]));
	return text;
}

static struct sv
tags_text(const struct context *c)
{
	struct sv text = {0};

	for (size_t i = 0; i < c->incident->ntag; i++) {
		const struct tag *t = &c->incident->tag[i];

		text = arena_svf(c->a, SV_FMT "%s" SV_FMT "%s" SV_FMT, SV_ARG(text), i > 0 ? ", " : "",
		                 SV_ARG(t->key), t->value.n > 0 ? "=" : "", SV_ARG(t->value));
	}
	return text;
}

enum name {
	NAME_ID,
	NAME_TITLE,
	NAME_TYPE,
	NAME_TIMESTAMP,
	NAME_PROJECT,
	NAME_ENVIRONMENT,
	NAME_RUN_ID,
	NAME_ROUTE,
	NAME_COUNT,
	NAME_OMITTED,
	NAMES
};
static const char *const names[NAMES] = {
	[NAME_ID] = "id",
	[NAME_TITLE] = "title",
	[NAME_TYPE] = "type",
	[NAME_TIMESTAMP] = "timestamp",
	[NAME_PROJECT] = "data.project",
	[NAME_ENVIRONMENT] = "data.environment",
	[NAME_RUN_ID] = "data.run_id",
	[NAME_ROUTE] = "data.route",
	[NAME_COUNT] = "data.count",
	[NAME_OMITTED] = "data.omitted",
};

static struct sv
value_of(const struct context *c, enum name name)
{
	const struct notice *n = c->notice;

	switch (name) {
	case NAME_ID:
		return c->id;
	case NAME_TITLE:
		return notice_title(c->a, n);
	case NAME_TYPE:
		return n->type;
	case NAME_TIMESTAMP:
		return time_text(c->a, n->at_us);
	case NAME_PROJECT:
		return n->project;
	case NAME_ENVIRONMENT:
		return n->env;
	case NAME_RUN_ID:
		return n->run_id;
	case NAME_ROUTE:
		return n->route;
	case NAME_COUNT:
		return number_text(c->a, n->count);
	case NAME_OMITTED:
		return number_text(c->a, n->omitted);
	case NAMES:
		break;
	}
	return (struct sv){0};
}

enum inner {
	INNER_ID,
	INNER_KIND,
	INNER_ASSET,
	INNER_PARTITION,
	INNER_CHECK,
	INNER_SEVERITY,
	INNER_CHANGE,
	INNER_TITLE,
	INNER_MESSAGE,
	INNER_OPENED_AT,
	INNER_RESOLVED_AT,
	INNER_OWNERS,
	INNER_TAGS,
	INNER_SYMPTOM_COUNT,
	INNER_COMMA,
	INNERS
};
static const char *const inner_names[INNERS] = {
	[INNER_ID] = "id",
	[INNER_KIND] = "kind",
	[INNER_ASSET] = "asset",
	[INNER_PARTITION] = "partition",
	[INNER_CHECK] = "check",
	[INNER_SEVERITY] = "severity",
	[INNER_CHANGE] = "change",
	[INNER_TITLE] = "title",
	[INNER_MESSAGE] = "message",
	[INNER_OPENED_AT] = "opened_at",
	[INNER_RESOLVED_AT] = "resolved_at",
	[INNER_OWNERS] = "owners",
	[INNER_TAGS] = "tags",
	[INNER_SYMPTOM_COUNT] = "symptom_count",
	[INNER_COMMA] = "comma",
};

static struct sv
inner_value_of(const struct context *c, enum inner name)
{
	const struct incident *i = &c->incident->incident;

	switch (name) {
	case INNER_ID:
		return i->id;
	case INNER_KIND:
		return i->kind;
	case INNER_ASSET:
		return i->asset;
	case INNER_PARTITION:
		return i->partition;
	case INNER_CHECK:
		return i->check;
	case INNER_SEVERITY:
		return sv_of(severity_names[i->severity]);
	case INNER_CHANGE:
		return sv_of(incident_change_names[i->change]);
	case INNER_TITLE:
		return i->title;
	case INNER_MESSAGE:
		return i->message;
	case INNER_OPENED_AT:
		return time_text(c->a, i->opened_us);
	case INNER_RESOLVED_AT:
		return time_text(c->a, i->resolved_us);
	case INNER_OWNERS:
		return owners_text(c);
	case INNER_TAGS:
		return tags_text(c);
	case INNER_SYMPTOM_COUNT:
		return number_text(c->a, i->symptoms);
	case INNER_COMMA:
		return c->last ? SV("") : SV(",");
	case INNERS:
		break;
	}
	return (struct sv){0};
}

static size_t
name_find(const char *const *list, size_t n, struct sv name)
{
	size_t i = 0;

	while (i < n && !sv_is(name, list[i]))
		i++;
	return i;
}

static bool
unknown_name(const struct context *c, struct sv name, struct err *err)
{
	const char *all[NAMES + INNERS], *near;
	size_t n = 0;

	for (size_t i = 0; i < NAMES; i++)
		all[n++] = names[i];
	for (size_t i = 0; i < INNERS; i++)
		all[n++] = inner_names[i];
	err_set(err, ERR_CATALOG, NOWHERE, "a template knows no '{{ " SV_FMT " }}'%s", SV_ARG(name),
	        c->incident == NULL && name_find(inner_names, INNERS, name) < INNERS
	                ? " outside of {{# incidents }}"
	                : "");
	near = sv_nearest(name, all, n);
	if (near != NULL && !sv_is(name, near))
		err_hint(err, "did you mean '{{ %s }}'?", near);
	return false;
}

/* `NAME|N`: cuts the number off; SIZE_MAX without one. */
static bool
take_limit(struct sv *name, size_t *max, struct err *err)
{
	struct sv rest = *name;
	uint64_t n;

	*max = SIZE_MAX;
	if (sv_find(*name, '|') < 0)
		return true;
	*name = sv_trim(sv_cut(&rest, '|'));
	rest = sv_trim(rest);
	if (!num_u64(rest, &n) || n == 0 || n > TEMPLATE_OUT_MAX)
		return err_set(err, ERR_CATALOG, NOWHERE,
		               "a template's '|" SV_FMT "' is no number of at least 1", SV_ARG(rest));
	*max = (size_t)n;
	return true;
}

/* At most so many characters, the last of which is then "…". */
static struct sv
cut_characters(struct arena *a, struct sv text, size_t max)
{
	size_t n = 0, at = 0, before = 0;
	uint32_t c;

	while (at < text.n && n < max) {
		before = at;
		at += utf8_decode(sv_skip(text, at), &c);
		n++;
	}
	if (at >= text.n)
		return text;
	return arena_svf(a, SV_FMT "…", SV_ARG(((struct sv){text.p, before})));
}

static bool
put_name(const struct context *c, struct sv name, struct err *err)
{
	size_t i, max;

	if (!take_limit(&name, &max, err))
		return false;
	if (c->incident != NULL && (i = name_find(inner_names, INNERS, name)) < INNERS) {
		escape_put(c->out, c->escape, cut_characters(c->a, inner_value_of(c, (enum inner)i), max));
		return true;
	}
	if ((i = name_find(names, NAMES, name)) < NAMES) {
		escape_put(c->out, c->escape, cut_characters(c->a, value_of(c, (enum name)i), max));
		return true;
	}
	return unknown_name(c, name, err);
}

/* Text ---------------------------------------------------------------------------------------------------------- */

static ptrdiff_t
find_pair(struct sv s, char c)
{
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == c && s.p[i + 1] == c)
			return (ptrdiff_t)i;
	return -1;
}

/*
 * Cuts *rest at its first tag: the text before it, and what stands in it (kind '#', '/' or 0 for a name).  Without one, *tag is false.
 */
static bool
next_tag(struct sv *rest, struct sv *text, bool *tag, char *kind, struct sv *name, struct err *err)
{
	ptrdiff_t open = find_pair(*rest, '{'), shut;

	*text = *rest;
	*tag = open >= 0;
	if (!*tag) {
		*rest = (struct sv){0};
		return true;
	}
	text->n = (size_t)open;
	*rest = sv_skip(*rest, (size_t)open + 2);
	/* JSON has braces, too: {{{ is a brace and a tag. */
	while (rest->n > 0 && rest->p[0] == '{') {
		text->n++;
		*rest = sv_skip(*rest, 1);
	}
	shut = find_pair(*rest, '}');
	if (shut < 0)
		return err_set(err, ERR_CATALOG, NOWHERE, "a template's '{{' has no '}}'");
	*name = sv_trim((struct sv){rest->p, (size_t)shut});
	*rest = sv_skip(*rest, (size_t)shut + 2);
	*kind = name->n > 0 && (name->p[0] == '#' || name->p[0] == '/') ? name->p[0] : '\0';
	if (*kind != '\0')
		*name = sv_trim(sv_skip(*name, 1));
	return true;
}

static bool render(struct context *c, struct sv *rest, struct err *err);

/* *rest begins behind {{# incidents }}; ends behind its {{/ incidents }}. */
static bool
render_loop(struct context *c, struct sv *rest, size_t max, struct err *err)
{
	const size_t n = MIN(c->notice->nincident, max);
	struct context each = *c;
	struct sv start = *rest;
	struct buf nowhere;
	bool ok;

	for (size_t i = 0; i < n; i++) {
		*rest = start;
		each.incident = &c->notice->incident[i];
		each.last = i + 1 == n;
		if (!render(&each, rest, err))
			return false;
	}
	if (n > 0)
		return true;
	/* There is nothing to tell, but the end has to be found. */
	static const struct notice_incident none;

	buf_init(&nowhere, TEMPLATE_OUT_MAX);
	each.incident = &none;
	each.out = &nowhere;
	ok = render(&each, rest, err);
	buf_fini(&nowhere);
	return ok;
}

/* To the end of the text, or, inside of the loop, behind its end. */
static bool
render(struct context *c, struct sv *rest, struct err *err)
{
	const bool inside = c->incident != NULL;

	for (;;) {
		struct sv text, name = {0};
		char kind = '\0';
		size_t max = SIZE_MAX;
		bool tag;

		if (!next_tag(rest, &text, &tag, &kind, &name, err))
			return false;
		buf_add(c->out, text);
		if (!tag)
			return !inside || err_set(err, ERR_CATALOG, NOWHERE,
			                          "a template's {{# incidents }} has no {{/ incidents }}");
		if (kind == '#' && !take_limit(&name, &max, err))
			return false;
		if (kind != '\0' && !sv_is(name, "incidents"))
			return err_set(err, ERR_CATALOG, NOWHERE,
			               "a template can go over {{# incidents }} only, not '" SV_FMT "'",
			               SV_ARG(name));
		if (kind == '#' && inside)
			return err_set(err, ERR_CATALOG, NOWHERE,
			               "a template's {{# incidents }} stands in another one");
		if (kind == '/' && !inside)
			return err_set(err, ERR_CATALOG, NOWHERE,
			               "a template's {{/ incidents }} has no {{# incidents }} before it");
		if (kind == '/')
			return true;
		if (kind == '#' ? !render_loop(c, rest, max, err) : !put_name(c, name, err))
			return false;
	}
}

bool
template_render(struct arena *a, struct sv text, struct sv id, const struct notice *n, enum escape escape,
                struct sv *ret, struct err *err)
{
	AUTO(buf) out = buf_new(TEMPLATE_OUT_MAX);
	struct context c = {.a = a, .id = id, .notice = n, .escape = escape, .out = out};

	if (!render(&c, &text, err) || !buf_check(out, "the message", err))
		return false;
	*ret = arena_sv(a, buf_sv(out));
	return true;
}

static bool
is_json(struct sv text)
{
	struct json_scanner s;
	enum json_event e;

	json_scan_init(&s, text);
	do
		e = json_next(&s);
	while (e != JSON_END && e != JSON_ERROR);
	return e == JSON_END;
}

bool
template_check(struct arena *a, struct sv text, enum escape escape, bool json, struct err *err)
{
	static const struct notice_incident incidents[2] = {
		{.incident = {.kind = {"late", 4}, .asset = {"a", 1}, .resolved_us = TIME_NONE}},
		{.incident = {.kind = {"stale", 5}, .asset = {"b", 1}, .resolved_us = TIME_NONE}},
	};
	const struct notice sample = {.type = SV("incident.opened"),
	                              .incident = incidents,
	                              .nincident = LEN(incidents),
	                              .count = 2};
	struct sv out;

	if (!template_render(a, text, SV("msg_0"), &sample, escape, &out, err))
		return false;
	if (json && !is_json(out)) {
		err_set(err, ERR_CATALOG, NOWHERE, "this template does not give JSON");
		return err_hint(err, "Values of text need quotes around them; or set content_type.");
	}
	return true;
}
