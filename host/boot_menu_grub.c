/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GRUB's grub.cfg, as far as grub-mkconfig writes it: menu entries in submenus, variables of the
 * environment block, and no more of its script language. GRUB's manual, "Shell-like scripting".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_menu_parts.h"
#include "host_file.h"

#define FROM	  "GRUB"
#define WORDS_MAX 256
#define DEPTH_MAX 16

enum block { BLOCK_OTHER, BLOCK_SUBMENU, BLOCK_ENTRY };

struct level {
	enum block block;
	bool is_chosen; /* a submenu: the default leads here */
	size_t next;	/* number of the next entry or submenu in it */
};

struct parser {
	const char *root, *env;
	struct boot_menu *menu;
	struct level levels[DEPTH_MAX];
	size_t depth; /* of levels[], from 1 on: the menu itself */
	char *wanted; /* the default: numbers, ids or titles, ">" between those of submenus */
	bool has_chosen, uses_bls;
	struct boot_entry *entry; /* that is read now; NULL: none */
	char *words[WORDS_MAX];
	size_t word_count;
};

/* ---- Words ---- */

/* Takes one word off *@at, with its quotes; in place. False at the end of the command. */
static bool take_word(char **at, char **word)
{
	char *from = *at, *to;

	while (*from == ' ' || *from == '\t')
		from++;
	if (!*from || *from == '#' || *from == ';') {
		*at = from;
		return false;
	}
	*word = to = from;
	while (*from && *from != ' ' && *from != '\t' && *from != ';') {
		char quote = *from == '\'' || *from == '"' ? *from++ : '\0';

		do {
			if (*from == '\\' && quote != '\'' && from[1])
				from++;
			else if (quote && *from == quote)
				break;
			if (*from)
				*to++ = *from++;
		} while (quote && *from);
		if (quote && *from)
			from++;
	}
	if (*from)
		from++;
	*to = '\0';
	*at = from;
	return true;
}

static void split(struct parser *p, char *line)
{
	p->word_count = 0;
	while (p->word_count < WORDS_MAX && take_word(&line, &p->words[p->word_count]))
		p->word_count++;
}

static bool word_is(const struct parser *p, size_t i, const char *word)
{
	return i < p->word_count && !strcmp(p->words[i], word);
}

static char *expanded(const struct parser *p, const char *word)
{
	return boot_expand((struct line){ word, strlen(word) }, p->env);
}

/* ---- The default ---- */

/* What is set first, and is something: next_entry comes before the lasting one. */
static bool take_default(struct parser *p, struct err *e)
{
	static const char name[] = "default=";

	if (*p->wanted || !word_is(p, 0, "set") || p->word_count < 2 ||
	    strncmp(p->words[1], name, strlen(name)))
		return true;
	free(p->wanted);
	p->wanted = expanded(p, p->words[1] + strlen(name));
	return p->wanted || err_set(e, "out of memory");
}

/* The part of the default for this depth; its size, 0 when it has none. */
static size_t wanted_part(const struct parser *p, const char **part)
{
	const char *at = p->wanted;

	for (size_t i = 1; i < p->depth; i++) {
		at = strchr(at, '>');
		if (!at)
			return 0;
		at++;
	}
	*part = at;
	return strcspn(at, ">");
}

static bool same(const char *text, const char *part, size_t size)
{
	return text && strlen(text) == size && !memcmp(text, part, size);
}

/* Where it names a submenu alone, the first entry there is meant. */
static bool is_wanted(const struct parser *p, const char *id, const char *title)
{
	const struct level *level = &p->levels[p->depth - 1];
	const char *part = NULL;
	size_t size = wanted_part(p, &part);
	char number[24];

	if (p->depth > 1 && !level->is_chosen)
		return false;
	snprintf(number, sizeof(number), "%zu", level->next);
	return size ? same(number, part, size) || same(id, part, size) || same(title, part, size)
		    : !level->next;
}

/* ---- Blocks ---- */

static const char *id_of(const struct parser *p)
{
	for (size_t i = 1; i + 1 < p->word_count; i++) {
		if (!strcmp(p->words[i], "--id") || !strcmp(p->words[i], "$menuentry_id_option"))
			return p->words[i + 1];
	}
	return NULL;
}

static bool begin_entry(struct parser *p, bool chosen, struct err *e)
{
	const char *id = id_of(p);

	if (!boot_menu_add(p->menu, FROM, &p->entry, e) ||
	    !boot_entry_set(&p->entry->title, strdup(p->words[1]), e) ||
	    (id && !boot_entry_set(&p->entry->id, strdup(id), e)))
		return false;
	if (chosen && !p->has_chosen) {
		p->has_chosen = true;
		p->menu->chosen = p->menu->count - 1;
	}
	return true;
}

