// ZXing, as a decoder that is not ours: reads the pictures that a file lists, and writes what it read, a picture, a tab and a text a
// line. Must not know what ought to be in them.

import com.google.zxing.*;
import com.google.zxing.common.*;
import java.awt.image.Raster;
import java.io.*;
import java.nio.file.*;
import java.util.*;
import javax.imageio.ImageIO;

class Read {
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        Map<DecodeHintType, Object> hints = new EnumMap<>(DecodeHintType.class);
        hints.put(DecodeHintType.TRY_HARDER, true);
        hints.put(
            DecodeHintType.POSSIBLE_FORMATS,
            EnumSet.of(
                BarcodeFormat.QR_CODE, BarcodeFormat.CODE_128, BarcodeFormat.EAN_13, BarcodeFormat.PDF_417,
                BarcodeFormat.AZTEC, BarcodeFormat.DATA_MATRIX));
        try (PrintWriter out = new PrintWriter(folder.resolve("zxing.tsv").toFile(), "UTF-8")) {
            for (String line : Files.readAllLines(folder.resolve("pictures.tsv"))) {
                String name = line.split("\t")[0];
                LuminanceSource picture = luminance(folder.resolve(name).toFile());
                // The one that most apps use, then the one for pictures of even light.
                for (Binarizer binarizer : List.of(new HybridBinarizer(picture), new GlobalHistogramBinarizer(picture))) {
                    try {
                        out.println(name + "\t" + new MultiFormatReader().decode(new BinaryBitmap(binarizer), hints).getText());
                        break;
                    } catch (NotFoundException none) {
                        // It read nothing: no line.
                    }
                }
            }
        }
    }

    /** The grey as it is in the file, without a colour profile in between. */
    private static LuminanceSource luminance(File file) throws IOException {
        Raster raster = ImageIO.read(file).getRaster();
        int width = raster.getWidth();
        int height = raster.getHeight();
        int[] grey = raster.getSamples(0, 0, width, height, 0, (int[]) null);
        byte[] bytes = new byte[grey.length];
        for (int index = 0; index < grey.length; index++) bytes[index] = (byte) grey[index];
        return new PlanarYUVLuminanceSource(bytes, width, height, 0, 0, width, height, false);
    }
}
