//! What stands on a pass beside the member's own data, in the languages of the programmes that ship with the sandbox.
//!
//! A programme's other languages have the English words.

/// A text by language; English is the first.
pub(super) struct Text(&'static [(&'static str, &'static str); 5]);

impl Text {
    pub(super) fn english(&self) -> &'static str {
        self.0[0].1
    }

    pub(super) fn of(&self, language: &str) -> &'static str {
        self.0.iter().find(|(known, _)| *known == language).map_or(self.english(), |(_, text)| text)
    }
}

pub(super) const MEMBER: Text =
    Text(&[("en", "Member"), ("pl", "Uczestnik"), ("cs", "Člen"), ("ru", "Участник"), ("lt", "Narys")]);

pub(super) const NUMBER: Text = Text(&[
    ("en", "Card number"),
    ("pl", "Numer karty"),
    ("cs", "Číslo karty"),
    ("ru", "Номер карты"),
    ("lt", "Kortelės numeris"),
]);

pub(super) const CARD: Text = Text(&[
    ("en", "Loyalty card"),
    ("pl", "Karta lojalnościowa"),
    ("cs", "Věrnostní karta"),
    ("ru", "Карта лояльности"),
    ("lt", "Lojalumo kortelė"),
]);

pub(super) const ABOUT: Text = Text(&[
    ("en", "About this pass"),
    ("pl", "O tej karcie"),
    ("cs", "O této kartě"),
    ("ru", "Об этой карте"),
    ("lt", "Apie šią kortelę"),
]);

/// Of a pass whose code earns and spends.
pub(super) const FULL: Text = Text(&[
    ("en", "Show the code at the till. Your points, rewards and vouchers are in the app."),
    ("pl", "Pokaż kod przy kasie. Punkty, nagrody i kupony są w aplikacji."),
    ("cs", "Ukažte kód u pokladny. Body, odměny a poukazy najdete v aplikaci."),
    ("ru", "Покажите код на кассе. Баллы, награды и купоны — в приложении."),
    ("lt", "Parodykite kodą kasoje. Taškai, apdovanojimai ir kuponai yra programėlėje."),
]);

/// Of a pass whose code stays the same where the app's changes.
pub(super) const EARNS: Text = Text(&[
    ("en", "With this pass you collect points. To use rewards and vouchers, show the code in the app."),
    ("pl", "Z tą kartą zbierasz punkty. Aby skorzystać z nagród i kuponów, pokaż kod w aplikacji."),
    ("cs", "S touto kartou sbíráte body. Chcete-li využít odměny a poukazy, ukažte kód v aplikaci."),
    ("ru", "С этой картой вы копите баллы. Чтобы использовать награды и купоны, покажите код в приложении."),
    (
        "lt",
        "Su šia kortele kaupiate taškus. Norėdami pasinaudoti apdovanojimais ir kuponais, parodykite kodą programėlėje.",
    ),
]);
