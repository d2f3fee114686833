/* A recursive descent to a tree, and from the tree, back to front, to nodes. */
#include "expr/nfa.h"

#include <ctype.h>
#include <string.h>

enum {
	PATTERN_MAX = 1000,
	NEST_MAX = 50,
	REPEAT_MAX = 1000,
	EMIT_MAX = 8 * NFA_NODES_MAX, /* steps: repetitions of nothing make no nodes */
	FOREVER = UINT16_MAX,
};

enum tree_kind { TREE_SET, TREE_ALL, TREE_ANY, TREE_REPEAT, TREE_ASSERTION };

struct tree {
	enum tree_kind kind;
	enum nfa_op assertion;
	uint32_t min, max; /* of TREE_REPEAT, of kid.v[0]; max may be FOREVER */
	uint64_t set[2];
	LIST(struct tree *) kid; /* one after the other, or any of them */
};

struct parser {
	struct arena *a;
	struct sv rest;
	bool caseless;
	int depth, emitted;
	LIST(struct nfa_node) node;
};

static bool
take(struct parser *p, char c)
{
	if (p->rest.n == 0 || *p->rest.p != c)
		return false;
	p->rest = sv_skip(p->rest, 1);
	return true;
}

static bool
take_text(struct parser *p, const char *s)
{
	if (!sv_starts(p->rest, sv_of(s)))
		return false;
	p->rest = sv_skip(p->rest, strlen(s));
	return true;
}

/* The next character; 128 if it is beyond ASCII. */
static unsigned
take_char(struct parser *p)
{
	unsigned c = (unsigned char)*p->rest.p;

	p->rest = sv_skip(p->rest, 1);
	if (c < 128)
		return c;
	while (p->rest.n > 0 && ((unsigned char)*p->rest.p & 0xc0) == 0x80)
		p->rest = sv_skip(p->rest, 1);
	return 128;
}

static void
set_add(uint64_t set[2], unsigned c)
{
	set[c / 64] |= UINT64_C(1) << (c % 64);
}

/* Both cases, if the pattern asks for it.  Characters beyond ASCII whose other case is in it are met by PCRE2 only. */
static void
add_char(const struct parser *p, uint64_t set[2], unsigned c)
{
	set_add(set, c);
	if (p->caseless && c < 128 && isalpha((int)c))
		set_add(set, c ^ 0x20);
}

/* The ASCII half of \d, \w, \s and the like; false if `c` is none of them. */
static bool
add_kind(uint64_t set[2], char c)
{
	bool negated = isupper((unsigned char)c);

	if (strchr("dws", tolower((unsigned char)c)) == NULL)
		return false;
	for (unsigned k = 0; k < 128; k++) {
		bool in = false;

		switch (tolower((unsigned char)c)) {
		case 'd':
			in = k >= '0' && k <= '9';
			break;
		case 'w':
			in = isalnum((int)k) || k == '_';
			break;
		case 's':
			in = k == ' ' || (k >= '\t' && k <= '\r');
			break;
		}
		if (in != negated)
			set_add(set, k);
	}
	return true;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
	                              : -1;
}

/* Behind a backslash: the one character that is meant; false if it is another kind of escape. */
static bool
escaped_char(struct parser *p, unsigned *ret)
{
	static const char from[] = "tnrfae", to[] = "\t\n\r\f\a\x1b";
	const char *named;

	if (p->rest.n == 0 || (unsigned char)*p->rest.p >= 128)
		return false;

	char c = *p->rest.p;

	if (c == 'x') {
		int high = p->rest.n >= 3 ? hex_digit(p->rest.p[1]) : -1,
		    low = p->rest.n >= 3 ? hex_digit(p->rest.p[2]) : -1;

		if (high < 0 || high > 7 || low < 0)
			return false;
		p->rest = sv_skip(p->rest, 3);
		*ret = (unsigned)(high * 16 + low);
		return true;
	}
	named = c != '\0' ? strchr(from, c) : NULL;
	if (named != NULL)
		c = to[named - from];
	else if (!ispunct((unsigned char)c))
		return false;
	p->rest = sv_skip(p->rest, 1);
	*ret = (unsigned char)c;
	return true;
}

