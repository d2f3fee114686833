/* Types of a contract's columns, what their options ask for, and what lies within objects and lists. */
#include "base/buf.h"
#include "base/num.h"
#include "import/odcs.h"

/* Types ----------------------------------------------------------------------------------------------------------- */

/* type: ours, or NULL where values are looked into instead; json: of a value within another one. */
static const struct {
	const char *name, *type, *json;
} types[] = {
	{"array", NULL, "array"},   {"boolean", "boolean", "boolean"},
	{"date", "date", "string"}, {"integer", "integer", "integer"},
	{"map", NULL, "object"},    {"number", "number", "number"},
	{"object", NULL, "object"}, {"string", "string", "string"},
	{"time", NULL, "string"},   {"timestamp", "timestamp", "string"},
};

static size_t
type_find(struct sv name)
{
	size_t i = 0;

	while (i < LEN(types) && !sv_ieq(name, sv_of(types[i].name)))
		i++;
	return i;
}

static bool
is_of(const struct odcs_place *p, const char *type)
{
	return sv_ieq(p->logical, sv_of(type));
}

static bool
is_nested(const struct odcs_place *p)
{
	return is_of(p, "object") || is_of(p, "array") || is_of(p, "map");
}

static const struct node *
option_of(const struct node *property, const char *key)
{
	const struct node *n = node_get(node_get(property, "logicalTypeOptions"), key);

	return n != NULL && n->kind != NODE_NULL ? n : NULL;
}

/* A date's own form, and what is read as a time anyway: 2024-01-31T12:30:00Z. */
static bool
is_plain_format(struct sv format)
{
	const struct sv day = SV("yyyy-MM-dd");

	if (format.n < day.n || !sv_ieq((struct sv){format.p, day.n}, day))
		return false;
	for (size_t i = day.n; i < format.n; i++)
		if (strchr("THhmsS.:ZXxV' ", format.p[i]) == NULL)
			return false;
	return true;
}

/* Texts in a form of their own are no dates to weir, but texts. */
static bool
has_own_format(const struct odcs_place *p, const struct node *property)
{
	const struct node *format = option_of(property, "format");

	return format != NULL && format->kind == NODE_TEXT &&
	       (is_of(p, "date") || is_of(p, "timestamp") || is_of(p, "time")) &&
	       !is_plain_format(format->text);
}

static struct sv
unknown_type(struct import_item *it, struct sv name)
{
	const char *names[LEN(types)], *near;

	for (size_t i = 0; i < LEN(types); i++)
		names[i] = types[i].name;
	near = sv_nearest(name, names, LEN(names));
	it->check = true;
	import_grade(it, GRADE_REFUSED,
	             near != NULL ? arena_printf(it->im->a, "did you mean '%s'?", near) : NULL,
	             "there is no logicalType '" SV_FMT "'", SV_ARG(name));
	return (struct sv){0};
}

static struct sv
logical_type(const struct odcs_place *p, struct import_item *it, const struct node *property)
{
	const size_t i = type_find(p->logical);
	const struct node *zone = option_of(property, "timezone");

	if (i == LEN(types))
		return unknown_type(it, p->logical);
	if (is_of(p, "time") && !has_own_format(p, property)) {
		import_grade(it, GRADE_REFUSED, "write valid_format: {column: …, format: time_24h}",
		             "weir has no type for times of day");
		return (struct sv){0};
	}
	if (is_of(p, "timestamp") && zone != NULL && zone->kind == NODE_BOOL && zone->b)
		return SV("timestamptz");
	return types[i].type != NULL ? sv_of(types[i].type) : (struct sv){0};
}

/* What the physical type says beyond the logical one: digits, and whether times have a zone. */
static struct sv
refine(struct import_item *it, struct sv type, struct sv physical)
{
	struct sv more;

	import_grade(it, GRADE_APPROXIMATED, NULL,
	             "values are held against the type, and the physicalType '" SV_FMT "' is not compared",
	             SV_ARG(physical));
	if (!import_type(it->im->a, physical, &more))
		return type;
	if ((sv_is(type, "number") && sv_starts(more, SV("decimal"))) ||
	    (sv_is(type, "timestamp") && sv_is(more, "timestamptz")))
		return more;
	return type;
}

