// Runs a fuzz target once over each file of a folder: how `./dev test` keeps what the fuzzers once found mended.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/fuzz/input.hpp"

namespace {

std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> result;
  for (const auto& entry : std::filesystem::directory_iterator{folder})
    if (entry.is_regular_file())
      result.push_back(entry.path());
  std::ranges::sort(result);
  return result;
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

} // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", arguments[0]);
    return 2;
  }
  const auto files = files_of(arguments[1]);
  if (files.empty()) {
    std::fprintf(stderr, "%s: there is no file\n", arguments[1]);
    return 1;
  }
  for (const auto& file : files) {
    // Before the run: if it crashes, this line says on what.
    std::printf("%s\n", file.filename().c_str());
    std::fflush(stdout);
    const auto whole = content_of(file);
    run(whole);
    run(whole.substr(0, whole.size() / 2));
  }
  run({});
  std::printf("%zu files\n", files.size());
  return 0;
}
