EXTRA_DIST += docs

# What is written from the program's own tables goes into the source tree; tests/docs fails when it is not current.
docs: weir$(EXEEXT)
	$(AM_V_at)$(MKDIR_P) '$(srcdir)/docs/reference/schemas'
	$(AM_V_GEN)set -e; write() { ./weir$(EXEEXT) "$$@" >"$$page.new"; mv "$$page.new" "$$page"; }; \
	reference='$(srcdir)/docs/reference'; \
	page=$$reference/cli.md; write explain commands --format markdown; \
	page=$$reference/expectations.md; write explain expectations --format markdown; \
	page=$$reference/schemas/catalog.json; write config schema; \
	page=$$reference/schemas/report.json; write config schema report

.PHONY: docs
