#include "store/samples.h"

/* Of Great Expectations' result, and of a report. */
static const char *const sample_keys[] = {
	"partial_unexpected_list", "partial_unexpected_counts", "partial_unexpected_index_list",
	"unexpected_list",         "unexpected_index_list",     "sample",
};

struct cutting {
	struct json_scanner in;
	struct json_writer out;
	struct arena *a;
	int64_t n;
};

/* A value as it stands: numbers and texts are not read, so that nothing is lost. */
static void
copy(struct cutting *c, enum json_event e)
{
	switch (e) {
	case JSON_NULL:
		json_null(&c->out);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		json_bool(&c->out, e == JSON_TRUE);
		break;
	case JSON_NUMBER:
		json_raw(&c->out, c->in.text);
		break;
	case JSON_STRING:
		/* With its quotes. */
		json_raw(&c->out, (struct sv){c->in.text.p - 1, c->in.text.n + 2});
		break;
	case JSON_KEY:
		json_key_sv(&c->out, c->in.escaped ? json_unescape(c->a, c->in.text) : c->in.text);
		break;
	case JSON_OBJECT:
		json_object(&c->out);
		break;
	case JSON_OBJECT_END:
		json_object_end(&c->out);
		break;
	case JSON_ARRAY:
		json_array(&c->out);
		break;
	case JSON_ARRAY_END:
		json_array_end(&c->out);
		break;
	case JSON_ERROR:
	case JSON_END:
		break;
	}
}

static bool
is_sample(const struct cutting *c)
{
	/* Keys that need escapes are none of ours. */
	for (size_t i = 0; i < LEN(sample_keys); i++)
		if (sv_is(c->in.text, sample_keys[i]))
			return true;
	return false;
}

/* The value behind a key. */
static bool
skip(struct cutting *c)
{
	enum json_event first = json_next(&c->in);
	const char *start = c->in.p;

	if (first == JSON_ERROR || !json_skip(&c->in, first))
		return false;
	c->n += (first == JSON_ARRAY || first == JSON_OBJECT) && c->in.p - start > 1;
	return true;
}

bool
samples_cut(struct sv json, struct buf *out, int64_t *n)
{
	AUTO(arena) a = arena_new();
	struct cutting c = {.a = a};
	enum json_event e;
	struct err err;

	json_scan_init(&c.in, json);
	json_write_init(&c.out, out, 0);
	while ((e = json_next(&c.in)) != JSON_END) {
		if (e == JSON_ERROR)
			return false;
		if (e != JSON_KEY || !is_sample(&c))
			copy(&c, e);
		else if (!skip(&c))
			return false;
	}
	*n = c.n;
	return buf_check(out, "the result", &err);
}
