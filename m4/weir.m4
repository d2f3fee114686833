# WEIR_HINT(PACKAGE): sets weir_hint to "PACKAGE (what for)", the words from build-aux/packages.txt.
AC_DEFUN([WEIR_HINT], [
weir_hint=`$AWK -v p="$1" '$[]2 == p { $[]1 = $[]2 = ""; sub(/^ */, ""); print p " (" $[]0 ")"; exit }' \
	"$srcdir/build-aux/packages.txt"`
])

# WEIR_LIB(PREFIX, MODULE, PACKAGE): PREFIX_CFLAGS and PREFIX_LIBS by pkg-config.  One that is not there is
# remembered, so that WEIR_LIBS_DONE can name all that are missing at once.
AC_DEFUN([WEIR_LIB], [
AC_REQUIRE([AC_PROG_AWK])
PKG_CHECK_MODULES([$1], [$2], [
	weir_cflags="$weir_cflags $$1_CFLAGS"
	weir_libs="$weir_libs $$1_LIBS"
	weir_found="$weir_found m4_bpatsubst([$2], [ .*])"
], [
	WEIR_HINT([$3])
	weir_missing="$weir_missing
    $weir_hint"
	weir_missing_packages="$weir_missing_packages $3"
])
])

# WEIR_LIBS_DONE: stops if a library is missing.
AC_DEFUN([WEIR_LIBS_DONE], [
AS_IF([test -n "$weir_missing_packages"], [AC_MSG_ERROR([libraries are missing. Their Debian packages:
$weir_missing

  Install them with:  apt-get install$weir_missing_packages
])])
])

# WEIR_FLAG(VARIABLE, FLAG, [LINK]): adds FLAG to VARIABLE if the compiler takes it without a word.
AC_DEFUN([WEIR_FLAG], [
AS_VAR_PUSHDEF([weir_cv], [weir_cv_flag_$2])
AC_CACHE_CHECK([whether $CC takes $2], [weir_cv], [
	weir_saved_cflags=$CFLAGS
	CFLAGS="$CFLAGS -Werror $2"
	m4_ifval([$3], [AC_LINK_IFELSE], [AC_COMPILE_IFELSE])(
		[AC_LANG_PROGRAM([[#include <stdio.h>]], [[puts("weir");]])],
		[AS_VAR_SET([weir_cv], [yes])], [AS_VAR_SET([weir_cv], [no])])
	CFLAGS=$weir_saved_cflags
])
AS_VAR_IF([weir_cv], [yes], [AS_VAR_APPEND([$1], [" $2"])])
AS_VAR_POPDEF([weir_cv])
])
