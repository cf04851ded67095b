#include "device/ostree_object.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>

#include "device/ostree_fixture.test.hpp"
#include "pki/cli.test.hpp"
#include "pki/encoding.hpp"

namespace otafleet::device::ostree {
namespace {

using names = std::vector<object_name>;

object_kind kind_of(std::string_view ending) {
  for (const auto kind : {object_kind::commit, object_kind::dirtree, object_kind::dirmeta, object_kind::file})
    if (to_string(kind) == ending)
      return kind;
  ADD_FAILURE() << ending;
  return {};
}

/// `04/a912....dirtree`.
object_name name_of(std::string_view path) {
  return {kind_of(path.substr(path.find('.') + 1)),
          std::string{path.substr(0, 2)} + std::string{path.substr(3, path.find('.') - 3)}};
}

bytes fixture_bytes(const object_name& which) {
  for (const auto& [path, hex] : fixture)
    if (name_of(path) == which)
      return pki::from_hex(hex).value();
  ADD_FAILURE() << which.path();
  return {};
}

object_name fixture_name(object_kind kind, std::string_view checksum_start) {
  for (const auto& object : fixture)
    if (const auto name = name_of(object.path); name.kind == kind && name.checksum.starts_with(checksum_start))
      return name;
  ADD_FAILURE() << checksum_start;
  return {};
}

/// Everything that `commit` leads to, fetched with `fetch` and checked.
template <class Fetch>
std::set<object_name> pull(const std::string& commit, Fetch fetch) {
  std::set<object_name> seen{{object_kind::commit, commit}};
  names to_do(seen.begin(), seen.end());
  while (!to_do.empty()) {
    const auto next = to_do.back();
    to_do.pop_back();
    const auto found = check_object(next, fetch(next));
    EXPECT_TRUE(found) << found.error();
    for (const auto& one : found.value_or(names{}))
      if (seen.insert(one).second)
        to_do.push_back(one);
  }
  return seen;
}

/// The error without the object's name, for bytes that are named by their own checksum.
std::string why(object_kind kind, byte_view served) {
  const auto checksum = checksum_of(kind, served);
  if (!checksum)
    return checksum.error();
  const object_name name{kind, *checksum};
  const auto found = check_object(name, served);
  return found ? "accepted" : found.error().substr(std::string_view{"the OSTree object  "}.size() + name.path().size());
}

TEST(ostree_object, has_the_path_of_an_archive_repository) {
  const std::string checksum = "04a912b116407078e7f362b80cce71c35486fe5936c4859d34ae9d6ca2a90a41";
  EXPECT_EQ((object_name{object_kind::dirtree, checksum}.path()),
            "objects/04/a912b116407078e7f362b80cce71c35486fe5936c4859d34ae9d6ca2a90a41.dirtree");
  EXPECT_EQ((object_name{object_kind::file, checksum}.path()),
            "objects/04/a912b116407078e7f362b80cce71c35486fe5936c4859d34ae9d6ca2a90a41.filez");
  EXPECT_EQ((object_name{object_kind::file, "0"}.path()), "objects/0/.filez");
}

// -- a repository that ostree made ------------------------------------------------------------------------------------

TEST(ostree_object, commit_leads_to_its_root_directory) {
  const object_name commit{object_kind::commit, std::string{fixture_commit}};
  // `ostree ls -C -d`: the root's checksums.
  EXPECT_EQ(check_object(commit, fixture_bytes(commit)).value(),
            (names{{object_kind::dirtree, "2403291e590fc66e7d4631e6d62b1cfbc527273628eecc18132a49641a1e1493"},
                   {object_kind::dirmeta, "446a0ef11b7cc167f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c5488"}}));
}

TEST(ostree_object, directory_leads_to_its_files_and_subdirectories) {
  const auto etc = fixture_name(object_kind::dirtree, "1036");
  EXPECT_EQ(check_object(etc, fixture_bytes(etc)).value(),
            (names{{object_kind::file, "e0afbcc3048ca40f240d7dc7df2026ac67a15bc4f4bb81f162360c2b5638befa"},
                   {object_kind::file, "cc700d46f407c6c5ab2d5dde474366a928b7398277e61162e7f8ec06f469f07e"}}));
  const auto usr = fixture_name(object_kind::dirtree, "04a9");
  EXPECT_EQ(check_object(usr, fixture_bytes(usr)).value(),
            (names{{object_kind::dirtree, "d11723864adda497134a5de8b74f6b8badcde74e2f54d02887294522f2ee2316"},
                   {object_kind::dirmeta, "446a0ef11b7cc167f3b603e585c7eeeeb675faa412d5ec73f62988eb0b6c5488"}}));
}

TEST(ostree_object, commit_is_pulled_whole) {
  const auto pulled = pull(std::string{fixture_commit}, fixture_bytes);
  std::set<object_name> all;
  for (const auto& object : fixture)
    all.insert(name_of(object.path));
  EXPECT_EQ(pulled, all);
}

TEST(ostree_object, of_any_shape_that_ostree_makes_is_pulled_whole) {
  const pki::workshop shop;
  shop.run("mkdir -p tree/deep/er/still tree/empty tree/many tree/huge && printf '#!/bin/sh\\n' >tree/deep/run && "
           "chmod 755 tree/deep/run && ln -s ../deep/run tree/many/link && : >tree/deep/er/void && "
           "head -c 5000000 /dev/zero >tree/zeros && head -c 300000 /dev/urandom >tree/noise && "
           "ln -s $(printf 'x%.0s' $(seq 250)) tree/long && "
           // 250 names need offsets of two bytes, 2,000 ones of four.
           "for i in $(seq 250); do echo $i >tree/many/$i; done && "
           "for i in $(seq 2000); do ln tree/deep/run tree/huge/file-$i; done && "
           "ostree init --repo=repo --mode=archive && "
           "ostree commit --repo=repo -b main -s one --timestamp=@1 --add-metadata-string=version=1 tree && "
           "echo changed >tree/deep/er/void && ostree commit --repo=repo -b main -s two --timestamp=@2 tree");
  auto commit = shop.run("ostree rev-parse --repo=repo main");
  commit.pop_back();
  const auto pulled = pull(commit, [&](const object_name& name) { return shop.get("repo/" + name.path()); });

  // Pruning leaves exactly what the newest commit needs.
  shop.run("ostree prune --repo=repo --depth=0 --refs-only && find repo/objects -type f | sed 's,repo/objects/,,' "
           ">listed");
  std::set<object_name> kept;
  const auto listed = shop.get("listed");
  for (auto text = as_text(listed); !text.empty(); text.remove_prefix(text.find('\n') + 1)) {
    const auto path = text.substr(0, text.find('\n'));
    if (!path.ends_with(".commitmeta"))
      kept.insert(name_of(path));
  }
  EXPECT_EQ(pulled, kept);
  EXPECT_GT(kept.size(), 260u);
}

TEST(ostree_object, with_any_bit_changed_is_refused) {
  for (const auto& [path, hex] : fixture) {
    const auto name = name_of(path);
    const auto whole = pki::from_hex(hex).value();
    for (std::size_t i = 0; i < whole.size(); ++i)
      for (int bit = 0; bit < 8; ++bit) {
        auto altered = whole;
        altered[i] ^= static_cast<std::byte>(1 << bit);
        const auto found = check_object(name, altered);
        // A deflate stream has bits that do not matter: its last byte's padding, and a stored block's.
        const bool may_pass = name.kind == object_kind::file && i + 1 == whole.size();
        EXPECT_TRUE(!found || may_pass) << path << " byte " << i << " bit " << bit;
      }
  }
}

TEST(ostree_object, cut_off_anywhere_or_with_bytes_behind_is_refused) {
  for (const auto& [path, hex] : fixture) {
    const auto name = name_of(path);
    auto whole = pki::from_hex(hex).value();
    for (std::size_t size = 0; size < whole.size(); ++size)
      EXPECT_FALSE(check_object(name, byte_view{whole}.first(size))) << path << " at " << size;
    whole.push_back(std::byte{0});
    EXPECT_FALSE(check_object(name, whole)) << path;
  }
}

TEST(ostree_object, of_another_kind_or_name_is_refused_with_both_checksums) {
  const auto motd = fixture_name(object_kind::file, "e0af");
  const auto empty = fixture_name(object_kind::file, "cc70");
  EXPECT_EQ(check_object(empty, fixture_bytes(motd)).error(),
            "the OSTree object objects/cc/700d46f407c6c5ab2d5dde474366a928b7398277e61162e7f8ec06f469f07e.filez has the "
            "checksum e0afbcc3048ca40f240d7dc7df2026ac67a15bc4f4bb81f162360c2b5638befa");
  const auto tree = fixture_name(object_kind::dirtree, "1036");
  EXPECT_FALSE(check_object({object_kind::commit, tree.checksum}, fixture_bytes(tree)));
  EXPECT_EQ(check_object({object_kind::commit, "../../etc/passwd"}, {}).error(),
            "an OSTree object's name is not 64 lower-case hexadecimal digits");
}

// -- what a server may make up: the checksums fit, the content does not
// ------------------------------------------------

bytes altered(object_name which, std::size_t at, std::string_view hex) {
  auto result = fixture_bytes(which);
  std::ranges::copy(pki::from_hex(hex).value(), result.begin() + static_cast<std::ptrdiff_t>(at));
  return result;
}

TEST(ostree_object, with_a_mode_of_something_else_is_refused) {
  const auto directory = fixture_name(object_kind::dirmeta, "446a");
  EXPECT_EQ(why(object_kind::dirmeta, altered(directory, 8, "000041ff")), "accepted");
  EXPECT_EQ(why(object_kind::dirmeta, altered(directory, 8, "000081a4")), "has a mode that is no directory's");
  EXPECT_EQ(why(object_kind::dirmeta, altered(directory, 8, "800041ed")), "has a mode that is no directory's");
  const auto file = fixture_name(object_kind::file, "cc70");
  EXPECT_EQ(why(object_kind::file, altered(file, 24, "000089ff")), "accepted"); // Set-uid.
  EXPECT_EQ(why(object_kind::file, altered(file, 24, "000021a4")),              // A character device.
            "has a mode that is neither a file's nor a symlink's");
  EXPECT_EQ(why(object_kind::file, altered(file, 24, "000041ed")),
            "has a mode that is neither a file's nor a symlink's");
  EXPECT_EQ(why(object_kind::file, altered(file, 28, "00000801")),
            "has a device number; only files and symlinks are kept in OSTree");
  EXPECT_EQ(why(object_kind::file, altered(file, 24, "0000a1ff")), "is a symlink to nowhere");
  const auto link = fixture_name(object_kind::file, "8759");
  EXPECT_EQ(why(object_kind::file, altered(link, 24, "000081a4")), "is a regular file with a symlink target");
}

TEST(ostree_object, with_an_entry_name_that_is_a_path_is_refused) {
  const auto bin = fixture_name(object_kind::dirtree, "d117"); // Its first entry is "hello", its second "hi".
  const auto whole = fixture_bytes(bin);
  const auto at = as_text(whole).find("hi");
  EXPECT_EQ(why(object_kind::dirtree, altered(bin, at, "6869")), "accepted");
  for (const auto* name : {"2e2e", "2f69", "682f", "0069", "c328"})
    EXPECT_EQ(why(object_kind::dirtree, altered(bin, at, name)), "has a malformed file entry") << name;
}

TEST(ostree_object, file_must_unpack_to_the_size_that_it_states) {
  const auto motd = fixture_name(object_kind::file, "e0af");
  EXPECT_EQ(why(object_kind::file, altered(motd, 8, "0000000000000005")),
            "does not unpack to the 5 bytes that it states");
  EXPECT_EQ(why(object_kind::file, altered(motd, 8, "0000000000000007")),
            "does not unpack to the 7 bytes that it states");
  EXPECT_EQ(why(object_kind::file, altered(motd, 8, "0000000040000001")), "unpacks to more than 1073741824 bytes");
  EXPECT_EQ(why(object_kind::file, altered(motd, 8, "ffffffffffffffff")), "unpacks to more than 1073741824 bytes");
}

TEST(ostree_object, that_is_a_bomb_is_given_up_where_its_stated_size_ends) {
  // Zeros that deflate to a thousandth, and damage far behind: whoever reads on reports that instead.
  const pki::workshop shop;
  shop.run("head -c 200000000 /dev/zero | python3 -c 'import sys, zlib; z = zlib.compressobj(9, zlib.DEFLATED, -15); "
           "sys.stdout.buffer.write(z.compress(sys.stdin.buffer.read()) + z.flush())' >packed");
  auto bomb = fixture_bytes(fixture_name(object_kind::file, "cc70"));
  bomb.erase(bomb.end() - 2, bomb.end());
  auto packed = shop.get("packed");
  packed.erase(packed.begin() + static_cast<std::ptrdiff_t>(packed.size() / 2), packed.end());
  bomb.insert(bomb.end(), packed.begin(), packed.end());
  EXPECT_EQ(why(object_kind::file, bomb), "does not unpack to the 0 bytes that it states");
}

TEST(ostree_object, that_is_too_long_is_refused_unread) {
  EXPECT_EQ(why(object_kind::dirtree, bytes(max_metadata_bytes + 1)), "is longer than 10485760 bytes");
}

TEST(ostree_object, commit_needs_checksums_of_32_bytes) {
  const object_name commit{object_kind::commit, std::string{fixture_commit}};
  const auto whole = fixture_bytes(commit);
  // Its last six bytes are the ends of root directory, body, subject, related, parent and metadata, in this order.
  const auto offsets = whole.size() - 6;
  EXPECT_EQ(std::to_integer<int>(whole[offsets]), 0x58);
  EXPECT_EQ(why(object_kind::commit, altered(commit, offsets, "57")),
            "has a root directory whose checksum is not 32 bytes");
  EXPECT_EQ(why(object_kind::commit, altered(commit, offsets + 5, "22")),
            "has a parent whose checksum is not 32 bytes");
  EXPECT_EQ(why(object_kind::commit, altered(commit, offsets, "ff")), "is no commit in GVariant's normal form");
  EXPECT_EQ(why(object_kind::commit, {}), "is no commit in GVariant's normal form");
}

} // namespace
} // namespace otafleet::device::ostree
