/*
 * `quarantine:`: where the failing rows of a check are written.
 *
 * The ending of a path says how, and a database is named as a source would be, with the table behind it.  Texts are only looked at here: what
 * stands in for {asset}, {run_id} and the others is known when the rows are.
 */
#include "base/fs.h"
#include "base/url.h"
#include "catalog/load.h"

enum { TO_BYTES_MAX = 4096 };

/* What stands in braces has to be one of the words, or rows of different runs would meet in a file that nobody meant. */
static bool
words_fit(struct sv text, struct loc at, struct diags *d)
{
	for (struct sv rest = text; rest.n > 0;) {
		ptrdiff_t open = sv_find(rest, '{'), close;
		size_t i = 0;

		if (open < 0)
			return true;
		rest = sv_skip(rest, (size_t)open + 1);
		close = sv_find(rest, '}');
		if (close < 0) {
			diag_error(d, at, "'to' has a '{' that is not closed");
			return false;
		}

		struct sv word = {rest.p, (size_t)close};

		while (i < QUARANTINE_WORDS && !sv_is(word, quarantine_words[i]))
			i++;
		if (i == QUARANTINE_WORDS) {
			diag_error(d, at, "'to' has no placeholder {" SV_FMT "}", SV_ARG(word));
			diag_suggest_all(d, word, quarantine_words, QUARANTINE_WORDS);
			return false;
		}
		rest = sv_skip(rest, (size_t)close + 1);
	}
	return true;
}

/* `sqlite:PATH?table=NAME` */
static bool
database_load(struct loader *l, const struct node *n, struct quarantine_decl *ret)
{
	static const struct sv key = {"table=", 6};
	struct err err = {0};
	struct url url;

	if (!url_parse(l->a, n->text, &url, &err)) {
		err.loc = n->loc;
		diag_add_err(l->d, &err);
		return false;
	}
	if (sv_is(url.scheme, "file")) {
		ret->to = url.path;
		return true;
	}
	if (!sv_is(url.scheme, "sqlite")) {
		diag_error(l->d, n->loc, "failing rows cannot be written to " SV_FMT ":", SV_ARG(url.scheme));
		diag_hint(l->d, "write a path that ends in .csv or .jsonl, or `sqlite:PATH?table=NAME`");
		return false;
	}
	if (!sv_starts(url.query, key) || url.query.n == key.n || sv_find(url.query, '&') >= 0) {
		diag_error(l->d, n->loc, "'to' is a database, but names no table");
		diag_hint(l->d, "write `sqlite:PATH?table=NAME`");
		return false;
	}
	if (url.path.n == 0 || sv_is(url.path, ":memory:")) {
		diag_error(l->d, n->loc, "'to' is a database that lies in no file");
		return false;
	}
	ret->to = url.path;
	/* Encoded as a path is. */
	if (!url_parse(l->a, arena_svf(l->a, "table:" SV_FMT, SV_ARG(sv_skip(url.query, key.n))), &url,
	               &err)) {
		err.loc = n->loc;
		diag_add_err(l->d, &err);
		return false;
	}
	ret->table = url.path;
	return true;
}

static bool
has_ending(struct sv path, const char *ending)
{
	struct sv tail = sv_of(ending);

	return path.n > tail.n && path.p[path.n - tail.n - 1] != '/' &&
	       sv_ieq(sv_skip(path, path.n - tail.n), tail);
}

static bool
path_fits(const struct node *n, struct sv path, struct diags *d)
{
	if (has_ending(path, ".csv") || has_ending(path, ".jsonl"))
		return true;
	diag_error(d, n->loc, "'" SV_FMT "' ends neither in .csv nor in .jsonl", SV_ARG(path));
	diag_hint(d, "the ending says how rows are written; a table is `sqlite:PATH?table=NAME`");
	return false;
}

static void
to_load(struct loader *l, void *rec, const struct node *n)
{
	struct quarantine_decl *q = rec, read = *q;

	if (n->text.n == 0 || n->text.n > TO_BYTES_MAX || memchr(n->text.p, '\0', n->text.n) != NULL) {
		diag_error(l->d, n->loc, "'to' is no path");
		return;
	}
	read.to = n->text;
	read.loc = n->loc;
	if ((url_has_scheme(n->text) && !database_load(l, n, &read)) ||
	    (read.table.n == 0 && !path_fits(n, read.to, l->d)) || !words_fit(read.to, n->loc, l->d) ||
	    !words_fit(read.table, n->loc, l->d))
		return;
	if (n->loc.file != NULL && read.to.p[0] != '/')
		read.to = sv_of(fs_join(l->a, fs_dirname(l->a, n->loc.file), read.to));
	*q = read;
}

static const char *const pii_words[] = {"mask", "keep", NULL};

static const struct field quarantine_fields[] = {
	{"to",
         "A path that ends in .csv or .jsonl, or `sqlite:PATH?table=NAME`; may hold {asset}, {check}, "
         "{partition}, {run_id} and {date}.",
         .kind = FIELD_TEXT, .required = true, .load = to_load},
	{"limit", "At most so many rows are written, the first ones; default: all.", .kind = FIELD_INT,
         .min = 1, .at = offsetof(struct quarantine_decl, limit)},
	{"pii", "Values of columns tagged pii: mask (default) or keep.", .kind = FIELD_ENUM,
         .names = pii_words, .at = offsetof(struct quarantine_decl, pii)},
};
const struct table quarantine_table = TABLE("quarantine", quarantine_fields);

const struct quarantine_decl *
quarantine_read(struct arena *a, const struct node *n, struct diags *d)
{
	struct quarantine_decl *q = ARENA_NEW(a, struct quarantine_decl);
	struct loader l = {.a = a, .d = d};

	*q = (struct quarantine_decl){.loc = n->loc};
	if (n->kind == NODE_MAP)
		table_load(&l, &quarantine_table, n, q);
	return q->to.n > 0 ? q : NULL;
}

void
quarantine_look(struct loader *l, void *rec, const struct node *n)
{
	(void)rec;
	(void)quarantine_read(l->a, n, l->d);
}

void
quarantine_load(struct loader *l, void *asset, const struct node *n)
{
	struct asset *as = asset;

	as->quarantine = quarantine_read(l->a, n, l->d);
}
