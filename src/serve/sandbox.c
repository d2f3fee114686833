#include "serve/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/process.h"
#include "serve/sandbox_calls.h"

enum { FILES_MAX = 1024, NICENESS = 5 };

/* Sanitizers reserve terabytes of address space that they never use. */
#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) || \
	__has_feature(thread_sanitizer)
enum { LIMITS_MEMORY = 0 };
#else
enum { LIMITS_MEMORY = 1 };
#endif

/*
 * Limits
 * ----------------------------------------------------------------------------------------------------------
 */

static bool
limit(__rlimit_resource_t which, int64_t soft, int64_t hard, const char *what, struct err *err)
{
	struct rlimit r = {.rlim_cur = (rlim_t)soft, .rlim_max = (rlim_t)hard}, now;

	/* A limit that is set from outside may be lower, and stays. */
	if (getrlimit(which, &now) == 0) {
		r.rlim_max = MIN(r.rlim_max, now.rlim_max);
		r.rlim_cur = MIN(r.rlim_cur, r.rlim_max);
	}
	return setrlimit(which, &r) == 0 || err_set(err, ERR_IO, NOWHERE, "cannot limit %s: %m", what);
}

/* What is mapped already: the program, its libraries and what its parent had loaded. */
static int64_t
mapped_bytes(void)
{
	int64_t mapped, resident;

	return process_memory(&mapped, &resident) ? mapped : INT64_C(1) << 30;
}

static bool
set_limits(const struct sandbox *s, struct err *err)
{
	const int64_t memory_bytes = s->memory_bytes > 0 && LIMITS_MEMORY ? s->memory_bytes + mapped_bytes()
	                                                                  : 0;

	/* Above the soft limit comes SIGXCPU, which says what happened; above the hard one SIGKILL. */
	return (s->cpu_s == 0 || limit(RLIMIT_CPU, s->cpu_s, s->cpu_s + 2, "processor time", err)) &&
	       (memory_bytes == 0 || limit(RLIMIT_AS, memory_bytes, memory_bytes, "memory", err)) &&
	       (s->file_bytes == 0 || limit(RLIMIT_FSIZE, s->file_bytes, s->file_bytes, "files", err)) &&
	       limit(RLIMIT_NOFILE, FILES_MAX, FILES_MAX, "open files", err) &&
	       limit(RLIMIT_CORE, 0, 0, "core dumps", err);
}

/*
 * Privileges
 * ------------------------------------------------------------------------------------------------------
 */

/* Root keeps nothing but the right to read files; others have nothing to lose, and may not win any. */
static bool
drop_capabilities(struct err *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct now[2] = {{0}}, kept[2] = {{0}};

	if (syscall(SYS_capget, &header, now) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot read capabilities: %m");
	/* Who has none may not even be allowed to ask: systemd counts the call among those of the privileged. */
	if (geteuid() != 0 && now[0].permitted == 0 && now[1].permitted == 0 && now[0].inheritable == 0 &&
	    now[1].inheritable == 0)
		return true;
	kept[0].permitted = kept[0].effective = now[0].permitted & (1U << CAP_DAC_READ_SEARCH);
	for (unsigned long c = 0; geteuid() == 0 && prctl(PR_CAPBSET_READ, c, 0, 0, 0) >= 0; c++)
		if (c != CAP_DAC_READ_SEARCH)
			(void)prctl(PR_CAPBSET_DROP, c, 0, 0, 0);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, kept) == 0 ||
	       err_set(err, ERR_IO, NOWHERE, "cannot drop capabilities: %m");
}