static bool begin_block(struct parser *p, struct err *e)
{
	bool is_entry = word_is(p, 0, "menuentry"), is_submenu = word_is(p, 0, "submenu");
	struct level level = { .block = BLOCK_OTHER };

	if (p->depth == DEPTH_MAX)
		return err_set(e, "its blocks are more than %d deep", DEPTH_MAX);
	if ((is_entry || is_submenu) && p->word_count > 2 && !p->entry) {
		level.block = is_entry ? BLOCK_ENTRY : BLOCK_SUBMENU;
		level.is_chosen = is_wanted(p, id_of(p), p->words[1]);
		p->levels[p->depth - 1].next++;
		if (is_entry && !begin_entry(p, level.is_chosen, e))
			return false;
	}
	p->levels[p->depth++] = level;
	return true;
}

static void end_block(struct parser *p)
{
	if (p->depth > 1 && p->levels[--p->depth].block == BLOCK_ENTRY)
		p->entry = NULL;
}

/* ---- What an entry boots ---- */

/*
 * GRUB's paths begin at the file system that /boot is on, which may be a partition of its own, or a
 * subvolume ("/@/boot/vmlinuz").
 */
static char *path_of(const struct parser *p, const char *word)
{
	char *text = expanded(p, word), *end, *path = NULL;
	const char *at = text;

	if (!text)
		return NULL;
	if (*at == '(' && (end = strchr(at, ')')))
		at = end + 1;
	if (!boot_file_exists(p->root, "", at) && boot_file_exists(p->root, "/boot", at)) {
		if (asprintf(&path, "/boot%s", at) < 0)
			path = NULL;
	} else {
		if (!boot_file_exists(p->root, "", at) && !strncmp(at, "/@", 2) &&
		    strchr(at + 1, '/'))
			at = strchr(at + 1, '/');
		path = strdup(at);
	}
	free(text);
	return path;
}

/* As GRUB hands a word on: one with blanks gets its quotes back. */
static bool add_option(struct parser *p, const char *word, struct err *e)
{
	char *text = expanded(p, word), *quoted;

	if (text && strpbrk(text, " \t")) {
		if (asprintf(&quoted, "\"%s\"", text) < 0)
			quoted = NULL;
		free(text);
		text = quoted;
	}
	return boot_entry_add_options(p->entry, text, e);
}

static bool take_kernel(struct parser *p, struct err *e)
{
	bool ok = boot_entry_set(&p->entry->kernel, path_of(p, p->words[1]), e) &&
		  boot_entry_add_options(p->entry, strdup(""), e);

	for (size_t i = 2; ok && i < p->word_count; i++)
		ok = add_option(p, p->words[i], e);
	return ok;
}

static bool take_command(struct parser *p, struct err *e)
{
	static const char *const kernels[] = { "linux", "linux16", "linuxefi" };
	static const char *const initrds[] = { "initrd", "initrd16", "initrdefi" };

	for (size_t i = 0; i < sizeof(kernels) / sizeof(kernels[0]); i++) {
		if (word_is(p, 0, kernels[i]) && p->word_count > 1)
			return take_kernel(p, e);
		for (size_t n = 1; word_is(p, 0, initrds[i]) && n < p->word_count; n++)
			if (!boot_entry_add_initrd(p->entry, path_of(p, p->words[n]), e))
				return false;
	}
	return true;
}

/* ---- The file ---- */

static bool take_line(struct parser *p, char *line, struct err *e)
{
	split(p, line);
	if (!p->word_count)
		return true;
	if (word_is(p, 0, "}")) {
		end_block(p);
		return true;
	}
	if (word_is(p, p->word_count - 1, "{"))
		return begin_block(p, e);
	if (p->entry)
		return take_command(p, e);
	p->uses_bls = p->uses_bls || word_is(p, 0, "blscfg");
	return take_default(p, e);
}

static bool parse(struct parser *p, char *text, struct err *e)
{
	char *line, *rest = text;

	while ((line = strsep(&rest, "\n")))
		if (!take_line(p, line, e))
			return false;
	return true;
}

bool boot_menu_read_grub(struct boot_menu *m, const char *root, const char *env, bool *uses_bls,
			 struct err *e)
{
	static const char *const paths[] = { "/boot/grub/grub.cfg", "/boot/grub2/grub.cfg" };
	struct parser p = { .root = root, .env = env, .menu = m, .depth = 1 };
	char *text = NULL;
	bool ok = true;

	for (size_t i = 0; ok && i < sizeof(paths) / sizeof(paths[0]) && !(text && *text); i++) {
		free(text);
		text = NULL;
		ok = host_optional(root, paths[i], BOOT_FILE_MAX, &text, e);
	}
	p.wanted = strdup("");
	ok = ok && (p.wanted || err_set(e, "out of memory")) &&
	     (parse(&p, text, e) || err_prefix(e, "GRUB's menu"));
	*uses_bls = p.uses_bls;
	free(p.wanted);
	free(text);
	return ok;
}
