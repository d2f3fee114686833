/*
 * YAML as nodes.  libyaml gives events; types, limits, duplicate keys, anchors and places are ours.
 *
 * libyaml counts characters and its own kinds of line breaks, while places are told in bytes, so the starts of lines
 * are collected first, by its rules.  An alias shares the tree of its anchor (nodes are never changed in place), but
 * counts in full against a limit of its own, which is what stops the "billion laughs".
 */
#include <yaml.h>

#include "base/utf8.h"
#include "catalog/node_parse.h"

struct anchor {
	struct node node;
	size_t count; /* nodes in it */
};

struct builder {
	struct arena *a;
	const char *file;
	struct sv text;
	struct diags *d;
	yaml_parser_t yaml;
	LIST(size_t) line; /* offsets of the starts of lines */
	struct map anchor;
	struct node_stack stack;
	size_t nodes, aliases, aliases_max;
	bool merges;      /* `<<` is followed */
	size_t repeated;  /* nodes that aliases stand for */
	yaml_mark_t last; /* of the place asked for last, and its offset: a long line is walked once */
	size_t last_offset;
};

/* Places -------------------------------------------------------------------------------------------------------- */

/* Bytes of the line break at i, by libyaml's rules: CR LF, CR, LF, NEL, LS, PS. */
static size_t
line_break(struct sv s, size_t i)
{
	const unsigned char *p = (const unsigned char *)s.p + i;
	size_t left = s.n - i;

	if (p[0] == '\r')
		return left > 1 && p[1] == '\n' ? 2 : 1;
	if (p[0] == '\n')
		return 1;
	if (p[0] == 0xC2 && left > 1 && p[1] == 0x85)
		return 2;
	if (p[0] == 0xE2 && left > 2 && p[1] == 0x80 && (p[2] == 0xA8 || p[2] == 0xA9))
		return 3;
	return 0;
}

static void
find_lines(struct builder *b)
{
	*LIST_ADD(b->stack.a, &b->line) = 0;
	for (size_t i = 0; i < b->text.n;) {
		size_t n = line_break(b->text, i);

		i += n > 0 ? n : 1;
		if (n > 0)
			*LIST_ADD(b->stack.a, &b->line) = i;
	}
}

static size_t
offset_of(struct builder *b, yaml_mark_t m)
{
	if (m.line >= b->line.n)
		return b->text.n;

	bool onward = m.line == b->last.line && m.column >= b->last.column;
	size_t at = onward ? b->last_offset : b->line.v[m.line];

	for (size_t i = onward ? b->last.column : 0; i < m.column && at < b->text.n; i++) {
		uint32_t c;

		at += utf8_decode(sv_skip(b->text, at), &c);
	}
	b->last = m;
	b->last_offset = at;
	return at;
}

/* The place of an offset that lies on or behind the line. */
static struct loc
place_on(const struct builder *b, size_t line, size_t from, size_t to)
{
	while (line + 1 < b->line.n && b->line.v[line + 1] <= from)
		line++;

	size_t start = line < b->line.n ? b->line.v[line] : b->text.n;
	size_t end = line + 1 < b->line.n ? b->line.v[line + 1] : b->text.n;

	to = MIN(to, end);
	return (struct loc){.file = b->file,
	                    .line = (uint32_t)line + 1,
	                    .col = (uint32_t)(from - MIN(start, from)) + 1,
	                    .len = to > from ? (uint32_t)(to - from) : 0};
}

static struct loc
place_of(struct builder *b, yaml_mark_t m)
{
	size_t at = offset_of(b, m);

	return place_on(b, m.line, at, at);
}

/* Where the text of a block scalar (`|`, `>`) begins: its first line that is not blank, behind the indentation. */
static struct loc
block_place(struct builder *b, const yaml_event_t *e)
{
	for (size_t line = e->start_mark.line + 1; line < b->line.n; line++) {
		size_t at = b->line.v[line];

		while (at < b->text.n && b->text.p[at] == ' ')
			at++;
		if (at < b->text.n && line_break(b->text, at) == 0)
			return place_on(b, line, at, at);
	}
	return place_of(b, e->start_mark);
}

