// Runs the openssl command line tool and others, so that tests can hold our work against someone else's.
#pragma once

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

#include "pki/bytes.hpp"

namespace otafleet::pki {

/// A directory that goes with the test.
class workshop {
public:
  workshop() {
    std::string pattern = (std::filesystem::temp_directory_path() / "otafleet-pki-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error{"no temporary directory"};
    place_ = pattern;
  }
  workshop(const workshop&) = delete;
  workshop& operator=(const workshop&) = delete;
  ~workshop() { std::filesystem::remove_all(place_); }

  void put(const std::string& name, byte_view content) const {
    std::ofstream{place_ / name, std::ios::binary} << as_text(content);
  }

  [[nodiscard]] bytes get(const std::string& name) const {
    std::ifstream file{place_ / name, std::ios::binary};
    const std::string content{std::istreambuf_iterator<char>{file}, {}};
    const auto view = as_bytes(content);
    return {view.begin(), view.end()};
  }

  /// Runs `openssl ARGUMENTS` in the directory and returns what it said; an empty string and a test failure when it
  /// fails.
  [[nodiscard]] std::string openssl(const std::string& arguments) const { return run("openssl " + arguments); }

  /// The same for any shell command.
  std::string run(const std::string& what) const {
    const auto command = "cd '" + place_.string() + "' && (" + what + ") 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    std::string output;
    std::array<char, 4096> buffer{};
    while (pipe != nullptr && std::fgets(buffer.data(), buffer.size(), pipe) != nullptr)
      output += buffer.data();
    if (pipe == nullptr || pclose(pipe) != 0) {
      ADD_FAILURE() << what << " failed: " << output;
      return {};
    }
    return output;
  }

private:
  std::filesystem::path place_;
};

} // namespace otafleet::pki
