// A symbol on the screen: black on white, whole pixels for each module, no smoothing. Must not know what it says, nor how large a
// module is to be: the core says that.

package dev.membercore.app.card

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Rect
import androidx.compose.ui.graphics.Paint
import androidx.compose.ui.graphics.drawscope.drawIntoCanvas
import androidx.compose.ui.layout.layout
import androidx.compose.ui.semantics.Role
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.role
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.Constraints
import dev.membercore.Symbol
import dev.membercore.SymbolDrawing
import dev.membercore.app.ui.CardColors

/** [drawing] is how the core wants [symbol] drawn on this very screen; [description] is what a screen reader says. */
@Composable
fun SymbolImage(symbol: Symbol, drawing: SymbolDrawing, description: String, modifier: Modifier = Modifier) {
    val paint =
        remember {
            Paint().apply {
                color = CardColors.ink
                isAntiAlias = false
            }
        }
    Canvas(
        modifier
            .semantics {
                contentDescription = description
                role = Role.Image
            }.exactly(drawing.widthPixels.toInt(), drawing.heightPixels.toInt())
            .background(CardColors.paper),
    ) {
        drawIntoCanvas { canvas ->
            for (rect in symbol.darkRuns(drawing)) canvas.drawRect(rect, paint)
        }
    }
}

/** In pixels: by way of dp a side could be rounded to one pixel more or less, and every module with it. */
private fun Modifier.exactly(width: Int, height: Int): Modifier =
    layout { measurable, _ ->
        val placeable = measurable.measure(Constraints.fixed(width, height))
        layout(width, height) { placeable.place(0, 0) }
    }

/** Dark modules that touch in a row are one rectangle, with the quiet zone kept free around all. */
private fun Symbol.darkRuns(drawing: SymbolDrawing): List<Rect> {
    val (module, tall) = drawing.modulePixels.toInt() to drawing.rowPixels.toInt()
    val columns = width.toInt()
    val runs = mutableListOf<Rect>()
    for (row in 0 until height.toInt()) {
        val top = drawing.topPixels.toInt() + row * tall
        var column = 0
        while (column < columns) {
            if (!isDark(row, column)) {
                column++
                continue
            }
            val start = column
            while (column < columns && isDark(row, column)) column++
            val (left, right) = listOf(start, column).map { drawing.leftPixels.toInt() + it * module }
            runs += Rect(left.toFloat(), top.toFloat(), right.toFloat(), (top + tall).toFloat())
        }
    }
    return runs
}

private fun Symbol.isDark(row: Int, column: Int): Boolean = modules[row * width.toInt() + column].toInt() == 1
