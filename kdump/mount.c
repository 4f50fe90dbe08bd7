/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kdump mount: an image below a folder as a plain ELF core, decompressed where it is read and
 * nowhere kept. A program of its own: libfuse would go with kdump into every initramfs.
 */
#define FUSE_USE_VERSION 31

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fuse.h>
#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "plain_core.h"
#include "unlock.h"

#define CORE_NAME "vmcore"

enum { EXIT_GOOD = 0, EXIT_USAGE = 1, EXIT_FAILED = 255 };

struct mount {
	const char *image, *folder;
	bool for_analysis, foreground;
	struct unlock unlock;
	struct core_file file;
	struct plain_core core;
	struct stat image_stat;
};

static const char usage[] =
	"usage: kdump mount [--for-analysis] [--foreground] IMAGE FOLDER\n"
	"       with --key FILE [--passphrase-fd N | --slot-file FILE] if it is encrypted\n"
	"Until umount FOLDER, FOLDER/" CORE_NAME " is the ELF core that IMAGE holds.\n";

/* What libfuse says of a failure, which it does not return. */
static struct err fuse_said;

__attribute__((format(printf, 2, 0))) static void keep_words(enum fuse_log_level level,
							     const char *format, va_list args)
{
	(void)level;
	vsnprintf(fuse_said.text, sizeof(fuse_said.text), format, args);
	fuse_said.text[strcspn(fuse_said.text, "\n")] = 0;
}

static struct mount *this_mount(void)
{
	return fuse_get_context()->private_data;
}

static int get_attributes(const char *path, struct stat *st, struct fuse_file_info *file)
{
	const struct mount *m = this_mount();

	(void)file;
	*st = (struct stat){
		.st_uid = getuid(),
		.st_gid = getgid(),
		.st_atim = m->image_stat.st_mtim,
		.st_mtim = m->image_stat.st_mtim,
		.st_ctim = m->image_stat.st_mtim,
	};
	if (!strcmp(path, "/")) {
		st->st_mode = S_IFDIR | 0500;
		st->st_nlink = 2;
		return 0;
	}
	if (strcmp(path, "/" CORE_NAME) != 0)
		return -ENOENT;
	st->st_mode = S_IFREG | 0400;
	st->st_nlink = 1;
	st->st_size = (off_t)m->core.size;
	return 0;
}

static int list(const char *path, void *to, fuse_fill_dir_t fill, off_t offset,
		struct fuse_file_info *file, enum fuse_readdir_flags flags)
{
	static const char *const names[] = { ".", "..", CORE_NAME };

	(void)path;
	(void)offset;
	(void)file;
	(void)flags;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (fill(to, names[i], NULL, 0, 0))
			return -ENOMEM;
	return 0;
}

static int open_core(const char *path, struct fuse_file_info *file)
{
	(void)path;
	file->keep_cache = 1; /* it does not change */
	return 0;
}

static int read_core(const char *path, char *to, size_t size, off_t offset,
		     struct fuse_file_info *file)
{
	struct mount *m = this_mount();
	struct err e;

	(void)path;
	(void)file;
	if (offset < 0 || (uint64_t)offset >= m->core.size)
		return 0;
	if (size > m->core.size - (uint64_t)offset)
		size = m->core.size - (uint64_t)offset;
	if (plain_core_read(&m->core, (uint64_t)offset, to, size, &e))
		return (int)size;
	/* Who reads is only told EIO; in the background standard error leads nowhere. */
	if (m->foreground)
		fprintf(stderr, "kdump: mount: %s: %s\n", m->image, e.text);
	else
		syslog(LOG_ERR, "mount: %s: %s", m->image, e.text);
	return -EIO;
}

static const struct fuse_operations operations = {
	.getattr = get_attributes,
	.readdir = list,
	.open = open_core,
	.read = read_core,
};

static bool fuse_failed(struct err *e, const char *what)
{
	return err_set(e, "%s: %s", what,
		       *fuse_said.text ? fuse_said.text : "libfuse says not why");
}

/* Looked at before libfuse does, whose words name neither the folder nor a way out. */
static bool check_folder(const char *folder, struct err *e)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	bool empty = true;

	if (!dir)
		return err_set(e, "%s: %s; mkdir makes a folder to mount on", folder,
			       strerror(errno));
	while ((entry = readdir(dir)))
		empty = empty && (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."));
	closedir(dir);
	if (!empty)
		return err_set(e, "%s: is not empty; what is in it would be hidden", folder);
	if (access("/dev/fuse", R_OK | W_OK))
		return err_set(e, "/dev/fuse: %s; modprobe fuse, or kdump convert",
			       strerror(errno));
	return true;
}