static struct loc
event_place(struct builder *b, const yaml_event_t *e)
{
	size_t from = offset_of(b, e->start_mark), to = from + 1;

	if (e->type == YAML_SCALAR_EVENT) {
		yaml_scalar_style_t style = e->data.scalar.style;

		if (style == YAML_LITERAL_SCALAR_STYLE || style == YAML_FOLDED_SCALAR_STYLE)
			return block_place(b, e);
		to = e->end_mark.line > e->start_mark.line ? b->text.n : offset_of(b, e->end_mark);
		/* An anchor or a tag may stand before the opening quote. */
		if (style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE) {
			char quote = style == YAML_SINGLE_QUOTED_SCALAR_STYLE ? '\'' : '"';
			ptrdiff_t skip = sv_find(sv_skip(b->text, from), quote);

			from += skip >= 0 ? (size_t)skip + 1 : 0;
			to -= to > from;
		}
	}
	return place_on(b, e->start_mark.line, from, to);
}

/* libyaml's complaints ------------------------------------------------------------------------------------------ */

static const struct {
	const char *problem, *msg, *hint;
} friendly[] = {
	{"block sequence entries are not allowed in this context", "a list item '-' cannot stand here",
         "put the '-' on a line of its own, indented below its key"},
	{"could not find expected ':'", "a ':' is missing behind the key",
         "write `key: value`; text with odd characters needs quotes"},
	{"did not find expected ',' or ']'", "this [list] is not closed, or a comma is missing", NULL},
	{"did not find expected ',' or '}'", "this {map} is not closed, or a comma is missing",
         "inside {…}, text that holds braces or commas needs quotes"},
	{"did not find expected '-' indicator", "the indentation does not fit the list above",
         "align it with the other items' '-'"},
	{"did not find expected <document start>", "there is something behind the end of the document", NULL},
	{"did not find expected key", "the indentation does not fit the map above, or a quote is missing",
         "align the key with its neighbours"},
	{"did not find expected node content", "a value is missing here", NULL},
	{"did not find expected whitespace or line break", "a space is missing here", NULL},
	{"found a tab character that violates indentation", "a tab cannot indent", "use spaces"},
	{"found a tab character where an indentation space is expected", "a tab cannot indent", "use spaces"},
	{"found character that cannot start any token", "this character cannot start a value",
         "text that starts with @, `, % or a tab needs quotes"},
	{"found undefined tag handle", "this tag is not known", "text that starts with '!' needs quotes"},
	{"found unexpected ':'", "a ':' cannot stand here", "put the text in quotes"},
	{"found unexpected document indicator", "the document ends inside of quotes", "close the quote"},
	{"found unexpected end of stream", "the file ends inside of quotes", "close the quote"},
	{"found unknown escape character", "this is no escape of double-quoted text",
         "write \\\\ for a backslash, or use single quotes"},
	{"mapping keys are not allowed in this context", "a '?' key cannot stand here", NULL},
	{"mapping values are not allowed in this context", "a second ':' on this line",
         "text that holds ': ' needs quotes; a nested map goes on the next line"},
	{"while scanning a block scalar", "the header of this block of text is wrong", NULL},
};

