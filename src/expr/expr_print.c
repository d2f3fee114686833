/* Expressions as text that parses back to the same tree. */
#include <assert.h>

#include "base/num.h"
#include "expr/expr_lex.h"
#include "expr/expr_ops.h"
#include "expr/regex.h"

static void
print_quoted(struct buf *b, struct sv s, char quote)
{
	buf_putc(b, quote);
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == quote)
			buf_putc(b, quote);
		buf_putc(b, s.p[i]);
	}
	buf_putc(b, quote);
}

static void
print_value_text(struct buf *b, const char *before, struct value v)
{
	buf_puts(b, before);
	buf_putc(b, '\'');
	(void)value_to_text(v, b);
	buf_putc(b, '\'');
}

static void
print_real(struct buf *b, double r, struct type beside)
{
	char text[NUM_MAX];
	bool infinite = r - r != 0;

	/* Infinity has no literal of its own. */
	buf_printf(b, infinite ? "CAST('%s' AS number)" : "%s", num_f64_format(r, text));
	/* So many digits are a decimal when they are read again, unless an exponent says otherwise. */
	if (!infinite && beside.kind != TYPE_NUMBER && strlen(text) > 16 && strchr(text, 'e') == NULL)
		buf_puts(b, "e0");
}

static void
print_hex(struct buf *b, struct sv s)
{
	buf_puts(b, "X'");
	for (size_t i = 0; i < s.n; i++)
		buf_printf(b, "%02x", (unsigned char)s.p[i]);
	buf_putc(b, '\'');
}

static void print_list(struct buf *b, struct value list, struct type beside);

/* A constant beside an operand of type `beside`, from which it takes its form when it is read again. */
static void
print_value(struct buf *b, struct value v, struct type beside)
{
	switch (v.kind) {
	case VALUE_NULL:
		buf_puts(b, "NULL");
		break;
	case VALUE_BOOL:
		buf_puts(b, v.b ? "TRUE" : "FALSE");
		break;
	case VALUE_REAL:
		print_real(b, v.r, beside);
		break;
	case VALUE_DECIMAL:
		if (beside.kind == TYPE_DECIMAL)
			(void)value_to_text(v, b);
		else
			print_value_text(b, "DECIMAL ", v);
		break;
	case VALUE_TEXT:
		print_quoted(b, v.s, '\'');
		break;
	case VALUE_DATE:
		print_value_text(b, "DATE ", v);
		break;
	case VALUE_TIME:
	case VALUE_TIMETZ:
		print_value_text(b, "TIMESTAMP ", v);
		break;
	case VALUE_BINARY:
		print_hex(b, v.s);
		break;
	case VALUE_LIST:
		print_list(b, v, beside);
		break;
	default:
		(void)value_to_text(v, b);
	}
}

static void
print_list(struct buf *b, struct value list, struct type beside)
{
	buf_putc(b, '(');
	for (uint32_t i = 0; i < list.n; i++) {
		if (i > 0)
			buf_puts(b, ", ");
		print_value(b, list.list[i], beside);
	}
	buf_putc(b, ')');
}

static void
print_name(struct buf *b, struct sv name)
{
	if (expr_is_bare_name(name))
		buf_add(b, name);
	else
		print_quoted(b, name, '"');
}

static void print(struct buf *b, const struct expr *e, struct type beside);

/* NOT before these is written inside: IS NOT NULL, NOT IN, NOT LIKE, !~. */
static bool
takes_not(const struct expr *e)
{
	return e->kind == EXPR_CALL && (e->op == OP_IS_NULL || e->op == OP_IN || e->op == OP_LIKE ||
	                                e->op == OP_MATCH || e->op == OP_SAME);
}

static enum op_prec
prec_of(const struct expr *e)
{
	if (e->kind == EXPR_LITERAL) /* a minus sign in front is an operator when it is read again */
		return (e->literal.kind == VALUE_INT && e->literal.i < 0) ||
		                       (e->literal.kind == VALUE_REAL && e->literal.r < 0) ||
		                       (e->literal.kind == VALUE_DECIMAL && e->literal.d.coeff < 0)
		               ? PREC_NEG
		               : PREC_ATOM;
	if (e->kind != EXPR_CALL)
		return PREC_ATOM;
	if (e->op == OP_NOT && takes_not(e->arg[0]))
		return PREC_COMPARE;
	return expr_ops[e->op].prec;
}

/* In parentheses if it binds less tightly than `least`. */
static void
print_in(struct buf *b, const struct expr *e, enum op_prec least, struct type beside)
{
	bool parens = prec_of(e) < least;

	if (parens)
		buf_putc(b, '(');
	print(b, e, beside);
	if (parens)
		buf_putc(b, ')');
}

