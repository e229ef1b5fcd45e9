// What printing must not show. Rust says what a value shows of itself (`debugDescription`); `dump` and other tools read the fields,
// and find none here. Must not know what the fields are.

extension Card: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension VoucherLine: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension Symbol: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension Address: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

extension JoinDetails: CustomReflectable {
    public var customMirror: Mirror { hidden(self) }
}

private func hidden<Value>(_ value: Value) -> Mirror {
    Mirror(value, children: EmptyCollection<Mirror.Child>())
}
