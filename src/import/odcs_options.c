/* What a contract asks of a column's values beside their type: ranges, lengths, formats. */
#include "base/buf.h"
#include "base/num.h"
#include "import/odcs.h"

/* Ranges ---------------------------------------------------------------------------------------------------------- */

struct range {
	const char *expectation;
	const struct node *low, *high;
	bool strict_low, strict_high;
};

static void
put_end(struct import_item *it, struct node *args, const char *key, const char *strict, const struct node *n,
        bool is_strict)
{
	const struct node yes = node_of_bool(true, it->loc);

	if (n == NULL)
		return;
	if (n->kind == NODE_MAP || n->kind == NODE_SEQ || n->kind == NODE_BOOL)
		import_grade(it, GRADE_REFUSED, NULL, "'" SV_FMT "' is no bound",
		             SV_ARG(import_short(it->im->a, n)));
	node_put(it->im->a, args, sv_of(key), n);
	if (is_strict)
		node_put(it->im->a, args, sv_of(strict), &yes);
}

static void
add_range(const struct odcs_place *p, const struct range *r)
{
	const struct node *first = r->low != NULL ? r->low : r->high;
	struct arena *a = p->c->im->a;
	struct import_item it;
	struct node args;

	if (first == NULL)
		return;
	it = odcs_item(p, first);
	if (r->low != NULL && r->high != NULL)
		it.what = arena_svf(a, SV_FMT ", " SV_FMT ": " SV_FMT, SV_ARG(it.what), SV_ARG(r->high->key),
		                    SV_ARG(import_short(a, r->high)));
	args = odcs_column(&it, p->column);
	put_end(&it, &args, "min", "strict_min", r->low, r->strict_low);
	put_end(&it, &args, "max", "strict_max", r->high, r->strict_high);
	import_check(&it, r->expectation, &args);
	import_item_end(&it);
}

/* Before 3.0.1 exclusiveMinimum was true or false, and about minimum. */
static bool
flag_of(const struct node **n)
{
	const bool ret = *n != NULL && (*n)->kind == NODE_BOOL && (*n)->b;

	if (*n != NULL && (*n)->kind == NODE_BOOL)
		*n = NULL;
	return ret;
}

static void
read_ranges(const struct odcs_place *p, const struct node *options)
{
	struct importing *im = p->c->im;
	const struct node *low = import_get(im, options, "minimum"),
			  *high = import_get(im, options, "maximum");
	const struct node *above = import_get(im, options, "exclusiveMinimum");
	const struct node *below = import_get(im, options, "exclusiveMaximum");
	const bool strict_low = flag_of(&above), strict_high = flag_of(&below);

	add_range(p, &(struct range){"length_between", import_get(im, options, "minLength"),
	                             import_get(im, options, "maxLength"), false, false});
	/* One check where each end is said once. */
	add_range(p, &(struct range){"between", low != NULL ? low : above, high != NULL ? high : below,
	                             low != NULL ? strict_low : true, high != NULL ? strict_high : true});
	add_range(p, &(struct range){"between", low != NULL ? above : NULL, high != NULL ? below : NULL, true,
	                             true});
}

/* Formats --------------------------------------------------------------------------------------------------------- */

static const struct {
	const char *format, *ours, *regex;
} text_formats[] = {
	{"email", "email", NULL},
	{"hostname", "hostname", NULL},
	{"ipv4", "ipv4_address", NULL},
	{"ipv6", "ipv6_address", NULL},
	{"uuid", "uuid", NULL},
	/* RFC 3986, section 3: a scheme and what it means. */
	{"uri", NULL, "^[A-Za-z][A-Za-z0-9+.-]*:[^ ]+$"},
};

/* Rust's types of numbers, of which integer is i64. */
static const struct {
	const char *format, *min, *max;
} number_formats[] = {
	{"i8", "-128", "127"}, {"i16", "-32768", "32767"}, {"i32", "-2147483648", "2147483647"},
	{"i64", NULL, NULL},   {"i128", NULL, NULL},       {"u8", "0", "255"},
	{"u16", "0", "65535"}, {"u32", "0", "4294967295"}, {"u64", "0", NULL},
	{"u128", "0", NULL},   {"f32", NULL, NULL},        {"f64", NULL, NULL},
};

/* Letters of Java's DateTimeFormatter, the longer runs first; the directive of strptime. */
static const struct {
	const char *letters, *directive;
} letters[] = {
	{"yyyy", "%Y"}, {"uuuu", "%Y"}, {"YYYY", "%Y"},   {"yy", "%y"},  {"uu", "%y"},  {"MMMM", "%B"},
	{"MMM", "%b"},  {"MM", "%m"},   {"M", "%m"},      {"dd", "%d"},  {"d", "%d"},   {"DD", "%d"},
	{"HH", "%H"},   {"H", "%H"},    {"hh", "%I"},     {"h", "%I"},   {"mm", "%M"},  {"m", "%M"},
	{"ss", "%S"},   {"s", "%S"},    {"SSSSSS", "%f"}, {"SSS", "%f"}, {"S", "%f"},   {"a", "%p"},
	{"EEEE", "%A"}, {"EEE", "%a"},  {"XXX", "%z"},    {"XX", "%z"},  {"xxx", "%z"}, {"xx", "%z"},
	{"ZZZ", "%z"},  {"Z", "%z"},
};

