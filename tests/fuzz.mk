# Fuzzers of parsers (libsig's, sealed keys, the admin socket's frames, HTTP, the channels' frames, sigd.conf): each is one file, over libFuzzer (make fuzz) or replayed over its corpus
# (make check).
FUZZ_NAMES = decode json base64 inflate pem url room page sealed ctlframe \
	http front request told signer load tail master config state

# libsig as one static library, hidden names and all
check_LTLIBRARIES += tests/fuzz/libfuzzed.la
tests_fuzz_libfuzzed_la_SOURCES = libsig/sign.c libsig/verify.c libsig/diagnose.c libsig/page.c
tests_fuzz_libfuzzed_la_LIBADD = libsig/libsigcore.la libsig/libsigtext.la libsig/libsigkeyed.la
FUZZ_LIBS = tests/fuzz/libfuzzed.la $(ZLIB_LIBS)
FUZZ_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS)

# what replays a corpus, compiled once
check_LTLIBRARIES += tests/fuzz/libreplay.la
tests_fuzz_libreplay_la_SOURCES = tests/fuzz/replay.c tests/fuzz/fuzz.h
FUZZ_TESTS =
FUZZERS =

FUZZ_TESTS += tests/fuzz/test_fuzz_decode
tests_fuzz_test_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_decode_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_decode_LDADD = tests/fuzz/libreplay.la $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_decode
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_decode_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_decode_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_decode_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_json
tests_fuzz_test_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_json_CPPFLAGS = $(FUZZ_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_test_fuzz_json_LDADD = tests/fuzz/libreplay.la $(FUZZ_LIBS) $(JANSSON_LIBS)
FUZZERS += tests/fuzz/fuzz_json
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_json_CPPFLAGS = $(FUZZ_CPPFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_json_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_json_LDADD = $(FUZZ_LIBS) $(JANSSON_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_base64
tests_fuzz_test_fuzz_base64_SOURCES = tests/fuzz/fuzz_base64.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_base64_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_base64_LDADD = tests/fuzz/libreplay.la $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_base64
tests_fuzz_fuzz_base64_SOURCES = tests/fuzz/fuzz_base64.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_base64_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_base64_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_base64_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_inflate
tests_fuzz_test_fuzz_inflate_SOURCES = tests/fuzz/fuzz_inflate.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_inflate_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_inflate_LDADD = tests/fuzz/libreplay.la $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_inflate
tests_fuzz_fuzz_inflate_SOURCES = tests/fuzz/fuzz_inflate.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_inflate_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_inflate_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_inflate_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_pem
tests_fuzz_test_fuzz_pem_SOURCES = tests/fuzz/fuzz_pem.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_pem_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_pem_LDADD = tests/fuzz/libreplay.la $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_pem
tests_fuzz_fuzz_pem_SOURCES = tests/fuzz/fuzz_pem.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_pem_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_pem_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_pem_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_url
tests_fuzz_test_fuzz_url_SOURCES = tests/fuzz/fuzz_url.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_url_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_url_LDADD = tests/fuzz/libreplay.la $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_url
tests_fuzz_fuzz_url_SOURCES = tests/fuzz/fuzz_url.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_url_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_url_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_url_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_room
tests_fuzz_test_fuzz_room_SOURCES = tests/fuzz/fuzz_room.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_room_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_room_LDADD = tests/fuzz/libreplay.la $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_room
tests_fuzz_fuzz_room_SOURCES = tests/fuzz/fuzz_room.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_room_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_room_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_room_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_page
tests_fuzz_test_fuzz_page_SOURCES = tests/fuzz/fuzz_page.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_page_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_page_LDADD = tests/fuzz/libreplay.la $(FUZZ_LIBS)
FUZZERS += tests/fuzz/fuzz_page
tests_fuzz_fuzz_page_SOURCES = tests/fuzz/fuzz_page.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_page_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_page_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_page_LDADD = $(FUZZ_LIBS)

FUZZ_TESTS += tests/fuzz/test_fuzz_sealed
tests_fuzz_test_fuzz_sealed_SOURCES = tests/fuzz/fuzz_sealed.c tests/fuzz/fuzz.h $(sigd_sealed)
tests_fuzz_test_fuzz_sealed_CPPFLAGS = $(FUZZ_CPPFLAGS) $(SODIUM_CFLAGS)
tests_fuzz_test_fuzz_sealed_LDADD = tests/fuzz/libreplay.la $(SODIUM_LIBS)
FUZZERS += tests/fuzz/fuzz_sealed
tests_fuzz_fuzz_sealed_SOURCES = tests/fuzz/fuzz_sealed.c tests/fuzz/fuzz.h $(sigd_sealed)
tests_fuzz_fuzz_sealed_CPPFLAGS = $(FUZZ_CPPFLAGS) $(SODIUM_CFLAGS)
tests_fuzz_fuzz_sealed_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_sealed_LDADD = $(SODIUM_LIBS)

fuzz_ctlframe = sigd/common/ctlframe.c sigd/common/ctlframe.h
FUZZ_TESTS += tests/fuzz/test_fuzz_ctlframe
tests_fuzz_test_fuzz_ctlframe_SOURCES = tests/fuzz/fuzz_ctlframe.c tests/fuzz/fuzz.h $(fuzz_ctlframe)
tests_fuzz_test_fuzz_ctlframe_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_test_fuzz_ctlframe_LDADD = tests/fuzz/libreplay.la
FUZZERS += tests/fuzz/fuzz_ctlframe
tests_fuzz_fuzz_ctlframe_SOURCES = tests/fuzz/fuzz_ctlframe.c tests/fuzz/fuzz.h $(fuzz_ctlframe)
tests_fuzz_fuzz_ctlframe_CPPFLAGS = $(FUZZ_CPPFLAGS)
tests_fuzz_fuzz_ctlframe_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer

# of the front: its parser alone; all of it but main, with a rig that plays its clients, the signer and the master
FUZZ_FRONT_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/sigd/front $(JANSSON_CFLAGS) $(SECCOMP_CFLAGS)
fuzz_http = sigd/front/http.c sigd/front/http.h sigd/front/query.c sigd/front/query.h sigd/front/problem.c sigd/front/problem.h
FUZZ_TESTS += tests/fuzz/test_fuzz_http
tests_fuzz_test_fuzz_http_SOURCES = tests/fuzz/fuzz_http.c tests/fuzz/fuzz.h $(fuzz_http)
tests_fuzz_test_fuzz_http_CPPFLAGS = $(FUZZ_FRONT_CPPFLAGS)
tests_fuzz_test_fuzz_http_LDADD = tests/fuzz/libreplay.la
FUZZERS += tests/fuzz/fuzz_http
tests_fuzz_fuzz_http_SOURCES = tests/fuzz/fuzz_http.c tests/fuzz/fuzz.h $(fuzz_http)
tests_fuzz_fuzz_http_CPPFLAGS = $(FUZZ_FRONT_CPPFLAGS)
tests_fuzz_fuzz_http_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_http_LDADD = 

check_LTLIBRARIES += tests/fuzz/libfuzzedfront.la
tests_fuzz_libfuzzedfront_la_SOURCES = $(sigd_front) $(sigd_common) \
	tests/fuzz/fuzz.h tests/fuzz/frontrig.c tests/fuzz/frontrig.h tests/fuzz/frontrig_signer.c \
	tests/fuzz/frontrig_answers.c tests/fuzz/packets.c tests/fuzz/packets.h
tests_fuzz_libfuzzedfront_la_CPPFLAGS = $(FUZZ_FRONT_CPPFLAGS)
tests_fuzz_libfuzzedfront_la_LIBADD = libsig/libsigtext.la libsig/libsigcore.la $(JANSSON_LIBS) $(ZLIB_LIBS) $(SECCOMP_LIBS)
FUZZ_TESTS += tests/fuzz/test_fuzz_front
tests_fuzz_test_fuzz_front_SOURCES = tests/fuzz/fuzz_front.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_front_CPPFLAGS = $(FUZZ_FRONT_CPPFLAGS)
tests_fuzz_test_fuzz_front_LDADD = tests/fuzz/libreplay.la tests/fuzz/libfuzzedfront.la
FUZZERS += tests/fuzz/fuzz_front
tests_fuzz_fuzz_front_SOURCES = tests/fuzz/fuzz_front.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_front_CPPFLAGS = $(FUZZ_FRONT_CPPFLAGS)
tests_fuzz_fuzz_front_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_front_LDADD = tests/fuzz/libfuzzedfront.la

FUZZ_TESTS += tests/fuzz/test_fuzz_request
tests_fuzz_test_fuzz_request_SOURCES = tests/fuzz/fuzz_request.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_request_CPPFLAGS = $(FUZZ_FRONT_CPPFLAGS)
tests_fuzz_test_fuzz_request_LDADD = tests/fuzz/libreplay.la tests/fuzz/libfuzzedfront.la
FUZZERS += tests/fuzz/fuzz_request
tests_fuzz_fuzz_request_SOURCES = tests/fuzz/fuzz_request.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_request_CPPFLAGS = $(FUZZ_FRONT_CPPFLAGS)
tests_fuzz_fuzz_request_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_request_LDADD = tests/fuzz/libfuzzedfront.la

FUZZ_TESTS += tests/fuzz/test_fuzz_told
tests_fuzz_test_fuzz_told_SOURCES = tests/fuzz/fuzz_told.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_told_CPPFLAGS = $(FUZZ_FRONT_CPPFLAGS)
tests_fuzz_test_fuzz_told_LDADD = tests/fuzz/libreplay.la tests/fuzz/libfuzzedfront.la
FUZZERS += tests/fuzz/fuzz_told
tests_fuzz_fuzz_told_SOURCES = tests/fuzz/fuzz_told.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_told_CPPFLAGS = $(FUZZ_FRONT_CPPFLAGS)
tests_fuzz_fuzz_told_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_told_LDADD = tests/fuzz/libfuzzedfront.la

# of the signer: all of it but main
FUZZ_SIGNER_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/sigd/signer $(CRYPTO_CFLAGS) $(SODIUM_CFLAGS) $(SECCOMP_CFLAGS) -DSIGD_BUILD_TIME=0 \
	-DAUDIT_TAIL_NEAR=4096 -DAUDIT_RESERVE_BYTES=8192 -DAUDIT_RESERVE_MARGIN=4096
check_LTLIBRARIES += tests/fuzz/libfuzzedsigner.la
tests_fuzz_libfuzzedsigner_la_SOURCES = $(sigd_signer) $(sigd_common) $(sigd_sealed) \
	tests/fuzz/fuzz.h tests/fuzz/signerrig.c tests/fuzz/signerrig.h tests/fuzz/packets.c tests/fuzz/packets.h
tests_fuzz_libfuzzedsigner_la_CPPFLAGS = $(FUZZ_SIGNER_CPPFLAGS)
tests_fuzz_libfuzzedsigner_la_LIBADD = libsig/libsigkeyed.la libsig/libsigcore.la $(CRYPTO_LIBS) $(SODIUM_LIBS) $(SECCOMP_LIBS)
FUZZ_TESTS += tests/fuzz/test_fuzz_signer
tests_fuzz_test_fuzz_signer_SOURCES = tests/fuzz/fuzz_signer.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_signer_CPPFLAGS = $(FUZZ_SIGNER_CPPFLAGS)
tests_fuzz_test_fuzz_signer_LDADD = tests/fuzz/libreplay.la tests/fuzz/libfuzzedsigner.la
FUZZERS += tests/fuzz/fuzz_signer
tests_fuzz_fuzz_signer_SOURCES = tests/fuzz/fuzz_signer.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_signer_CPPFLAGS = $(FUZZ_SIGNER_CPPFLAGS)
tests_fuzz_fuzz_signer_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_signer_LDADD = tests/fuzz/libfuzzedsigner.la

FUZZ_TESTS += tests/fuzz/test_fuzz_load
tests_fuzz_test_fuzz_load_SOURCES = tests/fuzz/fuzz_load.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_load_CPPFLAGS = $(FUZZ_SIGNER_CPPFLAGS)
tests_fuzz_test_fuzz_load_LDADD = tests/fuzz/libreplay.la tests/fuzz/libfuzzedsigner.la
FUZZERS += tests/fuzz/fuzz_load
tests_fuzz_fuzz_load_SOURCES = tests/fuzz/fuzz_load.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_load_CPPFLAGS = $(FUZZ_SIGNER_CPPFLAGS)
tests_fuzz_fuzz_load_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_load_LDADD = tests/fuzz/libfuzzedsigner.la

FUZZ_TESTS += tests/fuzz/test_fuzz_tail
tests_fuzz_test_fuzz_tail_SOURCES = tests/fuzz/fuzz_tail.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_tail_CPPFLAGS = $(FUZZ_SIGNER_CPPFLAGS)
tests_fuzz_test_fuzz_tail_LDADD = tests/fuzz/libreplay.la tests/fuzz/libfuzzedsigner.la
FUZZERS += tests/fuzz/fuzz_tail
tests_fuzz_fuzz_tail_SOURCES = tests/fuzz/fuzz_tail.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_tail_CPPFLAGS = $(FUZZ_SIGNER_CPPFLAGS)
tests_fuzz_fuzz_tail_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_tail_LDADD = tests/fuzz/libfuzzedsigner.la

# of the master: all of it but main
FUZZ_MASTER_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/sigd/master $(CONFUSE_CFLAGS) $(ZLIB_CFLAGS) $(SECCOMP_CFLAGS)
check_LTLIBRARIES += tests/fuzz/libfuzzedmaster.la
tests_fuzz_libfuzzedmaster_la_SOURCES = $(sigd_master) $(sigd_common) $(sigd_safefile) \
	tests/fuzz/fuzz.h tests/fuzz/packets.c tests/fuzz/packets.h
tests_fuzz_libfuzzedmaster_la_CPPFLAGS = $(FUZZ_MASTER_CPPFLAGS)
tests_fuzz_libfuzzedmaster_la_LIBADD = libsig/libsigtext.la libsig/libsigcore.la $(CONFUSE_LIBS) $(ZLIB_LIBS) $(SECCOMP_LIBS)
FUZZ_TESTS += tests/fuzz/test_fuzz_master
tests_fuzz_test_fuzz_master_SOURCES = tests/fuzz/fuzz_master.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_master_CPPFLAGS = $(FUZZ_MASTER_CPPFLAGS)
tests_fuzz_test_fuzz_master_LDADD = tests/fuzz/libreplay.la tests/fuzz/libfuzzedmaster.la
FUZZERS += tests/fuzz/fuzz_master
tests_fuzz_fuzz_master_SOURCES = tests/fuzz/fuzz_master.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_master_CPPFLAGS = $(FUZZ_MASTER_CPPFLAGS)
tests_fuzz_fuzz_master_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_master_LDADD = tests/fuzz/libfuzzedmaster.la

FUZZ_TESTS += tests/fuzz/test_fuzz_config
tests_fuzz_test_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_config_CPPFLAGS = $(FUZZ_MASTER_CPPFLAGS)
tests_fuzz_test_fuzz_config_LDADD = tests/fuzz/libreplay.la tests/fuzz/libfuzzedmaster.la
FUZZERS += tests/fuzz/fuzz_config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_config_CPPFLAGS = $(FUZZ_MASTER_CPPFLAGS)
tests_fuzz_fuzz_config_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_config_LDADD = tests/fuzz/libfuzzedmaster.la

FUZZ_TESTS += tests/fuzz/test_fuzz_state
tests_fuzz_test_fuzz_state_SOURCES = tests/fuzz/fuzz_state.c tests/fuzz/fuzz.h
tests_fuzz_test_fuzz_state_CPPFLAGS = $(FUZZ_MASTER_CPPFLAGS)
tests_fuzz_test_fuzz_state_LDADD = tests/fuzz/libreplay.la tests/fuzz/libfuzzedmaster.la
FUZZERS += tests/fuzz/fuzz_state
tests_fuzz_fuzz_state_SOURCES = tests/fuzz/fuzz_state.c tests/fuzz/fuzz.h
tests_fuzz_fuzz_state_CPPFLAGS = $(FUZZ_MASTER_CPPFLAGS)
tests_fuzz_fuzz_state_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_state_LDADD = tests/fuzz/libfuzzedmaster.la

check_PROGRAMS += $(FUZZ_TESTS)
TESTS += $(FUZZ_TESTS)
EXTRA_PROGRAMS += $(FUZZERS)
CLEANFILES += $(FUZZERS)
EXTRA_DIST += tests/fuzz/run tests/fuzz/make_corpus.py tests/fuzz/corpus tests/fuzz/http.dict tests/fuzz/config.dict

# RUNS executions of each (default 10,000,000), or TIME seconds of each, JOBS (2) at a time; FUZZ_NAMES=json for one alone.
# The corpus grows in the build directory; what fails is left there as tests/fuzz/failed-<name>-*.
.PHONY: fuzz fuzzers
fuzzers: $(FUZZERS)
if FUZZ
fuzz: fuzzers
	@printf '%s\n' $(FUZZ_NAMES) | top_srcdir='$(top_srcdir)' xargs -n 1 -P $${JOBS:-2} $(SHELL) '$(top_srcdir)/tests/fuzz/run'
else
fuzz:
	@echo "make fuzz needs configure --enable-fuzz CC=clang" >&2; exit 1
endif
clean-local:
	-rm -rf tests/fuzz/grown
