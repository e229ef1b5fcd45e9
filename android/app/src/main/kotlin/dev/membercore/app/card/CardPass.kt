// The card itself: what the scanner reads on top, and whose it is below. Must not know of the screen around it.

package dev.membercore.app.card

import android.os.SystemClock
import androidx.compose.animation.AnimatedVisibility
import androidx.compose.animation.fadeIn
import androidx.compose.animation.fadeOut
import androidx.compose.animation.scaleIn
import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.FlowRow
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.height
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.material3.Icon
import androidx.compose.material3.LinearProgressIndicator
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableLongStateOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.remember
import androidx.compose.runtime.setValue
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.heading
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.text.style.TextAlign
import androidx.compose.ui.unit.dp
import dev.membercore.Card
import dev.membercore.LiveCode
import dev.membercore.Symbol
import dev.membercore.SymbolDrawing
import dev.membercore.app.ui.CardColors
import dev.membercore.app.ui.Icons
import dev.membercore.app.ui.NumberStyle
import kotlinx.coroutines.delay

/** How a symbol is drawn on this screen, in a square of so many pixels a side; null where it cannot be drawn readably. */
typealias SymbolSizing = (symbol: Symbol, availablePixels: Int) -> SymbolDrawing?

/** The card standing: symbol above, member below. [behind] is the colour that shows through its notches. */
@Composable
fun CardPass(card: Card, sizing: SymbolSizing, behind: Color, modifier: Modifier = Modifier) {
    Column(modifier.fillMaxWidth().clip(MaterialTheme.shapes.large)) {
        SymbolPanel(card, sizing, Modifier.fillMaxWidth())
        Notches(behind)
        MemberPanel(card, Modifier.fillMaxWidth())
    }
}

/** What the scanner reads, with the number that can be typed. Where the symbol cannot be drawn readably, the number alone. */
@Composable
fun SymbolPanel(card: Card, sizing: SymbolSizing, modifier: Modifier = Modifier) {
    Column(
        modifier.background(CardColors.paper).padding(start = 16.dp, top = 8.dp, end = 16.dp, bottom = 4.dp),
        horizontalAlignment = Alignment.CenterHorizontally,
    ) {
        BoxWithConstraints(contentAlignment = Alignment.Center) {
            val available = constraints.maxWidth
            val drawing = remember(card.symbol, sizing, available) { sizing(card.symbol, available) }
            if (drawing != null) SymbolImage(card.symbol, drawing, card.description)
        }
        Text(card.number, Modifier.padding(vertical = 4.dp), color = CardColors.ink, textAlign = TextAlign.Center, style = NumberStyle)
        card.code?.let { CodeCountdown(it, Modifier.fillMaxWidth()) }
    }
}

/** How long the code is good, and what the member should know of it. Whoever reads the card is told when there is a new one. */
@Composable
private fun CodeCountdown(code: LiveCode, modifier: Modifier = Modifier) {
    val until = remember(code) { SystemClock.elapsedRealtime() + code.changesInMs.toLong() }
    var left by remember(code) { mutableLongStateOf(code.changesInMs.toLong()) }
    LaunchedEffect(code) {
        while (left > 0) {
            // To the next whole second that is left.
            delay((left - 1) % 1000 + 1)
            left = (until - SystemClock.elapsedRealtime()).coerceAtLeast(0)
        }
    }
    Column(modifier.padding(bottom = 4.dp), verticalArrangement = Arrangement.spacedBy(4.dp)) {
        LinearProgressIndicator(
            progress = { (left.toFloat() / code.periodMs.toLong()).coerceIn(0f, 1f) },
            // The words beside it say as much, once and not each second.
            modifier = Modifier.fillMaxWidth().clearAndSetSemantics {},
            color = CardColors.face,
            trackColor = CardColors.ink.copy(alpha = 0.12f),
            gapSize = 0.dp,
            drawStopIndicator = {},
        )
        Row(horizontalArrangement = Arrangement.spacedBy(8.dp)) {
            Text(code.text, Modifier.weight(1f), color = CardColors.ink, style = MaterialTheme.typography.bodyMedium)
            Text(
                "${(left + 999) / 1000}",
                Modifier.clearAndSetSemantics {},
                color = CardColors.ink,
                style = MaterialTheme.typography.bodyMedium,
            )
        }
        code.notice?.let { Text(it, color = CardColors.ink, style = MaterialTheme.typography.bodyMedium) }
    }
}

