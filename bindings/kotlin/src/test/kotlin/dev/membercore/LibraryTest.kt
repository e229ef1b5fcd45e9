// The native library that is not there, or is another one: a sentence, not a crash. Each in a process of its own, since a library
// is loaded once.

package dev.membercore

import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertIs
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.io.TempDir

class LibraryTest {
    @Test
    fun aLibraryThatIsNotThereIsSaid(@TempDir empty: File) {
        val said = loaded("-Djna.library.path=${empty.path}")
        assertTrue("was not found" in said && "jna.library.path" in said, said)
    }

    @Test
    fun anotherLibraryIsSaid() {
        // The system's own C library has none of our functions.
        val said = loaded("-Duniffi.component.member_ffi.libraryOverride=c")
        assertTrue("is not that of member-core ${MemberCore.VERSION}" in said, said)
    }

    @Test
    fun anotherVersionIsSaid() {
        assertNull(MemberCore.versionFault(MemberCore.VERSION))
        val sentence = assertNotNull(MemberCore.versionFault("9.9.9")?.message)
        assertTrue("9.9.9" in sentence && MemberCore.VERSION in sentence && "same release" in sentence, sentence)
    }

    @Test
    fun theLibraryOfThisVersionIsLoaded() {
        MemberCore.ensureLoaded()
        MemberCore.ensureLoaded()
    }

    @Test
    fun labelsAddressesAndDrawingsNeedNoWallet() {
        assertEquals("Zaloguj się", MemberCore.labels("pl-PL").signIn)
        assertEquals("ada@example.org", assertIs<Address.Email>(parseAddress(" ada@example.org")).address)
        assertEquals("+48123456789", assertIs<Address.Phone>(parseAddress("0048 123 456 789")).number)
        val symbol = Symbol(Symbology.QR, 21u, 21u, ByteArray(441))
        val drawing = assertNotNull(symbol.drawing(420.0, 1080))
        assertEquals(SymbolDrawing(15u, 15u, 60u, 60u, 435u, 435u, drawing.moduleMm), drawing)
        val bars = assertNotNull(Symbol(Symbology.EAN13, 95u, 1u, ByteArray(95)).drawing(420.0, 1080))
        assertEquals(SymbolDrawing(8u, 552u, 88u, 0u, 904u, 552u, bars.moduleMm), bars)
        assertNull(symbol.drawing(420.0, -1))
    }

    private fun loaded(option: String): String {
        val (said, status) = java(LoadTwice::class.java.name, options = listOf(option))
        assertEquals(0, status, said)
        return said
    }
}

/** Says why the library cannot be loaded, and that it says so again. */
object LoadTwice {
    @JvmStatic
    fun main(arguments: Array<String>) {
        val sentences = (1..2).map { runCatching { MemberCore.ensureLoaded() }.exceptionOrNull() as LibraryException }.map { it.message }
        check(sentences[0] == sentences[1] && arguments.isEmpty()) { "$sentences" }
        println(sentences[0])
    }
}
