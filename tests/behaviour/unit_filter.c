/*
 * unit_filter PROGRAM [ARGUMENT]...: starts a program as systemd would by the unit, with the same filter of system calls, and without
 * privileges: as nobody where it is root.
 *
 * NAMES is a file with an ALLOW(name) for each call of SystemCallFilter=.  The other rules are those of MemoryDenyWriteExecute=,
 * RestrictAddressFamilies= and RestrictNamespaces=, as systemd 252 makes them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define FAIL(code) ANSWER(SECCOMP_RET_ERRNO | (code))
/* The next n are for this call only. */
#define CALL(nr, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##nr, 0, (n))
#define HAS(bits) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), 0, 1)
#define IS(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (then), (otherwise))
#define ALLOW(name) CALL(name, 1), ANSWER(SECCOMP_RET_ALLOW),
#define NAMESPACES                                                                                 \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | \
	 CLONE_NEWCGROUP)

static struct sock_filter filter[] = {
	LOAD(arch),
	IS(ARCH, 1, 0),
	ANSWER(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
	/* Memory that can be written and executed. */
	CALL(mmap, 5),
	LOAD(args[2]),
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, PROT_WRITE | PROT_EXEC),
	IS(PROT_WRITE | PROT_EXEC, 0, 1),
	FAIL(EPERM),
	ANSWER(SECCOMP_RET_ALLOW),
	CALL(mprotect, 4),
	LOAD(args[2]),
	HAS(PROT_EXEC),
	FAIL(EPERM),
	ANSWER(SECCOMP_RET_ALLOW),
	/* Families of addresses. */
	CALL(socket, 6),
	LOAD(args[0]),
	IS(AF_UNIX, 3, 0),
	IS(AF_INET, 2, 0),
	IS(AF_INET6, 1, 0),
	FAIL(EAFNOSUPPORT),
	ANSWER(SECCOMP_RET_ALLOW),
	/* Namespaces: the flags of clone3 cannot be read. */
	CALL(clone3, 1),
	FAIL(ENOSYS),
	CALL(clone, 4),
	LOAD(args[0]),
	HAS(NAMESPACES),
	FAIL(EPERM),
	ANSWER(SECCOMP_RET_ALLOW),
#include NAMES
	FAIL(EPERM),
};

int
main(int argc, char **argv)
{
	const struct sock_fprog program = {.len = sizeof(filter) / sizeof(filter[0]), .filter = filter};
	const uid_t nobody = 65534;

	if (argc < 2)
		return 2;
	if (geteuid() == 0 && (setgroups(0, NULL) != 0 || setresgid(nobody, nobody, nobody) != 0 ||
	                       setresuid(nobody, nobody, nobody) != 0))
		perror("unit_filter: cannot become nobody");
	else if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		perror("unit_filter: cannot filter system calls");
	else if (execv(argv[1], argv + 1) != 0)
		perror(argv[1]);
	return 125;
}
