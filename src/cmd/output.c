#include "cmd/output.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "report/text.h"

/* Messages quote names and data, which may hold anything. */
void
output_error(const struct err *err)
{
	AUTO(buf) text = buf_new(1 << 16);

	if (log_format() != LOG_FORMAT_PLAIN) {
		log_error("%s%s%s%s", err->msg, err->hint[0] != '\0' ? " (" : "", err->hint,
		          err->hint[0] != '\0' ? ")" : "");
		return;
	}
	if (err->loc.file != NULL && err->loc.line > 0) {
		text_plain(text, sv_of(err->loc.file));
		buf_printf(text, ":%u:%u: error: ", err->loc.line, err->loc.col);
	} else {
		buf_puts(text, "weir: error: ");
	}
	text_plain(text, sv_of(err->msg));
	if (err->hint[0] != '\0') {
		buf_puts(text, "\n  hint: ");
		text_plain(text, sv_of(err->hint));
	}
	fprintf(stderr, "%s\n", buf_str(text));
}

int
output_failure(const struct err *err)
{
	output_error(err);
	return err_exit_status(err->code);
}

int
output_finish(int status)
{
	if (fflush(stdout) == 0 && ferror(stdout) == 0)
		return status;
	/* Who reads only the head of it knows, and needs no message; the status still tells. */
	if (errno != EPIPE)
		fprintf(stderr, "weir: error: the result could not be written to standard output: %m\n");
	return 3;
}

int
output_text(struct sv text, int status)
{
	if (text.n > 0)
		(void)!fwrite(text.p, 1, text.n, stdout); /* output_finish tells */
	return output_finish(status);
}

int
output_list(struct buf *text, const char *nothing)
{
	struct err err = {0};

	if (!buf_check(text, "the list", &err))
		return output_failure(&err);
	if (text->n > 0)
		return output_text(buf_sv(text), 0);
	printf("%s\n", nothing);
	return output_finish(0);
}

enum { WIDTH_MIN = 40, WIDTH_MAX = 1000 }; /* below it nothing could be read */

static bool
wants_colour(const struct options *o, int fd)
{
	const struct option_value *v = opt(o, "colour")->given ? opt(o, "colour") : opt(o, "color");
	const char *none = getenv("NO_COLOR"), *force = getenv("FORCE_COLOR"), *term = getenv("TERM");

	if (v->given && v->number != 0)
		return v->number == 1;
	if (none != NULL && none[0] != '\0')
		return false;
	if (force != NULL && force[0] != '\0')
		return true;
	return isatty(fd) && term != NULL && strcmp(term, "dumb") != 0;
}

/* Only the character set of the locale is asked for: numbers and messages stay as they are everywhere. */
static bool
is_utf8(void)
{
	locale_t l = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool yes = l != (locale_t)0 && strcmp(nl_langinfo_l(CODESET, l), "UTF-8") == 0;

	if (l != (locale_t)0)
		freelocale(l);
	return yes;
}

int
output_width(int otherwise)
{
	const char *said = getenv("COLUMNS");
	struct winsize size;
	int64_t n;

	if (said != NULL && num_i64(sv_of(said), &n) && n > 0)
		return (int)MAX(WIDTH_MIN, MIN(n, WIDTH_MAX));
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return MAX(WIDTH_MIN, MIN((int)size.ws_col, WIDTH_MAX));
	return otherwise;
}

struct report_style
output_style(const struct options *o)
{
	return (struct report_style){
		.colour = wants_colour(o, STDOUT_FILENO),
		.unicode = is_utf8(),
		.verbose = opt_flag(o, "verbose"),
		.width = output_width(0),
	};
}

bool
output_stderr_colour(const struct options *o)
{
	return wants_colour(o, STDERR_FILENO);
}

int
output_status(const struct options *o, int status)
{
	return status == 1 ? (int)opt_number(o, "skip-exit", 1) : status;
}

void
progress_start(struct progress *p, const struct options *o)
{
	*p = (struct progress){.start_ns = clock_mono_ns(),
	                       .on = isatty(STDERR_FILENO) && !opt_flag(o, "quiet")};
}

#define FIRST_NS INT64_C(300000000)
#define EVERY_NS INT64_C(100000000)

/* Is it time to draw, and is it this caller who does?  *seconds: since it began. */
static bool
progress_is_due(struct progress *p, double *seconds)
{
	int64_t now = clock_mono_ns(), shown = __atomic_load_n(&p->shown_ns, __ATOMIC_RELAXED);

	if (!p->on || now - p->start_ns < FIRST_NS || now - shown < EVERY_NS)
		return false;
	*seconds = (double)(now - p->start_ns) / 1e9;
	return __atomic_compare_exchange_n(&p->shown_ns, &shown, now, false, __ATOMIC_RELAXED,
	                                   __ATOMIC_RELAXED);
}

static void
progress_draw(struct progress *p, const char *what, int64_t done, int64_t total, double rate)
{
	fprintf(stderr, "\r\033[K%5.1f %%  %s", total > 0 ? 100.0 * (double)done / (double)total : 0.0, what);
	if (total > done && rate > 0)
		fprintf(stderr, "  %.0f s left", (double)(total - done) / rate);
	__atomic_store_n(&p->drawn, true, __ATOMIC_RELAXED);
}

void
progress_step(void *ctx, int64_t done_bytes, int64_t total_bytes)
{
	struct progress *p = ctx;
	double seconds, rate;
	char what[64];

	if (!progress_is_due(p, &seconds))
		return;
	rate = (double)done_bytes / seconds;
	snprintf(what, sizeof(what), "%.0f MB/s", rate / 1e6);
	progress_draw(p, what, done_bytes, total_bytes, rate);
}

void
progress_again(struct progress *p, const char *noun)
{
	p->start_ns = clock_mono_ns();
	p->noun = noun;
}

void
progress_count(void *ctx, int64_t done, int64_t total)
{
	struct progress *p = ctx;
	double seconds;
	char what[64];

	if (!progress_is_due(p, &seconds))
		return;
	snprintf(what, sizeof(what), "%jd of %jd %s", (intmax_t)done, (intmax_t)total, p->noun);
	progress_draw(p, what, done, total, (double)done / seconds);
}

void
progress_end(struct progress *p)
{
	if (p->drawn)
		fputs("\r\033[K", stderr);
}
