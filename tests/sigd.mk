# Tests of sigd's parts, linked with the very files that they are about, and of the signer as a process.
SIGD_UNIT_CPPFLAGS = $(AM_CPPFLAGS) $(CHECK_CFLAGS) $(SODIUM_CFLAGS) $(JANSSON_CFLAGS)
SIGD_UNIT_LIBS = tests/unit/libunit.la $(CHECK_LIBS)
UNIT_TESTS += \
	tests/unit/test_http \
	tests/unit/test_http_edges \
	tests/unit/test_buffer \
	tests/unit/test_query \
	tests/unit/test_recall \
	tests/unit/test_ask \
	tests/unit/test_body \
	tests/unit/test_policy \
	tests/unit/test_policy_names \
	tests/unit/test_board \
	tests/unit/test_policy_rights \
	tests/unit/test_userbuf \
	tests/unit/test_log \
	tests/unit/test_metrics \
	tests/unit/test_gauges \
	tests/unit/test_jsonout \
	tests/unit/test_chan \
	tests/unit/test_turns \
	tests/unit/test_chan_broken \
	tests/unit/test_chan_pipe \
	tests/unit/test_ctlaccept \
	tests/unit/test_ctlframe \
	tests/unit/test_keyset \
	tests/unit/test_sealed \
	tests/unit/test_audit \
	tests/unit/test_audit_chain \
	tests/unit/test_blake2b \
	tests/unit/test_audit_full \
	tests/unit/test_pagefile \
	tests/unit/test_publish \
	tests/unit/test_publish_restart

sigd_test_http = sigd/front/http.c sigd/front/http.h sigd/front/httptext.h sigd/front/problem.c sigd/front/problem.h
tests_unit_test_http_SOURCES = tests/unit/test_http.c $(sigd_test_http)
tests_unit_test_http_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_http_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_http_edges_SOURCES = tests/unit/test_http_edges.c $(sigd_test_http)
tests_unit_test_http_edges_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_http_edges_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_buffer_SOURCES = tests/unit/test_buffer.c sigd/front/buffer.c sigd/front/buffer.h
tests_unit_test_buffer_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_buffer_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_recall_SOURCES = tests/unit/test_recall.c sigd/front/recall.c sigd/front/recall.h \
	sigd/front/grants.c sigd/front/grants.h
tests_unit_test_recall_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_recall_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_ask_SOURCES = tests/unit/test_ask.c sigd/front/ask.c sigd/front/ask.h
tests_unit_test_ask_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_ask_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_body_SOURCES = tests/unit/test_body.c tests/unit/alloc.c tests/unit/alloc.h \
	sigd/front/body.c sigd/front/body.h sigd/front/query.c sigd/front/query.h
tests_unit_test_body_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_body_LDADD = $(SIGD_UNIT_LIBS) $(JANSSON_LIBS)
tests_unit_test_query_SOURCES = tests/unit/test_query.c sigd/front/query.c sigd/front/query.h
tests_unit_test_query_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_query_LDADD = $(SIGD_UNIT_LIBS)

sigd_test_policy = \
	sigd/signer/policy.c sigd/signer/policy.h sigd/signer/policy_load.c \
	sigd/signer/rate.c sigd/signer/rate.h \
	sigd/signer/caller.c sigd/signer/caller.h \
	sigd/common/proto.c sigd/common/proto.h
tests_unit_test_policy_SOURCES = tests/unit/test_policy.c $(sigd_test_policy)
tests_unit_test_policy_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_policy_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_policy_rights_SOURCES = tests/unit/test_policy_rights.c $(sigd_test_policy)
tests_unit_test_policy_rights_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_policy_rights_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_userbuf_SOURCES = tests/unit/test_userbuf.c sigd/signer/userbuf.c sigd/signer/userbuf.h
tests_unit_test_userbuf_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_userbuf_LDADD = libsig/libsigcore.la $(SIGD_UNIT_LIBS)
tests_unit_test_policy_names_SOURCES = tests/unit/test_policy_names.c $(sigd_test_policy)
tests_unit_test_policy_names_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_policy_names_LDADD = $(SIGD_UNIT_LIBS)

sigd_test_chan = \
	tests/unit/fds.c tests/unit/fds.h \
	sigd/common/chan.c sigd/common/chan.h \
	sigd/common/proto.c sigd/common/proto.h
tests_unit_test_board_SOURCES = tests/unit/test_board.c sigd/common/board.c sigd/common/board.h sigd/common/proto.h
tests_unit_test_board_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_board_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_turns_SOURCES = tests/unit/test_turns.c sigd/common/turns.c sigd/common/turns.h
tests_unit_test_turns_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_turns_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_chan_SOURCES = tests/unit/test_chan.c $(sigd_test_chan)
tests_unit_test_chan_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_chan_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_chan_broken_SOURCES = tests/unit/test_chan_broken.c $(sigd_test_chan)
tests_unit_test_chan_broken_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_chan_broken_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_chan_pipe_SOURCES = tests/unit/test_chan_pipe.c $(sigd_test_chan)
tests_unit_test_chan_pipe_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_chan_pipe_LDADD = $(SIGD_UNIT_LIBS)

