/*
 * Globs.  A match walks both texts and remembers the last `*` and the last `**` it passed; where the two
 * texts part, it goes back there and lets that one take a character more.  Earlier stars need no second
 * look: what a later one of the same kind can take includes what the earlier one would.
 * So the time is bounded by |pattern| * |s| * the longest part between slashes.
 */
#include "base/sv.h"
#include "base/utf8.h"

/* Where to go on when the texts part: the pattern behind the star, and what it has not taken yet. */
struct retry {
	bool set;
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

/* Goes back to a star and gives it one character more; false if it cannot take that. */
static bool
retry(struct retry *r, bool slash_too, struct sv *pattern, struct sv *s)
{
	uint32_t c;

	if (!r->set || r->s.n == 0 || (r->s.p[0] == '/' && !slash_too))
		return false;
	r->s = sv_skip(r->s, utf8_decode(r->s, &c));
	*pattern = r->pattern;
	*s = r->s;
	return true;
}

bool
sv_glob(struct sv pattern, struct sv s)
{
	struct retry star = {0}, stars = {0};

	while (s.n > 0 || pattern.n > 0) {
		if (pattern.n > 1 && pattern.p[0] == '*' && pattern.p[1] == '*') {
			while (pattern.n > 0 && pattern.p[0] == '*')
				pattern = sv_skip(pattern, 1);
			stars = (struct retry){true, pattern, s};
			star.set = false;
		} else if (pattern.n > 0 && pattern.p[0] == '*') {
			pattern = sv_skip(pattern, 1);
			star = (struct retry){true, pattern, s};
		} else if (take(&pattern, &s)) {
			continue;
		} else if (!retry(&star, false, &pattern, &s)) {
			star.set = false;
			if (!retry(&stars, true, &pattern, &s))
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
