#include "device/pretty_name.hpp"

#include <array>
#include <string_view>

namespace otafleet::device {

namespace {

constexpr std::array<std::string_view, 45> adjectives{
    "agile",   "amber",    "brave",  "brisk",   "calm",    "candid", "clever",   "cosy",    "crisp",
    "curious", "daring",   "dapper", "eager",   "earnest", "fair",   "fearless", "fond",    "gentle",
    "glad",    "graceful", "hardy",  "honest",  "humble",  "jolly",  "keen",     "kind",    "lively",
    "loyal",   "lucky",    "mellow", "merry",   "modest",  "neat",   "noble",    "patient", "placid",
    "proud",   "quiet",    "rapid",  "sincere", "sturdy",  "sunny",  "tidy",     "warm",    "witty"};

constexpr std::array<std::string_view, 45> dishes{
    "auflauf",     "bagel",   "baklava", "biryani",  "blini",       "borscht",  "bretzel",  "burek",  "ceviche",
    "chutney",     "crumble", "curry",   "dumpling", "empanada",    "falafel",  "focaccia", "fondue", "frittata",
    "gnocchi",     "goulash", "gratin",  "halva",    "hummus",      "kimchi",   "knoedel",  "laksa",  "lasagne",
    "mole",        "muesli",  "paella",  "pancake",  "pierogi",     "polenta",  "pretzel",  "quiche", "ramen",
    "ratatouille", "risotto", "roesti",  "samosa",   "schupfnudel", "spaetzle", "strudel",  "tagine", "waffle"};

} // namespace

std::string pretty_name(dice& names) {
  std::string name{adjectives[names.below(adjectives.size())]};
  name.append("-").append(dishes[names.below(dishes.size())]);
  return name.append("-").append(std::to_string(names.below(1000)));
}

} // namespace otafleet::device
