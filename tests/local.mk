# tests: C programs over the library and its parts, Python scenarios over what is built. `make check` runs them all.
# A C test is one source file of its program's name; where no _SOURCES is given, automake takes that.

# what the unit tests share
check_LTLIBRARIES += tests/unit/libunit.la
UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(CRYPTO_CFLAGS) $(ZLIB_CFLAGS)
tests_unit_libunit_la_SOURCES = tests/unit/unit.c tests/unit/unit.h tests/unit/craft.c tests/unit/craft.h
tests_unit_libunit_la_CPPFLAGS = $(UNIT_CPPFLAGS)
UNIT_LIBS = $(CRYPTO_LIBS) $(ZLIB_LIBS) $(CHECK_LIBS)

# of the public calls: linked with the library as everybody has it
UNIT_PUBLIC_LIBS = tests/unit/libunit.la libsig/libsig.la $(UNIT_LIBS)
UNIT_TESTS = \
	tests/unit/test_error \
	tests/unit/test_abi \
	tests/unit/test_claims_text \
	tests/unit/test_claims_text_v1 \
	tests/unit/test_ticket \
	tests/unit/test_ticket_json \
	tests/unit/test_ticket_v1 \
	tests/unit/test_ticket_damage \
	tests/unit/test_encode \
	tests/unit/test_key \
	tests/unit/test_pem \
	tests/unit/test_sign \
	tests/unit/test_sign_v1 \
	tests/unit/test_verify \
	tests/unit/test_verdict \
	tests/unit/test_url \
	tests/unit/test_url_misuse \
	tests/unit/test_region \
	tests/unit/test_catalogue \
	tests/unit/test_restcode \
	tests/unit/test_page \
	tests/unit/test_room \
	tests/unit/test_diagnose \
	tests/unit/test_diagnose_claims \
	tests/unit/test_diagnose_key \
	tests/unit/test_vectors \
	tests/unit/test_noheap \
	tests/unit/test_nomemory \
	tests/unit/test_bounds \
	tests/unit/test_threads
tests_unit_test_error_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_error_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_abi_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_abi_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_claims_text_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_claims_text_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_claims_text_v1_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_claims_text_v1_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_ticket_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_ticket_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_ticket_json_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_ticket_json_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_ticket_v1_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_ticket_v1_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_ticket_damage_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_ticket_damage_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_encode_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_encode_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_key_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_key_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_pem_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_pem_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_sign_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_sign_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_sign_v1_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_sign_v1_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_verify_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_verify_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_verdict_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_verdict_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_url_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_url_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_url_misuse_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_url_misuse_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_region_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_region_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_catalogue_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_catalogue_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_restcode_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_restcode_LDADD = $(UNIT_PUBLIC_LIBS)
test_place = tests/unit/place.c tests/unit/place.h
tests_unit_test_page_SOURCES = tests/unit/test_page.c $(test_place)
tests_unit_test_page_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_page_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_room_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_room_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_diagnose_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_diagnose_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_diagnose_claims_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_diagnose_claims_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_diagnose_key_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_diagnose_key_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_vectors_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_vectors_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_noheap_SOURCES = tests/unit/test_noheap.c tests/unit/alloc.c tests/unit/alloc.h
tests_unit_test_noheap_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_noheap_CFLAGS = $(AM_CFLAGS) -pthread
tests_unit_test_noheap_LDADD = $(UNIT_PUBLIC_LIBS)
# nearer to zlib than the library as a whole lets anybody come
tests_unit_test_nomemory_SOURCES = tests/unit/test_nomemory.c \
	tests/unit/alloc.c tests/unit/alloc.h tests/unit/zinit.c tests/unit/zinit.h
tests_unit_test_nomemory_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_nomemory_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_bounds_SOURCES = tests/unit/test_bounds.c \
	tests/unit/alloc.c tests/unit/alloc.h tests/unit/zinit.c tests/unit/zinit.h
tests_unit_test_bounds_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_bounds_CFLAGS = $(AM_CFLAGS) -pthread
tests_unit_test_bounds_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_threads_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_threads_CFLAGS = $(AM_CFLAGS) -pthread
tests_unit_test_threads_LDADD = $(UNIT_PUBLIC_LIBS)

