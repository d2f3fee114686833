# The service as systemd starts it, and the Debian package.
systemdsystemunitdir = @systemdsystemunitdir@
systemdsystemunit_DATA = packaging/weir.service
CLEANFILES += packaging/weir.service
EXTRA_DIST += packaging

packaging/weir.service: packaging/weir.service.in Makefile
	$(AM_V_at)$(MKDIR_P) packaging
	$(AM_V_GEN)sed 's,@bindir[@],$(bindir),' '$(srcdir)/packaging/weir.service.in' >$@.new && mv $@.new $@

# A binary package of this version in deb/, made from the release archive as any builder would.
deb: dist
	$(AM_V_GEN)'$(srcdir)/packaging/make-deb' '$(distdir).tar.xz' deb

.PHONY: deb
