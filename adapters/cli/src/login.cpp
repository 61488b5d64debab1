// SPDX-License-Identifier: Apache-2.0
// gatehouse login: one question to the engine, and everything that is known of its answer.
#include <unistd.h>

#include <array>
#include <ctime>
#include <gatehouse/runtime.hpp>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "commands.hpp"
#include "exit_codes.hpp"
#include "source.hpp"
#include "terminal.hpp"

namespace gatehouse::cli {
namespace {

constexpr std::size_t label_width = 12;

Colour colour_of(VerdictCode verdict) {
  switch (verdict) {
    case VerdictCode::granted:
      return Colour::green;
    case VerdictCode::denied:
    case VerdictCode::forbidden:
      return Colour::red;
    case VerdictCode::unavailable:
    case VerdictCode::challenge:
      return Colour::yellow;
    case VerdictCode::not_mine:
      break;
  }
  return Colour::none;
}

Colour colour_of(DecisionCode decision) {
  switch (decision) {
    case DecisionCode::granted:
      return Colour::green;
    case DecisionCode::denied:
    case DecisionCode::forbidden:
    case DecisionCode::malformed:
      return Colour::red;
    case DecisionCode::unavailable:
    case DecisionCode::challenge:
    case DecisionCode::throttled:
      break;
  }
  return Colour::yellow;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + "  ";
}

std::string in_milliseconds(std::chrono::microseconds time) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(1) << std::chrono::duration<double, std::milli>(time).count() << " ms";
  return out.str();
}

std::string utc(WallTime when) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(when);
  std::tm parts{};
  std::array<char, 32> text{};
  if (gmtime_r(&seconds, &parts) == nullptr) return "?";
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

void print_steps(const Answer& answer, bool coloured) {
  std::size_t widest = label_width;
  for (const Step& step : answer.steps) widest = std::max(widest, printable(step.backend).size());
  for (const Step& step : answer.steps) {
    std::cout << padded(printable(step.backend), widest)
              << paint(padded(std::string(to_string(step.verdict)), 11), colour_of(step.verdict), coloured)
              << padded(step.reason == Reason::none ? "-" : std::string(to_string(step.reason)), 14)
              << in_milliseconds(step.time);
    if (!step.detail.empty()) std::cout << "  " << printable(step.detail);
    std::cout << '\n';
  }
}

void print_line(std::string_view label, std::string_view value) {
  std::cout << padded(printable(label), label_width) << printable(value) << '\n';
}

void print_identity(const Identity& identity) {
  if (identity.subject.empty()) return;
  print_line("subject", identity.subject);
  for (const std::string& group : identity.groups) print_line("group", group);
  for (const auto& [name, value] : identity.attributes) print_line(name, value);
  if (!identity.backend.empty()) print_line("vouched by", identity.backend);
  if (identity.expiry) print_line("until", utc(*identity.expiry));
}

void print_decision(const Decision& decision, std::chrono::microseconds time, bool coloured) {
  const Answer& answer = decision.answer();
  std::cout << padded("decision", label_width)
            << paint(to_string(decision.code()), colour_of(decision.code()), coloured);
  if (decision.reason() != Reason::none) std::cout << " (" << to_string(decision.reason()) << ")";
  std::cout << ", " << in_milliseconds(time) << '\n';
  if (answer.steps.empty() && !answer.detail.empty()) print_line("detail", answer.detail);
  if (decision.retry_after().count() > 0) {
    print_line("retry after", std::to_string(decision.retry_after().count()) + " s");
  }
  for (const Challenge& challenge : answer.challenges) print_line("challenge", challenge.scheme);
  if (answer.identity.subject.empty() && !answer.claimed_subject.empty()) print_line("account", answer.claimed_subject);
  print_identity(answer.identity);
}

int fail(const Error& error) {
  print_error(error.message);
  return exit_usage;
}

}  // namespace

int login(const Arguments& arguments) {
  auto runtime = Runtime::open(runtime_options(arguments));
  if (!runtime) return fail(runtime.error());
  auto config = runtime->load(config_source(arguments));
  if (!config) return fail(config.error());
  auto realm = config->realm(arguments.realm);
  if (!realm) return fail(realm.error());

  auto password = arguments.password_from_stdin ? read_password_line(STDIN_FILENO)
                                                : ask_password("Password for " + printable(arguments.user) + ": ");
  if (!password) return fail(password.error());
  if (auto started = runtime->start(); !started) return fail(started.error());

  const auto before = std::chrono::steady_clock::now();
  const Decision decision = realm->decide(Request::with_password(arguments.user, password->view()));
  const auto time = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - before);
  runtime->stop();

  const bool coloured = colours(STDOUT_FILENO);
  print_line("realm", realm->name());
  print_steps(decision.answer(), coloured);
  print_decision(decision, time, coloured);
  std::cout.flush();
  return exit_code(decision.code());
}

}  // namespace gatehouse::cli
