// The words for what people and pipelines do, and for what goes wrong.
#include <utility>

#include "scenarios/shapes.hpp"

namespace otafleet::scenarios {

namespace {

using kind = shape::kind;

[[nodiscard]] shape upload_words() {
  return object({required("image", simple(kind::name, "Name of the image.")),
                 required("size", simple(kind::size, "Its size; the content follows from seed and name.")),
                 required("account", simple(kind::name, "The account that gets it.")),
                 required("hardware", holding(kind::one_or_more, simple(kind::name, "A hardware id."),
                                              "Hardware it may run on.", false))},
                "Upload an image.");
}

[[nodiscard]] shape assign_words() {
  return object({required("image", simple(kind::name, "An image that was uploaded.")),
                 required("fleet", simple(kind::name, "The fleet that is to run it.")),
                 optional("waves",
                          holding(kind::list, simple(kind::share, "Share of the fleet."),
                                  "Growing shares of the fleet, the last one 100%.", false),
                          "[100%]"),
                 optional("every", simple(kind::time_span, "Time between two waves."), "0s")},
                "Assign an image to the ECUs of a fleet that it is for, also to devices that provision later.");
}

[[nodiscard]] shape rotate_words() {
  return object(
      {required("account", simple(kind::name, "The account whose keys are replaced.")),
       optional("repository", one_of({"director", "image"}, "The repository whose keys are replaced."), "image"),
       required("keys",
                holding(kind::list, one_of({"root", "targets"}, "A role."), "Roles that get new keys.", false))},
      "Replace signing keys: the next root names new ones, and devices follow.");
}

} // namespace

shape operation_words() {
  auto result = object(
      {optional("at", simple(kind::time_span, "Time after the start of the run.")),
       optional("when", simple(kind::milestone, "Once a share of the fleet is so far, as in 95% provisioned; or once "
                                                "the faults are over.")),
       optional("upload", upload_words()), optional("assign", assign_words()), optional("rotate", rotate_words())},
      "What people and pipelines do; one after the other.");
  result.exactly_one = {"upload", "assign", "rotate"};
  result.at_most_one = {"at", "when"};
  return result;
}

shape fault_words() {
  auto lasts = simple(kind::span_or_word, "How long it lasts; until-refused: until every device of the account has "
                                          "refused it, or accepted it.");
  lasts.words = {"until-refused"};
  auto result =
      object({optional("from", simple(kind::time_span, "Time after the start of the run; without, when the fault "
                                                       "before it has ended.")),
              optional("when", simple(kind::milestone, "Once a share of the account's devices is so far.")),
              required("for", std::move(lasts)),
              optional("account", simple(kind::name, "The account that it concerns; without, every account.")),
              required("attack",
                       one_of({"rollback", "freeze", "mix-and-match", "arbitrary-software", "endless-data",
                               "wrong-role-key", "repeated-ecu", "wrong-hardware", "replaced-payload", "skipped-root"},
                              "What the backend serves instead of what it should; devices must refuse it."))},
             "What goes wrong, and when.");
  result.at_most_one = {"from", "when"};
  return result;
}

} // namespace otafleet::scenarios
