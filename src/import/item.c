/* Items: what a thing of the document becomes, how well, and the note of it. */
#include "base/buf.h"
#include "expr/expr.h"
#include "expr/expr_lex.h"
#include "import/internal.h"

enum { FLOW_MAX = 1 << 20, SHORT_MAX = 120, WHY_MAX = 2000 };

const char *const grade_names[4] = {"exact", "approximated", "ambiguous", "refused"};

struct import_asset *
import_asset(struct importing *im, struct sv name, struct loc at)
{
	struct map_entry *e = map_put(&im->by_name, name);

	if (e->value == NULL) {
		struct import_asset *as = ARENA_NEW(im->a, struct import_asset);

		as->name = arena_sv(im->a, name);
		as->loc = at;
		as->keys = node_of_map(at);
		map_init(&as->names, im->a);
		map_init(&as->said, im->a);
		e->value = as;
		*LIST_ADD(im->a, &im->asset) = as;
	}
	return e->value;
}

struct sv
import_cut(struct arena *a, struct sv text)
{
	AUTO(buf) b = buf_new(FLOW_MAX);
	bool gap = false;

	text = sv_trim(text);
	for (size_t i = 0; i < text.n; i++) {
		bool space = (unsigned char)text.p[i] <= ' ';

		/* Not within a character. */
		if (b->n >= SHORT_MAX && ((unsigned char)text.p[i] & 0xC0) != 0x80) {
			buf_puts(b, "…");
			break;
		}
		if (!space && gap)
			buf_putc(b, ' ');
		if (!space)
			buf_putc(b, text.p[i]);
		gap = space;
	}
	return arena_sv(a, buf_sv(b));
}

static struct sv
flow(struct arena *a, const struct node *n)
{
	AUTO(buf) b = buf_new(FLOW_MAX);

	node_flow(n, b);
	return arena_sv(a, buf_sv(b));
}

struct sv
import_short(struct arena *a, const struct node *n)
{
	if (n->kind != NODE_MAP && n->kind != NODE_SEQ)
		return import_cut(a, n->text);

	struct sv text = flow(a, n);

	return import_cut(a, n->kind == NODE_MAP && text.n > 2 ? (struct sv){text.p + 1, text.n - 2} : text);
}

struct import_item
import_item(struct importing *im, struct import_asset *asset, const struct node *from, struct loc at,
            struct sv what)
{
	return (struct import_item){.im = im,
	                            .asset = asset,
	                            .from = from,
	                            .loc = at,
	                            .what = import_cut(im->a, what),
	                            .check = true};
}

void
import_check(struct import_item *it, const char *expectation, const struct node *args)
{
	struct node *check = LIST_ADD(it->im->a, &it->made);
	struct node value = *args;

	*check = node_of_map(it->loc);
	value.key_loc = it->loc;
	if (value.loc.line == 0)
		value.loc = it->loc;
	node_put(it->im->a, check, sv_of(expectation), &value);
}

void
import_beside(struct import_item *it, const char *key, struct sv text)
{
	node_put_text(it->im->a, &it->made.v[it->made.n - 1], key, text, it->loc);
}

static void
add_text(struct arena *a, struct sv *to, struct sv more)
{
	if (more.n == 0 || to->n > WHY_MAX || (to->n > 0 && memmem(to->p, to->n, more.p, more.n) != NULL))
		return;
	*to = to->n == 0 ? more : arena_svf(a, SV_FMT "; " SV_FMT, SV_ARG(*to), SV_ARG(more));
}

static void
lower(struct import_item *it, enum grade g, const char *remedy, struct sv why)
{
	/* A reason that lowers nothing any more would only distract from the one that does. */
	if (it->grade == GRADE_REFUSED && g < GRADE_REFUSED)
		return;
	if (g == GRADE_REFUSED && it->grade < GRADE_REFUSED) {
		it->why = (struct sv){0};
		it->remedy = (struct sv){0};
	}
	it->grade = MAX(it->grade, g);
	add_text(it->im->a, &it->why, why);
	if (remedy != NULL && it->remedy.n == 0)
		it->remedy = arena_sv(it->im->a, sv_of(remedy));
}

void
import_grade(struct import_item *it, enum grade g, const char *remedy, const char *why, ...)
{
	va_list ap;

	va_start(ap, why);
	lower(it, g, remedy, sv_of(arena_vprintf(it->im->a, why, ap)));
	va_end(ap);
}

