// The settings: whether pictures of the screen may be taken. Must not know what is on the other screens.

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
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import dev.membercore.Labels
import dev.membercore.app.ui.IconAction
import dev.membercore.app.ui.Icons

@Composable
fun SettingsScreen(
    labels: Labels?,
    screenshotsAllowed: Boolean,
    screenshotsSwitched: (Boolean) -> Unit,
    backTapped: () -> Unit,
) {
    Surface(Modifier.fillMaxSize()) {
        if (labels == null) return@Surface
        Column(Modifier.safeDrawingPadding().verticalScroll(rememberScrollState())) {
            Row(Modifier.padding(horizontal = 4.dp, vertical = 8.dp), verticalAlignment = Alignment.CenterVertically) {
                IconAction(Icons.Back, labels.back, onClick = backTapped)
                Text(
                    labels.settings,
                    Modifier.padding(start = 8.dp).semantics { heading() },
                    style = MaterialTheme.typography.titleLarge,
                )
            }
            Surface(
                Modifier.padding(16.dp).fillMaxWidth(),
                shape = MaterialTheme.shapes.medium,
                color = MaterialTheme.colorScheme.surfaceContainer,
            ) {
                // The whole line switches, and is one thing to a screen reader.
                Row(
                    Modifier.toggleable(screenshotsAllowed, role = Role.Switch, onValueChange = screenshotsSwitched).padding(16.dp),
                    horizontalArrangement = Arrangement.spacedBy(16.dp),
                    verticalAlignment = Alignment.CenterVertically,
                ) {
                    Column(Modifier.weight(1f), verticalArrangement = Arrangement.spacedBy(4.dp)) {
                        Text(labels.allowScreenshots, style = MaterialTheme.typography.titleMedium)
                        Text(
                            labels.allowScreenshotsWhy,
                            style = MaterialTheme.typography.bodyMedium,
                            color = MaterialTheme.colorScheme.onSurfaceVariant,
                        )
                    }
                    Switch(screenshotsAllowed, onCheckedChange = null)
                }
            }
        }
    }
}
