#!/usr/bin/env bash
# Installs lavapipe, Mesa's software Vulkan driver, to test the GPU code on a
# machine without a GPU.
#
# Mesa 25 or newer is preferred. On Debian bookworm, which has Mesa 22, the suite
# bookworm-backports is added from the mirror that the machine already uses.
set -euo pipefail

packages=(mesa-vulkan-drivers libvulkan1)
wanted_major=25
list=/etc/apt/sources.list.d/graphpnas-backports.sources

say() { printf 'install-lavapipe: %s\n' "$*" >&2; }

# Instructions for manual installation.
by_hand="install Mesa's software Vulkan driver and the Vulkan loader manually (mesa-vulkan-drivers and libvulkan1 on Debian and Ubuntu, mesa-vulkan-drivers and vulkan-loader on Fedora, vulkan-swrast and vulkan-icd-loader on Arch)"

# Whether packages can be installed without a password prompt.
can_install() { [ "$(id -u)" -eq 0 ] || sudo -n true >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo -n "$@"
    fi
}

# Waits for the package locks instead of failing at once.
apt_get() {
    as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -o DPkg::Lock::Timeout=300 "$@"
}

have_icd() {
    local folder
    for folder in /usr/share/vulkan/icd.d /usr/local/share/vulkan/icd.d /etc/vulkan/icd.d; do
        compgen -G "$folder/lvp_icd*.json" >/dev/null && return 0
    done
    return 1
}

# Prints the major version of the installed Mesa, or 0 if unknown.
mesa_major() {
    local version=""
    if command -v dpkg-query >/dev/null 2>&1; then
        version=$(dpkg-query -W -f='${Version}' mesa-vulkan-drivers 2>/dev/null || true)
    elif command -v rpm >/dev/null 2>&1; then
        version=$(rpm -q --qf '%{VERSION}' mesa-vulkan-drivers 2>/dev/null || true)
    elif command -v pacman >/dev/null 2>&1; then
        version=$(pacman -Q vulkan-swrast 2>/dev/null | cut -d' ' -f2 || true)
    fi
    version=${version#*:}
    version=${version%%[!0-9]*}
    printf '%s\n' "${version:-0}"
}

# Prints "URI<TAB>Signed-By" of the first deb822 stanza with suite bookworm.
# An inline key (several lines) is not supported and prints as "-".
from_deb822() {
    local files=()
    mapfile -t files < <(compgen -G '/etc/apt/sources.list.d/*.sources' || true)
    [ "${#files[@]}" -gt 0 ] || return 0
    local file
    for file in "${files[@]}"; do
        [ "$file" = "$list" ] && continue
        { cat "$file"; printf '\n\n'; }
    done | awk '
        function flush() {
            if (!found && enabled && uri != "" && types ~ /(^| )deb( |$)/ &&
                suites ~ /(^| )bookworm( |$)/) {
                print uri "\t" (key == "" ? "-" : key); found = 1
            }
            uri = key = suites = types = ""; enabled = 1; field = ""
        }
        function value(line) { sub(/^[^:]*:[ \t]*/, "", line); return line }
        BEGIN { enabled = 1 }
        /^#/ { next }
        /^[ \t]*$/ { flush(); next }
        /^[ \t]/ {
            if (field == "suites") { gsub(/[ \t]+/, " "); suites = suites $0 }
            if (field == "uris" && uri == "") uri = $1
            next
        }
        { name = tolower($0); sub(/:.*/, "", name); field = name }
        field == "types" { types = value($0) }
        field == "uris" { split(value($0), words, /[ \t]+/); uri = words[1] }
        field == "suites" { suites = value($0) }
        field == "signed-by" { key = value($0) }
        field == "enabled" && tolower(value($0)) ~ /^(no|false|0)/ { enabled = 0 }
        END { flush() }'
}

# The same from the one-line form: deb [options] URI bookworm main
from_one_line() {
    local files=()
    mapfile -t files < <(compgen -G '/etc/apt/sources.list' || true
        compgen -G '/etc/apt/sources.list.d/*.list' || true)
    [ "${#files[@]}" -gt 0 ] || return 0
    awk '
        /^[ \t]*deb[ \t]/ && !found {
            line = $0; sub(/^[ \t]*deb[ \t]+/, "", line); key = "-"
            if (match(line, /^\[[^]]*\][ \t]*/)) {
                options = substr(line, 2, RLENGTH - 1)
                sub(/\].*/, "", options)
                line = substr(line, RLENGTH + 1)
                count = split(options, words, /[ \t]+/)
                for (i = 1; i <= count; i++)
                    if (words[i] ~ /^signed-by=/) key = substr(words[i], 11)
            }
            split(line, words, /[ \t]+/)
            if (words[2] == "bookworm") { print words[1] "\t" key; found = 1 }
        }' "${files[@]}"
}

add_backports() {
    local source uri key
    source=$(from_deb822)
    [ -n "$source" ] || source=$(from_one_line)
    if [ -z "$source" ]; then
        say "no apt source for the suite bookworm was found."
        return 1
    fi
    IFS=$'\t' read -r uri key <<<"$source"
    {
        printf 'Types: deb\nURIs: %s\nSuites: bookworm-backports\nComponents: main\n' "$uri"
        [ "$key" = "-" ] || printf 'Signed-By: %s\n' "${key//,/ }"
    } | as_root tee "$list" >/dev/null
}

install_backports() {
    add_backports || return 1
    apt_get update || return 1
    apt_get install -y --no-install-recommends -t bookworm-backports "${packages[@]}"
}

install_plain() {
    apt_get update || say "apt-get update failed; trying with the existing package lists."
    apt_get install -y --no-install-recommends "${packages[@]}" || say "apt-get install failed."
}

is_bookworm() {
    [ -r /etc/os-release ] || return 1
    (
        . /etc/os-release
        [ "${ID:-}" = debian ] && [ "${VERSION_CODENAME:-}" = bookworm ]
    )
}

main() {
    if have_icd && [ "$(mesa_major)" -ge "$wanted_major" ]; then
        say "lavapipe of Mesa $(mesa_major) is already installed."
        return 0
    fi
    if ! command -v apt-get >/dev/null 2>&1; then
        say "apt-get is not available: $by_hand."
        return 1
    fi
    if ! can_install; then
        say "installation needs root or passwordless sudo: $by_hand."
        return 1
    fi
    if is_bookworm && install_backports; then
        :
    else
        if is_bookworm; then
            say "bookworm-backports could not be used; installing Mesa from bookworm."
            as_root rm -f "$list"
        fi
        install_plain
    fi
    have_icd || { say "no software Vulkan driver could be installed: $by_hand."; return 1; }
    say "lavapipe of Mesa $(mesa_major) is installed."
}

main "$@"