# of what the library hides: linked with its three parts
UNIT_PARTS_LIBS = tests/unit/libunit.la libsig/libsigkeyed.la libsig/libsigtext.la libsig/libsigcore.la $(UNIT_LIBS)
UNIT_TESTS += \
	tests/unit/test_base64 \
	tests/unit/test_decimal \
	tests/unit/test_utf8 \
	tests/unit/test_claims \
	tests/unit/test_flatjson \
	tests/unit/test_zstream \
	tests/unit/test_inflate \
	tests/unit/test_inflate_zlib \
	tests/unit/test_template \
	tests/unit/test_template_edges \
	tests/unit/test_dersig \
	tests/unit/test_hmac \
	tests/unit/test_ecdsa \
	tests/unit/test_consttime
tests_unit_test_base64_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_base64_LDADD = $(UNIT_PARTS_LIBS)
tests_unit_test_decimal_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_decimal_LDADD = $(UNIT_PARTS_LIBS)
tests_unit_test_utf8_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_utf8_LDADD = $(UNIT_PARTS_LIBS)
tests_unit_test_claims_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_claims_LDADD = $(UNIT_PARTS_LIBS)
tests_unit_test_flatjson_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_flatjson_LDADD = $(UNIT_PARTS_LIBS)
tests_unit_test_zstream_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_zstream_LDADD = $(UNIT_PARTS_LIBS)
tests_unit_test_dersig_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_dersig_LDADD = $(UNIT_PARTS_LIBS)
tests_unit_test_inflate_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_inflate_LDADD = $(UNIT_PARTS_LIBS)
tests_unit_test_inflate_zlib_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_inflate_zlib_LDADD = $(UNIT_PARTS_LIBS)
tests_unit_test_template_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_template_LDADD = $(UNIT_PARTS_LIBS)
tests_unit_test_template_edges_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_template_edges_LDADD = $(UNIT_PARTS_LIBS)
tests_unit_test_hmac_CPPFLAGS = $(UNIT_CPPFLAGS)
tests_unit_test_hmac_LDADD = $(UNIT_PARTS_LIBS)
tests_unit_test_ecdsa_CPPFLAGS = $(UNIT_CPPFLAGS) $(SODIUM_CFLAGS)
tests_unit_test_ecdsa_LDADD = $(UNIT_PARTS_LIBS) $(SODIUM_LIBS)
tests_unit_test_consttime_CPPFLAGS = $(UNIT_CPPFLAGS) $(SODIUM_CFLAGS) $(SECP256K1_CFLAGS)
tests_unit_test_consttime_LDADD = $(UNIT_PARTS_LIBS) $(SODIUM_LIBS) $(SECP256K1_LIBS)

# of sigd: its files themselves, with the parts of the library that they may reach
UNIT_TESTS += tests/unit/test_safefile tests/unit/test_safefile_volume tests/unit/test_namespace
tests_unit_test_safefile_SOURCES = tests/unit/test_safefile.c $(sigd_safefile)
tests_unit_test_safefile_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_safefile_LDADD = $(CHECK_LIBS)
tests_unit_test_safefile_volume_SOURCES = tests/unit/test_safefile_volume.c $(sigd_safefile)
tests_unit_test_safefile_volume_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_safefile_volume_LDADD = tests/unit/libunit.la $(CHECK_LIBS)
tests_unit_test_namespace_SOURCES = tests/unit/test_namespace.c sigd/master/namespace.c sigd/master/namespace.h
tests_unit_test_namespace_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS)
tests_unit_test_namespace_LDADD = tests/unit/libunit.la $(CHECK_LIBS)
sigd_test_config = tests/unit/conf.c tests/unit/conf.h $(sigd_config) $(sigd_safefile) $(sigd_test_said)
CONFIG_TEST_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(CONFUSE_CFLAGS)
# compiled once for all that read whole configs
check_LTLIBRARIES += tests/unit/libconf.la
tests_unit_libconf_la_SOURCES = $(sigd_test_config)
tests_unit_libconf_la_CPPFLAGS = $(CONFIG_TEST_CPPFLAGS)
CONFIG_TEST_LIBS = tests/unit/libconf.la libsig/libsigtext.la libsig/libsigcore.la tests/unit/libunit.la $(CONFUSE_LIBS) $(CHECK_LIBS)
UNIT_TESTS += $(CONFIG_TESTS)
CONFIG_TESTS = \
	tests/unit/test_config \
	tests/unit/test_config_syntax \
	tests/unit/test_config_values \
	tests/unit/test_config_rules \
	tests/unit/test_config_beside \
	tests/unit/test_config_window \
	tests/unit/test_config_words
