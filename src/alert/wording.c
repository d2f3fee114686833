#include "alert/wording.h"

#include "alert/template.h"
#include "base/civil.h"

struct sv
one_line(struct arena *a, struct sv text)
{
	AUTO(buf) line = buf_new(TEMPLATE_OUT_MAX);

	/* Far more than any line takes; the rest would only be thrown away later. */
	text.n = MIN(text.n, (size_t)TEMPLATE_OUT_MAX / 4);
	escape_put(line, ESCAPE_LINE, text);
	return sv_trim(arena_sv(a, buf_sv(line)));
}

struct sv
cut_text(struct arena *a, struct sv text, size_t max)
{
	static const char mark[] = "…";
	size_t n = max - MIN(max, sizeof(mark) - 1);

	if (text.n <= max)
		return text;
	while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
		n--;
	return arena_svf(a, SV_FMT "%s", SV_ARG(((struct sv){text.p, n})), max < sizeof(mark) ? "" : mark);
}

struct sv
incident_words(const struct incident *i)
{
	return i->message.n > 0 ? i->message : i->title;
}

/* "critical since 2026-01-02T03:04:05Z", "resolved 2026-…". */
static struct sv
standing(struct arena *a, const struct incident *i)
{
	char since[RFC3339_MAX];

	if (i->resolved_us != TIME_NONE)
		return arena_svf(a, "resolved %s", rfc3339_format(i->resolved_us, since));
	return arena_svf(a, "%s since %s", severity_names[i->severity], rfc3339_format(i->opened_us, since));
}

static struct sv
joined(struct arena *a, const struct sv *v, size_t n)
{
	struct sv text = {0};

	for (size_t i = 0; i < n; i++)
		text = arena_svf(a, SV_FMT "%s" SV_FMT, SV_ARG(text), i > 0 ? ", " : "", SV_ARG(v[i]));
	return text;
}

size_t
incident_facts(struct arena *a, const struct notice_incident *n, struct fact ret[FACTS_MAX])
{
	const struct incident *i = &n->incident;
	const struct fact all[] = {
		{"Asset", i->asset},
		{"Partition", i->partition},
		{"Check", i->check},
		{"Kind", i->kind},
		{"Status", standing(a, i)},
		{"Owners", joined(a, n->owner, n->nowner)},
		{"Follows from it",
	         i->symptoms > 0 ? arena_svf(a, "%lld more", (long long)i->symptoms) : (struct sv){0}},
	};
	size_t count = 0;

	for (size_t k = 0; k < LEN(all); k++)
		if (all[k].value.n > 0)
			ret[count++] = all[k];
	return count;
}