static void
print_infix(struct buf *b, const struct expr *e, const char *symbol)
{
	enum op_prec prec = expr_ops[e->op].prec;
	/* a - b - c groups to the left; comparisons do not group at all. */
	enum op_prec left = prec == PREC_COMPARE ? (enum op_prec)(prec + 1) : prec;

	for (uint32_t i = 0; i < e->nargs; i++) {
		struct type beside = e->nargs == 2 ? e->arg[1 - i]->type : (struct type){0};

		if (i > 0)
			buf_printf(b, " %s ", symbol);
		/* A constant's own type says nothing of how it will be read. */
		if (e->nargs == 2 && e->arg[1 - i]->kind == EXPR_LITERAL)
			beside = (struct type){0};
		/* However AND and OR are grouped, they mean the same. */
		bool chain = e->arg[i]->op == e->op && (e->op == OP_AND || e->op == OP_OR);
		print_in(b, e->arg[i], i == 0 || chain ? left : (enum op_prec)(prec + 1), beside);
	}
}

static void
print_args(struct buf *b, const struct expr *e)
{
	buf_putc(b, '(');
	for (uint32_t i = 0; i < e->nargs; i++) {
		if (i > 0)
			buf_puts(b, ", ");
		print(b, e->arg[i], (struct type){0});
	}
	buf_putc(b, ')');
}

static void
print_case(struct buf *b, const struct expr *e)
{
	buf_puts(b, "CASE");
	for (uint32_t i = 0; i < e->nargs; i++) {
		buf_puts(b, i % 2 == 1 ? " THEN " : i == e->nargs - 1 ? " ELSE " : " WHEN ");
		print(b, e->arg[i], (struct type){0});
	}
	buf_puts(b, " END");
}

static void
print_special(struct buf *b, const struct expr *e, bool negated)
{
	char type[TYPE_TEXT_MAX];

	if (e->op != OP_CASE && e->op != OP_CAST && e->op != OP_IN_KEYS)
		print_in(b, e->arg[0], PREC_CONCAT, (struct type){0});
	switch (e->op) {
	case OP_IS_NULL:
		buf_puts(b, negated ? " IS NOT NULL" : " IS NULL");
		break;
	case OP_IN:
		buf_puts(b, negated ? " NOT IN " : " IN ");
		print_list(b, e->arg[1]->literal, e->arg[0]->type);
		break;
	case OP_LIKE:
		buf_puts(b, negated ? " NOT LIKE " : " LIKE ");
		print(b, e->arg[1], (struct type){0});
		if (e->nargs > 2) {
			buf_puts(b, " ESCAPE ");
			print(b, e->arg[2], (struct type){0});
		}
		break;
	case OP_CASE:
		print_case(b, e);
		break;
	case OP_CAST:
		buf_puts(b, "CAST(");
		print(b, e->arg[0], (struct type){0});
		buf_printf(b, " AS %s)", type_text(e->type, type));
		break;
	default:
		assert(e->op == OP_IN_KEYS);
		print_args(b, e);
		buf_puts(b, " IN KEYS OF ");
		for (size_t i = 0; i < e->keys_id.n; i++)
			buf_putc(b, e->keys_id.p[i] != '\0' ? e->keys_id.p[i] : ' ');
	}
}

static void
print_not(struct buf *b, const struct expr *e)
{
	if (!takes_not(e)) {
		buf_puts(b, "NOT ");
		print_in(b, e, PREC_NOT, (struct type){0});
	} else if (e->op == OP_MATCH) {
		print_infix(b, e, "!~");
	} else if (e->op == OP_SAME) {
		print_infix(b, e, "IS DISTINCT FROM");
	} else {
		print_special(b, e, true);
	}
}

static void
print_call(struct buf *b, const struct expr *e)
{
	const struct op_info *op = &expr_ops[e->op];

	switch (op->form) {
	case FORM_FUNCTION:
		buf_puts(b, op->name);
		print_args(b, e);
		break;
	case FORM_PREFIX:
		if (e->op == OP_NOT) {
			print_not(b, e->arg[0]);
			break;
		}
		buf_puts(b, op->name);
		print_in(b, e->arg[0], PREC_CAST, (struct type){0}); /* --x is no expression of anybody's */
		break;
	case FORM_INFIX:
		if (e->nargs == 1 && e->op == OP_CONCAT)
			print(b, e->arg[0], (struct type){0});
		else
			print_infix(b, e, op->name);
		break;
	case FORM_SPECIAL:
		print_special(b, e, false);
		break;
	}
}

static void
print(struct buf *b, const struct expr *e, struct type beside)
{
	switch (e->kind) {
	case EXPR_LITERAL:
		print_value(b, e->literal, beside);
		break;
	case EXPR_COLUMN:
		print_name(b, e->column->name);
		break;
	case EXPR_METRIC:
		buf_puts(b, "<metric>"); /* metric_print says which */
		break;
	case EXPR_CALL:
		print_call(b, e);
		break;
	}
}

void
expr_print(const struct expr *e, struct buf *b)
{
	print(b, e, (struct type){0});
}