/* [:alpha:] and the like, whose beginning was seen. */
static bool
posix_class(struct parser *p, uint64_t set[2])
{
	static const struct {
		const char *name;
		int (*has)(int c);
	} classes[] = {
		{"[:alpha:]", isalpha},   {"[:digit:]", isdigit}, {"[:alnum:]", isalnum},
		{"[:upper:]", isupper},   {"[:lower:]", islower}, {"[:punct:]", ispunct},
		{"[:xdigit:]", isxdigit}, {"[:space:]", isspace},
	};

	for (size_t i = 0; i < LEN(classes); i++) {
		if (!take_text(p, classes[i].name))
			continue;
		/* Whether the case still matters then depends on the version. */
		if (p->caseless && (classes[i].has == isupper || classes[i].has == islower))
			return false;
		for (unsigned c = 0; c < 128; c++)
			if (classes[i].has((int)c))
				add_char(p, set, c);
		return true;
	}
	return false;
}

/* One member of a class: *single tells whether it can begin or end a range.  A character beyond ASCII is 128. */
static bool
class_member(struct parser *p, uint64_t set[2], unsigned *c, bool *single)
{
	*single = false;
	if (*p->rest.p == '[' && p->rest.n > 1 && strchr(":.=", p->rest.p[1]) != NULL)
		return posix_class(p, set);
	*single = true;
	if (take(p, '\\')) {
		if (p->rest.n > 0 && add_kind(set, *p->rest.p)) {
			p->rest = sv_skip(p->rest, 1);
			*single = false;
			return true;
		}
		return escaped_char(p, c);
	}
	*c = take_char(p);
	return *c < 128 || !p->caseless; /* its other case may be ASCII */
}

static bool
parse_class(struct parser *p, uint64_t set[2])
{
	bool negated = take(p, '^'), first = true;

	for (;; first = false) {
		unsigned from, to;
		bool single;

		if (p->rest.n == 0)
			return false;
		if (!first && take(p, ']'))
			break;
		if (!class_member(p, set, &from, &single))
			return false;
		if (!single) {
			/* Behind a kind a hyphen is one, or a mistake. */
			if (p->rest.n > 1 && *p->rest.p == '-' && p->rest.p[1] != ']')
				return false;
			continue;
		}
		to = from;
		if (p->rest.n > 1 && *p->rest.p == '-' && p->rest.p[1] != ']') {
			p->rest = sv_skip(p->rest, 1);
			if (!class_member(p, set, &to, &single) || !single)
				return false;
		}
		for (unsigned c = from; c <= to && c < 128; c++)
			add_char(p, set, c);
	}
	if (negated) {
		set[0] = ~set[0];
		set[1] = ~set[1];
	}
	return true;
}

static struct tree *
tree_new(struct parser *p, enum tree_kind kind)
{
	struct tree *t = ARENA_NEW(p->a, struct tree);

	t->kind = kind;
	return t;
}

static struct tree *
assertion(struct parser *p, enum nfa_op op)
{
	struct tree *t = tree_new(p, TREE_ASSERTION);

	t->assertion = op;
	return t;
}

static struct tree *parse_any(struct parser *p);

/* Behind the opening parenthesis. */
static struct tree *
parse_group(struct parser *p)
{
	struct tree *t;

	if (take_text(p, "?P<") || take_text(p, "?<")) {
		if (p->rest.n == 0 || !(isalpha((unsigned char)*p->rest.p) || *p->rest.p == '_'))
			return NULL; /* look-behind */
		while (p->rest.n > 0 && *p->rest.p != '>')
			p->rest = sv_skip(p->rest, 1);
		if (!take(p, '>'))
			return NULL;
	} else if (!take_text(p, "?:") && p->rest.n > 0 && strchr("?*", *p->rest.p) != NULL) {
		return NULL;
	}
	if (++p->depth > NEST_MAX)
		return NULL;
	t = parse_any(p);
	p->depth--;
	return t != NULL && take(p, ')') ? t : NULL;
}