tests_unit_test_config_CPPFLAGS = $(CONFIG_TEST_CPPFLAGS)
tests_unit_test_config_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_syntax_CPPFLAGS = $(CONFIG_TEST_CPPFLAGS)
tests_unit_test_config_syntax_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_values_CPPFLAGS = $(CONFIG_TEST_CPPFLAGS)
tests_unit_test_config_values_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_rules_CPPFLAGS = $(CONFIG_TEST_CPPFLAGS)
tests_unit_test_config_rules_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_beside_CPPFLAGS = $(CONFIG_TEST_CPPFLAGS)
tests_unit_test_config_beside_LDADD = $(CONFIG_TEST_LIBS)
tests_unit_test_config_window_SOURCES = tests/unit/test_config_window.c \
	sigd/master/config_window.c sigd/master/config_window.h \
	sigd/master/config_fault.c sigd/master/config_fault.h $(sigd_test_said)
tests_unit_test_config_window_CPPFLAGS = $(CONFIG_TEST_CPPFLAGS)
tests_unit_test_config_window_LDADD = tests/unit/libunit.la $(CHECK_LIBS)
tests_unit_test_config_words_SOURCES = tests/unit/test_config_words.c sigd/master/config_words.c sigd/master/config_words.h
tests_unit_test_config_words_CPPFLAGS = $(CONFIG_TEST_CPPFLAGS)
tests_unit_test_config_words_LDADD = tests/unit/libunit.la $(CHECK_LIBS)

# of the tools: their pure files
UNIT_TESTS += tests/unit/test_retry tests/unit/test_limiter tests/unit/test_paging
TOOLS_TEST_CPPFLAGS = $(UNIT_CPPFLAGS) $(JANSSON_CFLAGS) -I$(top_srcdir)/tools
tests_unit_test_retry_SOURCES = tests/unit/test_retry.c tools/retry.c tools/retry.h
tests_unit_test_retry_CPPFLAGS = $(TOOLS_TEST_CPPFLAGS)
tests_unit_test_retry_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_limiter_SOURCES = tests/unit/test_limiter.c tools/limiter.c tools/limiter.h
tests_unit_test_limiter_CPPFLAGS = $(TOOLS_TEST_CPPFLAGS)
tests_unit_test_limiter_LDADD = $(UNIT_PUBLIC_LIBS)
tests_unit_test_paging_SOURCES = tests/unit/test_paging.c tools/paging.c tools/paging.h
tests_unit_test_paging_CPPFLAGS = $(TOOLS_TEST_CPPFLAGS)
tests_unit_test_paging_LDADD = $(UNIT_PUBLIC_LIBS) $(JANSSON_LIBS)

include tests/sigd.mk
include tests/twins.mk
include tests/fault.mk
include tests/fuzz.mk

# no test by itself: tests/interop talks to the library through it
tests_interop_test_peer_lines_SOURCES = tests/interop/peer_lines.c
tests_interop_test_peer_lines_LDADD = libsig/libsig.la

check_PROGRAMS += $(UNIT_TESTS) tests/interop/test_peer_lines

