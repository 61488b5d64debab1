// SPDX-License-Identifier: Apache-2.0
#pragma once
/// The page's style sheet, and the hash that lets a browser apply it and no other. A test recomputes the hash.
#include <string_view>

namespace gatehouse::http {

inline constexpr std::string_view page_style = R"css(
:root{color-scheme:light dark;--back:#f3f4f7;--card:#fff;--text:#1b1f27;--soft:#5a6272;--line:#e2e5ec;--tint:#2f5fd0;--wash:#e9effc}
.refused{--tint:#b3392f;--wash:#fcebe9}
.wait{--tint:#96640a;--wash:#fbf1dc}
@media (prefers-color-scheme:dark){
:root{--back:#12151b;--card:#1b1f27;--text:#eceef2;--soft:#a3abba;--line:#2c323d;--tint:#8fb0ff;--wash:#222d47}
.refused{--tint:#ff9d92;--wash:#432624}
.wait{--tint:#f0c268;--wash:#3d311b}
}
*{box-sizing:border-box;margin:0}
body{min-height:100vh;display:flex;flex-direction:column;align-items:center;justify-content:center;gap:1.25rem;padding:1.5rem;background:var(--back);color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{width:100%;max-width:26rem;padding:2.5rem 2rem;text-align:center;background:var(--card);border:1px solid var(--line);border-radius:1rem;box-shadow:0 1px 2px rgba(16,20,30,.05),0 12px 32px rgba(16,20,30,.07)}
svg{width:4.25rem;height:4.25rem;padding:.9rem;margin-bottom:1.25rem;border-radius:50%;background:var(--wash);fill:none;stroke:var(--tint);stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round}
h1{font-size:1.4rem;line-height:1.3;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
p{margin-top:.6rem;color:var(--soft);text-wrap:balance}
a{display:inline-block;margin-top:1.6rem;padding:.55rem 1.4rem;border-radius:.6rem;background:var(--tint);color:var(--card);font-weight:600;text-decoration:none}
a:hover{filter:brightness(1.08)}
a:focus-visible{outline:3px solid var(--tint);outline-offset:3px}
footer{color:var(--soft);font-size:.85rem}
)css";

inline constexpr std::string_view page_style_hash = "sha256-7miNT3g3AHdwckcXDOunHkiIK0Z5qPWC9Km9CZFlM4I=";

}  // namespace gatehouse::http
