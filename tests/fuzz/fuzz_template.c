/* Templates and the notices they are filled from: the first line is a template, the rest a notice's JSON.  What is taken renders within its limits. */
#include "fuzz.h"

#include <assert.h>

#include "alert/template.h"

static const enum escape escapes[] = {ESCAPE_JSON, ESCAPE_SLACK, ESCAPE_LINE};

static void
render(struct sv text, const struct notice *n)
{
	AUTO(arena) a = arena_new();

	for (size_t i = 0; i < LEN(escapes); i++) {
		struct err err = {0};
		struct sv out;

		if (!template_render(a, text, SV("msg_1"), n, escapes[i], &out, &err)) {
			assert(err.code == ERR_CATALOG || err.code == ERR_LIMIT);
			assert(err.msg[0] != '\0');
			return;
		}
		assert(out.n <= TEMPLATE_OUT_MAX);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	AUTO(arena) a = arena_new();
	struct sv rest = {(const char *)data, n};
	struct sv text = sv_cut(&rest, '\n');
	struct notice notice = {0};
	struct err err = {0};

	if (!template_check(a, text, ESCAPE_JSON, true, &err))
		assert(err.msg[0] != '\0');
	if (!notice_parse(a, rest, &notice, &err)) {
		assert(err.msg[0] != '\0');
		notice = (struct notice){0};
	}
	render(text, &notice);
	/* What was read can be written again, within the limit. */
	assert(notice_json(a, &notice).n <= NOTICE_MAX);
	assert(notice_title(a, &notice).n > 0 || notice.nincident == 0);
	return 0;
}
