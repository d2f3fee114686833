/*
 * A mail that is ready to be sent: header, and the report as plain text in lines of less than 78 columns.
 *
 *	weir audit --format mail | /usr/sbin/sendmail data@example.org
 *
 * The header says what the report knows; who gets it, and from whom, is said by the pipe.
 */
#include <stdio.h>

#include "base/civil.h"
#include "report/text.h"
#include "report/view.h"

enum { WIDTH = 76, CHANGES_SHOWN = 20 };

static const char *const words[] = {
	[OUTCOME_PASS] = "ok",     [OUTCOME_WARN] = "warn",       [OUTCOME_FAIL] = "FAIL",
	[OUTCOME_ERROR] = "ERROR", [OUTCOME_SKIPPED] = "skipped",
};

/* The part of a word that fits into a line: at least one character. */
static size_t
fitting(struct sv word, int width)
{
	size_t n = 0;

	while (n < word.n) {
		size_t next = n + 1;

		while (next < word.n && ((unsigned char)word.p[next] & 0xc0) == 0x80)
			next++;
		if (n > 0 && sv_width((struct sv){word.p, next}) > width)
			break;
		n = next;
	}
	return n;
}

/*
 * Text in lines of at most WIDTH columns: the first begins at column `at`, where the caller stopped, the others are indented.  Words
 * that are longer than a line are cut.
 */
static void
put_wrapped(struct buf *b, struct sv text, int at, int indent)
{
	AUTO(buf) plain = buf_new((size_t)1 << 26);
	bool first = true;
	struct sv rest;

	text_plain(plain, text);
	for (rest = buf_sv(plain); rest.n > 0;) {
		struct sv word = sv_cut(&rest, ' ');

		while (word.n > 0) {
			int width = sv_width(word), room = WIDTH - at - (first ? 0 : 1);
			size_t n = word.n;

			if (width > room && !first) {
				buf_printf(b, "\n%*s", indent, "");
				at = indent;
				first = true;
				continue;
			}
			if (width > room)
				n = fitting(word, MAX(room, 1));
			buf_puts(b, first ? "" : " ");
			buf_add(b, (struct sv){word.p, n});
			at += sv_width((struct sv){word.p, n}) + (first ? 0 : 1);
			first = false;
			word = sv_skip(word, n);
		}
	}
	buf_putc(b, '\n');
}

static void
put_line(struct buf *b, int indent, const char *start, struct sv text)
{
	buf_printf(b, "%*s%s", indent, "", start);
	put_wrapped(b, text, indent + (int)strlen(start), indent + 2);
}

/* RFC 2047: words of at most 75 characters, each whole in itself, where the text is more than ASCII. */
static void
put_encoded(struct buf *b, struct sv text)
{
	static const char hex[] = "0123456789ABCDEF";
	AUTO(buf) plain = buf_new(1 << 20);
	bool ascii = true;
	size_t room = 0;
	struct sv s;

	text_plain(plain, text);
	s = buf_sv(plain);
	for (size_t i = 0; i < s.n; i++)
		ascii = ascii && (unsigned char)s.p[i] < 128;
	if (ascii) {
		put_wrapped(b, s, sizeof("Subject: ") - 1, 1); /* folded, as the header's lines are */
		return;
	}
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

		/* A character of four bytes takes 12, and must not be torn. */
		if (room < 12 && (c & 0xc0) != 0x80) {
			buf_puts(b, i == 0 ? "=?UTF-8?Q?" : "?=\n =?UTF-8?Q?");
			room = 75 - 9 - 12;
		}
		room -= word ? 1 : 3;
		if (word)
			buf_putc(b, (char)c);
		else
			buf_printf(b, "=%c%c", hex[c >> 4], hex[c & 15]);
	}
	buf_puts(b, "?=\n");
}

static void
put_subject(struct buf *b, const struct report *r)
{
	AUTO(buf) subject = buf_new(1 << 20);

	buf_printf(subject, "[weir] ");
	if (r->project.n > 0) {
		buf_add(subject, r->project);
		buf_putc(subject, ' ');
	}
	if (!sv_is(r->env, "default")) {
		buf_putc(subject, '(');
		buf_add(subject, r->env);
		buf_puts(subject, ") ");
	}
	buf_printf(subject, "%s: %s, ", r->command, words[r->outcome]);
	view_headline(subject, r);
	buf_puts(b, "Subject: ");
	put_encoded(b, buf_sv(subject));
}

