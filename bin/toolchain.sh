# Where the tools are; sourced by setup, run and test, never run by itself.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
export PATH="$root/end2end/node_modules/.bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

wasm_target=wasm32-unknown-unknown
cargo_leptos_version=0.3.11
# The command line tool must equal the crate, or the browser's code is refused.
wasm_bindgen_version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print }' Cargo.lock)
chromium=${CHROMIUM:-/usr/bin/chromium}

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'encore: %s\n' "$*" >&2; exit 1; }

# True where the toolchain in use (or the one named) has the browser's standard library.
has_wasm() { [ -d "$(rustc ${1:+"+$1"} --print target-libdir --target $wasm_target 2>/dev/null || true)" ]; }

# Formatting and lints come with the machine's ordinary toolchain. `web`, made by setup where rustup
# cannot download a target, has neither, but compiles for the browser.
lint_toolchain=${RUSTUP_TOOLCHAIN:-$(rustup default 2>/dev/null | cut -d' ' -f1 || true)}
choose_toolchain() { if ! has_wasm && has_wasm web; then export RUSTUP_TOOLCHAIN=web; fi; }
choose_toolchain
