/*
 * Checks that are made of checks: all, any, none of them are met.
 *
 * Composed are verdicts, not rows: each part is judged on all rows as if it stood alone.  `any: [a, b]` is met where a holds in the whole, or b
 * does; that each row meets one of two conditions is an expr with OR.
 */
#include "expect/family.h"

static const struct param params[] = {
	{.name = "checks",
         .kind = PARAM_CHECKS,
         .required = true,
         .doc = "The checks, written as anywhere; each may have its own where, mostly and fail."},
};

static bool
bind(struct binder *b, const struct check *c, struct bound *ret, struct err *err)
{
	ret->element = bind_rows(b, ret->where);
	ret->member = ARENA_ARRAY(b->a, struct bound, c->nmember);
	for (uint32_t i = 0; i < c->nmember; i++)
		if (!check_bind_member(b, &c->member[i], ret->where, &ret->member[i], err))
			return false;
	ret->nmember = c->nmember;
	return true;
}

static struct sv
details_json(const struct bound *b, const struct verdict *member, struct arena *a)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 1 << 24);
	json_write_init(&w, &text, 0);
	json_object(&w);
	json_key(&w, "checks");
	json_array(&w);
	for (uint32_t i = 0; i < b->nmember; i++) {
		const struct verdict *v = &member[i];

		json_object_inline(&w);
		json_put_str(&w, "expectation_type", b->member[i].check->expectation->name);
		json_put_raw(&w, "kwargs", b->member[i].check->kwargs);
		json_put_bool(&w, "success", v->success);
		if (v->has_counts)
			json_put_i64(&w, "unexpected_count", v->unexpected_count);
		if (v->has_observed) {
			json_key(&w, "observed_value");
			value_to_json(v->observed, &w);
		}
		json_put_sv(&w, "message", v->message);
		json_object_end(&w);
	}
	json_array_end(&w);
	json_object_end(&w);
	return buf_take(a, &text);
}

/* The messages of those that are met, or of those that are not. */
static void
tell(const struct bound *b, const struct verdict *member, bool met, struct buf *text)
{
	enum { TOLD = 5 };
	uint32_t told = 0;

	for (uint32_t i = 0; i < b->nmember; i++) {
		if (member[i].success != met)
			continue;
		if (told++ == TOLD)
			buf_puts(text, "; …");
		if (told <= TOLD)
			buf_printf(text, "%s " SV_FMT ": " SV_FMT, told == 1 ? ":" : ";",
			           SV_ARG(b->member[i].check->written_name), SV_ARG(member[i].message));
	}
}

/* What is not known is no pass, even where another part is told to be one meanwhile. */
static bool
is_worse(enum outcome a, enum outcome b)
{
	return b == OUTCOME_PASS      ? a != b
	       : b == OUTCOME_SKIPPED ? a != b && a != OUTCOME_PASS
	                              : a != OUTCOME_SKIPPED && a > b;
}

/*
 * Parts that know too little of the past yet are neither met nor not: the whole is decided only where it would be whatever they come to be, and else
 * ends as the worst of them.
 */
static bool
is_undecided(const struct expectation *e, const struct verdict *member, uint32_t n, struct verdict *ret)
{
	uint32_t met = 0, open = 0;
	const struct verdict *worst = NULL;

	for (uint32_t i = 0; i < n; i++) {
		if (!member[i].undecided) {
			met += member[i].success;
			continue;
		}
		open++;
		if (worst == NULL || is_worse(member[i].outcome, worst->outcome))
			worst = &member[i];
	}
	if (worst == NULL || (e == &expect_all_of ? met + open < n : met > 0))
		return false;
	ret->undecided = true;
	ret->outcome = worst->outcome;
	ret->success = worst->outcome == OUTCOME_PASS;
	ret->message = worst->message;
	return true;
}

static void
compose(const struct bound *b, const struct verdict *member, struct arena *a, struct verdict *ret)
{
	const struct expectation *e = b->check->expectation;
	uint32_t met = 0;
	struct buf text;

	for (uint32_t i = 0; i < b->nmember; i++)
		met += member[i].success;
	ret->success = e == &expect_all_of ? met == b->nmember : e == &expect_any_of ? met > 0 : met == 0;
	ret->has_observed = true;
	ret->observed = value_int(met);
	ret->details = details_json(b, member, a);
	if (is_undecided(e, member, b->nmember, ret))
		return;
	buf_init(&text, 1 << 20);
	buf_printf(&text, "%u of %u checks %s met", met, b->nmember, met == 1 ? "is" : "are");
	if (!ret->success)
		tell(b, member, e == &expect_none_of, &text);
	ret->message = buf_take(a, &text);
}

#define COMPOSED_DOC                                                                                           \
	"Each part is a check as anywhere, on the same asset, judged on all rows; its filter comes on top of " \
	"this one's. A part that cannot be evaluated makes the whole an error, however the others went. "      \
	"Parts may be composed themselves. For a condition on each row, write an expr with AND, OR and NOT."
#define COMPOSED                                                                                        \
	.family = FAMILY_TABLE, .counts_rows = true, .no_threshold = true,                              \
	.noun = "the number of checks met", .doc = COMPOSED_DOC, .on_nothing = "As each of its parts.", \
	.params = params, .nparams = LEN(params), .bind = bind, .compose = compose

const struct expectation expect_all_of = {
	.name = "expect_all_of",
	.shorthand = "all",
	.alias = {"all_of"},
	.summary = "All of some checks are met.",
	.example = "all: [{not_null: email}, {unique: email}]",
	COMPOSED,
};

const struct expectation expect_any_of = {
	.name = "expect_any_of",
	.shorthand = "any",
	.alias = {"any_of"},
	.summary = "At least one of some checks is met.",
	.example = "any: [{not_null: email}, {not_null: phone}]",
	COMPOSED,
	.peers = {.deequ = "DQDL `(… ) or (… )`"},
};

const struct expectation expect_none_of = {
	.name = "expect_none_of",
	.shorthand = "not",
	.alias = {"none_of"},
	.summary = "A check, or each of some, is not met.",
	.example = "not: {column_exists: ssn}",
	COMPOSED,
};