# scenarios in Python; without the extension's runner they would have to be executable
PYTHON_TESTS = \
	tests/standin/test_standin.py \
	tests/interop/test_node_peer.py \
	tests/interop/test_node_v1_peer.py \
	tests/interop/test_oracle_peer.py \
	tests/interop/test_ctypes.py \
	tests/interop/test_clients.py \
	tests/interop/test_openapi.py \
	tests/interop/test_export.py \
	tests/tool/test_tool.py \
	tests/tool/test_batch.py \
	tests/tool/test_call_batch.py \
	tests/tool/test_completions.py \
	tests/tool/test_apis.py \
	tests/tool/test_explain.py \
	tests/tool/test_sigctl.py \
	tests/daemon/test_admin.py \
	tests/daemon/test_again.py \
	tests/daemon/test_bodies.py \
	tests/daemon/test_edges.py \
	tests/daemon/test_mixed.py \
	tests/tool/test_sealing.py \
	tests/tool/test_probe.py \
	tests/tool/test_call.py \
	tests/tool/test_call_use.py \
	tests/tool/test_audit.py \
	tests/daemon/test_audit.py \
	tests/daemon/test_badinput.py \
	tests/daemon/test_clock.py \
	tests/daemon/test_config.py \
	tests/daemon/test_control.py \
	tests/daemon/test_systemd.py \
	tests/daemon/test_units.py \
	tests/daemon/test_cores.py \
	tests/daemon/test_containers.py \
	tests/daemon/test_operations.py \
	tests/daemon/test_commands.py \
	tests/daemon/test_http.py \
	tests/daemon/test_crowded.py \
	tests/daemon/test_hostile.py \
	tests/daemon/test_stopped.py \
	tests/daemon/test_slow.py \
	tests/daemon/test_keys.py \
	tests/daemon/test_sealed.py \
	tests/daemon/test_leavers.py \
	tests/daemon/test_refused.py \
	tests/daemon/test_lifecycle.py \
	tests/daemon/test_logs.py \
	tests/daemon/test_metrics.py \
	tests/daemon/test_month.py \
	tests/daemon/test_policy.py \
	tests/daemon/test_reserved.py \
	tests/daemon/test_rooms.py \
	tests/daemon/test_batch.py \
	tests/daemon/test_fair.py \
	tests/daemon/test_faults.py \
	tests/meta/test_alerts.py \
	tests/daemon/test_reload.py \
	tests/daemon/test_sandbox.py \
	tests/daemon/test_publish.py \
	tests/daemon/test_hosted.py \
	tests/daemon/test_lying_reader.py \
	tests/meta/test_architecture.py \
	tests/meta/test_consttime.py \
	tests/meta/test_exports.py \
	tests/meta/test_rooms.py \
	tests/meta/test_privsep.py \
	tests/meta/test_faults_doc.py \
	tests/meta/test_format.py \
	tests/meta/test_format_doc.py \
	tests/meta/test_pages_doc.py \
	tests/meta/test_docs.py \
	tests/meta/test_report.py \
	tests/meta/test_examples.py \
	tests/meta/test_manpages.py \
	tests/meta/test_conf_page.py \
	tests/meta/test_debian.py \
	tests/meta/test_places.py \
	tests/meta/test_tables.py \
	tests/meta/test_twins.py \
	tests/meta/test_version.py \
	tests/meta/test_secrets.py
PYTHON_HELPERS = \
	tests/daemon/harness.py \
	tests/daemon/witness.py \
	tests/daemon/keyforms.py \
	tests/daemon/process.py \
	tests/daemon/clients.py \
	tests/daemon/reloads.py \
	tests/daemon/twins.py \
	tests/daemon/systemd.py \
	tests/daemon/unit.py \
	tests/daemon/confine.py \
	tests/daemon/month.py \
	tests/daemon/month_clients.py \
	tests/daemon/month_audit.py \
	tests/daemon/admin.py \
	tests/daemon/documents.py \
	tests/daemon/host.py \
	tests/interop/cplusplus.cpp \
	tests/interop/node_peer.js \
	tests/interop/node_v1_peer.js \
	tests/interop/openapi_peer.js \
	tests/interop/package.json \
	tests/interop/peers.py \
	tests/standin/hostile.py \
	tests/standin/oracle.py \
	tests/standin/rest_answers.py \
	tests/standin/rest_standin.py \
	tests/standin/unseal.py \
	tests/tool/calling.py \
	tests/tool/sigctl.py \
	tests/tool/usertool.py \
	tests/meta/tree.py
TEST_FILES = \
	tests/data/bench/daemon.jsonl \
	tests/data/bench/expected.md \
	tests/data/bench/library.jsonl \
	tests/data/bench/machine.jsonl \
	tests/data/prometheus/rules-test.yml \
	tests/unit/consttime.supp \
	tests/data/domains.tsv \
	tests/data/vectors/vectors.tsv \
	tests/data/vectors/keys/ec_other_p256_pub.pem \
	tests/data/vectors/keys/ec_prime256v1_pub.pem \
	tests/data/vectors/keys/ec_secp256k1_pub.pem \
	tests/data/vectors/keys/pub_cpp_crlf_prime256v1.pem \
	tests/data/vectors/keys/pub_cpp_unit_test_secp256k1.pem \
	tests/data/vectors/keys/pub_cpp_without_appid3rd_secp256k1.pem \
	tests/data/vectors/keys/pub_go_test_prime256v1.pem \
	tests/data/vectors/keys/pub_node_test_prime256v1.pem
EXTRA_DIST += $(PYTHON_TESTS) $(PYTHON_HELPERS) $(TEST_FILES)

