// SPDX-License-Identifier: Apache-2.0
#pragma once
/// What every HTTP door shares, in C++: the credential in a request's headers, the answer for a decision, and the
/// headers that tell a service who the caller is. <gatehouse/http.h> says the same in C. No socket is touched here.
///
/// Threads: free functions and const members may be called from any thread.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gatehouse/decision.hpp>
#include <gatehouse/export.hpp>
#include <gatehouse/request.hpp>
#include <gatehouse/runtime.hpp>

namespace gatehouse::http {

/// One header field as received: name without colon, value without surrounding white space. Repeated fields are
/// separate entries.
struct Header {
  std::string_view name;
  std::string_view value;
};

/// Memory for a decoded password. Wiped when reused and when destroyed; never grows past its limit.
class GATEHOUSE_API Scratch {
 public:
  static constexpr std::size_t capacity = 8192;
  Scratch() = default;
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  void wipe() noexcept;
  /// All of it; counts as used from then on.
  [[nodiscard]] std::span<char> bytes() noexcept {
    used_ = capacity;
    return bytes_;
  }

 private:
  char bytes_[capacity];
  std::size_t used_ = 0;
  friend struct CredentialReader;
};

/// What the headers bring.
struct Credential {
  enum class State {
    none,       ///< no Authorization: ask the engine with CredentialKind::none
    present,    ///< `request` holds it
    refused,    ///< an Authorization that can never be right: answer as for a wrong password, without a backend call
    malformed,  ///< the request itself is broken (more than one Authorization): 400, close the connection
  };
  State state = State::none;
  Request request;  ///< borrows from the headers and the scratch
};

/// Reads Basic (RFC 7617) and Bearer (RFC 6750) from `headers`. One strict decoder for every door: canonical base64
/// with padding (RFC 4648, 3.5), valid UTF-8, no control characters. `attributes` of the request are left to the door.
[[nodiscard]] GATEHOUSE_API Credential read_credential(std::span<const Header> headers, Scratch& scratch) noexcept;

/// Whether the query of a request names a token too (`access_token`: RFC 6750, 2.3). Gatehouse takes none from there;
/// but a request that brings one in Authorization as well is malformed (RFC 6750, 2), for the service may believe the
/// other.
[[nodiscard]] GATEHOUSE_API bool token_in_query(std::string_view target) noexcept;

/// What a door tells a caller about a realm.
struct Offer {
  std::string_view display_name;
  CredentialKinds credentials = 0;
};

/// What is known of who asks, to choose between a page for people and JSON for programs.
struct Asker {
  std::string_view method;
  std::span<const Header> headers;
};

/// A whole response. `headers` has Content-Type, Content-Length, Cache-Control and what the status needs, no framing of
/// the connection beyond that. The body is to be left out for HEAD.
struct Answer {
  int status = 503;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  bool close = false;  ///< the connection must end after it
};

/// The answer for a decision that is not granted (design: the one table). Never tells an unknown user from a wrong
/// password. A granted decision gives 500: it is a door's mistake to ask.
[[nodiscard]] GATEHOUSE_API Answer answer(const Decision& decision, const Offer& offer, const Asker& asker);

/// The answer for Credential::State::refused: the same bytes as for a denied decision.
[[nodiscard]] GATEHOUSE_API Answer answer_refused(const Offer& offer, const Asker& asker);

/// The answer for Credential::State::malformed, and for a token in two places: 400, the connection closes.
[[nodiscard]] GATEHOUSE_API Answer answer_malformed(const Offer& offer, const Asker& asker);

/// The answer for a fault that has nothing to do with who asks: 400, 403, 404, 408, 413, 414, 417, 431, 500, 501, 502,
/// 503, 504, 505; a status that is no error gives 500. `message` is for the caller: one fixed sentence, nothing of the
/// request in it.
[[nodiscard]] GATEHOUSE_API Answer answer_fault(int status, std::string_view message, const Asker& asker);

/// "Unauthorized" for 401, and so on; "Unknown" for others.
[[nodiscard]] GATEHOUSE_API std::string_view status_text(int status) noexcept;

/// How the identity is told to the service behind a door.
class GATEHOUSE_API IdentityHeaders {
 public:
  struct Names {
    // Empty: that is not told.
    std::string user = "Remote-User";
    std::string groups = "Remote-Groups";
    std::string email = "Remote-Email";
    std::string name = "Remote-Name";
    /// Patterns with '*'; only groups that match one are told. Empty: none are told.
    std::vector<std::string> forward_groups = {"*"};
  };
  static constexpr std::size_t max_size = 8192;

  /// Whether these names can be told: header names that HTTP does not use itself, no two the same; sane patterns. The
  /// Error names the key of the section [http].
  [[nodiscard]] static Result<void> check(const Names& names);

  /// Names that check() refuses make every make() give nullopt.
  explicit IdentityHeaders(Names names);
  IdentityHeaders() : IdentityHeaders(Names()) {}

  /// Whether a caller's own field of this name must be removed: with every byte that is neither letter nor digit folded
  /// to one and letters to lower case, it equals one of our names or a name that services commonly believe: Remote-User
  /// and its three sisters, X-Remote-*, X-Auth-Request-*, X-Auth-User*, X-Auth-Group*, X-Auth-Email, -Name,
  /// X-WebAuth-*, X-Forwarded-User, -Groups, -Email and -Preferred-Username. Allocates nothing; for every field of
  /// every request, trailers included.
  [[nodiscard]] bool is_protected(std::string_view name) const noexcept;

  /// The fields for an identity: values percent-encode '%', ',', controls, non-ASCII and a space at either end; groups
  /// are joined by ','. What is not known is not told. nullopt if names, values and 4 bytes a field are over max_size,
  /// or without a subject: then the door answers 403 and logs, and tells the service nothing partial.
  [[nodiscard]] std::optional<std::vector<std::pair<std::string, std::string>>> make(const Identity& identity) const;

  [[nodiscard]] const Names& names() const noexcept { return names_; }

 private:
  Names names_;
  std::vector<std::string> folded_;  ///< our names that are not commonly believed anyway
  bool usable_ = true;
};

/// The section [http] of a configuration, and what it says. The Error of settings() names the key.
[[nodiscard]] GATEHOUSE_API SectionSpec section();
struct Settings {
  IdentityHeaders identity;
  bool forward_authorization = false;  ///< tell the service the Authorization that the realm consumed
};
[[nodiscard]] GATEHOUSE_API Result<Settings> settings(const OptionValues& values);

}  // namespace gatehouse::http
