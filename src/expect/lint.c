/* The table of lints, sorted by code.  Adding one is its file and a line here. */
#include "expect/lint.h"

#include <stdarg.h>
#include <string.h>

#include "expect/lint_parts.h"

const struct lint *const lints[] = {
	&lint_segments,                                          /* constant_segments */
	&lint_contradiction,                                     /* contradictory_checks */
	&lint_duplicate,                                         /* duplicate_check */
	&lint_never_fails,   &lint_never_passes, &lint_odd_type, /* odd_type */
	&lint_odd_value,                                         /* odd_value */
	&lint_redundant,                                         /* redundant_check */
	&lint_undeclared,                                        /* undeclared_column */
	&lint_threshold,                                         /* unreachable_threshold */
	&lint_where,                                             /* unreachable_where */
	&lint_unused,                                            /* unused_ignore */
};
const size_t lint_count = LEN(lints);

const struct lint *
lint_find(struct sv code)
{
	for (size_t i = 0; i < lint_count; i++)
		if (sv_is(code, lints[i]->code))
			return lints[i];
	return NULL;
}

static bool
is_at(struct loc a, struct loc b)
{
	return a.line == b.line && a.col == b.col && a.file != NULL && b.file != NULL &&
	       strcmp(a.file, b.file) == 0;
}

static bool
is_used(const struct findings *f, struct loc at)
{
	for (size_t i = 0; i < f->used.n; i++)
		if (is_at(f->used.v[i], at))
			return true;
	return false;
}

static bool
says_ignore(const struct linted *l, const struct lint_decl *decl)
{
	bool found = false;

	for (size_t i = 0; decl != NULL && i < decl->n; i++)
		if (sv_is(decl->ignore[i], l->lint->code)) {
			found = true;
			if (!is_used(l->findings, decl->at[i]))
				*LIST_ADD(l->a, &l->findings->used) = decl->at[i];
		}
	return found;
}

/* The check says so, one that it is a part of, or the asset. */
static bool
is_ignored(const struct linted *l, const struct check *c)
{
	bool found = says_ignore(l, c->lint);

	for (const struct linted *k = l; k->whole != NULL; k = k->outer)
		found |= says_ignore(l, k->whole->lint);
	return found | says_ignore(l, l->asset->lint);
}

void
lint_report(struct linted *l, const struct check *c, struct loc at, const char *fmt, ...)
{
	va_list ap;

	l->d = is_ignored(l, c) ? &l->findings->ignored : l->findings->told;
	va_start(ap, fmt);
	diag_warning(l->d, at, "%s", arena_vprintf(l->a, fmt, ap));
	va_end(ap);
	diag_code(l->d, l->lint->code);
}

void
lint_note(struct linted *l, const struct check *other, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_note(l->d, other->loc, "%s", arena_vprintf(l->a, fmt, ap));
	va_end(ap);
}

/* What one list says of a check for each of some columns is one mistake. */
static bool
is_told(const struct diags *d, struct loc at)
{
	for (size_t i = 0; i < d->list.n; i++)
		if (is_at(d->list.v[i].loc, at))
			return true;
	return false;
}

void
lint_codes_check(const struct lint_decl *decl, struct diags *d)
{
	const char *codes[LEN(lints)];

	for (size_t i = 0; i < lint_count; i++)
		codes[i] = lints[i]->code;
	for (size_t i = 0; decl != NULL && i < decl->n; i++)
		if (lint_find(decl->ignore[i]) == NULL && !is_told(d, decl->at[i])) {
			diag_error(d, decl->at[i], "there is no warning '" SV_FMT "'",
			           SV_ARG(decl->ignore[i]));
			diag_suggest_all(d, decl->ignore[i], codes, lint_count);
		}
}

/* Ignored for nothing -------------------------------------------------------------------------------------------- */

/* What an asset says is for checks to come, too. */
static void
find_unused(struct linted *l)
{
	for (size_t i = 0; i < l->n; i++) {
		const struct check *c = l->claim[i].c;

		for (size_t k = 0; c->lint != NULL && k < c->lint->n; k++) {
			if (is_used(l->findings, c->lint->at[k]) || sv_is(c->lint->ignore[k], l->lint->code))
				continue;
			lint_report(l, c, c->lint->at[k],
			            "there is no '" SV_FMT "' here that could be ignored",
			            SV_ARG(c->lint->ignore[k]));
			diag_hint(l->d, "Leave it out: it would hide the next one.");
			/* Of a check for each of some columns this is said once. */
			*LIST_ADD(l->a, &l->findings->used) = c->lint->at[k];
		}
	}
}

const struct lint lint_unused = {
	.code = "unused_ignore",
	.summary = "A check ignores a warning that it does not get.",
	.doc = "`lint: {ignore: [CODE]}` was right once, or never; it would hide the next such warning. Leave the code out.",
	.example = "  - not_null: email\n    lint: {ignore: [never_fails]}",
	.find = find_unused,
};

/* All of them ---------------------------------------------------------------------------------------------------- */

struct scopes {
	struct arena *a;
	LIST(struct linted *) list;
};

static void
hold(struct linted *l)
{
	const size_t outer = l->outer != NULL ? l->outer->nheld : 0;
	const bool all = l->whole == NULL || l->whole->expectation == &expect_all_of;
	const struct claim **held = ARENA_ARRAY(l->a, const struct claim *, outer + l->n);

	for (size_t i = 0; i < outer; i++)
		held[l->nheld++] = l->outer->held[i];
	for (size_t i = 0; i < l->n && all; i++)
		held[l->nheld++] = &l->claim[i];
	l->held = held;
}

/* A scope, and those of the composed checks in it. */
static void
add_scope(struct scopes *s, struct linted *l)
{
	*LIST_ADD(s->a, &s->list) = l;
	hold(l);
	for (size_t i = 0; i < l->n; i++) {
		const struct claim *c = &l->claim[i];
		struct linted *parts;

		if (c->c->expectation->compose == NULL || c->nowhere)
			continue;
		parts = ARENA_NEW(s->a, struct linted);
		*parts = *l;
		parts->whole = c->c;
		parts->outer = l;
		parts->n = parts->nheld = 0;
		claims_make_parts(parts, c);
		add_scope(s, parts);
	}
}

size_t
checks_lint(struct arena *a, const struct asset *asset, const struct checks *checks, struct diags *d)
{
	AUTO(exprs) x = exprs_new();
	AUTO(metrics) m = metrics_new(x);
	struct findings findings = {.told = d};
	struct linted l = {.a = a,
	                   .asset = asset,
	                   .checks = checks,
	                   .binder = {.a = exprs_arena(x), .x = x, .m = m},
	                   .findings = &findings,
	                   .d = d};
	struct scopes s = {.a = a};

	diags_init(&findings.ignored, a);
	claims_make(&l);
	add_scope(&s, &l);
	for (size_t i = 0; i < lint_count; i++)
		for (size_t k = 0; k < s.list.n; k++) {
			struct linted *in = s.list.v[k];

			if (lints[i]->together && in->whole != NULL &&
			    in->whole->expectation != &expect_all_of)
				continue;
			in->lint = lints[i];
			lints[i]->find(in);
		}
	return findings.ignored.list.n;
}

bool
lint_explain(struct sv code, struct buf *b)
{
	const struct lint *lint = lint_find(code);

	return lint != NULL &&
	       buf_printf(b,
	                  "%s: a warning of weir validate\n\n%s %s\n\nExample:\n%s\n\nWarnings leave "
	                  "the exit status at 0; with --strict it is 1.\n",
	                  lint->code, lint->summary, lint->doc, lint->example);
}
