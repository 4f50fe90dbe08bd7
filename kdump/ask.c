/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "ask.h"
#include "file_io.h"
#include "number.h"

bool ask_parse_fd(const char *text, int *fd, struct err *e)
{
	return (number_parse_int(text, 0, INT_MAX, fd) && fcntl(*fd, F_GETFD) >= 0) ||
	       err_set(e, "--passphrase-fd=%s: not the number of an open file", text);
}

/* A passphrase ends with its line. */
static void cut_line(struct secret *s)
{
	uint8_t *end = s->size ? memchr(s->at, '\n', s->size) : NULL;

	if (end)
		s->size = end - s->at;
}

/* Without echo, until a newline; only then is the terminal as it was. */
static bool read_quietly(struct secret *s, int tty, const char *prompt, struct err *e)
{
	struct termios before, quiet;
	ssize_t got;

	if (tcgetattr(tty, &before))
		return err_sys(e, errno, "terminal");
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	quiet.c_lflag |= ECHONL | ICANON;
	if (tcsetattr(tty, TCSAFLUSH, &quiet))
		return err_sys(e, errno, "terminal");
	*s = (struct secret){ .at = secret_create(PASSPHRASE_MAX, e) };
	got = s->at && file_write(tty, prompt, strlen(prompt)) ? read(tty, s->at, PASSPHRASE_MAX)
							       : -1;
	tcsetattr(tty, TCSAFLUSH, &before);
	if (!s->at)
		return false;
	if (got > 0) {
		s->size = got;
		cut_line(s);
		return true;
	}
	secret_deinit(s);
	return err_set(e, "no passphrase was typed");
}

static bool read_again(const struct secret *s, int tty, struct err *e)
{
	struct secret again;
	bool same;

	if (!read_quietly(&again, tty, "The same again: ", e))
		return false;
	same = again.size == s->size && !memcmp(again.at, s->at, s->size);
	secret_deinit(&again);
	return same || err_set(e, "the two passphrases differ");
}

static bool ask_terminal(struct secret *s, const char *what, bool twice, struct err *e)
{
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	struct err prompt; /* one line, like an error */
	bool ok;

	/* The first program of a small system has a console and no controlling terminal. */
	if (tty < 0 && isatty(STDIN_FILENO))
		tty = file_reopen(STDIN_FILENO, O_RDWR | O_NOCTTY);
	if (tty < 0)
		return err_set(e, "there is no terminal to ask for a passphrase; --passphrase-fd "
				  "or --slot-file");
	err_set(&prompt, "Passphrase for %s: ", what);
	ok = read_quietly(s, tty, prompt.text, e);
	if (ok && twice && !read_again(s, tty, e)) {
		secret_deinit(s);
		ok = false;
	}
	close(tty);
	return ok;
}

static bool read_secret(struct secret *s, const struct secret_source *from, const char *what,
			bool twice, struct err *e)
{
	if (from->file)
		return secret_read_file(s, from->file, SLOT_FILE_MAX, e);
	if (from->passphrase_fd < 0)
		return ask_terminal(s, what, twice, e);
	if (!secret_read_fd(s, from->passphrase_fd, PASSPHRASE_MAX, e))
		return err_prefix(e, "--passphrase-fd=%d", from->passphrase_fd);
	cut_line(s);
	return true;
}

bool ask_secret(struct secret *s, struct slot_secret *out, const struct secret_source *from,
		const char *what, bool twice, struct err *e)
{
	if (!read_secret(s, from, what, twice, e))
		return false;
	out->type = from->file ? KEY_SLOT_FILE : KEY_SLOT_PASSPHRASE;
	out->bytes = (struct bytes){ s->at, s->size };
	return true;
}
