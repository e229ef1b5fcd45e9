// A scanner that is not ours, for pictures of the screen. Must not know what it should read.

package dev.membercore.app

import androidx.compose.ui.graphics.ImageBitmap
import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader

/** What ZXing reads in the picture. */
fun scanned(image: ImageBitmap): String {
    val pixels = IntArray(image.width * image.height)
    image.readPixels(pixels)
    val picture = BinaryBitmap(HybridBinarizer(RGBLuminanceSource(image.width, image.height, pixels)))
    return QRCodeReader().decode(picture, mapOf(DecodeHintType.TRY_HARDER to true)).text
}