static void
put_header(struct buf *b, const struct report *r)
{
	static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct civil c = civil_from_us(r->finished_us);

	put_subject(b, r);
	buf_printf(b, "Date: %s, %d %s %d %02d:%02d:%02d +0000\n",
	           days[civil_weekday(civil_days(c.year, c.month, c.day))], c.day, months[c.month - 1],
	           c.year, c.hour, c.minute, c.second);
	buf_printf(b,
	           "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
	           "Content-Transfer-Encoding: 8bit\nAuto-Submitted: auto-generated\nX-Weir-Run: %s\n\n",
	           r->run_id);
}

static void
put_title(struct buf *b, struct sv title)
{
	buf_putc(b, '\n');
	put_wrapped(b, title, 0, 2);
	for (int i = MIN(sv_width(title), WIDTH); i > 0; i--)
		buf_putc(b, '-');
	buf_putc(b, '\n');
}

static void
put_incident(struct buf *b, const struct report *r, const struct incident *i)
{
	AUTO(arena) a = arena_new();
	struct sv about = view_incident(a, i), age = view_incident_age(a, r, i);

	put_line(b, 2, "",
	         arena_svf(a, "%s%s" SV_FMT ": " SV_FMT ": " SV_FMT, incident_change_words[i->change],
	                   age.n > 0 ? " " : "", SV_ARG(age), SV_ARG(about), SV_ARG(i->message)));
}

static void
put_incidents(struct buf *b, const struct report *r)
{
	AUTO(arena) a = arena_new();
	AUTO(buf) title = buf_new(1 << 10);
	const struct incident **change;
	size_t n;

	if (r->nincident == 0)
		return;
	view_news(title, r);
	put_title(b, buf_sv(title));
	change = view_changes(a, r, &n);
	for (size_t i = 0; i < MIN(n, CHANGES_SHOWN); i++)
		put_incident(b, r, change[i]);
	if (n > CHANGES_SHOWN)
		buf_printf(b, "  and %zu more\n", n - CHANGES_SHOWN);
}

static void
put_finding(struct buf *b, const struct finding *f)
{
	AUTO(arena) a = arena_new();
	char start[16];

	(void)snprintf(start, sizeof(start), "%-5s ", words[f->outcome]);
	buf_putc(b, '\n');
	put_line(b, 2, start, arena_svf(a, SV_FMT ", " SV_FMT, SV_ARG(f->title), SV_ARG(f->label)));
	put_line(b, 8, "", f->message);
	if (f->waived.n > 0)
		put_line(b, 8, "", f->waived);
	if (f->hint.n > 0)
		put_line(b, 8, "hint: ", f->hint);
	if (f->loc.file != NULL && f->loc.line > 0)
		put_line(b, 8, "", arena_svf(a, "%s:%u:%u", f->loc.file, f->loc.line, f->loc.col));
	if (f->check != NULL) {
		struct sample sample = view_sample(a, f->check, SAMPLE_ROWS);

		for (size_t i = 0; i < sample.n; i++) {
			AUTO(buf) row = buf_new(1 << 20);

			view_row(row, &sample.row[i]);
			put_line(b, 8, "", buf_sv(row));
		}
		if (sample.more > 0)
			buf_printf(b, "        and %lld more\n", (long long)sample.more);
	}
}

static bool
write_mail(const struct report *r, const struct report_style *s UNUSED, struct buf *b, struct err *err)
{
	AUTO(arena) a = arena_new();
	AUTO(buf) line = buf_new(1 << 20);
	char at[RFC3339_MAX];
	struct finding *f;
	size_t n;

	f = view_findings(a, r, &n);
	put_header(b, r);
	buf_printf(line, "%s: ", words[r->outcome]);
	view_headline(line, r);
	put_wrapped(b, buf_sv(line), 0, 2);
	buf_puts(b, "weir ");
	put_wrapped(b,
	            arena_svf(a, "%s of " SV_FMT " (" SV_FMT ") at %s, %.2f s", r->command,
	                      SV_ARG(r->project.n > 0 ? r->project : SV("a bare source")), SV_ARG(r->env),
	                      rfc3339_seconds(r->started_us, at), r->seconds),
	            5, 2);
	put_incidents(b, r);
	if (n > 0)
		put_title(b, SV("What is wrong"));
	for (size_t i = 0; i < n; i++)
		put_finding(b, &f[i]);
	if (n == 0)
		buf_puts(b, "\nNothing is wrong.\n");
	buf_printf(b, "\nAll of it: weir report %s\n", r->run_id);
	return buf_check(b, "the report", err);
}

const struct report_format report_mail = {
	.name = "mail",
	.doc = "A mail with its header, in plain text: weir audit --format mail | sendmail data@example.org.",
	.write = write_mail,
};
