#include "device/dice.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>

namespace otafleet::device {

namespace {

constexpr std::uint64_t golden_gamma = 0x9e3779b97f4a7c15;

[[nodiscard]] std::uint64_t mix(std::uint64_t z) noexcept {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

} // namespace

dice::dice(const device_seed& seed, purpose what) noexcept
    : state_(mix(mix(seed.run_seed + golden_gamma) +
                 (std::uint64_t{seed.index} << 32 | static_cast<std::uint32_t>(what)))) {}

std::uint64_t dice::next() noexcept {
  return mix(state_ += golden_gamma);
}

double dice::unit() noexcept {
  return static_cast<double>(next() >> 11) * 0x1.0p-53;
}

std::string dice::uuid() noexcept {
  const auto high = (next() & 0xffff'ffff'ffff'0fff) | 0x4000;
  const auto low = (next() & 0x3fff'ffff'ffff'ffff) | 0x8000'0000'0000'0000;
  char text[37];
  std::snprintf(text, sizeof text, "%08x-%04x-%04x-%04x-%012llx", static_cast<unsigned>(high >> 32),
                static_cast<unsigned>(high >> 16 & 0xffff), static_cast<unsigned>(high & 0xffff),
                static_cast<unsigned>(low >> 48), static_cast<unsigned long long>(low & 0xffff'ffff'ffff));
  return text;
}

double log_normal(dice& from, double p50, double p99) noexcept {
  if (p99 <= p50)
    return p50;
  constexpr double z99 = 2.3263478740408408;
  const double sigma = std::log(p99 / p50) / z99;
  // Box-Muller; 1 - unit() is never 0.
  const double radius = std::sqrt(-2 * std::log(1 - from.unit()));
  const double z = radius * std::cos(2 * std::numbers::pi * from.unit());
  // Four standard deviations: a tail that lasts for hours says nothing about an update.
  return p50 * std::exp(sigma * std::clamp(z, -4.0, 4.0));
}

} // namespace otafleet::device