static bool
yaml_fail(struct builder *b)
{
	const yaml_parser_t *y = &b->yaml;
	const char *problem = y->problem != NULL ? y->problem : "this is not YAML";

	/* The reader stumbles before there is a mark; it knows the byte. */
	if (y->error == YAML_READER_ERROR) {
		size_t at = MIN(y->problem_offset, b->text.n), line = 0, last = b->line.n;

		while (last - line > 1) {
			size_t mid = line + (last - line) / 2;

			if (b->line.v[mid] <= at)
				line = mid;
			else
				last = mid;
		}
		diag_error(b->d, place_on(b, line, at, at), "%s",
		           strstr(problem, "control") != NULL ? "a control character is not allowed here"
		                                              : "this is not UTF-8");
		return false;
	}
	for (size_t i = 0; i < LEN(friendly); i++) {
		if (strcmp(problem, friendly[i].problem) != 0)
			continue;
		diag_error(b->d, place_of(b, y->problem_mark), "%s", friendly[i].msg);
		if (friendly[i].hint != NULL)
			diag_hint(b->d, "%s", friendly[i].hint);
		return false;
	}
	diag_error(b->d, place_of(b, y->problem_mark), "this is not YAML: %s", problem);
	return false;
}

/* The tree ------------------------------------------------------------------------------------------------------ */

static bool
next_event(struct builder *b, yaml_event_t *e)
{
	return yaml_parser_parse(&b->yaml, e) ? true : yaml_fail(b);
}

static bool
count_nodes(struct builder *b, struct loc at, size_t n)
{
	b->nodes += n;
	if (b->nodes <= NODE_COUNT_MAX)
		return true;
	diag_error(b->d, at, "the file holds more than %d values", NODE_COUNT_MAX);
	return false;
}

static bool
alias(struct builder *b, const yaml_event_t *e, struct node *ret)
{
	struct sv name = sv_of((const char *)e->data.alias.anchor);
	struct loc at = event_place(b, e);
	const struct anchor *anchor = map_get(&b->anchor, name);

	if (anchor == NULL) {
		diag_error(b->d, at, "there is no anchor '&" SV_FMT "' before this alias", SV_ARG(name));
		if (at.col > 0)
			diag_hint(b->d, "text that starts with '*' needs quotes");
		return false;
	}
	if (++b->aliases > b->aliases_max) {
		diag_error(b->d, at, "more than %zu aliases", b->aliases_max);
		return false;
	}
	b->repeated += anchor->count;
	if (b->repeated > NODE_REPEATED_MAX) {
		diag_error(b->d, at, "aliases repeat more than %d values", NODE_REPEATED_MAX);
		return false;
	}
	if (!count_nodes(b, at, anchor->count))
		return false;
	*ret = anchor->node;
	return true;
}

/* Of the tags, only the ones that say what is so anyway, and those that make text of a scalar. */
static void
check_tag(struct builder *b, const yaml_event_t *e, const yaml_char_t *tag, struct node *n)
{
	static const char *const core[] = {
		[NODE_NULL] = YAML_NULL_TAG,  [NODE_BOOL] = YAML_BOOL_TAG, [NODE_INT] = YAML_INT_TAG,
		[NODE_REAL] = YAML_FLOAT_TAG, [NODE_TEXT] = YAML_STR_TAG,  [NODE_SEQ] = YAML_SEQ_TAG,
		[NODE_MAP] = YAML_MAP_TAG,
	};
	const char *t = (const char *)tag;

	if (t == NULL || strcmp(t, core[n->kind]) == 0)
		return;
	if (node_is_scalar(n) && (strcmp(t, "!") == 0 || strcmp(t, YAML_STR_TAG) == 0)) {
		n->kind = NODE_TEXT;
		n->quoted = true;
		return;
	}
	diag_error(b->d, place_of(b, e->start_mark), "the tag '%s' is not supported", t);
	diag_hint(b->d, "text that starts with '!' needs quotes");
}

static void
scalar(struct builder *b, const yaml_event_t *e, struct node *ret)
{
	ret->text = arena_sv(b->a, (struct sv){(const char *)e->data.scalar.value, e->data.scalar.length});
	ret->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	ret->kind = NODE_TEXT;
	if (!ret->quoted)
		node_type_plain(ret);
	check_tag(b, e, e->data.scalar.tag, ret);
}

