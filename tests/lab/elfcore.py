# SPDX-License-Identifier: GPL-2.0-only
"""The headers of an ELF core, 32 or 64 bits, as the host reads them."""

import struct

PT_LOAD, PT_NOTE = 1, 4


class ElfCore:
    """`bits`, `entry`, `loads` as (physical address, size), `pieces` as (offset in the file, physical address, size),
    `notes` as {name: content}, `end` of the file."""

    def __init__(self, data):
        self.bits = {b"\1": 32, b"\2": 64}[data[4:5]]
        if self.bits == 64:
            self.entry, phoff = struct.unpack_from("<QQ", data, 24)
            size, count = struct.unpack_from("<HH", data, 54)
        else:
            self.entry, phoff = struct.unpack_from("<II", data, 24)
            size, count = struct.unpack_from("<HH", data, 42)
        self.loads = []
        self.pieces = []
        self.notes = {}
        self.end = 0
        for i in range(count):
            kind, offset, paddr, filesz = self.program_header(data, phoff + i * size)
            if kind == PT_LOAD:
                self.loads.append((paddr, filesz))
                self.pieces.append((offset, paddr, filesz))
                self.end = max(self.end, offset + filesz)
            elif kind == PT_NOTE:
                self.read_notes(data[offset:offset + filesz])

    def program_header(self, data, at):
        if self.bits == 64:
            kind, _, offset, _, paddr, filesz = struct.unpack_from("<IIQQQQ", data, at)
        else:
            kind, offset, _, paddr, filesz = struct.unpack_from("<IIIII", data, at)
        return kind, offset, paddr, filesz

    def read_notes(self, data):
        at = 0
        while at + 12 <= len(data):
            name_size, size, _ = struct.unpack_from("<III", data, at)
            content = at + 12 + (name_size + 3 & ~3)
            self.notes[data[at + 12:at + 12 + name_size].rstrip(b"\0").decode("latin-1")] = \
                data[content:content + size]
            at = content + (size + 3 & ~3)
