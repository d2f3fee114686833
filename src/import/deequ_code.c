/*
 * Deequ's checks as Scala and PyDeequ write them.  This is no reader of programs: it looks for checks and for constraints that hang on them, and takes
 * those whose arguments are constants.
 *
 *	val basic = Check(CheckLevel.Error, "basics").hasSize(_ >= 3).isComplete("id").where("open")
 *	check = Check(spark, CheckLevel.Warning, "ranges"); check.hasMin("amount", lambda x: x >= 0)
 */
#include "import/deequ.h"
#include "import/spark.h"

const struct word_rules deequ_words = {
	.comments = {"//", "#"}, .more = "", .signs = "=><=>===!=&&||->:=", .code = true};

struct check {
	struct sv severity, description;
};

struct code {
	struct importing *im;
	struct arena *a;
	struct import_asset *asset;
	struct words w;
	const struct node *from;
	struct map var;     /* name -> struct check * */
	struct check check; /* the one that is spoken of */
	size_t chain;       /* the word behind a check or a constraint: what hangs there is one, too */
	struct sv said;     /* of a suggestion: what it is */
};

/* What may hang on a check, or on what runs it, and asks for nothing. */
static const char *const aside[] = {
	"addCheck", "addChecks", "addConstraint", "addConstraints",     "addRequiredAnalyzer", "onData",
	"run",      "toString",  "useRepository", "saveOrAppendResult", "saveStatesWith",      "where"};

static const struct word *
word(const struct code *c, size_t i)
{
	return &c->w.v[MIN(i, c->w.n)];
}

/* The variable that is assigned at the i-th word: `val x = `, `x: Check = new `; or nothing. */
static struct sv
assigned(const struct code *c, size_t i)
{
	if (i > 0 && word_is(word(c, i - 1), "new"))
		i--;
	if (i < 2 || !word_is(word(c, i - 1), "="))
		return (struct sv){0};
	if (i >= 4 && word_is(word(c, i - 3), ":") && word(c, i - 4)->kind == WORD_NAME)
		return word(c, i - 4)->text;
	return word(c, i - 2)->kind == WORD_NAME ? word(c, i - 2)->text : (struct sv){0};
}

/* Check(CheckLevel.Error, "…") at the i-th word; the next one. */
static size_t
read_check(struct code *c, size_t i)
{
	const struct sv name = assigned(c, i);
	struct check check = {.severity = {0}};
	struct deequ_arg *arg;
	size_t n;

	i += 2;
	arg = deequ_args_read(c->a, &c->w, &i, &n);
	for (size_t k = 0; k < n; k++) {
		if (arg[k].kind == DEEQU_NAME && sv_is(arg[k].text, "Warning"))
			check.severity = SV("warning");
		if (arg[k].kind == DEEQU_TEXT)
			check.description = arg[k].text;
	}
	c->check = check;
	c->chain = i;
	if (name.n > 0) {
		struct check *kept = ARENA_NEW(c->a, struct check);

		*kept = check;
		(void)map_set(&c->var, name, kept);
	}
	return i;
}

/* .where("…") behind a constraint filters that one. */
static size_t
read_where(struct code *c, struct import_item *it, size_t i)
{
	struct deequ_arg *arg;
	size_t n;

	while (word_is(word(c, i), ".") && word_is(word(c, i + 1), "where") && word_is(word(c, i + 2), "(")) {
		i += 3;
		arg = deequ_args_read(c->a, &c->w, &i, &n);
		if (n == 1 && arg[0].kind == DEEQU_TEXT)
			spark_where(it, arg[0].text);
		else
			import_grade(it, GRADE_REFUSED, "write the filter as a constant",
			             "its filter is no constant text");
	}
	return i;
}

static struct import_item
begin(struct code *c, size_t i, size_t end)
{
	const struct sv what = words_source(&c->w, i, end > i ? end - 1 : i);
	struct import_item it = import_item(c->im, c->asset, c->from, word(c, i)->loc, what);

	import_whole(c->im, c->from);
	it.severity = c->check.severity;
	it.description = c->said.n > 0 ? c->said : c->check.description;
	return it;
}

/* The constraint whose name is the i-th word; the next word. */
static size_t
read_constraint(struct code *c, size_t i)
{
	const size_t name = i;
	struct deequ_arg *arg;
	struct import_item it;
	size_t n, end;

	i += 2;
	/* `hasSize { _ > 3 }` has its one argument in braces. */
	if (word_is(word(c, name + 1), "{"))
		i--;
	arg = ARENA_NEW(c->a, struct deequ_arg);
	n = 1;
	if (word_is(word(c, name + 1), "{"))
		arg[0] = deequ_arg_read(c->a, &c->w, &i);
	else
		arg = deequ_args_read(c->a, &c->w, &i, &n);
	end = i;
	it = begin(c, name, end);
	i = read_where(c, &it, i);
	if (!deequ_known(word(c, name)->text)) {
		const char *near = deequ_near(word(c, name)->text);

		import_grade(&it, GRADE_REFUSED,
		             near != NULL ? arena_printf(c->a, "did you mean '%s'?", near) : NULL,
		             "there is no constraint '" SV_FMT "'", SV_ARG(word(c, name)->text));
	} else {
		deequ_check(&it, word(c, name)->text, arg, n);
		if (it.whole && it.where.n > 0)
			import_grade(&it, GRADE_REFUSED, NULL, "it takes no filter");
	}
	import_item_end(&it);
	c->chain = i;
	return i;
}