TESTS += $(UNIT_TESTS) $(PYTHON_TESTS)
TEST_EXTENSIONS = .py
PY_LOG_COMPILER = python3
# absolute paths, since scenarios change their directory; no byte code, since the sources may be read-only
AM_TESTS_ENVIRONMENT = \
	srcdir='$(abs_srcdir)'; export srcdir; \
	builddir='$(abs_builddir)'; export builddir; \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	SIGD='$(abs_top_builddir)/sigd/sigd'; export SIGD; \
	USERSIG='$(abs_top_builddir)/tools/usersig'; export USERSIG; \
	SIGCTL='$(abs_top_builddir)/tools/sigctl'; export SIGCTL; \
	PEER_LINES='$(abs_top_builddir)/tests/interop/test_peer_lines'; export PEER_LINES; \
	WRITTEN='$(abs_top_builddir)/tests/_written'; export WRITTEN; \
	CC='$(CC)'; export CC; \
	PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE;

# The last test searches what the others let their programs write (tests/daemon/witness.py).
tests/meta/test_secrets.log: $(TEST_LOGS:tests/meta/test_secrets.log=)
clean-local: clean-written
.PHONY: clean-written
clean-written:
	rm -rf tests/_written

include tests/coverage.mk
include tests/lint.mk

# The unit tests alone, and under valgrind. There: in one process each, since a leak search per row would take minutes;
# test_noheap counts allocations by itself, which valgrind would replace; test_utf8 goes through all sequences of bytes,
# without a pointer to go wrong, for minutes; the damage and the full disks of the audit log, and the races of pages, run
# under the sanitizers, for which they do not take minutes. A filter binds valgrind's own calls too.
.PHONY: check-unit check-valgrind
check-unit: all $(check_PROGRAMS) $(check_LTLIBRARIES)
	$(MAKE) $(AM_MAKEFLAGS) check TESTS='$(UNIT_TESTS) $(FUZZ_TESTS)'
check-valgrind: all $(check_PROGRAMS) $(check_LTLIBRARIES)
	tests=`echo ' $(UNIT_TESTS) ' | sed 's# tests/unit/test_\(utf8\|audit_chain\|audit_full\|pagefile\|ctlaccept\|chan_broken\|filter\|landlock\)\b##g'`; \
	CK_FORK=no ROUNDS=$${ROUNDS:-1000} $(MAKE) $(AM_MAKEFLAGS) check TESTS="$$tests" LOG_COMPILER='$(LIBTOOL) --mode=execute valgrind \
		--quiet --leak-check=full --errors-for-leak-kinds=definite --error-exitcode=99 \
		--suppressions=$(abs_srcdir)/tests/unit/consttime.supp \
		--soname-synonyms=somalloc=nouserintercepts'

# distcheck with what is in git and no test of long scenarios: those have run in this build, of the same files, which
# dist-files compares. scripts/check takes this one.
.PHONY: check-dist dist-files
check-dist:
	tests=`echo ' $(UNIT_TESTS) $(FUZZ_TESTS) $(PYTHON_TESTS) ' | tr ' ' '\n' | \
		grep -vE 'tests/(daemon/test_.*\.py|interop/.*|meta/test_(consttime|secrets|format|places)\.py|tool/test_(tool|batch|call|call_use|explain|sealing|completions)\.py)$$' | tr '\n' ' '`; \
	$(MAKE) $(AM_MAKEFLAGS) distcheck TESTS="$$tests tests/daemon/test_config.py"
	$(MAKE) $(AM_MAKEFLAGS) dist-files

# All that git knows is in the tarball that make dist left, byte for byte.
dist-files:
	@rm -rf dist-files && mkdir dist-files && tar -xf $(distdir).tar.xz -C dist-files --strip-components=1
	@git -C '$(srcdir)' ls-files | grep -vxE '\.ci/run|\.gitignore' >dist-files.list && \
		while read -r file; do cmp "$(srcdir)/$$file" "dist-files/$$file" || different=1; done <dist-files.list && test -z "$$different"
	@rm -rf dist-files dist-files.list

# How fast it is, beside OpenSSL, zlib and jansson, and node where USERSIG_NODE_MODULES names the peer's modules. No test.
EXTRA_PROGRAMS += tests/bench/bench
CLEANFILES += tests/bench/bench$(EXEEXT)
EXTRA_DIST += tests/bench/node_peer.js tests/bench/batch.py tests/bench/machine.py tests/bench/report.py
tests_bench_bench_SOURCES = \
	tests/bench/bench.c \
	tests/bench/work.c tests/bench/work.h \
	tests/bench/plain.c tests/bench/plain.h \
	tests/bench/bomb.c tests/bench/bomb.h \
	tests/bench/page.c tests/bench/page.h \
	tests/bench/node.c tests/bench/node.h \
	tests/bench/v1.c tests/bench/v1.h