void
import_remark(struct import_item *it, const char *why, ...)
{
	va_list ap;

	va_start(ap, why);
	lower(it, GRADE_EXACT, NULL, sv_of(arena_vprintf(it->im->a, why, ap)));
	va_end(ap);
}

static void
refuse_missed(void *ctx, const struct node *missed, const char *near)
{
	struct import_item *it = ctx;
	struct arena *a = it->im->a;

	if (missed->key.n == 0)
		import_grade(it, GRADE_REFUSED, NULL, "'" SV_FMT "' is not understood here",
		             SV_ARG(import_short(a, missed)));
	else
		import_grade(it, GRADE_REFUSED,
		             near != NULL ? arena_printf(a, "did you mean '%s'?", near) : NULL,
		             "the key '" SV_FMT "' is not known here", SV_ARG(missed->key));
}

/* The names of an asset's checks differ in a catalog. */
static void
put_name(struct import_item *it, struct node *check)
{
	struct sv name = it->name;

	if (name.n == 0 || it->asset == NULL)
		return;
	for (int k = 2; map_has(&it->asset->names, name); k++)
		name = arena_svf(it->im->a, SV_FMT " (%d)", SV_ARG(it->name), k);
	(void)map_put(&it->asset->names, name);
	node_put_text(it->im->a, check, "name", name, it->loc);
}

static void
put_unless(struct import_item *it, struct node *check, const char *key, struct sv text)
{
	if (text.n > 0 && node_get(check, key) == NULL)
		node_put_text(it->im->a, check, key, text, it->loc);
}

/* What a reader of the verdict must know of the check. */
static struct sv
described(const struct import_item *it)
{
	if (it->grade != GRADE_APPROXIMATED && it->grade != GRADE_AMBIGUOUS)
		return it->description;
	return arena_svf(it->im->a, SV_FMT "%s(%s: " SV_FMT ")", SV_ARG(it->description),
	                 it->description.n > 0 ? " " : "", grade_names[it->grade], SV_ARG(it->why));
}

/* What changes its verdicts. */
static void
dress(struct import_item *it, struct node *check)
{
	struct arena *a = it->im->a;
	const struct node *own = node_get(check, "where");
	struct sv where = it->whole ? (struct sv){0} : import_and(a, it->asset->where, it->where);

	if (own != NULL)
		where = import_and(a, where, own->text);
	if (where.n > 0)
		node_put_text(a, check, "where", where, it->loc);
	put_unless(it, check, "severity", it->severity);
}

/* What stands for a refused check: it cannot be overlooked when checks run. */
static struct node
stand_in(struct import_item *it)
{
	struct arena *a = it->im->a;
	struct node args = node_of_map(it->loc), ret = node_of_map(it->loc);

	node_put_text(a, &args, "what", it->what, it->loc);
	node_put_text(a, &args, "why", it->why, it->loc);
	if (it->remedy.n > 0)
		node_put_text(a, &args, "remedy", it->remedy, it->loc);
	node_put(a, &ret, SV("unsupported"), &args);
	return ret;
}

/* Descriptions repeat what the note says beside it. */
static struct sv
flow_of(struct arena *a, const struct node *v, size_t n)
{
	AUTO(buf) b = buf_new(FLOW_MAX);

	for (size_t i = 0; i < n; i++) {
		struct node bare = node_of_map(v[i].loc);

		for (size_t k = 0; k < v[i].n; k++)
			if (!sv_is(v[i].kid[k].key, "description"))
				node_put(a, &bare, v[i].kid[k].key, &v[i].kid[k]);
		struct sv text = flow(a, &bare);

		/* Without the outer braces it is what stands behind the dash. */
		buf_printf(b, "%s" SV_FMT, i > 0 ? "; " : "",
		           SV_ARG(sv_skip((struct sv){text.p, text.n - 1}, 1)));
	}
	return arena_sv(a, buf_sv(b));
}

/* A second time it says nothing, and would be a mistake in a catalog; names and texts do not matter. */
static bool
is_new(struct import_item *it, const struct node *check)
{
	struct map_entry *e;

	if (it->asset == NULL)
		return true;
	e = map_put(&it->asset->said, flow(it->im->a, check));
	if (e->value == NULL) {
		e->value = it->asset;
		return true;
	}
	import_remark(it, "the same check stands there already");
	return false;
}