static bool value(struct builder *b, const yaml_event_t *e, uint32_t depth, struct node *ret);

static bool
read_event(struct builder *b, uint32_t depth, struct node *ret, yaml_event_type_t end, bool *ended)
{
	yaml_event_t e;

	if (!next_event(b, &e))
		return false;
	*ended = e.type == end;

	bool ok = *ended || value(b, &e, depth, ret);

	yaml_event_delete(&e);
	return ok;
}

static bool
sequence(struct builder *b, uint32_t depth, struct node *ret)
{
	struct node_kids kids = node_kids_begin(&b->stack);

	ret->kind = NODE_SEQ;
	for (;;) {
		struct node kid = {0};
		bool ended;

		if (!read_event(b, depth, &kid, YAML_SEQUENCE_END_EVENT, &ended))
			return false;
		if (ended)
			break;
		node_kids_push(&kids, &kid);
	}
	node_kids_end(b->a, &kids, ret);
	return true;
}

static bool
is_merge(const struct node *key)
{
	return key->kind == NODE_TEXT && !key->quoted && sv_is(key->text, "<<");
}

/* Is the key usable?  A mistake leaves out the one entry; the rest of the map is read on. */
static bool
key_ok(struct builder *b, const struct node *key)
{
	if (!node_is_scalar(key)) {
		diag_error(b->d, key->loc, "a key must be text, not %s", node_kind_name(key->kind));
		diag_hint(b->d, "text in braces, like \"{name}\", needs quotes");
		return false;
	}
	if (key->text.n == 0) {
		diag_error(b->d, key->loc, "a key is empty");
		return false;
	}
	if (key->text.n > NODE_KEY_MAX) {
		diag_error(b->d, key->loc, "a key is longer than %d bytes", NODE_KEY_MAX);
		return false;
	}
	if (is_merge(key)) {
		diag_error(b->d, key->loc, "merge keys '<<' are not part of YAML 1.2");
		diag_hint(b->d, "say what many assets share under `defaults:`");
		return false;
	}
	return true;
}

/* What a map does not say itself is that of the maps behind its `<<`, of several the first's: https://yaml.org/type/merge.html. */
static void
merge_map(struct builder *b, struct node *ret, const struct node *from)
{
	struct node *kid;
	size_t n = ret->n;

	if (from->kind == NODE_SEQ)
		for (size_t i = 0; i < from->n; i++)
			merge_map(b, ret, &from->kid[i]);
	if (from->kind != NODE_MAP && from->kind != NODE_SEQ) {
		diag_error(b->d, from->loc, "'<<' merges maps, not %s", node_kind_name(from->kind));
		return;
	}
	if (from->kind == NODE_SEQ || from->n == 0)
		return;
	kid = ARENA_ARRAY(b->a, struct node, ret->n + from->n);
	if (ret->n > 0)
		memcpy(kid, ret->kid, ret->n * sizeof(*kid));
	for (size_t i = 0; i < from->n; i++)
		if (node_find(ret, from->kid[i].key) == NULL)
			kid[n++] = from->kid[i];
	ret->kid = kid;
	ret->n = n;
}

static bool
mapping(struct builder *b, uint32_t depth, struct node *ret)
{
	struct node_kids kids = node_kids_begin(&b->stack);
	LIST(struct node) merged = {0};

	ret->kind = NODE_MAP;
	for (;;) {
		struct node key = {0}, kid = {0};
		bool ended;

		if (!read_event(b, depth, &key, YAML_MAPPING_END_EVENT, &ended))
			return false;
		if (ended)
			break;
		if (!read_event(b, depth, &kid, YAML_NO_EVENT, &ended))
			return false;
		if (b->merges && is_merge(&key)) {
			*LIST_ADD(b->a, &merged) = kid;
			continue;
		}
		if (!key_ok(b, &key))
			continue;

		kid.key = key.text;
		kid.key_loc = key.loc;
		node_kids_add(&kids, &kid, b->d);
	}
	node_kids_end(b->a, &kids, ret);
	for (size_t i = 0; i < merged.n; i++)
		merge_map(b, ret, &merged.v[i]);
	return true;
}