static bool
drop_privileges(struct err *err)
{
	if (geteuid() == 0 && setgroups(0, NULL) != 0 && errno != EPERM)
		return err_set(err, ERR_IO, NOWHERE, "cannot leave the groups: %m");
	if (!drop_capabilities(err))
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot give up new privileges: %m");
	/* Nobody of the same user looks into its memory, and it leaves no image. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot close its memory to others: %m");
	return true;
}

/*
 * Files: Landlock
 * -------------------------------------------------------------------------------------------------
 */

#define READ_FOLDER (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_FOLDER                                                                                  \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | TRUNCATE)
/* What there is to allow of what is no folder. */
#define FILE_RIGHTS \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_EXECUTE | TRUNCATE)
/* Of later versions than the first; older headers lack the names. */
#define REFER (UINT64_C(1) << 13)
#define TRUNCATE (UINT64_C(1) << 14)
#define IOCTL_DEV (UINT64_C(1) << 15)

/* As of version 6: the kernel takes a longer struct than it knows if the rest is zero. */
struct ruleset {
	uint64_t files, network, scoped;
};
#define SCOPES UINT64_C(3) /* abstract sockets and signals of processes outside */

static int
landlock_version(void)
{
	return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

static uint64_t
landlock_knows(int version)
{
	const uint64_t known = (UINT64_C(1) << 13) - 1;

	return known | (version >= 2 ? REFER : 0) | (version >= 3 ? TRUNCATE : 0) |
	       (version >= 5 ? IOCTL_DEV : 0);
}

static bool
allow_path(int rules, const char *path, uint64_t access, struct err *err)
{
	AUTO_FD fd = open(path, O_PATH | O_CLOEXEC);
	struct landlock_path_beneath_attr rule = {.allowed_access = access, .parent_fd = fd};
	struct stat st;

	/* What is not there can be read by nobody. */
	if (fd < 0)
		return true;
	if (fstat(fd, &st) != 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot look at '%s': %m", path);
	if (!S_ISDIR(st.st_mode))
		rule.allowed_access &= FILE_RIGHTS;
	return syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ||
	       err_set(err, ERR_IO, NOWHERE, "cannot allow to read '%s': %m", path);
}

static bool
close_files(const struct sandbox *s, struct err *err)
{
	const int version = landlock_version();
	struct ruleset attr = {.files = landlock_knows(version), .scoped = version >= 6 ? SCOPES : 0};
	const uint64_t anywhere = READ_FOLDER | (s->exec ? LANDLOCK_ACCESS_FS_EXECUTE : 0);

	if (version < 1)
		return true;

	AUTO_FD rules = (int)syscall(SYS_landlock_create_ruleset, &attr,
	                             version >= 6 ? sizeof(attr) : sizeof(attr.files), 0);

	if (rules < 0)
		return err_set(err, ERR_IO, NOWHERE, "cannot make rules for files: %m");
	if ((s->everywhere && !allow_path(rules, "/", anywhere, err)) ||
	    !allow_path(rules, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE,
	                err) ||
	    !allow_path(rules, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE, err))
		return false;
	for (size_t i = 0; i < s->nreadable; i++)
		if (!allow_path(rules, s->readable[i], READ_FOLDER, err))
			return false;
	for (size_t i = 0; i < s->nwritable; i++)
		if (!allow_path(rules, s->writable[i], (READ_FOLDER | WRITE_FOLDER) & attr.files, err))
			return false;
	return syscall(SYS_landlock_restrict_self, rules, 0) == 0 ||
	       err_set(err, ERR_IO, NOWHERE, "cannot close the file system: %m");
}

/*
 * System calls: seccomp
 * -------------------------------------------------------------------------------------------
 */

#if defined(__x86_64__)
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCH AUDIT_ARCH_AARCH64
#else
#define OUR_ARCH 0
#endif

enum { CALLS_MAX = 128, FILTER_MAX = 2 * CALLS_MAX + 16 };

#define LOAD(offset) ((struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset)))
#define SKIP_UNLESS(value) ((struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), 0, 1))
#define ANSWER(what) ((struct sock_filter)BPF_STMT(BPF_RET | BPF_K, (what)))
#define DENY ANSWER(SECCOMP_RET_ERRNO | EPERM)

/* What is not on the list of denied calls goes on: names of files are Landlock's part. */
static size_t
make_filter(const struct sandbox *s, struct sock_filter f[FILTER_MAX])
{
	size_t n = 0;

	f[n++] = LOAD(offsetof(struct seccomp_data, arch));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OUR_ARCH, 1, 0);
	/* Another architecture has other numbers for the same calls. */
	f[n++] = ANSWER(SECCOMP_RET_KILL_PROCESS);
	f[n++] = LOAD(offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
	/* So has x32. */
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000U, 0, 1);
	f[n++] = ANSWER(SECCOMP_RET_KILL_PROCESS);
#endif
	for (size_t i = 0; i < LEN(denied_calls); i++) {
		f[n++] = SKIP_UNLESS(denied_calls[i]);
		f[n++] = DENY;
	}
	/* Who starts programs must be able to kill them. */
	for (size_t i = 0; i < LEN(exec_calls) && !s->exec; i++) {
		f[n++] = SKIP_UNLESS(exec_calls[i]);
		f[n++] = DENY;
	}
	/* Keys typed into the terminal that the service was started from. */
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 4);
	f[n++] = LOAD(offsetof(struct seccomp_data, args[1]));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 0, 1);
	f[n++] = DENY;
	f[n++] = ANSWER(SECCOMP_RET_ALLOW);
	/* Without it, glibc falls back to clone, whose flags can be read here; threads and children are made as before. */
	f[n++] = SKIP_UNLESS(SYS_clone3);
	f[n++] = ANSWER(SECCOMP_RET_ERRNO | ENOSYS);
	f[n++] = SKIP_UNLESS(SYS_clone);
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JA, 1, 0, 0);
	f[n++] = ANSWER(SECCOMP_RET_ALLOW);
	/* No new namespaces: in these a user has privileges again. */
	f[n++] = LOAD(offsetof(struct seccomp_data, args[0]));
	f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K,
	                                      (uint32_t)(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET |
	                                                 CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
	                                                 CLONE_NEWCGROUP),
	                                      0, 1);
	f[n++] = DENY;
	f[n++] = ANSWER(SECCOMP_RET_ALLOW);
	return n;
}

