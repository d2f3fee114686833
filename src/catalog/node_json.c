/* JSON as nodes: the same tree as from YAML, read by the strict scanner. */
#include "base/json.h"
#include "base/num.h"
#include "catalog/node_parse.h"

struct reader {
	struct arena *a;
	const char *file;
	struct json_scanner scan;
	struct diags *d;
	struct node_stack stack;
	size_t nodes;
	const char *line_start; /* of the line that the last place was on */
	uint32_t line;
};

/* Places come in the order of the text, so that lines are counted once. */
static struct loc
place(struct reader *r, const char *p, size_t len)
{
	for (const char *q = r->line_start; q < p && (q = memchr(q, '\n', (size_t)(p - q))) != NULL; q++) {
		r->line_start = q + 1;
		r->line++;
	}
	return (struct loc){.file = r->file,
	                    .line = r->line,
	                    .col = (uint32_t)(p - r->line_start) + 1,
	                    .len = (uint32_t)MIN(len, (size_t)UINT32_MAX)};
}

static bool
fail(struct reader *r)
{
	diag_error(r->d, place(r, r->scan.p, 0), "%s",
	           r->scan.msg != NULL ? r->scan.msg : "this is not JSON");
	return false;
}

static struct sv
text_of(struct reader *r)
{
	return r->scan.escaped ? json_unescape(r->a, r->scan.text) : r->scan.text;
}

static bool read_value(struct reader *r, enum json_event e, struct node *ret);

static bool
read_array(struct reader *r, struct node *ret)
{
	struct node_kids kids = node_kids_begin(&r->stack);

	ret->kind = NODE_SEQ;
	for (enum json_event e = json_next(&r->scan); e != JSON_ARRAY_END; e = json_next(&r->scan)) {
		struct node kid = {0};

		if (!read_value(r, e, &kid))
			return false;
		node_kids_push(&kids, &kid);
	}
	node_kids_end(r->a, &kids, ret);
	return true;
}

static bool
read_object(struct reader *r, struct node *ret)
{
	struct node_kids kids = node_kids_begin(&r->stack);

	ret->kind = NODE_MAP;
	for (enum json_event e = json_next(&r->scan); e != JSON_OBJECT_END; e = json_next(&r->scan)) {
		struct node value = {0};

		if (e != JSON_KEY)
			return fail(r);
		value.key = text_of(r);
		value.key_loc = place(r, r->scan.text.p, r->scan.text.n);
		if (!read_value(r, json_next(&r->scan), &value))
			return false;
		if (value.key.n > NODE_KEY_MAX) {
			diag_error(r->d, value.key_loc, "a key is longer than %d bytes", NODE_KEY_MAX);
			continue;
		}

		node_kids_add(&kids, &value, r->d);
	}
	node_kids_end(r->a, &kids, ret);
	return true;
}

static bool
read_scalar(struct reader *r, enum json_event e, struct node *ret)
{
	ret->loc = place(r, r->scan.text.p != NULL ? r->scan.text.p : r->scan.p, r->scan.text.n);
	switch (e) {
	case JSON_STRING:
		ret->kind = NODE_TEXT;
		ret->quoted = true;
		ret->text = text_of(r);
		return true;
	case JSON_NUMBER:
		ret->text = r->scan.text;
		node_type_plain(ret);
		if (ret->kind == NODE_TEXT) {
			/* Infinity, as Python writes it and YAML does not */
			ret->kind = NODE_REAL;
			if (!num_f64(ret->text, &ret->r))
				return fail(r);
		}
		return true;
	case JSON_NULL:
	case JSON_TRUE:
	case JSON_FALSE:
		ret->text = e == JSON_NULL ? SV("null") : e == JSON_TRUE ? SV("true") : SV("false");
		/* The scanner stands behind the word. */
		ret->loc = place(r, r->scan.p - ret->text.n, ret->text.n);
		node_type_plain(ret);
		return true;
	default:
		return fail(r);
	}
}

static bool
read_value(struct reader *r, enum json_event e, struct node *ret)
{
	if (e == JSON_ERROR || e == JSON_END)
		return fail(r);
	if (++r->nodes > NODE_COUNT_MAX) {
		diag_error(r->d, place(r, r->scan.p, 0), "the file holds more than %d values",
		           NODE_COUNT_MAX);
		return false;
	}
	if (e == JSON_ARRAY || e == JSON_OBJECT) {
		ret->loc = place(r, r->scan.p - 1, 1);
		return e == JSON_ARRAY ? read_array(r, ret) : read_object(r, ret);
	}
	return read_scalar(r, e, ret);
}

struct node *
node_parse_json(struct arena *a, const char *file, struct sv text, struct diags *d)
{
	AUTO(arena) scratch = arena_new();
	struct reader r = {.a = a, .file = file, .d = d, .stack.a = scratch};
	struct node *root = ARENA_NEW(a, struct node);

	/* Views into the caller's text would end with it; the nodes live as long as the arena. */
	json_scan_init(&r.scan, arena_sv(a, text));
	r.scan.not_finite = true;
	r.line_start = r.scan.start;
	r.line = 1;

	enum json_event e = json_next(&r.scan);

	if (e == JSON_END) {
		*root = (struct node){.kind = NODE_MAP, .loc = {.file = file, .line = 1, .col = 1}};
		return root;
	}
	if (!read_value(&r, e, root))
		return NULL;
	if (json_next(&r.scan) != JSON_END) {
		(void)fail(&r);
		return NULL;
	}
	return root;
}
