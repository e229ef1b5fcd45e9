// The vault on a Keystore that works, one that has forgotten, and one that cannot say. Must not know of wallets.

package dev.membercore.app.host

import android.app.Application
import android.security.keystore.KeyPermanentlyInvalidatedException
import android.security.keystore.KeyProperties
import androidx.test.core.app.ApplicationProvider
import androidx.test.ext.junit.runners.AndroidJUnit4
import dev.membercore.SecretsUnavailableException
import java.io.File
import java.security.ProviderException
import org.junit.Assert.assertArrayEquals
import org.junit.Assert.assertEquals
import org.junit.Assert.assertFalse
import org.junit.Assert.assertNull
import org.junit.Assert.assertThrows
import org.junit.Assert.assertTrue
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.annotation.Config

@RunWith(AndroidJUnit4::class)
@Config(application = Application::class)
class KeystoreSecretsTest {
    private val context = ApplicationProvider.getApplicationContext<Application>()
    private val folder = File(context.noBackupFilesDir, "secrets")
    private var unlocked = true
    private val secrets = KeystoreSecrets(folder) { unlocked }
    private val secret = ByteArray(32) { it.toByte() }

    @Before
    fun keystore() = FakeAndroidKeyStore.install()

    @Test
    fun secretsAreKeptOverwrittenAndDeleted() {
        assertNull(secrets.read("key-1"))
        secrets.write("key-1", secret)
        secrets.write("key-2", byteArrayOf(7))
        assertArrayEquals(secret, secrets.read("key-1"))
        secrets.write("key-1", byteArrayOf(9, 9))
        assertArrayEquals(byteArrayOf(9, 9), KeystoreSecrets(context).read("key-1"))
        assertArrayEquals(byteArrayOf(7), secrets.read("key-2"))
        secrets.delete("key-1")
        secrets.delete("key-1")
        assertNull(secrets.read("key-1"))
    }

    @Test
    fun whatIsOnTheDiskIsSealedByAKeyThatNobodyMustBePresentFor() {
        secrets.write("key-1", secret)
        val file = File(folder, "key-1").readBytes()
        assertFalse(String(secret, Charsets.ISO_8859_1) in String(file, Charsets.ISO_8859_1))
        val asked = FakeAndroidKeyStore.asked!!
        assertEquals(256, asked.keySize)
        assertArrayEquals(arrayOf(KeyProperties.BLOCK_MODE_GCM), asked.blockModes)
        assertEquals(KeyProperties.PURPOSE_ENCRYPT or KeyProperties.PURPOSE_DECRYPT, asked.purposes)
        assertTrue(asked.isRandomizedEncryptionRequired)
        assertFalse(asked.isUserAuthenticationRequired)
        assertFalse(asked.isUnlockedDeviceRequired)
        // The same secret never looks the same.
        secrets.write("key-2", secret)
        assertFalse(file.contentEquals(File(folder, "key-2").readBytes()))
    }

    @Test
    fun aFileWithoutItsKeyIsNoSecretThatWasNeverThere() {
        secrets.write("key-1", secret)
        val key = FakeAndroidKeyStore.keys.toMap()
        FakeAndroidKeyStore.keys.clear()
        assertThrows(SecretsUnavailableException::class.java) { secrets.read("key-1") }
        assertTrue("nothing was deleted", File(folder, "key-1").exists())
        FakeAndroidKeyStore.keys += key
        assertArrayEquals(secret, secrets.read("key-1"))
    }

    @Test
    fun whateverTheKeystoreFailsWithIsUnavailable() {
        secrets.write("key-1", secret)
        for (fault in listOf(KeyPermanentlyInvalidatedException(), ProviderException("keystore busy"), java.io.IOException("x"))) {
            FakeAndroidKeyStore.fault = fault
            for (call in listOf({ secrets.read("key-1") }, { secrets.write("key-1", byteArrayOf(1)) }, { secrets.write("key-3", secret) })) {
                assertThrows("$fault", SecretsUnavailableException::class.java) { call() }
            }
            FakeAndroidKeyStore.fault = null
            assertArrayEquals("what was there is there", secret, secrets.read("key-1"))
            assertNull(secrets.read("key-3"))
        }
    }

    @Test
    fun beforeTheFirstUnlockNothingIsSaidEvenOfWhatIsNotThere() {
        secrets.write("key-1", secret)
        unlocked = false
        assertThrows(SecretsUnavailableException::class.java) { secrets.read("key-1") }
        assertThrows(SecretsUnavailableException::class.java) { secrets.read("never") }
        assertThrows(SecretsUnavailableException::class.java) { secrets.write("key-1", secret) }
        assertThrows(SecretsUnavailableException::class.java) { secrets.delete("key-1") }
        unlocked = true
        assertArrayEquals(secret, secrets.read("key-1"))
    }

    @Test
    fun aFileThatWasChangedOrExchangedIsNotTaken() {
        secrets.write("key-1", secret)
        secrets.write("key-2", byteArrayOf(7))
        val (one, two) = File(folder, "key-1") to File(folder, "key-2")
        val sealed = one.readBytes()
        val shortened = listOf(sealed.copyOf(20), sealed.copyOf(sealed.size - 1), byteArrayOf())
        val changed = listOf(sealed.copyOf().also { it[0] = 9 }, sealed.copyOf().also { it[30]++ })
        for (bad in shortened + changed + two.readBytes()) {
            one.writeBytes(bad)
            assertThrows(SecretsUnavailableException::class.java) { secrets.read("key-1") }
        }
        one.writeBytes(sealed)
        assertArrayEquals(secret, secrets.read("key-1"))
    }

    @Test
    fun aWriteThatFailsLeavesTheOldSecret() {
        secrets.write("key-1", secret)
        // Where the new file would be written there is a folder.
        val inTheWay = File(folder, "key-1.new")
        assertTrue(inTheWay.mkdirs() && File(inTheWay, "x").createNewFile())
        assertThrows(SecretsUnavailableException::class.java) { secrets.write("key-1", byteArrayOf(1)) }
        inTheWay.deleteRecursively()
        assertArrayEquals(secret, secrets.read("key-1"))
    }

    @Test
    fun namesStayInTheFolder() {
        for (name in listOf("../key", "", "a/b", "a.new", "ä")) {
            assertThrows(SecretsUnavailableException::class.java) { secrets.read(name) }
            assertThrows(SecretsUnavailableException::class.java) { secrets.write(name, secret) }
        }
    }
}