static size_t
read_anomaly(struct code *c, size_t i)
{
	size_t end = i + 2, n;
	struct import_item it;

	(void)deequ_args_read(c->a, &c->w, &end, &n);
	/* It hangs on what runs the checks, and is none of theirs: a warning, unless its AnomalyCheckConfig says more. */
	c->check = (struct check){.severity = SV("warning")};
	it = begin(c, i, end);
	for (size_t k = i; k + 2 < end; k++)
		if (word_is(word(c, k), "CheckLevel") && word_is(word(c, k + 2), "Error"))
			it.severity = (struct sv){0};
	deequ_anomaly(&it, &c->w, i + 2);
	import_item_end(&it);
	return end;
}

/* Constraint.sizeConstraint(…): what is below the methods of a check. */
static bool
is_bare_constraint(const struct code *c, size_t i)
{
	const struct word *w = word(c, i);

	return w->kind == WORD_NAME && sv_ends(w->text, SV("Constraint")) && word_is(word(c, i + 1), "(") &&
	       !sv_is(w->text, "addConstraint");
}

static size_t
refuse_bare_constraint(struct code *c, size_t i)
{
	size_t end = i + 2, n;
	struct import_item it;

	(void)deequ_args_read(c->a, &c->w, &end, &n);
	it = begin(c, i, end);
	import_grade(&it, GRADE_REFUSED, "write it as a method of Check", "it is no method of a check");
	import_item_end(&it);
	return end;
}

static bool
is_aside(struct sv name)
{
	for (size_t i = 0; i < LEN(aside); i++)
		if (sv_is(name, aside[i]))
			return true;
	return false;
}

/* `.name(` at the i-th word, which is the dot. */
static size_t
read_member(struct code *c, size_t i)
{
	const struct sv name = word(c, i + 1)->text;
	const bool called = word_is(word(c, i + 2), "(");

	if (sv_is(name, "addAnomalyCheck") && called)
		return read_anomaly(c, i + 1);
	if (!called && !word_is(word(c, i + 2), "{"))
		return i + 2;
	if (deequ_known(name) || (c->chain == i && called && !is_aside(name)))
		return read_constraint(c, i + 1);
	return i + 2;
}

static void
read_words(struct code *c)
{
	for (size_t i = 0; i < c->w.n;) {
		const struct word *w = word(c, i);
		const struct check *known = w->kind == WORD_NAME && word_is(word(c, i + 1), ".")
		                                    ? map_get(&c->var, w->text)
		                                    : NULL;

		if (word_is(w, "Check") && word_is(word(c, i + 1), "(")) {
			i = read_check(c, i);
		} else if (is_bare_constraint(c, i)) {
			i = refuse_bare_constraint(c, i);
		} else if (known != NULL) {
			c->check = *known;
			c->chain = ++i;
		} else if (word_is(w, ".") && word(c, i + 1)->kind == WORD_NAME &&
		           !word_is(word(c, i + 1), "Check") && !is_bare_constraint(c, i + 1)) {
			i = read_member(c, i);
		} else {
			i++;
		}
	}
}

void
deequ_code_read(struct importing *im, struct import_asset *asset, const struct word_source *s,
                const struct node *from, struct sv description)
{
	struct code c = {
		.im = im, .a = im->a, .asset = asset, .from = from, .said = description, .chain = SIZE_MAX};
	const size_t before = im->ret->note.n;

	map_init(&c.var, im->a);
	if (!words_cut(im->a, s, &deequ_words, &c.w)) {
		import_refuse(im, asset, from, s->start, true, SV("code"), "import its checks on their own",
		              "it is too long");
		return;
	}
	if (c.w.n > 0 && word_is(word(&c, 0), "."))
		c.chain = 0;
	read_words(&c);
	if (im->ret->note.n == before)
		import_refuse(im, asset, from, s->start, true, s->text.n > 0 ? s->text : SV("code"), NULL,
		              "there is no constraint in it");
}

/* A level of Deequ's somewhere, or a constraint at the very beginning. */
bool
deequ_is_code(struct sv text)
{
	const struct sv head = sv_trim(text);
	struct sv name;

	if (head.n == 0 || head.p[0] == '{' || head.p[0] == '[')
		return false;
	if (head.p[0] == '.') {
		name = sv_skip(head, 1);
		for (size_t n = 0; n < name.n; n++)
			if (name.p[n] == '(' || name.p[n] == '{')
				return deequ_known(sv_trim((struct sv){name.p, n}));
		return false;
	}
	return memmem(text.p, text.n, "CheckLevel.", 11) != NULL &&
	       memmem(text.p, text.n, "Check(", 6) != NULL;
}
