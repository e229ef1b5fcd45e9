// Each pair of a colour and what stands on it can be read. Must not know where the pairs are used.

package dev.membercore.app.ui

import androidx.compose.material3.ColorScheme
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.luminance
import org.junit.Assert.assertTrue
import org.junit.Test

class ThemeTest {
    @Test
    fun textCanBeReadByDay() = check("light", LightColors)

    @Test
    fun textCanBeReadByNight() = check("dark", DarkColors)

    @Test
    fun textCanBeReadOnTheCard() {
        with(CardColors) {
            check("card", listOf(onFace to face, onFaceQuiet to face, onChip to chip, onArrived to arrived, ink to paper))
        }
    }

    private fun check(name: String, colors: ColorScheme) =
        with(colors) {
            check(
                name,
                listOf(
                    onPrimary to primary,
                    onPrimaryContainer to primaryContainer,
                    onSecondaryContainer to secondaryContainer,
                    onErrorContainer to errorContainer,
                    onSurface to surface,
                    onSurface to surfaceContainer,
                    onSurface to surfaceContainerHigh,
                    onSurfaceVariant to surface,
                    onSurfaceVariant to surfaceContainer,
                    onSurfaceVariant to surfaceContainerHigh,
                    // The age of old data, in the bar; buttons of text on cards and on the screen; errors at fields.
                    secondary to surfaceContainerHigh,
                    primary to surfaceContainer,
                    primary to surface,
                    error to surface,
                    inverseOnSurface to inverseSurface,
                ),
            )
        }

    /** WCAG 2.2, 1.4.3: at least 4.5 to 1. */
    private fun check(name: String, pairs: List<Pair<Color, Color>>) {
        for ((text, behind) in pairs) {
            val (bright, dark) = listOf(text.luminance(), behind.luminance()).sortedDescending()
            val contrast = (bright + 0.05f) / (dark + 0.05f)
            assertTrue("$name: $text on $behind has $contrast", contrast >= 4.5f)
        }
    }
}
