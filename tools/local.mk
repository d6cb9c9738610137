# tools: what people and scripts run.
bin_PROGRAMS += tools/usersig
sbin_PROGRAMS += tools/sigctl

# what a program of commands is made of
tools_program = \
	tools/program.c tools/program.h tools/command.h tools/exits.h \
	tools/parse.c tools/parse.h tools/options.h \
	tools/nearest.c tools/nearest.h \
	tools/when.c tools/when.h \
	tools/output.c tools/output.h \
	tools/readall.c tools/readall.h

# what a batch is made of
tools_batch = \
	tools/batch.c tools/batch.h \
	tools/checkpoint.c tools/checkpoint.h \
	tools/fault.c tools/fault.h \
	tools/interrupt.c tools/interrupt.h \
	tools/jobs.c tools/jobs.h \
	tools/lines.c tools/lines.h \
	tools/progress.c tools/progress.h \
	tools/text.c tools/text.h \
	tools/sign_batch.c tools/sign_batch.h \
	tools/sign_line.c tools/sign_line.h \
	tools/sign_offline.c tools/sign_offline.h \
	tools/sign_sigd.c tools/sign_sigd.h

# usersig call
tools_call = \
	tools/cmd_call.c \
	tools/answer.c tools/answer.h \
	tools/body.c tools/body.h \
	tools/call_batch.c tools/call_batch.h \
	tools/call_line.c tools/call_line.h \
	tools/caller.c tools/caller.h \
	tools/credential.c tools/credential.h \
	tools/crew.c tools/crew.h \
	tools/limiter.c tools/limiter.h \
	tools/pace.c tools/pace.h \
	tools/pages.c tools/pages.h \
	tools/paging.c tools/paging.h \
	tools/pretty.c tools/pretty.h \
	tools/rest.c tools/rest.h \
	tools/resume.c tools/resume.h \
	tools/retry.c tools/retry.h

tools_usersig_SOURCES = $(tools_program) $(tools_batch) \
	tools/usersig.c tools/options.c \
	tools/cmd_admin.c tools/cmd_apis.c tools/cmd_explain.c tools/cmd_export.c tools/cmd_inspect.c \
	tools/cmd_sign.c tools/cmd_status.c tools/cmd_url.c tools/cmd_verify.c \
	tools/apijson.c tools/apijson.h \
	tools/apiname.c tools/apiname.h \
	tools/export.h tools/export_http.c tools/export_openapi.c tools/export_postman.c \
	tools/foresee.c tools/foresee.h \
	tools/pipeline.c tools/pipeline.h \
	tools/tally.c tools/tally.h \
	tools/urlparts.c tools/urlparts.h \
	tools/input.c tools/input.h \
	tools/identifier.c tools/identifier.h \
	tools/offline.c tools/offline.h \
	tools/room.c tools/room.h \
	tools/client.c tools/client.h \
	tools/transfer.c tools/transfer.h \
	tools/unreachable.c tools/unreachable.h \
	tools/address.c tools/address.h \
	tools/verdict.c tools/verdict.h \
	$(tools_call) \
	$(sigd_safefile)
tools_usersig_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
tools_usersig_CFLAGS = $(PROG_CFLAGS) -pthread
tools_usersig_LDFLAGS = $(PROG_LD)
tools_usersig_LDADD = libsig/libsig.la $(CURL_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)

tools_sealing = \
	tools/lock.c tools/lock.h \
	tools/passphrase.c tools/passphrase.h \
	tools/save.c tools/save.h \
	tools/secret.c tools/secret.h \
	$(sigd_sealed) sigd/common/sizes.h
tools_probe = \
	tools/rest.c tools/rest.h tools/pace.c tools/pace.h \
	tools/staged.c tools/staged.h \
	tools/address.c tools/address.h tools/identifier.c tools/identifier.h \
	$(sigd_config) sigd/common/actions.c sigd/common/actions.h sigd/common/clock.c sigd/common/clock.h
tools_sigctl_SOURCES = $(tools_program) $(tools_sealing) $(tools_probe) \
	tools/ctl_keygen.c tools/ctl_probe.c tools/ctl_seal.c tools/ctl_unseal.c \
	$(sigd_safefile) \
	tools/sigctl.c tools/ctl_options.c tools/ctl_options.h \
	tools/ctl_audit.c tools/ctl_audit.h tools/ctl_audit_verify.c tools/ctl_audit_find.c \
	tools/auditlog.c tools/auditlog.h tools/input.c tools/input.h \
	tools/ctl_client.c tools/ctl_client.h \
	tools/unreachable.c tools/unreachable.h \
	tools/ctl_check.c tools/ctl_clock.c tools/ctl_flush.c tools/ctl_freeze.c \
	tools/ctl_init.c tools/ask.c tools/ask.h tools/firstconf.c tools/firstconf.h \
	tools/ctl_log_level.c tools/ctl_reload.c tools/ctl_status.c \
	sigd/common/ctlframe.c sigd/common/ctlframe.h
tools_sigctl_CPPFLAGS = $(AM_CPPFLAGS) $(CONFUSE_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS) \
	-DSIGD_CONFIG_FILE='"$(sysconfdir)/sigd/sigd.conf"' -DSIGD_PROGRAM='"$(sbindir)/sigd"'
tools_sigctl_CFLAGS = $(PROG_CFLAGS)
tools_sigctl_LDFLAGS = $(PROG_LD)
tools_sigctl_LDADD = libsig/libsig.la $(CONFUSE_LIBS) $(CURL_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = dist/completions/usersig.bash dist/completions/sigctl.bash
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = dist/completions/_usersig dist/completions/_sigctl
fishcompletiondir = $(datadir)/fish/vendor_completions.d
dist_fishcompletion_DATA = dist/completions/usersig.fish dist/completions/sigctl.fish
EXTRA_DIST += dist/completions/gen_calls.py
