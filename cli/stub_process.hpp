// The embedded backend as a child process, so that its CPU and memory are told apart from the fleet's.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <tl/expected.hpp>

#include "actors/target.hpp"

namespace otafleet::cli {

/// A running `otafleet stub --child`. It ends with this object, and with this process however that ends.
class stub_process {
public:
  /// Starts the backend with the resolved scenario and waits until it listens. Fails with what the child said.
  [[nodiscard]] static tl::expected<std::unique_ptr<stub_process>, std::string> start(const std::string& scenario_yaml);

  ~stub_process();
  stub_process(const stub_process&) = delete;
  stub_process& operator=(const stub_process&) = delete;

  [[nodiscard]] const actors::backend_access& access() const noexcept;

  /// Calls `handler` once, on another thread, when the child ends before it was told to.
  void on_death(std::function<void()> handler);
  [[nodiscard]] bool has_died() const;

private:
  struct state;
  explicit stub_process(std::unique_ptr<state> inner);
  std::unique_ptr<state> state_;
};

/// What the child writes to its parent when it is ready: one line of JSON. The credentials in it are secrets.
[[nodiscard]] std::string ready_line(const actors::backend_access& access);
[[nodiscard]] tl::expected<actors::backend_access, std::string> read_ready_line(const std::string& line);

} // namespace otafleet::cli
