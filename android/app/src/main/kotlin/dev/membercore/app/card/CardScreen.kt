// The card's screen, drawn from its state alone. Must not know where the state comes from.

package dev.membercore.app.card

import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.WindowInsets
import androidx.compose.foundation.layout.WindowInsetsSides
import androidx.compose.foundation.layout.fillMaxHeight
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.only
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawing
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.layout.windowInsetsPadding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.HorizontalDivider
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Scaffold
import androidx.compose.material3.SnackbarDuration
import androidx.compose.material3.SnackbarHost
import androidx.compose.material3.SnackbarHostState
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.material3.TextButton
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.remember
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import dev.membercore.CardView
import dev.membercore.Labels
import dev.membercore.PendingAction
import dev.membercore.Status
import dev.membercore.app.ui.CardColors
import dev.membercore.app.ui.IconAction
import dev.membercore.app.ui.Icons
import dev.membercore.app.ui.MainButton

/** What the member can do on the card's screen. */
data class CardActions(
    val refreshAsked: () -> Unit = {},
    val takeBackTapped: (key: String) -> Unit = {},
    val dismissTapped: (key: String) -> Unit = {},
    val tryAgainTapped: () -> Unit = {},
    val signInTapped: () -> Unit = {},
    val sendCodeTapped: (address: String) -> Unit = {},
    val codeEntered: (code: String) -> Unit = {},
    val otherAddressTapped: () -> Unit = {},
    val backTapped: () -> Unit = {},
    val settingsTapped: () -> Unit = {},
    val messageShown: (id: Long) -> Unit = {},
)

@Composable
fun CardScreen(state: CardScreenState, actions: CardActions, sizing: SymbolSizing, modifier: Modifier = Modifier) {
    val snackbars = remember { SnackbarHostState() }
    state.message?.let { message ->
        LaunchedEffect(message.id) {
            snackbars.showSnackbar(message.text, duration = SnackbarDuration.Long)
            actions.messageShown(message.id)
        }
    }
    Scaffold(
        modifier,
        snackbarHost = { SnackbarHost(snackbars) },
        bottomBar = {
            val shown = state.content as? CardContent.Shown
            if (shown != null && state.labels != null) BottomBar(shown.view.status, state.labels, state.busy, actions)
        },
        contentWindowInsets = WindowInsets.safeDrawing,
    ) { padding ->
        Box(Modifier.padding(padding).fillMaxSize()) {
            when (val content = state.content) {
                CardContent.Opening -> Opening(state.labels)
                is CardContent.Failed -> Failed(content.text, state.labels, actions)
                is CardContent.SignIn -> state.labels?.let { SignInForm(content, it, state.busy, actions) }
                is CardContent.Shown -> state.labels?.let { Shown(content, it, state.busy, sizing, actions) }
            }
        }
    }
}

@Composable
private fun Shown(shown: CardContent.Shown, labels: Labels, busy: Boolean, sizing: SymbolSizing, actions: CardActions) {
    BoxWithConstraints(Modifier.fillMaxSize(), contentAlignment = Alignment.TopCenter) {
        val card = shown.view.card
        val lying = maxWidth > maxHeight && maxWidth >= 560.dp
        if (card != null && lying) {
            // The symbol stays in its place; what is beside it scrolls.
            Row(Modifier.fillMaxSize().padding(horizontal = 16.dp), horizontalArrangement = Arrangement.spacedBy(16.dp)) {
                Box(Modifier.fillMaxHeight().verticalScroll(rememberScrollState()).padding(vertical = 12.dp)) {
                    val paper = Modifier.widthIn(max = 320.dp).clip(MaterialTheme.shapes.large).background(CardColors.paper)
                    SymbolPanel(card, sizing, paper.padding(8.dp))
                }
                Column(
                    Modifier.weight(1f).fillMaxHeight().verticalScroll(rememberScrollState()).padding(vertical = 12.dp),
                    verticalArrangement = Arrangement.spacedBy(16.dp),
                ) {
                    MemberPanel(card, Modifier.fillMaxWidth().clip(MaterialTheme.shapes.large).background(CardColors.face).padding(top = 12.dp))
                    BelowTheCard(shown, labels, actions)
                }
            }
        } else {
            Column(
                Modifier.fillMaxHeight().widthIn(max = 520.dp).verticalScroll(rememberScrollState()).padding(horizontal = 16.dp, vertical = 12.dp),
                verticalArrangement = Arrangement.spacedBy(16.dp),
            ) {
                if (card != null) {
                    CardPass(card, sizing, behind = MaterialTheme.colorScheme.background)
                } else {
                    NoCard(shown.view, labels, busy, actions)
                }
                BelowTheCard(shown, labels, actions)
            }
        }
    }
}

@Composable
private fun BelowTheCard(shown: CardContent.Shown, labels: Labels, actions: CardActions) {
    shown.view.status.notice?.let { Notice(it, labels.signIn.takeIf { shown.ended }, actions.signInTapped) }
    if (shown.pending.isNotEmpty()) Pending(shown.pending, labels, actions)
}

/** A sentence that the member should know first, and what to do about it. */
@Composable
private fun Notice(text: String, action: String?, onAction: () -> Unit) {
    Surface(
        Modifier.fillMaxWidth(),
        shape = MaterialTheme.shapes.medium,
        color = MaterialTheme.colorScheme.secondaryContainer,
    ) {
        Column(Modifier.padding(16.dp), verticalArrangement = Arrangement.spacedBy(12.dp)) {
            Row(horizontalArrangement = Arrangement.spacedBy(12.dp)) {
                Icon(Icons.Info, contentDescription = null)
                Text(text, Modifier.weight(1f), style = MaterialTheme.typography.bodyMedium)
            }
            if (action != null) MainButton(action, Modifier.fillMaxWidth(), onClick = onAction)
        }
    }
}

