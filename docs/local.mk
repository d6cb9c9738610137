EXTRA_DIST += docs/FORMAT.md docs/HTTP.md docs/AUDIT.md docs/CLOCK.md docs/FAULTS.md docs/OPERATIONS.md docs/PAGES.md docs/SEALED.md docs/ARCHITECTURE.md
EXTRA_DIST += docs/CLIENTS.md docs/CONTAINERS.md docs/FROM-PHP-SDK.md docs/PRIVSEP.md docs/RELEASE.md docs/SECURITY.md docs/openapi.yaml
EXTRA_DIST += docs/GETTING-STARTED.md docs/LIBRARY.md docs/BENCHMARKS.md docs/benchmarks.svg docs/bench/library.jsonl docs/bench/daemon.jsonl docs/bench/machine.jsonl docs/benchmarks-daemon.svg

# One page a group of functions; its first name is the file's, the others become links when it is installed.
MAN3 = \
	docs/usersig_claims_identifier.3 \
	docs/usersig_decode.3 \
	docs/usersig_diagnose.3 \
	docs/usersig_error_name.3 \
	docs/usersig_key_hmac.3 \
	docs/usersig_page_open.3 \
	docs/usersig_rest_code_find.3 \
	docs/usersig_rest_find.3 \
	docs/usersig_room_userbuf.3 \
	docs/usersig_sign.3 \
	docs/usersig_url.3 \
	docs/usersig_verify.3 \
	docs/usersig_version.3
dist_man_MANS += docs/usersig.1 docs/sigctl.8 docs/sigd.8 docs/sigd.conf.5 docs/libsig.7 $(MAN3)

# prints "page name" for each further name in the NAME section of a page
man3_names = for page in $(MAN3); do \
	sed -n "/^\.Sh NAME/,/^\.Nd/s/^\.Nm \([a-z0-9_]*\).*/$${page\#\#*/} \1.3/p" '$(srcdir)'/$$page; \
	done | while read -r page name; do test $$page = $$name || echo "$$page $$name"; done

install-data-hook:
	$(man3_names) | while read -r page name; do \
		echo ".so man3/$$page" >'$(DESTDIR)$(man3dir)'/$$name || exit 1; \
	done
uninstall-hook:
	$(man3_names) | while read -r page name; do rm -f '$(DESTDIR)$(man3dir)'/$$name; done
