#include "scan/jsonl_head.h"

#include "base/map.h"
#include "scan/json_line.h"

enum {
	PATHS_MAX =
		4096, /* objects may be used as maps, with as many keys as there are rows: then paths are no columns */
	PATH_STEPS = 8
};

struct keys {
	struct arena *a, *scratch;
	struct map index; /* name -> position + 1 */
	LIST(struct sv) name;
	LIST(uint16_t) classes;
	LIST(bool) own;
	size_t paths;
	bool full; /* more keys than columns can be */
};

static enum field_class
class_of(struct arena *a, const struct json_item *item)
{
	enum field_class c;

	switch (item->tag) {
	case CELL_NUMBER:
		return field_class(item->text);
	case CELL_BOOL:
		return CLASS_BOOL;
	case CELL_NESTED:
		return CLASS_NESTED;
	default:
		break;
	}
	/* A text may be a time, but no number: JSON has its own. */
	c = field_class(json_line_text(a, item->text, item->escaped));
	return c & (CLASS_DATE | CLASS_TIME | CLASS_TIMETZ) ? c : CLASS_TEXT;
}

/* The position of a key, added if it is new; -1 if there is no more room. */
static int64_t
position(struct keys *k, struct sv name, uint32_t steps)
{
	struct map_entry *e;
	bool path = steps > 1;

	if (!map_has(&k->index, name)) {
		if (path && k->paths >= PATHS_MAX)
			return -1;
		if (k->name.n >= COLUMNS_MAX) {
			k->full = true;
			return -1;
		}
		k->paths += path;
	}
	e = map_put(&k->index, name);
	if (e->value == NULL) {
		*LIST_ADD(k->a, &k->name) = arena_sv(k->a, name);
		*LIST_ADD(k->a, &k->classes) = 0;
		*LIST_ADD(k->a, &k->own) = false;
		e->value = (void *)k->name.n;
	}
	k->own.v[(size_t)e->value - 1] |= !path;
	return (int64_t)(size_t)e->value - 1;
}

/* The members of an object whose opening brace was read; prefix: the path to it with a dot behind. */
static bool
look_at_object(struct keys *k, struct json_cursor *c, struct sv prefix, uint32_t steps)
{
	if (json_line_char(c, '}'))
		return true;
	do {
		struct json_item item;
		struct sv key, name;
		bool escaped;

		if (!json_line_string(c, &key, &escaped) || !json_line_char(c, ':'))
			return false;
		json_line_space(c);
		key = json_line_text(k->scratch, key, escaped);
		name = prefix.n > 0 ? arena_svf(k->scratch, SV_FMT SV_FMT, SV_ARG(prefix), SV_ARG(key)) : key;

		int64_t at = position(k, name, steps);

		if (c->p < c->end && *c->p == '{' && steps < PATH_STEPS) {
			c->p++;
			c->depth++;
			if (!look_at_object(k, c, arena_svf(k->scratch, SV_FMT ".", SV_ARG(name)), steps + 1))
				return false;
			c->depth--;
			item = (struct json_item){.tag = CELL_NESTED};
		} else if (!json_line_value(c, &item)) {
			return false;
		}
		if (at >= 0 && !item.null)
			k->classes.v[at] |= (uint16_t)class_of(k->scratch, &item);
	} while (json_line_char(c, ','));
	return json_line_char(c, '}');
}

/* Is the line an object?  A first look without notes, so that a malformed line leaves no columns behind. */
static bool
is_object(struct sv line)
{
	struct json_cursor c = {line.p, line.p + line.n, 0};
	struct json_item item;

	return json_line_value(&c, &item) && item.tag == CELL_NESTED && item.text.p[0] == '{' &&
	       json_line_ends(&c);
}

bool
jsonl_head(struct arena *a, const struct dataset *d, const struct part *p, struct sv text, bool whole,
           struct head *ret, struct err *err)
{
	AUTO(arena) scratch = arena_new();
	struct keys k = {.a = a, .scratch = scratch};
	size_t at = sv_starts(text, SV("\xEF\xBB\xBF")) ? 3 : 0;

	*ret = (struct head){.data_start = (int64_t)at};
	map_init(&k.index, a);
	while (at < text.n && ret->rows < INFER_ROWS) {
		struct sv rest = sv_skip(text, at);
		const char *newline = memchr(rest.p, '\n', rest.n);

		if (newline == NULL && !whole)
			break;

		struct sv line = {rest.p, newline != NULL ? (size_t)(newline - rest.p) : rest.n};

		at += line.n + (newline != NULL);
		if (sv_trim(line).n == 0)
			continue;
		ret->rows++;
		if (!is_object(line))
			continue;

		struct json_cursor c = {line.p, line.p + line.n, 1};

		arena_reset(scratch);
		if (!json_line_char(&c, '{') || !look_at_object(&k, &c, (struct sv){0}, 1))
			return err_set(err, ERR_INTERNAL, d->loc, "'" SV_FMT "': a line cannot be read twice",
			               SV_ARG(p->name));
	}
	if (k.full)
		return err_set(err, ERR_LIMIT, d->loc, "'" SV_FMT "' has more than %d columns",
		               SV_ARG(p->name), COLUMNS_MAX);
	ret->name = k.name.v;
	ret->classes = k.classes.v;
	ret->own = k.own.v;
	ret->n = (uint32_t)k.name.n;
	return true;
}
