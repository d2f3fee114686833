/* The engine `memory`: rows that somebody holds, and may have changed. */
#include <stdlib.h>

#include "engine/engine.h"
#include "scan/frame.h"

struct memory_connection {
	struct connection base;
	const struct frame *frame;
	struct scan_options o;
};

static struct memory_connection *
of(struct connection *c)
{
	return CONTAINER_OF(c, struct memory_connection, base);
}

static const struct schema *
memory_schema(struct connection *c)
{
	return &of(c)->frame->schema;
}

static enum support
memory_supports(struct connection *c UNUSED, const struct metric *m UNUSED)
{
	return SUPPORT_EXACT;
}

static bool
memory_evaluate(struct connection *c, const struct metric *const *m, uint32_t n, struct arena *a,
                struct metric_value *value, struct err *err)
{
	const struct memory_connection *k = of(c);

	return frame_run(k->frame, m, n, k->o.memory_bytes, k->o.spill_folder, a, value, err);
}

/* Which rows fail is not asked of data that nobody has. */
static bool
memory_sample(struct connection *c UNUSED, const struct bound *const *b UNUSED,
              struct verdict *const *v UNUSED, uint32_t n UNUSED, const struct metric_value *value UNUSED,
              const struct column *const *key UNUSED, uint32_t nkey UNUSED, struct arena *a UNUSED,
              struct err *err UNUSED)
{
	return true;
}

static void
memory_close(struct connection *c)
{
	if (c != NULL)
		free(of(c));
}

static const char *const formats[] = {NULL};

static const struct engine engine_memory = {
	.name = "memory",
	.doc = "Rows in memory, as weir mutate changes them.",
	.formats = formats,
	.schema = memory_schema,
	.supports = memory_supports,
	.evaluate = memory_evaluate,
	.sample = memory_sample,
	.close = memory_close,
};

struct connection *
connection_of_frame(const struct frame *f, const struct scan_options *o)
{
	struct memory_connection *c = xcalloc(1, sizeof(*c));

	*c = (struct memory_connection){.base.engine = &engine_memory, .frame = f, .o = *o};
	return &c->base;
}
