// The settings: whether spending is locked, and whether pictures of the screen may be taken. Must not know what is on the other screens.

package dev.membercore.app.settings

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.safeDrawingPadding
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.selection.toggleable
import androidx.compose.foundation.verticalScroll
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Switch
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.onClick
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import dev.membercore.Labels
import dev.membercore.SpendingView
import dev.membercore.app.ui.IconAction
import dev.membercore.app.ui.Icons

/** What can be done on the settings' screen, named for the event. */
class SettingsActions(
    val spendLockSwitched: (Boolean) -> Unit = {},
    val screenshotsSwitched: (Boolean) -> Unit = {},
    val backTapped: () -> Unit = {},
)

@Composable
fun SettingsScreen(labels: Labels?, state: SettingsState, screenshotsAllowed: Boolean, actions: SettingsActions) {
    Surface(Modifier.fillMaxSize()) {
        if (labels == null) return@Surface
        Column(Modifier.safeDrawingPadding().verticalScroll(rememberScrollState())) {
            Row(Modifier.padding(horizontal = 4.dp, vertical = 8.dp), verticalAlignment = Alignment.CenterVertically) {
                IconAction(Icons.Back, labels.back, onClick = actions.backTapped)
                Text(
                    labels.settings,
                    Modifier.padding(start = 8.dp).semantics { heading() },
                    style = MaterialTheme.typography.titleLarge,
                )
            }
            state.spending?.let { Spending(it, state.error, actions.spendLockSwitched) }
            Switched(labels.allowScreenshots, labels.allowScreenshotsWhy, screenshotsAllowed, switched = actions.screenshotsSwitched)
        }
    }
}

@Composable
private fun Spending(spending: SpendingView, error: String?, switched: (Boolean) -> Unit) {
    Switched(spending.title, spending.text, spending.locked, error, tap = spending.button, switched)
}

/** A line with a switch. [tap] is what a screen reader says that a tap does. */
@Composable
private fun Switched(title: String, text: String, on: Boolean, error: String? = null, tap: String? = null, switched: (Boolean) -> Unit) {
    Surface(
        Modifier.padding(horizontal = 16.dp, vertical = 8.dp).fillMaxWidth(),
        shape = MaterialTheme.shapes.medium,
        color = MaterialTheme.colorScheme.surfaceContainer,
    ) {
        // The whole line switches, and is one thing to a screen reader.
        Row(
            Modifier.toggleable(on, role = Role.Switch, onValueChange = switched)
                .semantics { if (tap != null) onClick(tap, action = null) }
                .padding(16.dp),
            horizontalArrangement = Arrangement.spacedBy(16.dp),
            verticalAlignment = Alignment.CenterVertically,
        ) {
            Column(Modifier.weight(1f), verticalArrangement = Arrangement.spacedBy(4.dp)) {
                Text(title, style = MaterialTheme.typography.titleMedium)
                Text(text, style = MaterialTheme.typography.bodyMedium, color = MaterialTheme.colorScheme.onSurfaceVariant)
                if (error != null) {
                    Text(
                        error,
                        Modifier.semantics { liveRegion = LiveRegionMode.Polite },
                        style = MaterialTheme.typography.bodyMedium,
                        color = MaterialTheme.colorScheme.error,
                    )
                }
            }
            Switch(on, onCheckedChange = null)
        }
    }
}
