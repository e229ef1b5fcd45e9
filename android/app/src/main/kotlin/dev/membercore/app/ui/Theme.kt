// Colours and type. Must not know what they are used for; each pair of a colour and what stands on it is readable, and a test says so.

package dev.membercore.app.ui

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.material3.ColorScheme
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Shapes
import androidx.compose.material3.Typography
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.text.TextStyle
import androidx.compose.ui.text.font.FontWeight
import androidx.compose.ui.text.style.LineBreak
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.text.style.TextDirection
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.TextUnit
import androidx.compose.ui.unit.dp
import androidx.compose.ui.unit.sp

/** Colours of the card itself, the same by day and by night: it is a thing, not a screen. */
object CardColors {
    val face = Color(0xFF12443B)
    val onFace = Color(0xFFFFFFFF)
    val onFaceQuiet = Color(0xFFC4DDD5)
    val chip = Color(0xFFF2C879)
    val onChip = Color(0xFF3A2600)
    val arrived = Color(0xFF9BE8C8)
    val onArrived = Color(0xFF00382B)

    /** Under the symbol: a scanner needs black on white. */
    val paper = Color.White
    val ink = Color.Black
}

internal val LightColors: ColorScheme =
    lightColorScheme(
        primary = Color(0xFF12594B),
        onPrimary = Color.White,
        primaryContainer = Color(0xFFD3E8E0),
        onPrimaryContainer = Color(0xFF0A3129),
        secondary = Color(0xFF7A4E0D),
        onSecondary = Color.White,
        secondaryContainer = Color(0xFFF7E6C6),
        onSecondaryContainer = Color(0xFF442C02),
        background = Color(0xFFF4F2EC),
        onBackground = Color(0xFF1A1E1C),
        surface = Color(0xFFF4F2EC),
        onSurface = Color(0xFF1A1E1C),
        surfaceVariant = Color(0xFFE6E3DA),
        onSurfaceVariant = Color(0xFF4C514D),
        surfaceContainerLowest = Color.White,
        surfaceContainerLow = Color(0xFFFBFAF6),
        surfaceContainer = Color(0xFFFFFFFF),
        surfaceContainerHigh = Color(0xFFEFECE5),
        surfaceContainerHighest = Color(0xFFE6E3DA),
        inverseSurface = Color(0xFF2B302D),
        inverseOnSurface = Color(0xFFF1F3F0),
        inversePrimary = Color(0xFF93D6C3),
        outline = Color(0xFF757A75),
        outlineVariant = Color(0xFFD8D5CB),
        error = Color(0xFFA3262A),
        onError = Color.White,
        errorContainer = Color(0xFFFBE0DE),
        onErrorContainer = Color(0xFF5C1013),
    )

internal val DarkColors: ColorScheme =
    darkColorScheme(
        primary = Color(0xFF93D6C3),
        onPrimary = Color(0xFF00382E),
        primaryContainer = Color(0xFF1F4D43),
        onPrimaryContainer = Color(0xFFCDEEE3),
        secondary = Color(0xFFEBC384),
        onSecondary = Color(0xFF412C02),
        secondaryContainer = Color(0xFF4A3614),
        onSecondaryContainer = Color(0xFFFCE5C2),
        background = Color(0xFF0F1412),
        onBackground = Color(0xFFE3E8E5),
        surface = Color(0xFF0F1412),
        onSurface = Color(0xFFE3E8E5),
        surfaceVariant = Color(0xFF262E2B),
        onSurfaceVariant = Color(0xFFB8C2BC),
        surfaceContainerLowest = Color(0xFF0A0E0C),
        surfaceContainerLow = Color(0xFF161C19),
        surfaceContainer = Color(0xFF1B2220),
        surfaceContainerHigh = Color(0xFF242C29),
        surfaceContainerHighest = Color(0xFF2D3633),
        inverseSurface = Color(0xFFE3E8E5),
        inverseOnSurface = Color(0xFF2B302D),
        inversePrimary = Color(0xFF12594B),
        outline = Color(0xFF8A948F),
        outlineVariant = Color(0xFF39423E),
        error = Color(0xFFFFB4AB),
        onError = Color(0xFF5F1413),
        errorContainer = Color(0xFF6B211F),
        onErrorContainer = Color(0xFFFFDAD6),
    )

/**
 * Each text runs in the direction of its own letters, since the core's languages are written from the left; but it stands at the edge at which
 * the screen begins.
 */
private fun typography(direction: LayoutDirection): Typography {
    val edge = if (direction == LayoutDirection.Rtl) TextAlign.Right else TextAlign.Left

    fun TextStyle.own(size: TextUnit = fontSize, height: TextUnit = lineHeight, weight: FontWeight? = fontWeight, spacing: TextUnit = 0.sp) =
        copy(fontSize = size, lineHeight = height, fontWeight = weight, letterSpacing = spacing, textDirection = TextDirection.Content, textAlign = edge)

    return Typography().run {
        Typography(
            displaySmall = displaySmall.own(size = 34.sp, height = 40.sp, weight = FontWeight.SemiBold, spacing = (-0.4).sp),
            headlineMedium = headlineMedium.own(weight = FontWeight.SemiBold, spacing = (-0.3).sp),
            titleLarge = titleLarge.own(weight = FontWeight.SemiBold),
            titleMedium = titleMedium.own(),
            titleSmall = titleSmall.own(),
            bodyLarge = bodyLarge.own(),
            bodyMedium = bodyMedium.own(),
            bodySmall = bodySmall.own(),
            labelLarge = labelLarge.own(),
        )
    }
}

/** The number below the symbol: figures of one width, in groups that can be read aloud. Never from the right, nor with a lonely last group. */
internal val NumberStyle =
    TextStyle(
        fontSize = 21.sp,
        lineHeight = 30.sp,
        fontWeight = FontWeight.Medium,
        letterSpacing = 1.2.sp,
        fontFeatureSettings = "tnum",
        textDirection = TextDirection.Ltr,
        lineBreak = LineBreak.Heading,
    )

private val MemberShapes = Shapes(small = RoundedCornerShape(12.dp), medium = RoundedCornerShape(16.dp), large = RoundedCornerShape(28.dp))

@Composable
fun MemberTheme(dark: Boolean = isSystemInDarkTheme(), content: @Composable () -> Unit) {
    val direction = LocalLayoutDirection.current
    MaterialTheme(if (dark) DarkColors else LightColors, MemberShapes, remember(direction) { typography(direction) }, content)
}
