# tools: what people and scripts run.
bin_PROGRAMS += tools/usersig
tools_usersig_SOURCES = \
	tools/usersig.c tools/command.h tools/exits.h \
	tools/cmd_admin.c tools/cmd_inspect.c tools/cmd_sign.c tools/cmd_status.c tools/cmd_url.c tools/cmd_verify.c \
	tools/options.c tools/options.h \
	tools/nearest.c tools/nearest.h \
	tools/when.c tools/when.h \
	tools/input.c tools/input.h \
	tools/output.c tools/output.h \
	tools/identifier.c tools/identifier.h \
	tools/offline.c tools/offline.h \
	tools/client.c tools/client.h \
	tools/transfer.c tools/transfer.h \
	tools/unreachable.c tools/unreachable.h \
	tools/address.c tools/address.h \
	tools/verdict.c tools/verdict.h \
	$(sigd_safefile)
tools_usersig_CPPFLAGS = $(AM_CPPFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS) $(SODIUM_CFLAGS)
tools_usersig_CFLAGS = $(PROG_CFLAGS)
tools_usersig_LDFLAGS = $(PROG_LD)
tools_usersig_LDADD = libsig/libsig.la $(CURL_LIBS) $(JANSSON_LIBS) $(SODIUM_LIBS)

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = dist/completions/usersig.bash