/** What waits and what has stopped, each with its sentence and with what can be done about it. */
@Composable
private fun Pending(pending: List<PendingAction>, labels: Labels, actions: CardActions) {
    Surface(Modifier.fillMaxWidth(), shape = MaterialTheme.shapes.medium, color = MaterialTheme.colorScheme.surfaceContainer) {
        Column(Modifier.padding(top = 16.dp)) {
            Text(
                labels.waiting,
                Modifier.padding(start = 20.dp, end = 20.dp, bottom = 4.dp).semantics { heading() },
                style = MaterialTheme.typography.titleSmall,
                color = MaterialTheme.colorScheme.onSurfaceVariant,
            )
            pending.forEachIndexed { index, action ->
                if (index > 0) HorizontalDivider(Modifier.padding(horizontal = 20.dp))
                PendingLine(action, labels, actions)
            }
        }
    }
}

@Composable
private fun PendingLine(action: PendingAction, labels: Labels, actions: CardActions) {
    Column(Modifier.padding(start = 20.dp, top = 12.dp, end = 8.dp, bottom = 4.dp)) {
        // One thing to a screen reader; the button below is another.
        Column(Modifier.padding(end = 12.dp).semantics(mergeDescendants = true) {}) {
            Text(action.title, style = MaterialTheme.typography.titleMedium)
            Text(action.text, Modifier.padding(top = 2.dp), style = MaterialTheme.typography.bodyMedium)
        }
        Row(verticalAlignment = Alignment.CenterVertically) {
            Text(
                action.whenText,
                Modifier.weight(1f).padding(vertical = 8.dp),
                style = MaterialTheme.typography.bodySmall,
                color = MaterialTheme.colorScheme.onSurfaceVariant,
            )
            if (action.canDiscard) TextButton({ actions.takeBackTapped(action.key) }) { Text(labels.takeBack) }
            if (action.canDismiss) TextButton({ actions.dismissTapped(action.key) }) { Text(labels.dismiss) }
        }
    }
}

/** Within reach of the thumb: how old it all is, and what else there is to do. */
@Composable
private fun BottomBar(status: Status, labels: Labels, busy: Boolean, actions: CardActions) {
    Surface(color = MaterialTheme.colorScheme.surfaceContainerHigh) {
        Row(
            Modifier
                .windowInsetsPadding(WindowInsets.safeDrawing.only(WindowInsetsSides.Bottom + WindowInsetsSides.Horizontal))
                .fillMaxWidth()
                .padding(start = 36.dp, top = 4.dp, end = 16.dp, bottom = 4.dp),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            val quiet = MaterialTheme.colorScheme.onSurfaceVariant
            if (status.stale) Icon(Icons.Clock, contentDescription = null, Modifier.size(18.dp), tint = MaterialTheme.colorScheme.secondary)
            Text(
                status.age,
                Modifier.weight(1f).padding(start = if (status.stale) 8.dp else 0.dp),
                style = MaterialTheme.typography.bodyMedium,
                color = if (status.stale) MaterialTheme.colorScheme.secondary else quiet,
            )
            IconAction(Icons.Refresh, labels.refresh, busy = busy, onClick = actions.refreshAsked)
            IconAction(Icons.Settings, labels.settings, onClick = actions.settingsTapped)
        }
    }
}

@Composable
private fun Opening(labels: Labels?) {
    Middle {
        CircularProgressIndicator()
        if (labels != null) Text(labels.opening, style = MaterialTheme.typography.bodyLarge)
    }
}

@Composable
private fun Failed(text: String, labels: Labels?, actions: CardActions) {
    Middle {
        Icon(Icons.Info, contentDescription = null, Modifier.size(40.dp), tint = MaterialTheme.colorScheme.secondary)
        Text(text, style = MaterialTheme.typography.bodyLarge, textAlign = TextAlign.Center)
        if (labels != null) MainButton(labels.tryAgain, onClick = actions.tryAgainTapped)
    }
}

/** The place where the card will be. */
@Composable
private fun NoCard(view: CardView, labels: Labels, busy: Boolean, actions: CardActions) {
    Surface(
        Modifier.fillMaxWidth(),
        shape = MaterialTheme.shapes.large,
        color = CardColors.face,
        contentColor = CardColors.onFace,
    ) {
        Column(
            Modifier.padding(horizontal = 24.dp, vertical = 40.dp),
            horizontalAlignment = Alignment.CenterHorizontally,
            verticalArrangement = Arrangement.spacedBy(20.dp),
        ) {
            Icon(Icons.Card, contentDescription = null, Modifier.size(48.dp), tint = CardColors.onFaceQuiet)
            Text(view.empty.orEmpty(), style = MaterialTheme.typography.bodyLarge, textAlign = TextAlign.Center)
            if (view.canRefresh) {
                val colors = ButtonDefaults.buttonColors(CardColors.onFace, CardColors.face, CardColors.onFaceQuiet, CardColors.face)
                MainButton(labels.refresh, Modifier.widthIn(min = 200.dp), busy, colors, actions.refreshAsked)
            }
        }
    }
}

@Composable
private fun Middle(content: @Composable () -> Unit) {
    Column(
        Modifier.fillMaxSize().verticalScroll(rememberScrollState()).padding(32.dp),
        verticalArrangement = Arrangement.spacedBy(20.dp, Alignment.CenterVertically),
        horizontalAlignment = Alignment.CenterHorizontally,
    ) { content() }
}
