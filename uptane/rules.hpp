// Where the Uptane Standard and its clients differ in what they verify. Data; docs/fidelity.md explains each line.
#pragma once

namespace otafleet::uptane {

/// aktualizr's rules by default.
struct rules {
  /// The Director's timestamp and snapshot are fetched and checked like the Image repository's (Uptane Standard, "full
  /// verification"); aktualizr knows only its root and targets. An empty list of targets then replaces a full one like
  /// any other.
  bool director_timestamp_and_snapshot = false;
  /// A new root takes away only what is signed with keys that it changed: timestamp and snapshot together (fast-forward
  /// recovery, TUF section 5.3.11), and targets with all delegations; aktualizr forgets all other metadata of the
  /// repository, and the versions with them (protocol.md section 4.10).
  bool keeps_metadata_on_new_root = false;
  /// A new snapshot lists every role that the stored one lists, in no older version (TUF section 5.5.5).
  bool snapshot_never_goes_back = false;
  /// After a terminating delegation and its own ones nothing else is searched (TUF section 5.6.7.2); aktualizr does not
  /// follow that delegation's own ones, and goes on with its siblings.
  bool terminating_ends_search = false;
};

inline constexpr rules aktualizr_rules{};

} // namespace otafleet::uptane
