#include "net/test_http2.hpp"

#include <array>
#include <cstdint>

namespace otafleet::net {
namespace {

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t largest_frame = 16'384; // what both sides may send when nothing else was agreed

enum frame_type : std::uint8_t { data = 0, headers = 1, settings = 4, ping = 6 };
constexpr std::uint8_t ack = 1;
constexpr std::uint8_t end_stream = 1;
constexpr std::uint8_t end_headers = 4;

struct frame {
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
  std::string payload;
};

bool send(const http2_channel& with, const frame& what) {
  std::string raw;
  const auto append = [&](std::uint32_t value, int bytes) {
    while (bytes-- > 0)
      raw += static_cast<char>(value >> (8 * bytes));
  };
  append(static_cast<std::uint32_t>(what.payload.size()), 3);
  append(what.type, 1);
  append(what.flags, 1);
  append(what.stream, 4);
  return with.write(raw + what.payload);
}

bool receive(const http2_channel& with, frame& into) {
  std::array<char, 9> head{};
  if (!with.read(head.data(), head.size()))
    return false;
  const auto number = [&](std::size_t at, std::size_t count) {
    std::uint32_t value = 0;
    for (; count > 0; --count)
      value = value << 8 | static_cast<std::uint8_t>(head.at(at++));
    return value;
  };
  into = {static_cast<std::uint8_t>(head[3]), static_cast<std::uint8_t>(head[4]), number(5, 4) & 0x7FFF'FFFF, {}};
  into.payload.resize(number(0, 3));
  return into.payload.size() <= largest_frame && with.read(into.payload.data(), into.payload.size());
}

bool send_answer(const http2_channel& with, std::uint32_t stream, const http2_answer& what) {
  // `:status`, by its place in the static table (RFC 7541, appendix A), with a literal value of three characters.
  const auto status = std::string{"\x08\x03"} + std::to_string(what.status);
  return send(with, {headers, end_headers, stream, status}) && send(with, {data, end_stream, stream, what.body});
}

} // namespace

void serve_http2(const http2_channel& with, const std::function<http2_answer(int before)>& respond) {
  std::array<char, preface.size()> greeting{};
  if (!with.read(greeting.data(), greeting.size()) || std::string_view{greeting.data(), greeting.size()} != preface ||
      !send(with, {settings, 0, 0, {}}))
    return;
  int before = 0;
  for (frame next; receive(with, next);) {
    bool going = true;
    if (next.type == settings && (next.flags & ack) == 0)
      going = send(with, {settings, ack, 0, {}});
    else if (next.type == ping && (next.flags & ack) == 0)
      going = send(with, {ping, ack, 0, next.payload});
    else if ((next.type == headers || next.type == data) && (next.flags & end_stream) != 0)
      going = send_answer(with, next.stream, respond(before++));
    if (!going)
      return;
  }
}

} // namespace otafleet::net
