/*
 * What a message says, written within its limit and read back.
 *
 * All incidents are written at the same level of detail: the fullest at which all of them fit, else the barest with as many as fit.
 */
#include "alert/notice.h"

#include "base/civil.h"

/* What is kept of an incident's texts, in bytes, and of its lists. */
struct detail {
	size_t message, text, items, symptoms;
};
/* At the last one an incident always fits: six bytes for each of its 15 texts' (control characters are escaped) stay below 12 kB. */
static const struct detail details[] = {
	{.message = 4000, .text = 1000, .items = 50, .symptoms = SYMPTOMS_MAX},
	{.message = 600, .text = 300, .items = 10, .symptoms = 5},
	{.message = 160, .text = 120},
};
enum { HEAD_TEXT_MAX = 200, PIECE_MAX = 1 << 20 };

static const char cut_mark[] = "… (cut)";

static struct sv
clip(struct arena *a, struct sv s, size_t max)
{
	size_t n = MIN(s.n, max);

	if (s.n <= max)
		return s;
	/* Not within a character. */
	while (n > 0 && ((unsigned char)s.p[n] & 0xC0) == 0x80)
		n--;
	return arena_svf(a, SV_FMT "%s", SV_ARG(((struct sv){s.p, n})), cut_mark);
}

static void
put_text(struct json_writer *w, struct arena *a, const char *key, struct sv text, size_t max)
{
	json_put_sv(w, key, clip(a, text, max));
}

static void
put_symptoms(struct json_writer *w, struct arena *a, const struct incident *i, const struct detail *d)
{
	json_put_i64(w, "symptom_count", MAX(i->symptoms, (int64_t)i->nsymptom));
	json_key(w, "symptoms");
	json_array(w);
	for (size_t k = 0; k < MIN(i->nsymptom, d->symptoms); k++) {
		const struct symptom *s = &i->symptom[k];

		json_object(w);
		put_text(w, a, "kind", s->kind, d->text);
		put_text(w, a, "asset", s->asset, d->text);
		put_text(w, a, "partition", s->partition, d->text);
		put_text(w, a, "check", s->check, d->text);
		put_text(w, a, "message", s->message, d->text);
		json_object_end(w);
	}
	json_array_end(w);
}

static void
put_owners_and_tags(struct json_writer *w, struct arena *a, const struct notice_incident *n,
                    const struct detail *d)
{
	LIST(struct sv) keys = {0};

	json_key(w, "owners");
	json_array(w);
	for (size_t i = 0; i < MIN(n->nowner, d->items); i++)
		json_sv(w, clip(a, n->owner[i], d->text));
	json_array_end(w);
	json_key(w, "tags");
	json_object(w);
	for (size_t i = 0; i < MIN(n->ntag, d->items); i++) {
		const struct sv key = clip(a, n->tag[i].key, d->text);

		/* One key twice is no JSON that everybody reads alike. */
		if (sv_in(key, keys.v, keys.n))
			continue;
		*LIST_ADD(a, &keys) = key;
		json_key_sv(w, key);
		json_sv(w, clip(a, n->tag[i].value, d->text));
	}
	json_object_end(w);
}

const char *
incident_state_name(const struct incident *i, int64_t now_us)
{
	if (i->flapping)
		return "flapping";
	if (i->resolved_us != TIME_NONE)
		return "resolved";
	if (i->snoozed_until_us > now_us)
		return "snoozed";
	return i->acked_by.n > 0 ? "acknowledged" : "open";
}

static struct sv
plain_state(const struct incident *i)
{
	return i->resolved_us != TIME_NONE ? SV("resolved") : SV("open");
}

/* What people said of it, and the partitions that share it. */
static void
put_life(struct json_writer *w, struct arena *a, const struct notice_incident *n, const struct detail *d)
{
	const struct incident *i = &n->incident;

	json_put_sv(w, "state", n->state.n > 0 ? n->state : plain_state(i));
	json_put_time(w, "acknowledged_at", i->acked_by.n > 0 ? i->acked_us : TIME_NONE);
	put_text(w, a, "acknowledged_by", i->acked_by, d->text);
	put_text(w, a, "note", i->note, d->text);
	json_put_time(w, "snoozed_until", i->snoozed_until_us > 0 ? i->snoozed_until_us : TIME_NONE);
	put_text(w, a, "resolved_by", i->resolved_by, d->text);
	put_text(w, a, "url", n->url, d->text);
	json_put_i64(w, "partition_count", i->partitions);
	json_key(w, "partitions");
	json_array(w);
	for (size_t k = 0; k < MIN(i->npart, d->items); k++)
		json_sv(w, clip(a, i->part[k].partition, d->text));
	json_array_end(w);
}

