// What Foundation declares on Apple's platforms and lacks on Linux, as far as the app uses it. Must not do anything.

import Foundation

extension NSNotification.Name {
    // The name is Apple's.
    // swift-format-ignore: AlwaysUseLowerCamelCase
    public static let NSSystemClockDidChange = NSNotification.Name("NSSystemClockDidChangeNotification")
}