static struct tree *
parse_escape(struct parser *p)
{
	static const struct {
		char letter;
		enum nfa_op op;
	} assertions[] = {{'A', NFA_START}, {'Z', NFA_END}, {'z', NFA_FINAL}};
	struct tree *t = tree_new(p, TREE_SET);
	unsigned c;

	for (size_t i = 0; i < LEN(assertions); i++)
		if (take(p, assertions[i].letter))
			return assertion(p, assertions[i].op);
	if (p->rest.n > 0 && *p->rest.p != '\0' && add_kind(t->set, *p->rest.p)) {
		p->rest = sv_skip(p->rest, 1);
		return t;
	}
	if (!escaped_char(p, &c))
		return NULL;
	add_char(p, t->set, c);
	return t;
}

static struct tree *
parse_atom(struct parser *p)
{
	unsigned c = take_char(p);
	struct tree *t;

	switch (c) {
	case '(':
		return parse_group(p);
	case '\\':
		return parse_escape(p);
	case '^':
		return assertion(p, NFA_START);
	case '$':
		return assertion(p, NFA_END);
	case '*':
	case '+':
	case '?':
	case '{':
		return NULL; /* a mistake, or a brace that some versions read otherwise */
	}
	t = tree_new(p, TREE_SET);
	if (c == '[')
		return parse_class(p, t->set) ? t : NULL;
	if (c == '.') {
		t->set[0] = ~(UINT64_C(1) << '\n');
		t->set[1] = UINT64_MAX;
	} else if (c < 128) {
		add_char(p, t->set, c);
	} else if (p->caseless) {
		return NULL;
	}
	return t;
}

/* The digits of {n,m}; false if there are none, or too many. */
static bool
parse_number(struct parser *p, uint32_t *ret)
{
	uint32_t n = 0;
	bool any = false;

	for (; p->rest.n > 0 && isdigit((unsigned char)*p->rest.p); p->rest = sv_skip(p->rest, 1)) {
		n = n * 10 + (uint32_t)(*p->rest.p - '0');
		any = true;
		if (n > REPEAT_MAX)
			return false;
	}
	*ret = n;
	return any;
}

/* What may stand behind an atom: any number of times it may be there.  False if it is not regular. */
static bool
parse_times(struct parser *p, uint32_t *min, uint32_t *max)
{
	*min = 0;
	*max = FOREVER;
	if (take(p, '*'))
		return true;
	if (take(p, '+')) {
		*min = 1;
		return true;
	}
	if (take(p, '?')) {
		*max = 1;
		return true;
	}
	if (!take(p, '{') || !parse_number(p, min))
		return false;
	*max = *min;
	if (take(p, ',')) {
		*max = FOREVER;
		if (p->rest.n > 0 && *p->rest.p != '}' && !parse_number(p, max))
			return false;
	}
	return take(p, '}') && *min <= *max;
}

static bool
at_times(const struct parser *p)
{
	return p->rest.n > 0 && *p->rest.p != '\0' && strchr("*+?{", *p->rest.p) != NULL;
}

static struct tree *
parse_repeated(struct parser *p)
{
	struct tree *t = parse_atom(p);

	if (t == NULL || !at_times(p))
		return t;

	struct tree *r = tree_new(p, TREE_REPEAT);

	if (t->kind == TREE_ASSERTION || !parse_times(p, &r->min, &r->max))
		return NULL;
	*LIST_ADD(p->a, &r->kid) = t;
	/* Lazy repetition finds the same texts; possessive does not, and twice is a mistake. */
	(void)take(p, '?');
	return at_times(p) ? NULL : r;
}

