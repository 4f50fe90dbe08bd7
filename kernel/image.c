// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is loaded: the other kernel's memory in pages of this one's choosing.
 *
 * Pages are taken one by one. One that lies in the other kernel's memory is used where it is: it
 * was free, so there is nothing to be kept, and what is loaded is where it belongs. So no page is
 * ever taken in vain, and the time is linear however much of RAM the other kernel gets.
 */
#include <linux/io.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "jump.h"
#include "relocate.h"

#define SEGMENTS_MAX 65536
#define GFP_OWN	     (GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN)
/* The swap of a 32-bit kernel has 32-bit addresses. */
#define PFN_END (IS_ENABLED(CONFIG_X86_64) ? -1UL : 1UL << (32 - PAGE_SHIFT))

/* ---- segments ---- */

static int compare_segments(const void *a, const void *b)
{
	const struct jump_segment *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

static int take_segment(struct jump_segment *to, const struct kexec_jump_segment *from)
{
	u64 end;

	if (!from->size || from->data_size > from->size || !PAGE_ALIGNED(from->paddr) ||
	    !PAGE_ALIGNED(from->size) || check_add_overflow(from->paddr, from->size, &end))
		return -EINVAL;
	if (end - 1 > (IS_ENABLED(CONFIG_X86_64) ? U64_MAX : U32_MAX))
		return -EADDRNOTAVAIL;
	to->pfn = from->paddr >> PAGE_SHIFT;
	to->pages = from->size >> PAGE_SHIFT;
	to->data = from->data;
	to->data_size = from->data_size;
	return 0;
}

static int copy_segments(struct jump_image *image, const struct kexec_jump_load *load)
{
	const struct kexec_jump_segment __user *from = u64_to_user_ptr(load->segments);
	struct kexec_jump_segment one;
	unsigned int i;
	int err;

	if (!load->segment_count || load->segment_count > SEGMENTS_MAX)
		return -EINVAL;
	image->segments = kvcalloc(load->segment_count, sizeof(*image->segments), GFP_KERNEL);
	if (!image->segments)
		return -ENOMEM;
	image->segment_count = load->segment_count;
	for (i = 0; i < load->segment_count; i++) {
		if (copy_from_user(&one, &from[i], sizeof(one)))
			return -EFAULT;
		err = take_segment(&image->segments[i], &one);
		if (err)
			return err;
	}
	sort(image->segments, image->segment_count, sizeof(*image->segments), compare_segments,
	     NULL);
	for (i = 0; i < image->segment_count; i++) {
		struct jump_segment *s = &image->segments[i];

		if (i && s->pfn < s[-1].pfn + s[-1].pages)
			return -EINVAL;
		s->first = image->page_count;
		image->page_count += s->pages;
	}
	return 0;
}

/* The RAM that was found so far in a segment, from its start on. */
struct coverage {
	u64 next;
};

static int cover(struct resource *res, void *arg)
{
	struct coverage *c = arg;

	if (res->start <= c->next && res->end >= c->next)
		c->next = res->end + 1;
	return 0;
}

static int found(struct resource *res, void *arg)
{
	return 1;
}

/* All of it is RAM, none of it a crash kernel's or known to be broken. */
static int check_segment(const struct jump_segment *s)
{
	u64 start = (u64)s->pfn << PAGE_SHIFT, end = start + ((u64)s->pages << PAGE_SHIFT);
	struct coverage ram = { start };
	unsigned long i;

	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, start,
			    end - 1, &ram, cover);
	if (ram.next < end)
		return -EADDRNOTAVAIL;
	if (walk_iomem_res_desc(IORES_DESC_CRASH_KERNEL, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY,
				start, end - 1, NULL, found) > 0)
		return -EADDRNOTAVAIL;
	for (i = 0; i < s->pages; i++)
		if (!pfn_valid(s->pfn + i) || PageHWPoison(pfn_to_page(s->pfn + i)))
			return -EADDRNOTAVAIL;
	return 0;
}

static int check_segments(struct jump_image *image, u64 entry)
{
	bool has_entry = false;
	unsigned int i;
	int err;

	for (i = 0; i < image->segment_count; i++) {
		const struct jump_segment *s = &image->segments[i];

		err = check_segment(s);
		if (err)
			return err;
		has_entry |= entry >> PAGE_SHIFT >= s->pfn &&
			     entry >> PAGE_SHIFT < (u64)s->pfn + s->pages;
	}
	return has_entry ? 0 : -EINVAL;
}

