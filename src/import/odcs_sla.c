/*
 * Service levels of a contract that data can keep or break: how old the newest value may be, how often a table is made, and by when.
 *
 * A table has one policy of freshness.  How often and by when it is made says that policy, where either is said; how old its data may be says it
 * otherwise, and else is a check of the column, `recent`.
 */
#include "base/cron.h"
#include "base/duration.h"
#include "base/num.h"
#include "import/odcs.h"

enum kind {
	LEVEL_AGE,      /* of the newest value */
	LEVEL_EVERY,    /* so often it is made */
	LEVEL_DEADLINE, /* by then of each day */
	LEVEL_DATE,     /* told */
	LEVEL_REFUSED   /* weir cannot see it */
};

static const struct {
	const char *name, *other;
	enum kind kind;
	const char *why, *remedy;
} levels[] = {
	{"availability", "av", LEVEL_REFUSED, "weir looks at data, not at the service that holds them", NULL},
	{"endOfLife", "el", LEVEL_DATE, "a date for people", NULL},
	{"endOfSupport", "es", LEVEL_DATE, "a date for people", NULL},
	{"errorRate", "er", LEVEL_REFUSED, "what an error is, it does not say",
         "write those checks, with fail: \"> 1%\""},
	{"freshness", "fr", LEVEL_AGE, NULL, NULL},
	{"frequency", "fy", LEVEL_EVERY, NULL, NULL},
	{"generalAvailability", "ga", LEVEL_DATE, "a date for people", NULL},
	{"latency", "ly", LEVEL_AGE, NULL, NULL},
	{"retention", "re", LEVEL_REFUSED, "it does not say whether data is kept so long, or gone by then",
         "write a query for the latter, as sql_value"},
	{"throughput", "th", LEVEL_REFUSED, "weir looks at data, not at the service that holds them", NULL},
	{"timeOfAvailability", "ta", LEVEL_DEADLINE, NULL, NULL},
	{"timeToDetect", "td", LEVEL_REFUSED, "how fast people are is not looked at", NULL},
	{"timeToNotify", "tn", LEVEL_REFUSED, "how fast people are is not looked at", NULL},
	{"timeToRepair", "tr", LEVEL_REFUSED, "how fast people are is not looked at", NULL},
};

static const struct {
	const char *name[6];
	int64_t us;
	bool rough; /* a month is 30 days, a year 365 */
} units[] = {
	{{"s", "sec", "second", "seconds"}, US_PER_S, false},
	{{"m", "min", "mins", "minute", "minutes"}, US_PER_MIN, false},
	{{"h", "hr", "hrs", "hour", "hours"}, US_PER_HOUR, false},
	{{"d", "day", "days"}, US_PER_DAY, false},
	{{"w", "wk", "week", "weeks"}, 7 * US_PER_DAY, false},
	{{"mo", "mon", "month", "months"}, 30 * US_PER_DAY, true},
	{{"y", "yr", "year", "years"}, 365 * US_PER_DAY, true},
};

/* A service level that is being read. */
struct level {
	struct odcs *c;
	struct importing *im;
	const struct node *node, *value;
	enum kind kind;
	struct import_item it; /* of one of its elements */
};

/* Lengths of time --------------------------------------------------------------------------------------------------- */

static bool
find_unit(struct sv name, size_t *ret)
{
	for (size_t i = 0; i < LEN(units); i++)
		for (size_t k = 0; k < LEN(units[i].name) && units[i].name[k] != NULL; k++)
			if (sv_ieq(name, sv_of(units[i].name[k]))) {
				*ret = i;
				return true;
			}
	return false;
}

/* So many of a unit, in microseconds; false if that is no whole number of them, or beyond all bounds. */
static bool
times(double n, int64_t us, int64_t *ret)
{
	const double product = n * (double)us;

	if (!(product > 0) || product > 9e15 || (double)(int64_t)product != product)
		return false;
	*ret = (int64_t)product;
	return true;
}

/* ISO 8601: P1DT6H, P1W.  One number for each unit. */
static bool
parse_period(struct sv text, int64_t *ret, bool *rough)
{
	int64_t sum = 0, part;
	bool clock = false;

	if (text.n < 3 || (text.p[0] != 'P' && text.p[0] != 'p'))
		return false;
	text = sv_skip(text, 1);
	while (text.n > 0) {
		size_t n = 0, unit;
		double v;

		if (!clock && (text.p[0] == 'T' || text.p[0] == 't')) {
			clock = true;
			text = sv_skip(text, 1);
			continue;
		}
		while (n < text.n && ((text.p[n] >= '0' && text.p[n] <= '9') || text.p[n] == '.'))
			n++;
		if (n == 0 || n == text.n || !num_f64((struct sv){text.p, n}, &v))
			return false;

		struct sv letter = {text.p + n, 1};

		/* M is a month before T, and a minute behind it. */
		if (!clock && sv_ieq(letter, SV("M")))
			letter = SV("mo");
		if (!find_unit(letter, &unit) || !times(v, units[unit].us, &part) ||
		    __builtin_add_overflow(sum, part, &sum))
			return false;
		*rough = *rough || units[unit].rough;
		text = sv_skip(text, n + 1);
	}
	*ret = sum;
	return sum > 0;
}

