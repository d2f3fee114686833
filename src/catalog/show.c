/*
 * The effective definition as YAML, each value with its origin if asked.  What is printed reads back as the same tree, but
 * for secrets, which print as ***.
 */
#include "base/buf.h"
#include "catalog/load.h"
#include "catalog/yaml_text.h"

enum { ORIGIN_COLUMN = 56 };

struct show {
	const struct catalog *c;
	struct buf *b;
	bool origin;
	size_t line; /* where the line began in the buffer */
};

static void
put_scalar(struct show *s, const struct node *n)
{
	if (n->kind == NODE_TEXT)
		yaml_put_word(s->b, n->text);
	else if (n->kind == NODE_NULL)
		buf_puts(s->b, "null");
	else
		buf_add(s->b, n->text);
}

static void
end_line(struct show *s, struct loc at)
{
	if (s->origin && at.file != NULL && at.line > 0) {
		struct sv file = catalog_shown(s->c, sv_of(at.file));
		size_t used = s->b->n - MIN(s->line, s->b->n);

		buf_printf(s->b, "%*s# " SV_FMT ":%u", used < ORIGIN_COLUMN ? (int)(ORIGIN_COLUMN - used) : 1,
		           "", SV_ARG(file), at.line);
	}
	buf_putc(s->b, '\n');
	s->line = s->b->n;
}

static void
indent(struct show *s, int depth)
{
	for (int i = 0; i < depth; i++)
		buf_puts(s->b, "  ");
}

static void show_kids(struct show *s, const struct node *n, int depth, bool indented);

/* A value behind `key:` or `-`. */
static void
show_value(struct show *s, const struct node *n, int depth)
{
	if (node_is_secret(n)) {
		buf_puts(s->b, " \"***\"");
		end_line(s, n->loc);
	} else if (node_is_scalar(n)) {
		buf_putc(s->b, ' ');
		put_scalar(s, n);
		end_line(s, n->loc);
	} else if (n->n == 0) {
		buf_puts(s->b, n->kind == NODE_SEQ ? " []" : " {}");
		end_line(s, n->loc);
	} else {
		end_line(s, NOWHERE);
		show_kids(s, n, depth + 1, false);
	}
}

/* indented: the first line is begun already, behind the `- ` of a list. */
static void
show_kids(struct show *s, const struct node *n, int depth, bool indented)
{
	for (size_t i = 0; i < n->n; i++) {
		const struct node *kid = &n->kid[i];
		bool in_line = n->kind == NODE_SEQ && kid->kind == NODE_MAP && kid->n > 0 &&
		               !node_is_secret(kid);

		if (!indented || i > 0)
			indent(s, depth);
		if (n->kind == NODE_MAP)
			yaml_put_key(s->b, kid->key);
		buf_putc(s->b, n->kind == NODE_MAP ? ':' : '-');
		if (in_line) {
			buf_putc(s->b, ' ');
			show_kids(s, kid, depth + 1, true);
		} else {
			show_value(s, kid, depth);
		}
	}
}

static bool
is_file_level(struct sv key)
{
	/* Their work is done in what is shown. */
	return sv_is(key, "catalog") || sv_is(key, "environments") || sv_is(key, "defaults");
}

void
catalog_show(const struct catalog *c, const struct asset *asset, bool origin, struct buf *b)
{
	struct show s = {.c = c, .b = b, .origin = origin, .line = b->n};

	if (asset != NULL) {
		yaml_put_key(b, asset->key);
		buf_putc(b, ':');
		show_value(&s, asset->node, 0);
		return;
	}
	for (size_t i = 0; i < c->node->n; i++) {
		if (is_file_level(c->node->kid[i].key))
			continue;
		yaml_put_key(b, c->node->kid[i].key);
		buf_putc(b, ':');
		show_value(&s, &c->node->kid[i], 0);
	}
}
