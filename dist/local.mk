# dist: what a host gets beside the programs.
dist_pkgdata_DATA = dist/prometheus/sigd-rules.yml

# systemd's units know where sigd and its configuration are; the other directories are its own affair
systemd_units = dist/systemd/sigd.service dist/systemd/sigd.socket
nodist_systemdsystemunit_DATA = $(systemd_units)
EXTRA_DIST += dist/systemd/sigd.service.in dist/systemd/sigd.socket.in dist/systemd/sysusers.conf dist/systemd/tmpfiles.conf
CLEANFILES += $(systemd_units)
$(systemd_units): Makefile
	$(AM_V_GEN)$(MKDIR_P) dist/systemd && \
	sed -e 's,[@]sbindir[@],$(sbindir),g' -e 's,[@]sysconfdir[@],$(sysconfdir),g' '$(srcdir)'/$@.in >$@.new && \
	mv $@.new $@
dist/systemd/sigd.service: dist/systemd/sigd.service.in
dist/systemd/sigd.socket: dist/systemd/sigd.socket.in

# drop-ins, to be copied into sigd.service.d
dropindir = $(pkgdatadir)/systemd
dist_dropin_DATA = dist/systemd/single-uid.conf dist/systemd/strict.conf

sysusersdir = $(prefix)/lib/sysusers.d
tmpfilesdir = $(prefix)/lib/tmpfiles.d
install-data-local:
	$(MKDIR_P) '$(DESTDIR)$(sysusersdir)' '$(DESTDIR)$(tmpfilesdir)'
	$(INSTALL_DATA) '$(srcdir)'/dist/systemd/sysusers.conf '$(DESTDIR)$(sysusersdir)'/sigd.conf
	$(INSTALL_DATA) '$(srcdir)'/dist/systemd/tmpfiles.conf '$(DESTDIR)$(tmpfilesdir)'/sigd.conf
uninstall-local:
	rm -f '$(DESTDIR)$(sysusersdir)'/sigd.conf '$(DESTDIR)$(tmpfilesdir)'/sigd.conf

# scripts/package
EXTRA_DIST += dist/sigd.conf \
	dist/debian/changelog dist/debian/control dist/debian/copyright dist/debian/rules dist/debian/source/format \
	dist/debian/libsig0.install dist/debian/libsig0.symbols \
	dist/debian/libsig-dev.docs dist/debian/libsig-dev.install \
	dist/debian/usersig.docs dist/debian/usersig.install \
	dist/debian/sigd.dirs dist/debian/sigd.docs dist/debian/sigd.examples dist/debian/sigd.install dist/debian/sigd.links \
	dist/debian/sigd.postrm dist/debian/sigd.prerm

# The tarball is the same wherever it is made: order, owners, modes and times are those of the tree's last commit.
DIST_EPOCH = $${SOURCE_DATE_EPOCH:-`git -C '$(srcdir)' log -1 --format=%ct 2>/dev/null || stat -c %Y '$(srcdir)/NEWS.md'`}
am__tar = tar --format=ustar --sort=name --mtime="@$(DIST_EPOCH)" --owner=0 --group=0 --numeric-owner \
	--mode=u+rw,go=u-w -chf - "$$tardir"

# A tarball knows its version, and is not made with the configure of another one.
dist-hook:
	'$(srcdir)/scripts/version' --configured
	echo '$(PACKAGE_VERSION)' >'$(distdir)/.version'

.PHONY: test-dist sbom
test-dist:
	'$(srcdir)/scripts/release-check'

sbom: usersig-$(PACKAGE_VERSION).spdx.json
usersig-$(PACKAGE_VERSION).spdx.json: configure.ac scripts/sbom
	$(AM_V_GEN)'$(srcdir)/scripts/sbom' >$@.new && mv $@.new $@
CLEANFILES += usersig-$(PACKAGE_VERSION).spdx.json

# libsig's ABI beside that of the last release, which dist/abi/libsig.abi is; make abi-write after one.
EXTRA_DIST += dist/abi/libsig.abi
libsig_abi = abidw --no-corpus-path --no-comp-dir-path --no-show-locs --drop-private-types --headers-dir '$(srcdir)/libsig' \
	libsig/.libs/libsig.so
.PHONY: abi-check abi-write
abi-check: libsig/libsig.la
	abidiff --no-added-syms --headers-dir2 '$(srcdir)/libsig' '$(srcdir)/dist/abi/libsig.abi' libsig/.libs/libsig.so
abi-write: libsig/libsig.la
	$(libsig_abi) | sed "s#path='$(abs_top_srcdir)/#path='#" >'$(srcdir)/dist/abi/libsig.abi'