static bool
age_of(struct level *l, int64_t *ret)
{
	const struct node *n = l->value;
	struct sv unit = SV("d");
	bool rough = false;
	size_t which = 0;
	double v;

	const bool said = import_text_of(l->im, l->node, "unit", &unit);

	*ret = 0;
	if (n == NULL || n->kind == NODE_MAP || n->kind == NODE_SEQ) {
		import_grade(&l->it, GRADE_REFUSED, "write value: 4, unit: h", "it has no value");
		return false;
	}
	if (!num_f64(n->text, &v)) {
		if (!parse_period(n->text, ret, &rough) && !duration_parse(n->text, ret, NULL))
			import_grade(&l->it, GRADE_REFUSED, "write value: 4, unit: h",
			             "'" SV_FMT "' is no length of time", SV_ARG(n->text));
	} else if (!find_unit(sv_trim(unit), &which)) {
		import_grade(&l->it, GRADE_REFUSED, "write s, min, h, d, w, month or y",
		             "'" SV_FMT "' is no unit of time", SV_ARG(unit));
	} else if (!times(v, units[which].us, ret)) {
		import_grade(&l->it, GRADE_REFUSED, NULL, "'" SV_FMT "' is no length of time",
		             SV_ARG(n->text));
	} else {
		rough = units[which].rough;
		if (!said)
			import_grade(&l->it, GRADE_AMBIGUOUS, "add unit: d",
			             "it names no unit, and days are taken");
		if (sv_is(unit, "m") || sv_is(unit, "M"))
			import_grade(&l->it, GRADE_AMBIGUOUS, "write min or month", "m is a minute here");
	}
	if (l->it.grade == GRADE_REFUSED)
		return false;
	if (rough)
		import_grade(&l->it, GRADE_APPROXIMATED, NULL, "a month is taken as 30 days, a year as 365");
	if (*ret < US_PER_MIN)
		import_grade(&l->it, GRADE_REFUSED, "allow a minute at least",
		             "so short a time is not told apart");
	return *ret >= US_PER_MIN;
}

/* 09:00, 09:00Z, 09:00-08:00 in minutes of UTC's day; zone: it says which. */
static bool
parse_clock(struct sv text, int64_t *ret, bool *zone)
{
	int64_t h, m, oh = 0, om = 0;
	struct sv rest = sv_trim(text);
	struct sv hour = sv_cut(&rest, ':'), minute = {rest.p, MIN(rest.n, (size_t)2)};

	if (hour.n != 2 || !num_i64(hour, &h) || minute.n != 2 || !num_i64(minute, &m) || h < 0 || h > 23 ||
	    m < 0 || m > 59)
		return false;
	rest = sv_skip(rest, 2);
	if (rest.n >= 3 && rest.p[0] == ':')
		rest = sv_skip(rest, 3);
	*ret = h * 60 + m;
	*zone = rest.n > 0;
	if (rest.n == 0 || sv_ieq(rest, SV("Z")))
		return true;

	const bool west = rest.p[0] == '-';

	if ((!west && rest.p[0] != '+') || rest.n < 3)
		return false;
	rest = sv_skip(rest, 1);
	hour = (struct sv){rest.p, 2};
	rest = sv_skip(rest, rest.n > 2 && rest.p[2] == ':' ? 3 : 2);
	if (!num_i64(hour, &oh) || (rest.n > 0 && (rest.n != 2 || !num_i64(rest, &om))) || oh < 0 ||
	    oh > 15 || om < 0 || om > 59)
		return false;
	*ret += (west ? 1 : -1) * (oh * 60 + om);
	return true;
}

/* What it becomes --------------------------------------------------------------------------------------------------- */