tests_unit_test_ctlaccept_SOURCES = tests/unit/test_ctlaccept.c sigd/master/ctlaccept.c sigd/master/ctlaccept.h \
	sigd/master/ctlpeer.c sigd/master/ctlpeer.h sigd/common/ctlframe.c sigd/common/ctlframe.h $(sigd_spare) \
	$(sigd_test_said)
tests_unit_test_ctlaccept_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_ctlaccept_LDADD = $(SIGD_UNIT_LIBS)

# the sandbox, by system calls in processes of their own
UNIT_TESTS += tests/unit/test_filter tests/unit/test_landlock
tests_unit_test_filter_SOURCES = tests/unit/test_filter.c sigd/common/filter.c sigd/common/filter.h sigd/common/filter_calls.h
tests_unit_test_filter_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS) $(SECCOMP_CFLAGS)
tests_unit_test_filter_LDADD = $(SIGD_UNIT_LIBS) $(SECCOMP_LIBS)
tests_unit_test_landlock_SOURCES = tests/unit/test_landlock.c sigd/common/landlock.c sigd/common/landlock.h $(test_place)
tests_unit_test_landlock_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_landlock_LDADD = $(SIGD_UNIT_LIBS)

tests_unit_test_ctlframe_SOURCES = tests/unit/test_ctlframe.c sigd/common/ctlframe.c sigd/common/ctlframe.h
tests_unit_test_ctlframe_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_ctlframe_LDADD = $(SIGD_UNIT_LIBS)

sigd_test_said = \
	sigd/common/log.c sigd/common/log.h \
	sigd/common/clock.c sigd/common/clock.h
tests_unit_test_log_SOURCES = tests/unit/test_log.c $(sigd_test_said)
tests_unit_test_log_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_log_LDADD = $(SIGD_UNIT_LIBS) $(JANSSON_LIBS)
tests_unit_test_metrics_SOURCES = tests/unit/test_metrics.c sigd/front/metrics.c sigd/front/metrics.h \
	sigd/front/buffer.c sigd/front/buffer.h
tests_unit_test_metrics_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_metrics_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_gauges_SOURCES = tests/unit/test_gauges.c sigd/master/gauges.c sigd/master/gauges.h sigd/common/board.h
tests_unit_test_gauges_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_gauges_LDADD = $(SIGD_UNIT_LIBS)
tests_unit_test_jsonout_SOURCES = tests/unit/test_jsonout.c sigd/master/jsonout.c sigd/master/jsonout.h \
	sigd/common/clock.c sigd/common/clock.h
tests_unit_test_jsonout_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_jsonout_LDADD = $(SIGD_UNIT_LIBS) $(JANSSON_LIBS)
tests_unit_test_keyset_SOURCES = tests/unit/test_keyset.c sigd/signer/keyset.c sigd/signer/keyset.h $(sigd_sealed) $(sigd_test_said)
tests_unit_test_keyset_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_keyset_LDADD = libsig/libsigkeyed.la libsig/libsigcore.la $(SIGD_UNIT_LIBS) $(CRYPTO_LIBS) $(SODIUM_LIBS)
tests_unit_test_sealed_SOURCES = tests/unit/test_sealed.c $(sigd_sealed)
tests_unit_test_sealed_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_sealed_LDADD = $(SIGD_UNIT_LIBS) $(SODIUM_LIBS)
sigd_test_ledger = tests/unit/ledger.c tests/unit/ledger.h $(sigd_audit) $(sigd_test_said)
SIGD_LEDGER_LIBS = libsig/libsigcore.la $(SIGD_UNIT_LIBS) $(SODIUM_LIBS) $(JANSSON_LIBS)
tests_unit_test_audit_SOURCES = tests/unit/test_audit.c $(sigd_test_ledger)
tests_unit_test_audit_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_audit_LDADD = $(SIGD_LEDGER_LIBS)
tests_unit_test_audit_chain_SOURCES = tests/unit/test_audit_chain.c $(sigd_test_ledger)
tests_unit_test_audit_chain_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_audit_chain_LDADD = $(SIGD_LEDGER_LIBS)
tests_unit_test_blake2b_SOURCES = tests/unit/test_blake2b.c sigd/signer/blake2b.c sigd/signer/blake2b.h \
	sigd/signer/audit_text.c sigd/signer/audit_text.h
