/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a program up to its reboot(2), which is not made: the program is ended there. So one sees
 * in what state it leaves the system. Exit status 0: it came to that point.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __x86_64__
#define CALL_NUMBER offsetof(struct user_regs_struct, orig_rax)
#else
#define CALL_NUMBER offsetof(struct user_regs_struct, orig_eax)
#endif

int main(int argc, char **argv)
{
	int status;
	pid_t child;

	if (argc < 2) {
		fprintf(stderr, "usage: noreboot PROGRAM [ARGUMENT]...\n");
		return 1;
	}
	child = fork();
	if (!child) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execvp(argv[1], argv + 1);
		fprintf(stderr, "noreboot: %s: %s\n", argv[1], strerror(errno));
		_exit(127);
	}
	while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
		int signal = WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);

		if (!signal && ptrace(PTRACE_PEEKUSER, child, CALL_NUMBER, NULL) == SYS_reboot) {
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			puts("it would have called reboot(2) now");
			return 0;
		}
		ptrace(PTRACE_SYSCALL, child, NULL, signal);
	}
	fprintf(stderr, "noreboot: %s never called reboot(2)\n", argv[1]);
	return 1;
}