tests_bench_bench_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(ZLIB_CFLAGS) $(JANSSON_CFLAGS)
tests_bench_bench_LDADD = libsig/libsig.la $(CRYPTO_LIBS) $(ZLIB_LIBS) $(JANSSON_LIBS)
.PHONY: bench
bench: tests/bench/bench tools/usersig
	@top_srcdir='$(abs_top_srcdir)' tests/bench/bench$(EXEEXT)
	@python3 '$(srcdir)/tests/bench/batch.py' tools/usersig$(EXEEXT)

# How fast sigd is beside redis, memcached and munge, and how much memory it takes. A missed bar fails it. BENCH: its
# arguments (--only get,post --rounds 21); LONG=1: ten million requests, too.
EXTRA_PROGRAMS += tests/bench/load
CLEANFILES += tests/bench/load$(EXEEXT) tests/bench/load_munge$(EXEEXT)
EXTRA_DIST += \
	tests/bench/asks.py tests/bench/daemon.py tests/bench/fair.py tests/bench/lines.py tests/bench/memory.py tests/bench/peers.py
tests_bench_load_SOURCES = \
	tests/bench/load.c \
	tests/bench/tally.c tests/bench/tally.h \
	tests/bench/wire.c tests/bench/wire.h
if HAVE_MUNGE
EXTRA_PROGRAMS += tests/bench/load_munge
LOAD_MUNGE = tests/bench/load_munge$(EXEEXT)
tests_bench_load_munge_SOURCES = tests/bench/load_munge.c tests/bench/tally.c tests/bench/tally.h
tests_bench_load_munge_CPPFLAGS = $(AM_CPPFLAGS) $(MUNGE_CFLAGS)
tests_bench_load_munge_LDADD = $(MUNGE_LIBS)
endif
.PHONY: bench-daemon
bench-daemon: all tests/bench/load$(EXEEXT) $(LOAD_MUNGE)
	@top_builddir='$(abs_top_builddir)' LONG='$(LONG)' python3 '$(srcdir)/tests/bench/daemon.py' $(BENCH)

# docs/BENCHMARKS.md, its plot and docs/bench anew: of the lines of both benches, or of those that are in RESULTS already.
.PHONY: bench-report
bench-report: tests/bench/bench tools/usersig
	@results='$(RESULTS)'; \
	if test -z "$$results"; then \
		results=bench-results; rm -rf $$results; mkdir $$results; \
		python3 '$(srcdir)/tests/bench/machine.py' '$(CC)' '$(CFLAGS)' '$(PACKAGE_VERSION)' >$$results/machine.jsonl && \
		$(MAKE) $(AM_MAKEFLAGS) -s --no-print-directory bench | grep '^{' >$$results/library.jsonl && \
		$(MAKE) $(AM_MAKEFLAGS) -s --no-print-directory bench-daemon | grep '^{' >$$results/daemon.jsonl || exit 1; \
	fi; \
	cp "$$results"/*.jsonl '$(srcdir)/docs/bench' && \
	python3 '$(srcdir)/tests/bench/report.py' '$(srcdir)/docs/bench' \
		'$(srcdir)/docs/BENCHMARKS.md' '$(srcdir)/README.md' --plots '$(srcdir)/docs'

# The packages, and the README's two commands, on a bare Debian; as root, with the network (docs/RELEASE.md). No part of check:
# minutes, most of them Debian's.
EXTRA_DIST += tests/install/root.py tests/install/install.py tests/install/readme.py
INSTALL_PLACE = '$(abs_top_srcdir)/_build/install'
.PHONY: test-install test-install-readme
test-install: all
	'$(srcdir)/scripts/package' --quick
	@$(AM_TESTS_ENVIRONMENT) python3 '$(srcdir)/tests/install/install.py' --packages '$(abs_top_srcdir)/_build/package' --build $(INSTALL_PLACE)
test-install-readme:
	@$(AM_TESTS_ENVIRONMENT) python3 '$(srcdir)/tests/install/readme.py' --build $(INSTALL_PLACE)
