# Which lines the tests run, of a build that was configured with --enable-coverage: make coverage. COVERAGE_TESTS=... for
# some of the tests alone. What is counted here adds up until make coverage-clean.
# The daemon's children run as other users; each writes its counts at its end beside the objects, where only files that are
# there already, and writable, let it. What is left empty was never run, and gcov takes its absence for that.
# Of the checks of the tree none: they run nothing, or what others run too.
COVERAGE_TESTS =
EXTRA_DIST += tests/coverage.py

.PHONY: coverage coverage-clean
if COVERAGE
coverage: all
	@$(MAKE) $(AM_MAKEFLAGS) check TESTS= >/dev/null
	@find . -name '*.gcno' | sed 's/gcno$$/gcda/' | while read -r counts; do \
		[ -e "$$counts" ] || : >"$$counts"; chmod 0666 "$$counts" || exit 1; done
	@tests='$(COVERAGE_TESTS)'; \
	test -n "$$tests" || tests=`echo ' $(TESTS) ' | tr ' ' '\n' | grep -v '^tests/meta/' | tr '\n' ' '`; \
	$(MAKE) $(AM_MAKEFLAGS) -k check TESTS="$$tests" >coverage.log 2>&1 || \
		{ grep -E '^(FAIL|ERROR):' coverage.log || tail -n 20 coverage.log; echo "some tests failed: see coverage.log"; }
	@find . -name '*.gcda' -size 0 -exec rm {} +
	@gcovr --root '$(top_srcdir)' --object-directory . --json coverage.json \
		--filter '$(top_srcdir)/(libsig|sigd|tools)/' --gcov-executable '$(GCOV)' -j 2 .
	@python3 '$(srcdir)/tests/coverage.py' coverage.json
else
coverage:
	@echo "make coverage needs configure --enable-coverage" >&2; exit 1
endif
coverage-clean:
	find . -name '*.gcda' -exec rm {} +
	rm -f coverage.log coverage.json
clean-local: coverage-clean
distclean-local:
	find . -name '*.gcno' -exec rm {} +