/** Whose card it is and what is on it. */
@Composable
fun MemberPanel(card: Card, modifier: Modifier = Modifier) {
    Column(
        modifier.background(CardColors.face).padding(start = 20.dp, top = 8.dp, end = 20.dp, bottom = 20.dp),
        verticalArrangement = Arrangement.spacedBy(16.dp),
    ) {
        Column(verticalArrangement = Arrangement.spacedBy(2.dp)) {
            Row(horizontalArrangement = Arrangement.spacedBy(12.dp), verticalAlignment = Alignment.CenterVertically) {
                Text(
                    card.programme,
                    Modifier.weight(1f).semantics { heading() },
                    color = CardColors.onFaceQuiet,
                    style = MaterialTheme.typography.titleMedium,
                )
                card.tier?.let { Pill(it, CardColors.chip, CardColors.onChip) }
            }
            Text(card.member, color = CardColors.onFace, style = MaterialTheme.typography.titleLarge)
        }
        Column(verticalArrangement = Arrangement.spacedBy(6.dp)) {
            FlowRow(
                horizontalArrangement = Arrangement.spacedBy(12.dp),
                verticalArrangement = Arrangement.spacedBy(6.dp),
                itemVerticalAlignment = Alignment.CenterVertically,
            ) {
                card.balance?.let { Text(it, color = CardColors.onFace, style = MaterialTheme.typography.displaySmall) }
                Arrived(card.arrived)
            }
            card.locked?.let { locked ->
                Row(horizontalArrangement = Arrangement.spacedBy(8.dp), verticalAlignment = Alignment.CenterVertically) {
                    Icon(Icons.Lock, contentDescription = null, Modifier.size(18.dp), tint = CardColors.onFaceQuiet)
                    Text(locked, color = CardColors.onFaceQuiet, style = MaterialTheme.typography.bodyLarge)
                }
            }
            card.pending?.let { pending ->
                Row(horizontalArrangement = Arrangement.spacedBy(8.dp), verticalAlignment = Alignment.CenterVertically) {
                    Icon(Icons.Clock, contentDescription = null, Modifier.size(18.dp), tint = CardColors.onFaceQuiet)
                    Text(pending, color = CardColors.onFaceQuiet, style = MaterialTheme.typography.bodyLarge)
                }
            }
        }
    }
}

/** What the till has just given. A screen reader says it by itself, so the place for it is always there. */
@Composable
private fun Arrived(arrived: String?) {
    // What goes away is still read while it fades.
    var last by remember { mutableStateOf(arrived) }
    if (arrived != null) last = arrived
    Box(Modifier.semantics { liveRegion = LiveRegionMode.Polite }) {
        AnimatedVisibility(arrived != null, enter = fadeIn() + scaleIn(initialScale = 0.8f), exit = fadeOut()) {
            Pill(last.orEmpty(), CardColors.arrived, CardColors.onArrived)
        }
    }
}

@Composable
private fun Pill(text: String, color: Color, onColor: Color, modifier: Modifier = Modifier) {
    Text(
        text,
        modifier.background(color, CircleShape).padding(horizontal = 12.dp, vertical = 5.dp),
        color = onColor,
        style = MaterialTheme.typography.labelLarge,
    )
}

/** Where the paper meets the card: a notch on each side. */
@Composable
private fun Notches(behind: Color) {
    Canvas(Modifier.fillMaxWidth().height(20.dp)) {
        val middle = size.height / 2
        drawRect(CardColors.paper, size = size.copy(height = middle))
        drawRect(CardColors.face, topLeft = Offset(0f, middle), size = size.copy(height = middle))
        drawCircle(behind, radius = middle * 0.9f, center = Offset(0f, middle))
        drawCircle(behind, radius = middle * 0.9f, center = Offset(size.width, middle))
    }
}