/* Takes one piece from the front; false if it is nothing that strptime knows. */
static bool
put_piece(struct sv *rest, struct buf *b)
{
	const char c = rest->p[0];
	const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
	size_t run = 1;

	if (c == '\'') {
		*rest = sv_skip(*rest, 1);
		buf_add(b, rest->n > 0 && rest->p[0] == '\'' ? SV("'") : sv_cut(rest, '\''));
		return true;
	}
	while (run < rest->n && rest->p[run] == c)
		run++;
	/* Often written without its quotes. */
	if (!letter || c == 'T') {
		buf_puts(b, c == '%' ? "%%" : "");
		if (c != '%')
			buf_putc(b, c);
		*rest = sv_skip(*rest, 1);
		return true;
	}
	for (size_t i = 0; i < LEN(letters); i++)
		if (sv_is((struct sv){rest->p, run}, letters[i].letters)) {
			buf_puts(b, letters[i].directive);
			*rest = sv_skip(*rest, run);
			return true;
		}
	return false;
}

static void
read_time_format(const struct odcs_place *p, const struct node *n)
{
	struct import_item it = odcs_item(p, n);
	struct node args = odcs_column(&it, p->column);
	AUTO(buf) b = buf_new(1 << 12);
	struct sv rest = n->text;

	if (odcs_is_plain_format(n->text)) {
		it.check = false;
		import_remark(&it, "times are read in that form anyway");
		import_item_end(&it);
		return;
	}
	while (rest.n > 0 && put_piece(&rest, b))
		;
	if (rest.n > 0)
		import_grade(&it, GRADE_REFUSED, "write strftime: {column: …, format: \"%d.%m.%Y\"}",
		             "'" SV_FMT "' is nothing that strptime knows", SV_ARG(rest));
	node_put_text(p->c->im->a, &args, "format", arena_sv(p->c->im->a, buf_sv(b)), it.loc);
	import_check(&it, "strftime", &args);
	import_grade(&it, GRADE_AMBIGUOUS, NULL, "texts in that format are assumed, and no column of times");
	import_item_end(&it);
}

static void
read_number_format(struct import_item *it, const struct odcs_place *p, struct sv format)
{
	struct arena *a = p->c->im->a;
	struct node args = odcs_column(it, p->column), min, max;
	size_t i = 0;

	while (i < LEN(number_formats) && !sv_is(format, number_formats[i].format))
		i++;
	if (i == LEN(number_formats)) {
		import_grade(it, GRADE_REFUSED, "write i32, u8, f64 …",
		             "there is no format '" SV_FMT "' of numbers", SV_ARG(format));
		return;
	}
	if (number_formats[i].min == NULL && number_formats[i].max == NULL) {
		it->check = false;
		import_remark(it, "weir's numbers are checked as they are");
		return;
	}
	min = node_of_text(sv_of(number_formats[i].min), it->loc);
	min.kind = NODE_INT;
	(void)!num_i64(min.text, &min.i);
	node_put(a, &args, SV("min"), &min);
	if (number_formats[i].max != NULL) {
		max = node_of_text(sv_of(number_formats[i].max), it->loc);
		max.kind = NODE_INT;
		(void)!num_i64(max.text, &max.i);
		node_put(a, &args, SV("max"), &max);
	}
	import_check(it, "between", &args);
}

static void
read_text_format(struct import_item *it, const struct odcs_place *p, struct sv format)
{
	static const char *const untold[] = {"binary", "byte", "password"};
	struct node args = odcs_column(it, p->column);
	size_t i = 0;

	while (i < LEN(text_formats) && !sv_ieq(format, sv_of(text_formats[i].format)))
		i++;
	if (i == LEN(text_formats)) {
		/* Those say how a text is kept or shown; of another word nobody knows what it asks for. */
		for (size_t k = 0; k < LEN(untold); k++)
			it->check = it->check && !sv_ieq(format, sv_of(untold[k]));
		import_grade(it, GRADE_REFUSED, "write a pattern",
		             "what texts of the format '" SV_FMT "' look like is not known", SV_ARG(format));
		return;
	}
	if (text_formats[i].regex != NULL)
		node_put_text(p->c->im->a, &args, "regex", sv_of(text_formats[i].regex), it->loc);
	else
		node_put_text(p->c->im->a, &args, "format", sv_of(text_formats[i].ours), it->loc);
	import_check(it, text_formats[i].regex != NULL ? "match_regex" : "valid_format", &args);
	import_grade(it, GRADE_APPROXIMATED, NULL,
	             "the standard names the format, and does not say what is of it");
}

