/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ifdown.h"

static bool ifdown(int fd, const char *name, struct err *e)
{
	struct ifreq request = { 0 };

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	if (ioctl(fd, SIOCGIFFLAGS, &request))
		return errno == ENODEV || err_sys(e, errno, "%s: cannot read its flags", name);
	if (!(request.ifr_flags & IFF_UP) || (request.ifr_flags & IFF_LOOPBACK))
		return true;
	request.ifr_flags &= ~IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		return err_sys(e, errno, "%s: cannot take it down", name);
	return true;
}

bool ifdown_all(struct err *e)
{
	struct if_nameindex *all;
	struct err other;
	bool ok = true;
	int fd;

	/* A kernel without any network has no interface to take down. */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno == EAFNOSUPPORT || errno == ENOSYS ||
		       err_sys(e, errno, "cannot open a socket to list the network interfaces");
	all = if_nameindex();
	if (!all) {
		int errnum = errno;

		close(fd);
		return errnum == EAFNOSUPPORT || errnum == ENOSYS ||
		       err_sys(e, errnum, "cannot list the network interfaces");
	}
	for (struct if_nameindex *i = all; i->if_index; i++)
		ok &= ifdown(fd, i->if_name, ok ? e : &other);
	if_freenameindex(all);
	close(fd);
	return ok;
}