/* The number of a page frame among those of the image; -1: it is not one of them. */
static long page_number(const struct jump_image *image, unsigned long pfn)
{
	unsigned int low = 0, high = image->segment_count;

	while (low < high) {
		unsigned int mid = (low + high) / 2;
		const struct jump_segment *s = &image->segments[mid];

		if (pfn < s->pfn)
			high = mid;
		else if (pfn - s->pfn >= s->pages)
			low = mid + 1;
		else
			return s->first + (pfn - s->pfn);
	}
	return -1;
}

/* ---- pages ---- */

/* A page frame that is no destination; those on the way that are become their own. */
static struct page *take_page(struct jump_image *image, gfp_t gfp)
{
	struct page *page, *before;
	long number;

	while ((page = alloc_page(gfp))) {
		if (page_to_pfn(page) >= PFN_END) {
			list_add(&page->lru, &image->too_high);
			continue;
		}
		number = page_number(image, page_to_pfn(page));
		if (number < 0)
			return page;
		before = image->pages[number];
		image->pages[number] = page;
		if (before)
			list_add(&before->lru, &image->spare);
	}
	return NULL;
}

void *jump_image_page(struct jump_image *image)
{
	struct page *page = take_page(image, GFP_OWN);

	if (!page)
		return NULL;
	list_add(&page->lru, &image->own);
	clear_page(page_address(page));
	return page_address(page);
}

static struct page *take_spare(struct jump_image *image)
{
	struct page *page = list_first_entry_or_null(&image->spare, struct page, lru);

	if (page)
		list_del(&page->lru);
	return page;
}

static void free_pages_of(struct list_head *list)
{
	struct page *page, *next;

	list_for_each_entry_safe(page, next, list, lru) {
		list_del(&page->lru);
		__free_page(page);
	}
}

