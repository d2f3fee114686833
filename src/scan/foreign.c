/*
 * Signatures are those of file(1) and of the formats' own specifications, none so short that a header or an object could begin with it.
 */
#include "scan/foreign.h"

static const struct foreign {
	struct sv begin;
	const char *what, *hint;
} known[] = {
	/* UTF-32 before UTF-16, which its little-endian mark begins with. */
	{SV("\xFF\xFE\0\0"), "UTF-32, not UTF-8", "Convert it: iconv -f UTF-32 -t UTF-8."},
	{SV("\0\0\xFE\xFF"), "UTF-32, not UTF-8", "Convert it: iconv -f UTF-32 -t UTF-8."},
	{SV("\xFF\xFE"), "UTF-16, not UTF-8", "Convert it: iconv -f UTF-16 -t UTF-8."},
	{SV("\xFE\xFF"), "UTF-16, not UTF-8", "Convert it: iconv -f UTF-16 -t UTF-8."},
	{SV("\x1F\x8B\x08"), "packed by gzip", "Let its name end in .gz, or unpack it."},
	{SV("\x28\xB5\x2F\xFD"), "packed by zstd", "Let its name end in .zst, or unpack it."},
	{SV("BZh91AY&SY"), "packed by bzip2", "Unpack it, or pack it by gzip or zstd."},
	{SV("\xFD"
            "7zXZ\0"),
         "packed by xz", "Unpack it, or pack it by gzip or zstd."},
	{SV("\x04\x22\x4D\x18"), "packed by lz4", "Unpack it, or pack it by gzip or zstd."},
	{SV("PK\x03\x04"), "a ZIP archive or a workbook of a spreadsheet",
         "Unpack it, or save the sheet as CSV."},
	{SV("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), "a workbook of a spreadsheet", "Save the sheet as CSV."},
	{SV("PAR1\x15"), "a Parquet file", "Say `format: parquet`, or let its name end in .parquet."},
	{SV("SQLite format 3\0"), "an SQLite database",
         "Say `source:` and `table:`, with a source `sqlite:PATH`."},
	{SV("ARROW1\0\0"), "an Arrow file", "Write it as Parquet."},
	{SV("Obj\x01"), "an Avro file", "Write it as Parquet."},
	{SV("%PDF-"), "a PDF document", "Have the data as CSV, JSON lines or Parquet."},
	{SV("<!DOCTYPE"), "a page of HTML", "What fetched it may have got an error instead of data."},
	{SV("<!doctype"), "a page of HTML", "What fetched it may have got an error instead of data."},
	{SV("<html"), "a page of HTML", "What fetched it may have got an error instead of data."},
	{SV("<?xml"), "XML", "Have the data as CSV, JSON lines or Parquet."},
};

/* UTF-16 without a mark: of its first characters, as far as they are ASCII, every other byte is NUL (RFC 4627, section 3). */
static bool
is_bare_utf16(struct sv t)
{
	return t.n >= 4 && ((t.p[0] == '\0' && t.p[1] != '\0' && t.p[2] == '\0' && t.p[3] != '\0') ||
	                    (t.p[0] != '\0' && t.p[1] == '\0' && t.p[2] != '\0' && t.p[3] == '\0'));
}

bool
foreign_refuse(struct sv text, struct sv part, struct loc loc, struct err *err)
{
	static const struct foreign bare = {
		{0}, "UTF-16, not UTF-8", "Convert it: iconv -f UTF-16LE -t UTF-8."};
	const struct foreign *f = is_bare_utf16(text) ? &bare : NULL;

	for (size_t i = 0; f == NULL && i < LEN(known); i++)
		if (sv_starts(text, known[i].begin))
			f = &known[i];
	if (f == NULL)
		return true;
	(void)err_set(err, ERR_FORMAT, loc, "'" SV_FMT "' is %s", SV_ARG(part), f->what);
	return err_hint(err, "%s", f->hint);
}
