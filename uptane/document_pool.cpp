#include "uptane/document_pool.hpp"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <unordered_map>

#include "pki/digest.hpp"

namespace otafleet::uptane {
namespace {

struct book_key {
  repository repo;
  pki::sha256_digest digest;

  friend bool operator==(const book_key&, const book_key&) = default;
};

struct book_key_hash {
  std::size_t operator()(const book_key& key) const noexcept {
    std::size_t value = 0;
    std::memcpy(&value, key.digest.data(), sizeof value); // Already as random as a hash can be.
    return value ^ static_cast<std::size_t>(key.repo);
  }
};

/// The documents of one role.
template <class Document>
class shelf {
public:
  using document_ptr = std::shared_ptr<const Document>;

  template <class Parse>
  tl::expected<document_ptr, failure> get(repository repo, std::string_view text, Parse&& parse) {
    const book_key key{repo, pki::sha256(as_bytes(text))};
    if (auto known = find(key))
      return known;
    // Outside of the lock: two threads may parse the same document at once, and the first to be done is kept.
    auto parsed = parse();
    if (!parsed)
      return parsed;
    return keep(key, std::move(*parsed));
  }

  std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return books_.size();
  }

private:
  document_ptr find(const book_key& key) {
    const std::lock_guard lock{mutex_};
    const auto found = books_.find(key);
    return found == books_.end() ? nullptr : found->second.lock();
  }

  document_ptr keep(const book_key& key, document_ptr parsed) {
    const std::lock_guard lock{mutex_};
    auto& book = books_[key];
    if (auto known = book.lock())
      return known;
    book = parsed;
    if (books_.size() >= sweep_at_) {
      std::erase_if(books_, [](const auto& one) { return one.second.expired(); });
      sweep_at_ = std::max(smallest_sweep, books_.size() * 2);
    }
    return parsed;
  }

  static constexpr std::size_t smallest_sweep = 64;

  mutable std::mutex mutex_;
  std::unordered_map<book_key, std::weak_ptr<const Document>, book_key_hash> books_;
  /// Doubles with what is alive, so that sweeping costs a constant share of inserting.
  std::size_t sweep_at_ = smallest_sweep;
};

} // namespace

struct document_pool::shelves {
  shelf<uptane::root> roots;
  shelf<uptane::targets> targets;
  shelf<uptane::snapshot> snapshots;
  shelf<uptane::timestamp> timestamps;
};

document_pool::document_pool(keep_sources keep) : keep_(keep), shelves_(std::make_unique<shelves>()) {}
document_pool::~document_pool() = default;

tl::expected<root_ptr, failure> document_pool::root(repository repo, std::string_view text) {
  return shelves_->roots.get(repo, text, [&] { return parse_root(repo, text, keep_); });
}

tl::expected<targets_ptr, failure> document_pool::targets(repository repo, std::string_view text) {
  return shelves_->targets.get(repo, text, [&] { return parse_targets(repo, text, keep_); });
}

tl::expected<targets_ptr, failure> document_pool::delegation(std::string_view name, std::string_view text) {
  return shelves_->targets.get(repository::image, text, [&] { return parse_delegation(name, text, keep_); });
}

tl::expected<snapshot_ptr, failure> document_pool::snapshot(repository repo, std::string_view text) {
  return shelves_->snapshots.get(repo, text, [&] { return parse_snapshot(repo, text, keep_); });
}

tl::expected<timestamp_ptr, failure> document_pool::timestamp(repository repo, std::string_view text) {
  return shelves_->timestamps.get(repo, text, [&] { return parse_timestamp(repo, text, keep_); });
}

std::size_t document_pool::remembered() const {
  return shelves_->roots.size() + shelves_->targets.size() + shelves_->snapshots.size() + shelves_->timestamps.size();
}

} // namespace otafleet::uptane
