// SPDX-License-Identifier: Apache-2.0
#pragma once
/// One password in every scheme, made by openssl passwd, Apache's htpasswd, crypt() and, for {SSHA}, hashlib.
#include <array>
#include <string_view>

#include <htpasswd/scheme.hpp>

namespace gatehouse::htpasswd::test {

inline constexpr std::string_view kPassword = "correct horse";
inline constexpr std::string_view kSha =
    "{SHA}L55TUjtiq8FBorTWAZ0jy6g129A=";  // cheap, where the scheme does not matter

struct Sample {
  Scheme scheme;
  std::string_view hash;
};

inline constexpr std::array kSamples{
    Sample{Scheme::bcrypt, "$2y$04$QdoJMaqJF18zonRAvhIdguI8DSQI0HrN/B7UVQtN1W9XBHsbrbSUW"},
    Sample{Scheme::bcrypt, "$2a$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"},
    Sample{Scheme::bcrypt, "$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"},
    Sample{Scheme::bcrypt, "$2y$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e"},
    Sample{Scheme::apr1, "$apr1$abcdefgh$sIQmFnT1CuEXAsyjuXjUX/"},
    Sample{Scheme::apr1, "$apr1$x$PSNAB.vTkM7vBB0Kq4yHq0"},
    Sample{Scheme::sha1, kSha},
    Sample{Scheme::salted_sha1, "{SSHA}NSZEu/ZzEMKdBO5ESNEYml3qKRYBAgMEBQYHCA=="},
    Sample{Scheme::salted_sha1, "{SSHA}5pcxo13YdJml98eQSIlT3FMEBMMBAgME"},
    Sample{Scheme::md5_crypt, "$1$saltsalt$NuzA7WTAelpl95xgBGWN60"},
    Sample{Scheme::sha256_crypt, "$5$saltsalt$myjXcpMpE2Ofk7fj9hqyNYSn6lmWG4Mqnjx.KIRRr4/"},
    Sample{Scheme::sha256_crypt, "$5$rounds=1000$salt$qOfjCda6YN/JiGzcA4MkoJaIXdhJzf.qd.KJPQZ7TA/"},
    Sample{Scheme::sha512_crypt,
           "$6$saltsalt$hRM5XZ86KXEw9UOmjigeVqFgULtFB2sgpC9lXQDfMib3Zgw7mEiUvBJI2EplzfAqxL5Vvwp2scFtv/uamSo5z0"},
    Sample{Scheme::sha512_crypt,
           "$6$rounds=1000$salt$Op5Pr8IefYjtJFNiLT8d.Xb85v8VtEyyKosvqEUXP9/"
           ".f4IC5kMbKoUZwss1ymncWvUZB6QVTmIH88IN1Uc5C."},
    Sample{Scheme::yescrypt, "$y$j75$abcdefgh$Jakf0CHhzdQOivqISxvBXCIRIaxY0Fs1wJGsJSurry/"},
    Sample{Scheme::gost_yescrypt, "$gy$j75$abcd$f9PwzoQAEzrh0H/DsPymiRURTqPSR78uv/HZSkuViF2"},
    Sample{Scheme::scrypt, "$7$5U..../....abcd$hCp3mf2eBeottcpqvNcYJRiw4y4l2XWGuBJPV8as/49"},
};

}  // namespace gatehouse::htpasswd::test
