#include "server-stub/attack_switch.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace otafleet::stub {

namespace {

/// Devices of the strict profile fetch three documents of one list within a moment; so many lists are kept for that.
constexpr std::size_t max_lists = 4'096;
constexpr std::size_t max_hardware_ids = 64;
constexpr std::size_t max_replaced_images = 4;
constexpr std::chrono::minutes patience{10};

using steady = std::chrono::steady_clock;

std::uint64_t hash_of(std::string_view text) noexcept {
  return std::hash<std::string_view>{}(text);
}

} // namespace

struct attack_switch::running_attack {
  attack_kind kind{};
  std::uint64_t phase = 0;
  /// What was served of this kind before it was switched on this time.
  std::uint64_t served_before = 0;
  bait lure;
  /// Only of an attacker who has no key of the account.
  std::optional<repository_keys> attackers;
  /// Of the set before the current one.
  shared_text older_targets;

  std::mutex mutex;
  /// Of devices that ask for a list's snapshot and timestamp: by device, and in the order of their making.
  std::unordered_map<std::uint64_t, signed_list_ptr> lists;
  std::deque<std::uint64_t> list_order;
  std::map<std::string, std::shared_ptr<const repository_documents>, std::less<>> repositories;
  /// Genuine content and what takes its place.
  std::deque<std::pair<shared_text, shared_text>> replaced;

  void keep(std::uint64_t device, signed_list_ptr list) {
    const std::lock_guard lock{mutex};
    if (!lists.insert_or_assign(device, std::move(list)).second)
      return;
    list_order.push_back(device);
    if (list_order.size() > max_lists) {
      lists.erase(list_order.front());
      list_order.pop_front();
    }
  }

  [[nodiscard]] signed_list_ptr kept(std::uint64_t device) {
    const std::lock_guard lock{mutex};
    const auto found = lists.find(device);
    return found == lists.end() ? nullptr : found->second;
  }
};

// -- what operators do ----------------------------------------------------------

tl::expected<std::optional<std::int64_t>, refusal> attack_switch::set(std::optional<attack_kind> kind) {
  const std::lock_guard changing{change_mutex_};
  std::shared_ptr<running_attack> next;
  if (kind) {
    next = std::make_shared<running_attack>();
    next->kind = *kind;
    next->lure = bait::make(random_uuid());
    if (*kind == attack_kind::arbitrary_software) {
      const auto type = director_.keys()->targets.public_key().type();
      auto keys = repository_keys::generate(type, clock_());
      if (!keys)
        return tl::unexpected(refusal{500, "internal_server_error", std::move(keys.error())});
      next->attackers = std::move(*keys);
    }
    if (*kind == attack_kind::mix_and_match) {
      auto older = images_.documents();
      if (!older)
        return tl::unexpected(std::move(older.error()));
      next->older_targets = (*older)->targets;
      if (auto newer = images_.renew(); !newer)
        return tl::unexpected(std::move(newer.error()));
    }
  }

  std::shared_ptr<running_attack> previous;
  bool lingers = false;
  {
    const std::lock_guard lock{mutex_};
    const auto served = [&](attack_kind which) {
      const auto& count = ledger_.counts()[static_cast<std::size_t>(which)];
      return count ? count->served : 0;
    };
    previous = std::exchange(running_, next);
    lingers = previous && may_linger(previous->kind) && served(previous->kind) > previous->served_before;
    if (next) {
      next->phase = ++phase_;
      ledger_.switched_on(next->kind);
      next->served_before = served(next->kind);
    }
    watch_until_ = steady::now() + patience;
    watching_.store(next != nullptr || ledger_.open() != 0, std::memory_order_release);
  }
  if (!lingers)
    return std::nullopt;
  const auto root = director_.rotate({uptane::role::root});
  return root ? std::optional{*root} : std::nullopt;
}

attack_counts attack_switch::counts() const {
  const std::lock_guard lock{mutex_};
  return ledger_.counts();
}

std::shared_ptr<attack_switch::running_attack> attack_switch::running() const {
  const std::lock_guard lock{mutex_};
  return running_;
}

// -- what gives devices away ----------------------------------------------------

void attack_switch::observe_request(std::string_view device, endpoint which) {
  const std::lock_guard lock{mutex_};
  if (auto* entry = ledger_.find(device); entry != nullptr && gives_away(entry->open, which))
    ledger_.accepted(*entry);
  if (!running_ && (ledger_.open() == 0 || steady::now() > watch_until_))
    watching_.store(false, std::memory_order_release);
}

void attack_switch::observe_manifest(std::string_view device, std::span<const image_fact_ptr> installed,
                                     bool gives_up) {
  const std::lock_guard lock{mutex_};
  auto* entry = ledger_.find(device);
  if (entry == nullptr)
    return;
  if (std::any_of(installed.begin(), installed.end(),
                  [&](const auto& image) { return ledger_.has_open_image(*entry, image->filepath); }))
    ledger_.accepted(*entry);
  ledger_.close(*entry);
  entry->holds_genuine = entry->genuine_phase != 0;
  if (gives_up || !installed.empty())
    entry->genuine_phase = 0;
}

void attack_switch::observe_installation(std::string_view device) {
  const std::lock_guard lock{mutex_};
  if (auto* entry = ledger_.find(device); entry != nullptr && entry->open == bent_part::image)
    ledger_.accepted(*entry);
}

// -- what devices get -----------------------------------------------------------

