# Fuzzers of parsers (libsig's, sealed keys, the admin socket's frames): each is one file, over libFuzzer (make fuzz) or replayed over its corpus
# (make check).
FUZZ_NAMES = decode json base64 inflate pem url room page sealed ctlframe

# libsig as one static library, hidden names and all
check_LTLIBRARIES += tests/fuzz/libfuzzed.la
tests_fuzz_libfuzzed_la_SOURCES = libsig/sign.c libsig/verify.c libsig/diagnose.c libsig/page.c
tests_fuzz_libfuzzed_la_LIBADD = libsig/libsigcore.la libsig/libsigtext.la libsig/libsigkeyed.la
FUZZ_LIBS = tests/fuzz/libfuzzed.la $(ZLIB_LIBS)
FUZZ_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS)

fuzz_replay = tests/fuzz/replay.c tests/fuzz/fuzz.h
FUZZ_TESTS =
FUZZERS =

FUZZ_TESTS += tests/fuzz/test_fuzz_decode
tests_fuzz_test_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c $(fuzz_replay)
tests_fuzz_test_fuzz_decode_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_decode_LDADD = $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_decode
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_decode_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_decode_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_decode_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_json
tests_fuzz_test_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(fuzz_replay)
tests_fuzz_test_fuzz_json_CPPFLAGS = $(FUZZ_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_test_fuzz_json_LDADD = $(FUZZ_LIBS) $(JANSSON_LIBS)
FUZZERS += tests/fuzz/fuzz_json
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_json_CPPFLAGS = $(FUZZ_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_json_LDADD = $(FUZZ_LIBS) $(JANSSON_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_base64
tests_fuzz_test_fuzz_base64_SOURCES = tests/fuzz/fuzz_base64.c $(fuzz_replay)
tests_fuzz_test_fuzz_base64_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_base64_LDADD = $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_base64
tests_fuzz_fuzz_base64_SOURCES = tests/fuzz/fuzz_base64.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_base64_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_base64_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_base64_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_inflate
tests_fuzz_test_fuzz_inflate_SOURCES = tests/fuzz/fuzz_inflate.c $(fuzz_replay)
tests_fuzz_test_fuzz_inflate_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_inflate_LDADD = $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_inflate
tests_fuzz_fuzz_inflate_SOURCES = tests/fuzz/fuzz_inflate.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_inflate_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_inflate_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_inflate_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_pem
tests_fuzz_test_fuzz_pem_SOURCES = tests/fuzz/fuzz_pem.c $(fuzz_replay)
tests_fuzz_test_fuzz_pem_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_pem_LDADD = $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_pem
tests_fuzz_fuzz_pem_SOURCES = tests/fuzz/fuzz_pem.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_pem_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_pem_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_pem_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_url
tests_fuzz_test_fuzz_url_SOURCES = tests/fuzz/fuzz_url.c $(fuzz_replay)
tests_fuzz_test_fuzz_url_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_url_LDADD = $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_url
tests_fuzz_fuzz_url_SOURCES = tests/fuzz/fuzz_url.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_url_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_url_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_url_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_room
tests_fuzz_test_fuzz_room_SOURCES = tests/fuzz/fuzz_room.c $(fuzz_replay)
tests_fuzz_test_fuzz_room_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_room_LDADD = $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_room
tests_fuzz_fuzz_room_SOURCES = tests/fuzz/fuzz_room.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_room_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_room_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_room_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_page
tests_fuzz_test_fuzz_page_SOURCES = tests/fuzz/fuzz_page.c $(fuzz_replay)
tests_fuzz_test_fuzz_page_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_page_LDADD = $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_page
tests_fuzz_fuzz_page_SOURCES = tests/fuzz/fuzz_page.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_page_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_page_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_page_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_sealed
tests_fuzz_test_fuzz_sealed_SOURCES = tests/fuzz/fuzz_sealed.c $(fuzz_replay) $(sigd_sealed)
tests_fuzz_test_fuzz_sealed_CPPFLAGS = $(FUZZ_CPPFLAGS) $(SODIUM_CFLAGS)
tests_fuzz_test_fuzz_sealed_LDADD = $(SODIUM_LIBS)
FUZZERS += tests/fuzz/fuzz_sealed
tests_fuzz_fuzz_sealed_SOURCES = tests/fuzz/fuzz_sealed.c tests/fuzz/fuzz.h $(sigd_sealed)
tests_fuzz_fuzz_sealed_CPPFLAGS = $(FUZZ_CPPFLAGS) $(SODIUM_CFLAGS)
tests_fuzz_fuzz_sealed_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_sealed_LDADD = $(SODIUM_LIBS)

fuzz_ctlframe = sigd/common/ctlframe.c sigd/common/ctlframe.h
FUZZ_TESTS += tests/fuzz/test_fuzz_ctlframe
tests_fuzz_test_fuzz_ctlframe_SOURCES = tests/fuzz/fuzz_ctlframe.c $(fuzz_replay) $(fuzz_ctlframe)
tests_fuzz_test_fuzz_ctlframe_CPPFLAGS = $(FUZZ_CPPFLAGS)
FUZZERS += tests/fuzz/fuzz_ctlframe
tests_fuzz_fuzz_ctlframe_SOURCES = tests/fuzz/fuzz_ctlframe.c tests/fuzz/fuzz.h $(fuzz_ctlframe)
tests_fuzz_fuzz_ctlframe_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_ctlframe_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer

check_PROGRAMS += $(FUZZ_TESTS)
TESTS += $(FUZZ_TESTS)
EXTRA_PROGRAMS += $(FUZZERS)
CLEANFILES += $(FUZZERS)
EXTRA_DIST += tests/fuzz/run tests/fuzz/make_corpus.py tests/fuzz/corpus

# RUNS executions of each (default 10,000,000), or TIME seconds of each, JOBS (2) at a time; FUZZ_NAMES=json for one alone.
# The corpus grows in the build directory; what fails is left there as tests/fuzz/failed-<name>-*.
.PHONY: fuzz
if FUZZ
fuzz: $(FUZZERS)
	@printf '%s\n' $(FUZZ_NAMES) | top_srcdir='$(top_srcdir)' xargs -n 1 -P $${JOBS:-2} $(SHELL) '$(top_srcdir)/tests/fuzz/run'
else
fuzz:
	@echo "make fuzz needs configure --enable-fuzz CC=clang" >&2; exit 1
endif
clean-local:
	-rm -rf tests/fuzz/grown
