# Twins: sigd's three programs of the very objects that are installed, but for the clock, which tests drive, and for system calls that tests have them make
# (tests/twins/clock_fake.c, tests/daemon/twins.py), and usersig but for its waits. They are made by `make check` and never installed.
check_LTLIBRARIES += tests/twins/libclockfake.la
tests_twins_libclockfake_la_SOURCES = tests/twins/clock_fake.c tests/twins/inject.c tests/twins/inject.h

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

# usersig's twin: its waits take no time
check_LTLIBRARIES += tests/twins/libpacefake.la
tests_twins_libpacefake_la_SOURCES = tests/twins/pace_fake.c
tests_twins_libpacefake_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tools
check_DATA += tests/twins/usersig
CLEANFILES += tests/twins/usersig
tests/twins/usersig: tools/usersig$(EXEEXT) tests/twins/libpacefake.la
	$(AM_V_CCLD)objects=`echo ' $(tools_usersig_OBJECTS) ' | sed 's, [^ ]*[/-]pace\.$(OBJEXT) , ,'`; \
	$(tools_usersig_LINK) $$objects tests/twins/libpacefake.la $(tools_usersig_LDADD) $(LIBS)

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
