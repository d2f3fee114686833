/* The text of weir.yaml: few words, at the place where the question comes up. */
#include "run/starter.h"

#include "base/civil.h"
#include "base/duration.h"
#include "base/num.h"
#include "base/url.h"
#include "catalog/yaml_text.h"

enum { COMMENT_COLUMN = 58 };

#define HEADER                                                                                            \
	"# What weir looks after: the data, how fresh it has to be, and what has to hold in it.\n"        \
	"#\n"                                                                                             \
	"# Everything behind \"# suggested\" was true of the data when this file was written.  Read it "  \
	"once: keep what should\n"                                                                        \
	"# always be true, loosen what should not, delete the rest.  Then:\n"                             \
	"#\n"                                                                                             \
	"#   weir check             run the checks            weir explain             what can be "      \
	"checked\n"                                                                                       \
	"#   weir status            what is known             weir profile ASSET       look at the data " \
	"again\n"                                                                                         \
	"#   weir validate          after you edited this     weir gate ASSET          may it be used?\n" \
	"#\n"                                                                                             \
	"# All keys: weir man weir.yaml | man -l -     all checks: weir explain\n"

#define ALERTS                                                                                               \
	"\n# Who is told when something breaks.  Nothing is sent until `enabled` is true.\n"                 \
	"# alerts:\n"                                                                                        \
	"#   enabled: false\n"                                                                               \
	"#   channels:\n"                                                                                    \
	"#     ops: {type: slack, url: {env: SLACK_URL}}            # the secret stays in the environment\n" \
	"#   routes:\n"                                                                                      \
	"#     - {match: {severity: critical}, to: [ops], repeat_every: 24h}\n"

#define EXAMPLE                                                               \
	"assets: {}\n"                                                        \
	"# For example:\n"                                                    \
	"#   orders:\n"                                                       \
	"#     path: data/orders.csv                # or data/orders/*.csv\n" \
	"#     freshness: {max_age: 26h}\n"                                   \
	"#     checks:\n"                                                     \
	"#       - row_count: {min: 1}\n"                                     \
	"#       - not_null: [order_id, amount]\n"                            \
	"#       - unique: order_id\n"

static const char *const every_names[] = {[EVERY_HOUR] = "hour",
                                          [EVERY_DAY] = "day",
                                          [EVERY_WEEK] = "week",
                                          [EVERY_MONTH] = "month",
                                          [EVERY_YEAR] = "year"};

/* `sqlite:` URLs are decoded when they are read. */
static void
put_sqlite_url(struct buf *b, struct sv path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";

	buf_puts(b, "\"sqlite:");
	for (size_t i = 0; i < path.n; i++) {
		if (memchr(plain, path.p[i], sizeof(plain) - 1) != NULL)
			buf_putc(b, path.p[i]);
		else
			buf_printf(b, "%%%02X", (unsigned char)path.p[i]);
	}
	buf_putc(b, '"');
}

static void
put_path(struct buf *b, struct sv path)
{
	AUTO(buf) text = buf_new(1 << 16);

	/* `a:b.csv` would be a URL. */
	if (url_has_scheme(path))
		buf_puts(text, "./");
	buf_add(text, path);
	yaml_put_text(b, buf_sv(text));
}

static void
put_data(struct buf *b, const struct found *f)
{
	const char delimiter[] = {f->delimiter, '\0'};

	if (f->table.n > 0) {
		buf_puts(b, "    source: ");
		put_sqlite_url(b, f->path);
		buf_puts(b, "\n    table: ");
		yaml_put_text(b, f->table);
		buf_putc(b, '\n');
		return;
	}
	buf_puts(b, "    path: ");
	put_path(b, f->path);
	buf_putc(b, '\n');
	if (f->delimiter != '\0' || f->no_header) {
		buf_puts(b, "    csv: {");
		if (f->delimiter != '\0') {
			buf_puts(b, "delimiter: ");
			yaml_put_text(b, (struct sv){delimiter, 1});
		}
		buf_printf(b, "%s%s}\n", f->delimiter != '\0' && f->no_header ? ", " : "",
		           f->no_header ? "header: false" : "");
	}
	if (f->partitioned)
		buf_printf(b, "    partitions: {date: {every: %s, from: " SV_FMT "}}  # one file a %s\n",
		           every_names[f->every], SV_ARG(f->from), every_names[f->every]);
}

/* Twice the age that it has now, in round figures, and not less than a day and what a job may take. */
static void
put_freshness(struct buf *b, const struct starter_asset *a, int64_t now_us)
{
	const int64_t hour = INT64_C(3600000000);
	char limit[DURATION_MAX], words[RFC3339_MAX];
	int64_t age_us;

	if (!a->profiled || a->profile.newest_us == TIME_NONE || a->profile.newest_us > now_us) {
		buf_puts(b, "    # freshness: {max_age: 26h}  # how old may it become?\n");
		return;
	}
	age_us = now_us - a->profile.newest_us;
	if (age_us <= 13 * hour)
		duration_format(26 * hour, limit);
	else
		duration_format((age_us / (12 * hour) + 1) * 24 * hour, limit);
	buf_printf(b, "    # freshness: {max_age: %s}  # how old may it become?  It changed at %s\n", limit,
	           rfc3339_seconds(a->profile.newest_us, words));
}

static void
put_checks(struct buf *b, const struct starter_asset *a)
{
	if (a->nsuggestion == 0)
		buf_puts(b, "    # checks: []  # nothing to suggest from what lies there\n");
	else
		buf_puts(b, "    checks:\n");
	for (size_t i = 0; i < a->nsuggestion; i++) {
		const struct suggestion *s = &a->suggestion[i];
		size_t used = s->check.n + 8;

		buf_printf(b, "      - " SV_FMT "%*s  # suggested: " SV_FMT "\n", SV_ARG(s->check),
		           used < COMMENT_COLUMN ? (int)(COMMENT_COLUMN - used) : 0, "", SV_ARG(s->reason));
		if (s->warning)
			buf_puts(b, "        severity: warning\n");
	}
}

static void
put_asset(struct buf *b, const struct starter_asset *a, int64_t now_us)
{
	char rows[NUM_MAX];

	buf_puts(b, "  ");
	yaml_put_key(b, a->found->key);
	buf_putc(b, ':');
	if (a->profiled)
		buf_printf(b, "  # %s row%s, %u column%s", num_group(a->profile.rows, rows),
		           a->profile.rows == 1 ? "" : "s", a->profile.ncolumn,
		           a->profile.ncolumn == 1 ? "" : "s");
	buf_putc(b, '\n');
	put_data(b, a->found);
	put_freshness(b, a, now_us);
	if (a->profiled && a->profile.rows == 0)
		buf_puts(b, "    allow_empty: true  # suggested: it has no rows today\n");
	if (a->profiled)
		put_checks(b, a);
	buf_putc(b, '\n');
}

void
starter_yaml(struct sv project, const struct starter_asset *asset, size_t n, int64_t now_us, struct buf *b)
{
	buf_puts(b, HEADER "\nversion: 1\nproject: ");
	yaml_put_text(b, project);
	buf_puts(b, "\n"
	            "timezone: UTC           # of schedules, dates in paths, and times without a zone: say "
	            "Europe/Berlin\n"
	            "store: .weir/state.db   # what weir remembers; not for version control\n\n");
	if (n == 0)
		buf_puts(b, EXAMPLE);
	else
		buf_puts(b, "assets:\n");
	for (size_t i = 0; i < n; i++)
		put_asset(b, &asset[i], now_us);
	buf_puts(b, &ALERTS[n > 0 ? 1 : 0]); /* assets end in an empty line */
}
