dnl US_PROBE_CFLAGS(VARIABLE, FLAGS): keeps those FLAGS that the compiler takes, in VARIABLE (substituted).
AC_DEFUN([US_PROBE_CFLAGS], [
    $1=
    for us_flag in m4_normalize([$2]); do
        AC_MSG_CHECKING([whether $CC takes $us_flag])
        us_saved=$CFLAGS
        CFLAGS="$CFLAGS -Werror $us_flag"
        AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
            [AC_MSG_RESULT([yes]); $1="$$1 $us_flag"], [AC_MSG_RESULT([no])])
        CFLAGS=$us_saved
    done
    AC_SUBST([$1])
])

dnl US_PROBE_LDFLAGS(VARIABLE, FLAGS): the same for the linker.
AC_DEFUN([US_PROBE_LDFLAGS], [
    $1=
    for us_flag in m4_normalize([$2]); do
        AC_MSG_CHECKING([whether the linker takes $us_flag])
        us_saved=$LDFLAGS
        LDFLAGS="$LDFLAGS $us_flag"
        AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
            [AC_MSG_RESULT([yes]); $1="$$1 $us_flag"], [AC_MSG_RESULT([no])])
        LDFLAGS=$us_saved
    done
    AC_SUBST([$1])
])

dnl US_FORTIFY: _FORTIFY_SOURCE=2, where the user's flags optimise and do not set it themselves.
AC_DEFUN([US_FORTIFY], [
    US_FORTIFY_CPP=
    AC_MSG_CHECKING([whether _FORTIFY_SOURCE can be set])
    us_saved=$CPPFLAGS
    CPPFLAGS="$CPPFLAGS -D_FORTIFY_SOURCE=2 -Werror"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <string.h>
#if !defined(__OPTIMIZE__)
#error needs optimisation
#endif]], [])],
        [AC_MSG_RESULT([yes]); US_FORTIFY_CPP=-D_FORTIFY_SOURCE=2], [AC_MSG_RESULT([no])])
    CPPFLAGS=$us_saved
    AC_SUBST([US_FORTIFY_CPP])
])

dnl US_CHECK_FUZZER: stops where the compiler has no libFuzzer.
AC_DEFUN([US_CHECK_FUZZER], [
    AC_MSG_CHECKING([whether $CC has libFuzzer])
    us_saved=$CFLAGS
    CFLAGS="$CFLAGS -fsanitize=fuzzer,address,undefined"
    AC_LINK_IFELSE([AC_LANG_SOURCE([[
int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size);
int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size) { return data && size > 9; }
]])],
        [AC_MSG_RESULT([yes])],
        [AC_MSG_RESULT([no]); AC_MSG_ERROR([--enable-fuzz needs clang with its run-time libraries: CC=clang])])
    CFLAGS=$us_saved
])
