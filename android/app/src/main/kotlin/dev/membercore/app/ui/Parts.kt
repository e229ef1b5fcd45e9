// Small pieces that several screens are made of. Must not know of any screen.

package dev.membercore.app.ui

import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.heightIn
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.width
import androidx.compose.material3.Button
import androidx.compose.material3.ButtonColors
import androidx.compose.material3.ButtonDefaults
import androidx.compose.material3.CircularProgressIndicator
import androidx.compose.material3.Icon
import androidx.compose.material3.IconButton
import androidx.compose.material3.LocalContentColor
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.unit.dp

/** A button that is a drawing; [label] is what a screen reader says. While it is [busy] it turns and cannot be tapped. */
@Composable
fun IconAction(icon: ImageVector, label: String, modifier: Modifier = Modifier, busy: Boolean = false, onClick: () -> Unit) {
    IconButton(onClick, modifier.size(48.dp), enabled = !busy) {
        if (busy) {
            CircularProgressIndicator(Modifier.size(22.dp), strokeWidth = 2.dp)
        } else {
            Icon(icon, label, Modifier.size(24.dp))
        }
    }
}

/** The one thing to do on a screen. */
@Composable
fun MainButton(
    text: String,
    modifier: Modifier = Modifier,
    busy: Boolean = false,
    colors: ButtonColors = ButtonDefaults.buttonColors(),
    onClick: () -> Unit,
) {
    Button(onClick, modifier.heightIn(min = 52.dp), enabled = !busy, colors = colors) {
        Row(horizontalArrangement = Arrangement.Center, verticalAlignment = Alignment.CenterVertically) {
            if (busy) {
                CircularProgressIndicator(Modifier.size(18.dp), color = LocalContentColor.current, strokeWidth = 2.dp)
                Spacer(Modifier.width(12.dp))
            }
            Text(text)
        }
    }
}
