# Twins: sigd's three programs of the very objects that are installed, but for the clock, which tests drive
# (tests/twins/clock_fake.c, tests/daemon/twins.py). They are made by `make check` and never installed.
check_LTLIBRARIES += tests/twins/libclockfake.la
tests_twins_libclockfake_la_SOURCES = tests/twins/clock_fake.c

TWINS = tests/twins/sigd tests/twins/sigd-signer tests/twins/sigd-front
check_DATA = $(TWINS)
CLEANFILES += $(TWINS)
without_clock = sed 's, [^ ]*[/-]clock\.$(OBJEXT) , ,'
tests/twins/sigd: sigd/sigd$(EXEEXT) tests/twins/libclockfake.la
	$(AM_V_CCLD)objects=`echo ' $(sigd_sigd_OBJECTS) ' | $(without_clock)`; \
	$(sigd_sigd_LINK) $$objects tests/twins/libclockfake.la $(sigd_sigd_LDADD) $(LIBS)
tests/twins/sigd-signer: sigd/sigd-signer$(EXEEXT) tests/twins/libclockfake.la
	$(AM_V_CCLD)objects=`echo ' $(sigd_sigd_signer_OBJECTS) ' | $(without_clock)`; \
	$(sigd_sigd_signer_LINK) $$objects tests/twins/libclockfake.la $(sigd_sigd_signer_LDADD) $(LIBS)
tests/twins/sigd-front: sigd/sigd-front$(EXEEXT) tests/twins/libclockfake.la
	$(AM_V_CCLD)objects=`echo ' $(sigd_sigd_front_OBJECTS) ' | $(without_clock)`; \
	$(sigd_sigd_front_LINK) $$objects tests/twins/libclockfake.la $(sigd_sigd_front_LDADD) $(LIBS)

# the clock itself, and what the signer thinks of it
UNIT_TESTS += tests/unit/test_clock tests/unit/test_stamp
tests_unit_test_clock_SOURCES = tests/unit/test_clock.c sigd/common/clock.c sigd/common/clock.h
tests_unit_test_clock_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_clock_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=read
tests_unit_test_clock_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_stamp_SOURCES = tests/unit/test_stamp.c sigd/signer/stamp.c sigd/signer/stamp.h \
	sigd/common/proto.c sigd/common/proto.h
tests_unit_test_stamp_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_stamp_LDADD = $(SIGD_UNIT_LIBS)
