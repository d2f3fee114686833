# Manual pages and completions come out of the program, so they are made when it is there: nothing of them is in the
# release archive.  Cross-compiling: build once for this machine and pass its program as WEIR_TOOL.
WEIR_TOOL = ./weir$(EXEEXT)
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/vendor-completions
fishcompletiondir = $(datadir)/fish/vendor_completions.d

install-data-local: weir$(EXEEXT)
	@$(NORMAL_INSTALL)
	@set -e; for page in `$(WEIR_TOOL) man --list`; do \
		dir='$(DESTDIR)$(mandir)'/man$${page##*.}; $(MKDIR_P) "$$dir"; \
		$(WEIR_TOOL) man "$$page" >"$$dir/$$page"; chmod 644 "$$dir/$$page"; \
	done; echo " manual pages to $(DESTDIR)$(mandir)"
	@set -e; put() { $(MKDIR_P) "$$2"; $(WEIR_TOOL) completion $$1 >"$$2/$$3"; chmod 644 "$$2/$$3"; }; \
		put bash '$(DESTDIR)$(bashcompletiondir)' weir; \
		put zsh '$(DESTDIR)$(zshcompletiondir)' _weir; \
		put fish '$(DESTDIR)$(fishcompletiondir)' weir.fish; \
		echo " completions to $(DESTDIR)$(datadir)"

uninstall-local:
	@$(NORMAL_UNINSTALL)
	for page in `$(WEIR_TOOL) man --list`; do rm -f '$(DESTDIR)$(mandir)'/man$${page##*.}/"$$page"; done
	rm -f '$(DESTDIR)$(bashcompletiondir)/weir' '$(DESTDIR)$(zshcompletiondir)/_weir'
	rm -f '$(DESTDIR)$(fishcompletiondir)/weir.fish'