static struct tree *
parse_all(struct parser *p)
{
	struct tree *all = tree_new(p, TREE_ALL);

	while (p->rest.n > 0 && *p->rest.p != '|' && *p->rest.p != ')') {
		struct tree *t = parse_repeated(p);

		if (t == NULL)
			return NULL;
		*LIST_ADD(p->a, &all->kid) = t;
	}
	return all;
}

static struct tree *
parse_any(struct parser *p)
{
	struct tree *any = tree_new(p, TREE_ANY);

	do {
		struct tree *t = parse_all(p);

		if (t == NULL)
			return NULL;
		*LIST_ADD(p->a, &any->kid) = t;
	} while (take(p, '|'));
	return any;
}

/* False when there are too many. */
static bool
node_new(struct parser *p, struct nfa_node n, uint32_t *ret)
{
	if (p->node.n >= NFA_NODES_MAX)
		return false;
	*ret = (uint32_t)p->node.n;
	*LIST_ADD(p->a, &p->node) = n;
	return true;
}

static bool emit(struct parser *p, const struct tree *t, uint32_t next, uint32_t *ret);

/* x{2,4} is x x (x (x)?)?, and x{2,} is x x and a loop. */
static bool
emit_repeat(struct parser *p, const struct tree *t, uint32_t next, uint32_t *ret)
{
	const struct tree *x = t->kid.v[0];
	uint32_t at = next, body;

	if (t->max == FOREVER) {
		if (!node_new(p, (struct nfa_node){.op = NFA_SPLIT, .out = {0, next}}, &at) ||
		    !emit(p, x, at, &body))
			return false;
		p->node.v[at].out[0] = body;
	} else {
		for (uint32_t i = t->min; i < t->max; i++)
			if (!emit(p, x, at, &body) ||
			    !node_new(p, (struct nfa_node){.op = NFA_SPLIT, .out = {body, next}}, &at))
				return false;
	}
	for (uint32_t i = 0; i < t->min; i++)
		if (!emit(p, x, at, &at))
			return false;
	*ret = at;
	return true;
}

/* The nodes of a tree, in front of those that follow: *ret is where it begins. */
static bool
emit(struct parser *p, const struct tree *t, uint32_t next, uint32_t *ret)
{
	if (++p->emitted > EMIT_MAX)
		return false;
	switch (t->kind) {
	case TREE_SET:
		return node_new(
			p, (struct nfa_node){.op = NFA_SET, .out = {next}, .set = {t->set[0], t->set[1]}},
			ret);
	case TREE_ASSERTION:
		return node_new(p, (struct nfa_node){.op = t->assertion, .out = {next}}, ret);
	case TREE_REPEAT:
		return emit_repeat(p, t, next, ret);
	case TREE_ALL:
		for (size_t i = t->kid.n; i-- > 0;)
			if (!emit(p, t->kid.v[i], next, &next))
				return false;
		*ret = next;
		return true;
	case TREE_ANY:
		break;
	}

	uint32_t at, other;

	if (!emit(p, t->kid.v[0], next, &at))
		return false;
	for (size_t i = 1; i < t->kid.n; i++)
		if (!emit(p, t->kid.v[i], next, &other) ||
		    !node_new(p, (struct nfa_node){.op = NFA_SPLIT, .out = {at, other}}, &at))
			return false;
	*ret = at;
	return true;
}

bool
nfa_parse(struct arena *a, struct sv pattern, struct nfa *ret)
{
	struct parser p = {.a = a, .rest = pattern};
	const struct tree *t;
	uint32_t match, start;

	if (pattern.n > PATTERN_MAX)
		return false;
	p.caseless = take_text(&p, "(?i)");
	t = parse_any(&p);
	if (t == NULL || p.rest.n > 0 || !node_new(&p, (struct nfa_node){.op = NFA_MATCH}, &match) ||
	    !emit(&p, t, match, &start))
		return false;
	*ret = (struct nfa){.node = p.node.v, .n = (uint32_t)p.node.n, .start = start};
	return true;
}
