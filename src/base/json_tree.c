/* JSON as a tree: the events of the scanner, by recursion that its limit of depth ends. */
#include "base/json_tree.h"

struct reader {
	struct json_scanner scan;
	struct arena *a;
};

static bool read_value(struct reader *r, enum json_event e, struct json_value *ret);

static struct sv
text_of(struct reader *r)
{
	return r->scan.escaped ? json_unescape(r->a, r->scan.text) : r->scan.text;
}

static bool
read_members(struct reader *r, enum json_event end, struct json_value *ret)
{
	LIST(struct json_value) kids = {0};

	for (enum json_event e = json_next(&r->scan); e != end; e = json_next(&r->scan)) {
		struct json_value kid = {0};
		struct sv key = {0};

		if (end == JSON_OBJECT_END) {
			if (e != JSON_KEY)
				return false;
			key = text_of(r);
			e = json_next(&r->scan);
		}
		if (!read_value(r, e, &kid))
			return false;
		kid.key = key;
		*LIST_ADD(r->a, &kids) = kid;
	}
	ret->kid = kids.v;
	ret->n = kids.n;
	return true;
}

/* Members whose key comes again later go. */
static void
drop_repeated(struct json_value *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++) {
		bool again = false;

		for (size_t j = i + 1; j < v->n && !again; j++)
			again = sv_eq(v->kid[i].key, v->kid[j].key);
		if (!again)
			v->kid[n++] = v->kid[i];
	}
	v->n = n;
}

static bool
read_value(struct reader *r, enum json_event e, struct json_value *ret)
{
	switch (e) {
	case JSON_NULL:
		ret->kind = JSON_IS_NULL;
		return true;
	case JSON_TRUE:
	case JSON_FALSE:
		ret->kind = JSON_IS_BOOL;
		ret->b = e == JSON_TRUE;
		return true;
	case JSON_NUMBER:
		ret->kind = JSON_IS_NUMBER;
		ret->text = r->scan.text;
		return true;
	case JSON_STRING:
		ret->kind = JSON_IS_STRING;
		ret->text = text_of(r);
		return true;
	case JSON_ARRAY:
		ret->kind = JSON_IS_ARRAY;
		return read_members(r, JSON_ARRAY_END, ret);
	case JSON_OBJECT:
		ret->kind = JSON_IS_OBJECT;
		if (!read_members(r, JSON_OBJECT_END, ret))
			return false;
		/* Some thousand members are looked at pair by pair; more are an attack, or data that is no one's to check. */
		if (ret->n <= 4096)
			drop_repeated(ret);
		return true;
	default:
		return false;
	}
}

enum json_tree_result
json_tree_parse(struct arena *a, struct sv text, struct json_value *ret, struct err *err)
{
	struct reader r = {.a = a};
	struct json_value v = {0};

	json_scan_init(&r.scan, text);
	if (read_value(&r, json_next(&r.scan), &v) && json_next(&r.scan) == JSON_END) {
		*ret = v;
		return JSON_TREE_OK;
	}
	(void)err_set(err, ERR_FORMAT, NOWHERE, "this is no JSON: %s",
	              r.scan.msg != NULL ? r.scan.msg : "it ends too soon");
	if (r.scan.depth == JSON_DEPTH_MAX && r.scan.p < r.scan.end && (*r.scan.p == '{' || *r.scan.p == '['))
		return JSON_TREE_DEEP;
	return JSON_TREE_BAD;
}

const struct json_value *
json_tree_get(const struct json_value *v, struct sv key)
{
	for (size_t i = v->n; v->kind == JSON_IS_OBJECT && i > 0; i--)
		if (sv_eq(v->kid[i - 1].key, key))
			return &v->kid[i - 1];
	return NULL;
}