std::optional<bent_answer> attack_switch::bend(const attacked_request& asked) {
  const auto attack = running();
  if (!attack)
    return std::nullopt;
  const auto part = part_bent_by(attack->kind, asked.which);
  auto bent = part == bent_part::director_list    ? bend_director_list(*attack, asked)
              : part == bent_part::root           ? bend_root(asked)
              : part == bent_part::image_metadata ? bend_image_metadata(*attack, asked)
              : part == bent_part::image          ? bend_image(*attack, asked)
                                                  : std::nullopt;
  if (!bent)
    return std::nullopt;
  const std::lock_guard lock{mutex_};
  auto* entry = ledger_.of(asked.device);
  if (entry == nullptr)
    return std::nullopt;
  ledger_.served(*entry, attack->kind, part, asked.filename);
  // The attack may have ended meanwhile; what was served is watched all the same.
  watching_.store(true, std::memory_order_release);
  return bent;
}

std::optional<bent_answer> attack_switch::bend_director_list(running_attack& attack, const attacked_request& asked) {
  const auto material = director_.material(asked.device);
  if (!material)
    return std::nullopt;
  if (attack.kind == attack_kind::endless_data)
    return bent_answer{endless_list(), true};

  std::int32_t held = 0;
  if (attack.kind == attack_kind::rollback) {
    // Only a device that holds a list can be rolled back, and a new root makes it forget the one it has: each phase
    // begins with a whole poll of genuine ones. Since lists begin with version 1, and an empty one does not displace
    // what a device holds, 0 is the one version that is lower for certain; old Directors began with it.
    const auto phase = attack.phase << 16 | static_cast<std::uint64_t>(director_.keys()->root_version());
    const std::lock_guard lock{mutex_};
    auto* entry = ledger_.of(asked.device);
    if (entry == nullptr)
      return std::nullopt;
    if (entry->genuine_phase != phase) {
      entry->genuine_phase = phase;
      entry->holds_genuine = false;
    }
    if (!entry->holds_genuine)
      return std::nullopt;
  } else {
    {
      const std::lock_guard lock{mutex_};
      auto* entry = ledger_.of(asked.device);
      if (entry == nullptr)
        return std::nullopt;
      held = entry->reserved_version;
    }
    held = director_.reserve_version(asked.device, held);
    const std::lock_guard lock{mutex_};
    ledger_.of(asked.device)->reserved_version = held;
  }
  auto document = list_document(attack, asked, {attack.kind, held, clock_()}, *material);
  return document ? std::optional{bent_answer{std::move(*document)}} : std::nullopt;
}

std::optional<shared_text> attack_switch::list_document(running_attack& attack, const attacked_request& asked,
                                                        const bent_list_order& order, const list_material& material) {
  const auto device = hash_of(asked.device);
  // Who begins with the timestamp gets a new set; the others belong to the set that was begun.
  auto list = asked.which == endpoint::director_timestamp ? nullptr : attack.kept(device);
  if (!list || list->version != order.version) {
    const auto keys = director_.keys();
    auto made = bend_list(order, material, attack.lure, *keys, attack.attackers ? *attack.attackers : *keys);
    if (!made)
      return std::nullopt;
    list = std::make_shared<signed_list>(std::move(*made));
    if (asked.which != endpoint::director_targets)
      attack.keep(device, list);
  }
  if (asked.which == endpoint::director_timestamp)
    return shared_text{list, &list->announced->timestamp};
  if (asked.which == endpoint::director_snapshot)
    return shared_text{list, &list->announced->snapshot};
  return shared_text{list, &list->text};
}

std::optional<bent_answer> attack_switch::bend_root(const attacked_request& asked) {
  const auto keys = director_.keys();
  if (asked.root_version != keys->root_version() + 1)
    return std::nullopt;
  auto document = keys->make_root(keys->root_version() + 2, clock_());
  if (!document)
    return std::nullopt;
  return bent_answer{std::make_shared<const std::string>(std::move(*document))};
}

std::optional<bent_answer> attack_switch::bend_image_metadata(running_attack& attack, const attacked_request& asked) {
  if (attack.kind == attack_kind::mix_and_match)
    return bent_answer{attack.older_targets};
  const auto material = director_.material(asked.device);
  if (!material)
    return std::nullopt;
  const auto& hardware_id = material->ecus->ecus.front().hardware_id;
  std::shared_ptr<const repository_documents> documents;
  {
    const std::lock_guard lock{attack.mutex};
    auto known = attack.repositories.find(hardware_id);
    if (known == attack.repositories.end()) {
      if (attack.repositories.size() >= max_hardware_ids)
        return std::nullopt;
      auto made = attackers_repository(attack.lure, hardware_id, *attack.attackers, clock_());
      if (!made)
        return std::nullopt;
      known = attack.repositories.emplace(hardware_id, std::make_shared<const repository_documents>(std::move(*made)))
                  .first;
    }
    documents = known->second;
  }
  return bent_answer{asked.which == endpoint::image_timestamp  ? documents->timestamp
                     : asked.which == endpoint::image_snapshot ? documents->snapshot
                                                               : documents->targets};
}

std::optional<bent_answer> attack_switch::bend_image(running_attack& attack, const attacked_request& asked) {
  if (attack.kind == attack_kind::arbitrary_software) {
    if (asked.filename != attack.lure.filename)
      return std::nullopt;
    return bent_answer{attack.lure.content};
  }
  const auto content = images_.content(asked.filename);
  if (!content || content->empty())
    return std::nullopt;
  // Held while the bytes are turned over, so that a hundred devices do not each turn over their own.
  const std::lock_guard lock{attack.mutex};
  for (const auto& [genuine, other] : attack.replaced)
    if (genuine == content)
      return bent_answer{other};
  if (attack.replaced.size() >= max_replaced_images)
    attack.replaced.pop_front();
  attack.replaced.emplace_back(content, std::make_shared<const std::string>(replaced_content(*content)));
  return bent_answer{attack.replaced.back().second};
}

} // namespace otafleet::stub
