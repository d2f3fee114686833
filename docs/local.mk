EXTRA_DIST += docs

# What is written from the program's own tables goes into the source tree, and so does the output that pages show;
# tests/docs fails when either is not current.
docs: weir$(EXEEXT)
	$(AM_V_at)$(MKDIR_P) '$(srcdir)/docs/reference/schemas'
	$(AM_V_GEN)set -e; write() { ./weir$(EXEEXT) "$$@" >"$$page.new"; mv "$$page.new" "$$page"; }; \
	reference='$(srcdir)/docs/reference'; \
	page=$$reference/cli.md; write explain commands --format markdown; \
	page=$$reference/expectations.md; write explain expectations --format markdown; \
	page=$$reference/http.md; write explain routes --format markdown; \
	page=$$reference/schemas/catalog.json; write config schema; \
	page=$$reference/schemas/report.json; write config schema report; \
	page=$$reference/schemas/gate.json; write config schema gate; \
	page=$$reference/schemas/events.json; write config schema events; \
	page=$$reference/schemas/profile.json; write config schema profile; \
	page=$$reference/schemas/diff.json; write config schema diff; \
	page=$$reference/schemas/backtest.json; write config schema backtest; \
	page=$$reference/schemas/import.json; write config schema import; \
	page=$$reference/schemas/mutate.json; write config schema mutate; \
	page=$$reference/schemas/runs.json; write config schema runs; \
	page=$$reference/schemas/incidents.json; write config schema incidents; \
	page=$$reference/schemas/incident.json; write config schema incident; \
	page=$$reference/schemas/mutes.json; write config schema mutes
	$(AM_V_at)WEIR='$(abs_top_builddir)/weir$(EXEEXT)' WEIR_SRC='$(abs_top_srcdir)' '$(srcdir)/tests/docs' --update

.PHONY: docs
