// Signing in: an address, then the code that was sent there. Must not know which addresses and codes there are: the core says.

import MemberCore
import MemberScreens
import SwiftUI

/// The form for signing in.
struct SignInForm: View {
    let signIn: CardContent.SignIn
    let isBusy: Bool
    let labels: Labels
    let actions: any CardScreenActions

    private enum Field: Hashable {
        case address
        case code
    }

    // What was typed outlives a rotation, and the address the way to the code and back.
    @State private var address = ""
    @State private var code = ""
    @FocusState private var field: Field?

    var body: some View {
        Form {
            Section {
                switch signIn.step {
                case .address: addressField
                case .code: codeField
                }
            } header: {
                Text(verbatim: signIn.step == .address ? labels.signInLead : labels.codeLead).textCase(nil)
            } footer: {
                if let error = signIn.error {
                    Label {
                        Text(verbatim: error)
                    } icon: {
                        Image(systemName: "exclamationmark.circle.fill")
                    }
                    .foregroundStyle(.red)
                }
            }
            Section {
                switch signIn.step {
                case .address:
                    mainButton(labels.sendCode) { await actions.sendCodeTapped(address) }
                case .code:
                    mainButton(labels.signIn) { await actions.codeEntered(code) }
                    Button(labels.otherAddress) { actions.otherAddressTapped() }
                }
            }
        }
        .disabled(isBusy)
        .scrollDismissesKeyboard(.interactively)
        .toolbar {
            if signIn.canGoBack {
                ToolbarItem(placement: .cancellationAction) { Button(labels.back) { actions.backTapped() } }
            }
        }
        .onChange(of: signIn.step) { _, step in
            code = ""
            field = step == .code ? .code : .address
        }
        .announces(signIn.error)
    }

    private var addressField: some View {
        TextField(labels.address, text: $address)
            .forAddress()
            .autocorrectionDisabled()
            .submitLabel(.send)
            .focused($field, equals: .address)
            .onSubmit { Task { await actions.sendCodeTapped(address) } }
    }

    private var codeField: some View {
        TextField(labels.code, text: $code)
            .forCode()
            .font(.title2.monospacedDigit())
            .focused($field, equals: .code)
            .onSubmit { Task { await actions.codeEntered(code) } }
    }

    private func mainButton(_ label: String, tapped: @escaping @MainActor @Sendable () async -> Void) -> some View {
        Button {
            Task { await tapped() }
        } label: {
            HStack {
                Text(verbatim: label).bold()
                Spacer()
                if isBusy { ProgressView() }
            }
        }
    }
}
