#include "serve/observed.h"

#include <stdlib.h>

#include "base/arena.h"

/* The same walk twice: the first only counts. */
struct copy {
	char *p; /* NULL while counting */
	size_t n;
};

static void *
put(struct copy *c, const void *from, size_t size)
{
	void *to = c->p != NULL ? c->p + c->n : NULL;

	if (to != NULL && size > 0)
		memcpy(to, from, size);
	c->n += size;
	return to;
}

/* Arrays of records come before all texts, so that they are aligned. */
static void
put_arrays(struct copy *c, struct observed *o)
{
	o->input = put(c, o->input, o->ninput * sizeof(*o->input));
	o->partition = put(c, o->partition, o->npartition * sizeof(*o->partition));
	/* A list of no columns is something else than none that was looked at. */
	if (o->columns != NULL)
		o->columns = put(c, o->columns, o->ncolumns * sizeof(*o->columns));
}

static void
put_text(struct copy *c, struct sv *text)
{
	text->p = put(c, text->p, text->n);
}

static void
put_texts(struct copy *c, const struct observed *from, struct observed *o)
{
	struct event_input *in = c->p != NULL ? (struct event_input *)(uintptr_t)o->input : NULL;
	struct seen_partition *part = c->p != NULL ? (struct seen_partition *)(uintptr_t)o->partition : NULL;
	struct sv *column = c->p != NULL ? (struct sv *)(uintptr_t)o->columns : NULL;

	put_text(c, &o->future_text);
	put_text(c, &o->version);
	put_text(c, &o->code_version);
	for (size_t i = 0; i < o->ninput; i++) {
		struct event_input x = from->input[i];

		put_text(c, &x.key);
		put_text(c, &x.partition);
		put_text(c, &x.version);
		if (in != NULL)
			in[i] = x;
	}
	for (size_t i = 0; i < o->npartition; i++) {
		struct seen_partition x = from->partition[i];

		put_text(c, &x.key);
		put_text(c, &x.version);
		if (part != NULL)
			part[i] = x;
	}
	for (size_t i = 0; from->columns != NULL && i < o->ncolumns; i++) {
		struct sv x = from->columns[i];

		put_text(c, &x);
		if (column != NULL)
			column[i] = x;
	}
}

static void
walk(struct copy *c, const struct observed *from, struct observed *to)
{
	*to = *from;
	put_arrays(c, to);
	put_texts(c, from, to);
}

void *
observed_copy(const struct observed *o, struct observed *ret)
{
	struct copy c = {0};
	struct observed counted;

	walk(&c, o, &counted);
	c.p = xmalloc(MAX(c.n, (size_t)1));
	c.n = 0;
	walk(&c, o, ret);
	return c.p;
}
