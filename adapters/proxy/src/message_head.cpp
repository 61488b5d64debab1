// SPDX-License-Identifier: Apache-2.0
// The only file that knows Beast's parser.
#include "message_head.hpp"

#include <boost/beast/http/basic_parser.hpp>

namespace gatehouse::proxy {

namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::string_view;

std::string_view view(string_view text) noexcept {
  return {text.data(), text.size()};
}

/// Takes the header section and nothing of a body.
template <bool is_request, typename Head>
class HeadParser final : public beast::http::basic_parser<is_request> {
 public:
  HeadParser(Head& head, std::size_t size) : head_(head) {
    this->header_limit(static_cast<std::uint32_t>(size + 1));
    this->body_limit(boost::none);
    this->eager(false);
  }

 private:
  void on_request_impl(beast::http::verb, string_view method, string_view target, int version, error_code&) override {
    if constexpr (is_request) {
      head_.method = view(method);
      head_.target = view(target);
      head_.minor = version - 10;
    }
  }
  void on_response_impl(int status, string_view reason, int version, error_code&) override {
    if constexpr (!is_request) {
      head_.status = static_cast<unsigned>(status);
      head_.reason = view(reason);
      head_.minor = version - 10;
    }
  }
  void on_field_impl(beast::http::field id, string_view name, string_view value, error_code&) override {
    head_.fields.list.push_back({view(name), view(value)});
    head_.fields.ids.push_back(static_cast<FieldId>(id));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view, error_code&) override { return 0; }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view, error_code&) override { return 0; }
  void on_finish_impl(error_code&) override {}

  Head& head_;
};

template <bool is_request, typename Head>
bool parse_with_beast(std::string_view bytes, Head& head) {
  head.fields.clear();
  HeadParser<is_request, Head> parser(head, bytes.size());
  error_code error;
  const std::size_t used = parser.put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
  return !error && parser.is_header_done() && used == bytes.size();
}

}  // namespace

bool parse(std::string_view bytes, RequestHead& head) {
  return parse_with_beast<true>(bytes, head);
}

bool parse(std::string_view bytes, ResponseHead& head) {
  return parse_with_beast<false>(bytes, head);
}

}  // namespace gatehouse::proxy
