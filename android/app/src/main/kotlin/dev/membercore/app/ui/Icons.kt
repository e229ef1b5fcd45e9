// The few drawings that the screens need, as strokes on a square of 24. Must not know where they stand.

package dev.membercore.app.ui

import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.SolidColor
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.StrokeJoin
import androidx.compose.ui.graphics.vector.ImageVector
import androidx.compose.ui.graphics.vector.addPathNodes
import androidx.compose.ui.unit.dp

internal object Icons {
    val Refresh = icon("refresh", "M19.5 12a7.5 7.5 0 1 1 -2.3 -5.4 M19.7 3.6v4.2h-4.2")
    val Settings =
        icon(
            "settings",
            "M4 7.5h8.5 M17.5 7.5h2.5 M4 16.5h2.5 M11.5 16.5h8.5 " +
                "M12.5 7.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0 M6.5 16.5a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0",
        )
    val Back = icon("back", "M19.5 12h-15 M11 5l-7 7l7 7", mirrored = true)
    val Clock = icon("clock", "M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0 -17 0 M12 7.2v5l3.2 2")
    val Info = icon("info", "M3.5 12a8.5 8.5 0 1 0 17 0a8.5 8.5 0 1 0 -17 0 M12 11.2v5 M12 7.9v0.1")
    val Lock = icon("lock", "M6 11h12v9h-12z M8.5 11v-3a3.5 3.5 0 0 1 7 0v3")
    val Card =
        icon(
            "card",
            "M5.5 5h13a2.5 2.5 0 0 1 2.5 2.5v9a2.5 2.5 0 0 1 -2.5 2.5h-13a2.5 2.5 0 0 1 -2.5 -2.5v-9a2.5 2.5 0 0 1 2.5 -2.5z " +
                "M7 9v6 M9.7 9v6 M13 9v6 M15 9v6 M17 9v6",
        )

    private fun icon(name: String, path: String, mirrored: Boolean = false): ImageVector =
        ImageVector.Builder(name, 24.dp, 24.dp, 24f, 24f, autoMirror = mirrored)
            .addPath(
                addPathNodes(path),
                stroke = SolidColor(Color.Black),
                strokeLineWidth = 1.8f,
                strokeLineCap = StrokeCap.Round,
                strokeLineJoin = StrokeJoin.Round,
            ).build()
}