void
odcs_type(const struct odcs_place *p, const struct node *property, struct node *declared)
{
	struct importing *im = p->c->im;
	const struct node *logical = import_get(im, property, "logicalType");
	const struct node *physical = import_get(im, property, "physicalType");
	const struct node *n = logical != NULL ? logical : physical;
	struct import_item it;
	struct sv type = {0};

	if (n == NULL || is_nested(p) || n->kind != NODE_TEXT || has_own_format(p, property))
		return;
	it = odcs_item(p, n);
	it.check = false;
	if (logical != NULL)
		type = logical_type(p, &it, property);
	else if (!import_type(im->a, physical->text, &type))
		import_grade(&it, GRADE_REFUSED, "give it a logicalType",
		             "the type '" SV_FMT "' is not known", SV_ARG(physical->text));
	if (logical != NULL && type.n > 0 && physical != NULL && physical->kind == NODE_TEXT &&
	    !sv_ieq(physical->text, logical->text))
		type = refine(&it, type, physical->text);
	if (it.grade < GRADE_REFUSED) {
		node_put_text(im->a, declared, "type", type, n->loc);
		it.became = arena_svf(im->a, "columns: {" SV_FMT ": " SV_FMT "}", SV_ARG(p->column),
		                      SV_ARG(type));
	}
	import_item_end(&it);
}

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

	if (is_plain_format(n->text)) {
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
	struct node args = odcs_column(it, p->column);
	size_t i = 0;

	while (i < LEN(text_formats) && !sv_ieq(format, sv_of(text_formats[i].format)))
		i++;
	if (i == LEN(text_formats)) {
		it->check = false;
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
	if (is_of(p, "date") || is_of(p, "timestamp") || is_of(p, "time")) {
		read_time_format(p, n);
		return;
	}
	it = odcs_item(p, n);
	if (is_of(p, "integer") || is_of(p, "number"))
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
	if (n->kind == NODE_INT && is_of(p, "integer"))
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
	struct node args;

	if (n == NULL)
		return;
	import_whole(p->c->im, n);
	it = odcs_item(p, n);
	args = odcs_column(&it, p->column);
	node_put(p->c->im->a, &args, SV("values"), n);
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
	if (options == NULL || options->kind != NODE_MAP || is_nested(p))
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

/* Within objects and lists ---------------------------------------------------------------------------------------- */

static struct node schema_of(const struct odcs_place *p, struct import_item *it, const struct node *n,
                             bool nullable);

static bool
is_true(const struct node *n, const char *key)
{
	const struct node *flag = node_get(n, key);

	return flag != NULL && flag->kind == NODE_BOOL && flag->b;
}

/* Those options whose names and meanings are JSON Schema's own. */
static void
put_options(struct import_item *it, const struct node *n, struct node *schema)
{
	static const char *const keys[] = {
		"minimum",     "maximum",       "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
		"minLength",   "maxLength",     "pattern",          "minItems",         "maxItems",
		"uniqueItems", "minProperties", "maxProperties",    "required",         "enum"};
	const struct node *options = node_get(n, "logicalTypeOptions");

	for (size_t i = 0; options != NULL && i < options->n; i++) {
		const struct node *kid = &options->kid[i];
		size_t k = 0;

		while (k < LEN(keys) && !sv_is(kid->key, keys[k]))
			k++;
		/* Bounds of times are texts, which JSON Schema does not compare. */
		if (k == LEN(keys) || (k < 4 && kid->kind == NODE_TEXT))
			import_grade(it, GRADE_APPROXIMATED, NULL, "'" SV_FMT "' within it is not looked at",
			             SV_ARG(kid->key));
		else
			node_put(it->im->a, schema, kid->key, kid);
	}
}

static void
refuse_within(const struct odcs_place *p, struct import_item *it, const struct node *n)
{
	static const char *const keys[] = {"quality", "relationships", "unique", "primaryKey"};

	for (size_t i = 0; i < LEN(keys); i++) {
		const struct node *x = node_get(n, keys[i]);

		if (x == NULL || x->kind == NODE_NULL || (x->kind == NODE_BOOL && !x->b) ||
		    (x->kind == NODE_SEQ && x->n == 0))
			continue;
		import_refuse(it->im, p->object->asset, NULL, x->key_loc, true,
		              arena_svf(it->im->a, SV_FMT ": " SV_FMT, SV_ARG(p->column), SV_ARG(x->key)),
		              "make it a column, or write a query",
		              "checks of what lies within a column are not imported");
	}
}

/* A kid of what is looked into. */
static struct node
schema_within(const struct odcs_place *p, struct import_item *it, const struct node *n)
{
	refuse_within(p, it, n);
	return schema_of(p, it, n, !is_true(n, "required"));
}

static void
put_properties(const struct odcs_place *p, struct import_item *it, const struct node *list,
               struct node *schema)
{
	struct arena *a = it->im->a;
	struct node all = node_of_map(it->loc), required = node_of_list(it->loc);
	const struct node *said = node_get(schema, "required");

	for (size_t i = 0; said != NULL && said->kind == NODE_SEQ && i < said->n; i++)
		node_append(a, &required, &said->kid[i]);
	for (size_t i = 0; list->kind == NODE_SEQ && i < list->n; i++) {
		const struct node *n = &list->kid[i];
		const struct sv name = odcs_column_name(n);
		const struct node text = node_of_text(name, n->loc), kid = schema_within(p, it, n);

		if (name.n == 0)
			continue;
		node_put(a, &all, name, &kid);
		if (is_true(n, "required"))
			node_append(a, &required, &text);
	}
	node_put(a, schema, SV("properties"), &all);
	if (required.n > 0)
		node_put(a, schema, SV("required"), &required);
}

static struct node
schema_of(const struct odcs_place *p, struct import_item *it, const struct node *n, bool nullable)
{
	struct arena *a = it->im->a;
	const struct node *logical = node_get(n, "logicalType"), *list = node_get(n, "properties");
	const struct node *items = node_get(n, "items"), *value = node_get(node_get(n, "map"), "value");
	const size_t i = logical != NULL ? type_find(logical->text) : LEN(types);
	struct node ret = node_of_map(it->loc), type = node_of_list(it->loc);
	const struct node null = node_of_text(SV("null"), it->loc);
	struct node name;

	if (logical != NULL && i == LEN(types))
		(void)unknown_type(it, logical->text);
	if (i < LEN(types)) {
		name = node_of_text(sv_of(types[i].json), it->loc);
		node_append(a, &type, &name);
		node_append(a, &type, &null);
		node_put(a, &ret, SV("type"), nullable ? &type : &name);
	}
	put_options(it, n, &ret);
	if (list != NULL)
		put_properties(p, it, list, &ret);
	if (items != NULL && items->kind == NODE_MAP) {
		const struct node kid = schema_within(p, it, items);

		node_put(a, &ret, SV("items"), &kid);
	}
	if (value != NULL && value->kind == NODE_MAP) {
		const struct node kid = schema_within(p, it, value);

		node_put(a, &ret, SV("additionalProperties"), &kid);
	}
	return ret;
}

void
odcs_nested(const struct odcs_place *p, const struct node *property)
{
	static const char *const keys[] = {"properties", "items", "map"};
	struct importing *im = p->c->im;
	const struct node *logical = node_get(property, "logicalType");
	struct import_item it;
	struct node args, schema;

	for (size_t i = 0; i < LEN(keys); i++)
		import_whole(im, import_get(im, property, keys[i]));
	if (!is_nested(p))
		return;
	import_whole(im, import_get(im, property, "logicalTypeOptions"));
	it = import_item(im, p->object->asset, NULL, logical->loc,
	                 arena_svf(im->a, SV_FMT ": " SV_FMT, SV_ARG(p->column), SV_ARG(logical->text)));
	args = odcs_column(&it, p->column);
	schema = schema_of(p, &it, property, false);
	node_put(im->a, &args, SV("json_schema"), &schema);
	import_check(&it, "json_schema", &args);
	import_grade(&it, GRADE_APPROXIMATED, NULL, "values are looked at as JSON");
	import_item_end(&it);
}
