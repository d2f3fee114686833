/* What the forms of failing rows share: values as text. */
#include "run/quarantine_write.h"

const char *const aside_names[ASIDES] = {
	[ASIDE_ROW] = "row",    [ASIDE_FILE] = "file",   [ASIDE_CHECKS] = "checks",
	[ASIDE_RUN] = "run_id", [ASIDE_ASSET] = "asset", [ASIDE_PARTITION] = "partition",
	[ASIDE_TIME] = "time",
};

static size_t
digits(struct sv s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n;
}

bool
quarantine_is_number(struct sv s)
{
	size_t n;

	if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
		s = sv_skip(s, 1);
	n = digits(s);
	if (n == 0 || (n > 1 && s.p[0] == '0'))
		return false;
	s = sv_skip(s, n);
	if (s.n > 0 && s.p[0] == '.') {
		n = digits(sv_skip(s, 1));
		if (n == 0)
			return false;
		s = sv_skip(s, n + 1);
	}
	if (s.n > 0 && (s.p[0] == 'e' || s.p[0] == 'E')) {
		s = sv_skip(s, 1);
		if (s.n > 0 && (s.p[0] == '-' || s.p[0] == '+'))
			s = sv_skip(s, 1);
		n = digits(s);
		return n > 0 && n == s.n;
	}
	return s.n == 0;
}

/* A JSON text without the quotes that texts have there. */
static void
put_json(struct value v, struct buf *b)
{
	AUTO(buf) text = buf_new(b->max);
	struct json_writer j;

	json_write_init(&j, text, 0);
	value_to_json(v, &j);
	if (v.kind == VALUE_BINARY && text->n >= 2)
		buf_add(b, (struct sv){text->p + 1, text->n - 2});
	else
		buf_add(b, buf_sv(text));
	b->full = b->full || text->full;
}

void
quarantine_text(const struct failing_cell *c, struct buf *b)
{
	if (c->raw.p != NULL)
		buf_add(b, c->raw);
	else if (c->v.kind == VALUE_BOOL)
		buf_puts(b, c->v.b ? "true" : "false");
	else if (c->v.kind == VALUE_BINARY || c->v.kind == VALUE_LIST || c->v.kind == VALUE_OBJECT)
		put_json(c->v, b);
	else
		(void)value_to_text(c->v, b);
}