tests_unit_test_blake2b_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_blake2b_LDADD = $(SIGD_UNIT_LIBS) $(SODIUM_LIBS)
tests_unit_test_audit_full_SOURCES = tests/unit/test_audit_full.c $(sigd_test_ledger)
tests_unit_test_audit_full_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_unit_test_audit_full_LDADD = $(SIGD_LEDGER_LIBS)

# publication: who writes pages, and where
tests_unit_test_pagefile_SOURCES = tests/unit/test_pagefile.c sigd/master/pagefile.c sigd/master/pagefile.h $(test_place)
tests_unit_test_pagefile_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS) $(ZLIB_CFLAGS)
tests_unit_test_pagefile_CFLAGS = $(AM_CFLAGS) -pthread
tests_unit_test_pagefile_LDADD = libsig/libsig.la $(SIGD_UNIT_LIBS) $(ZLIB_LIBS)
sigd_test_publish = tests/unit/published.c tests/unit/published.h $(sigd_publish) $(test_place) $(sigd_test_said) \
	sigd/master/makedir.c sigd/master/makedir.h \
	$(sigd_safefile) \
	sigd/common/proto.c sigd/common/proto.h
tests_unit_test_publish_SOURCES = tests/unit/test_publish.c $(sigd_test_publish)
tests_unit_test_publish_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS) $(ZLIB_CFLAGS)
tests_unit_test_publish_LDADD = libsig/libsig.la $(SIGD_UNIT_LIBS) $(ZLIB_LIBS)
tests_unit_test_publish_restart_SOURCES = tests/unit/test_publish_restart.c $(sigd_test_publish)
tests_unit_test_publish_restart_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS) $(ZLIB_CFLAGS)
tests_unit_test_publish_restart_LDADD = libsig/libsig.la $(SIGD_UNIT_LIBS) $(ZLIB_LIBS)

# a front that lies, to the signer itself (SIGD_SIGNER, or the one of this build)
LYING_TESTS = \
	tests/daemon/test_lying_front \
	tests/daemon/test_lying_sign \
	tests/daemon/test_lying_userbuf \
	tests/daemon/test_lying_ends \
	tests/daemon/test_lying_frames \
	tests/daemon/test_lying_fuzz \
	tests/daemon/test_lying_turns \
	tests/daemon/test_models \
	tests/daemon/test_order
# compiled once for all of them
check_LTLIBRARIES += tests/daemon/librig.la
RIG_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS) -I$(top_srcdir)/tests/unit
RIG_LIBS = tests/daemon/librig.la libsig/libsig.la $(SIGD_UNIT_LIBS)
tests_daemon_librig_la_SOURCES = tests/daemon/rig.c tests/daemon/rig_clients.c tests/daemon/rig.h $(sigd_test_chan)
tests_daemon_librig_la_CPPFLAGS = $(RIG_CPPFLAGS)
tests_daemon_test_lying_front_CPPFLAGS = $(RIG_CPPFLAGS)
tests_daemon_test_lying_front_LDADD = $(RIG_LIBS)
tests_daemon_test_lying_sign_CPPFLAGS = $(RIG_CPPFLAGS)
tests_daemon_test_lying_sign_LDADD = $(RIG_LIBS)
tests_daemon_test_lying_userbuf_CPPFLAGS = $(RIG_CPPFLAGS)
tests_daemon_test_lying_userbuf_LDADD = $(RIG_LIBS)
tests_daemon_test_lying_ends_CPPFLAGS = $(RIG_CPPFLAGS)
tests_daemon_test_lying_ends_LDADD = $(RIG_LIBS)
tests_daemon_test_lying_frames_CPPFLAGS = $(RIG_CPPFLAGS)
tests_daemon_test_lying_frames_LDADD = $(RIG_LIBS)
check_PROGRAMS += tests/daemon/liar
tests_daemon_liar_SOURCES = tests/daemon/liar.c \
	sigd/common/chan.c sigd/common/chan.h sigd/common/proto.c sigd/common/proto.h
tests_daemon_liar_CPPFLAGS = $(SIGD_UNIT_CPPFLAGS)
tests_daemon_test_models_CPPFLAGS = $(RIG_CPPFLAGS)
tests_daemon_test_models_LDADD = $(RIG_LIBS)
tests_daemon_test_order_CPPFLAGS = $(RIG_CPPFLAGS)
tests_daemon_test_order_LDADD = $(RIG_LIBS)
tests_daemon_test_lying_fuzz_CPPFLAGS = $(RIG_CPPFLAGS)
tests_daemon_test_lying_fuzz_LDADD = $(RIG_LIBS)
tests_daemon_test_lying_turns_CPPFLAGS = $(RIG_CPPFLAGS)
tests_daemon_test_lying_turns_LDADD = $(RIG_LIBS)

check_PROGRAMS += $(LYING_TESTS)
TESTS += $(LYING_TESTS)
TESTS += tests/daemon/test_leavers.py
EXTRA_DIST += tests/daemon/test_leavers.py
