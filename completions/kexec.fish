# SPDX-License-Identifier: GPL-2.0-only
#
# fish: what the --help of these programs names.

for program in kexec kdump kimgcore krestore oldmem kexec-hibernate kexec-switch kexec-try
    complete -c $program -n 'string match -q -- "-*" (commandline -ct)' \
        -a "($program --help 2>/dev/null | string match -ra -- '--[a-z0-9][a-z0-9-]*' | sort -u)"
end
complete -c kexec -l entry-of -x \
    -a '(kexec --list --json 2>/dev/null | string replace -rf \'.*\{"id": "([^"]*)".*\' \'$1\')'
