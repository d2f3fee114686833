#include "scan/json_shape.h"

#include "scan/bytes.h"

enum {
	STEPS_MAX = 4096,
	CREDIT_MAX = 64,
	CREDIT_LOST = 4, /* by a line that does not fit */
	REST = 1024,     /* lines */
};

void
json_shape_fini(struct json_shape *s)
{
	arena_free(s->a);
}

bool
json_shape_wanted(struct json_shape *s)
{
	if (s->rest == 0)
		return true;
	if (--s->rest == 0)
		s->credit = CREDIT_MAX / 2;
	return false;
}

void
json_shape_begin(struct json_shape *s, const char *line)
{
	if (s->a == NULL) {
		s->a = arena_new();
		s->credit = CREDIT_MAX;
	}
	if (s->known && (s->credit -= CREDIT_LOST) < 0)
		s->rest = REST;
	arena_reset(s->a);
	s->step.v = NULL;
	s->step.n = s->step.cap = 0;
	s->known = s->spoilt = false;
	s->end = line;
}

static struct sv
copy_glue(struct json_shape *s, const char *to)
{
	size_t n = (size_t)(to - s->end);
	char *p = arena_alloc(s->a, n + JSON_GLUE_PAD);

	memcpy(p, s->end, n);
	return (struct sv){p, n};
}

void
json_shape_value(struct json_shape *s, const char *value, const char *end, struct cells *cells, bool scalar,
                 uint32_t depth)
{
	if (s->step.n >= STEPS_MAX)
		s->spoilt = true;
	if (s->spoilt)
		return;
	*LIST_ADD(s->a, &s->step) = (struct json_step){
		.glue = copy_glue(s, value), .cells = cells, .scalar = scalar, .depth = depth};
	s->end = end;
}

void
json_shape_end(struct json_shape *s, const char *end)
{
	if (s->spoilt || s->step.n == 0) {
		s->rest = REST;
		return;
	}
	s->tail = copy_glue(s, end);
	s->known = true;
}

/* Both have JSON_GLUE_PAD readable bytes behind. */
static inline bool
glue_fits(const char *p, struct sv glue)
{
#ifdef __SSE2__
	if (glue.n <= 16) {
		__m128i a = _mm_loadu_si128((const __m128i *)(const void *)p),
			b = _mm_loadu_si128((const __m128i *)(const void *)glue.p);
		unsigned differ = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)) ^ 0xffffu;

		return (differ & ((1u << glue.n) - 1)) == 0;
	}
#endif
	return memcmp(p, glue.p, glue.n) == 0;
}

/* A plain string behind its opening quote: its end, or NULL if it needs more care.  May read READER_PAD bytes behind `end`. */
static inline const char *
plain_string(const char *p, const char *end)
{
	for (; p < end; p += 16) {
		uint64_t stop = bytes_string_stops(p);

		if (stop != 0) {
			p += __builtin_ctzll(stop);
			return p < end && *p == '"' ? p : NULL;
		}
	}
	return NULL;
}

/* Digits from p on. */
static inline const char *
skip_digits(const char *p, const char *end)
{
	while (p < end && (unsigned char)(*p - '0') <= 9)
		p++;
	return p;
}

/* A number without exponent: its end, or NULL if it needs more care. */
static inline const char *
plain_number(const char *p, const char *end)
{
	const char *start = p + (*p == '-'), *digits = skip_digits(start, end);

	if (digits == start || (*start == '0' && digits > start + 1))
		return NULL;
	if (*digits == '.') {
		const char *fraction = digits + 1;

		digits = skip_digits(fraction, end);
		if (digits == fraction)
			return NULL;
	}
	return (*digits | 0x20) != 'e' ? digits : NULL;
}

static inline void
set_text(struct cells *c, uint32_t row, const char *p, const char *end, enum cell_tag tag)
{
	c->text[row] = (struct sv){p, (size_t)(end - p)};
	c->tag[row] = (uint8_t)tag;
	bit_set(c->valid, row);
}

/* Anything else that can be a value; NULL if it is none, or one that the shape has no place for. */
static const char *
read_value(const struct json_step *step, const char *p, const char *end, uint32_t row, struct arena *scratch)
{
	struct json_cursor c = {p, end, step->depth};
	struct json_item item;

	if (p >= end || (step->scalar && *p == '{') || !json_line_value(&c, &item))
		return NULL;
	/* `end` is not the end of the line, and to JSON a newline is white space: a record ends there all the same. */
	if (memchr(p, '\n', (size_t)(c.p - p)) != NULL)
		return NULL;
	if (step->cells == NULL)
		return c.p;
	if (item.null) {
		step->cells->text[row] = (struct sv){0};
		bit_clear(step->cells->valid, row);
		return c.p;
	}

	struct sv s = json_line_text(scratch, item.text, item.escaped);

	set_text(step->cells, row, s.p, s.p + s.n, item.tag);
	return c.p;
}

static inline const char *
read_step(const struct json_step *step, const char *p, const char *end, uint32_t row, struct arena *scratch)
{
	const char *q;

	if (*p == '"') {
		q = plain_string(p + 1, end);
		if (q != NULL) {
			if (step->cells != NULL)
				set_text(step->cells, row, p + 1, q, CELL_STRING);
			return q + 1;
		}
	} else if (*p <= '9') {
		q = plain_number(p, end);
		if (q != NULL) {
			if (step->cells != NULL)
				set_text(step->cells, row, p, q, CELL_NUMBER);
			return q;
		}
	}
	return read_value(step, p, end, row, scratch);
}

size_t
json_shape_read(struct json_shape *s, struct sv text, uint32_t row, struct arena *scratch)
{
	const char *p = text.p, *end = text.p + text.n;

	if (!s->known)
		return 0;
	for (size_t i = 0; i < s->step.n; i++) {
		const struct json_step *step = &s->step.v[i];

		if ((size_t)(end - p) <= step->glue.n || !glue_fits(p, step->glue))
			return 0;
		p = read_step(step, p + step->glue.n, end, row, scratch);
		if (p == NULL)
			return 0;
	}
	if ((size_t)(end - p) < s->tail.n || !glue_fits(p, s->tail))
		return 0;
	p += s->tail.n;
	if (p < end && *p != '\n')
		return 0;
	s->credit += s->credit < CREDIT_MAX;
	return (size_t)(p - text.p);
}