static void
add_checks(struct import_item *it)
{
	struct sv description = described(it);

	for (size_t i = 0; i < it->made.n; i++) {
		struct node *check = &it->made.v[i];

		dress(it, check);
		if (!is_new(it, check))
			continue;
		put_unless(it, check, "description", description);
		put_name(it, check);
		*LIST_ADD(it->im->a, &it->asset->check) = *check;
	}
}

static void
add_stand_in(struct import_item *it)
{
	struct node node = stand_in(it);

	if (!is_new(it, &node))
		return;
	put_name(it, &node);
	if (it->asset != NULL)
		*LIST_ADD(it->im->a, &it->asset->check) = node;
	else
		*LIST_ADD(it->im->a, &it->im->everywhere) = node;
}

void
import_item_end(struct import_item *it)
{
	struct arena *a = it->im->a;

	/* Of what is refused anyway not everything was read. */
	if (it->from != NULL && it->grade < GRADE_REFUSED)
		look_missed(it->im, it->from, refuse_missed, it);
	if (it->grade < GRADE_REFUSED && it->made.n == 0 && it->became.n == 0 && it->check)
		import_grade(it, GRADE_REFUSED, NULL, "it says nothing that can be checked");
	import_whole(it->im, it->from);
	if (it->grade == GRADE_REFUSED && it->check)
		add_stand_in(it);
	else if (it->grade < GRADE_REFUSED && it->made.n > 0)
		add_checks(it);

	struct note *note = LIST_ADD(a, &it->im->ret->note);

	*note = (struct note){.grade = it->grade,
	                      .loc = it->loc,
	                      .asset = it->asset != NULL ? it->asset->name : (struct sv){0},
	                      .what = it->what,
	                      .why = it->why,
	                      .remedy = it->remedy};
	if (it->grade < GRADE_REFUSED)
		note->became = it->became.n > 0 ? it->became : flow_of(a, it->made.v, it->made.n);
}

void
import_refuse(struct importing *im, struct import_asset *asset, const struct node *from, struct loc at,
              bool check, struct sv what, const char *remedy, const char *why, ...)
{
	struct import_item it = import_item(im, asset, NULL, at, what);
	va_list ap;

	import_whole(im, from);
	it.check = check;
	va_start(ap, why);
	lower(&it, GRADE_REFUSED, remedy, sv_of(arena_vprintf(im->a, why, ap)));
	va_end(ap);
	import_item_end(&it);
}

/* Texts ----------------------------------------------------------------------------------------------------------- */

static struct sv
in_quotes(struct arena *a, struct sv text, char quote)
{
	AUTO(buf) b = buf_new(FLOW_MAX);

	buf_putc(b, quote);
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == quote)
			buf_putc(b, quote);
		buf_putc(b, text.p[i]);
	}
	buf_putc(b, quote);
	return arena_sv(a, buf_sv(b));
}

struct sv
import_ident(struct arena *a, struct sv column)
{
	return expr_is_bare_name(column) ? column : in_quotes(a, column, '"');
}

struct sv
import_quote(struct arena *a, struct sv text)
{
	return in_quotes(a, text, '\'');
}

struct sv
import_literal(struct arena *a, const struct node *n)
{
	return n->kind == NODE_INT || n->kind == NODE_REAL || n->kind == NODE_BOOL ? n->text
	       : n->kind == NODE_NULL                                              ? SV("NULL")
	                                                                           : import_quote(a, n->text);
}

bool
import_is_expr(struct arena *a, struct sv text, struct sv *why)
{
	const struct ast *ast = NULL;
	struct diags d;

	diags_init(&d, a);
	if (text.n <= EXPR_TEXT_MAX)
		ast = expr_parse(a, text, NOWHERE, &d);
	if (ast != NULL && !ast_lists_null(ast))
		return true;
	*why = ast != NULL    ? SV("a NULL is in its list, of which SQL never says that a value is not in it")
	       : d.list.n > 0 ? sv_of(d.list.v[0].msg)
	                      : SV("it is too long");
	return false;
}

struct sv
import_and(struct arena *a, struct sv x, struct sv y)
{
	if (x.n == 0 || y.n == 0)
		return x.n == 0 ? y : x;
	return arena_svf(a, "(" SV_FMT ") AND (" SV_FMT ")", SV_ARG(x), SV_ARG(y));
}
