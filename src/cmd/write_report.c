/* Where reports go: standard output, files, several at once. */
#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "cmd/workspace.h"
#include "report/text.h"

#define REPORT_MAX ((size_t)1 << 30)

static const struct report_format *
main_format(const struct options *o)
{
	const struct report_format *f = report_format_find(
		opt(o, "format")->given ? opt_text(o, "format") : sv_of(o->command->formats[0]));

	assert(f != NULL); /* options_parse knows what a command can write */
	return f;
}

/* One of --report: its format, and the file it goes to. */
static const struct report_format *
further_format(struct sv word, struct sv *file)
{
	struct sv name = sv_cut(&word, '=');
	const struct report_format *f = report_format_find(name);

	assert(f != NULL);
	*file = word;
	return f;
}

bool
opened_writes(const struct options *o, const char *format)
{
	const struct option_value *v = opt(o, "report");
	struct sv file;

	if (strcmp(main_format(o)->name, format) == 0)
		return true;
	for (size_t i = 0; i < v->list.n; i++)
		if (strcmp(further_format(v->list.v[i], &file)->name, format) == 0)
			return true;
	return false;
}

static bool
write_open(const char *path, struct sv text)
{
	AUTO_FD fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);

	return fd >= 0 && fs_write_all(fd, text);
}

/* Reports may show data: as private as the user's files are. */
static unsigned
file_mode(void)
{
	mode_t mask = umask(077);

	(void)umask(mask);
	return 0666 & ~(unsigned)mask;
}

/* A pipe or a device is written to; a file is replaced in one step, also where a link leads to it. */
static bool
write_file(struct arena *a, struct sv file, struct sv text, struct err *err)
{
	const char *path = arena_str(a, file);
	struct stat st;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return write_open(path, text) ||
		       err_set(err, ERR_IO, NOWHERE, "the report cannot be written to '%s': %m", path);

	char *real = realpath(path, NULL);
	bool ok = fs_write(real != NULL ? real : path, text, file_mode(), err);

	free(real);
	if (ok)
		return true;
	/* Also where the folder is missing: it is the report that could not be written, not data that is not there. */
	if (err != NULL)
		err->code = ERR_IO;
	return err_prefix(err, "report");
}

static bool
write_further(struct opened *w, struct options *o, const struct report *r)
{
	const struct option_value *v = opt(o, "report");
	struct report_style style = w->style;
	bool fine = true;

	style.colour = false;
	for (size_t i = 0; i < v->list.n; i++) {
		AUTO(buf) text = buf_new(REPORT_MAX);
		struct err err = {0};
		struct sv file;
		const struct report_format *f = further_format(v->list.v[i], &file);

		if (f->write(r, &style, text, &err) && write_file(o->a, file, buf_sv(text), &err))
			continue;
		output_error(&err);
		fine = false;
	}
	return fine;
}

static bool
add_history(struct opened *w, struct options *o, struct report *r, struct err *err)
{
	bool wanted = false;

	for (size_t i = 0; i < report_format_count; i++)
		wanted = wanted || (report_formats[i]->history && opened_writes(o, report_formats[i]->name));
	return !wanted || run_history(o->a, w->w.store, r, HISTORY_MAX, err);
}

/* With alerts off nobody is told; who looks at the run is told that. */
static void
say_untold(const struct options *o, const struct report *r)
{
	if (opt_flag(o, "quiet") || r->unsaved.code != ERR_NONE)
		return;
	if (r->nuntold > 0)
		(void)fputs("weir: alerts.enabled is off, so these alerts are not sent:\n", stderr);
	for (size_t i = 0; i < r->nuntold; i++) {
		AUTO(buf) line = buf_new(REPORT_MAX);

		text_plain(line, arena_svf(o->a, SV_FMT ": " SV_FMT, SV_ARG(r->untold[i].channel),
		                           SV_ARG(r->untold[i].title)));
		(void)fprintf(stderr, "  %s\n", buf_str(line));
	}
	if (r->untold_total > (int64_t)r->nuntold)
		(void)fprintf(stderr, "  and %lld more\n",
		              (long long)(r->untold_total - (int64_t)r->nuntold));
}

static int
write_report(struct opened *w, struct options *o, struct report *r, int status)
{
	const bool file = opt(o, "output")->given && !sv_is(opt_text(o, "output"), "-");
	struct report_style style = w->style;
	AUTO(buf) text = buf_new(REPORT_MAX);
	struct err err = {0};

	style.colour = style.colour && !file;
	progress_end(&w->progress);
	if (!add_history(w, o, r, &err) || !main_format(o)->write(r, &style, text, &err))
		return output_failure(&err);
	/* A report that was not kept is shown, but nobody may take the run for done. */
	if (r->unsaved.code != ERR_NONE)
		status = output_failure(&r->unsaved);
	if (!write_further(w, o, r))
		status = 3;
	if (!file)
		return output_text(buf_sv(text), status);
	return write_file(o->a, opt_text(o, "output"), buf_sv(text), &err) ? status : output_failure(&err);
}

int
opened_report_status(struct opened *w, struct options *o, struct report *r, int status)
{
	status = write_report(w, o, r, status);
	say_untold(o, r);
	return status;
}

int
opened_report(struct opened *w, struct options *o, struct report *r, bool strict)
{
	return opened_report_status(w, o, r, output_status(o, report_exit_status(r, strict)));
}
