/* The scalar level: a byte at a time, as the meaning of the others. */
#include "base/simd_level.h"

static bool
always(void)
{
	return true;
}

static bool
is_quote(struct simd_format f, char c)
{
	return f.quote != '\0' && c == f.quote;
}

static bool
is_separator(struct simd_format f, char c)
{
	return c == f.delimiter || c == '\n';
}

/* May the field that was quoted up to here end? */
static bool
may_close(struct simd_format f, struct sv rest)
{
	if (rest.n > 0 && rest.p[0] == '\r' && (rest.n == 1 || rest.p[1] == '\n'))
		return true;
	return rest.n == 0 || is_separator(f, rest.p[0]) || is_quote(f, rest.p[0]);
}

static struct simd_marks
marks(struct simd_format f, struct sv text, size_t want, uint32_t *place)
{
	struct simd_marks ret = {0};

	for (size_t i = 0; i < text.n && (i % SIMD_BLOCK != 0 || ret.n < want); i++) {
		char c = text.p[i];

		ret.end = i + 1;
		if (is_quote(f, c)) {
			if (ret.quoted
			            ? !may_close(f, sv_skip(text, i + 1))
			            : i > 0 && !is_separator(f, text.p[i - 1]) && !is_quote(f, text.p[i - 1]))
				return (struct simd_marks){.misplaced = true};
			ret.quoted = !ret.quoted;
		} else if (!ret.quoted && is_separator(f, c)) {
			place[ret.n++] = (uint32_t)i;
			ret.newlines += c == '\n';
		}
	}
	return ret;
}

static unsigned
survey(struct simd_format f, struct sv text, char before)
{
	unsigned ret = 0, odd = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == f.quote) {
			if (!is_separator(f, before) && before != f.quote)
				ret |= odd ? SIMD_ODD : SIMD_EVEN;
			odd ^= 1;
		}
		before = c;
	}
	return ret | (odd ? SIMD_PARITY : 0);
}

static void
chars(const struct sv *text, size_t n, int64_t *ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = sv_chars(text[i]);
}

uint64_t
simd_scalar_times(const struct sv *text, uint32_t n, bool utc, int64_t *us)
{
	char between = n > 0 && text[0].n > 10 && text[0].p[10] == ' ' ? ' ' : 'T';
	size_t length = utc ? 20 : 19;
	uint64_t ret = 0;

	for (uint32_t i = 0; i < n; i++) {
		struct sv s = text[i];

		if (s.n == length && s.p[10] == between && (!utc || s.p[19] == 'Z') && swar_time(s.p, &us[i]))
			ret |= UINT64_C(1) << i;
	}
	return ret;
}

static bool
number(struct sv s, int64_t *digits, uint8_t *fraction)
{
	bool minus = s.n > 0 && s.p[0] == '-', point = false;

	*digits = 0;
	*fraction = 0;
	if (minus)
		s = sv_skip(s, 1);
	if (s.n == 0 || s.n > 16 || (s.p[0] == '0' && s.n > 1 && s.p[1] != '.'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '.' && !point && i > 0 && i + 1 < s.n) {
			point = true;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		*digits = *digits * 10 + (s.p[i] - '0');
		*fraction = (uint8_t)(*fraction + point);
	}
	if (minus)
		*digits = -*digits;
	return !minus || *digits != 0;
}

static uint64_t
numbers(const struct sv *text, uint32_t n, int64_t *digits, uint8_t *fraction)
{
	uint64_t ret = 0;

	for (uint32_t i = 0; i < n; i++)
		ret |= (uint64_t)number(text[i], &digits[i], &fraction[i]) << i;
	return ret;
}

static void
states(const struct simd_automaton *a, const struct sv *text, uint32_t n, uint8_t *state)
{
	for (uint32_t i = 0; i < n; i++) {
		uint8_t s = a->start;

		for (size_t k = 0; k < text[i].n; k++)
			s = a->next[16 * a->class_of[(uint8_t)text[i].p[k]] + SIMD_CLASSES][s];
		state[i] = s;
	}
}

const struct simd simd_scalar = {
	.name = "scalar",
	.supported = always,
	.marks = marks,
	.survey = survey,
	.chars = chars,
	.times = simd_scalar_times,
	.numbers = numbers,
	.states = states,
};
