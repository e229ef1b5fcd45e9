// What a telephone has and a Mac has not: keyboards for a kind of text, and titles in a bar. The package builds on a Mac too, so that
// its tests run there. Must not know of screens.

import SwiftUI

extension View {
    /// A field for an e-mail address or a telephone number.
    func forAddress() -> some View {
        #if os(macOS)
            self
        #else
            textContentType(.username).keyboardType(.emailAddress).textInputAutocapitalization(.never)
        #endif
    }

    /// A field for a code that arrives in a message: the system offers it above the keyboard.
    func forCode() -> some View {
        #if os(macOS)
            self
        #else
            textContentType(.oneTimeCode).keyboardType(.numberPad)
        #endif
    }

    /// A title in the bar, small: the card is what counts.
    func inlineTitle() -> some View {
        #if os(macOS)
            self
        #else
            navigationBarTitleDisplayMode(.inline)
        #endif
    }
}