static void
read_format(const struct odcs_place *p, const struct node *options)
{
	const struct node *n = import_get(p->c->im, options, "format");
	struct import_item it;

	if (n == NULL)
		return;
	if (odcs_is_of(p, "date") || odcs_is_of(p, "timestamp") || odcs_is_of(p, "time")) {
		read_time_format(p, n);
		return;
	}
	it = odcs_item(p, n);
	if (odcs_is_of(p, "integer") || odcs_is_of(p, "number"))
		read_number_format(&it, p, n->text);
	else
		read_text_format(&it, p, n->text);
	import_item_end(&it);
}

/* Options --------------------------------------------------------------------------------------------------------- */

static void
read_pattern(const struct odcs_place *p, const struct node *options)
{
	const struct node *n = import_get(p->c->im, options, "pattern");
	struct import_item it;
	struct node args;

	if (n == NULL)
		return;
	it = odcs_item(p, n);
	args = odcs_column(&it, p->column);
	node_put(p->c->im->a, &args, SV("regex"), n);
	import_check(&it, "match_regex", &args);
	import_item_end(&it);
}

/* Quotients of numbers that are no integers are whole up to the last digits. */
static void
read_multiple(const struct odcs_place *p, const struct node *options)
{
	struct arena *a = p->c->im->a;
	const struct node *n = import_get(p->c->im, options, "multipleOf");
	const struct sv column = import_ident(a, p->column);
	struct import_item it;
	struct node expr;
	struct sv text, ratio;
	double v = 0;

	if (n == NULL)
		return;
	it = odcs_item(p, n);
	if (!num_f64(n->text, &v) || v <= 0)
		import_grade(&it, GRADE_REFUSED, NULL, "'" SV_FMT "' is no number above 0", SV_ARG(n->text));
	ratio = arena_svf(a, SV_FMT " / " SV_FMT, SV_ARG(column), SV_ARG(n->text));
	if (n->kind == NODE_INT && odcs_is_of(p, "integer"))
		text = arena_svf(a, SV_FMT " %% " SV_FMT " = 0", SV_ARG(column), SV_ARG(n->text));
	else if (n->kind == NODE_INT)
		text = arena_svf(a, "floor(" SV_FMT ") = " SV_FMT, SV_ARG(ratio), SV_ARG(ratio));
	else
		text = arena_svf(a, "abs(" SV_FMT " - round(" SV_FMT ")) < 0.000001", SV_ARG(ratio),
		                 SV_ARG(ratio));
	expr = node_of_text(text, it.loc);
	import_check(&it, "expr", &expr);
	if (n->kind != NODE_INT)
		import_grade(&it, GRADE_APPROXIMATED, NULL, "quotients are taken as whole up to six digits");
	import_item_end(&it);
}

/* Until 3.1 a list of values was an option of some tools' own. */
static void
read_values(const struct odcs_place *p, const struct node *options)
{
	const struct node *n = import_get(p->c->im, options, "enum");
	struct import_item it;
	struct node args, list;

	if (n == NULL)
		return;
	import_whole(p->c->im, n);
	it = odcs_item(p, n);
	args = odcs_column(&it, p->column);
	list = odcs_values(&it, n);
	node_put(p->c->im->a, &args, SV("values"), &list);
	import_check(&it, "in_set", &args);
	import_item_end(&it);
}

void
odcs_options(const struct odcs_place *p, const struct node *property)
{
	static const char *const known[] = {"enum",      "exclusiveMaximum", "exclusiveMinimum",
	                                    "format",    "maxLength",        "maximum",
	                                    "minLength", "minimum",          "multipleOf",
	                                    "pattern",   "timezone",         "defaultTimezone"};
	struct importing *im = p->c->im;
	const struct node *options = import_get(im, property, "logicalTypeOptions");

	/* Those of objects and lists are about what lies within. */
	if (options == NULL || options->kind != NODE_MAP || odcs_is_nested(p))
		return;
	read_ranges(p, options);
	read_pattern(p, options);
	read_format(p, options);
	read_multiple(p, options);
	read_values(p, options);
	(void)import_get(im, options, "timezone");
	(void)import_get(im, options, "defaultTimezone");
	for (size_t i = 0; i < options->n; i++) {
		const struct node *n = &options->kid[i];
		const char *near = sv_nearest(n->key, known, LEN(known));
		bool is_known = false;

		for (size_t k = 0; k < LEN(known); k++)
			is_known = is_known || sv_is(n->key, known[k]);
		if (!is_known)
			import_refuse(im, p->object->asset, n, n->key_loc, true,
			              arena_svf(im->a, SV_FMT ": " SV_FMT, SV_ARG(p->column), SV_ARG(n->key)),
			              near != NULL ? arena_printf(im->a, "did you mean '%s'?", near) : NULL,
			              "there is no option '" SV_FMT "' of this type", SV_ARG(n->key));
	}
}