static bool
close_calls(const struct sandbox *s, struct err *err)
{
	struct sock_filter filter[FILTER_MAX];
	struct sock_fprog program = {.filter = filter};

	_Static_assert(LEN(denied_calls) + LEN(exec_calls) <= CALLS_MAX,
	               "the filter is larger than its array");
	if (OUR_ARCH == 0 || prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
		return true;
	program.len = (unsigned short)make_filter(s, filter);
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0 || errno == EINVAL ||
	       err_set(err, ERR_IO, NOWHERE, "cannot close system calls: %m");
}

bool
sandbox_enter(const struct sandbox *s, struct err *err)
{
	/* A wish: who may not be nicer goes on as he is. */
	(void)setpriority(PRIO_PROCESS, 0, NICENESS);
	return set_limits(s, err) && drop_privileges(err) && close_files(s, err) && close_calls(s, err);
}

const char *
sandbox_measure(enum sandbox_measure m, const char **missing)
{
	*missing = NULL;
	switch (m) {
	case SANDBOX_LIMITS:
		return "limits of time, memory and files";
	case SANDBOX_PRIVILEGES:
		return "no privileges, and none to win";
	case SANDBOX_FILES:
		if (landlock_version() < 1)
			*missing = errno == EOPNOTSUPP ? "Landlock is switched off in this kernel"
			                               : "this kernel has no Landlock";
		return "only the asset's own files can be read";
	case SANDBOX_CALLS:
		if (OUR_ARCH == 0)
			*missing = "the filter is not written for this processor";
		else if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0)
			*missing = "this kernel has no seccomp";
		return "no network, no programs, no tampering with the system";
	case SANDBOX_MEASURES:
		break;
	}
	return "";
}
