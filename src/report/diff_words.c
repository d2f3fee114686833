/* The words that text and Markdown have for differences. */
#include <math.h>

#include "base/num.h"
#include "report/diff_report.h"

const char *const diff_number_names[DIFF_NUMBERS] = {"values", "nulls", "misfits", "distinct",
                                                     "min",    "max",   "sum",     "mean"};

struct value
diff_number(const struct diff_numbers *n, int which)
{
	const struct value all[DIFF_NUMBERS] = {value_int(n->count),
	                                        value_int(n->nulls),
	                                        value_int(n->misfits),
	                                        n->distinct,
	                                        n->min,
	                                        n->max,
	                                        n->sum,
	                                        n->mean};

	return all[which];
}

static void
put_number(struct value v, int digits, struct buf *b)
{
	char text[NUM_MAX];

	if (v.kind == VALUE_INT)
		buf_puts(b, num_group(v.i, text));
	else if (v.kind == VALUE_REAL && digits < 17 && fabs(v.r) < 1e15)
		buf_printf(b, "%.*g", fabs(v.r) >= 1e6 ? MAX(digits, 15) : digits, v.r);
	else
		diff_value(v, b);
}

void
diff_number_words(const struct diff_column *c, int which, struct buf *a, struct buf *b)
{
	const struct value x = diff_number(&c->numbers[0], which), y = diff_number(&c->numbers[1], which);

	for (int digits = 6; digits <= 18; digits += 4) {
		buf_clear(a);
		buf_clear(b);
		put_number(x, digits, a);
		put_number(y, digits, b);
		if (!sv_eq(buf_sv(a), buf_sv(b)) || !diff_numbers_differ(c, which))
			return;
	}
}

bool
diff_number_hidden(const struct diff_column *c, int which)
{
	return c->pii && which >= 4;
}

bool
diff_numbers_differ(const struct diff_column *c, int which)
{
	struct value a = diff_number(&c->numbers[0], which), b = diff_number(&c->numbers[1], which);

	if (!c->there[0] || !c->there[1] || a.kind == VALUE_NULL || b.kind == VALUE_NULL || value_eq(a, b))
		return false;
	if (!value_is_numeric(a) || !value_is_numeric(b) || a.kind == VALUE_INT)
		return true;

	double x = value_to_f64(a), y = value_to_f64(b);

	return !(fabs(x - y) <= 1e-12 * fmax(fabs(x), fabs(y)));
}

const char *
diff_type_note(const struct diff_column *c)
{
	if (type_eq(c->type[0], c->type[1]))
		return "";
	if (c->foreign)
		return "their values are never equal";
	if (!type_eq(c->read[0], c->type[0]))
		return "A is read as B's";
	if (!type_eq(c->read[1], c->type[1]))
		return "B is read as A's";
	return "compared by value";
}

void
diff_value(struct value v, struct buf *b)
{
	const bool odd = v.kind == VALUE_TEXT &&
	                 (v.s.n == 0 || sv_is(v.s, "null") || v.s.p[0] == ' ' || v.s.p[v.s.n - 1] == ' ');

	if (v.kind == VALUE_NULL) {
		buf_puts(b, "null");
		return;
	}
	if (odd)
		buf_putc(b, '\'');
	(void)value_to_text(v, b);
	if (odd)
		buf_putc(b, '\'');
}

void
diff_key(const struct diff *f, const struct value *key, struct buf *b)
{
	for (size_t i = 0; i < f->nkey; i++) {
		buf_printf(b, "%s" SV_FMT "=", i > 0 ? ", " : "", SV_ARG(f->column[f->key[i]].name));
		diff_value(key[i], b);
	}
}

bool
diff_number_shown(const struct diff_column *c, int which, bool all)
{
	/* How many values there are follows from the rows and the nulls, and misfits are told apart. */
	if (which == 0 || which == 2 || !c->there[0] || !c->there[1] || diff_number_hidden(c, which))
		return false;
	return diff_numbers_differ(c, which) ||
	       (all && diff_number(&c->numbers[0], which).kind != VALUE_NULL);
}

static void
put_count(struct buf *b, const char **sep, int64_t n, const char *noun, const char *what)
{
	char text[NUM_MAX];

	if (n == 0)
		return;
	buf_printf(b, "%s%s %s%s%s", *sep, num_group(n, text), noun, n == 1 ? "" : "s", what);
	*sep = ", ";
}

static void
put_unread(const struct diff *f, struct buf *b, const char **sep)
{
	static const char *const where[] = {" of A", " of B"};

	for (int s = 0; s < 2; s++) {
		put_count(b, sep, f->side[s].malformed, "malformed record", where[s]);
		put_count(b, sep, f->side[s].unread, "row",
		          s == 0 ? " of A with a value that does not fit its type"
		                 : " of B with a value that does not fit its type");
	}
}

void
diff_summary(const struct diff *f, struct buf *b)
{
	const char *sep = "";

	if (f->outcome == DIFF_EQUAL) {
		char text[NUM_MAX];

		buf_printf(b, "equal: %s row%s", num_group(f->side[0].rows, text),
		           f->side[0].rows == 1 ? "" : "s");
		if (f->within > 0)
			buf_printf(b, ", %s of them within the tolerance", num_group(f->within, text));
		return;
	}
	buf_puts(b, f->outcome == DIFF_ERROR ? "could not be compared: " : "different: ");
	if (f->outcome == DIFF_ERROR) {
		put_unread(f, b, &sep);
		sep = "; ";
	}
	put_count(b, &sep, f->changed, "row", " changed");
	put_count(b, &sep, f->only[0].n, "row", " only in A");
	put_count(b, &sep, f->only[1].n, "row", " only in B");
	put_count(b, &sep, (int64_t)f->only_columns[0], "column", " only in A");
	put_count(b, &sep, (int64_t)f->only_columns[1], "column", " only in B");
	if (f->strict)
		put_count(b, &sep, (int64_t)f->types, "column", " of another type");
	if (f->strict && f->moved)
		buf_printf(b, "%sthe order of columns", sep);
}
