# Faults that compilers do not see: make lint, by clang-tidy (.clang-tidy, tests/.clang-tidy) and cppcheck (tests/lint), some
# 35 s of one core; make analyze, by clang's analyzer too, some 4 minutes. clang JOBS at a time (2). Neither builds anything.
EXTRA_DIST += .clang-tidy tests/.clang-tidy tests/lint/cppcheck.cfg tests/lint/suppressions tests/lint/run
LINT_FLAGS = $(DEFS) $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit -I$(top_srcdir)/sigd/front -I$(top_srcdir)/sigd/master \
	-I$(top_srcdir)/sigd/signer -I$(top_srcdir)/tools \
	$(CRYPTO_CFLAGS) $(ZLIB_CFLAGS) $(SODIUM_CFLAGS) $(SECP256K1_CFLAGS) $(CONFUSE_CFLAGS) $(JANSSON_CFLAGS) $(CURL_CFLAGS) $(CHECK_CFLAGS) \
	-DSIGD_BUILD_TIME=$(BUILD_TIME) -DSIGD_CONFIG_FILE='"F"' -DSIGD_LIBEXEC_DIR='"D"' -DSIGD_PROGRAM='"P"'

.PHONY: lint analyze
lint:
	@$(SHELL) '$(srcdir)/tests/lint/run' lint '$(srcdir)' $(LINT_FLAGS)
analyze: lint
	@$(SHELL) '$(srcdir)/tests/lint/run' analyze '$(srcdir)' $(LINT_FLAGS)
CLEANFILES += compile_flags.txt