static void
put_policy(struct level *l, struct odcs_object *o, const char *key, struct sv value, struct sv column,
           bool utc)
{
	struct arena *a = l->im->a;
	struct node fresh = node_of_map(l->it.loc), updated = node_of_map(l->it.loc);

	node_put_text(a, &fresh, key, value, l->it.loc);
	if (utc)
		node_put_text(a, &fresh, "timezone", SV("UTC"), l->it.loc);
	if (column.n > 0) {
		node_put_text(a, &updated, "from", SV("column"), l->it.loc);
		node_put_text(a, &updated, "column", column, l->it.loc);
		node_put(a, &o->asset->keys, SV("updated"), &updated);
	}
	node_put(a, &o->asset->keys, SV("freshness"), &fresh);
	o->has_policy = true;
	l->it.check = false;
	l->it.became = arena_svf(a, "freshness: {" SV_FMT "}%s" SV_FMT "%s", SV_ARG(import_short(a, &fresh)),
	                         column.n > 0 ? ", updated: {" : "",
	                         SV_ARG(column.n > 0 ? import_short(a, &updated) : SV("")),
	                         column.n > 0 ? "}" : "");
}

static struct sv
duration_of(struct level *l, int64_t us)
{
	char text[DURATION_MAX];

	return arena_sv(l->im->a, sv_of(duration_format(us, text)));
}

static void
refuse_second(struct level *l)
{
	import_grade(&l->it, GRADE_REFUSED, "write recent: {column: …, within: …} for a column",
	             "the table's freshness is said by another service level");
}

static void
read_age(struct level *l, const struct odcs_element *e)
{
	struct odcs_object *o = e->object;
	struct node args = odcs_column(&l->it, e->column);
	int64_t us;

	if (!age_of(l, &us))
		return;
	if (!o->has_policy && o->deadline == NULL && o->frequency == NULL) {
		put_policy(l, o, "max_age", duration_of(l, us), e->column, false);
		if (e->column.n == 0)
			import_grade(&l->it, GRADE_AMBIGUOUS, "name the column: element: TABLE.COLUMN",
			             "it names no column: the time of the table's last change is taken");
	} else if (e->column.n > 0) {
		node_put_text(l->im->a, &args, "within", duration_of(l, us), l->it.loc);
		import_check(&l->it, "recent", &args);
		import_remark(
			&l->it,
			"the table's freshness is said by another service level: this is judged when checks run");
	} else {
		refuse_second(l);
	}
}

static bool
is_cron(const struct node *n)
{
	struct cron cron;

	return n != NULL && n->kind == NODE_TEXT && cron_parse(n->text, &cron, NULL);
}

/* When it is made, as a schedule. */
static void
read_cron(struct level *l, struct odcs_object *o)
{
	if (o->has_policy || o->deadline != NULL) {
		refuse_second(l);
		return;
	}
	put_policy(l, o, "cron", l->value->text, (struct sv){0}, false);
	import_grade(&l->it, GRADE_AMBIGUOUS, "add grace: 1h to its freshness, if it takes so long",
	             "when it is made is taken as the deadline by which it is there");
}

static void
read_every(struct level *l, const struct odcs_element *e)
{
	struct odcs_object *o = e->object;
	int64_t us;
	double v = 0;

	if (is_cron(l->value)) {
		read_cron(l, o);
		return;
	}
	if (!age_of(l, &us))
		return;
	if (num_f64(l->value->text, &v) && v != 1)
		import_grade(&l->it, GRADE_AMBIGUOUS, "write it as a period: value: P1D",
		             "it can be read as so many times a unit: once in so many units is taken");
	if (o->deadline != NULL && us == US_PER_DAY) {
		l->it.check = false;
		import_remark(&l->it, "the deadline of each day says so, too");
	} else if (o->has_policy || o->deadline != NULL) {
		refuse_second(l);
	} else {
		put_policy(l, o, "max_age", duration_of(l, us), e->column, false);
	}
}

static void
read_deadline(struct level *l, const struct odcs_element *e)
{
	struct odcs_object *o = e->object;
	int64_t minutes;
	bool zone;

	if (l->value == NULL || !parse_clock(l->value->text, &minutes, &zone)) {
		import_grade(&l->it, GRADE_REFUSED, "write 09:00, or 09:00+01:00", "it names no time of day");
	} else if (o->deadline != l->node) {
		l->it.check = false;
		import_remark(&l->it, "another deadline of the same day comes first");
	} else if (o->has_policy) {
		refuse_second(l);
	} else {
		minutes = (minutes % (24 * 60) + 24 * 60) % (24 * 60);
		put_policy(l, o, "cron",
		           arena_svf(l->im->a, "%d %d * * *", (int)(minutes % 60), (int)(minutes / 60)),
		           e->column, zone);
		if (!zone)
			import_remark(&l->it, "its time zone is the project's");
	}
}

static void
read_one(struct level *l, const struct odcs_element *e)
{
	static void (*const read[])(struct level *, const struct odcs_element *) = {
		[LEVEL_AGE] = read_age, [LEVEL_EVERY] = read_every, [LEVEL_DEADLINE] = read_deadline};

	l->it = import_item(l->im, e->object->asset, l->node, l->node->loc, import_short(l->im->a, l->node));
	(void)import_text_of(l->im, l->node, "id", &l->it.name);
	(void)import_text_of(l->im, l->node, "description", &l->it.description);
	read[l->kind](l, e);
	import_item_end(&l->it);
}