static struct sv
incident_json(struct arena *a, const struct notice_incident *n, const struct detail *d)
{
	const struct incident *i = &n->incident;
	AUTO(buf) b = buf_new(PIECE_MAX);
	struct json_writer w;

	json_write_init(&w, b, 0);
	json_object(&w);
	put_text(&w, a, "id", i->id, d->text);
	put_text(&w, a, "kind", i->kind, d->text);
	put_text(&w, a, "asset", i->asset, d->text);
	put_text(&w, a, "partition", i->partition, d->text);
	put_text(&w, a, "check", i->check, d->text);
	json_put_str(&w, "severity", severity_names[i->severity]);
	json_put_str(&w, "change", incident_change_names[i->change]);
	put_text(&w, a, "title", i->title, d->text);
	put_text(&w, a, "message", i->message, d->message);
	json_put_time(&w, "opened_at", i->opened_us);
	json_put_time(&w, "resolved_at", i->resolved_us);
	put_life(&w, a, n, d);
	put_owners_and_tags(&w, a, n, d);
	put_symptoms(&w, a, i, d);
	json_object_end(&w);
	return arena_sv(a, buf_sv(b));
}

/* The whole with the pieces that are given. */
static struct sv
body_json(struct arena *a, const struct notice *n, const struct sv *piece, size_t npiece)
{
	AUTO(buf) b = buf_new(PIECE_MAX);
	struct json_writer w;

	json_write_init(&w, b, 0);
	json_object(&w);
	json_put_sv(&w, "type", n->type);
	json_put_time(&w, "timestamp", n->at_us);
	json_key(&w, "data");
	json_object(&w);
	put_text(&w, a, "project", n->project, HEAD_TEXT_MAX);
	put_text(&w, a, "environment", n->env, HEAD_TEXT_MAX);
	put_text(&w, a, "run_id", n->run_id, HEAD_TEXT_MAX);
	put_text(&w, a, "route", n->route, HEAD_TEXT_MAX);
	json_put_i64(&w, "count", n->count);
	json_put_i64(&w, "omitted", n->omitted);
	json_key(&w, "incidents");
	json_array(&w);
	for (size_t i = 0; i < npiece; i++)
		json_raw(&w, piece[i]);
	json_array_end(&w);
	json_object_end(&w);
	json_object_end(&w);
	return arena_sv(a, buf_sv(b));
}

struct sv
notice_json(struct arena *a, struct notice *n)
{
	struct sv *piece = ARENA_ARRAY(a, struct sv, n->nincident);

	n->count = MAX(n->count, (int64_t)n->nincident);
	/* As long as it gets: its digits are shorter once some are in. */
	n->omitted = n->count;
	for (size_t level = 0;; level++) {
		/* Every piece but the first has a comma. */
		size_t bytes = body_json(a, n, NULL, 0).n, fits = 0;

		while (fits < n->nincident) {
			piece[fits] = incident_json(a, &n->incident[fits], &details[level]);
			if (bytes + piece[fits].n + 1 > NOTICE_MAX)
				break;
			bytes += piece[fits++].n + 1;
		}
		if (fits == n->nincident || level + 1 == LEN(details)) {
			n->omitted = n->count - (int64_t)fits;
			return body_json(a, n, piece, fits);
		}
	}
}

static bool
refuse(const char *what, struct err *err)
{
	err_set(err, ERR_STORE, NOWHERE, "the body of a message is no notice: %s", what);
	return err_hint(err, "The state database was changed by other hands; `weir doctor` looks at it.");
}

static bool
get_text(const struct node *map, const char *key, struct sv *ret, struct err *err)
{
	const struct node *n = node_get(map, key);

	if (n == NULL || n->kind != NODE_TEXT)
		return refuse(key, err);
	*ret = n->text;
	return true;
}

static bool
get_count(const struct node *map, const char *key, int64_t *ret, struct err *err)
{
	const struct node *n = node_get(map, key);

	if (n == NULL || n->kind != NODE_INT || n->i < 0)
		return refuse(key, err);
	*ret = n->i;
	return true;
}

static bool
get_time(const struct node *map, const char *key, int64_t *ret, struct err *err)
{
	const struct node *n = node_get(map, key);

	if (n != NULL && n->kind == NODE_NULL) {
		*ret = TIME_NONE;
		return true;
	}
	return (n != NULL && n->kind == NODE_TEXT && rfc3339_parse(n->text, ret, NULL)) || refuse(key, err);
}

