// Pictures of screens, held against those that somebody has looked at. Must not know which screens there are.

package dev.membercore.app

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.asAndroidBitmap
import java.io.File
import kotlin.math.abs
import org.junit.Assert.assertEquals
import org.junit.Assert.assertTrue

/** Where the pictures that were looked at are. */
private val folder = File(System.getProperty("screenshots.folder").orEmpty())

/** Where those of this run go. */
private val out = File(System.getProperty("screenshots.out").orEmpty())

/** `-Dscreenshots.record=true` takes the pictures of this run as the new ones. Look at each before it is committed. */
private val record = System.getProperty("screenshots.record").toBoolean()

/** What a repository should not carry for each of many pictures. */
private const val MAX_BYTES = 200_000

/** A channel may differ by so much in every pixel: letters are smoothed a little differently where the fonts' rasteriser was built otherwise. */
private const val CHANNEL = 24

/** And so many of a thousand pixels may be quite others: the seam of a letter's edge. A line of text that moved is more. */
private const val PER_MILLE = 1

/** The picture is as the one of this name that was looked at; `cargo xtask test android` says how new ones are taken. */
fun assertLooksAs(name: String, picture: ImageBitmap) {
    val bitmap = picture.asAndroidBitmap()
    val file = save(File(out, "$name.png"), bitmap)
    assertTrue("$file has ${file.length()} bytes", file.length() < MAX_BYTES)
    val expected = File(folder, "$name.png")
    if (record) {
        file.copyTo(expected, overwrite = true)
        return
    }
    assertTrue("there is no $expected; take it with -Dscreenshots.record=true, and look at it", expected.exists())
    val bytes = expected.readBytes()
    val seen = BitmapFactory.decodeByteArray(bytes, 0, bytes.size)
    assertEquals("$name: size", seen.width to seen.height, bitmap.width to bitmap.height)
    val (before, now) = pixels(seen) to pixels(bitmap)
    val others = now.indices.filter { differs(before[it], now[it]) }
    if (others.size * 1000 > now.size * PER_MILLE) {
        val marked = IntArray(now.size) { if (differs(before[it], now[it])) RED else now[it] }
        val difference = save(File(out, "$name.difference.png"), Bitmap.createBitmap(marked, seen.width, seen.height, Bitmap.Config.ARGB_8888))
        throw AssertionError("$name: ${others.size} of ${now.size} pixels are not as in $expected; they are red in $difference")
    }
}

private fun differs(one: Int, other: Int): Boolean =
    (0..24 step 8).any { abs((one ushr it and 0xFF) - (other ushr it and 0xFF)) > CHANNEL }

private fun pixels(bitmap: Bitmap) = IntArray(bitmap.width * bitmap.height).also { bitmap.getPixels(it, 0, bitmap.width, 0, 0, bitmap.width, bitmap.height) }

private fun save(file: File, bitmap: Bitmap): File {
    file.parentFile?.mkdirs()
    file.outputStream().use { bitmap.compress(Bitmap.CompressFormat.PNG, 100, it) }
    return file
}

private const val RED = 0xFFFF0000.toInt()
