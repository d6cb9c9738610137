# Faults: sigd's three programs of the very objects that are installed, with a shim between them and the kernel
# (tests/fault/shim.c), and load on them while things go wrong. Never installed.
check_LTLIBRARIES += tests/fault/libshim.la
tests_fault_libshim_la_SOURCES = tests/fault/shim.c tests/fault/shim_lie.c tests/fault/shim.h
tests_fault_libshim_la_CPPFLAGS = $(AM_CPPFLAGS) -U_FORTIFY_SOURCE

SHIMMED = tests/fault/sigd tests/fault/sigd-signer tests/fault/sigd-front
check_DATA += $(SHIMMED)
CLEANFILES += $(SHIMMED)
tests/fault/sigd: sigd/sigd$(EXEEXT) tests/fault/libshim.la
	$(AM_V_CCLD)$(sigd_sigd_LINK) $(sigd_sigd_OBJECTS) tests/fault/libshim.la $(sigd_sigd_LDADD) $(LIBS)
tests/fault/sigd-signer: sigd/sigd-signer$(EXEEXT) tests/fault/libshim.la
	$(AM_V_CCLD)$(sigd_sigd_signer_LINK) $(sigd_sigd_signer_OBJECTS) tests/fault/libshim.la $(sigd_sigd_signer_LDADD) $(LIBS)
tests/fault/sigd-front: sigd/sigd-front$(EXEEXT) tests/fault/libshim.la
	$(AM_V_CCLD)$(sigd_sigd_front_LINK) $(sigd_sigd_front_OBJECTS) tests/fault/libshim.la $(sigd_sigd_front_LDADD) $(LIBS)

# make fault: each fault once, beside each other; fails, too, where docs/FAULTS.md would read otherwise. make fault-document
# writes that. make soak: by chance, for HOURS or SECONDS, each with a seed of its own. SEED, BESIDE and FAULTS (words of
# names) choose; a run prints its seed.
FAULT_FILES = \
	tests/fault/run.py \
	tests/fault/deaths.py \
	tests/fault/disks.py \
	tests/fault/document.py \
	tests/fault/fault.py \
	tests/fault/judge.py \
	tests/fault/lacks.py \
	tests/fault/liars.py \
	tests/fault/load.py \
	tests/fault/scenarios.py \
	tests/fault/shimmed.py \
	tests/fault/stops.py \
	tests/fault/storms.py
EXTRA_DIST += $(FAULT_FILES)
FAULT_NEEDS = $(SHIMMED) tests/twins/sigd tests/twins/sigd-signer tests/twins/sigd-front tests/daemon/liar $(LYING_TESTS)
fault_run = $(AM_TESTS_ENVIRONMENT) unset WRITTEN; seed='$(SEED)'; beside='$(BESIDE)'; \
	python3 '$(srcdir)/tests/fault/run.py' $${seed:+--seed $$seed} --beside $${beside:-4}
.PHONY: fault fault-document soak
fault: all $(FAULT_NEEDS)
	@$(fault_run) $(FAULTS)
fault-document: all $(FAULT_NEEDS)
	@$(fault_run) --document '$(srcdir)/docs/FAULTS.md'
soak: all $(FAULT_NEEDS)
	@seconds='$(SECONDS)'; hours='$(HOURS)'; \
	$(fault_run) --soak $${seconds:-$$(($${hours:-1} * 3600))} $(FAULTS)