static int take_pages(struct jump_image *image)
{
	gfp_t gfp = GFP_OWN | __GFP_HIGHMEM;
	unsigned long i;

	/* What has to stay movable is nobody's problem when this kernel does not come back. */
	if (!image->preserve)
		gfp |= __GFP_MOVABLE;

	for (i = 0; i < image->page_count; i++) {
		struct page *page;

		if (image->pages[i])
			continue;
		page = take_spare(image);
		if (!page)
			page = take_page(image, gfp);
		if (!page)
			return -ENOMEM;
		/* Its own frame may have been found on the way. */
		if (image->pages[i])
			list_add(&page->lru, &image->spare);
		else
			image->pages[i] = page;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	free_pages_of(&image->spare);
	free_pages_of(&image->too_high);
	return 0;
}

/* ---- content ---- */

/* Up to @size bytes from the @at'th of all of an image's pages on; all of them lie in one page. */
static int copy_part(struct jump_image *image, unsigned long number, unsigned int skip,
		     void __user *data, unsigned int size, bool write)
{
	void *at = kmap_local_page(image->pages[number]);
	unsigned long left;

	left = write ? copy_from_user(at + skip, data, size) : copy_to_user(data, at + skip, size);
	kunmap_local(at);
	return left ? -EFAULT : 0;
}

static int fill_segment(struct jump_image *image, const struct jump_segment *s)
{
	u64 done = 0;
	unsigned long i;
	int err;

	for (i = 0; i < s->pages; i++, done += PAGE_SIZE) {
		unsigned int size = 0;

		if (done < s->data_size)
			size = min_t(u64, s->data_size - done, PAGE_SIZE);
		if (size < PAGE_SIZE)
			clear_highpage(image->pages[s->first + i]);
		if (!size)
			continue;
		err = copy_part(image, s->first + i, 0, u64_to_user_ptr(s->data + done), size,
				true);
		if (err)
			return err;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/* Whether all of it is the image's: asked before any byte is written. */
static bool has_memory(const struct jump_image *image, u64 at, u64 size)
{
	u64 end = at + size;

	for (at = ALIGN_DOWN(at, PAGE_SIZE); at < end; at += PAGE_SIZE)
		if (at >> PAGE_SHIFT > ULONG_MAX || page_number(image, at >> PAGE_SHIFT) < 0)
			return false;
	return true;
}

int jump_image_access(struct jump_image *image, const struct kexec_jump_access *access, bool write)
{
	u64 at = access->paddr, data = access->data, left = access->size, end;
	int err = 0;

	if (check_add_overflow(at, left, &end))
		return -EINVAL;
	if (!has_memory(image, at, left))
		return -EADDRNOTAVAIL;
	for (; left && !err; cond_resched()) {
		unsigned int skip = at & ~PAGE_MASK;
		unsigned int size = min_t(u64, left, PAGE_SIZE - skip);

		err = copy_part(image, page_number(image, at >> PAGE_SHIFT), skip,
				u64_to_user_ptr(data), size, write);
		at += size;
		data += size;
		left -= size;
	}
	return err;
}

/* ---- the list of what is to be swapped ---- */

static u64 paddr_of(const void *address)
{
	return virt_to_phys((void *)address);
}

/* Its pages, as many as it may become: taken before it is known which pages stay where they are. */
static int take_list(struct jump_image *image, struct swap_list **first)
{
	unsigned long count = DIV_ROUND_UP(image->page_count, LIST_PAIRS_MAX);
	struct swap_list *last = NULL;

	*first = NULL;
	while (count--) {
		struct swap_list *list = jump_image_page(image);

		if (!list)
			return -ENOMEM;
		if (last)
			last->next = paddr_of(list);
		else
			*first = list;
		last = list;
	}
	return 0;
}

static void fill_list(struct jump_image *image, struct swap_list *list)
{
	unsigned int i;
	unsigned long j;

	for (i = 0; i < image->segment_count; i++) {
		const struct jump_segment *s = &image->segments[i];

		for (j = 0; j < s->pages; j++) {
			unsigned long from = page_to_pfn(image->pages[s->first + j]);

			if (from == s->pfn + j)
				continue;
			if (list->count == LIST_PAIRS_MAX)
				list = phys_to_virt(list->next);
			list->pairs[list->count].to = (u64)(s->pfn + j) << PAGE_SHIFT;
			list->pairs[list->count++].from = (u64)from << PAGE_SHIFT;
		}
	}
}

/* ---- the page that stays ---- */

static int make_relocate(struct jump_image *image, u64 entry)
{
	struct relocate_data *data;
	void *stack;

	image->relocate = jump_image_page(image);
	stack = jump_image_page(image);
	if (!image->relocate || !stack)
		return -ENOMEM;
	if (relocate_end - relocate_start > RELOCATE_DATA)
		return -E2BIG;
	memcpy(image->relocate, relocate_start, relocate_end - relocate_start);
	data = image->relocate + RELOCATE_DATA;
	data->page = paddr_of(image->relocate);
	data->virt = (unsigned long)image->relocate;
	data->stack = paddr_of(stack) + PAGE_SIZE;
	data->entry = entry;
	data->preserve = image->preserve;
	return jump_tables_make(image);
}

/* ---- all of it ---- */

static int load_image(struct jump_image *image, const struct kexec_jump_load *load)
{
	struct relocate_data *data;
	struct swap_list *list;
	unsigned int i;
	int err;

	err = copy_segments(image, load);
	if (!err)
		err = check_segments(image, load->entry);
	if (err)
		return err;
	image->pages = kvcalloc(image->page_count, sizeof(*image->pages), GFP_KERNEL);
	if (!image->pages)
		return -ENOMEM;
	err = make_relocate(image, load->entry);
	if (!err)
		err = take_list(image, &list);
	if (!err)
		err = take_pages(image);
	for (i = 0; !err && i < image->segment_count; i++)
		err = fill_segment(image, &image->segments[i]);
	if (err)
		return err;
	fill_list(image, list);
	data = image->relocate + RELOCATE_DATA;
	data->list = paddr_of(list);
	return 0;
}

struct jump_image *jump_image_load(const struct kexec_jump_load *load)
{
	struct jump_image *image;
	int err;

	if (memory_is_encrypted())
		return ERR_PTR(-EOPNOTSUPP);
	image = kzalloc(sizeof(*image), GFP_KERNEL);
	if (!image)
		return ERR_PTR(-ENOMEM);
	INIT_LIST_HEAD(&image->spare);
	INIT_LIST_HEAD(&image->too_high);
	INIT_LIST_HEAD(&image->own);
	image->preserve = load->flags & KEXEC_JUMP_PRESERVE;
	err = load_image(image, load);
	if (err) {
		jump_image_free(image);
		return ERR_PTR(err);
	}
	return image;
}

void jump_image_free(struct jump_image *image)
{
	unsigned long i;

	if (!image)
		return;
	for (i = 0; image->pages && i < image->page_count; i++)
		if (image->pages[i])
			__free_page(image->pages[i]);
	free_pages_of(&image->spare);
	free_pages_of(&image->too_high);
	free_pages_of(&image->own);
	kvfree(image->pages);
	kvfree(image->segments);
	kfree(image);
}