/* The first word of @args; the options follow. */
static bool fuse_arguments(const struct mount *m, struct fuse_args *args, struct err *e)
{
	char name[PATH_MAX + 8], *options = NULL;
	bool ok;

	snprintf(name, sizeof(name), "fsname=%s", m->image);
	ok = !fuse_opt_add_opt(&options,
			       "ro,nosuid,nodev,noexec,default_permissions,subtype=kdump") &&
	     !fuse_opt_add_opt_escaped(&options, name) && !fuse_opt_add_arg(args, "kdump") &&
	     !fuse_opt_add_arg(args, "-o") && !fuse_opt_add_arg(args, options);
	free(options);
	return ok || err_set(e, "no memory");
}

/* Serves until the folder is unmounted or a signal ends it; in the background unless asked. */
static bool serve(struct mount *m, struct fuse *fuse, struct err *e)
{
	struct fuse_session *session = fuse_get_session(fuse);
	bool ok;

	if (fuse_mount(fuse, m->folder))
		return fuse_failed(e, m->folder);
	ok = (!fuse_daemonize(m->foreground) && !fuse_set_signal_handlers(session)) ||
	     fuse_failed(e, "background");
	if (ok) {
		ok = fuse_loop(fuse) >= 0 || fuse_failed(e, m->folder);
		fuse_remove_signal_handlers(session);
	}
	fuse_unmount(fuse);
	return ok;
}

static bool mount_core(struct mount *m, struct err *e)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse *fuse = NULL;
	bool ok;

	fuse_set_log_func(keep_words);
	openlog("kdump", LOG_PID, LOG_DAEMON);
	ok = fuse_arguments(m, &args, e);
	if (ok) {
		fuse = fuse_new(&args, &operations, sizeof(operations), m);
		ok = fuse ? serve(m, fuse, e) : fuse_failed(e, "libfuse");
	}
	if (fuse)
		fuse_destroy(fuse);
	fuse_opt_free_args(&args);
	return ok;
}

/* Those of the images that it is based on, too. */
static void say_frames(const struct mount *m)
{
	uint64_t loaded = 0, frames = 0;

	for (const struct core_file *f = &m->file; f; f = f->base) {
		loaded += f->image.cache.loaded;
		frames += f->image.table.count;
	}
	fprintf(stderr, "kdump: mount: %s: %" PRIu64 " of %" PRIu64 " frames were decompressed\n",
		m->image, loaded, frames);
}

static bool mount_image(struct mount *m, struct err *e)
{
	bool ok;

	if (!check_folder(m->folder, e) ||
	    !core_file_open_with(&m->file, m->image, unlock_keys(&m->unlock), e))
		return false;
	if (fstat(m->file.fd, &m->image_stat)) {
		ok = err_set(e, "%s: %s", m->image, strerror(errno));
	} else if (!plain_core_open(&m->core, &m->file, m->for_analysis, e)) {
		ok = err_prefix(e, "%s", m->image);
	} else {
		ok = m->core.size <= INT64_MAX
			     ? mount_core(m, e)
			     : err_set(e, "%s: how long it is is not known", m->image);
		plain_core_close(&m->core);
	}
	if (ok && m->foreground && m->file.image.saved)
		say_frames(m);
	core_file_close(&m->file);
	return ok;
}

static bool parse(struct mount *m, int argc, char **argv, struct err *e)
{
	static const struct option known[] = {
		{ "for-analysis", no_argument, NULL, 'a' },
		{ "foreground", no_argument, NULL, 'f' },
		UNLOCK_OPTIONS,
		{ NULL, 0, NULL, 0 },
	};
	int option;

	unlock_init(&m->unlock);
	opterr = 0;
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == '?')
			return err_set(e, "unknown option; kdump mount --help lists them");
		if (strchr(UNLOCK_LETTERS, option) && !unlock_option(&m->unlock, option, optarg, e))
			return false;
		m->for_analysis = m->for_analysis || option == 'a';
		m->foreground = m->foreground || option == 'f';
	}
	if (argc - optind != 2)
		return err_set(e, "an image and a folder are needed");
	m->image = argv[optind];
	m->folder = argv[optind + 1];
	return unlock_check(&m->unlock, e);
}

int main(int argc, char **argv)
{
	struct mount m = { 0 };
	struct err e;
	char *folder;
	bool ok;

	if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		fputs(usage, stdout);
		return EXIT_GOOD;
	}
	if (!parse(&m, argc, argv, &e)) {
		fprintf(stderr, "kdump: mount: %s\n", e.text);
		return EXIT_USAGE;
	}
	/* In the background the working directory is another. */
	folder = realpath(m.folder, NULL);
	m.folder = folder ? folder : m.folder;
	ok = mount_image(&m, &e);
	if (!ok)
		fprintf(stderr, "kdump: mount: %s\n", e.text);
	unlock_deinit(&m.unlock);
	free(folder);
	return ok ? EXIT_GOOD : EXIT_FAILED;
}
