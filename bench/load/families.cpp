#include "families.h"

#include <fstream>
#include <stdexcept>

namespace oauth2::bench {

Families Families::read(const std::string& path) {
  Families families(0);
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    families.tokens_.push_back(line);
  }
  if (families.tokens_.empty()) {
    throw std::runtime_error(path + ": there are no tokens");
  }
  return families;
}

void Families::write(const std::string& path) const {
  std::ofstream out(path);
  for (const std::string& token : tokens_) {
    out << token << '\n';
  }
  if (!out.flush()) {
    throw std::runtime_error(path + ": cannot be written");
  }
}

}  // namespace oauth2::bench