/* Which tables ------------------------------------------------------------------------------------------------------ */

/* Calls for each element that a level is about; where it names none, for each table. */
static void
each_element(struct level *l, struct sv dflt, void (*call)(struct level *l, const struct odcs_element *e))
{
	struct sv text = dflt, why;
	struct odcs_element e;

	(void)import_text_of(l->im, l->node, "element", &text);
	for (size_t i = 0; text.n == 0 && i < l->c->n; i++) {
		e = (struct odcs_element){.object = &l->c->object[i]};
		call(l, &e);
	}
	while (text.n > 0) {
		const struct sv name = sv_trim(sv_cut(&text, ','));

		if (odcs_resolve(l->c, name, &e, &why) && e.object != NULL)
			call(l, &e);
		else if (call == read_one)
			import_refuse(l->im, NULL, l->node, l->node->loc, true,
			              import_short(l->im->a, l->node), "write element: TABLE.COLUMN", SV_FMT,
			              SV_ARG(why));
	}
}

static void
note_plan(struct level *l, const struct odcs_element *e)
{
	struct odcs_object *o = e->object;
	int64_t minutes;
	bool zone;

	if (l->kind == LEVEL_EVERY)
		o->frequency = l->node;
	if (l->kind != LEVEL_DEADLINE || l->value == NULL || !parse_clock(l->value->text, &minutes, &zone))
		return;
	if (o->deadline == NULL || minutes < o->deadline_min) {
		o->deadline = l->node;
		o->deadline_min = minutes;
	}
}

/* The whole --------------------------------------------------------------------------------------------------------- */

static size_t
find_level(struct sv name)
{
	size_t i = 0;

	while (i < LEN(levels) && !sv_ieq(name, sv_of(levels[i].name)) &&
	       !sv_ieq(name, sv_of(levels[i].other)))
		i++;
	return i;
}

/* What any is allowed to name, and no data can show. */
static void
tell_level(struct level *l, struct sv name, size_t i)
{
	const char *names[LEN(levels)], *near = NULL;
	struct import_item it = import_item(l->im, NULL, NULL, l->node->loc, import_short(l->im->a, l->node));

	for (size_t k = 0; k < LEN(levels); k++)
		names[k] = levels[k].name;
	if (i == LEN(levels))
		near = sv_nearest(name, names, LEN(names));
	it.check = near != NULL;
	if (i < LEN(levels) && levels[i].kind == LEVEL_DATE)
		import_remark(&it, "not a check: %s", levels[i].why);
	else if (i < LEN(levels))
		import_grade(&it, GRADE_REFUSED, levels[i].remedy, "%s", levels[i].why);
	else
		import_grade(&it, GRADE_REFUSED,
		             near != NULL ? arena_printf(l->im->a, "did you mean '%s'?", near) : NULL,
		             "what the service level '" SV_FMT "' asks of the data is not known",
		             SV_ARG(name));
	import_whole(l->im, l->node);
	import_item_end(&it);
}

static void
read_level(struct odcs *c, const struct node *n, struct sv dflt, bool plan)
{
	static const char *const aside[] = {"driver",
	                                    "scheduler",
	                                    "schedule",
	                                    "customProperties",
	                                    "valueExt",
	                                    "tags",
	                                    "authoritativeDefinitions"};
	struct level l = {.c = c, .im = c->im, .node = n};
	struct sv name = {0};
	size_t i;

	(void)import_text_of(c->im, n, "property", &name);
	l.value = import_get(c->im, n, "value");
	i = find_level(name);
	if (i == LEN(levels) || levels[i].kind >= LEVEL_DATE) {
		if (!plan)
			tell_level(&l, name, i);
		return;
	}
	l.kind = levels[i].kind;
	odcs_aside(c->im, n, aside, LEN(aside));
	each_element(&l, dflt, plan ? note_plan : read_one);
}

void
odcs_sla(struct odcs *c, const struct node *root)
{
	const struct node *list = import_get(c->im, root, "slaProperties");
	struct sv dflt = {0};

	(void)import_text_of(c->im, root, "slaDefaultElement", &dflt);
	if (list != NULL && list->kind != NODE_SEQ)
		import_refuse(c->im, NULL, list, list->loc, true, import_short(c->im->a, list),
		              "write them behind dashes", "a list of service levels is expected");
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; list != NULL && list->kind == NODE_SEQ && i < list->n; i++)
			read_level(c, import_kid(c->im, list, i), dflt, pass == 0);
}
