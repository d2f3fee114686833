/* ${VAR} in strings. */
#include <stdlib.h>

#include "base/buf.h"
#include "catalog/load.h"

/* More variables than that are not told of one text. */
enum { TEXT_MAX_BYTES = 8 << 20, MISSING_MAX = 10, NAME_MAX_BYTES = 256 };

static bool
is_name(struct sv s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!(c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		      (i > 0 && c >= '0' && c <= '9')))
			return false;
	}
	return s.n > 0;
}

/* The value of a variable; NULL with a diagnostic if there is none. */
static const char *
look_up(struct loader *l, const struct node *n, struct sv name, size_t offset, size_t *missing)
{
	const char *value = l->no_files ? NULL : getenv(arena_str(l->a, name));
	struct loc at = n->loc;

	if (value != NULL)
		return value;
	if (++*missing > MISSING_MAX)
		return NULL;
	/* Exact only for text without escapes or line breaks before it; else it is the start that counts. */
	if (memchr(n->text.p, '\n', offset) == NULL) {
		at.col += (uint32_t)offset;
		at.len = (uint32_t)name.n + 3;
	}
	diag_error(l->d, at, "the environment variable '" SV_FMT "' is not set", SV_ARG(name));
	diag_hint(l->d, "a plain dollar and brace is written $${");
	return NULL;
}

/* Bytes of the variable or escape at i, 0 if there is none; what it stands for goes to the buffer. */
static size_t
expand_at(struct loader *l, const struct node *n, size_t i, struct buf *out, size_t *missing)
{
	struct sv rest = sv_skip(n->text, i);
	struct sv name = sv_skip(rest, 2);
	struct sv near = {name.p, MIN(name.n, (size_t)NAME_MAX_BYTES)};
	ptrdiff_t end = sv_starts(rest, SV("${")) ? sv_find(near, '}') : -1;

	if (sv_starts(rest, SV("$${"))) {
		buf_puts(out, "${");
		return 3;
	}
	/* `a${2}` is no variable but, say, a part of a regex. */
	if (end <= 0 || !is_name((struct sv){name.p, (size_t)end}))
		return 0;
	name.n = (size_t)end;

	const char *value = look_up(l, n, name, i, missing);

	if (value != NULL)
		buf_puts(out, value);
	return name.n + 3;
}

static struct sv
expand(struct loader *l, const struct node *n)
{
	struct buf out;
	struct err err = {0};
	struct sv ret = n->text;
	size_t missing = 0;

	buf_init(&out, TEXT_MAX_BYTES);
	for (size_t i = 0; i < n->text.n;) {
		size_t used = n->text.p[i] == '$' ? expand_at(l, n, i, &out, &missing) : 0;

		if (used == 0)
			buf_putc(&out, n->text.p[i]);
		i += used > 0 ? used : 1;
	}
	if (buf_check(&out, "this text with its variables", &err)) {
		ret = arena_sv(l->a, buf_sv(&out));
	} else {
		err.loc = n->loc;
		diag_add_err(l->d, &err);
	}
	buf_fini(&out);
	return ret;
}

/* False: there was nothing to expand, and what it holds is shared. */
static bool
expand_node(struct loader *l, const struct node *n, struct node *ret)
{
	bool changed = false;

	*ret = *n;
	if (n->kind == NODE_TEXT && n->text.n > 2 && memchr(n->text.p, '$', n->text.n) != NULL) {
		size_t errors = l->d->errors;

		ret->text = expand(l, n);
		ret->bad = l->d->errors > errors;
		if (!ret->quoted)
			node_type_plain(ret);
		return true;
	}
	for (size_t i = 0; !node_is_scalar(n) && i < n->n; i++) {
		struct node kid;

		if (!expand_node(l, &n->kid[i], &kid))
			continue;
		if (!changed) {
			ret->kid = ARENA_ARRAY(l->a, struct node, n->n);
			memcpy(ret->kid, n->kid, n->n * sizeof(*n->kid));
			changed = true;
		}
		ret->kid[i] = kid;
	}
	return changed;
}

struct node
vars_expand(struct loader *l, const struct node *n)
{
	struct node ret;

	(void)expand_node(l, n, &ret);
	return ret;
}
