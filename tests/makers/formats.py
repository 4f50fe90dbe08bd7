# SPDX-License-Identifier: GPL-2.0-only
"""The structures that the makers write: fields and formats of each, as its C header or elf.h has them."""

import hashlib
import struct

PAGE = 4096
PT_LOAD, PT_NOTE, ET_CORE = 1, 4, 4
MACHINES = {"i386": 3, "x86_64": 62}
STATES = {"empty": 0x54504d45, "writing": 0x54495257, "valid": 0x44494c56, "consumed": 0x4d534e43,
          "stream": 0x4d525453}
GATE_SIZE, GATE_REENTRY, GATE_PARAMS = 0x10000, 0x40, 0x80
SKIPPABLE, DIGESTS, SEEK_TABLE, SEEK_MAGIC = 0x184d2a50, 0x184d2a5d, 0x184d2a5e, 0x8f92eab1

_LAYOUTS = {
    # include/jump_record.h, purgatory_abi.h, image_header.h, mailbox.h, key_file.h
    "record": "magic:16s version:I size:I machine:H paging_levels:H free_content:I entry:Q gate_start:Q gate_last:Q "
              "window_start:Q window_last:Q low_start:Q low_last:Q headers_start:Q headers_last:Q text_start:Q "
              "text_last:Q ram_bytes:Q release:72s build:136s firmware_map:32s cpu_vendor:12s cpu_signature:I "
              "cpu_features:32s",
    "gate": "magic:16s version:I bits:I flags:I target:I entry:Q argument:Q gdt_base:Q gdt_limit:I serial_port:I "
            "serial_baud:I region_count:I regions:256s digest:32s headers_start:Q headers_size:Q call_size:I real_page:I peer_bits:I magic_eax:I "
            "return_address:Q cr3:Q cr4:Q efer:Q peer:Q "
            "passes_out:Q passes_in:Q crashes:Q calls:Q registers:32s tsc_entered:Q tsc_left:Q "
            "monitor_page:I monitor_cpu:I monitor_state:I monitor_target:I arrived_peer:Q arrived_handshake:I "
            "arrived_bits:I backup_from:Q backup_to:Q backup_size:Q",
    "header": "frame_magic:I frame_size:I magic:16s version:I state:I flags:I resume_attempts:I image_size:Q core_size:Q "
              "kept_pages:Q free_pages:Q created:Q frame_count:I reserved:I id:16s tables:32s record:416s "
              "padding:3512s digest:32s",
    "key": "magic:16s version:I kind:I size:I reserved:I",
    "slot": "type:I passes:I memory_kib:I reserved:I name:32s salt:16s nonce:24s box:80s room:856s",
    "pages": "magic:16s headers_size:Q pages:Q own:Q seed:Q base_id:16s base_tables:32s base_name:128s",
    "mail": "magic:16s text:976s digest:32s",
    # zstd's seekable format
    "seek": "count:I descriptor:B magic:I",
    # elf.h
    "elf": "magic:4s class:B data:B version:B abi:9s type:H machine:H e_version:I entry:Q phoff:Q shoff:Q flags:I "
           "ehsize:H phentsize:H phnum:H shentsize:H shnum:H shstrndx:H",
    "elf32": "magic:4s class:B data:B version:B abi:9s type:H machine:H e_version:I entry:I phoff:I shoff:I flags:I "
             "ehsize:H phentsize:H phnum:H shentsize:H shnum:H shstrndx:H",
    "p": "type:I flags:I offset:Q vaddr:Q paddr:Q filesz:Q memsz:Q align:Q",
    "p32": "type:I offset:I vaddr:I paddr:I filesz:I memsz:I flags:I align:I",
    "n": "namesz:I descsz:I type:I name:10s",
}
LAYOUTS = {part: dict(word.split(":") for word in text.split()) for part, text in _LAYOUTS.items()}

# What is the same in all of them.
_FIXED = {
    "record": {"magic": b"kexec-jump rec.", "version": 1, "size": 416},
    "gate": {"magic": b"kexec-jump gate", "version": 2},
    "pages": {"magic": b"kexec-jump pgs."},
    "header": {"frame_magic": SKIPPABLE, "frame_size": PAGE - 8, "magic": b"kexec-jump img.", "version": 1},
    "key": {"magic": b"kexec-jump key.", "version": 1},
    "elf": {"magic": b"\x7fELF", "class": 2, "data": 1, "version": 1, "e_version": 1, "type": ET_CORE, "phoff": 64,
            "ehsize": 64, "phentsize": 56},
    "elf32": {"magic": b"\x7fELF", "class": 1, "data": 1, "version": 1, "e_version": 1, "type": ET_CORE, "phoff": 52,
              "ehsize": 52, "phentsize": 32},
}


def size_of(part):
    return struct.calcsize("<" + "".join(LAYOUTS[part].values()))


def offset_of(part, field):
    forms = list(LAYOUTS[part].items())
    names = [name for name, _ in forms]
    return struct.calcsize("<" + "".join(form for _, form in forms[:names.index(field)]))


def pack(part, **values):
    """Fields that are not given are what they always are, or zero."""
    values = {**_FIXED.get(part, {}), **values}
    return b"".join(struct.pack("<" + form, values.get(name, b"" if form.endswith("s") else 0))
                    for name, form in LAYOUTS[part].items())


def image_header(**values):
    """A header page with its digest, that of the page with zeros in its place."""
    page = pack("header", **values)
    return page[:-32] + hashlib.sha256(page).digest()


def note(name, kind, desc):
    def padded(data):
        return data + bytes(-len(data) % 4)
    name = name.encode() + b"\0"
    return struct.pack("<III", len(name), len(desc), kind) + padded(name) + padded(desc)


def elf_header(machine, entry, count, is64=True):
    return pack("elf" if is64 else "elf32", machine=machine, entry=entry, phnum=count)


def headers_size(count, is64=True):
    """ELF header and @count program headers."""
    return size_of("elf") + count * size_of("p") if is64 else size_of("elf32") + count * size_of("p32")


def program_header(kind, offset, vaddr, paddr, size, is64=True):
    fields = {"type": kind, "flags": 7 if kind == PT_LOAD else 0, "offset": offset, "vaddr": vaddr,
              "paddr": paddr if is64 else paddr & 0xffffffff, "filesz": size, "memsz": size,
              "align": PAGE if kind == PT_LOAD else 4}
    return pack("p" if is64 else "p32", **fields)
