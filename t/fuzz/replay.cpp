// Runs a target once for each file of the folders that are named, without libFuzzer.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

void replay(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::runtime_error(path.string() + " cannot be read");
  }
  std::vector<char> bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  bytes.shrink_to_fit();
  // Before the run: what aborts has its name in front.
  std::printf("%s\n", path.c_str());
  std::fflush(stdout);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

int replay_folders(int count, char** folders) {
  if (count == 0) {
    throw std::runtime_error("usage: <target> corpus-folder ...");
  }
  for (int i = 0; i < count; ++i) {
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folders[i])) {
      files.insert(entry.path());
    }
    if (files.empty()) {
      throw std::runtime_error(std::string(folders[i]) + " is empty");
    }
    for (const std::filesystem::path& file : files) {
      replay(file);
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return replay_folders(argc - 1, argv + 1);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}
