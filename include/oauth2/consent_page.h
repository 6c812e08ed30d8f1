#ifndef OAUTH2_CONSENT_PAGE_H
#define OAUTH2_CONSENT_PAGE_H

#include <string>
#include <string_view>
#include <vector>

namespace oauth2 {

/// What a consent page tells its user. The views are good while it is rendered.
struct ConsentView {
  std::string_view client;  ///< the name of the client
  std::string_view client_id;
  std::string_view subject;      ///< the user who is logged in
  std::string_view scope;        ///< normalized; may be empty
  std::string_view destination;  ///< where the browser goes afterwards
  std::string_view notice;       ///< why the page is shown again; may be empty
  std::string_view form;         ///< the hidden fields, as HTML
};

/// The page that asks a user whether a client may act for him: HTML with these places, each of
/// which is filled with escaped text: {{client}}, {{client_id}}, {{subject}}, {{scopes}} (an <li>
/// for each),
/// {{destination}}, {{notice}}, and {{form}}, the hidden fields of the form. The form is sent to
/// its own address by POST; its buttons are named "decision" and have the values "approve" and
/// "deny".
class ConsentPage {
 public:
  /// The page that is shown where no other is configured; it lives as long as the program.
  static const ConsentPage& built_in();

  /// Takes `html`. Null, or what is wrong with it: {{form}} must stand in it once, and no place
  /// that is not known.
  static const char* parse(std::string_view html, ConsentPage& page);

  std::string render(const ConsentView& view) const;

 private:
  enum class Place { none, client, client_id, subject, scopes, destination, notice, form };
  struct Piece {
    std::string text;
    Place place = Place::none;  // behind the text
  };
  static std::string_view name_of(Place place);
  static std::string fill(Place place, const ConsentView& view);

  std::vector<Piece> pieces_;
};

}  // namespace oauth2

#endif
