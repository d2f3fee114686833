/* System calls that a sandbox closes, by number.  Names that an older header lacks are left out with the kernel that lacks them. */
#ifndef WEIR_SERVE_SANDBOX_CALLS_H
#define WEIR_SERVE_SANDBOX_CALLS_H

#include <sys/syscall.h>

static const long denied_calls[] = {
	/* the network, and other programs on this machine */
	SYS_socket,
	SYS_socketpair,
	SYS_connect,
	SYS_bind,
	SYS_listen,
	SYS_accept,
	SYS_accept4,
	SYS_sendto,
	SYS_sendmsg,
	SYS_sendmmsg,
	SYS_recvmsg,
	SYS_recvmmsg,
	SYS_recvfrom,
	/* other processes */
	SYS_ptrace,
	SYS_process_vm_readv,
	SYS_process_vm_writev,
	SYS_kcmp,
	SYS_pidfd_getfd,
	SYS_pidfd_open,
	SYS_perf_event_open,
	SYS_userfaultfd,
	/* the kernel */
	SYS_bpf,
	SYS_kexec_load,
	SYS_kexec_file_load,
	SYS_init_module,
	SYS_finit_module,
	SYS_delete_module,
	SYS_reboot,
	SYS_syslog,
	SYS_acct,
	SYS_quotactl,
	SYS_swapon,
	SYS_swapoff,
	SYS_io_uring_setup,
	SYS_io_uring_enter,
	SYS_io_uring_register,
	/* the time */
	SYS_settimeofday,
	SYS_clock_settime,
	SYS_clock_adjtime,
	SYS_adjtimex,
	/* the tree of files */
	SYS_mount,
	SYS_umount2,
	SYS_pivot_root,
	SYS_chroot,
	SYS_open_tree,
	SYS_move_mount,
	SYS_fsopen,
	SYS_fsconfig,
	SYS_fsmount,
	SYS_fspick,
	SYS_name_to_handle_at,
	SYS_open_by_handle_at,
	SYS_fanotify_init,
	/* namespaces, users, keys */
	SYS_unshare,
	SYS_setns,
	SYS_sethostname,
	SYS_setdomainname,
	SYS_setuid,
	SYS_setgid,
	SYS_setreuid,
	SYS_setregid,
	SYS_setresuid,
	SYS_setresgid,
	SYS_setgroups,
	SYS_add_key,
	SYS_request_key,
	SYS_keyctl,
#if defined(__x86_64__)
	SYS_iopl,
	SYS_ioperm,
	SYS_modify_ldt,
	SYS_uselib,
	SYS_ustat,
	SYS_sysfs,
#endif
};

/* Open only to who may start programs. */
static const long exec_calls[] = {
	SYS_execve,
	SYS_execveat,
	SYS_kill,
	SYS_tkill,
	SYS_rt_sigqueueinfo,
	SYS_rt_tgsigqueueinfo,
	SYS_pidfd_send_signal,
};

#endif
