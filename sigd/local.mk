# sigd: three programs, one job each. Each folder sees its own headers, common's and libsig's public ones; what it links
# is what it may do: front and master core + text, signer core + keyed.
sbin_PROGRAMS += sigd/sigd
sigdlibexecdir = $(libexecdir)/sigd
sigdlibexec_PROGRAMS = sigd/sigd-signer sigd/sigd-front

sigd_common = \
	sigd/common/sizes.h sigd/common/names.h \
	sigd/common/proto.c sigd/common/proto.h \
	sigd/common/chan.c sigd/common/chan.h \
	sigd/common/board.c sigd/common/board.h \
	sigd/common/clock.c sigd/common/clock.h \
	sigd/common/log.c sigd/common/log.h \
	sigd/common/drop.c sigd/common/drop.h \
	sigd/common/child.c sigd/common/child.h \
	$(sigd_sandbox) \
	sigd/common/actions.c sigd/common/actions.h
sigd_sandbox = \
	sigd/common/sandbox.c sigd/common/sandbox.h \
	sigd/common/caps.c sigd/common/caps.h \
	sigd/common/landlock.c sigd/common/landlock.h \
	sigd/common/filter.c sigd/common/filter.h sigd/common/filter_calls.h

sigd_safefile = \
	sigd/common/safefile.c sigd/common/safefile.h \
	sigd/common/safewalk.c sigd/common/safewalk.h

sigd_spare = sigd/common/spare.c sigd/common/spare.h

sigd_sigd_SOURCES = $(sigd_common) $(sigd_safefile) $(sigd_master) sigd/master/main.c
sigd_master = $(sigd_spare) \
	sigd/master/master.h \
	sigd/master/supervise.c sigd/master/supervise.h \
	sigd/master/start.c sigd/master/start.h \
	sigd/master/stop.c sigd/master/stop.h \
	sigd/master/heard.c sigd/master/heard.h \
	sigd/master/change.c sigd/master/change.h \
	sigd/master/change_reload.c sigd/master/change_reload.h \
	sigd/master/diff.c sigd/master/diff.h \
	sigd/master/state.c sigd/master/state.h \
	sigd/master/confine.c sigd/master/confine.h \
	sigd/master/children.c sigd/master/children.h \
	sigd/master/fronts.c sigd/master/fronts.h \
	sigd/master/silence.c sigd/master/silence.h \
	sigd/master/boards.c sigd/master/boards.h \
	sigd/master/gauges.c sigd/master/gauges.h \
	sigd/master/sockets.c sigd/master/sockets.h \
	sigd/master/inherited.c sigd/master/inherited.h \
	sigd/master/notify.c sigd/master/notify.h \
	$(sigd_control) \
	sigd/master/answers.c sigd/master/answers.h \
	sigd/master/status.c sigd/master/status.h \
	sigd/master/jsonout.c sigd/master/jsonout.h \
	sigd/master/makedir.c sigd/master/makedir.h \
	sigd/master/auditfile.c sigd/master/auditfile.h \
	sigd/master/note.c sigd/master/note.h \
	sigd/master/load.c sigd/master/load.h \
	sigd/master/hosted.c sigd/master/hosted.h \
	sigd/master/publishing.c sigd/master/publishing.h \
	sigd/master/renew.c sigd/master/renew.h \
	$(sigd_publish) \
	$(sigd_config)
sigd_control = \
	sigd/common/ctlframe.c sigd/common/ctlframe.h \
	sigd/master/control.c sigd/master/control.h \
	sigd/master/ctlpeer.c sigd/master/ctlpeer.h \
	sigd/master/ctlaccept.c sigd/master/ctlaccept.h \
	sigd/master/ctlqueue.c sigd/master/ctlqueue.h
sigd_publish = \
	sigd/master/publish.c sigd/master/publish.h \
	sigd/master/publish_dir.c \
	sigd/master/publish_leftovers.c \
	sigd/master/publish_name.c \
	sigd/master/pagefile.c sigd/master/pagefile.h
sigd_config = \
	sigd/master/config.c sigd/master/config.h \
	sigd/master/config_admin.c sigd/master/config_admin.h \
	sigd/master/config_app.c sigd/master/config_app.h \
	sigd/master/config_beside.c sigd/master/config_beside.h \
	sigd/master/config_fault.c sigd/master/config_fault.h \
	sigd/master/config_ids.c sigd/master/config_ids.h \
	sigd/master/config_key.c sigd/master/config_key.h \
	sigd/master/config_path.c sigd/master/config_path.h \
	sigd/master/config_read.c sigd/master/config_read.h \
	sigd/master/config_rule.c sigd/master/config_rule.h \
	sigd/master/config_scan.c sigd/master/config_scan.h \
	sigd/master/config_socket.c sigd/master/config_socket.h \
	sigd/master/config_top.c sigd/master/config_top.h \
	sigd/master/config_tree.c sigd/master/config_tree.h \
	sigd/master/config_window.c sigd/master/config_window.h \
	sigd/master/config_words.c sigd/master/config_words.h \
	sigd/master/namespace.c sigd/master/namespace.h
sigd_sigd_CPPFLAGS = $(AM_CPPFLAGS) $(CONFUSE_CFLAGS) $(ZLIB_CFLAGS) $(SECCOMP_CFLAGS) \
	-DSIGD_CONFIG_FILE='"$(sysconfdir)/sigd/sigd.conf"' -DSIGD_LIBEXEC_DIR='"$(sigdlibexecdir)"'
