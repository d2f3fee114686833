/*
 * Globs.  A match walks both texts and remembers the last `*` and the last `**` it passed; where the two
 * texts part, it goes back there and lets that one take a character more.  Earlier stars need no second
 * look: what a later one of the same kind can take includes what the earlier one would.
 * A `**` that is a whole part of the path takes its slash too, so that it can also stand for no folder.
 * So the time is bounded by |pattern| * |s| * the longest part between slashes.
 */
#include "base/sv.h"
#include "base/utf8.h"

enum star { STAR_NONE, STAR_SEGMENT, STAR_ANY, STAR_FOLDERS };

/* Where to go on when the texts part: the pattern behind the star, and what it has not taken yet. */
struct retry {
	enum star star;
	struct sv pattern, s;
};

/* One character of the pattern inside a class, or behind it; `\` quotes. */
static struct sv
class_char(struct sv p, uint32_t *c)
{
	if (p.p[0] == '\\' && p.n > 1)
		p = sv_skip(p, 1);
	return sv_skip(p, utf8_decode(p, c));
}

/*
 * Is c in the class that begins at *p with '['?  Moves *p behind it.  A class that does not end is no class:
 * the '[' stands for itself.
 */
static bool
in_class(struct sv *p, uint32_t c)
{
	struct sv rest = sv_skip(*p, 1);
	bool negated = rest.n > 0 && (rest.p[0] == '!' || rest.p[0] == '^'), found = false;

	if (negated)
		rest = sv_skip(rest, 1);
	/* A ']' right at the beginning belongs to the class. */
	for (bool first = true; rest.n > 0 && (first || rest.p[0] != ']'); first = false) {
		uint32_t from, to;

		rest = class_char(rest, &from);
		to = from;
		if (rest.n > 1 && rest.p[0] == '-' && rest.p[1] != ']')
			rest = class_char(sv_skip(rest, 1), &to);
		found |= from <= c && c <= to;
	}
	if (rest.n == 0) {
		*p = sv_skip(*p, 1);
		return c == '[';
	}
	*p = sv_skip(rest, 1);
	return found != negated && c != '/';
}

/* Does the first item of the pattern, which is no star, take the first character of s?  Moves both if so. */
static bool
take(struct sv *pattern, struct sv *s)
{
	struct sv p = *pattern;
	uint32_t c, want;

	if (p.n == 0 || s->n == 0)
		return false;

	size_t n = utf8_decode(*s, &c);

	if (p.p[0] == '?') {
		p = sv_skip(p, 1);
		if (c == '/')
			return false;
	} else if (p.p[0] == '[') {
		if (!in_class(&p, c))
			return false;
	} else {
		p = class_char(p, &want);
		if (c != want)
			return false;
	}
	*pattern = p;
	*s = sv_skip(*s, n);
	return true;
}

/* Goes back to a star and gives it more: a character, or up to behind the next slash.  False if it cannot take that. */
static bool
retry(struct retry *r, struct sv *pattern, struct sv *s)
{
	uint32_t c;
	ptrdiff_t slash = 0;

	if (r->star == STAR_NONE || r->s.n == 0 || (r->star == STAR_SEGMENT && r->s.p[0] == '/'))
		return false;
	if (r->star == STAR_FOLDERS && (slash = sv_find(r->s, '/')) < 0)
		return false;
	r->s = sv_skip(r->s, r->star == STAR_FOLDERS ? (size_t)slash + 1 : utf8_decode(r->s, &c));
	*pattern = r->pattern;
	*s = r->s;
	return true;
}

/* The kind of star that the pattern begins with; moves behind it.  `whole` is the pattern from its beginning. */
static enum star
take_star(struct sv whole, struct sv *pattern)
{
	struct sv p = *pattern;
	bool at_start = p.n == whole.n || p.p[-1] == '/';

	while (p.n > 0 && p.p[0] == '*')
		p = sv_skip(p, 1);

	size_t n = pattern->n - p.n;

	*pattern = p;
	if (n < 2)
		return n == 0 ? STAR_NONE : STAR_SEGMENT;
	if (!at_start || p.n == 0 || p.p[0] != '/')
		return STAR_ANY;
	*pattern = sv_skip(p, 1);
	return STAR_FOLDERS;
}

bool
sv_glob(struct sv pattern, struct sv s)
{
	struct sv whole = pattern;
	struct retry segment = {0}, any = {0};

	while (s.n > 0 || pattern.n > 0) {
		enum star star = take_star(whole, &pattern);

		if (star == STAR_SEGMENT) {
			segment = (struct retry){star, pattern, s};
		} else if (star != STAR_NONE) {
			any = (struct retry){star, pattern, s};
			segment.star = STAR_NONE;
		} else if (!take(&pattern, &s) && !retry(&segment, &pattern, &s)) {
			segment.star = STAR_NONE;
			if (!retry(&any, &pattern, &s))
				return false;
		}
	}
	return true;
}

bool
sv_has_glob(struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '*' || s.p[i] == '?' || s.p[i] == '[')
			return true;
	}
	return false;
}
