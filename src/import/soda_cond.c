/* Soda's conditions on numbers, and how ours say the same. */
#include "base/num.h"
#include "import/soda.h"

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool
soda_take(struct sv *rest, const char *word)
{
	struct sv w = sv_of(word);

	if (!sv_starts(*rest, w))
		return false;
	/* `in` is not the beginning of `invoices`. */
	if (is_word(w.p[w.n - 1]) && rest->n > w.n && is_word(rest->p[w.n]))
		return false;
	*rest = sv_trim(sv_skip(*rest, w.n));
	return true;
}

bool
soda_take_name(struct sv *rest, struct sv *ret)
{
	size_t n = 0;
	const char quote = rest->n > 0 ? rest->p[0] : '\0';

	if (quote == '"' || quote == '`') {
		ptrdiff_t end = sv_find(sv_skip(*rest, 1), quote);

		if (end <= 0)
			return false;
		*ret = (struct sv){rest->p + 1, (size_t)end};
		*rest = sv_trim(sv_skip(*rest, (size_t)end + 2));
		return true;
	}
	while (n < rest->n && strchr(" <>=()[],\t\n", rest->p[n]) == NULL)
		n++;
	if (n == 0)
		return false;
	*ret = (struct sv){rest->p, n};
	*rest = sv_trim(sv_skip(*rest, n));
	return true;
}

/* A number or a length of time (1d6h30m), and whether a % stands behind it. */
static bool
take_bound(struct sv *rest, struct sv *ret, bool *percent, bool *time)
{
	size_t n = 0;
	double v;

	while (n < rest->n && (is_word(rest->p[n]) || strchr("+-.", rest->p[n]) != NULL))
		n++;
	*ret = (struct sv){rest->p, n};
	*time = n > 0 && strchr("dhm", rest->p[n - 1]) != NULL && rest->p[0] >= '0' && rest->p[0] <= '9';
	if (n == 0 || (!*time && !num_f64(*ret, &v)))
		return false;
	*rest = sv_trim(sv_skip(*rest, n));
	*percent = soda_take(rest, "%");
	return true;
}

static bool
parse_between(struct sv *rest, struct soda_cond *c)
{
	bool percent = false, time = false;

	c->between = true;
	c->open_low = soda_take(rest, "(");
	if (!c->open_low)
		(void)soda_take(rest, "[");
	if (!take_bound(rest, &c->low, &c->percent, &c->time) || !soda_take(rest, "and") ||
	    !take_bound(rest, &c->high, &percent, &time))
		return false;
	c->open_high = soda_take(rest, ")");
	if (!c->open_high)
		(void)soda_take(rest, "]");
	c->percent = c->percent || percent;
	return time == c->time;
}

bool
soda_cond_parse(struct sv text, struct soda_cond *ret)
{
	static const struct {
		const char *text, *op;
	} ops[] = {{"<=", "<="}, {">=", ">="}, {"!=", "!="}, {"<>", "!="},
	           {"<", "<"},   {">", ">"},   {"=", "="}};
	struct soda_cond c = {.set = true};
	struct sv rest = sv_trim(text);

	c.negate = soda_take(&rest, "not");
	if (soda_take(&rest, "between")) {
		if (!parse_between(&rest, &c) || rest.n > 0)
			return false;
		*ret = c;
		return true;
	}
	for (size_t i = 0; i < LEN(ops) && !c.negate; i++)
		if (soda_take(&rest, ops[i].text)) {
			memcpy(c.op, ops[i].op, strlen(ops[i].op) + 1);
			if (!take_bound(&rest, &c.low, &c.percent, &c.time) || rest.n > 0)
				return false;
			*ret = c;
			return true;
		}
	return false;
}

static const char *
opposite(const char *op)
{
	static const char *const pairs[][2] = {{"<", ">="}, {"<=", ">"}, {">", "<="},
	                                       {">=", "<"}, {"=", "!="}, {"!=", "="}};

	for (size_t i = 0; i < LEN(pairs); i++)
		if (strcmp(pairs[i][0], op) == 0)
			return pairs[i][1];
	return op;
}

void
soda_cond_turn(struct soda_cond *c)
{
	char op[sizeof(c->op)];

	if (!c->set)
		return;
	if (c->between) {
		c->negate = !c->negate;
		return;
	}
	memcpy(op, opposite(c->op), sizeof(op) - 1);
	op[sizeof(op) - 1] = '\0';
	memcpy(c->op, op, sizeof(op));
}

bool
soda_levels_settle(struct soda_levels *l)
{
	if (!l->pass.set || (!l->warn.set && !l->fail.set))
		return true;
	if (l->fail.set)
		return false;
	l->fail = l->pass;
	soda_cond_turn(&l->fail);
	l->pass = (struct soda_cond){0};
	return true;
}

struct sv
soda_threshold(struct arena *a, const struct soda_cond *c, bool good)
{
	const char *unit = c->percent ? "%" : "";
	bool negate = c->negate != good;

	if (!c->between)
		return arena_svf(a, "%s " SV_FMT "%s", good ? opposite(c->op) : c->op, SV_ARG(c->low), unit);
	return arena_svf(a, "%sbetween %s" SV_FMT "%s and " SV_FMT "%s%s", negate ? "not " : "",
	                 c->open_low ? "(" : "", SV_ARG(c->low), unit, SV_ARG(c->high), unit,
	                 c->open_high ? ")" : "");
}

bool
soda_is_zero(const struct soda_cond *c)
{
	double v = 1;

	if (c->between || c->time || !num_f64(c->low, &v))
		return false;
	return ((strcmp(c->op, "=") == 0 || strcmp(c->op, "<=") == 0) && v == 0) ||
	       (strcmp(c->op, "<") == 0 && v == 1 && !c->percent);
}

struct node
soda_number(struct arena *a, struct sv text, struct loc at)
{
	int64_t i;
	double r = 0;

	if (num_i64(text, &i))
		return node_of_int(a, i, at);
	if (!num_f64(text, &r))
		return node_of_text(text, at);
	return (struct node){.kind = NODE_REAL, .r = r, .text = text, .loc = at};
}

static void
put_bound(struct arena *a, struct node *args, const char *key, const char *strict, struct sv text, bool open,
          struct loc at)
{
	const struct node v = soda_number(a, text, at), yes = node_of_bool(true, at);

	node_put(a, args, sv_of(key), &v);
	if (open)
		node_put(a, args, sv_of(strict), &yes);
}

bool
soda_range(struct arena *a, const struct soda_cond *good, struct node *args, struct loc at)
{
	const char *op = good->op;

	if (good->percent || good->time || (good->between && good->negate) || strcmp(op, "!=") == 0)
		return false;
	if (good->between) {
		put_bound(a, args, "min", "strict_min", good->low, good->open_low, at);
		put_bound(a, args, "max", "strict_max", good->high, good->open_high, at);
		return true;
	}
	if (op[0] == '>' || op[0] == '=')
		put_bound(a, args, "min", "strict_min", good->low, strcmp(op, ">") == 0, at);
	if (op[0] == '<' || op[0] == '=')
		put_bound(a, args, "max", "strict_max", good->low, strcmp(op, "<") == 0, at);
	return true;
}