sigd_sigd_CFLAGS = $(PROG_CFLAGS)
sigd_sigd_LDFLAGS = $(PROG_LD)
sigd_sigd_LDADD = libsig/libsigtext.la libsig/libsigcore.la $(CONFUSE_LIBS) $(ZLIB_LIBS) $(SECCOMP_LIBS)

sigd_sealed = sigd/common/sealed.c sigd/common/sealed_master.c sigd/common/sealed.h
sigd_sigd_signer_SOURCES = $(sigd_common) $(sigd_sealed) $(sigd_signer) sigd/signer/main.c
sigd_signer = \
	sigd/signer/warm.c sigd/signer/warm.h \
	sigd/signer/ops.c sigd/signer/ops.h \
	sigd/signer/ops_audit.c sigd/signer/ops_caller.c sigd/signer/ops_clock.c sigd/signer/ops_load.c sigd/signer/ops_sign.c sigd/signer/ops_turn.c \
	sigd/common/turns.c sigd/common/turns.h \
	sigd/signer/caller.c sigd/signer/caller.h \
	sigd/signer/policy.c sigd/signer/policy.h sigd/signer/policy_load.c \
	sigd/signer/rate.c sigd/signer/rate.h \
	sigd/signer/userbuf.c sigd/signer/userbuf.h \
	sigd/signer/stamp.c sigd/signer/stamp.h \
	sigd/signer/tally.c sigd/signer/tally.h \
	sigd/signer/keyset.c sigd/signer/keyset.h \
	sigd/signer/served.c sigd/signer/served.h \
	$(sigd_audit)
sigd_audit = \
	sigd/signer/audit.c sigd/signer/audit.h sigd/signer/audit_note.c \
	sigd/signer/audit_line.c sigd/signer/audit_line.h \
	sigd/signer/audit_text.c sigd/signer/audit_text.h \
	sigd/signer/blake2b.c sigd/signer/blake2b.h \
	sigd/signer/audit_chain.c sigd/signer/audit_chain.h \
	sigd/signer/audit_tail.c sigd/signer/audit_tail.h \
	sigd/signer/audit_pending.c sigd/signer/audit_pending.h \
	sigd/signer/audit_entry.c sigd/signer/audit_entry.h \
	sigd/signer/audit_refusals.c sigd/signer/audit_refusals.h \
	sigd/signer/audit_reserve.c sigd/signer/audit_reserve.h \
	sigd/signer/audit_file.c sigd/signer/audit_file.h
sigd_sigd_signer_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SODIUM_CFLAGS) $(SECCOMP_CFLAGS) -DSIGD_BUILD_TIME=$(BUILD_TIME)
sigd_sigd_signer_CFLAGS = $(PROG_CFLAGS)
sigd_sigd_signer_LDFLAGS = $(PROG_LD)
sigd_sigd_signer_LDADD = libsig/libsigkeyed.la libsig/libsigcore.la $(CRYPTO_LIBS) $(SODIUM_LIBS) $(SECCOMP_LIBS)

sigd_sigd_front_SOURCES = $(sigd_common) $(sigd_front) sigd/front/main.c
sigd_front = $(sigd_spare) \
	sigd/front/front.h \
	sigd/front/loop.c sigd/front/loop.h \
	sigd/front/hosted.c sigd/front/hosted.h \
	sigd/front/listen.c sigd/front/listen.h \
	sigd/front/evict.c sigd/front/evict.h \
	sigd/front/share.c sigd/front/share.h \
	sigd/front/quota.c sigd/front/quota.h \
	sigd/common/turns.c sigd/common/turns.h \
	sigd/front/model.c sigd/front/model.h \
	sigd/front/conn.c sigd/front/conn.h \
	sigd/front/conns.c sigd/front/conns.h \
	sigd/front/request.c sigd/front/request.h \
	sigd/front/grants.c sigd/front/grants.h \
	sigd/front/http.c sigd/front/http.h sigd/front/httptext.h \
	sigd/front/query.c sigd/front/query.h \
	sigd/front/routes.c sigd/front/routes.h \
	sigd/front/recall.c sigd/front/recall.h \
	sigd/front/reply.c sigd/front/reply.h \
	sigd/front/problem.c sigd/front/problem.h \
	sigd/front/buffer.c sigd/front/buffer.h \
	sigd/front/body.c sigd/front/body.h \
	sigd/front/room.c sigd/front/room.h \
	sigd/front/ask.c sigd/front/ask.h \
	sigd/front/cache.c sigd/front/cache.h \
	sigd/front/meter.c sigd/front/meter.h \
	sigd/front/metrics.c sigd/front/metrics.h \
	sigd/front/ready.c sigd/front/ready.h \
	sigd/front/api_metrics.c sigd/front/api_metrics_apps.c sigd/front/api_ready.c \
	sigd/front/api.h sigd/front/api_health.c sigd/front/api_apps.c sigd/front/api_admin.c sigd/front/api_url.c \
	sigd/front/api_sign.c sigd/front/api_batch.c sigd/front/api_verify.c sigd/front/api_refused.c
sigd_sigd_front_CPPFLAGS = $(AM_CPPFLAGS) $(JANSSON_CFLAGS) $(SECCOMP_CFLAGS)
sigd_sigd_front_CFLAGS = $(PROG_CFLAGS)
sigd_sigd_front_LDFLAGS = $(PROG_LD)
sigd_sigd_front_LDADD = libsig/libsigtext.la libsig/libsigcore.la $(JANSSON_LIBS) $(ZLIB_LIBS) $(SECCOMP_LIBS)