static bool
value(struct builder *b, const yaml_event_t *e, uint32_t depth, struct node *ret)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;
	size_t before = b->nodes;
	bool ok = true;

	if (e->type == YAML_ALIAS_EVENT)
		return alias(b, e, ret);
	ret->loc = event_place(b, e);
	if (!count_nodes(b, ret->loc, 1))
		return false;
	if (depth == NODE_DEPTH_MAX) {
		diag_error(b->d, ret->loc, "nested deeper than %d levels", NODE_DEPTH_MAX);
		return false;
	}
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		scalar(b, e, ret);
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		tag = e->data.sequence_start.tag;
		ok = sequence(b, depth + 1, ret);
		break;
	default:
		anchor = e->data.mapping_start.anchor;
		tag = e->data.mapping_start.tag;
		ok = mapping(b, depth + 1, ret);
		break;
	}
	if (!ok)
		return false;
	if (e->type != YAML_SCALAR_EVENT)
		check_tag(b, e, tag, ret);
	if (anchor != NULL) {
		struct anchor *keep = ARENA_NEW(b->a, struct anchor);

		*keep = (struct anchor){.node = *ret, .count = b->nodes - before};
		(void)map_set(&b->anchor, sv_of((const char *)anchor), keep);
	}
	return true;
}

/* One document, or none. */
static bool
stream(struct builder *b, struct node *root)
{
	bool any = false;

	for (;;) {
		yaml_event_t e;

		if (!next_event(b, &e))
			return false;

		yaml_event_type_t type = e.type;
		bool ok = true;

		if (type == YAML_DOCUMENT_START_EVENT && any) {
			diag_error(b->d, place_of(b, e.start_mark), "the file holds more than one document");
			ok = false;
		} else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT &&
		           type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT) {
			any = true;
			ok = value(b, &e, 0, root);
		}
		yaml_event_delete(&e);
		if (!ok || type == YAML_STREAM_END_EVENT)
			return ok;
	}
}

static struct node *
parse(struct arena *a, const char *file, struct sv text, bool foreign, struct diags *d)
{
	AUTO(arena) scratch = arena_new();
	struct builder b = {.a = a,
	                    .file = file,
	                    .text = text,
	                    .d = d,
	                    .stack.a = scratch,
	                    .merges = foreign,
	                    .aliases_max = foreign ? NODE_FOREIGN_ALIASES_MAX : NODE_ALIASES_MAX};
	struct node *root = ARENA_NEW(a, struct node);

	if (sv_starts(b.text, SV("\xEF\xBB\xBF")))
		b.text = sv_skip(b.text, 3);
	map_init(&b.anchor, a);
	find_lines(&b);
	if (!yaml_parser_initialize(&b.yaml)) {
		diag_error(d, (struct loc){.file = file}, "out of memory");
		return NULL;
	}
	/* Without this libyaml would guess, and take UTF-16 too. */
	yaml_parser_set_encoding(&b.yaml, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.yaml, (const unsigned char *)(b.text.p != NULL ? b.text.p : ""),
	                             b.text.n);

	bool ok = stream(&b, root);

	yaml_parser_delete(&b.yaml);
	if (!ok)
		return NULL;
	if (root->kind == NODE_NULL)
		*root = (struct node){.kind = NODE_MAP, .loc = {.file = file, .line = 1, .col = 1}};
	return root;
}

struct node *
node_parse_yaml(struct arena *a, const char *file, struct sv text, struct diags *d)
{
	return parse(a, file, text, false, d);
}

struct node *
node_parse_foreign_yaml(struct arena *a, const char *file, struct sv text, struct diags *d)
{
	return parse(a, file, text, true, d);
}