static bool
get_name(const struct node *map, const char *key, const char *const *names, size_t n, int *ret,
         struct err *err)
{
	struct sv text;

	if (!get_text(map, key, &text, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (sv_is(text, names[i])) {
			*ret = (int)i;
			return true;
		}
	return refuse(key, err);
}

static bool
get_list(const struct node *map, const char *key, enum node_kind kind, const struct node **ret,
         struct err *err)
{
	*ret = node_get(map, key);
	return (*ret != NULL && (*ret)->kind == kind) || refuse(key, err);
}

static bool
get_symptoms(struct arena *a, const struct node *map, struct incident *ret, struct err *err)
{
	const struct node *list;

	if (!get_count(map, "symptom_count", &ret->symptoms, err) ||
	    !get_list(map, "symptoms", NODE_SEQ, &list, err))
		return false;

	struct symptom *v = ARENA_ARRAY(a, struct symptom, list->n);

	for (size_t i = 0; i < list->n; i++) {
		const struct node *n = &list->kid[i];

		if (!get_text(n, "kind", &v[i].kind, err) || !get_text(n, "asset", &v[i].asset, err) ||
		    !get_text(n, "partition", &v[i].partition, err) ||
		    !get_text(n, "check", &v[i].check, err) || !get_text(n, "message", &v[i].message, err))
			return false;
	}
	ret->symptom = v;
	ret->nsymptom = list->n;
	return true;
}

static bool
get_owners_and_tags(struct arena *a, const struct node *map, struct notice_incident *ret, struct err *err)
{
	const struct node *owners, *tags;

	if (!get_list(map, "owners", NODE_SEQ, &owners, err) || !get_list(map, "tags", NODE_MAP, &tags, err))
		return false;

	struct sv *owner = ARENA_ARRAY(a, struct sv, owners->n);
	struct tag *tag = ARENA_ARRAY(a, struct tag, tags->n);

	for (size_t i = 0; i < owners->n; i++) {
		if (owners->kid[i].kind != NODE_TEXT)
			return refuse("owners", err);
		owner[i] = owners->kid[i].text;
	}
	for (size_t i = 0; i < tags->n; i++) {
		if (tags->kid[i].kind != NODE_TEXT)
			return refuse("tags", err);
		tag[i] = (struct tag){tags->kid[i].key, tags->kid[i].text};
	}
	ret->owner = owner;
	ret->nowner = owners->n;
	ret->tag = tag;
	ret->ntag = tags->n;
	return true;
}

/* What earlier versions did not write is not there. */
static struct sv
optional_text(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n != NULL && n->kind == NODE_TEXT ? n->text : (struct sv){0};
}

static int64_t
optional_time(const struct node *map, const char *key)
{
	int64_t t_us;

	return rfc3339_parse(optional_text(map, key), &t_us, NULL) ? t_us : 0;
}

static void
get_life(struct arena *a, const struct node *n, struct notice_incident *ret)
{
	struct incident *i = &ret->incident;
	const struct node *count = node_get(n, "partition_count"), *list = node_get(n, "partitions");

	ret->state = optional_text(n, "state");
	if (ret->state.n == 0)
		ret->state = plain_state(i);
	ret->url = optional_text(n, "url");
	i->acked_us = optional_time(n, "acknowledged_at");
	i->acked_by = optional_text(n, "acknowledged_by");
	i->note = optional_text(n, "note");
	i->snoozed_until_us = optional_time(n, "snoozed_until");
	i->resolved_by = optional_text(n, "resolved_by");
	i->flapping = sv_is(ret->state, "flapping");
	i->partitions = count != NULL && count->kind == NODE_INT ? count->i : 0;
	if (list == NULL || list->kind != NODE_SEQ)
		return;

	struct incident_partition *v = ARENA_ARRAY(a, struct incident_partition, list->n);

	for (size_t k = 0; k < list->n; k++)
		if (list->kid[k].kind == NODE_TEXT)
			v[i->npart++].partition = list->kid[k].text;
	i->part = v;
}

static bool
get_incident(struct arena *a, const struct node *n, struct notice_incident *ret, struct err *err)
{
	struct incident *i = &ret->incident;
	int severity, change;

	if (!get_text(n, "id", &i->id, err) || !get_text(n, "kind", &i->kind, err) ||
	    !get_text(n, "asset", &i->asset, err) || !get_text(n, "partition", &i->partition, err) ||
	    !get_text(n, "check", &i->check, err) ||
	    !get_name(n, "severity", severity_names, LEN(severity_names), &severity, err) ||
	    !get_name(n, "change", incident_change_names, LEN(incident_change_names), &change, err) ||
	    !get_text(n, "title", &i->title, err) || !get_text(n, "message", &i->message, err) ||
	    !get_time(n, "opened_at", &i->opened_us, err) ||
	    !get_time(n, "resolved_at", &i->resolved_us, err))
		return false;
	i->severity = (enum severity)severity;
	i->change = (enum incident_change)change;
	get_life(a, n, ret);
	return get_owners_and_tags(a, n, ret, err) && get_symptoms(a, n, i, err);
}

bool
notice_parse(struct arena *a, struct sv body, struct notice *ret, struct err *err)
{
	const struct node *data, *list;
	struct notice n = {0};
	struct diags d;

	diags_init(&d, a);

	const struct node *root = node_parse_json(a, "message", body, &d);

	if (root == NULL || d.errors > 0)
		return refuse("it is no JSON", err);
	if (!get_text(root, "type", &n.type, err) || !get_time(root, "timestamp", &n.at_us, err) ||
	    !get_list(root, "data", NODE_MAP, &data, err) || !get_text(data, "project", &n.project, err) ||
	    !get_text(data, "environment", &n.env, err) || !get_text(data, "run_id", &n.run_id, err) ||
	    !get_text(data, "route", &n.route, err) || !get_count(data, "count", &n.count, err) ||
	    !get_count(data, "omitted", &n.omitted, err) ||
	    !get_list(data, "incidents", NODE_SEQ, &list, err))
		return false;

	struct notice_incident *v = ARENA_ARRAY(a, struct notice_incident, list->n);

	for (size_t i = 0; i < list->n; i++)
		if (!get_incident(a, &list->kid[i], &v[i], err))
			return false;
	n.incident = v;
	n.nincident = list->n;
	*ret = n;
	return true;
}

/* "in shop (prod)" */
static struct sv
where(struct arena *a, const struct notice *n)
{
	if (n->project.n == 0)
		return arena_svf(a, "in '" SV_FMT "'", SV_ARG(n->env));
	return arena_svf(a, "in " SV_FMT " (" SV_FMT ")", SV_ARG(n->project), SV_ARG(n->env));
}

/* Who did what, before the title of the one incident. */
static struct sv
title_of_one(struct arena *a, const char *words, const struct incident *i)
{
	char until[RFC3339_MAX];

	if (i->change == INCIDENT_REOPENED)
		return arena_svf(a, "back again: " SV_FMT, SV_ARG(i->title));
	if (i->change == INCIDENT_ACKED && i->acked_by.n > 0)
		return arena_svf(a, "acknowledged by " SV_FMT ": " SV_FMT, SV_ARG(i->acked_by),
		                 SV_ARG(i->title));
	if (i->change == INCIDENT_SNOOZED && i->snoozed_until_us > 0)
		return arena_svf(a, "snoozed until %s: " SV_FMT, rfc3339_seconds(i->snoozed_until_us, until),
		                 SV_ARG(i->title));
	if (i->change == INCIDENT_RESOLVED && i->resolved_by.n > 0)
		return arena_svf(a, "resolved by " SV_FMT ": " SV_FMT, SV_ARG(i->resolved_by),
		                 SV_ARG(i->title));
	return arena_svf(a, "%s" SV_FMT, words, SV_ARG(i->title));
}

struct sv
notice_title(struct arena *a, const struct notice *n)
{
	static const struct {
		const char *type, *one, *many;
	} words[] = {
		{"incident.opened", "", " opened"},
		{"incident.repeated", "still open: ", " still open"},
		{"incident.resolved", "resolved: ", " resolved"},
		{"incident.acknowledged", "acknowledged: ", " acknowledged"},
		{"incident.flapping", "comes and goes: ", " come and go"},
		{"incident.escalated", "nobody is at it: ", " that nobody is at"},
		{"incident.digest", "", ""},
	};

	if (sv_is(n->type, "test"))
		return arena_svf(a, "a test message from weir " SV_FMT, SV_ARG(where(a, n)));
	for (size_t i = 0; i < LEN(words); i++) {
		if (!sv_is(n->type, words[i].type))
			continue;
		if (n->count == 1 && n->nincident == 1)
			return title_of_one(a, words[i].one, &n->incident[0].incident);
		return arena_svf(a, "%lld problem%s%s " SV_FMT, (long long)n->count, n->count == 1 ? "" : "s",
		                 words[i].many, SV_ARG(where(a, n)));
	}
	return arena_svf(a, SV_FMT " " SV_FMT, SV_ARG(n->type), SV_ARG(where(a, n)));
}
