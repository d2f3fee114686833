/* The shape that all checks share.  What an expectation takes is not known here. */
#include "catalog/load.h"

static const char *const severity_words[] = {"critical", "warning", "info", NULL};

static void
mostly_load(struct loader *l, void *rec, const struct node *n)
{
	double v;

	(void)rec;
	if (node_real(n, &v, l->d) && !(v >= 0 && v <= 1))
		diag_error(l->d, n->loc, "'mostly' must be from 0 to 1");
}

/* The values are read where checks are bound; here they are only looked at. */
static const struct field check_fields[] = {
	{"name", "Names the check: its id is then `asset:name`.", .kind = FIELD_TEXT},
	{"where", "Only rows for which this expression is true.", .kind = FIELD_TEXT},
	{"mostly", "Share of the rows that must meet it, 0 to 1; default 1.", .kind = FIELD_REAL,
         .load = mostly_load},
	{"by",
         "A column or columns: judged for each of their values on its own; or `{columns: …, limit: 100}`.",
         .kind = FIELD_ANY},
	{"warn", "Threshold of a warning: `> 0`, `> 1%`, `> last_good + 10%`.", .kind = FIELD_TEXT},
	{"fail", "Threshold of a failure: `> 0`, `> 1%`, `> last_good + 10%`.", .kind = FIELD_TEXT},
	{"severity", "critical (default), warning or info.", .kind = FIELD_ENUM, .names = severity_words},
	{"blocking", "Whether a failure closes gates; critical checks do by default.", .kind = FIELD_BOOL},
	{"enabled", "False leaves it out.", .kind = FIELD_BOOL},
	{"owner", "Who looks after it.", .kind = FIELD_TEXT},
	{"description", "What it is for.", .kind = FIELD_TEXT},
	{"result_format", "How much the result holds: BOOLEAN_ONLY, BASIC, SUMMARY, COMPLETE.",
         .kind = FIELD_ANY},
	{"meta", "Anything of your own; kept in the results of `--format gx`.", .kind = FIELD_ANY},
	{"quarantine", "Where failing rows are written, of expectations of rows.", .kind = FIELD_NONE,
         .off = true, .table = &quarantine_table, .load = quarantine_look},
	{"lint", "Warnings of `weir validate` about it that are not told.", .kind = FIELD_NONE,
         .table = &lint_table, .load = lint_look},
};
/* Open: the expectation's own key stands beside these. */
const struct table check_table = {
	.what = "a check", .field = check_fields, .n = LEN(check_fields), .open = true};

const struct field check_item = {.key = "check",
                                 .doc = "The name of an expectation, or a map with exactly one expectation.",
                                 .kind = FIELD_TEXT,
                                 .table = &check_table};

bool
check_key_is_common(struct sv key)
{
	return table_field(&check_table, key) != NULL;
}

/* More than one key is no common one: is it a typing mistake, or are these two checks? */
static void
too_many(struct loader *l, const struct node *first, const struct node *second)
{
	size_t nkeys;
	const char *const *keys = table_keys(l->a, &check_table, &nkeys);
	const struct node *typo = sv_nearest(second->key, keys, nkeys) != NULL ? second : first;

	if (sv_nearest(typo->key, keys, nkeys) != NULL) {
		diag_error(l->d, typo->key_loc, "a check has no key '" SV_FMT "'", SV_ARG(typo->key));
		diag_suggest(l->d, typo->key, keys, nkeys);
		return;
	}
	diag_error(l->d, second->key_loc,
	           "a check is one expectation, but this one has '" SV_FMT "' and '" SV_FMT "'",
	           SV_ARG(first->key), SV_ARG(second->key));
	diag_hint(l->d, "arguments go into a map below the expectation; another check starts with '-'");
}

const struct node *
check_expectation(struct arena *a, const struct node *check, struct diags *d)
{
	struct loader l = {.a = a, .d = d};
	const struct node *found = NULL;
	max_align_t unused[4] = {0};

	if (check->kind == NODE_TEXT && check->text.n > 0)
		return check;
	if (check->kind != NODE_MAP) {
		diag_error(d, check->loc, "a check must be the name of an expectation or a map, not %s",
		           node_kind_name(check->kind));
		return NULL;
	}
	for (size_t i = 0; i < check->n; i++) {
		const struct node *kid = &check->kid[i];

		if (check_key_is_common(kid->key))
			continue;
		if (found != NULL) {
			too_many(&l, found, kid);
			return NULL;
		}
		found = kid;
	}
	if (found == NULL) {
		diag_error(d, check->loc, "this check names no expectation");
		diag_hint(d, "write for example `not_null: order_id`");
		return NULL;
	}

	size_t errors = d->errors;

	table_load(&l, &check_table, check, unused);
	return d->errors == errors ? found : NULL;
}

void
checks_shape(struct loader *l, const struct node *n)
{
	for (size_t i = 0; i < n->n; i++)
		(void)check_expectation(l->a, &n->kid[i], l->d);
}
