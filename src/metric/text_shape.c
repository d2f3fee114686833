/*
 * The shapes that all texts of a column have in common.
 *
 * Told by hand and not by the regexes themselves: a column that is no list of addresses is done with after its first rows, and one that
 * is costs no more than looking at its bytes.
 */
#include "metric/text_shape.h"

#include "metric/metric.h"
#include "metric/packed.h"

const char *
text_shape_name(enum text_shape s)
{
	static const char *const names[] = {
#define X(name, word, regex) word,
		TEXT_SHAPES(X)
#undef X
	};

	return names[s];
}

const char *
text_shape_regex(enum text_shape s)
{
	static const char *const regexes[] = {
#define X(name, word, regex) regex,
		TEXT_SHAPES(X)
#undef X
	};

	return regexes[s];
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'f');
}

/* Does s begin with the picture?  9 is a digit, x a hexadecimal one, T a T or a space; all else is itself. */
static bool
has_picture(struct sv s, const char *picture)
{
	size_t n = strlen(picture);

	if (s.n < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = s.p[i], want = picture[i];

		if (want == '9'   ? c < '0' || c > '9'
		    : want == 'x' ? !is_hex(c)
		    : want == 'T' ? c != 'T' && c != ' '
		                  : c != want)
			return false;
	}
	return true;
}

/* White space as PCRE2 has it, and all other controls. */
static bool
has_space(struct sv s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] <= ' ')
			return true;
	return false;
}

static bool
is_email(struct sv s)
{
	ptrdiff_t at = sv_find(s, '@');

	return at > 0 && (size_t)at + 1 < s.n && sv_find(sv_skip(s, (size_t)at + 1), '@') < 0 &&
	       !has_space(s) && sv_find(sv_skip(s, (size_t)at + 1), '.') > 0;
}

static bool
is_url(struct sv s)
{
	struct sv rest = sv_skip(s, sv_starts(s, SV("https://")) ? 8 : 7);

	return (sv_starts(s, SV("http://")) || sv_starts(s, SV("https://"))) && rest.n > 0 &&
	       !has_space(rest);
}

unsigned
text_shapes(struct sv s)
{
	static const char date[] = "9999-99-99", moment[] = "9999-99-99T99:99",
			  uuid[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	unsigned ret = 0;

	if (!sv_utf8_valid(s))
		return 0; /* a regex does not match it either */
	ret |= (unsigned)is_email(s) << SHAPE_EMAIL;
	ret |= (unsigned)is_url(s) << SHAPE_URL;
	ret |= (unsigned)(s.n == sizeof(uuid) - 1 && has_picture(s, uuid)) << SHAPE_UUID;
	ret |= (unsigned)(s.n == sizeof(date) - 1 && has_picture(s, date)) << SHAPE_DATE;
	ret |= (unsigned)has_picture(s, moment) << SHAPE_TIME;
	return ret;
}

struct shape {
	unsigned left; /* bits: shapes that all texts so far have */
	int64_t texts;
};

static void
shape_init(void *state, const struct metric *m)
{
	(void)m;
	*(struct shape *)state = (struct shape){.left = SHAPES_ALL};
}

/* The selected rows, each once or times[row] times. */
static bool
shape_weigh(void *state, const struct metric *m, const struct metric_batch *b, const uint32_t *times,
            struct err *err)
{
	const struct vector *v = b->arg[0];
	struct shape *s = state;

	(void)m, (void)err;
	for (size_t w = 0; w < BITMAP_WORDS(b->rows); w++) {
		uint64_t mask = v->valid[w] & b->selected[w];

		if (times == NULL)
			s->texts += __builtin_popcountll(mask);
		for (; mask != 0 && (times != NULL || s->left != 0); mask &= mask - 1) {
			uint32_t i = (uint32_t)(w * 64) + (uint32_t)__builtin_ctzll(mask);
			struct value x = vector_value(v, i);

			if (times != NULL)
				s->texts += times[i];
			if (s->left != 0)
				s->left &= x.kind == VALUE_TEXT ? text_shapes(x.s) : 0;
		}
	}
	return true;
}

static bool
shape_update(void *state, const struct metric *m, const struct metric_batch *b, struct err *err)
{
	return shape_weigh(state, m, b, NULL, err);
}

static bool
shape_merge(void *into, void *from, int64_t rows_before, const struct metric *m, struct err *err)
{
	struct shape *s = into, *f = from;

	(void)rows_before, (void)m, (void)err;
	s->left &= f->left;
	s->texts += f->texts;
	return true;
}

static bool
shape_save(void *state, const struct metric *m, struct buf *b)
{
	const struct shape *s = state;

	(void)m;
	pack_u64(b, s->left);
	pack_u64(b, (uint64_t)s->texts);
	return true;
}

static void
shape_load(void *state, const struct metric *m, uint32_t part, struct unpack *u)
{
	struct shape *s = state;

	(void)m, (void)part;
	s->left = (unsigned)unpack_most(u, SHAPES_ALL);
	s->texts = unpack_count(u);
}

static void
shape_final(void *state, const struct metric *m, struct arena *a, struct metric_value *ret)
{
	const struct shape *s = state;

	(void)m, (void)a;
	ret->count = s->texts;
	ret->v = value_int(s->texts > 0 ? (int64_t)s->left : 0);
}

/* count: values; v: a bit (1 << enum text_shape) for each shape that all of them have, 0 if there are none. */
const struct metric_kind metric_text_shape = {
	.name = "text_shape",
	.doc = "What all texts look like: addresses, dates.",
	.class = STATE_CONSTANT,
	.min_args = 1,
	.max_args = 1,
	.state_size = sizeof(struct shape),
	.need = NEED_VALUE,
	.init = shape_init,
	.update = shape_update,
	.weigh = shape_weigh,
	.merge = shape_merge,
	.final = shape_final,
	.save = shape_save,
	.load = shape_load,
};
