//! The poster of a concert. If none was uploaded, a picture is drawn that depends only on the title and the performer.

use crate::paths::poster_path;
use encore::domain::Concert;
use leptos::prelude::*;

/// Returns a source of pseudo-random numbers that depend only on `text`: `next(n)` returns a number from 0 to `n` - 1.
/// The initial state is the FNV-1a hash of `text`.
fn numbers(text: &str) -> impl FnMut(u64) -> u64 + use<> {
    let mut state = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    move |below| {
        state = (state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(17);
        (state >> 33) % below.max(1)
    }
}

/// The poster of a concert: the uploaded picture or, if there is none, a drawn one. Screen readers skip it, because it
/// adds nothing to the text beside it.
pub fn poster(concert: &Concert) -> AnyView {
    match &concert.poster {
        Some(tag) => view! {
            <img class="poster" src=poster_path(concert.id, tag) alt="" width="960" height="720"/>
        }
        .into_any(),
        None => drawn(concert).into_any(),
    }
}

/// The drawn poster: rings of light behind hills. The picture is abstract enough for any concert.
fn drawn(concert: &Concert) -> impl IntoView + use<> {
    let mut number = numbers(&format!("{}{}", concert.title, concert.performer));
    let hue = number(360);
    let second_hue = (hue + 40 + number(120)) % 360;
    let (x, y) = (60 + number(200), 70 + number(90));
    let gradient = format!("poster-{}", concert.id);
    let rings = (1..=7_u64)
        .map(|ring| {
            let radius = 14 + ring * (14 + number(8));
            let dash = format!("{} {}", 4 + number(90), 6 + number(30));
            let width = (1 + number(6)).to_string();
            let color = format!("hsl({} 95% {}%)", if ring % 2 == 0 { hue } else { second_hue }, 58 + ring * 4);
            view! {
                <circle cx=x.to_string() cy=y.to_string() r=radius.to_string() fill="none" stroke=color
                    stroke-width=width stroke-dasharray=dash stroke-linecap="round" opacity="0.8"/>
            }
        })
        .collect_view();
    let hills = (0..3_u64)
        .map(|hill| {
            let base = 190 + hill * 22;
            let peaks: String = (0..=8_u64).map(|step| format!(" L{} {}", step * 40, base - number(46))).collect();
            let path = format!("M0 260 L0 {base}{peaks} L320 260 Z");
            let color = format!("hsl({hue} 55% {}%)", 22 - hill * 6);
            view! { <path d=path fill=color opacity="0.92"/> }
        })
        .collect_view();
    view! {
        <svg class="poster" viewBox="0 0 320 240" preserveAspectRatio="xMidYMid slice" aria-hidden="true" focusable="false">
            <defs>
                <linearGradient id=gradient.clone() x1="0" y1="0" x2="0.4" y2="1">
                    <stop offset="0" stop-color=format!("hsl({hue} 60% 16%)")/>
                    <stop offset="1" stop-color=format!("hsl({second_hue} 70% 34%)")/>
                </linearGradient>
            </defs>
            <rect width="320" height="240" fill=format!("url(#{gradient})")/>
            {rings}
            {hills}
        </svg>
    }
}
