# Paths, versions and helper functions. Sourced by setup, run and test; not meant to be run by itself.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target}
export PATH="$root/end2end/node_modules/.bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

wasm_target=wasm32-unknown-unknown
cargo_leptos_version=0.3.11
cargo_deb_version=3.8.0
# The wasm-bindgen command line tool must have the same version as the crate, or it rejects the compiled WebAssembly.
wasm_bindgen_version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print }' Cargo.lock)
chromium=${CHROMIUM:-/usr/bin/chromium}

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'encore: %s\n' "$*" >&2; exit 1; }

# Succeeds if the current toolchain (or the one named by the argument) has the standard library for $wasm_target.
has_wasm() { [ -d "$(rustc ${1:+"+$1"} --print target-libdir --target $wasm_target 2>/dev/null || true)" ]; }

# rustfmt and clippy run with the machine's default toolchain. The toolchain `web`, which bin/setup builds if rustup
# cannot download the browser target, has neither of them, but it can compile for the browser.
lint_toolchain=${RUSTUP_TOOLCHAIN:-$(rustup default 2>/dev/null | cut -d' ' -f1 || true)}
choose_toolchain() { if ! has_wasm && has_wasm web; then export RUSTUP_TOOLCHAIN=web; fi; }
choose_toolchain
