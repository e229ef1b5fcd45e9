// Signing in: an address, then the code that was sent there. Must not know which addresses and codes there are: the core says.

package dev.membercore.app.card

import androidx.activity.compose.BackHandler
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.offset
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.text.KeyboardActions
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.autofill.ContentType
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.contentType
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.input.ImeAction
import androidx.compose.ui.text.input.KeyboardType
import androidx.compose.ui.unit.dp
import dev.membercore.Labels
import dev.membercore.app.ui.CardColors
import dev.membercore.app.ui.IconAction
import dev.membercore.app.ui.Icons
import dev.membercore.app.ui.MainButton

@Composable
fun SignInForm(signIn: CardContent.SignIn, labels: Labels, busy: Boolean, actions: CardActions) {
    // What was typed outlives a rotation, and the address the way to the code and back.
    var address by rememberSaveable { mutableStateOf("") }
    var code by rememberSaveable(signIn.step) { mutableStateOf("") }
    BackHandler(enabled = signIn.canGoBack, onBack = actions.backTapped)
    Box(Modifier.fillMaxSize(), contentAlignment = Alignment.TopCenter) {
        Column(
            Modifier.widthIn(max = 480.dp).verticalScroll(rememberScrollState()).padding(horizontal = 24.dp),
            verticalArrangement = Arrangement.spacedBy(16.dp),
        ) {
            // The arrow stands on the edge of the text; what can be tapped is around it.
            if (signIn.canGoBack) IconAction(Icons.Back, labels.back, Modifier.offset(x = (-12).dp), onClick = actions.backTapped)
            Mark(Modifier.padding(top = if (signIn.canGoBack) 0.dp else 48.dp))
            Column(Modifier.padding(bottom = 8.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
                Text(labels.signIn, Modifier.semantics { heading() }, style = MaterialTheme.typography.headlineMedium)
                Text(
                    if (signIn.step == SignInStep.CODE) labels.codeLead else labels.signInLead,
                    style = MaterialTheme.typography.bodyLarge,
                    color = MaterialTheme.colorScheme.onSurfaceVariant,
                )
            }
            when (signIn.step) {
                SignInStep.ADDRESS -> {
                    val send = { actions.sendCodeTapped(address) }
                    Entry(address, { address = it }, labels.address, signIn.error, KeyboardType.Email, ADDRESSES, send)
                    MainButton(labels.sendCode, Modifier.fillMaxWidth(), busy, onClick = send)
                }
                SignInStep.CODE -> {
                    val enter = { actions.codeEntered(code) }
                    Entry(code, { code = it }, labels.code, signIn.error, KeyboardType.Number, ContentType.SmsOtpCode, enter)
                    MainButton(labels.signIn, Modifier.fillMaxWidth(), busy, onClick = enter)
                    TextButton(actions.otherAddressTapped, Modifier.fillMaxWidth().heightIn(min = 48.dp), enabled = !busy) {
                        Text(labels.otherAddress)
                    }
                }
            }
        }
    }
}

private val ADDRESSES = ContentType.EmailAddress + ContentType.PhoneNumber

/** One field, with what is wrong below it; a screen reader says that by itself. */
@Composable
private fun Entry(
    value: String,
    changed: (String) -> Unit,
    label: String,
    error: String?,
    keyboard: KeyboardType,
    content: ContentType,
    done: () -> Unit,
) {
    OutlinedTextField(
        value,
        changed,
        Modifier.fillMaxWidth().semantics { contentType = content },
        label = { Text(label) },
        supportingText = error?.let { { Text(it, Modifier.semantics { liveRegion = LiveRegionMode.Polite }) } },
        isError = error != null,
        keyboardOptions = KeyboardOptions(keyboardType = keyboard, imeAction = ImeAction.Go, autoCorrectEnabled = false),
        keyboardActions = KeyboardActions(onGo = { done() }),
        singleLine = true,
        shape = MaterialTheme.shapes.small,
    )
}

@Composable
private fun Mark(modifier: Modifier = Modifier) {
    Box(
        modifier.size(56.dp).background(CardColors.face, MaterialTheme.shapes.medium),
        contentAlignment = Alignment.Center,
    ) {
        Icon(Icons.Card, contentDescription = null, Modifier.size(32.dp), tint = CardColors.onFace)
    }
}
