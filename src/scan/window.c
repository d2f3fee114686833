/* Windows: buffers that walk over an input. */
#include <stdlib.h>

#include "scan/morsel.h"

bool
window_fill(struct window *w, size_t want, struct err *err)
{
	if (want > w->cap) {
		size_t cap = MAX(want, w->cap + w->cap / 2);

		w->p = xrealloc(w->p, cap + READER_PAD);
		w->cap = cap;
		memset(w->p + w->n, 0, cap + READER_PAD - w->n);
	}
	while (w->n < want && !w->end) {
		size_t got;

		if (!input_read(w->in, w->offset + (int64_t)w->n, w->p + w->n, want - w->n, &got, err))
			return false;
		w->n += got;
		w->end = got == 0;
	}
	return true;
}

void
window_seek(struct window *w, int64_t offset)
{
	w->n = 0;
	w->offset = offset;
	w->end = false;
}

void
window_drop(struct window *w, size_t n)
{
	if (n == 0)
		return;
	memmove(w->p, w->p + n, w->n - n);
	w->n -= n;
	w->offset += (int64_t)n;
}

void
window_fini(struct window *w)
{
	free(w->p);
	*w = (struct window){0};
}
