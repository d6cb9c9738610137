# libsig: three convenience libraries, so that the linker proves who can reach what, and the library of all three.
include_HEADERS = libsig/usersig.h libsig/usersig_rest.h libsig/usersig_diagnose.h libsig/usersig_page.h
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = libsig/libsig.pc
EXTRA_DIST += libsig/libsig.map \
	libsig/gen_template.py libsig/gen_inflate.py libsig/deflate_code.py libsig/template_corpus.py \
	libsig/gen_catalogue.py libsig/gen_restcode.py libsig/rest_tables.py libsig/rest-apis.tsv libsig/error-codes.tsv

noinst_LTLIBRARIES += libsig/libsigcore.la libsig/libsigtext.la libsig/libsigkeyed.la

# core: errors, claims, the text that is signed, what a verdict asks, rooms
libsig_libsigcore_la_SOURCES = \
	libsig/error.c \
	libsig/cause.c \
	libsig/claims.c libsig/claims.h \
	libsig/room.c \
	libsig/abi.c \
	libsig/decimal.c libsig/decimal.h \
	libsig/utf8.c libsig/utf8.h \
	libsig/scratch.h \
	libsig/base64.c libsig/base64.h

# text: parsers and writers of what comes from outside; no key, no MAC
libsig_libsigtext_la_SOURCES = \
	libsig/ticket.c libsig/ticket.h \
	libsig/ticket_v1.c \
	libsig/ticket_v2.c \
	libsig/dersig.c libsig/dersig.h \
	libsig/flatjson.c libsig/flatjson.h \
	libsig/template.c libsig/template.h libsig/template_tables.h \
	libsig/inflate.c libsig/inflate.h libsig/inflate_tables.h \
	libsig/prefix.c libsig/prefix.h \
	libsig/adler.c libsig/adler.h \
	libsig/zstream.c libsig/zstream.h \
	libsig/textfault.c libsig/textfault.h \
	libsig/url.c \
	libsig/region.c \
	libsig/catalogue.c libsig/catalogue_table.h \
	libsig/restcode.c libsig/restcode_table.h
libsig_libsigtext_la_CPPFLAGS = $(AM_CPPFLAGS) $(ZLIB_CFLAGS)
libsig_libsigtext_la_LIBADD = $(ZLIB_LIBS)

# keyed: keys, MAC, ECDSA, verdicts, wiping; no parser but that of keys
libsig_libsigkeyed_la_SOURCES = \
	libsig/key.c libsig/key.h \
	libsig/hmac.c libsig/hmac.h \
	libsig/pem.c libsig/pem.h \
	libsig/eckey.c libsig/eckey.h \
	libsig/ecdsa.c libsig/ecdsa.h \
	libsig/ecdsa_secp256k1.c \
	libsig/ecdsa_openssl.c \
	libsig/rfc6979.c libsig/rfc6979.h \
	libsig/hypothesis.c libsig/hypothesis.h \
	libsig/check.c
libsig_libsigkeyed_la_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS) $(SODIUM_CFLAGS) $(SECP256K1_CFLAGS)
libsig_libsigkeyed_la_LIBADD = $(CRYPTO_LIBS) $(SODIUM_LIBS) $(SECP256K1_LIBS)

# libsig: all three, what needs both halves, and the one unit with I/O
lib_LTLIBRARIES += libsig/libsig.la
libsig_libsig_la_SOURCES = libsig/sign.c libsig/verify.c libsig/diagnose.c libsig/page.c libsig/page.h
libsig_libsig_la_LIBADD = libsig/libsigcore.la libsig/libsigtext.la libsig/libsigkeyed.la
libsig_libsig_la_LDFLAGS = $(AM_LDFLAGS) -version-info $(LIBSIG_VERSION) -no-undefined \
	-Wl,--version-script=$(top_srcdir)/libsig/libsig.map
libsig_libsig_la_DEPENDENCIES = $(libsig_libsig_la_LIBADD) libsig/libsig.map
