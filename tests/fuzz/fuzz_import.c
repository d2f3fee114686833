/*
 * Documents of other tools: whatever they hold, each note has a place and a reason where it is not exact, and what is written of them is YAML
 * that reads back.
 */
#include "fuzz.h"

#include <assert.h>

#include "expect/expect.h"
#include "import/write.h"

static void
look_at(const struct imported *im)
{
	for (size_t i = 0; i < im->note.n; i++) {
		const struct note *n = &im->note.v[i];

		assert(n->loc.line > 0);
		assert(n->grade == GRADE_EXACT || n->why.n > 0);
		assert(n->grade != GRADE_REFUSED || n->became.n == 0);
	}
}

static void
import(const char *file, struct sv text)
{
	AUTO(arena) a = arena_new();
	AUTO(buf) yaml = buf_new((size_t)64 << 20);
	struct document doc;
	struct imported im;
	struct diags d;

	diags_init(&d, a);
	if (!document_text(a, file, text, NULL, &doc, &d) || doc.importer == NULL)
		return;
	if (!import_document(a, &doc, &(struct import_options){.var = NULL}, &im, &d))
		return;
	imported_settle(a, &im);
	look_at(&im);
	imported_yaml(&im, &doc, yaml);
	if (yaml->full)
		return;
	diags_init(&d, a);
	assert(node_parse_yaml(a, "written.yaml", buf_sv(yaml), &d) != NULL && d.errors == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 65536)
		return 0;
	import("x.yml", (struct sv){(const char *)data, size});
	import("x.json", (struct sv){(const char *)data, size});
	return 0;
}
